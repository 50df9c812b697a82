"""A comment after an earlier one tells what is new, and the verdict whole only if it is another."""

from pydantic import JsonValue

from evidence.model import JsonObject
from tests.triage.builders import (
    AWAY,
    NOW,
    OWNER,
    answers,
    at_home,
    case_of,
    changes,
    days,
    minutes,
    new_rule,
    outside,
    rule,
    signed_in,
)
from triage.case import CHANGES_HUNT
from triage.comment import LIMIT
from triage.grade import Grade, grade

RULE = f"inbox rule “Copy” of {OWNER}"
RESET = f"credentials of {OWNER}"


def taken_over() -> dict[str, JsonObject]:
    return answers(
        rules=[rule("Copy", hidden=True, deletes=True, forward_to=(outside(),))],
        audit=changes(new_rule("Copy", NOW - days(1))),
        sign_ins=[*at_home(), signed_in(NOW - days(1) - minutes(9), AWAY, "RU")],
    )


def done(action: str, target: str, status: str = "done") -> JsonObject:
    return {"action": action, "status": status, "result": {"target": target}}


def as_answered(graded: Grade) -> JsonValue:
    """As `grade_alert` answered it, and as a playbook sends it back."""
    return graded.model_dump(mode="json", by_alias=True)


def test_after_an_approval_the_comment_tells_what_was_done_since_and_what_is_left() -> None:
    case = case_of(taken_over())
    contained = [done("disable_inbox_rule", RULE), done("revoke_sessions", f"sessions of {OWNER}")]
    first = grade(case, contained)
    assert first.verdict.classification == "truePositive"
    approved = [*contained, done("reset_credentials", RESET)]

    text = grade(case, approved, as_answered(first)).comment

    assert text.startswith("<h3>Mailwarden: still True positive (compromisedAccount)")
    since = text.partition("<h4>Done since</h4>")[2].partition("</ul>")[0]
    assert since == f"<ul><li>reset_credentials: {RESET}: done</li>"
    left = text.partition("<h4>To do once a person approves</h4>")[2].partition("</ul>")[0]
    assert "delete_inbox_rule" in left
    assert "reset_credentials" not in left
    for told_before in ("Questions", "Timeline", "Weighed most", "Other findings", "To do</h4>"):
        assert told_before not in text
    assert first.verdict.summary not in text
    assert len(text) < len(first.comment) / 3


def test_what_failed_since_is_to_do_by_hand_and_what_was_told_before_is_not_told_again() -> None:
    case = case_of(taken_over())
    failed: JsonObject = {
        "action": "disable_inbox_rule",
        "status": 424,
        "detail": "Exchange refused.",
        "target": RULE,
    }
    first = grade(case, [failed])
    late: JsonObject = {**failed, "action": "reset_credentials", "target": RESET}
    text = grade(case, [failed, late], as_answered(first)).comment
    by_hand = text.partition("<h4>To do by hand</h4>")[2].partition("</ul>")[0]
    assert f"reset_credentials: {RESET}: failed. Exchange refused." in by_hand
    assert "disable_inbox_rule" not in by_hand


def test_where_nothing_is_new_that_is_all_it_says() -> None:
    benign = case_of(answers())
    first = grade(benign)
    text = grade(benign, [], as_answered(first)).comment
    assert text.endswith("</h3><p>Nothing is new.</p>")


def test_a_verdict_that_is_another_since_is_told_whole_with_what_it_was() -> None:
    waiting = taken_over()
    lag: JsonObject = {"source": "CloudAppEvents", "reason": "lag"}
    waiting[CHANGES_HUNT] = {**answers()[CHANGES_HUNT], "complete": False, "gaps": [lag]}
    waiting["list_inbox_rules"] = answers(rules=[rule("Copy", forward_to=(outside(),))])[
        "list_inbox_rules"
    ]
    first = grade(case_of(waiting))
    assert first.verdict.classification == "undetermined"

    text = grade(case_of(taken_over()), [], as_answered(first)).comment

    assert text.startswith("<h3>Mailwarden: True positive (compromisedAccount)")
    assert "<p>Until now: Undetermined (notEnoughDataToValidate).</p>" in text
    assert "<h4>Questions</h4>" in text


def test_what_was_seen_and_found_since_is_told_while_the_verdict_stands() -> None:
    waiting = taken_over()
    gap: JsonObject = {"source": "Risk detections", "reason": "throttled"}
    waiting["get_user_risk"] |= {"complete": False, "gaps": [gap]}
    first = grade(case_of(waiting))
    text = grade(case_of(taken_over()), [], as_answered(first)).comment
    assert "Mailwarden: still True positive" in text
    seen = text.partition("<h4>Seen by now</h4>")[2]
    assert "Risk detections (throttled)" in seen


def test_an_earlier_grade_that_cannot_be_read_is_none() -> None:
    case = case_of(taken_over())
    whole = grade(case).comment
    unreadable: list[JsonValue] = ["text", {"verdict": 7}, ["x"], 3, {}, None]
    for rubbish in unreadable:
        assert grade(case, [], rubbish).comment == whole


def test_it_stays_within_the_limit() -> None:
    rules = [rule(f"{each} {'<' * 900}", forward_to=(outside(),)) for each in range(300)]
    first = grade(case_of(answers()))
    again = grade(case_of(answers(rules=rules)), [], as_answered(first))
    assert len(again.comment) <= LIMIT
    third = grade(case_of(answers(rules=rules)), [], as_answered(again))
    assert len(third.comment) <= LIMIT
