"""Whatever a playbook hands over becomes a case, and what is missing from it is said."""

import pytest
from pydantic import JsonValue

from evidence.hunt_result import HuntResult
from tests.triage.builders import (
    NOW,
    OWNER,
    PARTNER,
    answers,
    approval,
    case_of,
    days,
    envelope,
    forwarding,
    indicators,
    organization,
    outside,
    rule,
)
from triage.case import CHANGES_HUNT, Case, case_from_answers
from triage.grade import grade


def _case(*given: JsonValue) -> Case:
    return case_from_answers(NOW, indicators(), given)


def test_complete_answers_make_a_case_without_gaps() -> None:
    case = case_of(answers())
    assert case.gaps == ()
    assert case.inbox_rules is not None
    assert case.inbox_rules.mailbox == OWNER
    assert list(case.hunts) == [CHANGES_HUNT]
    assert case.rules_complete
    assert case.audit_complete
    assert case.sign_ins_complete
    assert case.missing_evidence == ()


def test_what_was_never_asked_is_a_gap_by_name() -> None:
    gaps = {gap.asked: gap.reason for gap in _case().gaps}
    assert gaps == dict.fromkeys(
        [
            "get_organization",
            "list_inbox_rules",
            "get_mailbox_forwarding",
            "list_transport_rules",
            "list_sign_ins",
            "get_user_risk",
            CHANGES_HUNT,
        ],
        "notAsked",
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "forbidden"),
        (403, "forbidden"),
        (404, "notFound"),
        (429, "throttled"),
        (504, "timeout"),
        (500, "unavailable"),
    ],
)
def test_a_problem_becomes_a_gap_with_its_reason(status: int, reason: str) -> None:
    problem: JsonValue = {
        "action": "list_sign_ins",
        "title": "No",
        "status": status,
        "detail": "why",
    }
    (gap,) = _case(problem).gaps_of("list_sign_ins")
    assert (gap.reason, gap.detail) == (reason, "why")


@pytest.mark.parametrize(
    "rubbish",
    [
        None,
        "",
        "<html>502</html>",
        7,
        True,
        [],
        {},
        {"action": None},
        {"statusCode": 500},
        {"action": "list_inbox_rules", "result": "x"},
        {"action": "run_hunt", "result": {"hunt": 3}},
        {"action": {"a": 1}},
    ],
)
def test_rubbish_is_a_gap_and_never_an_error(rubbish: JsonValue) -> None:
    case = _case(rubbish)
    assert case.inbox_rules is None
    assert {gap.reason for gap in case.gaps} & {"unreadable", "unavailable"}


def test_an_answers_gaps_are_kept_with_its_action() -> None:
    given = answers()
    given["list_inbox_rules"]["gaps"] = [
        {"source": "Exchange Get-InboxRule", "reason": "forbidden", "detail": "grant it"}
    ]
    (gap,) = case_of(given).gaps
    assert (gap.action, gap.source, gap.reason) == (
        "list_inbox_rules",
        "Exchange Get-InboxRule",
        "forbidden",
    )
    assert not case_of(given).rules_complete


def test_incomplete_without_a_word_is_still_a_gap() -> None:
    given = answers()
    given["list_sign_ins"]["complete"] = False
    assert [gap.asked for gap in case_of(given).gaps] == ["list_sign_ins"]


@pytest.mark.parametrize("reason", ["lag", "truncated", "forbidden", "horizon"])
def test_any_gap_leaves_the_audit_log_incomplete(reason: str) -> None:
    given = answers()
    given[CHANGES_HUNT]["gaps"] = [{"source": "CloudAppEvents", "reason": reason}]
    case = case_of(given)
    assert not case.audit_complete
    assert case.missing_evidence


def test_a_hunt_that_failed_without_its_name_may_be_the_missing_one() -> None:
    given = answers()
    given[CHANGES_HUNT] = {"action": "run_hunt", "title": "Forbidden", "status": 403}
    assert {gap.reason for gap in case_of(given).missing_evidence} == {"forbidden", "notAsked"}


def test_another_hunts_gap_does_not_make_the_audit_log_incomplete() -> None:
    other = HuntResult(hunt="message_urls", since=NOW, until=NOW, columns=(), rows=())
    lagging = envelope("run_hunt", other, [{"source": "EmailUrlInfo", "reason": "lag"}])
    case = case_of(answers() | {"urls": lagging})
    assert case.audit_complete
    assert [gap.asked for gap in case.gaps] == ["message_urls"]


def test_sound_answers_of_other_actions_are_no_gap() -> None:
    parsed = envelope("parse_incident", indicators())
    assert case_of(answers() | {"parse_incident": parsed}).gaps == ()


def test_an_answer_given_twice_and_not_alike_acquits_nobody() -> None:
    """Which of the two is true, nobody can tell; that the first was clean may be chance."""
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    given = list(answers(org=organization(approval()), smtp=to_partner).values())
    hostile = answers(rules=[rule(".", redirect_to=(outside(),), deletes=True)])["list_inbox_rules"]
    alike = grade(case_from_answers(NOW, indicators(), [*given, *given]))
    assert alike.verdict.classification == "informationalExpectedActivity"
    unlike = grade(case_from_answers(NOW, indicators(), [*given, hostile]))
    assert unlike.verdict.classification == "undetermined"
    assert any("more than once" in gap.detail for gap in unlike.gaps)


def test_an_organisation_without_a_domain_was_not_seen() -> None:
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    nowhere = organization(approval()).model_copy(update={"accepted_domains": ()})
    graded = grade(case_of(answers(org=nowhere, smtp=to_partner)))
    assert graded.verdict.classification == "undetermined"
    assert not graded.complete
