"""What every request to the tenant meets: token, headers, faults and the log."""

import asyncio
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.tenant.app import tenant_app
from sandbox.tenant.faults import Interruption, Refusal
from sandbox.tenant.serve import serving
from sandbox.tenant.state import TenantState

EXCHANGE = "/adminapi/beta/contoso.com/InvokeCommand"


async def test_each_service_refuses_a_request_without_a_token_in_its_own_words(
    tenant: httpx.AsyncClient, incident_path: str
) -> None:
    del tenant.headers["Authorization"]
    graph = await tenant.get("/v1.0/users")
    exchange = await tenant.post(EXCHANGE, json={})
    arm = await tenant.get(incident_path)
    assert [graph.status_code, exchange.status_code, arm.status_code] == [401, 401, 401]
    assert graph.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert "request-id" in graph.json()["error"]["innerError"]
    assert exchange.content == b""
    assert arm.json()["error"]["code"] == "AuthenticationFailed"


async def test_the_date_header_follows_the_virtual_clock(
    tenant: httpx.AsyncClient, clock: Clock
) -> None:
    assert (await tenant.get("/v1.0/domains")).headers["date"] == "Wed, 18 Nov 2026 10:00:00 GMT"
    clock.advance(timedelta(days=1))
    assert (await tenant.get("/v1.0/domains")).headers["date"].startswith("Thu, 19 Nov 2026")


async def test_the_callers_request_id_comes_back(tenant: httpx.AsyncClient) -> None:
    answer = await tenant.get("/v1.0/nothing", headers={"client-request-id": "mine"})
    assert answer.headers["client-request-id"] == "mine"
    assert answer.json()["error"]["innerError"]["client-request-id"] == "mine"


async def test_unknown_paths_methods_and_options_are_refused_as_graph_refuses_them(
    tenant: httpx.AsyncClient,
) -> None:
    path = await tenant.get("/v1.0/users/ana@contoso.com/inventions/first")
    mine = await tenant.get("/v1.0/me")
    method = await tenant.delete("/v1.0/domains")
    option = await tenant.get("/v1.0/domains?$orderby=id")
    assert (path.status_code, method.status_code, option.status_code) == (400, 405, 400)
    assert "segment 'inventions'" in path.json()["error"]["message"]
    assert "delegated" in mine.json()["error"]["message"]


async def test_throttling_passes_and_says_when_to_come_back(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.refusals.append(Refusal(path="/v1.0/domains", status=429, retry_after=2, times=1))
    first = await tenant.get("/v1.0/domains")
    assert (first.status_code, first.headers["retry-after"]) == (429, "2")
    assert (await tenant.get("/v1.0/domains")).status_code == 200
    assert state.count("/domains", status=429) == 1


async def test_a_fault_may_come_after_some_requests_and_name_a_date(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.refusals.append(
        Refusal(path="*/domains", status=429, after=1, retry_after=90, retry_after_as="date")
    )
    assert (await tenant.get("/v1.0/domains")).status_code == 200
    second = await tenant.get("/v1.0/domains")
    wait = parsedate_to_datetime(second.headers["retry-after"]) - parsedate_to_datetime(
        second.headers["date"]
    )
    assert (second.status_code, wait.total_seconds()) == (429, 90)


async def test_a_token_can_expire_and_another_is_good(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    token = tenant.headers["authorization"].partition(" ")[2]
    state.refusals.append(Refusal(service="graph", status=401, token=token))

    refused = await tenant.get("/v1.0/domains")
    renewed = await tenant.get("/v1.0/domains", headers={"authorization": "Bearer another"})

    assert (refused.status_code, renewed.status_code) == (401, 200)
    assert refused.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert "Lifetime validation failed" in refused.json()["error"]["message"]
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


async def test_a_front_end_may_answer_with_a_page(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.refusals.append(Refusal(status=502, page="<h1>Bad Gateway</h1>"))
    answer = await tenant.get("/v1.0/domains")
    assert (answer.status_code, answer.text) == (502, "<h1>Bad Gateway</h1>")
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("answer", ["cut", "drip", "silence"])
async def test_an_answer_can_be_lost_on_its_way_although_it_was_done(
    state: TenantState, clock: Clock, answer: str
) -> None:
    """On a socket: nothing less tells a cut connection from an error."""
    fault = {"answer": answer, "path": "*/revokeSignInSessions"}
    state.interruptions.append(Interruption.model_validate(fault))
    user = state.users[0]
    async with (
        serving(tenant_app(state, clock)) as url,
        httpx.AsyncClient(headers={"authorization": "Bearer x"}) as client,
    ):
        expected = httpx.RemoteProtocolError if answer == "cut" else TimeoutError
        with pytest.raises(expected):
            async with asyncio.timeout(0.3):
                await client.post(f"{url}/v1.0/users/{user.id}/revokeSignInSessions")

    assert [change.target for change in state.changes] == [user.user_principal_name]


async def test_one_cmdlet_can_be_refused_while_others_answer(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.refusals.append(Refusal(service="exchange", cmdlet="Get-*Rule", status=403))
    refused = await tenant.post(EXCHANGE, json={"CmdletInput": {"CmdletName": "Get-TransportRule"}})
    allowed = await tenant.post(
        EXCHANGE, json={"CmdletInput": {"CmdletName": "Get-AcceptedDomain"}}
    )
    assert (refused.status_code, allowed.status_code) == (403, 200)
    assert refused.json()["error"]["details"][0]["message"].count("CmdletAccessDenied") == 1


async def test_every_answer_can_be_made_slow(tenant: httpx.AsyncClient, state: TenantState) -> None:
    state.latency = 0.05
    began = time.monotonic()
    await tenant.get("/v1.0/domains")
    assert time.monotonic() - began >= 0.05


async def test_reading_changes_nothing_and_is_logged(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    before = state.model_dump_json()
    for path in (
        "/v1.0/users",
        "/v1.0/users/ana@contoso.com/mailFolders",
        "/beta/auditLogs/signIns",
    ):
        assert (await tenant.get(path)).status_code == 200
    assert state.model_dump_json() == before
    assert state.changes == []
    assert state.requests[0].path == "/v1.0/users"


async def test_it_serves_on_a_real_port(state: TenantState, clock: Clock) -> None:
    async with serving(tenant_app(state, clock)) as url, httpx.AsyncClient(base_url=url) as client:
        assert url.startswith("http://127.0.0.1:")
        answer = await client.get("/v1.0/domains", headers={"Authorization": "Bearer x"})
        assert answer.json()["value"][0]["id"] == "contoso.com"
        assert answer.headers.get_list("date") == ["Wed, 18 Nov 2026 10:00:00 GMT"]
    async with httpx.AsyncClient() as client:
        try:
            await client.get(f"{url}/v1.0/domains")
        except httpx.ConnectError:
            return
    raise AssertionError("the port is still open")
