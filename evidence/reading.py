"""Reading loosely typed JSON without trusting its shape: a wrong type reads as absence."""

import json
import math
import re
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, UTC, datetime

from pydantic import JsonValue, TypeAdapter, ValidationError

from evidence.model import JsonObject

_DATETIME = TypeAdapter(datetime)
_OBJECT = TypeAdapter(JsonObject)
_NUMBER = re.compile(r"-?[0-9]{1,30}")


def get(source: JsonValue, *path: str) -> JsonValue:
    """The value under a path of member names, compared without case; None where it is not there."""
    value = source
    for name in path:
        if not isinstance(value, dict):
            return None
        value = _member(value, name)
    return value


def _member(members: JsonObject, name: str) -> JsonValue:
    if name in members:
        return members[name]
    lowered = name.lower()
    return next((value for key, value in members.items() if key.lower() == lowered), None)


def text(source: JsonValue, *path: str) -> str | None:
    """A non-empty string; numbers are given as text, since identifiers come as either."""
    value = get(source, *path)
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def texts(source: JsonValue, *path: str) -> tuple[str, ...]:
    """A list of strings; one string is a list of one, and numbers are given as text."""
    found = (text(item) for item in items(source, *path))
    return tuple(item for item in found if item)


def flag(source: JsonValue, *path: str) -> bool | None:
    """A boolean, also when written as `True` or `false`; None where it is neither."""
    value = get(source, *path)
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return None


def number(source: JsonValue, *path: str) -> int | None:
    """A whole number, also when written as text."""
    value = get(source, *path)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return int(value)
    return None


def real(source: JsonValue, *path: str) -> float | None:
    """A finite number with a fraction, also when written as text."""
    value = get(source, *path)
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def items(source: JsonValue, *path: str) -> list[JsonValue]:
    """A list; a single value is a list of one, and null is an empty list."""
    value = get(source, *path)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects(source: JsonValue, *path: str) -> list[JsonObject]:
    """The JSON objects of a list; anything else in it is passed over."""
    return [item for item in items(source, *path) if isinstance(item, dict)]


def moment(source: JsonValue, *path: str) -> datetime | None:
    """A time; one without zone is UTC, as in the audit log. None where it cannot be read.

    The ends of the calendar are how .NET writes a time that was never set.
    """
    value = text(source, *path)
    if value is None:
        return None
    try:
        parsed = _DATETIME.validate_python(value)
        at = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValidationError, OverflowError):
        return None
    return at if MINYEAR < at.year < MAXYEAR else None


def embedded(source: JsonValue, *path: str) -> JsonValue:
    """A value that may be JSON written into a string; text that is no JSON stays text."""
    value = get(source, *path)
    if not isinstance(value, str) or not value.strip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def as_object(value: object) -> JsonObject:
    """A mapping from elsewhere as a JSON object; raises ValidationError when it is none."""
    return _OBJECT.validate_python(value)


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """The values without repetition, compared without case, in their first order."""
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(value.casefold(), value)
    return tuple(first.values())
