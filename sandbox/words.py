"""Values of an answer as words on a terminal."""

import re

from pydantic import JsonValue

from sandbox.tenant.part import JsonObject


def objects(value: JsonValue) -> list[JsonObject]:
    """The JSON objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def listed(value: JsonValue) -> str:
    """The items of a list, with commas."""
    return ", ".join(str(each) for each in value) if isinstance(value, list) else ""


def counted(values: JsonValue, noun: str) -> str:
    """How many objects a list has, with their noun."""
    number = len(objects(values))
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def short(value: JsonValue) -> str:
    """A target without the path of an incident's ARM id."""
    words = str(value or "").split(" ")
    return " ".join(word.rpartition("/")[2] if "/" in word else word for word in words)


def spelled(names: str) -> str:
    """Field names as words: `forwardingType` is the forwarding type."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", names)


def span(seconds: float) -> str:
    """A time in seconds, minutes or hours."""
    if seconds >= 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 600 else f"{seconds:.2f} s"
