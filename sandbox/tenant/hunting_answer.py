"""Rows of a hunt as `security: runHuntingQuery` writes them: open OData types, with their oddities.

A boolean is an `SByte` of 0 or 1, a null is `{}`, a dynamic object carries its type, and a dynamic
list is a collection of strings, in which anything that is no string is JSON text. The reference
shows names, types and times only; the rest is as real tenants were seen to answer.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast

from sandbox.tenant.part import JsonObject

_DYNAMIC = "#microsoft.graph.security.dynamicColumnValue"
_GRAPH_TYPES = {
    "BOOLEAN": "SByte",
    "TINYINT": "Int32",
    "SMALLINT": "Int32",
    "INTEGER": "Int32",
    "BIGINT": "Int64",
    "HUGEINT": "Int64",
    "FLOAT": "Double",
    "DOUBLE": "Double",
    "VARCHAR": "String",
    "TIMESTAMP": "DateTime",
    "TIMESTAMP WITH TIME ZONE": "DateTime",
    "DATE": "DateTime",
    "INTERVAL": "TimeSpan",
    "UUID": "Guid",
    "JSON": "Object",
}


def answer(
    columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]
) -> dict[str, list[JsonObject]]:
    """The `huntingQueryResults` of columns (name and DuckDB type) and rows."""
    types = [_GRAPH_TYPES.get(kind, "String") for _, kind in columns]
    names = [name for name, _ in columns]
    schema: list[JsonObject] = [
        {"name": name, "type": kind} for name, kind in zip(names, types, strict=True)
    ]
    results: list[JsonObject] = []
    for row in rows:
        result: JsonObject = {}
        for name, kind, value in zip(names, types, row, strict=True):
            _write(result, name, _decoded(kind, value))
        results.append(result)
    return {"schema": schema, "results": results}


class _SByte(int):
    """A boolean column's value; booleans inside dynamic values stay booleans."""


def _decoded(kind: str, value: object) -> object:
    """What DuckDB gave, as the JSON that it stands for."""
    if value is None:
        return "" if kind == "String" else None
    if kind == "Object" and isinstance(value, str):
        return json.loads(value)
    match value:
        case bool():
            return _SByte(value)
        case datetime():
            return _datetime(value)
        case timedelta():
            return _timespan(value)
        case _:
            return value if isinstance(value, str | int | float) else str(value)


def _write(target: JsonObject, name: str, value: object) -> None:
    """Put an open property into the object, with the annotation that its type asks for."""
    match value:
        case None:
            target[name] = {}
        case _SByte():
            target[f"{name}@odata.type"] = "#SByte"
            target[name] = int(value)
        case dict():
            target[name] = _object(cast("dict[str, object]", value))
        case list():
            target[f"{name}@odata.type"] = "#Collection(String)"
            target[name] = [_element(item) for item in cast("list[object]", value)]
        case str() | bool() | int() | float():
            target[name] = value
        case _:
            raise TypeError(f"{name}: {type(value).__name__} is no JSON")


def _object(members: dict[str, object]) -> JsonObject:
    written: JsonObject = {"@odata.type": _DYNAMIC}
    for name, value in members.items():
        if isinstance(value, int) and not isinstance(value, bool):
            written[f"{name}@odata.type"] = "#Int64"
        _write(written, name, value)
    return written


def _element(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _datetime(value: datetime) -> str:
    fraction = f".{value.microsecond:06}".rstrip("0") if value.microsecond else ""
    return f"{value:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _timespan(value: timedelta) -> str:
    """A .NET TimeSpan: [-][d.]hh:mm:ss[.fffffff]."""
    sign = "-" if value < timedelta(0) else ""
    size = abs(value)
    minutes, seconds = divmod(size.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{size.days}." if size.days else ""
    fraction = f".{size.microseconds:06}0" if size.microseconds else ""
    return f"{sign}{days}{hours:02}:{minutes:02}:{seconds:02}{fraction}"
