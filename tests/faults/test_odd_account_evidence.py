"""What Microsoft may write of an account, and over which no reader may stumble."""

import pytest
from pydantic import JsonValue

from sandbox.tenant.applications import AppRoleAssignment, Grant, ServicePrincipal
from sandbox.tenant.faults import Refusal
from sandbox.tenant.identity import AuthenticationMethod, DirectoryAudit, RegisteredDevice
from sandbox.tenant.mailbox import FolderPermission, MailboxPermission
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import ANA, AROUND, OpenLab, answered, as_object, gaps, mailbox_of, objects

ALERTS = "Graph security/alerts_v2"
TOOL = "5e1f0a3c-7b1d-4c2e-9f60-2a8d3c4b5e6f"
ODD: dict[str, JsonObject] = {
    "nothing": {},
    "nulls": dict.fromkeys(
        "id @odata.type createdDateTime displayName User Trustee AccessRights FolderType scope "
        "clientId appId appRoles evidence activityDisplayName activityDateTime initiatedBy "
        "targetResources".split()
    ),
    "other types": {
        "id": 7,
        "@odata.type": ["x"],
        "createdDateTime": "soon",
        "displayName": {"a": 1},
        "User": {"UserType": {"Value": None}},
        "Trustee": [1],
        "AccessRights": {"Value": "FullAccess"},
        "FolderType": 3,
        "scope": ["Mail.Read"],
        "clientId": {"id": 1},
        "appRoles": "none",
        "evidence": "none",
        "activityDisplayName": ["Register device"],
        "activityDateTime": 17,
        "initiatedBy": "somebody",
        "targetResources": {"type": 1},
    },
}


def full(state: TenantState) -> None:
    """Ana, with one of everything."""
    ana = state.user(ANA)
    assert ana is not None
    ana.authentication_methods.append(AuthenticationMethod(kind="softwareOath"))
    ana.devices.append(RegisteredDevice(display_name="LAPTOP"))
    box = mailbox_of(state)
    box.permissions.append(MailboxPermission(user="joel.lindqvist@contoso.com"))
    box.folder_permissions.append(FolderPermission(user="joel.lindqvist@contoso.com"))
    state.service_principals.append(ServicePrincipal(app_id=TOOL, display_name="Tool"))
    state.grants.append(Grant(client=TOOL, principal=ANA, scope="Mail.Read"))
    state.app_role_assignments.append(AppRoleAssignment(client=TOOL, role="Mail.Read"))
    audit = {"at": "2026-11-18T09:00:00Z", "activity": "Register device", "user": ANA}
    state.directory_audits.append(DirectoryAudit.model_validate(audit))


def always(row: JsonObject) -> object:
    def answer(*_: object) -> JsonObject:
        return dict(row)

    return answer


WRITERS = {
    "authentication._method": ("list-auth-methods", "methods", 2),
    "authentication._device": ("list-auth-methods", "devices", None),
    "audits.Audits._row": ("list-auth-methods", "changes", None),
    "applications.Applications._grant": ("list-app-consents", "apps", None),
    "applications._principal_resource": ("list-app-consents", "apps", None),
    "applications._assignment": ("list-app-consents", "apps", None),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("writer", WRITERS)
async def test_an_odd_object_of_graph_is_read_as_far_as_it_goes(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch, writer: str, odd: JsonObject
) -> None:
    route, member, count = WRITERS[writer]
    lab = await open_lab(change=full)
    monkeypatch.setattr(f"sandbox.tenant.graph.{writer}", always(odd))

    body: JsonObject = {"user": ANA, "around": "2026-11-18T09:30:00Z"}
    answer = await answered(lab, route, body)

    listed = objects(as_object(answer["result"])[member])
    assert count is None or len(listed) == count


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("cmdlet", ["_get_permission", "_get_send_as", "_get_folder_permission"])
async def test_an_odd_permission_of_exchange_is_nobodys(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch, cmdlet: str, odd: JsonObject
) -> None:
    from sandbox.tenant.exchange import endpoint, permissions
    from sandbox.tenant.exchange.cmdlet import Cmdlet

    lab = await open_lab(change=full)
    run = getattr(permissions, cmdlet)
    [name] = [one.name for one in permissions.CMDLETS if one.run is run]
    changed = Cmdlet(name, endpoint.CMDLETS[name].parameters, lambda _: [dict(odd)])
    monkeypatch.setattr(endpoint, "CMDLETS", {**endpoint.CMDLETS, name: changed})

    answer = await answered(lab, "list-mailbox-delegates", {"mailbox": ANA})

    rights = {str(each["right"]) for each in objects(as_object(answer["result"])["delegates"])}
    lost = {"_get_permission": "fullAccess", "_get_folder_permission": "folder"}
    assert rights == {"fullAccess", "folder"} - {lost.get(cmdlet)}


async def test_a_mailbox_whose_folders_cannot_be_told_apart_is_a_gap(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await open_lab(change=full)
    monkeypatch.setattr(
        "sandbox.tenant.exchange.permissions._statistics",
        always({"FolderType": None, "FolderId": None}),
    )

    answer = await answered(lab, "list-mailbox-delegates", {"mailbox": ANA})

    folders = "Exchange Get-MailboxFolderStatistics"
    assert gaps(answer) == [(folders, "notFound")] * 3


@pytest.mark.parametrize("evidence", [None, "none", {"a": 1}])
async def test_an_alert_that_is_nobodys_for_want_of_evidence_is_a_gap(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch, evidence: JsonValue
) -> None:
    lab = await open_lab()

    def odd(*_: object) -> JsonValue:
        return evidence

    monkeypatch.setattr("sandbox.tenant.graph.alerts._evidence", odd)

    answer = await answered(lab, "get-user-alerts", {"user": ANA, "around": AROUND})

    assert gaps(answer) == [(ALERTS, "unreadable")]
    assert as_object(answer["result"])["alerts"] == []


@pytest.mark.parametrize(
    ("route", "path", "source"),
    [
        ("list-auth-methods", "*/authentication/methods", "Graph authentication/methods"),
        ("list-app-consents", "*/appRoleAssignedTo", "Graph servicePrincipals/appRoleAssignedTo"),
        ("get-user-alerts", "*/alerts_v2", ALERTS),
    ],
)
async def test_what_is_not_found_of_an_account_that_exists_is_a_gap(
    open_lab: OpenLab, route: str, path: str, source: str
) -> None:
    refusal = Refusal(path=path, status=404)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    body: JsonObject = {"user": ANA, "around": "2026-11-18T09:30:00Z"}
    assert gaps(await answered(lab, route, body)) == [(source, "notFound")]
