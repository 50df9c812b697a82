"""The applications that may act for a user or reach everybody's mail, by list_app_consents."""

import pytest

from sandbox.tenant.applications import AppRoleAssignment, Grant, ServicePrincipal
from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import ANA, ANA_ID, JOEL, OpenLab, answered, as_object, gaps, objects, result_of

ROUTE = "list-app-consents"
OURS: JsonObject = {"user": ANA}
EXPORTER = "5e1f0a3c-7b1d-4c2e-9f60-2a8d3c4b5e6f"
CRM = "7c3e9d10-1b2a-4f5c-8d6e-0f1a2b3c4d5e"
SYNC = "9a8b7c6d-5e4f-4a3b-8c1d-0e9f8a7b6c5d"
OF_USER = "Graph users/oauth2PermissionGrants"
FOR_EVERYBODY = "Graph oauth2PermissionGrants"
ASSIGNED = "Graph users/appRoleAssignments"
APPLICATIONS = "Graph servicePrincipals/appRoleAssignedTo"
PRINCIPALS = "Graph servicePrincipals"


def consented(state: TenantState) -> None:
    state.service_principals += [
        ServicePrincipal(
            app_id=EXPORTER,
            display_name="Mail Export",
            home_tenant="0f0e0d0c-0b0a-4908-8706-050403020100",
            reply_urls=["https://export.example/callback"],
        ),
        ServicePrincipal(app_id=CRM, display_name="CRM", publisher="Northwind"),
        ServicePrincipal(app_id=SYNC, display_name="Mail Sync", account_enabled=False),
    ]
    state.grants += [
        Grant.model_validate(
            {
                "client": EXPORTER,
                "principal": ANA,
                "scope": "Mail.Read offline_access User.Read",
                "created": "2026-11-18T08:45:00Z",
            }
        ),
        Grant(client=EXPORTER, principal=JOEL, scope="Mail.ReadWrite"),
        Grant(client=CRM, scope="https://graph.microsoft.com/Mail.Send Contacts.Read"),
        Grant(client=CRM, scope="User.Read openid"),
    ]
    state.app_role_assignments += [
        AppRoleAssignment.model_validate(
            {"client": SYNC, "role": "Mail.ReadWrite", "created": "2026-03-02T09:00:00Z"}
        ),
        AppRoleAssignment(client=CRM, role="User.Read.All"),
        AppRoleAssignment(
            client=SYNC,
            resource="00000002-0000-0ff1-ce00-000000000000",
            role="full_access_as_app",
        ),
    ]


async def test_the_users_own_grants_and_whatever_reaches_everybodys_mail_are_listed(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=consented)

    answer = await answered(lab, ROUTE, OURS)

    assert answer["complete"] is True
    found = as_object(answer["result"])
    assert found["user"] == ANA
    apps = objects(found["apps"])
    assert [(each["name"], each["givenFor"], each["resource"]) for each in apps] == [
        ("Mail Export", "user", "Microsoft Graph"),
        ("CRM", "everybody", "Microsoft Graph"),
        ("Mail Sync", "application", "Microsoft Graph"),
        ("Mail Sync", "application", "Office 365 Exchange Online"),
    ]
    assert [each["mailScopes"] for each in apps] == [
        ["Mail.Read"],
        ["https://graph.microsoft.com/Mail.Send"],
        ["Mail.ReadWrite"],
        ["full_access_as_app"],
    ]
    assert [each["appId"] for each in apps] == [EXPORTER, CRM, SYNC, SYNC]


async def test_an_application_is_described(open_lab: OpenLab) -> None:
    lab = await open_lab(change=consented)

    apps = objects((await result_of(lab, ROUTE, {"user": ANA_ID}))["apps"])

    exporter, crm, sync, _ = apps
    assert exporter["scopes"] == ["Mail.Read", "offline_access", "User.Read"]
    assert exporter["granted"] == "2026-11-18T08:45:00Z"
    assert exporter["replyUrls"] == ["https://export.example/callback"]
    assert (exporter["publisher"], exporter["firstParty"]) == ("", False)
    assert exporter["homeTenantId"] == "0f0e0d0c-0b0a-4908-8706-050403020100"
    assert (crm["publisher"], crm["granted"]) == ("Northwind", None)
    assert (sync["enabled"], sync["granted"]) == (False, "2026-03-02T09:00:00Z")


async def test_who_allowed_nothing_has_no_applications(open_lab: OpenLab) -> None:
    lab = await open_lab()

    answer = await answered(lab, ROUTE, OURS)

    assert as_object(answer["result"])["apps"] == []
    assert answer["complete"] is True


async def test_an_api_that_is_not_shown_is_no_api_that_nobody_may_use(open_lab: OpenLab) -> None:
    lab = await open_lab(change=lambda state: state.service_principals.clear())

    answer = await answered(lab, ROUTE, OURS)

    assert as_object(answer["result"])["apps"] == []
    assert gaps(answer) == [(APPLICATIONS, "notFound")] * 2
    told = str(answer["gaps"])
    assert "00000003-0000-0000-c000-000000000000" in told
    assert "00000002-0000-0ff1-ce00-000000000000" in told


