"""Collections come in pages of the size that the reference names, and every row comes once."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from sandbox.tenant.applications import AppRoleAssignment, Grant, ServicePrincipal
from sandbox.tenant.identity import DirectoryAudit, RegisteredDevice
from sandbox.tenant.mailbox import Mailbox
from sandbox.tenant.people import Contact, Group, User
from sandbox.tenant.signin import RiskDetection, SignIn
from sandbox.tenant.state import TenantState
from tests.sandbox.tenant.conftest import NOW
from tests.sandbox.tenant.full import full_state
from tests.sandbox.tenant.test_microsofts_model import opened

ANA = "users/ana@contoso.com"
NUMBERS = range(105)
Crowd = Callable[[TenantState], None]


def users(state: TenantState) -> None:
    state.users += [
        User(user_principal_name=f"u{n:03}@contoso.com", display_name=f"User {n:03}", mailbox=None)
        for n in NUMBERS
    ]


def memberships(state: TenantState) -> None:
    state.groups = [Group(display_name=f"G{n}", members=[ANA[6:]]) for n in NUMBERS]


def members(state: TenantState) -> None:
    state.contacts = [Contact(name=f"C{n}", external_address=f"c{n}@x.example") for n in NUMBERS]
    names = [contact.name for contact in state.contacts]
    state.groups = [Group(display_name="Crowd", id="crowd", members=names)]


def grants(state: TenantState) -> None:
    state.grants = [Grant(client=str(n), principal=ANA[6:], scope="Mail.Read") for n in NUMBERS]


def applications(state: TenantState) -> None:
    state.service_principals = [
        ServicePrincipal(app_id=str(n), display_name=f"A{n}") for n in NUMBERS
    ]


def consents(state: TenantState) -> None:
    applications(state)
    grants(state)


def application_permissions(state: TenantState) -> None:
    applications(state)
    state.service_principals[0].roles = ["Mail.Read"]
    state.app_role_assignments = [
        AppRoleAssignment(client=str(n), resource="0", role="Mail.Read") for n in NUMBERS
    ]


def devices(state: TenantState) -> None:
    state.users[0].devices = [RegisteredDevice(display_name=f"D{n}") for n in NUMBERS]


def audits(state: TenantState) -> None:
    state.directory_audits = [
        DirectoryAudit(user=ANA[6:], at=NOW, activity=f"a{n}") for n in range(1005)
    ]


def domains(state: TenantState) -> None:
    state.domains += [f"d{n}.example" for n in NUMBERS]


def sign_ins(state: TenantState) -> None:
    # Long enough ago for the log, which lags in the full state, to have them all.
    then = NOW - timedelta(hours=1)
    state.sign_ins = [
        SignIn(user=ANA[6:], at=then, ip_address="192.0.2.1", id=str(n)) for n in range(1005)
    ]


def detections(state: TenantState) -> None:
    state.risk_detections = [RiskDetection(user=ANA[6:], type=f"t{n}", at=NOW) for n in range(505)]


def folders(state: TenantState) -> None:
    named = [{"display_name": f"F{n}"} for n in range(1005)]
    state.users[0].mailbox = Mailbox.model_validate({"folders": named})


def alerts(state: TenantState) -> None:
    first = state.incidents[0].alerts[0]
    state.incidents[0].alerts = [first.model_copy(update={"id": f"fa{n}"}) for n in range(2005)]


@dataclass(frozen=True)
class Collection:
    """A path, what a page of it holds without $top, and the most that $top may ask for."""

    path: str
    usual: int
    most: int
    crowd: Crowd
    skips: bool = False

    def __str__(self) -> str:
        return self.path


# List users; List a user's memberships; List group transitive members; List signIns; List
# riskDetections; List mailFolders. Where these name no bound it is the tenant's own.
COLLECTIONS = [
    Collection("users", 100, 999, users),
    Collection(f"{ANA}/transitiveMemberOf", 100, 999, memberships),
    Collection(f"{ANA}/oauth2PermissionGrants", 100, 999, grants),
    Collection("oauth2PermissionGrants", 100, 999, grants),
    Collection(f"{ANA}/appRoleAssignments", 100, 999, consents),
    Collection("servicePrincipals(appId='0')/appRoleAssignedTo", 100, 999, application_permissions),
    Collection(f"{ANA}/registeredDevices", 100, 999, devices),
    Collection("auditLogs/directoryAudits", 1000, 1000, audits),
    Collection("groups/crowd/transitiveMembers", 100, 999, members),
    Collection("servicePrincipals", 100, 999, applications),
    Collection("domains", 100, 999, domains),
    Collection("auditLogs/signIns", 1000, 1000, sign_ins),
    Collection("identityProtection/riskDetections", 20, 500, detections),
    Collection(f"{ANA}/mailFolders", 10, 1000, folders, skips=True),
    Collection("security/alerts_v2", 1000, 2000, alerts, skips=True),
]


@asynccontextmanager
async def crowded(crowd: Crowd) -> AsyncGenerator[httpx.AsyncClient]:
    state = full_state()
    crowd(state)
    async with opened(state) as client:
        yield client


@pytest.mark.parametrize("collection", COLLECTIONS, ids=str)
async def test_a_page_has_its_size_and_a_link_to_the_next(collection: Collection) -> None:
    async with crowded(collection.crowd) as graph:
        first = (await graph.get(f"/v1.0/{collection.path}")).json()
    assert len(first["value"]) == collection.usual
    asked = httpx.URL(first["@odata.nextLink"]).params
    assert [*asked] == ["$skip" if collection.skips else "$skiptoken"]
    if not collection.skips:
        assert not asked["$skiptoken"].isdecimal()  # a token says nothing to its bearer


@pytest.mark.parametrize("collection", COLLECTIONS, ids=str)
async def test_a_page_larger_than_the_method_allows_is_refused(collection: Collection) -> None:
    async with crowded(collection.crowd) as graph:
        assert (await graph.get(f"/v1.0/{collection.path}?$top={collection.most}")).is_success
        for size in (collection.most + 1, 0, -1, "many"):
            answer = await graph.get(f"/v1.0/{collection.path}?$top={size}")
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (400, "Request_UnsupportedQuery")
            assert f"Must be between 1 and {collection.most}" in error["message"]


@pytest.mark.parametrize("collection", COLLECTIONS, ids=str)
async def test_the_links_lead_to_every_row_once_and_keep_the_other_options(
    collection: Collection,
) -> None:
    async with crowded(collection.crowd) as graph:
        everything = (await graph.get(f"/v1.0/{collection.path}?$top={collection.most}")).json()
        size = len(everything["value"]) // 3
        url, seen = f"/v1.0/{collection.path}?$top={size}", list[str]()
        while url:
            page = (await graph.get(url)).json()
            seen += [row["id"] for row in page["value"]]
            url = page.get("@odata.nextLink", "")
            assert not url or httpx.URL(url).params["$top"] == str(size)
    assert len(seen) == len(set(seen)) >= 3 * size
    assert seen[: collection.most] == [row["id"] for row in everything["value"]]


async def test_a_token_that_is_none_of_the_tenants_is_refused() -> None:
    async with crowded(users) as graph:
        for token in ("100", "abc", "cGFnZTp4"):
            assert (await graph.get(f"/v1.0/users?$skiptoken={token}")).status_code == 400


async def test_a_count_of_directory_objects_stands_on_the_first_page_only() -> None:
    """Paging Microsoft Graph data in your app."""
    header = {"ConsistencyLevel": "eventual"}
    async with crowded(users) as graph:
        first = (await graph.get("/v1.0/users?$count=true", headers=header)).json()
        second = (await graph.get(first["@odata.nextLink"], headers=header)).json()
    assert first["@odata.count"] == len(NUMBERS) + 3
    assert "@odata.count" not in second


async def test_outlook_counts_on_every_page() -> None:
    async with crowded(folders) as graph:
        first = (await graph.get(f"/v1.0/{ANA}/mailFolders?$count=true")).json()
        second = (await graph.get(first["@odata.nextLink"])).json()
    assert first["@odata.count"] == second["@odata.count"] > 1005


async def test_options_are_known_in_any_case_and_on_beta_without_the_dollar() -> None:
    """Use query parameters to customize responses."""
    asked = "/v1.0/users?$orderBy=displayName desc&$select=displayName&$top=1"
    async with crowded(users) as graph:
        assert len((await graph.get("/beta/users?top=2")).json()["value"]) == 2
        assert len((await graph.get("/v1.0/users?$Top=2")).json()["value"]) == 2
        assert len((await graph.get("/v1.0/users?top=2")).json()["value"]) == 100
        assert (await graph.get(asked)).json()["value"] == [{"displayName": "User 104"}]


async def test_select_shows_what_is_asked_for_and_outlook_adds_the_id() -> None:
    path = "/v1.0/groups/crowd/transitiveMembers?$select=mail&$top=1"
    async with crowded(members) as graph:
        user = (await graph.get(f"/v1.0/{ANA}?$select=mail")).json()
        folder = (await graph.get(f"/v1.0/{ANA}/mailFolders/inbox?$select=displayName")).json()
        member = (await graph.get(path)).json()["value"][0]
    assert set(user) == {"@odata.context", "mail"}
    assert set(folder) == {"@odata.context", "id", "displayName"}
    assert set(member) == {"@odata.type", "mail"}
