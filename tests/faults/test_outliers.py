"""Mailboxes beyond all measure are answered in bounded time, and nothing is left out silently."""

import asyncio
import time
from collections.abc import Iterable

import httpx
import pytest
from pydantic import JsonValue

from sandbox.lab import Lab
from sandbox.tenant.mailbox import InboxRule, Recipient, RuleActions
from sandbox.tenant.part import JsonObject
from tests.labs import (
    ANA,
    AROUND,
    JOEL,
    MIRA,
    OpenLab,
    answered,
    as_object,
    gaps,
    mailbox_of,
    objects,
    rule_named,
    with_rules,
)
from triage.case import Case
from triage.grade import Grade, grade

ASKED: JsonObject = {"mailbox": ANA}
GRAPH = "Graph messageRules"
EXCHANGE = "Exchange Get-InboxRule -IncludeHidden"
CASE: JsonObject = {
    "asOf": AROUND,
    "indicators": {"forwarder": {"userPrincipalName": ANA}},
}
OUTSIDE = [Recipient(name=f"R {n}", address=f"r{n}@mail.example") for n in range(200)]


async def test_of_forty_thousand_rules_the_first_are_told_and_the_rest_is_a_gap(
    open_lab: OpenLab, waits: list[float]
) -> None:
    """No mailbox can hold so many: rules have 256 KB. What cannot be is not read without end."""
    sends = RuleActions(forward_to=OUTSIDE[:1])
    rules = [InboxRule(name=f"Rule {n}", sequence=n, actions=sends) for n in range(40_000)]
    lab = await open_lab(change=with_rules(*rules))
    mailbox_of(lab.state).rules_page_size = 1_000

    began = time.monotonic()
    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert time.monotonic() - began < 60
    found = objects(as_object(answer["result"])["rules"])
    assert [rule["name"] for rule in found] == [f"Rule {n}" for n in range(5_000)]
    assert all(objects(rule["forwardTo"])[0]["resolved"] for rule in found)
    assert sorted(gaps(answer)) == [(EXCHANGE, "truncated"), (GRAPH, "truncated")]
    assert "Only the first 5,000 were read." in str(answer["gaps"])
    assert lab.state.count(cmdlet="Get-InboxRule") == 5
    assert lab.state.count("/messageRules") == 5
    assert waits == []


async def test_more_rules_than_one_answer_of_exchange_holds_are_all_told(
    open_lab: OpenLab,
) -> None:
    """Unasked, Get-InboxRule returns a thousand, and says so in a warning only."""
    rules = [InboxRule(name=f"Rule {n}", sequence=n, hidden=True) for n in range(1_200)]
    lab = await open_lab(change=with_rules(*rules))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert len(objects(as_object(answer["result"])["rules"])) == 1_200
    assert answer["complete"] is True


async def test_two_hundred_recipients_are_all_resolved(open_lab: OpenLab) -> None:
    """Outside addresses are final as they stand; those inside may lead on."""
    inside = [Recipient(name=who, address=who) for who in (JOEL, MIRA)]
    rule = InboxRule(name="Everybody", actions=RuleActions(forward_to=[*OUTSIDE, *inside]))
    lab = await open_lab(change=with_rules(rule))

    found = await rule_named(lab, "Everybody")

    destinations = objects(found["forwardTo"])
    assert len(destinations) == 202
    assert all(each["resolved"] for each in destinations)
    outside = [final["internal"] for each in destinations for final in objects(each["finals"])]
    assert outside.count(False) == 200
    assert lab.state.count(cmdlet="Get-Recipient") == 2


@pytest.fixture
def long_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every judgement takes a second, in which it lets nothing else onto its thread."""

    def judging(case: Case, done: Iterable[JsonValue] = (), earlier: JsonValue = None) -> Grade:
        time.sleep(1.0)
        return grade(case, done, earlier)

    monkeypatch.setattr("actions.grade_alert.grade", judging)


@pytest.mark.usefixtures("long_judgement")
async def test_a_long_judgement_holds_up_no_other_request(open_lab: OpenLab) -> None:
    lab = await open_lab()

    judging = asyncio.create_task(lab.call("grade-alert", CASE))
    slowest = 0.0
    while not judging.done():
        began = time.monotonic()
        assert (await _health(lab)).status_code == 200
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(0.02)

    assert (await judging).status_code == 200
    assert slowest < 0.9


@pytest.mark.usefixtures("long_judgement")
async def test_a_judgement_without_end_is_given_up(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.grading._LONGEST", 0.05)
    lab = await open_lab()

    began = time.monotonic()
    response = await lab.call("grade-alert", CASE)

    assert time.monotonic() - began < 0.9
    assert response.status_code == 413
    assert "could not be judged" in response.text


async def _health(lab: Lab) -> httpx.Response:
    return await lab.http.get(f"{lab.functions_url}/api/health")
