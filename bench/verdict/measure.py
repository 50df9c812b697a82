"""The bench: every case judged, and how often Mailwarden and its rivals were right."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.measured import Figure, Measured, Progress
from bench.verdict.confusion import Confusion, confusion, confusion_grid, detections, grades_grid
from bench.verdict.explain import explanation
from bench.verdict.judging import Judged, judged
from bench.verdict.labelled import Entry, corpus, lines
from bench.verdict.rivals import RIVALS

CORPUS = Path(__file__).parent / "corpus"
PUBLIC = Path(__file__).parents[3] / "shared" / "data" / "cases.jsonl"
"""Cases taken from public sources, beside the project where somebody has them."""
_MOST_NAMED = 20
_MOST_WRONG = 0.1
_BASELINE = "; ".join(f"{each.name} ({each.source})" for each in RIVALS)


async def verdict(progress: Progress, *, files: Sequence[Path] = ()) -> Measured:
    """Judges the cases of the files, or else the public ones and the project's own.

    Raises OSError where a file cannot be read, or where there is no case at all.
    """
    found: list[Judged] = []
    for entry in _entries(files):
        found.append(judged(entry))
        progress("cases", len(found), len(found))
        await asyncio.sleep(0)  # so that it can be stopped
    if not found:
        raise OSError(f"there is no case in {', '.join(map(str, files)) or CORPUS}")
    return _measured(found, files)


def explained(identifier: str, files: Sequence[Path]) -> Iterator[str]:
    """Why each case of that id was judged as it was. Raises OSError as `verdict` does."""
    return (explanation(each) for each in _entries(files) if each.id == identifier)


def _entries(files: Sequence[Path]) -> Iterator[Entry]:
    for file in files:
        yield from lines(file)
    if not files:
        if PUBLIC.exists():
            yield from lines(PUBLIC)
        yield from corpus(CORPUS)


def _measured(found: Sequence[Judged], files: Sequence[Path]) -> Measured:
    confusions = [confusion(each, found) for each in detections()]
    ours, plain = confusions[:2]
    figures = (
        Figure("judged", "cases judged", sum(not each.unreadable for each in found)),
        Figure("unreadable", "cases that could not be read", sum(1 for e in found if e.unreadable)),
        Figure("labelled", "cases labelled malicious or benign", ours.right + ours.wrong),
        Figure(
            "clearedWrongly",
            "malicious, graded benign",
            sum(each.cleared_wrongly for each in found),
            at_most=0,
        ),
        Figure(
            "convictedWrongly",
            "benign, graded true positive",
            sum(each.convicted_wrongly for each in found),
            at_most=0,
        ),
        Figure(
            "wrongShare",
            "share for which a person is called wrongly, or wrongly not",
            1 - ours.share_right,
            at_most=_MOST_WRONG,
        ),
        Figure("ratio", "wrong calls, ours / the plain rule's", _ratio(ours, plain)),
        Figure(
            "broke",
            "cases at which the judgement failed",
            sum(each.broke for each in found),
            at_most=0,
        ),
    )
    return Measured(
        "verdict",
        _BASELINE,
        figures,
        tuple(_notes(found, files)),
        (confusion_grid(confusions), grades_grid(found)),
        {
            "cases": [each.document() for each in found],
            "confusion": {each.detection.key: each.document() for each in confusions},
        },
    )


def _ratio(ours: Confusion, plain: Confusion) -> float:
    return ours.wrong / plain.wrong if plain.wrong else float(ours.wrong)


def _notes(found: Sequence[Judged], files: Sequence[Path]) -> Iterator[str]:
    if not files and not PUBLIC.exists():
        yield "../shared/data/cases.jsonl is not there: these are the project's own cases alone."
    told = {
        "Malicious, graded benign": (each for each in found if each.cleared_wrongly),
        "Benign, graded true positive": (each for each in found if each.convicted_wrongly),
        "Malicious, nobody called": (each for each in _wrong(found) if each.label == "malicious"),
        "Benign, somebody called": (each for each in _wrong(found) if each.label == "benign"),
        "The judgement failed": (each for each in found if each.broke),
    }
    for what, cases in told.items():
        yield from _named(what, [each.id for each in cases])
    yield from _unread([each for each in found if each.unreadable])
    ids = Counter(each.id for each in found)
    yield from _named(
        "Ids given more than once", [each for each, count in ids.items() if count > 1]
    )


def _wrong(found: Iterable[Judged]) -> Iterator[Judged]:
    return (each for each in found if each.right is False and not each.unreadable)


def _unread(found: Sequence[Judged]) -> Iterator[str]:
    for each in found[:_MOST_NAMED]:
        called = each.where if each.id == each.where else f"{each.where}, {each.id}"
        yield f"Could not be read: {called}: {each.unreadable}"
    if len(found) > _MOST_NAMED:
        yield f"Could not be read: {len(found) - _MOST_NAMED} more, each told in the JSON"


def _named(what: str, ids: Sequence[str]) -> Iterator[str]:
    if ids:
        more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
        yield f"{what}: {', '.join(ids[:_MOST_NAMED])}{more}"
