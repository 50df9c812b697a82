"""What Microsoft's generated models make of an answer, and what they lose of it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from kiota_abstractions.serialization import Parsable, ParsableFactory
from kiota_serialization_json.json_parse_node import JsonParseNode
from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter
from pydantic import JsonValue, TypeAdapter

_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
_PACKAGES = {"v1.0": "msgraph", "beta": "msgraph_beta"}
READABLE = frozenset(version for version, name in _PACKAGES.items() if find_spec(name))
"""The versions whose models are installed; beta's are a development dependency by themselves."""
# OData open types: their members are data (security: dictionary and huntingRowResult types).
_OPEN = {"Dictionary", "HuntingRowResult"}


def class_of(version: str, model: str) -> type[Parsable]:
    """A generated class by its module below `generated` and its name."""
    module, _, name = model.partition(":")
    found: object = getattr(import_module(f"{_PACKAGES[version]}.generated.{module}"), name)
    assert isinstance(found, type)
    assert issubclass(found, Parsable)
    return found


def later_members(version: str, model: str, sent: JsonValue) -> Iterator[str]:
    """Members of enumerations that stand after `unknownFutureValue`, where the answer names any."""
    for part in _parts(_read(version, model, sent)):
        assert is_dataclass(part)
        for field in fields(part):
            held: object = getattr(part, field.name)
            for each in cast("list[object]", held) if isinstance(held, list) else [held]:
                if isinstance(each, Enum):
                    members = [*type(each)]
                    future = [m for m in members if m.name == "UnknownFutureValue"]
                    if future and members.index(each) > members.index(future[0]):
                        yield f"{type(part).__name__}.{field.name}: {each.name}"


def lost(version: str, model: str, sent: JsonValue) -> list[str]:
    """Where Microsoft's model holds something else than the answer said; empty if nowhere."""
    read = _read(version, model, sent)
    for part in _parts(read):
        _one_flag(part)
    writer = JsonSerializationWriter()
    writer.write_object_value(None, read)
    kept = _JSON.validate_json(writer.get_serialized_content())
    return [*_unknown(read), *_differences(sent, kept, type(read).__name__)]


def _read(version: str, model: str, sent: JsonValue) -> Parsable:
    factory = cast("ParsableFactory[Parsable]", class_of(version, model))
    return JsonParseNode(sent).get_object_value(factory)


def _unknown(read: Parsable) -> Iterator[str]:
    """Properties that the models do not have. Annotations are not properties."""
    for part in _parts(read):
        name = type(part).__name__
        extra = cast("dict[str, object]", getattr(part, "additional_data", {}))
        if name not in _OPEN:
            yield from (f"{name} has no {each}" for each in extra if "@odata." not in each)


def _parts(read: object) -> Iterator[Parsable]:
    if not isinstance(read, Parsable) or not is_dataclass(read):
        return
    yield read
    for field in fields(read):
        held: object = getattr(read, field.name)
        for each in cast("list[object]", held) if isinstance(held, list) else [held]:
            yield from _parts(each)


def _one_flag(part: Parsable) -> None:
    """An enum of flags is read as a list and declared as one value, which the writer drops."""
    assert is_dataclass(part)
    for field in fields(part):
        held: object = getattr(part, field.name)
        if isinstance(held, list) and "list[" not in str(field.type):
            flags = cast("list[object]", held)
            assert len(flags) <= 1
            setattr(part, field.name, flags[0] if flags else None)


def _differences(sent: JsonValue, kept: JsonValue, where: str) -> Iterator[str]:
    match sent, kept:
        case dict(), dict():
            for name, value in sent.items():
                # The models keep neither nulls nor the annotations of a whole answer.
                if value is not None and name != "@odata.context":
                    yield from _differences(value, kept.get(name), f"{where}.{name}")
        case list(), list() if len(sent) == len(kept):
            for nth, (one, other) in enumerate(zip(sent, kept, strict=True)):
                yield from _differences(one, other, f"{where}[{nth}]")
        case [], None:
            pass  # the writer leaves out empty collections
        case str(), str() if sent == kept or _same_moment(sent, kept):
            pass
        case _ if type(sent) is not type(kept) or sent != kept:
            yield f"{where}: {sent!r} became {kept!r}"
        case _:
            pass


def _same_moment(one: str, other: str) -> bool:
    try:
        first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    except ValueError:
        return False
    return first.tzinfo is not None and second.tzinfo is not None and first == second
