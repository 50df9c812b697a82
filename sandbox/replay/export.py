"""Reading an audit-log export, as CSV or JSON, without losing a line silently."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple, TextIO

from pydantic import JsonValue, TypeAdapter, ValidationError

from sandbox.replay.table import NoTable, rows
from sandbox.tenant.part import JsonObject

Progress = Callable[[int, int], None]
"""Is told from time to time how much is done, and of how much."""

_OBJECT = TypeAdapter(JsonObject)
_COLUMN = "AuditData"
REPORT_EVERY = 1000
_DECODER = json.JSONDecoder()


class ExportError(ValueError):
    """A file that is no audit-log export; the message says why."""


class Broken(NamedTuple):
    """A line that could not be read, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """One audit record. The text is kept as it was; `data` reads it."""

    at: datetime
    id: str
    operation: str
    text: str

    @property
    def data(self) -> JsonObject:
        """The record itself."""
        return _OBJECT.validate_json(self.text)


@dataclass
class Export:
    """What an export holds, oldest first, and what of it could not be used."""

    records: list[Record] = field(default_factory=list[Record])
    broken: list[Broken] = field(default_factory=list[Broken])
    empty: int = 0
    duplicates: int = 0

    @property
    def end(self) -> datetime:
        """The time of the newest record."""
        return self.records[-1].at


def load_export(path: str | Path, progress: Progress | None = None) -> Export:
    """Read CSV (an `AuditData` column), JSON lines, a JSON array or Graph's pages of records.

    `progress` is told of bytes. Raises `ExportError` if there is nothing to read in the file.
    """
    path = Path(path)
    export = Export()
    seen: set[str] = set()
    try:
        size = path.stat().st_size
        with (
            path.open("rb") as raw,
            TextIOWrapper(raw, encoding=_encoding(path), errors="replace", newline="") as file,
        ):
            for number, (line, value) in enumerate(_values(file), 1):
                _take(export, seen, line, value)
                if progress and number % REPORT_EVERY == 0:
                    progress(raw.tell(), size)
    except OSError as problem:
        raise ExportError(f"{path}: {problem.strerror}") from problem
    except (NoTable, UnicodeError) as problem:
        raise ExportError(f"{path}: {problem}") from problem
    if not export.records:
        reason = (
            f"; line {export.broken[0].line}: {export.broken[0].reason}" if export.broken else ""
        )
        raise ExportError(f"{path}: there is no audit record in it{reason}")
    export.records.sort(key=lambda record: record.at)
    return export


def _encoding(path: Path) -> str:
    """PowerShell writes UTF-16 with a mark, everything else UTF-8 with or without one."""
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"


def _values(file: TextIO) -> Iterator[tuple[int, JsonValue]]:
    """Line number and content of everything that should be a record: text, object or None."""
    first = ""
    while first == "" or first.isspace():
        first = file.readline()
        if not first:
            return
    start = first.lstrip()
    file.seek(0)
    if start.startswith("["):
        yield from _array(file.read())
    elif not start.startswith("{"):
        yield from rows(file, _COLUMN)
    elif _parsed(first) is None:  # an object over several lines: a page of Graph's answer
        yield from _array(file.read())
    else:
        for number, line in enumerate(file, 1):
            yield number, line.strip() or None


def _array(text: str) -> Iterator[tuple[int, JsonValue]]:
    """The members of a JSON array, or of the arrays named `value` of Graph's pages."""
    place, line, counted = text.find("["), 1, 0
    while place >= 0:
        place += 1
        while True:
            while place < len(text) and (text[place].isspace() or text[place] == ","):
                place += 1
            line, counted = line + text.count("\n", counted, place), place
            if place >= len(text):
                yield line, "the array has no end"
                return
            if text[place] == "]":
                break
            try:
                value, place = _DECODER.raw_decode(text, place)
            except ValueError:
                yield line, text[place : place + 80]
                place = _next_object(text, place)
                if place < 0:
                    return
                continue
            yield line, value
        place = text.find("[", place)


def _next_object(text: str, place: int) -> int:
    """Where the array goes on after a member that cannot be read."""
    return text.find("{", text.find("\n", place)) if "\n" in text[place:] else -1


def _take(export: Export, seen: set[str], line: int, value: JsonValue) -> None:
    if value is None:
        export.empty += 1
        return
    parsed = _parsed(value) if isinstance(value, str) else value
    if not isinstance(parsed, dict):
        reason = "not a JSON object" if value != "" else "there is no AuditData"
        export.broken.append(Broken(line, reason))
        return
    wrapped = next(
        (held for name, held in parsed.items() if name.lower() == _COLUMN.lower()), parsed
    )
    record = _parsed(wrapped) if isinstance(wrapped, str) else wrapped
    if not isinstance(record, dict):
        export.broken.append(Broken(line, "AuditData is not a JSON object"))
        return
    at, record_id, operation = (record.get(n) for n in ("CreationTime", "Id", "Operation"))
    if not isinstance(operation, str) or not operation:
        export.broken.append(Broken(line, "there is no Operation"))
        return
    moment = _moment(at)
    if moment is None:
        export.broken.append(Broken(line, f"CreationTime {at!r} is not a time"))
        return
    name = record_id if isinstance(record_id, str) else ""
    if name and name in seen:
        export.duplicates += 1
        return
    seen.add(name)
    verbatim = value if isinstance(value, str) and wrapped is parsed else wrapped
    text = verbatim if isinstance(verbatim, str) else json.dumps(record, ensure_ascii=False)
    export.records.append(Record(moment, name, sys.intern(operation), text))


def _parsed(text: str) -> JsonValue:
    try:
        return _OBJECT.validate_json(text)
    except ValidationError:
        return None


def _moment(value: JsonValue) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
