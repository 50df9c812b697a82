"""The verdict as a comment on a Sentinel incident: HTML of at most 30,000 characters."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from triage.deeds import MADE, Deed
from triage.judgement import Judgement
from triage.plan import Step
from triage.questions import Answer
from triage.verdict import Verdict
from triage.wording import moment

LIMIT = 30_000
"""Characters of a comment (Microsoft Sentinel: add comments to an incident)."""
_LONGEST = 900
"""Characters of one line: a name may be as long as its owner likes."""
_CLOSING = 200
"""Room kept for the end of a list and the word that something was left out."""
_CLASSIFICATIONS = {
    "truePositive": "True positive",
    "falsePositive": "False positive",
    "informationalExpectedActivity": "Expected activity",
    "undetermined": "Undetermined",
}


def comment(judged: Judgement, done: Sequence[Deed] = ()) -> str:
    """Verdict first, then what was done and is to do, what was not seen, why, and the rest.

    When it grows too long, lines at the end are left out, and it says so.
    """
    text = _verdict(judged.verdict)
    for heading, lines in _sections(judged, done):
        text += _list(heading, lines, LIMIT - len(text))
    return text


def _verdict(verdict: Verdict) -> str:
    heading = (
        f"{_CLASSIFICATIONS[verdict.classification]} ({verdict.determination}), "
        f"confidence {verdict.confidence}"
    )
    return f"<h3>Mailwarden: {_safe(heading)}</h3><p>{_safe(verdict.summary)}</p>"


def _sections(judged: Judgement, done: Sequence[Deed]) -> Iterator[tuple[str, Iterable[str]]]:
    verdict, plan = judged.verdict, judged.plan
    by_hand = [deed for deed in done if deed.by_hand and not _was_made(deed, done)]
    yield "Done", map(_deed, _told_once([deed for deed in done if not deed.by_hand]))
    yield "To do by hand", dict.fromkeys((*map(_deed, by_hand), *plan.by_hand))
    yield "To do", dict.fromkeys(map(_step, _open((*plan.reflex, *plan.contain), done)))
    yield "To do once a person approves", map(_step, _open(plan.destroy, done))
    yield "Not seen", dict.fromkeys(gap.in_words for gap in judged.gaps)
    yield "Findings", dict.fromkeys(f"{f.sentence} [{f.weight:+d}]" for f in verdict.findings)
    yield "What would change this", verdict.changes_it
    yield "Questions", map(_question, judged.questions)
    yield "Timeline", (f"{moment(entry.at)}: {entry.what}" for entry in judged.timeline)


def _open(steps: Iterable[Step], done: Sequence[Deed]) -> list[Step]:
    return [step for step in steps if not any(deed.settles(step) for deed in done)]


def _was_made(refused: Deed, done: Iterable[Deed]) -> bool:
    """Whether what was refused or failed was made after all, when asked for again."""
    what = (refused.action, refused.target)
    return any(what == (deed.action, deed.target) and deed.status in MADE for deed in done)


def _told_once(done: Sequence[Deed]) -> Iterator[Deed]:
    """A change that was asked for again, and was there already, is told as it was made."""
    made = {(deed.action, deed.target) for deed in done if deed.status == "done"}
    for deed in done:
        if deed.status != "unchanged" or (deed.action, deed.target) not in made:
            yield deed


def _deed(deed: Deed) -> str:
    what = f"{deed.action}: {deed.target}" if deed.target else deed.action
    back = f"To take it back: undo with ledgerId {deed.ledger_id}." if deed.ledger_id else ""
    return ". ".join(filter(None, (f"{what}: {deed.status}", deed.detail, back)))


def _step(step: Step) -> str:
    return f"{step.action}: {step.target}. {step.why}"


def _question(answer: Answer) -> str:
    return f"{answer.question} {answer.answer}"


def _list(heading: str, lines: Iterable[str], room: int) -> str:
    """A headed list with as many of the lines as there is room for; empty without lines."""
    items = [f"<li>{_safe(line)}</li>" for line in lines]
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


def _safe(text: str) -> str:
    """Escaped, and shortened before that, so that no entity is cut in two."""
    shortened = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return escape(shortened, quote=True)
