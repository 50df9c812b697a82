"""Times as exports write them. One without a zone is UTC, as the unified audit log's own are."""

import re
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = 100_000_000_000
"""From here on a number counts milliseconds: as seconds it would lie in the year 5138."""
_NUMBER = re.compile(r"\d{9,14}(?:\.\d+)?")
_DOT_NET = re.compile(r"/Date\((?P<milliseconds>-?\d{1,14})(?:[+-]\d{4})?\)/")
_WRITTEN = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}),?\s+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<seconds>\d{2})(?P<fraction>\.\d+)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
)


def moment(value: JsonValue) -> datetime | None:
    """A time in UTC; None for what is none.

    ISO 8601 with any number of decimals, as people of the United States write it or, with dots or
    a first number beyond 12, those of Europe, .NET's `/Date(…)/`, and seconds or milliseconds
    since 1970.
    """
    match value:
        case bool():
            return None
        case int() | float():
            return _counted(float(value))
        case {"value": str(written)}:  # how Windows PowerShell writes a date as JSON
            return moment(written)
        case str():
            return _read(" ".join(value.split()))
        case _:
            return None


def _read(text: str) -> datetime | None:
    try:
        if found := _DOT_NET.fullmatch(text):
            return _EPOCH + timedelta(milliseconds=int(found["milliseconds"]))
        if _NUMBER.fullmatch(text):
            return _counted(float(text))
        if found := _WRITTEN.fullmatch(text):
            return _written(found)
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _counted(number: float) -> datetime | None:
    seconds = number / 1000 if abs(number) >= _MILLISECONDS else number
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None


def _written(found: re.Match[str]) -> datetime:
    first, second, hour = int(found["first"]), int(found["second"]), int(found["hour"])
    day_first = found["mark"] == "." or first > 12
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    return datetime(
        int(found["year"]),
        second if day_first else first,
        first if day_first else second,
        hour,
        int(found["minute"]),
        int(found["seconds"] or 0),
        int(float(found["fraction"] or 0) * 1_000_000),
        tzinfo=UTC,
    )
