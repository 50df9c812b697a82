"""Alerts, incidents, hunting and batches of Graph."""

import httpx
import pytest

from sandbox.tenant.state import TenantState

ALERT = "/v1.0/security/alerts_v2/fa01"
INCIDENT = "/v1.0/security/incidents/12"


async def test_an_alert_shows_its_evidence(tenant: httpx.AsyncClient) -> None:
    alert = (await tenant.get(ALERT)).json()
    kinds = {row["@odata.type"].rsplit(".", 1)[-1] for row in alert["evidence"]}
    assert kinds == {"userEvidence", "mailboxEvidence", "ipEvidence"}
    assert alert["incidentId"] == "12"
    assert alert["additionalData"] == {"FT": "InboxRule"}
    assert (await tenant.get("/v1.0/security/alerts_v2/none")).status_code == 404


async def test_an_alert_is_classified(tenant: httpx.AsyncClient, state: TenantState) -> None:
    body = {
        "status": "resolved",
        "classification": "truePositive",
        "determination": "compromisedAccount",
    }
    answer = await tenant.patch(ALERT, json=body)
    assert {name: answer.json()[name] for name in body} == body
    assert state.changes[0].details == body


@pytest.mark.parametrize(
    "body",
    [
        {"determination": "compromisedUser"},
        {"classification": "undetermined"},
        {"status": "closed"},
        {"title": "x"},
    ],
)
async def test_values_that_are_not_graphs_are_refused(
    tenant: httpx.AsyncClient, state: TenantState, body: dict[str, str]
) -> None:
    answer = await tenant.patch(ALERT, json=body)
    assert answer.status_code == 400
    assert next(iter(body)) in answer.json()["error"]["message"]
    assert state.changes == []


async def test_a_comment_is_one_object_and_never_a_list(tenant: httpx.AsyncClient) -> None:
    comment = {"@odata.type": "microsoft.graph.security.alertComment", "comment": "seen"}
    for path in (ALERT, INCIDENT):
        answer = await tenant.post(f"{path}/comments", json=comment)
        assert [row["comment"] for row in answer.json()["value"]] == ["seen"]
        refused = await tenant.post(f"{path}/comments", json=[comment])
        assert refused.status_code == 400
        assert refused.json()["error"]["message"] == "Empty Payload. JSON content expected."


async def test_an_incident_is_expanded_and_resolved(tenant: httpx.AsyncClient) -> None:
    assert "alerts" not in (await tenant.get(INCIDENT)).json()
    expanded = (await tenant.get(f"{INCIDENT}?$expand=alerts")).json()
    assert [alert["id"] for alert in expanded["alerts"]] == ["fa01"]
    body = {"status": "resolved", "classification": "falsePositive", "customTags": ["done"]}
    resolved = (await tenant.patch(INCIDENT, json=body)).json()
    assert (resolved["status"], resolved["customTags"]) == ("resolved", ["done"])
    assert (await tenant.patch(INCIDENT, json={"status": "closed"})).status_code == 400


async def test_a_hunt_answers_rows_or_kustos_own_words(tenant: httpx.AsyncClient) -> None:
    path = "/v1.0/security/runHuntingQuery"
    found = await tenant.post(path, json={"Query": "CloudAppEvents | project ActionType"})
    assert found.json()["results"] == [{"ActionType": "New-InboxRule"}]
    absent = await tenant.post(path, json={"query": "EmailEvents | take 1"})
    assert absent.status_code == 400
    assert "EmailEvents" in absent.json()["error"]["message"]
    assert (await tenant.post(path, json={"query": ""})).status_code == 400
    assert (await tenant.post(path, json={"query": "print 1", "max": 2})).status_code == 400


async def test_a_batch_answers_each_part_by_itself(tenant: httpx.AsyncClient) -> None:
    asked = [
        {"id": "1", "method": "GET", "url": "/users/ana@contoso.com?$select=id"},
        {"id": "2", "method": "GET", "url": "/users/none"},
        {"id": "3", "method": "GET", "url": "/domains", "dependsOn": ["2"]},
        {"id": "4", "method": "PATCH", "url": "/users/ana@contoso.com",
         "body": {"accountEnabled": False}, "headers": {"Content-Type": "application/json"},
         "dependsOn": ["1"]},
    ]  # fmt: skip
    answer = await tenant.post("/v1.0/$batch", json={"requests": asked})
    parts = {row["id"]: row for row in answer.json()["responses"]}
    assert answer.status_code == 200
    assert [parts[one]["status"] for one in "1234"] == [200, 404, 424, 204]
    assert parts["2"]["body"]["error"]["code"] == "Request_ResourceNotFound"


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [{"id": str(n), "method": "GET", "url": "/domains"} for n in range(21)],
        [{"id": "1", "method": "GET", "url": "/domains"}] * 2,
        [{"id": "1", "method": "GET", "url": "/domains", "dependsOn": ["9"]}],
        [{"id": "1"}],
    ],
)
async def test_a_malformed_batch_is_refused_whole(
    tenant: httpx.AsyncClient, state: TenantState, requests: list[dict[str, object]]
) -> None:
    answer = await tenant.post("/v1.0/$batch", json={"requests": requests})
    assert answer.status_code == 400
    assert len(state.requests) == 1
