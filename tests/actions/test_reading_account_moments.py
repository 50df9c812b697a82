"""The reads of an account, at whatever moment they are asked about, and within their deadline."""

import pytest

from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import ANA, OpenLab, answered, gaps, objects

READS: list[tuple[str, JsonObject]] = [
    ("list-mailbox-delegates", {"mailbox": ANA}),
    ("list-app-consents", {"user": ANA}),
    ("list-auth-methods", {"user": ANA}),
    ("get-user-alerts", {"user": ANA}),
]


@pytest.mark.parametrize(("route", "body"), READS, ids=[route for route, _ in READS])
async def test_the_moment_in_question_may_be_any_that_a_log_can_be_asked_about(
    open_lab: OpenLab, route: str, body: JsonObject
) -> None:
    lab = await open_lab()

    for around in ("2000-01-01T00:00:00Z", "2100-12-31T23:59:59+14:00"):
        await answered(lab, route, {**body, "around": around})
    for around in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-11-18T09:00:00"):
        problem = await answered(lab, route, {**body, "around": around}, status=400)
        assert [each["field"] for each in objects(problem["errors"])] == ["around"]


@pytest.mark.parametrize(("route", "body"), READS, ids=[route for route, _ in READS])
async def test_what_could_not_be_had_by_the_deadline_is_a_gap(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch, route: str, body: JsonObject
) -> None:
    monkeypatch.setattr("actions.http._DEADLINE", 0.3)

    def slow(state: TenantState) -> None:
        state.latency = 0.5

    lab = await open_lab(change=slow)
    answer = await answered(lab, route, body)

    assert answer["complete"] is False
    assert {reason for _, reason in gaps(answer)} == {"timeout"}
