"""Transport rules held against a baseline: approved as they were reviewed, and not a day longer."""

from datetime import date, datetime

import pytest
from pydantic import ValidationError

from evidence.organization import ApprovedTransportRule
from tests.triage.builders import NOW, answers, case_of, days, organization, transport
from triage.grade import grade

REVIEWED = NOW - days(100)
MADE = REVIEWED - days(1)


def approved(rule: str = "Banner", **fields: object) -> ApprovedTransportRule:
    values: dict[str, object] = {"owner": "Mail team", "reviewed": REVIEWED}
    return ApprovedTransportRule.model_validate(
        {"rule": rule, "until": date(2027, 1, 1), **values, **fields}
    )


def told(*baseline: ApprovedTransportRule, changed: datetime | None = MADE) -> str:
    org = organization().model_copy(update={"approved_transport_rules": baseline})
    banner = transport("Banner", copies=(), when_changed=changed)
    given = answers(org=org, transports=[banner])
    asked = {each.id: each for each in grade(case_of(given)).questions}
    return asked["transport_rules_expected"].answer


def test_a_rule_that_stands_as_it_was_reviewed_is_expected() -> None:
    assert told(approved()) == "1 of 1 rule as approved."
    assert told(approved("guid of banner")) == "1 of 1 rule as approved."


@pytest.mark.parametrize(
    ("baseline", "changed", "why"),
    [
        (approved("Another"), REVIEWED, "it is not among the approved ones"),
        (approved(), NOW - days(1), "it was changed on 09 Mar 2026 12:00 UTC, after Mail team"),
        (approved(until=date(2026, 3, 9)), REVIEWED, "its approval by Mail team ended on 09 Mar"),
        (approved(), None, "whether it is still as Mail team approved it cannot be told"),
    ],
)
def test_a_rule_that_nobody_answers_for_as_it_stands_is_named_with_the_reason(
    baseline: ApprovedTransportRule, changed: datetime | None, why: str
) -> None:
    answer = told(baseline, changed=changed)
    assert answer.startswith("0 of 1 rule as approved. Transport rule “Banner”: ")
    assert why in answer


def test_the_last_day_of_an_approval_is_a_day_on_which_it_holds() -> None:
    assert told(approved(until=NOW.date())) == "1 of 1 rule as approved."


def test_one_approval_that_holds_is_enough() -> None:
    assert told(approved(until=date(2026, 1, 1)), approved()) == "1 of 1 rule as approved."


def test_without_a_baseline_the_rules_are_named_and_nobody_calls_them_expected() -> None:
    answer = told()
    assert answer.startswith("There is no baseline of approved transport rules")
    assert "“Banner”" in answer


def test_a_review_has_a_time_with_a_zone() -> None:
    with pytest.raises(ValidationError, match="reviewed"):
        approved(reviewed="2026-03-01T10:00:00")
