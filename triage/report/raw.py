"""The evidence as it came, a bounded part of it: first what the findings rest on."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from evidence.hunt_result import HuntResult, audit_event_in
from evidence.model import Evidence, JsonObject
from evidence.reading import embedded, text
from triage.case import Case
from triage.finding import Finding
from triage.report.sources import Asked, answered

_MOST_ENTRIES = 25
"""Of one source."""
_MOST_LINES = 160
"""Of one entry."""
_ROOM_OF_A_SOURCE = 24_000
_ROOM = 400_000
"""Characters in all."""
_TELLING = (
    "at Timestamp Period CreationTime ActionType name title subject displayName Name Sender "
    "Recipient recipient mailbox who ipAddress IPAddress kind type id"
).split()
"""The members that tell one entry from another, best first."""
_LABEL = 3


@dataclass(frozen=True)
class Entry:
    """One rule, record or row."""

    label: str
    rests: bool
    """A finding rests on it."""
    lines: tuple[str, ...]
    cut: int
    """Lines left out at the end."""


@dataclass(frozen=True)
class Exhibit:
    """What one source answered."""

    asked: Asked
    entries: tuple[Entry, ...]
    left_out: int


def exhibits(case: Case, findings: Iterable[Finding]) -> tuple[Exhibit, ...]:
    """The evidence by source; an entry for which there is no room is counted."""
    cited = {reference.id for finding in findings for reference in finding.evidence}
    cited.discard("")
    room = _ROOM
    found: list[Exhibit] = []
    for asked, evidence in answered(case).items():
        exhibit = _exhibit(asked, evidence, cited, min(room, _ROOM_OF_A_SOURCE))
        room -= sum(len(line) for entry in exhibit.entries for line in entry.lines)
        found.append(exhibit)
    return tuple(found)


def _exhibit(asked: Asked, evidence: Evidence, cited: set[str], room: int) -> Exhibit:
    pieces = sorted(_pieces(evidence), key=lambda piece: _identity(piece) not in cited)
    entries: list[Entry] = []
    for piece in pieces[:_MOST_ENTRIES]:
        entry = _entry(piece, rests=_identity(piece) in cited)
        room -= sum(map(len, entry.lines))
        if room < 0:
            break
        entries.append(entry)
    return Exhibit(asked, tuple(entries), len(pieces) - len(entries))


def _pieces(evidence: Evidence) -> Iterator[Evidence | JsonObject]:
    """The rows of a hunt; of any other answer what is in its lists, then itself without them."""
    if isinstance(evidence, HuntResult):
        yield from evidence.rows
        return
    lists = dict(_lists(evidence))
    for pieces in lists.values():
        yield from pieces
    yield cast("JsonObject", evidence.model_dump(mode="json", by_alias=True, exclude=set(lists)))


def _lists(evidence: Evidence) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    members = cast("Iterable[tuple[str, object]]", evidence)
    for name, value in members:
        if isinstance(value, tuple):
            pieces = tuple(
                each for each in cast("tuple[object, ...]", value) if isinstance(each, Evidence)
            )
            if pieces:
                yield name, pieces


def _identity(piece: Evidence | JsonObject) -> str:
    if isinstance(piece, dict):
        event = audit_event_in(piece)
        return event.id if event else ""
    return str(getattr(piece, "id", ""))


def _entry(piece: Evidence | JsonObject, *, rests: bool) -> Entry:
    read = _read(piece)
    payload = read.get("raw") or read
    written = json.dumps(payload, indent=2, ensure_ascii=False).split("\n")
    return Entry(_label(read), rests, tuple(written[:_MOST_LINES]), len(written[_MOST_LINES:]))


def _read(piece: Evidence | JsonObject) -> JsonObject:
    if isinstance(piece, Evidence):
        return cast("JsonObject", piece.model_dump(mode="json", by_alias=True))
    opened: dict[str, JsonValue] = {name: embedded(piece, name) for name in piece}
    return opened


def _label(read: JsonObject) -> str:
    told = (text(read, name) for name in _TELLING)
    return " · ".join(list(dict.fromkeys(filter(None, told)))[:_LABEL])
