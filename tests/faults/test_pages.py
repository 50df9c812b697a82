"""Listings that come in pages: all of them are read, and one that breaks off says so."""

import pytest

from sandbox.tenant.faults import Refusal
from sandbox.tenant.mailbox import InboxRule
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import (
    ANA,
    AROUND,
    OpenLab,
    answered,
    as_object,
    change,
    gaps,
    mailbox_of,
    objects,
    with_rules,
)

ASKED: JsonObject = {"mailbox": ANA}
GRAPH = "Graph messageRules"
EXCHANGE = "Exchange Get-InboxRule -IncludeHidden"


def many(count: int) -> list[InboxRule]:
    return [InboxRule(name=f"Rule {place}", sequence=place) for place in range(1, count + 1)]


def names(answer: JsonObject) -> list[str]:
    return [str(rule["name"]) for rule in objects(as_object(answer["result"])["rules"])]


@pytest.mark.parametrize(("size", "pages"), [(60, 2), (2, 50)])
async def test_every_page_is_read_up_to_the_last(
    open_lab: OpenLab, waits: list[float], size: int, pages: int
) -> None:
    def paged(state: TenantState) -> None:
        with_rules(*many(100))(state)
        mailbox_of(state).rules_page_size = size

    lab = await open_lab(change=paged)

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert names(answer) == [f"Rule {place}" for place in range(1, 101)]
    assert (answer["complete"], answer["gaps"]) == (True, [])
    assert lab.state.count("/messageRules") == pages
    assert waits == []


@pytest.mark.parametrize("page", [2, 50])
async def test_a_page_of_graphs_that_fails_leaves_what_was_seen_and_a_gap(
    open_lab: OpenLab, waits: list[float], page: int
) -> None:
    """What Graph did not get to show is not thereby hidden."""

    def breaks_off(state: TenantState) -> None:
        with_rules(*many(150))(state)
        mailbox_of(state).rules_page_size = 2
        state.refusals += [
            Refusal(path="*/messageRules", after=page - 1, status=500),
            Refusal(cmdlet="Get-InboxRule", status=403),
        ]

    lab = await open_lab(change=breaks_off)

    answer = await answered(lab, "list-inbox-rules", ASKED)

    seen = (page - 1) * 2
    assert names(answer) == [f"Rule {place}" for place in range(1, seen + 1)]
    assert (GRAPH, "unavailable") in gaps(answer)
    assert f"Only the first {seen} were read." in str(answer["gaps"])
    assert lab.state.count("/messageRules") == page, "500 is not asked about again"
    assert waits == []

    lab.state.refusals.pop()
    lab.state.refusals[0].passed = 0
    both = as_object((await answered(lab, "list-inbox-rules", ASKED))["result"])
    hidden = [rule["hidden"] for rule in objects(both["rules"])]
    assert hidden == [False] * seen + [None] * (150 - seen)


async def test_a_page_of_exchanges_that_fails_leaves_what_was_seen_and_a_gap(
    open_lab: OpenLab, waits: list[float]
) -> None:
    def breaks_off(state: TenantState) -> None:
        rules = many(1500)
        rules[0].hidden = rules[1400].hidden = True
        with_rules(*rules)(state)
        state.refusals.append(Refusal(cmdlet="Get-InboxRule", after=1, status=503, times=6))

    lab = await open_lab(change=breaks_off)

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert gaps(answer) == [(EXCHANGE, "unavailable")]
    assert "Only the first 1,000 were read." in str(answer["gaps"])
    found = {str(r["name"]): r for r in objects(as_object(answer["result"])["rules"])}
    assert found["Rule 1"]["hidden"] is True
    assert "Rule 1401" not in found, "Graph does not show it, and Exchange did not get to it"
    assert lab.state.count(cmdlet="Get-InboxRule", status=503) == 6
    assert len(waits) == 5 and sum(waits) > 0


async def test_a_rule_on_a_page_that_was_not_seen_is_not_said_to_be_absent(
    open_lab: OpenLab,
) -> None:
    def breaks_off(state: TenantState) -> None:
        with_rules(*many(6))(state)
        mailbox_of(state).rules_page_size = 2
        state.refusals += [
            Refusal(path="*/messageRules", after=1, status=500),
            Refusal(cmdlet="Get-InboxRule", status=403),
        ]

    lab = await open_lab(change=breaks_off)
    rule = mailbox_of(lab.state).rules[5]

    problem = await answered(
        lab, "disable-inbox-rule", change(mailbox=ANA, rule=rule.graph_id), status=424
    )

    assert "no inbox rule" not in str(problem["detail"])
    assert rule.enabled
    assert lab.state.changes == []


async def test_sign_ins_on_a_page_that_fails_are_a_gap_and_the_newest_are_told(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microsoft365.sign_ins._PAGE_SIZE", 5)
    cut = Refusal(path="*/auditLogs/signIns", after=2, status=500)
    lab = await open_lab(change=lambda state: state.refusals.append(cut))
    whole = len(lab.state.sign_ins)
    asked: JsonObject = {"user": ANA, "around": AROUND}

    answer = await answered(lab, "list-sign-ins", asked)

    assert answer["complete"] is False
    assert ("Graph auditLogs/signIns (interactive)", "unavailable") in gaps(answer)
    told = as_object(answer["result"])
    assert 0 < len(objects(told["signIns"])) <= 10 < whole
    assert lab.state.count("/auditLogs/signIns") <= 4
