"""A service that is busy or broken is waited for as it asks, and never hammered."""

import pytest

from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from tests.labs import ANA, AROUND, OpenLab, answered, as_object, gaps, objects

ASKED: JsonObject = {"mailbox": ANA}
GRAPH = "Graph messageRules"
RULES = "*/messageRules"


async def test_a_busy_service_is_asked_again_after_the_seconds_that_it_names(
    open_lab: OpenLab, waits: list[float]
) -> None:
    busy = Refusal(path=RULES, status=429, retry_after=17, times=2)
    lab = await open_lab(change=lambda state: state.refusals.append(busy))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert answer["complete"] is True
    assert waits == [17, 17]
    assert lab.state.count("/messageRules") == 3


async def test_a_busy_service_may_name_a_date_by_its_own_clock(
    open_lab: OpenLab, waits: list[float]
) -> None:
    """The simulated tenant lives in another month than this machine."""
    busy = Refusal(path=RULES, status=429, retry_after=30, retry_after_as="date", times=1)
    lab = await open_lab(change=lambda state: state.refusals.append(busy))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert answer["complete"] is True
    assert waits == [pytest.approx(30, abs=1)]
    assert lab.state.count("/messageRules") == 2


@pytest.mark.parametrize("status", [429, 503, 504])
async def test_one_that_names_no_time_is_asked_six_times_with_waits_between(
    open_lab: OpenLab, waits: list[float], status: int
) -> None:
    away = Refusal(path=RULES, status=status)
    lab = await open_lab(change=lambda state: state.refusals.append(away))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    reason = "throttled" if status == 429 else "unavailable"
    assert gaps(answer) == [(GRAPH, reason)]
    assert objects(as_object(answer["result"])["rules"]), "Exchange showed them"
    assert lab.state.count("/messageRules") == 6
    assert len(waits) == 5
    assert all(0 < wait <= 20 for wait in waits)


@pytest.mark.parametrize("as_", ["seconds", "date"])
async def test_a_time_beyond_the_deadline_is_not_waited_for(
    open_lab: OpenLab, waits: list[float], as_: str
) -> None:
    busy = Refusal.model_validate(
        {"path": RULES, "status": 429, "retry_after": 600, "retry_after_as": as_}
    )
    lab = await open_lab(change=lambda state: state.refusals.append(busy))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert gaps(answer) == [(GRAPH, "throttled")]
    assert (lab.state.count("/messageRules"), waits) == (1, [])


async def test_when_every_source_is_busy_the_caller_is_told_when_to_come_back(
    open_lab: OpenLab, waits: list[float]
) -> None:
    busy = Refusal(status=429, retry_after=600)
    lab = await open_lab(change=lambda state: state.refusals.append(busy))

    response = await lab.call("list-inbox-rules", ASKED)

    assert response.status_code == 429
    assert response.headers["retry-after"] == "600"
    assert response.headers["content-type"].startswith("application/problem+json")
    assert waits == []
    assert lab.state.count() <= 4


async def test_the_waits_of_a_request_together_stay_within_its_deadline(
    open_lab: OpenLab, waits: list[float]
) -> None:
    busy = Refusal(path=RULES, status=429, retry_after=40)
    lab = await open_lab(change=lambda state: state.refusals.append(busy))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert gaps(answer) == [(GRAPH, "throttled")]
    assert waits == [40, 40], "a third wait would end after the deadline"
    assert lab.state.count("/messageRules") == 3


async def test_who_may_come_back_at_once_does_not_hammer(
    open_lab: OpenLab, waits: list[float]
) -> None:
    busy = Refusal(path=RULES, status=429, retry_after=0)
    lab = await open_lab(change=lambda state: state.refusals.append(busy))

    await answered(lab, "list-inbox-rules", ASKED)

    assert lab.state.count("/messageRules") == 6
    assert len(waits) == 5 and min(waits) > 0


@pytest.mark.parametrize("status", [500, 502])
async def test_an_error_page_in_html_is_a_gap_in_plain_words(
    open_lab: OpenLab, waits: list[float], status: int
) -> None:
    page = "<html><body><h1>Our services aren't available right now</h1></body></html>"
    broken = Refusal(path=RULES, status=status, page=page)
    lab = await open_lab(change=lambda state: state.refusals.append(broken))

    answer = await answered(lab, "list-inbox-rules", ASKED)

    [gap] = objects(answer["gaps"])
    assert (gap["source"], gap["reason"]) == (GRAPH, "unavailable")
    assert str(status) in str(gap["detail"])
    assert "<" not in str(gap["detail"])
    assert objects(as_object(answer["result"])["rules"]), "Exchange showed them"
    assert (lab.state.count("/messageRules"), waits) == (1, [])


async def test_a_hunt_of_a_busy_service_waits_as_well(
    open_lab: OpenLab, waits: list[float]
) -> None:
    busy = Refusal(path="*unHuntingQuery", status=429, retry_after=5, times=1)
    lab = await open_lab(change=lambda state: state.refusals.append(busy))
    body: JsonObject = {
        "hunt": "who_forwarded_to",
        "around": AROUND,
        "arguments": {"recipients": ["collector@mail.example"]},
    }

    response = await lab.call("run-hunt", body)

    assert response.status_code == 200, response.text
    assert waits == [5]
    assert lab.state.count("unHuntingQuery") == 2
