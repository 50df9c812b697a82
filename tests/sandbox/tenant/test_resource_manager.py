"""Sentinel incidents behind Azure Resource Manager."""

import httpx

from sandbox.tenant.state import TenantState

VERSION = {"api-version": "2025-09-01"}


async def test_the_api_version_is_required_and_known(
    tenant: httpx.AsyncClient, incident_path: str
) -> None:
    missing = await tenant.get(incident_path)
    unknown = await tenant.get(incident_path, params={"api-version": "1999-01-01"})
    assert missing.json() == {
        "error": {
            "code": "MissingApiVersionParameter",
            "message": "The api-version query parameter (?api-version=) is required for all "
            "requests.",
        }
    }
    assert unknown.status_code == 400


async def test_paths_are_found_in_any_case_and_unknown_ones_are_404(
    tenant: httpx.AsyncClient, incident_path: str
) -> None:
    odd = incident_path.replace("resourceGroups", "resourcegroups").replace(
        "incidents", "Incidents"
    )
    assert (await tenant.get(odd, params=VERSION)).status_code == 200
    for path in (f"{incident_path}/owners", f"{incident_path}x", "/subscriptions/none"):
        answer = await tenant.get(path, params=VERSION)
        assert (answer.status_code, set(answer.json()["error"])) == (404, {"code", "message"})


async def test_an_incident_is_closed_once_and_a_stale_etag_conflicts(
    tenant: httpx.AsyncClient, incident_path: str, state: TenantState
) -> None:
    found = (await tenant.get(incident_path, params=VERSION)).json()
    found["properties"] |= {
        "status": "Closed",
        "classification": "TruePositive",
        "classificationReason": "SuspiciousActivity",
    }
    closed = await tenant.put(incident_path, params=VERSION, json=found)
    assert closed.json()["properties"]["status"] == "Closed"
    assert closed.json()["etag"] != found["etag"]
    assert (await tenant.put(incident_path, params=VERSION, json=found)).status_code == 409
    del found["etag"]
    stale = await tenant.put(
        incident_path, params=VERSION, json=found, headers={"If-Match": '"old"'}
    )
    assert stale.status_code == 412
    assert len(state.changes) == 1


async def test_an_incident_does_not_close_without_a_classification(
    tenant: httpx.AsyncClient, incident_path: str, state: TenantState
) -> None:
    found = (await tenant.get(incident_path, params=VERSION)).json()
    found["properties"]["status"] = "Closed"
    assert (await tenant.put(incident_path, params=VERSION, json=found)).status_code == 400
    found["properties"] |= {"status": "Done"}
    refused = await tenant.put(incident_path, params=VERSION, json=found)
    assert "properties.status" in refused.json()["error"]["message"]
    assert state.changes == []


async def test_comments_are_written_once_per_id(
    tenant: httpx.AsyncClient, incident_path: str
) -> None:
    path = f"{incident_path}/comments/11111111-1111-4111-8111-111111111111"
    body = {"properties": {"message": "<b>graded</b>"}}
    assert (await tenant.put(path, params=VERSION, json=body)).status_code == 201
    assert (await tenant.put(path, params=VERSION, json=body)).status_code == 200
    listed = (await tenant.get(f"{incident_path}/comments", params=VERSION)).json()["value"]
    assert [row["properties"]["message"] for row in listed] == ["<b>graded</b>"]
    too_long = {"properties": {"message": "x" * 30_001}}
    assert (await tenant.put(path, params=VERSION, json=too_long)).status_code == 400


async def test_alerts_and_entities_are_had_by_post(
    tenant: httpx.AsyncClient, incident_path: str
) -> None:
    alerts = (await tenant.post(f"{incident_path}/alerts", params=VERSION)).json()["value"]
    found = (await tenant.post(f"{incident_path}/entities", params=VERSION)).json()
    assert alerts[0]["properties"]["providerAlertId"] == "fa01"
    assert alerts[0]["properties"]["additionalData"] == {"FT": "InboxRule"}
    assert {row["kind"] for row in found["entities"]} == {"Account", "Mailbox", "Ip"}
