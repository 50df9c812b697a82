"""Answers that break off, drip or never come, on real sockets."""

import asyncio
import time
from collections.abc import Callable

import pytest

from sandbox.tenant.faults import Interruption
from sandbox.tenant.part import JsonObject
from tests.labs import ANA, OpenLab, answered, as_object, gaps, objects

ASKED: JsonObject = {"mailbox": ANA}
GRAPH = "Graph messageRules"
RULES = "*/messageRules"


async def test_an_answer_that_is_cut_in_its_middle_is_asked_for_again(
    open_lab: OpenLab, waits: list[float]
) -> None:
    cut = Interruption(answer="cut", path=RULES, times=2)
    lab = await open_lab(change=lambda state: state.interruptions.append(cut))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert answer["complete"] is True
    assert lab.state.count("/messageRules") == 3
    assert len(waits) == 2 and all(wait > 0 for wait in waits)


async def test_a_connection_that_is_always_cut_is_a_gap_after_six_attempts(
    open_lab: OpenLab, waits: list[float]
) -> None:
    cut = Interruption(answer="cut", cmdlet="Get-InboxRule")
    lab = await open_lab(change=lambda state: state.interruptions.append(cut))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert gaps(answer) == [("Exchange Get-InboxRule -IncludeHidden", "unavailable")]
    assert objects(as_object(answer["result"])["rules"]), "Graph showed them"
    assert lab.state.count(cmdlet="Get-InboxRule") == 6
    assert len(waits) == 5


@pytest.mark.parametrize("fault", ["drip", "silence"])
async def test_an_answer_that_does_not_end_is_given_up_and_the_others_are_told(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch, waits: list[float], fault: str
) -> None:
    """A byte now and then keeps a per-read timeout from ever striking."""
    monkeypatch.setattr("microsoft365.client._WHOLE_ANSWER", 0.8)
    slow = Interruption.model_validate({"answer": fault, "path": RULES, "pause": 0.02})
    lab = await open_lab(change=lambda state: state.interruptions.append(slow))

    began = time.monotonic()
    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert time.monotonic() - began < 5
    assert gaps(answer) == [(GRAPH, "timeout")]
    assert objects(as_object(answer["result"])["rules"]), "Exchange showed them"
    await _hung_up(lambda: lab.state.count("/messageRules"))
    assert (lab.state.count("/messageRules"), waits) == (1, [])


async def test_no_answer_outlasts_the_deadline_of_the_request(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.http._DEADLINE", 0.6)
    slow = Interruption(answer="drip", service="exchange", pause=0.02)
    lab = await open_lab(change=lambda state: state.interruptions.append(slow))

    began = time.monotonic()
    answer = await answered(lab, "get-mailbox-forwarding", ASKED)

    assert time.monotonic() - began < 5
    assert ("Exchange Get-Mailbox", "timeout") in gaps(answer)
    assert as_object(answer["result"])["seen"] is False


async def _hung_up(count: Callable[[], int]) -> None:
    """The tenant notes a request when it is over: here, when the caller has hung up."""
    async with asyncio.timeout(2):
        while not count():  # noqa: ASYNC110 - the tenant's log is a list
            await asyncio.sleep(0.01)
