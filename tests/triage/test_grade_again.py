"""An alert is graded again while logs lag that could decide it, and for no other reason."""

import pytest

from evidence.model import JsonObject
from tests.triage.builders import (
    NOW,
    answers,
    approval,
    case_of,
    changes,
    days,
    minutes,
    new_rule,
    organization,
    outside,
    rule,
    signed_in,
)
from triage.case import CHANGES_HUNT
from triage.grade import grade

FRESH = NOW - minutes(90)


def lagging(source: str) -> JsonObject:
    return {"source": source, "reason": "lag", "freshUntil": FRESH.isoformat()}


def missing(asked: str, gap: JsonObject) -> dict[str, JsonObject]:
    given = answers(rules=[rule("Copy", forward_to=(outside(),))])
    given[asked] |= {"complete": False, "gaps": [gap]}
    return given


@pytest.mark.parametrize("asked", [CHANGES_HUNT, "list_sign_ins"])
def test_undetermined_for_a_log_that_lags_is_to_be_graded_again(asked: str) -> None:
    found = grade(case_of(missing(asked, lagging("A log"))))
    assert found.verdict.classification == "undetermined"
    assert found.grade_again
    [gap] = found.gaps
    assert gap.fresh_until == FRESH


def test_undetermined_for_a_refusal_alone_is_not() -> None:
    refused: JsonObject = {"source": "A log", "reason": "forbidden"}
    found = grade(case_of(missing("list_sign_ins", refused)))
    assert found.verdict.classification == "undetermined"
    assert not found.grade_again


def test_undetermined_with_every_log_complete_is_not() -> None:
    found = grade(case_of(answers(rules=[rule("Copy", forward_to=(outside(),))])))
    assert found.verdict.classification == "undetermined"
    assert not found.grade_again


def test_a_log_that_could_not_decide_it_is_not_waited_for() -> None:
    given = answers(rules=[rule("Copy", forward_to=(outside(),))])
    given["get_user_risk"] |= {"complete": False, "gaps": [lagging("Risk")]}
    assert not grade(case_of(given)).grade_again


def test_a_decided_verdict_is_not_graded_again_whatever_lags() -> None:
    given = answers(
        rules=[rule("Copy", hidden=True, deletes=True, forward_to=(outside(),))],
        audit=changes(new_rule("Copy", NOW - days(1))),
        sign_ins=[signed_in(NOW - days(1) - minutes(9), "198.51.100.66", "RU")],
    )
    given["list_sign_ins"] |= {"complete": False, "gaps": [lagging("Sign-ins")]}
    found = grade(case_of(given))
    assert found.verdict.classification == "truePositive"
    assert not found.grade_again


def test_when_the_log_has_caught_up_the_answer_is_benign_only_if_all_else_is() -> None:
    partner = "orders@partner.example"
    given = answers(
        org=organization(approval(partner)),
        rules=[rule("Orders", forward_to=(outside(partner),))],
    )
    late = {name: dict(each) for name, each in given.items()}
    late[CHANGES_HUNT] |= {"complete": False, "gaps": [lagging("CloudAppEvents")]}
    assert grade(case_of(late)).grade_again
    caught_up = grade(case_of(given))
    assert caught_up.verdict.classification == "informationalExpectedActivity"
    assert not caught_up.grade_again


def test_an_answer_tells_until_when_a_log_is_complete() -> None:
    found = grade(case_of(missing(CHANGES_HUNT, lagging("CloudAppEvents"))))
    answer = next(each for each in found.questions if each.id == "rule_changes")
    assert (
        answer.answer == "Not known: CloudAppEvents is complete only until 10 Mar 2026 10:30 UTC."
    )
