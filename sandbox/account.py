"""Telling what became of every event of an export."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sandbox.narration import Narrator
from sandbox.replay import Broken, Export, Replayed

_WHY_UNUSED = "; they change nothing that is rebuilt, and stand in no hunting table"
_ORIGINS = {
    "alert": "the newest alert about the user's forwarding",
    "change": "no alert was found; the newest forwarding change of the user stands for it",
    "nothing": "no alert about the user and no forwarding change of the user was found up to then",
}


def account(narrator: Narrator, export: Export, replayed: Replayed, at: datetime | None) -> None:
    """Which events made the tenant, which did not, and how the moment (`at`) was chosen."""
    events = replayed.account
    if at is not None:
        chosen = "as asked for"
    elif replayed.moment == export.end:
        chosen = "the end of the export"
    else:
        chosen = "24 hours after the newest forwarding alert or change"
    first, last = export.records[0].at, export.end
    not_understood = sum(len(each) for each in events.not_understood.values())
    narrator.facts(
        [
            ("events read", f"{len(export.records):,}, {_time(first)} to {_time(last)}"),
            ("moment of triage", f"{_time(replayed.moment)} ({chosen})"),
            ("started by", _ORIGINS[replayed.origin]),
            ("events used", f"{events.used:,}"),
            ("not used", _tally(events.unused) + (_WHY_UNUSED if events.unused else "")),
            ("attempts only", _tally(events.attempts) if events.attempts else ""),
            ("not understood", f"{not_understood:,}" if not_understood else ""),
            (
                "after the moment",
                f"{events.after_the_moment:,}" if events.after_the_moment else "",
            ),
            ("duplicates", f"{events.duplicates:,}" if events.duplicates else ""),
            ("empty rows", f"{events.empty:,}" if events.empty else ""),
        ]
    )
    for reason, lines in _by_reason(events.broken).items():
        several = "lines" if len(lines) > 1 else "line"
        narrator.line(f"  {several} {_ranges(lines)} cannot be read: {reason}", "yellow")
    for problem, ids in events.not_understood.items():
        narrator.line(f"  not understood: {problem} ({_some(ids)})", "yellow")


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _tally(counted: Counter[str]) -> str:
    """A total and what it is made of."""
    each = ", ".join(f"{name} ({count:,})" for name, count in counted.most_common())
    return f"{counted.total():,}: {each}" if each else "0"


def _by_reason(broken: Iterable[Broken]) -> dict[str, list[int]]:
    lines: dict[str, list[int]] = {}
    for each in broken:
        lines.setdefault(each.reason, []).append(each.line)
    return lines


def _ranges(numbers: Sequence[int]) -> str:
    """`3, 7-9`: every number, in little room."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _some(events: Sequence[str], shown: int = 3) -> str:
    more = f" and {len(events) - shown:,} more" if len(events) > shown else ""
    return f"{'events' if len(events) > 1 else 'event'} {', '.join(events[:shown])}{more}"
