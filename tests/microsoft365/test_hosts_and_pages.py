"""Pages are followed to the end, and no token leaves for a host that is not configured."""

import httpx
import pytest
from pydantic import JsonValue

from microsoft365.errors import NotFound, Throttled, Unavailable
from microsoft365.limits import Service
from tests.microsoft365.services import GRAPH, Connect, Script, listed, tenant_of

FIRST = f"{GRAPH}/v1.0/organization"


async def test_a_collection_is_every_page_of_it(connect: Connect) -> None:
    script = Script(
        listed({"id": 1}, following=f"{FIRST}?$skiptoken=a"),
        listed(following=f"{FIRST}?$skiptoken=b"),
        listed({"id": 2}),
    )
    tenant = tenant_of(connect(script))

    found = await tenant.graph.collection(tenant.graph.v1.organization.to_get_request_information())

    assert found == [{"id": 1}, {"id": 2}]
    assert [str(each.url.params.get("$skiptoken")) for each in script.requests] == [
        "None",
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/v1.0/organization",
        "https://graph.microsoft.com.evil.example/v1.0/organization",
        "https://graph.microsoft.com@evil.example/v1.0/organization",
        "http://graph.microsoft.com/v1.0/organization",
        "https://graph.microsoft.com:8443/v1.0/organization",
        "//evil.example/v1.0/organization",
        "/v1.0/organization",
    ],
)
async def test_a_page_on_another_host_is_not_asked_for_and_leaves_a_gap(
    connect: Connect, elsewhere: str
) -> None:
    script = Script(listed({"id": 1}, following=elsewhere), listed({"id": 2}))
    tenant = tenant_of(connect(script))
    asking = tenant.graph.collection(tenant.graph.v1.organization.to_get_request_information())

    assert await tenant.see("Graph organization", asking) is None

    assert [each.url.host for each in script.requests] == ["graph.microsoft.com"]
    [gap] = tenant.gaps
    assert (gap.source, gap.reason) == ("Graph organization", "unavailable")


async def test_a_further_page_of_exchange_stays_on_its_host_too(connect: Connect) -> None:
    script = Script(listed({"id": 1}, following="https://evil.example/adminapi"), listed({"id": 2}))
    tenant = tenant_of(connect(script))

    with pytest.raises(Unavailable):
        await tenant.exchange.invoke("Get-TransportRule", {})

    assert [each.url.host for each in script.requests] == ["outlook.office365.com"]


async def test_pages_that_go_round_in_a_circle_come_to_an_end(connect: Connect) -> None:
    there, back = f"{FIRST}?$skiptoken=a", f"{FIRST}?$skiptoken=b"

    def circling(request: httpx.Request) -> httpx.Response:
        return listed({"id": 1}, following=back if "skiptoken=a" in str(request.url) else there)

    tenant = tenant_of(connect(circling))
    with pytest.raises(Unavailable):
        await tenant.graph.collection(tenant.graph.v1.organization.to_get_request_information())
    url = "https://outlook.office365.com/adminapi/next"
    with pytest.raises(Unavailable):
        await tenant_of(connect(Script(listed(following=url)))).exchange.invoke("Get-Mailbox", {})


async def test_a_further_page_of_exchange_is_asked_for_by_the_same_body(connect: Connect) -> None:
    url = "https://outlook.office365.com/adminapi/beta/contoso/InvokeCommand?$skiptoken=1"
    script = Script(listed({"id": 1}, following=url), listed({"id": 2}))

    found = await tenant_of(connect(script)).exchange.invoke("Get-Mailbox", {"Identity": "ana"})

    first, second = script.requests
    assert found == [{"id": 1}, {"id": 2}]
    assert (first.method, second.method, str(second.url)) == ("POST", "POST", url)
    assert first.content == second.content


async def test_each_service_gets_the_token_of_its_own_host(connect: Connect) -> None:
    script = Script(listed({"properties": {}}))
    tenant = tenant_of(connect(script))
    incident = (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
        "/providers/Microsoft.SecurityInsights/incidents/i"
    )

    await tenant.graph.collection(tenant.graph.v1.organization.to_get_request_information())
    await tenant.exchange.invoke("Get-Mailbox", {})
    await tenant.sentinel.incident(incident)

    assert {each.url.host: each.headers["authorization"] for each in script.requests} == {
        "graph.microsoft.com": "Bearer token-1",
        "outlook.office365.com": "Bearer token-2",
        "management.azure.com": "Bearer token-3",
    }


def part(identifier: str, status: int, **headers: str) -> dict[str, JsonValue]:
    body: JsonValue = {"id": identifier} if status == 200 else {"error": {"code": "busy"}}
    return {"id": identifier, "status": status, "headers": dict(headers), "body": body}


async def test_a_batch_of_which_a_part_was_throttled_is_sent_again(
    connect: Connect, waits: list[float]
) -> None:
    busy: JsonValue = {"responses": [part("0", 200), part("1", 429, **{"Retry-After": "3"})]}
    done: JsonValue = {"responses": [part("1", 404), part("0", 200)]}
    script = Script(httpx.Response(200, json=busy), httpx.Response(200, json=done))
    tenant = tenant_of(connect(script))
    asked = [tenant.graph.v1.organization.to_get_request_information()] * 2

    found = await tenant.graph.batch(asked, Service.OUTLOOK, mailbox="ana@contoso.com")

    assert found == [{"id": "0"}, None]
    assert (len(script.requests), waits) == (2, [3.0])


async def test_a_batch_that_stays_throttled_is_given_up(
    connect: Connect, waits: list[float]
) -> None:
    busy: JsonValue = {"responses": [part("0", 429)]}
    script = Script(httpx.Response(200, json=busy))
    tenant = tenant_of(connect(script))
    asked = [tenant.graph.v1.organization.to_get_request_information()]

    with pytest.raises(Throttled):
        await tenant.graph.batch(asked, Service.OUTLOOK, mailbox="ana@contoso.com")

    assert len(script.requests) == 6
    assert len(waits) == 5


async def test_exchanges_own_exception_tells_what_its_status_does_not(connect: Connect) -> None:
    message = (
        "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|"
        "The operation couldn't be performed because object 'x' couldn't be found."
    )
    body: JsonValue = {"error": {"code": "BadRequest", "details": [{"message": message}]}}
    tenant = tenant_of(connect(Script(httpx.Response(400, json=body))))

    with pytest.raises(NotFound) as raised:
        await tenant.exchange.invoke("Get-Mailbox", {"Identity": "x"})
    assert raised.value.code == "ManagementObjectNotFoundException"
