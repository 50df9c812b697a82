"""Permissions, consents, methods and the audit log of the directory, as Microsoft answers them."""

from datetime import timedelta

import httpx
import pytest

from sandbox.tenant.applications import AppRoleAssignment, Grant
from sandbox.tenant.identity import AuthenticationMethod, DirectoryAudit, RegisteredDevice
from sandbox.tenant.mailbox import FolderPermission, Mailbox
from sandbox.tenant.state import TenantState
from tests.sandbox.tenant.conftest import NOW, Invoke

ANA = "ana@contoso.com"
JOEL = "joel@contoso.com"
TOOL = "a" * 8
GRAPH = "00000003-0000-0000-c000-000000000000"


def consented(state: TenantState) -> None:
    state.grants += [
        Grant(client=TOOL, principal=ANA, scope="Mail.Read", created=NOW),
        Grant(client=TOOL, principal=ANA, scope="User.Read"),
        Grant(client=TOOL, scope="Mail.Send"),
    ]
    state.app_role_assignments.append(AppRoleAssignment(client=TOOL, role="Mail.ReadWrite"))


async def rows(tenant: httpx.AsyncClient, path: str) -> list[dict[str, object]]:
    answer = await tenant.get(f"/v1.0/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()["value"]


async def test_grants_for_everybody_stand_beside_those_of_one_user(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    consented(state)

    assert [row["scope"] for row in await rows(tenant, f"users/{ANA}/oauth2PermissionGrants")] == [
        "Mail.Read",
        "User.Read",
    ]
    everybody = await rows(tenant, "oauth2PermissionGrants?$filter=consentType eq 'AllPrincipals'")
    assert [(row["scope"], row["principalId"]) for row in everybody] == [("Mail.Send", None)]
    tool = state.service_principal(TOOL)
    assert tool is not None
    his = await rows(tenant, f"oauth2PermissionGrants?$filter=clientId eq '{tool.id}'")
    assert len(his) == 3
    refused = await tenant.get("/v1.0/oauth2PermissionGrants?$filter=scope eq 'Mail.Send'")
    assert refused.status_code == 400


async def test_a_consent_assigns_the_user_to_the_application_once(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    consented(state)

    [assigned] = await rows(tenant, f"users/{ANA}/appRoleAssignments")

    assert assigned["appRoleId"] == "00000000-0000-0000-0000-000000000000"
    assert (assigned["principalType"], assigned["resourceDisplayName"]) == ("User", "Tool")
    assert assigned["createdDateTime"] == "2026-11-18T10:00:00Z"


async def test_an_application_permission_is_a_role_of_the_api(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    consented(state)

    [given] = await rows(tenant, f"servicePrincipals(appId='{GRAPH}')/appRoleAssignedTo")
    tool = state.service_principal(TOOL)
    assert tool is not None
    assert [given] == await rows(tenant, f"servicePrincipals/{tool.id}/appRoleAssignments")
    api = (await tenant.get(f"/v1.0/servicePrincipals/{given['resourceId']}")).json()
    assert [role["value"] for role in api["appRoles"] if role["id"] == given["appRoleId"]] == [
        "Mail.ReadWrite"
    ]


async def test_service_principals_can_be_asked_for_by_a_list_of_ids(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    ids = [one.id for one in state.service_principals]

    for wanted in (ids, ids[:1], [f"o'{ids[0]}"]):
        listed = ", ".join("'" + one.replace("'", "''") + "'" for one in wanted)
        found = await rows(tenant, f"servicePrincipals?$filter=id in ({listed})")
        assert [row["id"] for row in found] == [one for one in wanted if one in ids]
    by_wrong_name = await tenant.get(f"/v1.0/servicePrincipals/{TOOL}")
    assert by_wrong_name.status_code == 404


async def test_everybody_has_a_password_and_methods_are_told_by_their_type(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.users[0].authentication_methods += [
        AuthenticationMethod(kind="phone", phone_number="+31 612345678"),
        AuthenticationMethod(kind="email", email_address="ana@mail.example"),
    ]

    found = await rows(tenant, f"users/{ANA}/authentication/methods")
    assert [(row["@odata.type"], row["id"]) for row in found] == [
        (
            "#microsoft.graph.passwordAuthenticationMethod",
            "28c10230-6103-485e-b985-444c60001490",
        ),
        ("#microsoft.graph.phoneAuthenticationMethod", "3179e48a-750b-4051-897c-87b9720928f7"),
        ("#microsoft.graph.emailAuthenticationMethod", "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"),
    ]
    assert len(await rows(tenant, f"users/{JOEL}/authentication/methods")) == 1
    refused = await tenant.get(f"/v1.0/users/{ANA}/authentication/methods?$top=1")
    assert refused.status_code == 400


async def test_registered_devices_are_directory_objects(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.users[0].devices.append(RegisteredDevice(display_name="LAPTOP", registered=NOW))

    [device] = await rows(tenant, f"users/{ANA}/registeredDevices")

    assert device["@odata.type"] == "#microsoft.graph.device"
    assert device["registrationDateTime"] == "2026-11-18T10:00:00Z"
    assert (await tenant.get("/v1.0/users/nobody/registeredDevices")).status_code == 404


@pytest.fixture
def audited(state: TenantState) -> TenantState:
    state.directory_audits += [
        DirectoryAudit(at=NOW - timedelta(days=days), activity=f"Done {days}", user=ANA)
        for days in (1, 8, 31)
    ]
    state.directory_audits += [
        DirectoryAudit(at=NOW, activity="By Joel", user=ANA, actor=JOEL),
        DirectoryAudit(at=NOW, activity="By a service", user=JOEL, app="Intune", target="LAPTOP"),
    ]
    return state


async def activities(tenant: httpx.AsyncClient, wanted: str) -> list[object]:
    found = await rows(tenant, f"auditLogs/directoryAudits?$filter={wanted}")
    return [row["activityDisplayName"] for row in found]


async def test_the_audit_log_is_filtered_by_whom_it_is_about_and_who_did_it(
    tenant: httpx.AsyncClient, audited: TenantState
) -> None:
    ana, joel = (user.id for user in audited.users[:2])

    about_ana = await activities(tenant, f"targetResources/any(t:t/id eq '{ana}')")
    by_joel = await activities(tenant, f"initiatedBy/user/id eq '{joel}'")
    by_service = await activities(tenant, "initiatedBy/app/displayName eq 'Intune'")
    since = f"{NOW - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    lately = await activities(
        tenant, f"activityDateTime ge {since} and targetResources/any(t:t/id eq '{ana}')"
    )

    assert about_ana == ["By Joel", "Done 1", "Done 8"]
    assert (by_joel, by_service) == (["By Joel"], ["By a service"])
    assert lately == ["By Joel", "Done 1"]
    for wrong in (
        "targetResources/any(t:t/type eq 'User')",
        "result eq 'success'",
        "resultReason eq 'x'",
    ):
        path = f"/v1.0/auditLogs/directoryAudits?$filter={wrong}"
        assert (await tenant.get(path)).status_code == 400


async def test_without_premium_the_audit_log_keeps_a_week(
    tenant: httpx.AsyncClient, audited: TenantState
) -> None:
    audited.licences.clear()

    assert await activities(tenant, "startswith(activityDisplayName, 'Done')") == ["Done 1"]


async def test_a_record_takes_its_time_to_show(
    tenant: httpx.AsyncClient, audited: TenantState
) -> None:
    audited.delays["directoryAudits"] = timedelta(minutes=5)

    assert await activities(tenant, "startswith(activityDisplayName, 'By')") == []


async def test_folders_are_named_by_id_or_by_path_in_the_mailboxs_language(
    invoke: Invoke, state: TenantState
) -> None:
    state.users[0].mailbox = Mailbox(
        language="de-DE",
        folder_permissions=[
            FolderPermission(user=JOEL, rights=["Editor"]),
            FolderPermission(folder="root", user="Default", rights=["Reviewer"]),
        ],
    )

    listed = (await invoke("Get-MailboxFolderStatistics", Identity=ANA)).json()["value"]
    by_type = {row["FolderType"]: row for row in listed}
    assert by_type["Inbox"]["FolderPath"] == "/Posteingang"
    scoped = await invoke("Get-MailboxFolderStatistics", Identity=ANA, FolderScope="SentItems")
    assert [row["Name"] for row in scoped.json()["value"]] == ["Gesendete Elemente"]

    inbox = f"{ANA}:{by_type['Inbox']['FolderId']}"
    for identity in (inbox, f"{ANA}:\\Posteingang"):
        found = await invoke("Get-MailboxFolderPermission", Identity=identity)
        assert [(row["User"], row["AccessRights"]) for row in found.json()["value"]] == [
            ("Default", ["None"]),
            ("Anonymous", ["None"]),
            ("Joel Lindqvist", ["Editor"]),
        ]
    for identity in (f"{ANA}:\\", ANA, f"{ANA}:{by_type['Root']['FolderId']}"):
        found = await invoke("Get-MailboxFolderPermission", Identity=identity)
        assert [(row["User"], row["AccessRights"]) for row in found.json()["value"]] == [
            ("Anonymous", ["None"]),
            ("Default", ["Reviewer"]),
        ]
    english = await invoke("Get-MailboxFolderPermission", Identity=f"{ANA}:\\Inbox")
    assert english.status_code == 404


async def test_an_alert_names_its_devices_and_accounts(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    alert = state.incidents[0].alerts[0]
    alert.devices.append("laptop-7.contoso.com")
    alert.accounts.append(JOEL)

    evidence = (await tenant.get("/v1.0/security/alerts_v2/fa01")).json()["evidence"]

    [device] = [each for each in evidence if each["@odata.type"].endswith(".deviceEvidence")]
    assert (device["deviceDnsName"], device["hostName"]) == ("laptop-7.contoso.com", "laptop-7")
    users = [each["userAccount"] for each in evidence if "userAccount" in each]
    assert {user["userPrincipalName"] for user in users} == {ANA, JOEL}
