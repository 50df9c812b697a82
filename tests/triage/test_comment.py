"""The comment on the incident: short enough, safe, verdict first."""

from html.parser import HTMLParser

import pytest
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
from triage.comment import LIMIT
from triage.grade import grade

ALLOWED = {"h3", "h4", "p", "ul", "li", "i", "b"}
EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>&amp;\'"'


class Tags(HTMLParser):
    """Collects tags and their attributes, and fails on one that is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.seen.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(comment: str) -> set[str]:
    parser = Tags()
    parser.feed(comment)
    parser.close()
    assert parser.open == []
    return parser.seen


def hostile(name: str = EVIL) -> dict[str, JsonObject]:
    return answers(
        rules=[rule(name, hidden=True, deletes=True, forward_to=(outside(),))],
        audit=changes(new_rule(name, NOW - days(1))),
    )


def test_the_verdict_and_what_weighed_most_come_first_then_what_to_do_then_the_questions() -> None:
    text = grade(case_of(hostile("Copy"))).comment
    order = ["True positive", "Weighed most", "To do", "Questions", "Not answered", "Timeline"]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)
    assert text.startswith("<h3>Mailwarden: True positive")


def test_everything_from_the_tenant_is_shown_and_not_run() -> None:
    text = grade(case_of(hostile())).comment
    assert tags(text) <= ALLOWED
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("name", ["x" * 50_000, "<" * 50_000, "&" * 40_000, "“" * 9_000])
def test_it_stays_within_the_limit_and_whole(name: str) -> None:
    text = grade(case_of(hostile(name))).comment
    assert len(text) <= LIMIT
    assert tags(text) <= ALLOWED


def test_a_thousand_rules_stay_within_the_limit_and_the_cut_is_said() -> None:
    rules = [rule(f"{each} {EVIL}", forward_to=(outside(),)) for each in range(1000)]
    text = grade(case_of(answers(rules=rules))).comment
    assert len(text) <= LIMIT
    assert "more in the grade itself" in text
    assert tags(text) <= ALLOWED


def test_what_was_not_seen_is_listed() -> None:
    given = hostile("Copy")
    given["list_sign_ins"] = {"action": "list_sign_ins", "status": 403, "detail": "Grant AuditLog."}
    text = grade(case_of(given)).comment
    assert "Not seen" in text
    assert "list_sign_ins (forbidden): Grant AuditLog." in text


def done(action: str, target: str, status: str, **result: JsonValue) -> JsonObject:
    return {"action": action, "status": status, "result": {"target": target, **result}}


def test_what_was_done_is_told_and_no_longer_recommended() -> None:
    target = f"inbox rule “Copy” of {OWNER}"
    case = case_of(hostile("Copy"))
    assert "<h4>Done" not in grade(case).comment
    text = grade(case, [done("disable_inbox_rule", target.upper(), "done")]).comment
    assert f"disable_inbox_rule: {target.upper()}: done" in text
    assert "<h4>To do</h4>" not in text
    assert "To do once a person approves" not in text


def test_what_was_refused_is_to_do_by_hand_with_what_to_do_instead() -> None:
    target = f"inbox rule “Copy” of {OWNER}"
    refusal: JsonObject = {"detail": "The account is protected.", "instead": "Do it yourself."}
    refused = done("disable_inbox_rule", target, "refused", refusal=refusal)
    text = grade(case_of(hostile("Copy")), [refused]).comment
    by_hand = text.partition("<h4>To do by hand</h4>")[2]
    assert f"{target}: refused. The account is protected. Do it yourself." in by_hand
    assert "<h4>To do</h4>" not in text
    made = done("disable_inbox_rule", target, "done")
    assert "by hand" not in grade(case_of(hostile("Copy")), [refused, made]).comment


def test_what_was_refused_until_approved_or_failed_or_only_planned_is_told_and_still_to_do() -> (
    None
):
    target = f"inbox rule “Copy” of {OWNER}"
    refusal: JsonObject = {"detail": "The account is an admin's.", "liftedBy": "approval"}
    answered: list[tuple[JsonObject, str]] = [
        (done("disable_inbox_rule", target, "refused", refusal=refusal), "refused. The account is"),
        (done("disable_inbox_rule", target, "planned"), "planned"),
        (done("disable_inbox_rule", target, "unknown"), "unknown. no answer came, so it may"),
        (
            {"action": "disable_inbox_rule", "status": 424, "title": "Microsoft refused"},
            "failed. Mi",
        ),
    ]
    for answer, told in answered:
        text = grade(case_of(hostile("Copy")), [answer, None, "rubbish"]).comment
        assert told in text
        assert "<h4>To do</h4>" in text


def test_a_change_that_was_asked_for_twice_is_told_once() -> None:
    def answer(status: str) -> JsonObject:
        return {
            "action": "disable_inbox_rule",
            "status": status,
            "result": {"target": "inbox rule “Copy”"},
        }

    text = grade(case_of(hostile("Copy")), [answer("done"), answer("unchanged")]).comment
    assert "inbox rule “Copy”: done" in text
    assert "inbox rule “Copy”: unchanged" not in text
    alone = grade(case_of(hostile("Copy")), [answer("unchanged")]).comment
    assert "inbox rule “Copy”: unchanged" in alone


def test_a_change_that_can_be_taken_back_is_told_with_the_id_that_undo_needs() -> None:
    target = f"inbox rule “Copy” of {OWNER}"
    case = case_of(hostile("Copy"))
    back = "To take it back: undo with ledgerId 7f3a."
    for kind in ("exact", "equivalent"):
        made = done("disable_inbox_rule", target, "done", undoKind=kind, ledgerId="7f3a")
        assert f"{target}: done. {back}" in grade(case, [made]).comment
    ended = done("revoke_sessions", f"sessions of {OWNER}", "done", undoKind="none", ledgerId="7f")
    lost = done("disable_inbox_rule", target, "unknown", undoKind="exact", ledgerId="7f3a")
    planned = done("disable_inbox_rule", target, "planned", undoKind="exact", ledgerId=None)
    assert "take it back" not in grade(case, [ended, lost, planned]).comment


def failed(action: str, target: str) -> JsonObject:
    return {"action": action, "status": 424, "detail": "No such permission.", "target": target}


def test_a_step_that_was_approved_and_failed_is_to_do_by_hand_and_not_to_approve_again() -> None:
    reset = f"credentials of {OWNER}"
    came_in = signed_in(NOW - days(1) - minutes(9), AWAY, "RU")
    given = hostile("Copy")
    given["list_sign_ins"] = answers(sign_ins=[*at_home(), came_in])["list_sign_ins"]
    case = case_of(given)
    text = grade(case, [failed("reset_credentials", reset)]).comment
    by_hand, _, rest = text.partition("<h4>To do by hand</h4>")[2].partition("</ul>")
    assert f"reset_credentials: {reset}: failed. No such permission." in by_hand
    assert "reset_credentials" not in rest.partition("<h4>Questions")[0]
    other = grade(case, [failed("reset_credentials", "credentials of bob@contoso.com")]).comment
    to_approve = other.partition("<h4>To do once a person approves</h4>")[2].partition("</ul>")[0]
    assert f"reset_credentials: {reset}." in to_approve


def test_what_failed_at_first_and_was_made_then_is_not_to_do_by_hand() -> None:
    target = f"inbox rule “Copy” of {OWNER}"
    at_last = done("disable_inbox_rule", target, "done")
    text = grade(case_of(hostile("Copy")), [failed("disable_inbox_rule", target), at_last]).comment
    assert f"{target}: failed" not in text
    assert f"{target}: done" in text
