"""Reading an audit-log export, as CSV or JSON, without losing a line silently."""

import codecs
import gzip
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue, TypeAdapter

from sandbox.replay.members import members
from sandbox.replay.shapes import COLUMNS, Found, parsed, records
from sandbox.replay.table import NoTable, rows
from sandbox.replay.times import moment
from sandbox.tenant.part import JsonObject

Progress = Callable[[int, int, int], None]
"""Is told from time to time how many events were met, and how much is done of how much."""

_OBJECT = TypeAdapter(JsonObject)
REPORT_EVERY = 1000
_GZIP = b"\x1f\x8b"
_HEAD = 1 << 16
"""Characters from which it is told what a file is."""
_AS_MICROSOFT_WRITES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


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
    """Read an export whatever wrote it: the format is told by its content, not by its name.

    CSV or JSON (lines, an array, one object a page or record), gzipped or not, from Purview,
    PowerShell, Graph, the Management Activity API or a SIEM. `progress` is told of bytes. Raises
    `ExportError` if there is nothing to read in the file.
    """
    path = Path(path)
    reading = _Reading()
    try:
        size = path.stat().st_size
        with path.open("rb") as raw, _text(raw) as file:
            for number, (line, value) in enumerate(_values(file), 1):
                reading.take(line, value)
                if progress and number % REPORT_EVERY == 0:
                    progress(len(reading.export.records), raw.tell(), size)
        if progress:
            progress(len(reading.export.records), size, size)
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise ExportError(f"{path}: the compressed file is damaged: {problem}") from problem
    except OSError as problem:
        raise ExportError(f"{path}: {problem.strerror}") from problem
    except (NoTable, UnicodeError) as problem:
        raise ExportError(f"{path}: {problem}") from problem
    export = reading.export
    if not export.records:
        reason = (
            f"; line {export.broken[0].line}: {export.broken[0].reason}" if export.broken else ""
        )
        raise ExportError(f"{path}: there is no audit record in it{reason}")
    export.records.sort(key=lambda record: record.at)
    return export


def _text(raw: BufferedReader) -> TextIOWrapper:
    """The file's text: unpacked, and in UTF-16 where PowerShell wrote it so."""
    content = gzip.GzipFile(fileobj=raw) if raw.peek(2).startswith(_GZIP) else raw
    head = content.peek(4)[:4]
    if head[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        encoding = "utf-16"
    else:
        encoding = "utf-16-le" if head[1::2] == b"\0\0" else "utf-8-sig"
    return TextIOWrapper(content, encoding=encoding, errors="replace", newline="")


def _values(file: TextIOWrapper) -> Iterator[tuple[int, Mapping[str, str] | str | None]]:
    """Line number and content of everything that should be a record."""
    head = file.read(_HEAD)
    file.seek(0)
    start = head.lstrip()
    if not start and len(head) < _HEAD:
        raise NoTable("it is empty")
    if not start.startswith(("[", "{")):
        return rows(file, COLUMNS)
    # One object a line, be the first line torn; anything else is one document.
    if any(isinstance(parsed(line), dict) for line in start.splitlines()[:2]):
        return ((number, line.strip() or None) for number, line in enumerate(file, 1))
    return members(file)


class _Reading:
    """What was read of an export so far."""

    def __init__(self) -> None:
        self.export = Export()
        self._seen: set[str] = set()

    def take(self, line: int, value: Mapping[str, str] | str | None) -> None:
        """Keep the records of a line or member, or say why it has none."""
        if value is None:
            self.export.empty += 1
            return
        held = parsed(value) if isinstance(value, str) else dict[str, JsonValue](value)
        if not isinstance(held, dict):
            self._refuse(line, "not a JSON object" if value else "there is no AuditData")
            return
        for found in records(held, value if isinstance(value, str) else None):
            reason = found if isinstance(found, str) else self._keep(found)
            if reason is not None:
                self._refuse(line, reason)

    def _refuse(self, line: int, reason: str) -> None:
        """A line is named once, however many pieces it broke into."""
        broken = self.export.broken
        if not broken or broken[-1].line != line:
            broken.append(Broken(line, reason))

    def _keep(self, found: Found) -> str | None:
        record, text = found
        operation, written = record["Operation"], record.get("CreationTime")
        at = moment(written)
        if not isinstance(operation, str):
            return "Operation is not text"
        if at is None:
            return f"CreationTime {written!r} is not a time"
        record_id = record.get("Id")
        name = record_id if isinstance(record_id, str) else ""
        if name and name in self._seen:
            self.export.duplicates += 1
            return None
        self._seen.add(name)
        if not isinstance(written, str) or not _AS_MICROSOFT_WRITES.match(written):
            record, text = {**record, "CreationTime": at.isoformat().removesuffix("+00:00")}, None
        if text is None or "\n" in text:
            text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        self.export.records.append(Record(at, name, sys.intern(operation), text))
        return None
