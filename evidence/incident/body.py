"""Walking through the body of an incident or alert: every value in it, and where it stands."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from pydantic import JsonValue

from evidence.model import JsonObject
from evidence.reading import embedded, text

_PLAIN_STEP = re.compile(r"[\w@$-]+")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_NOT_EVIDENCE = frozenset(
    "owner assignedto comments labels tags tasks recommendedactions remediationsteps".split()
)
"""What the people who handle an incident wrote, and general advice: no fact of the alert."""
_LONGEST = 100
"""The steps of a place that are written; a body that nests deeper is not an honest one."""


class UnknownIncident(ValueError):
    """A body from which nothing can be read; the text says why, and names the field at fault."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.message = message
        self.field = field
        """The typed field that is wrong; empty when it is the body as a whole."""


class Place(NamedTuple):
    """Where a value stands in a body, e.g. `object.properties.relatedEntities[2].kind`."""

    parent: "Place | None" = None
    step: str | int = ""

    def to(self, *steps: str | int) -> "Place":
        """The place further in, after these member names and list positions."""
        place = self
        for step in steps:
            place = Place(place, step)
        return place

    def __str__(self) -> str:
        steps: list[str] = []
        place = self
        while place.parent is not None and len(steps) < _LONGEST:
            steps.append(_written(place.step))
            place = place.parent
        written = "".join(reversed(steps))
        return written.removeprefix(".") if place.parent is None else f"…{written}"


class Node(NamedTuple):
    """A value of the body. An item of a list goes by the member name of the list."""

    place: Place
    key: str
    """The nearest member name, in lower case and without blanks and signs."""
    value: JsonValue

    @classmethod
    def at(cls, place: Place, name: str, value: JsonValue) -> Self:
        """A member of an object, its name made comparable."""
        return cls(place, plain(name), value)


def plain(name: str) -> str:
    """A name as it is compared: `Network Message-ID` is `networkmessageid`."""
    return _NOT_ALPHANUMERIC.sub("", name).lower()


def walk(body: JsonValue, start: Place) -> Iterator[Node]:
    """Every object and every simple value of a body, in the order of the body.

    Alerts write some of their parts as JSON inside strings; these are walked through too. A
    `$ref` needs no following, since the object that it means is met where it stands: a cycle of
    them ends nowhere but here.
    """
    waiting = [Node(start, "", body)]
    while waiting:
        place, key, folded = waiting.pop()
        value = embedded(folded)
        if isinstance(value, list):
            inner = [Node(place.to(i), key, item) for i, item in enumerate(value)]
        elif isinstance(value, dict):
            yield Node(place, key, value)
            inner = [Node.at(place.to(name), name, item) for name, item in value.items()]
            inner += _pair(place, value)
        else:
            yield Node(place, key, value)
            continue
        waiting.extend(node for node in reversed(inner) if node.key not in _NOT_EVIDENCE)


def member_place(start: Place, source: JsonValue, *path: str) -> Place:
    """Where a member stands, its names written as the body writes them."""
    place = start
    value = source
    for name in path:
        members = value if isinstance(value, dict) else {}
        written = (
            name
            if name in members
            else next((k for k in members if k.lower() == name.lower()), name)
        )
        place, value = place.to(written), members.get(written)
    return place


def _pair(place: Place, members: JsonObject) -> list[Node]:
    """The member that an object stands for which is a name and a value, as audit records write."""
    names = {plain(name): name for name in members}
    if names.keys() != {"name", "value"}:
        return []
    name = text(members, names["name"]) or ""
    return [Node.at(place.to(names["value"]), name, members[names["value"]])]


def _written(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_STEP.fullmatch(step) else f"[{json.dumps(step)}]"
