"""Reading single audit records: the shapes that the same thing takes in them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from sandbox.replay.shapes import parsed
from sandbox.tenant.part import JsonObject

_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>\d+(?:\.\d+){3}):\d+")
_ARGUMENT = re.compile(r"-(?P<name>\w+):?\s*(?P<value>\"[^\"]*\"|'[^']*'|(?!-\w)\S+)?")
_LIST = TypeAdapter(list[JsonValue])
_DIRECTORY = ("Target", "Actor")


def text(data: JsonObject, *names: str) -> str:
    """The first of these fields that holds text, or nothing."""
    for name in names:
        if isinstance(value := data.get(name), str) and value:
            return value
    return ""


def named_values(value: JsonValue) -> JsonObject:
    """`Parameters`, `ExtendedProperties` and their like, in any of their shapes, by name.

    A list of Name/Value pairs, an object, either of them as JSON text, or a command line.
    """
    match value:
        case str(line) if line.lstrip().startswith(("[", "{")):
            inner = parsed(line)
            return {} if isinstance(inner, str) else named_values(inner)
        case str(line):
            return {
                match["name"]: (match["value"] or "True").strip("\"'")
                for match in _ARGUMENT.finditer(line)
            }
        case {"Name": str(name), "Value": held} if len(value) == 2:
            return {name: held}  # a list of one, as PowerShell writes it
        case dict():
            return value
        case [*pairs]:
            return dict(_pairs(pairs))
        case _:
            return {}


def json_list(value: JsonValue) -> list[JsonValue]:
    """A list, or JSON text of one; anything else is empty."""
    if isinstance(value, list):
        return value
    try:
        return _LIST.validate_json(value if isinstance(value, str) else "")
    except ValidationError:
        return []


def _pairs(pairs: list[JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    for pair in pairs:
        match pair:
            case str(line) if line.lstrip().startswith("{"):  # as hunting answers give lists
                yield from named_values([parsed(line)]).items()
            case {"Name": str(name), "Value": value}:
                yield name, value
            case {"Name": str(name), "NewValue": value}:
                yield name, value
            case _:
                continue


def first_value(value: JsonValue) -> str:
    """A directory property: plain text, or a JSON array of one."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        match parsed(value):
            case [str(first), *_]:
                return first
            case [bool(first), *_]:
                return str(first)
            case None:
                return value
            case _:
                return ""
    return value if isinstance(value, str) else ""


@lru_cache(maxsize=10_000)
def address(value: str) -> str:
    """An IP address without its port: `192.0.2.1:443`, `[2001:db8::1]:443`.

    IPv4 within IPv6 (`::ffff:192.0.2.1`) is given as IPv4, and what is no address as nothing.
    """
    written = value.strip()
    if match := _PORT.fullmatch(written):
        written = match["six"] or match["four"]
    try:
        found = ip_address(written)
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def is_guid(value: str) -> bool:
    """Whether this is an object id."""
    return bool(_GUID.match(value))


def directory_users(data: JsonObject) -> Iterator[tuple[str, str]]:
    """UPN and object id of the users among a directory record's actor and target."""
    for side in _DIRECTORY:
        listed = data.get(side)
        names = [
            entry["ID"]
            for entry in (listed if isinstance(listed, list) else [])
            if isinstance(entry, dict) and isinstance(entry.get("ID"), str)
        ]
        words = [name for name in names if isinstance(name, str)]
        upns = [name for name in words if "@" in name and not name.startswith("http")]
        ids = [name[5:] for name in words if name.startswith("User_") and is_guid(name[5:])]
        if upns:
            yield upns[0], ids[0] if ids else ""


def outcome(data: JsonObject) -> Literal["done", "attempt"]:
    """Whether the operation changed anything: `False` and `Failed` are attempts."""
    failed = text(data, "ResultStatus").lower() in {"false", "failed", "failure"}
    return "attempt" if failed else "done"
