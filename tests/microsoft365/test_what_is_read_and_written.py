"""What an answer must hold before a change may rest on it, and what a write must not lose."""

import json

import httpx
import pytest
from pydantic import JsonValue

from microsoft365.directory import find_user
from microsoft365.errors import NotFound, Unavailable
from tests.microsoft365.services import Connect, Script, listed, tenant_of

INCIDENT = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
    "/providers/Microsoft.SecurityInsights/incidents/i"
)


async def test_an_update_of_an_incident_keeps_what_it_does_not_change(connect: Connect) -> None:
    script = Script(httpx.Response(200, json={}))
    properties: dict[str, JsonValue] = {
        "title": "Forwarding",
        "severity": "High",
        "status": "New",
        "firstActivityTimeUtc": "2026-11-18T08:52:00Z",
        "lastActivityTimeUtc": "2026-11-18T09:30:00Z",
        "owner": {"objectId": "0b1e"},
        "incidentNumber": 7,
    }

    sentinel = tenant_of(connect(script)).sentinel
    await sentinel.update(INCIDENT, {"etag": "e", "properties": properties}, {"status": "Active"})

    [request] = script.requests
    del properties["incidentNumber"]
    assert json.loads(request.content) == {
        "etag": "e",
        "properties": {**properties, "status": "Active"},
    }


@pytest.mark.parametrize("found", [[], [{"Name": "John"}, {"Name": "John"}]], ids=len)
async def test_a_name_that_is_not_one_recipients_is_not_taken_for_the_first(
    connect: Connect, found: list[dict[str, JsonValue]]
) -> None:
    exchange = tenant_of(connect(Script(listed(*found)))).exchange

    with pytest.raises(NotFound, match="objects of that name"):
        await exchange.one("Get-Recipient", {"Identity": "John"})


async def test_an_answer_that_names_no_account_is_none_to_be_changed(connect: Connect) -> None:
    with pytest.raises(Unavailable, match="no user"):
        await find_user(tenant_of(connect(Script(listed()))), "ana@contoso.com")