async def test_an_application_that_is_gone_is_listed_by_its_id(open_lab: OpenLab) -> None:
    gone = "3d2c1b0a-9f8e-4d7c-8b6a-5f4e3d2c1b0a"
    grant = Grant(client=gone, principal=ANA, scope="Mail.Read")
    lab = await open_lab(change=lambda state: state.grants.append(grant))

    [app] = objects((await result_of(lab, ROUTE, OURS))["apps"])

    assert (app["appId"], app["servicePrincipalId"], app["name"]) == ("", gone, "")


async def test_grants_and_applications_past_the_first_page_are_read(open_lab: OpenLab) -> None:
    def crowded(state: TenantState) -> None:
        numbers = [f"app{number:03}" for number in range(230)]
        state.service_principals += [
            ServicePrincipal(app_id=each, display_name=each) for each in numbers
        ]
        state.grants += [
            Grant(client=each, principal=ANA, scope="User.Read") for each in numbers[:120]
        ]
        state.grants += [Grant(client=each, scope="Mail.Read") for each in numbers[120:]]
        state.app_role_assignments += [
            AppRoleAssignment(client=each, role="Mail.Read") for each in numbers
        ]

    lab = await open_lab(change=crowded)
    answer = await answered(lab, ROUTE, OURS)

    apps = objects(as_object(answer["result"])["apps"])
    assert answer["complete"] is True
    kinds = [str(each["givenFor"]) for each in apps]
    assert [kinds.count(kind) for kind in ("user", "everybody", "application")] == [120, 110, 230]
    assert all(str(each["name"]).startswith("app") for each in apps)
    # One page for each API: a hundred at a time would be fifty in a large organisation.
    assert lab.state.count("appRoleAssignedTo", status=200) == 2


@pytest.mark.parametrize(
    ("path", "source", "left"),
    [
        ("/v1.0/users/*/oauth2PermissionGrants", OF_USER, ["everybody", "application"]),
        ("/v1.0/oauth2PermissionGrants", FOR_EVERYBODY, ["user", "application"]),
        ("*/appRoleAssignments", ASSIGNED, ["user", "everybody", "application"]),
        ("*/appRoleAssignedTo", APPLICATIONS, ["user", "everybody"]),
    ],
)
async def test_a_refused_source_costs_its_own_part_only(
    open_lab: OpenLab, path: str, source: str, left: list[str]
) -> None:
    def refused(state: TenantState) -> None:
        consented(state)
        state.refusals.append(Refusal(service="graph", path=path, status=403))

    lab = await open_lab(change=refused)
    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [(source, "forbidden")]
    assert "Directory.Read.All" in str(answer["gaps"])
    apps = objects(as_object(answer["result"])["apps"])
    assert list(dict.fromkeys(each["givenFor"] for each in apps)) == left


async def test_grants_are_listed_even_if_nobody_says_whose_they_are(open_lab: OpenLab) -> None:
    def refused(state: TenantState) -> None:
        consented(state)
        state.refusals.append(Refusal(path="/v1.0/servicePrincipals", status=403))

    lab = await open_lab(change=refused)
    answer = await answered(lab, ROUTE, OURS)

    assert sorted(gaps(answer)) == [(PRINCIPALS, "forbidden"), (APPLICATIONS, "forbidden")]
    scopes = [each["mailScopes"] for each in objects(as_object(answer["result"])["apps"])]
    assert scopes == [["Mail.Read"], ["https://graph.microsoft.com/Mail.Send"]]


async def test_a_list_that_breaks_off_says_so(open_lab: OpenLab, waits: list[float]) -> None:
    def broken(state: TenantState) -> None:
        state.grants += [Grant(client=str(n), principal=ANA, scope="Mail.Read") for n in range(150)]
        path = "/v1.0/users/*/oauth2PermissionGrants"
        state.refusals.append(Refusal(path=path, status=503, after=1))

    lab = await open_lab(change=broken)
    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [(OF_USER, "unavailable")]
    assert "Only the first 100 were read" in str(answer["gaps"])
    assert len(objects(as_object(answer["result"])["apps"])) == 100
    assert waits


async def test_when_graph_throttles_everything_the_answer_is_429(
    open_lab: OpenLab, waits: list[float]
) -> None:
    refusal = Refusal(service="graph", status=429, retry_after=20)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    await answered(lab, ROUTE, OURS, status=429)

    assert waits


async def test_an_account_that_nobody_has_is_404(open_lab: OpenLab) -> None:
    lab = await open_lab()

    await answered(lab, ROUTE, {"user": "nobody@contoso.com"}, status=404)


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "user"), ({"user": "../groups"}, "user"), ({**OURS, "mailbox": ANA}, "mailbox")],
)
async def test_bad_input_names_its_field_and_asks_nobody(
    open_lab: OpenLab, body: JsonObject, field: str
) -> None:
    lab = await open_lab()

    problem = await answered(lab, ROUTE, body, status=400)

    assert [each["field"] for each in objects(problem["errors"])] == [field]
    assert lab.state.requests == []
