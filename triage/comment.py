"""The verdict as a comment on a Sentinel incident: HTML of at most 30,000 characters."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from evidence.reading import distinct
from triage.case import CaseGap
from triage.deeds import Deed
from triage.finding import Finding
from triage.judgement import Judgement
from triage.plan import Step
from triage.questions import Answer
from triage.verdict import Verdict
from triage.wording import listed, moment
from triage.work import work

LIMIT = 30_000
"""Characters of a comment (Microsoft Sentinel: add comments to an incident)."""
_LONGEST = 900
"""Characters of one line: a name may be as long as its owner likes."""
_LONGEST_ANSWER = 400
"""Of one answer: an analyst skims them, and the grade itself has them whole."""
_REPEATED = 50
"""Findings that several answers may tell; with thousands of them, the heaviest alone are looked
for."""
_ABOVE = "As told above."
_CLOSING = 200
"""Room kept for the end of a list and the word that something was left out."""
_CLASSIFICATIONS = {
    "truePositive": "True positive",
    "falsePositive": "False positive",
    "informationalExpectedActivity": "Expected activity",
    "undetermined": "Undetermined",
}


class _Section(NamedTuple):
    heading: str
    lines: Sequence[str]
    """HTML."""
    room: int = 5_000
    """The most characters that it may take: what comes late must not push out what is later."""


def comment(judged: Judgement, done: Sequence[Deed] = ()) -> str:
    """Verdict and the reasons that weigh most, the work, the answered questions, then the rest.

    When it grows too long, lines at the end of a section are left out, and it says so.
    """
    return _page(_heading(judged.verdict), judged, done)


def update(
    judged: Judgement, done: Sequence[Deed], earlier: Judgement, told: Sequence[Deed]
) -> str:
    """What is new since `earlier`, whose comment told of the deeds `told`.

    A verdict that is another than it was is told whole.
    """
    if _named(judged.verdict) != _named(earlier.verdict):
        before = f"<p>{_safe(f'Until now: {_named(earlier.verdict)}.')}</p>"
        return _page(_heading(judged.verdict) + before, judged, done)
    start = f"<h3>Mailwarden: still {_safe(_stated(judged.verdict))}</h3>"
    text = _filled(start, _news(judged, done, earlier, told))
    return text if text != start else f"{start}<p>Nothing is new.</p>"


def _heading(verdict: Verdict) -> str:
    return f"<h3>Mailwarden: {_safe(_stated(verdict))}</h3>"


def _stated(verdict: Verdict) -> str:
    return f"{_named(verdict)}, confidence {verdict.confidence}"


def _named(verdict: Verdict) -> str:
    return f"{_CLASSIFICATIONS[verdict.classification]} ({verdict.determination})"


def _page(start: str, judged: Judgement, done: Sequence[Deed]) -> str:
    return _filled(f"{start}<p>{_safe(judged.verdict.summary)}</p>", _sections(judged, done))


def _filled(text: str, sections: Iterable[_Section]) -> str:
    """The text with as much of each section as there is room for."""
    for section in sections:
        room = min(section.room, LIMIT - len(text))
        text += _list(section.heading, section.lines, room)
    return text


def _sections(judged: Judgement, done: Sequence[Deed]) -> Iterator[_Section]:
    verdict, at_hand = judged.verdict, work(judged.plan, done)
    yield _Section("Weighed most", [_finding(each) for each in verdict.weightiest])
    yield _Section("Done", _plain(map(_deed, at_hand.done)))
    yield _Section("To do by hand", _plain((*map(_deed, at_hand.failed), *at_hand.by_hand)))
    yield _Section("To do", _plain(map(_step, at_hand.to_do)))
    yield _Section("To do once a person approves", _plain(map(_step, at_hand.to_approve)))
    yield _Section("What would change this", _plain(verdict.changes_it))
    questions = list(_questions(judged.questions, verdict))
    yield from questions
    told = "".join(line for section in questions for line in section.lines)
    others = [each for each in verdict.findings if each not in verdict.weightiest]
    untold = [_finding(each) for each in others if _safe(each.sentence) not in told]
    yield _Section("Other findings", untold)
    yield _Section("Not seen", _plain(_unseen(judged.gaps)))
    timeline = (f"{moment(entry.at)}: {entry.what}" for entry in judged.timeline)
    yield _Section("Timeline", _plain(timeline))


def _news(
    judged: Judgement, done: Sequence[Deed], earlier: Judgement, told: Sequence[Deed]
) -> Iterator[_Section]:
    at_hand = work(judged.plan, done)
    sentences = {each.sentence for each in earlier.verdict.findings}
    found = (each for each in judged.verdict.findings if each.sentence not in sentences)
    yield _Section("Done since", _plain(_deed(each) for each in at_hand.done if each not in told))
    failed = (_deed(each) for each in at_hand.failed if each not in told)
    by_hand = (each for each in at_hand.by_hand if each not in earlier.plan.by_hand)
    yield _Section("To do by hand", _plain((*failed, *by_hand)))
    yield _Section("Still to do", _plain(map(_step, at_hand.to_do)))
    yield _Section("To do once a person approves", _plain(map(_step, at_hand.to_approve)))
    yield _Section("Found since", [_finding(each) for each in found], 6_000)
    known = {(each.id, each.answer) for each in earlier.questions}
    answers = [each for each in judged.questions if (each.id, each.answer) not in known]
    answered = [each for each in answers if each.found or each.complete]
    yield from _questions(answered, earlier.verdict)
    seen = {gap.in_words for gap in earlier.gaps} - {gap.in_words for gap in judged.gaps}
    yield _Section("Seen by now", _plain(sorted(seen)), 3_000)


def _questions(answers: Sequence[Answer], verdict: Verdict) -> Iterator[_Section]:
    """What has an answer; then, in short, what was looked at in vain, and what was not seen."""
    found = [each for each in answers if each.found]
    yield _Section("Questions", list(_told_once(found, verdict)), 10_000)
    seen = [each for each in answers if each.asked and each.complete and not each.found]
    yield _Section("Looked at, and nothing found", _together(seen))
    unseen = [each for each in answers if not each.complete and not each.found]
    yield _Section("Not answered", _together(unseen))
    yield _Section("Nothing to ask about", _together([each for each in answers if not each.asked]))


def _together(answers: Iterable[Answer]) -> list[str]:
    """The questions that have the same answer in one line."""
    asked: dict[str, list[str]] = {}
    for each in answers:
        asked.setdefault(each.answer, []).append(each.question)
    return [f"{_safe(' '.join(each))} <b>{_safe(said)}</b>" for said, each in asked.items()]


def _told_once(answers: Iterable[Answer], verdict: Verdict) -> Iterator[str]:
    """Each question with what its answer adds to the findings that were told before it."""
    told = {each.sentence for each in verdict.weightiest}
    sentences = [each.sentence for each in verdict.findings[:_REPEATED]]
    for answer in answers:
        said = answer.answer
        for again in [each for each in sentences if each in said and each in told]:
            said = said.replace(again, "" if _ABOVE in said else _ABOVE)
        told |= {each for each in sentences if each in said}
        spoken = _safe(" ".join(said.split()), _LONGEST_ANSWER)
        yield f"<b>{_safe(answer.question)}</b> {spoken}"


def _unseen(gaps: Iterable[CaseGap]) -> Iterator[str]:
    """What could not be seen; sources that miss the same for the same reason share a line."""
    together: dict[tuple[str, str], list[str]] = {}
    for gap in gaps:
        together.setdefault((gap.reason, gap.detail), []).append(gap.told_source)
    for (reason, detail), sources in together.items():
        yield f"{listed(distinct(sources), 12)} ({reason})" + (f": {detail}" if detail else "")


def _deed(deed: Deed) -> str:
    what = f"{deed.action}: {deed.target}" if deed.target else deed.action
    back = f"To take it back: undo with ledgerId {deed.ledger_id}." if deed.ledger_id else ""
    return ". ".join(filter(None, (f"{what}: {deed.status}", deed.detail, back)))


def _step(step: Step) -> str:
    return f"{step.action}: {step.target}. {step.why}"


def _finding(finding: Finding) -> str:
    return _safe(f"{finding.sentence} [{finding.weight:+d}]")


def _plain(lines: Iterable[str]) -> list[str]:
    """Lines of text, each once, as HTML."""
    return [_safe(line) for line in dict.fromkeys(lines)]


def _list(heading: str, lines: Iterable[str], room: int) -> str:
    """A headed list with as many of the lines as there is room for; empty without lines."""
    items = [f"<li>{line}</li>" for line in dict.fromkeys(lines)]
    room -= len(f"<h4>{heading}</h4><ul></ul>") + _CLOSING
    kept: list[str] = []
    for item in items:
        if len(item) > room:
            break
        room -= len(item)
        kept.append(item)
    left_out = len(items) - len(kept)
    if kept and left_out:
        kept.append(f"<li><i>{left_out} more in the grade itself</i></li>")
    return f"<h4>{heading}</h4><ul>{''.join(kept)}</ul>" if kept else ""


def _safe(text: str, longest: int = _LONGEST) -> str:
    """Escaped, and shortened before that, so that no entity is cut in two."""
    shortened = text if len(text) <= longest else f"{text[:longest]}…"
    return escape(shortened, quote=True)
