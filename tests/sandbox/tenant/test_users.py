"""Users in Graph: finding, disabling, a new password, ended sessions."""

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.tenant.state import TenantState

ANA = "/v1.0/users/ana@contoso.com"
GOOD = "correct-Horse-7"


async def test_a_user_is_found_by_upn_id_and_address(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    by_upn = await tenant.get(ANA)
    by_id = await tenant.get(f"/v1.0/users/{state.users[0].id}?$select=userPrincipalName")
    listed = await tenant.get(
        "/v1.0/users?$filter=proxyAddresses/any(p: p eq 'smtp:ana@contoso.com')&$select=id"
    )
    assert by_upn.json()["displayName"] == "Ana Bowman"
    assert "accountEnabled" not in by_upn.json()  # not among the default properties
    assert by_id.json()["userPrincipalName"] == "ana@contoso.com"
    assert [row["id"] for row in listed.json()["value"]] == [state.users[0].id]


async def test_what_does_not_exist_is_refused(tenant: httpx.AsyncClient) -> None:
    missing = await tenant.get("/v1.0/users/nobody@contoso.com")
    wrong = await tenant.get(f"{ANA}?$select=forwardingSmtpAddress")
    unfilterable = await tenant.get("/v1.0/users?$filter=passwordProfile eq 'x'")
    malformed = await tenant.get("/v1.0/users?$filter=mail eq")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "Request_ResourceNotFound"
    assert "forwardingSmtpAddress" in wrong.json()["error"]["message"]
    assert [wrong.status_code, unfilterable.status_code, malformed.status_code] == [400] * 3


async def test_pages_are_followed_to_the_end(tenant: httpx.AsyncClient, state: TenantState) -> None:
    url = "/v1.0/users?$top=2&$select=userPrincipalName"
    seen: list[str] = []
    while url:
        page = (await tenant.get(url)).json()
        seen += [row["userPrincipalName"] for row in page["value"]]
        url = page.get("@odata.nextLink")
    assert seen == [user.user_principal_name for user in state.users]


async def test_disabling_is_recorded(tenant: httpx.AsyncClient, state: TenantState) -> None:
    assert (await tenant.patch(ANA, json={"accountEnabled": False})).status_code == 204
    assert state.users[0].account_enabled is False
    assert state.changes[0].operation == "Disable account."


async def test_a_password_is_set_but_never_kept(
    tenant: httpx.AsyncClient, state: TenantState, clock: Clock
) -> None:
    profile = {"password": GOOD, "forceChangePasswordNextSignIn": True}
    assert (await tenant.patch(ANA, json={"passwordProfile": profile})).status_code == 204
    changed = state.users[0].last_password_change
    assert changed is not None
    assert changed.date() == clock.now().date()
    assert state.users[0].force_change_password
    assert GOOD not in state.model_dump_json() + str(state.changes)


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("ana", {"passwordProfile": {"password": ""}}, 400),
        ("ana", {"passwordProfile": {"password": "alllowercase"}}, 400),
        ("ana", {"passwordProfile": {"password": GOOD, "hint": "x"}}, 400),
        ("ana", {"accountEnabled": "no"}, 400),
        ("ana", {"isAdmin": True}, 400),
        ("ana", {}, 400),
        ("ana", {"department": "Sales"}, 403),
        ("mira", {"accountEnabled": False}, 403),
        ("mira", {"passwordProfile": {"password": GOOD}}, 403),
        ("hybrid", {"passwordProfile": {"password": GOOD}}, 400),
    ],
)
async def test_what_graph_refuses_changes_nothing(
    tenant: httpx.AsyncClient, state: TenantState, who: str, body: dict[str, object], status: int
) -> None:
    answer = await tenant.patch(f"/v1.0/users/{who}@contoso.com", json=body)
    assert answer.status_code == status
    assert state.changes == []


async def test_sessions_are_revoked(
    tenant: httpx.AsyncClient, state: TenantState, clock: Clock
) -> None:
    answer = await tenant.post(f"{ANA}/revokeSignInSessions")
    assert answer.json()["value"] is True
    valid = state.users[0].sign_in_sessions_valid_from
    assert valid is not None
    assert valid.date() == clock.now().date()
