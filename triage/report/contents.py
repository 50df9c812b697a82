"""What stands in a report, in the order in which it is read."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from evidence.indicators import Indicators
from evidence.reading import distinct
from triage.case import Case
from triage.forwarder import forwarder_name
from triage.grade import Grade
from triage.mail_flow import others_found
from triage.report import words
from triage.report.page import page
from triage.report.pictures import pictures
from triage.report.raw import exhibits
from triage.report.some import some
from triage.report.sources import sources
from triage.timeline import Entry
from triage.wording import listed
from triage.work import Work, work

_MOST = 60
"""Items of one list."""
_TONES = {
    "truePositive": "alarm",
    "falsePositive": "calm",
    "informationalExpectedActivity": "calm",
    "undetermined": "doubt",
}
_CONFIDENCE = {"low": 1, "medium": 2, "high": 3}
_RECORDS = ("classify_alert", "comment_incident", "update_incident")
"""Changes of what is written about the case, and not of the tenant."""


def report(case: Case, grade: Grade, *, title: str = "") -> str:
    """The whole page. It is bounded in size, and says of each list what it leaves out."""
    verdict = grade.verdict
    at_hand = work(grade.plan, grade.done)
    changed = [deed for deed in at_hand.done if deed.action not in _RECORDS]
    states = [(words.answer_state(each), each) for each in grade.questions]
    return page(
        "report.html.j2",
        title=title or _title(case.indicators),
        as_of=case.as_of,
        facts=_facts(case, grade),
        verdict=verdict,
        tone=_TONES[verdict.classification],
        steps=_CONFIDENCE[verdict.confidence],
        weightiest=verdict.weightiest,
        findings=some(verdict.findings, _MOST),
        changes_it=some(verdict.changes_it, _MOST),
        changed=some(changed, _MOST),
        recorded=some([deed for deed in at_hand.done if deed.action in _RECORDS], _MOST),
        failed=some(at_hand.failed, _MOST),
        by_hand=some(at_hand.by_hand, _MOST),
        to_do=some(at_hand.to_do, _MOST),
        to_approve=some(at_hand.to_approve, _MOST),
        made=[deed for deed in changed if deed.status == "done"],
        open=_open(at_hand),
        questions=states,
        counts=Counter(state for state, _ in states),
        days=_days(grade.timeline),
        pictures=pictures(case, verdict.findings, grade.timeline),
        no_recipients=not grade.recipients and case.rules_complete,
        forwarders=some(others_found(case), _MOST),
        sources=sources(case),
        grade_again=grade.grade_again,
        exhibits=exhibits(case, verdict.findings),
        words=words,
    )


def _title(indicators: Indicators) -> str:
    alerts = listed(distinct(alert.title for alert in indicators.alerts), 3)
    return indicators.title or alerts or "Report on an alert"


def _facts(case: Case, grade: Grade) -> list[tuple[str, str]]:
    """What the alert is about, in a few words each."""
    return [
        ("Mailbox", forwarder_name(case) or "not named"),
        ("Recipients", listed(grade.recipients, 3)),
    ]


def _open(at_hand: Work) -> int:
    """How much waits for a person."""
    return sum(map(len, (at_hand.to_do, at_hand.to_approve, at_hand.failed, at_hand.by_hand)))


def _days(timeline: Iterable[Entry]) -> list[tuple[str, list[tuple[str, Entry]]]]:
    """The entries by day, each with its kind."""
    by_day = groupby(timeline, key=lambda entry: f"{entry.at:%A %d %B %Y}")
    return [(day, [(words.kind(each), each) for each in entries]) for day, entries in by_day]
