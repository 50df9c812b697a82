"""The report as text: what stands in it and in which order, nothing run, nothing endless."""

import base64
import hashlib
import re
import time
from html.parser import HTMLParser

import pytest
from pydantic import JsonValue

from evidence.inbox_rule import RuleConditions
from evidence.indicators import Indicators
from evidence.model import JsonObject
from tests.triage.builders import (
    AWAY,
    NOW,
    OWNER,
    PARTNER,
    THIEF,
    answers,
    approval,
    at_home,
    case_of,
    changes,
    days,
    forwarding,
    hunt,
    indicators,
    minutes,
    new_rule,
    organization,
    outside,
    rule,
    signed_in,
)
from triage.case import Case, case_from_answers
from triage.grade import grade
from triage.report import report

EVIL = '<script>alert("x")</script><img src=//evil.example/x onerror=alert(1)>{{ 7 * 7 }}&amp;\'"'
VOID = {"meta"}
TARGET = f"inbox rule “.” of {OWNER}"


class Page(HTMLParser):
    """The page as a browser parses it: its tags, its attributes, and its text by section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, str] = {}
        self._section = "head"
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in ("section", "article"):
            self._section = dict(attrs)["id"] or ""
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        told = " ".join(data.split())
        if told and self._open[-1] not in ("style", "title", "desc"):
            self.texts[self._section] = f"{self.texts.get(self._section, '')} {told}".strip()


def takeover(name: str = ".", **rule_fields: object) -> dict[str, JsonObject]:
    came_in = signed_in(NOW - days(1) - minutes(9), AWAY, "RU")
    fields: dict[str, object] = {"hidden": True, "deletes": True, "forward_to": (outside(),)}
    return answers(
        rules=[rule(name, **(fields | rule_fields))],
        audit=changes(new_rule(name, NOW - days(1))),
        sign_ins=[*at_home(), came_in],
    )


def read(case: Case, *done: JsonValue, title: str = "") -> Page:
    return Page(report(case, grade(case, done), title=title))


def change(action: str, target: str, status: str, **result: JsonValue) -> JsonObject:
    return {"action": action, "status": status, "result": {"target": target, **result}}


def test_the_verdict_comes_first_and_raw_evidence_last() -> None:
    page = read(case_of(takeover()))
    assert list(page.texts)[1:] == [
        "verdict",
        "work",
        "findings",
        "questions",
        "timeline",
        "mail",
        "places",
        "completeness",
        "evidence",
    ]


def test_the_verdict_says_how_sure_why_and_what_would_change_it() -> None:
    case = case_of(takeover())
    graded = grade(case)
    told = read(case).texts["verdict"]
    assert "True positive compromised account Confidence high" in told
    assert graded.verdict.summary in told
    three = [each.sentence for each in graded.verdict.weightiest]
    assert [told.index(each) for each in three] == sorted(told.index(each) for each in three)
    assert graded.verdict.changes_it[0] in told.partition("What would change this")[2]


def test_a_person_sees_at_once_what_to_approve_and_what_to_do_by_hand() -> None:
    told = read(case_of(takeover())).texts["verdict"].partition("What to do now")[2]
    assert f"2 to approve Delete inbox rule: {TARGET} Reset credentials: credentials of" in told
    assert f"to do Disable inbox rule: {TARGET}" in told
    assert "No change made" in told


def test_what_was_done_stands_with_its_ledger_id_and_the_way_back() -> None:
    made = change("disable_inbox_rule", TARGET, "done", undoKind="exact", ledgerId="7f3a")
    ended = change(
        "revoke_sessions", f"sessions of {OWNER}", "done", undoKind="none", ledgerId="8c1b"
    )
    refusal: JsonObject = {"detail": "The account is protected.", "instead": "Do it yourself."}
    refused = change(
        "reset_credentials", f"credentials of {OWNER}", "refused", undoKind="none", refusal=refusal
    )
    written = change("comment_incident", "incident 7", "done", undoKind="none", ledgerId="9d2c")
    told = read(case_of(takeover()), made, ended, refused, written).texts["work"]

    done = told.partition("Way back Done Disable inbox rule")[2]
    assert done.startswith(f" {TARGET} Can be taken back exactly, by undo Ledger 7f3a")
    assert f"sessions of {OWNER} Cannot be taken back Ledger 8c1b" in done
    assert "What was written about the case (1)" in done
    by_hand = told.partition("To do by hand")[2]
    assert "The account is protected. Do it yourself." in by_hand
    to_approve = told.partition("wait for a person. Step Why ")[2]
    assert to_approve.startswith(f"Delete inbox rule {TARGET}")
    assert "Reset credentials" not in told.partition("To approve")[2].partition("To do by hand")[0]


def test_an_undetermined_verdict_never_reads_as_nothing_left_to_do() -> None:
    given = answers()
    given["list_inbox_rules"] = {"action": "list_inbox_rules", "status": 403, "detail": "Grant it."}
    told = read(case_of(given)).texts["verdict"]
    assert "Undetermined" in told
    assert "An analyst decides" in told
    assert "1 source was not seen whole" in told
    assert "Nothing is left to do" not in told


def test_what_is_expected_leaves_nothing_to_do() -> None:
    given = answers(org=organization(approval()), smtp=forwarding(outside(PARTNER)))
    told = read(case_of(given)).texts["verdict"]
    assert "Expected activity" in told
    assert "Nothing is left to do. No change made" in told


def test_answered_incomplete_open_and_nothing_to_ask_are_told_apart_in_words() -> None:
    given = takeover()
    given["list_inbox_rules"]["complete"] = False
    given["list_inbox_rules"]["gaps"] = [{"source": "Exchange Get-InboxRule", "reason": "timeout"}]
    case = case_of(given)
    states = {
        "Answered": [each for each in grade(case).questions if each.complete and each.asked],
        "Perhaps not all": [
            each for each in grade(case).questions if not each.complete and each.found
        ],
        "Not known": [e for e in grade(case).questions if not e.complete and not e.found],
        "Nothing to ask": [each for each in grade(case).questions if not each.asked],
    }
    told = read(case).texts["questions"]
    for state, questions in states.items():
        assert questions, state
        assert f"{len(questions)} {state.lower()}" in told
        for each in questions:
            assert f"{state} {each.question} {each.answer}" in told


def test_the_timeline_tells_sign_ins_changes_and_mail_in_order() -> None:
    given = takeover()
    seen = NOW - minutes(90)
    row: JsonObject = {
        "Recipient": THIEF,
        "Messages": 7,
        "Forwarded": 6,
        "FirstSeen": seen.isoformat(),
        "LastSeen": NOW.isoformat(),
    }
    given |= answers(hunts=[hunt("forwarded_mail_count", row)]) | given
    told = read(case_of(given, indicators(recipients=(THIEF,)))).texts["timeline"]
    order = [
        f"Sign-in Sign-in from {AWAY} (RU)",
        f"Change {OWNER} made inbox rule “.”",
        f"10:30 Mail The first of 7 messages to {THIEF}, 6 of them forwarded",
        f"12:00 Mail The last of 7 messages to {THIEF}",
    ]
    assert [told.index(each) for each in order] == sorted(told.index(each) for each in order)


@pytest.mark.parametrize("complete", [True, False])
def test_mail_that_could_not_be_seen_is_never_told_as_none(complete: bool) -> None:
    given = answers(hunts=[hunt("forwarded_mail_by_day")])
    if not complete:
        given["forwarded_mail_by_day"]["complete"] = False
        given["forwarded_mail_by_day"]["gaps"] = [{"source": "EmailEvents", "reason": "license"}]
    told = read(case_of(given)).texts["mail"]
    assert ("found none" in told) is complete
    assert ("Not known: how much mail went to them was not seen." in told) is not complete
    assert ("EmailEvents (license)" in told) is not complete


def test_where_nobody_is_said_to_receive_mail_no_mail_is_missed() -> None:
    told = read(case_of(answers())).texts["mail"]
    assert "The alert names no recipient, and nothing that was seen sends mail outside." in told
    assert "Not known" not in told


def test_mail_and_sign_ins_that_nobody_asked_for_are_not_known() -> None:
    case = case_from_answers(NOW, indicators(), [])
    page = read(case)
    assert "Not known" in page.texts["mail"]
    assert "Not known: no sign-ins could be seen." in page.texts["places"]


def test_every_gap_stands_with_its_source_and_until_when_that_is_complete() -> None:
    given = takeover()
    given["list_sign_ins"]["complete"] = False
    gap: JsonObject = {
        "source": "Graph auditLogs/signIns",
        "reason": "lag",
        "detail": "Look again later.",
        "freshUntil": (NOW - minutes(30)).isoformat(),
    }
    given["list_sign_ins"]["gaps"] = [gap]
    told = read(case_of(given)).texts["completeness"]
    partly, _, whole = told.partition("Seen completely")
    assert "Sign-ins 10 Feb" not in whole or "Sign-ins" in partly
    assert "complete until 10 Mar 2026 11:30 UTC" in partly
    assert "Graph auditLogs/signIns: lag Look again later." in partly
    assert "Inbox rules" in whole and "Inbox rules" not in partly


def test_raw_evidence_begins_with_what_the_findings_rest_on() -> None:
    payload: dict[str, JsonObject] = {"exchange": {"Name": ".", "Verbatim": "as it came"}}
    raw = read(case_of(takeover(raw=payload))).texts["evidence"]
    rules = raw.partition("Inbox rules")[2]
    assert rules.startswith(" (2) . · id of . · a finding rests on it {")
    assert '"Verbatim": "as it came"' in rules


@pytest.mark.parametrize("title", ["", EVIL])
def test_everything_from_the_tenant_is_shown_and_not_run(title: str) -> None:
    about = indicators(title=EVIL, recipients=(EVIL, THIEF), incident=EVIL)
    given = takeover(EVIL, conditions=RuleConditions(subject_contains=(EVIL,)))
    given["list_sign_ins"]["gaps"] = [{"source": EVIL, "reason": EVIL, "detail": EVIL}]
    done = change(EVIL, EVIL, EVIL, ledgerId=EVIL, undoKind=EVIL)
    page = read(case_of(given, about), done, title=title)

    assert not page.tags & {"script", "img", "iframe", "object", "link", "base", "form", "input"}
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name == "src"]
    assert "{{ 7 * 7 }}" in page.texts["findings"]
    for tag, name, value in page.attributes:
        if name in ("href", "xlink:href"):
            assert tag in ("a", "use") and value.startswith("#")
        assert name != "style"
        assert "evil.example/x" not in value or name == "aria-label"


def test_the_policy_lets_nothing_in_but_the_pages_own_style() -> None:
    case = case_of(takeover())
    html = report(case, grade(case))
    style = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert len(style) == 1
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    [given] = re.findall('http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert given.replace("&#39;", "'").replace("&#43;", "+") == policy
    assert "url(#" not in style[0] and "@import" not in style[0] and "http" not in style[0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u200b", "[U+200B]"),
        ("\u202egpj.exe", "[U+202E]gpj.exe"),
        ("a\x00b\x1b[31m", "a[U+0000]b[U+001B][31m"),
        ("\u2066x\u2069", "[U+2066]x[U+2069]"),
        ("नियम\u200dनाम", "नियम\u200dनाम"),
        ("ルール", "ルール"),
    ],
)
def test_what_cannot_be_seen_in_a_name_is_written_out(name: str, shown: str) -> None:
    told = read(case_of(takeover(name))).texts["findings"]
    assert f"rule “{shown}”" in told


@pytest.mark.parametrize("name", ["x" * 50_000, "<" * 50_000, "“" * 30_000])
def test_a_name_without_end_is_cut_and_the_cut_is_said(name: str) -> None:
    case = case_of(takeover(name))
    html = report(case, grade(case))
    assert len(html) < 1_000_000
    assert "characters more)" in html
    Page(html)


def test_a_thousand_of_everything_stays_small_and_says_what_is_left_out() -> None:
    given = answers(
        rules=[rule(f"{each} {EVIL}", forward_to=(outside(),)) for each in range(2000)],
        sign_ins=[
            signed_in(NOW - minutes(each), f"198.18.{each % 256}.{each // 256}", error_code=50126)
            for each in range(5000)
        ],
        audit=changes(*(new_rule(str(each), NOW - minutes(each)) for each in range(1000))),
    )
    gaps: list[JsonValue] = [
        {"source": str(each), "reason": "unresolved", "detail": EVIL} for each in range(1000)
    ]
    given["list_inbox_rules"]["gaps"] = gaps
    case = case_of(given)
    done = [change("disable_inbox_rule", str(each), "failed") for each in range(200)]
    graded = grade(case, done)
    began = time.process_time()

    html = report(case, graded)

    assert time.process_time() - began < 5
    assert len(html) < 1_500_000
    page = Page(html)
    assert "more findings are left out" in page.texts["findings"]
    assert "988 more gaps are left out" in page.texts["completeness"]
    assert re.search(r"[\d,]+ more entries are left out", page.texts["evidence"])
    assert re.search(r"[\d,]+ more addresses are left out", page.texts["places"])


def test_a_report_of_nothing_is_a_report() -> None:
    case = case_from_answers(NOW, Indicators(), [None, "rubbish", 7, {"action": "run_hunt"}])
    page = read(case)
    assert "Undetermined" in page.texts["verdict"]
    assert "not named" in page.texts["verdict"]
    assert "Nothing was changed in the tenant." in page.texts["work"]


def test_the_title_is_the_callers_else_the_incidents() -> None:
    case = case_of(takeover())
    assert "Suspicious email forwarding" in read(case).texts["verdict"]
    assert read(case, title="Case 7").texts["verdict"].startswith("Case 7 True positive")
