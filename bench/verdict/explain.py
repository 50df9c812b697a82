"""Why a case was judged as it was, for whoever thinks that it was judged wrongly."""

from collections.abc import Iterator

from bench.verdict.judging import Judged, Opinion, judged, opinion
from bench.verdict.labelled import Entry
from bench.verdict.rivals import RIVALS


def explanation(entry: Entry) -> str:
    """The case, the verdict on it, every finding with its weight, and what was not seen."""
    found = judged(entry)
    told = [f"{entry.id} ({entry.where}): {_label(entry)}"]
    if entry.case is None or found.unreadable:
        return "\n".join([*told, f"  Could not be read: {found.unreadable}"])
    return "\n".join([*told, *_reasons(found, opinion(entry.case))])


def _label(entry: Entry) -> str:
    why = entry.case.why if entry.case else ""
    hard = ", hard" if entry.case and entry.case.hard else ""
    return f"labelled {entry.label}{hard}" + (f": {why}" if why else "")


def _reasons(found: Judged, reached: Opinion) -> Iterator[str]:
    verdict = reached.verdict
    call = "somebody is called" if verdict.suspicious else "nobody is called"
    yield f"  {verdict.classification}, {verdict.determination}, {verdict.confidence}: {call}"
    yield f"  {verdict.summary}"
    for finding in verdict.findings:
        yield f"  {finding.weight:+4d} {finding.family}/{finding.id}: {finding.sentence}"
    for charge in verdict.charges:
        yield (
            f"  against {charge.way}: suspicion {charge.suspicion}, anomaly {charge.anomaly}"
            f"{', no honest purpose' if charge.dishonest else ''}"
        )
    for each in verdict.changes_it:
        yield f"  would change it: {each}"
    unseen = sorted({gap.in_words for gap in reached.investigation.case.gaps})
    if unseen:
        yield f"  not seen: {'; '.join(unseen)}"
    for rival in RIVALS:
        yield f"  {rival.name}: {'raised' if rival.key in found.called else 'silent'}"
