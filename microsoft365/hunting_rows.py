"""What a hunt returned, freed of the marks that OData puts on open types.

Seen on the wire and not documented: a boolean column is an `SByte` of 0 or 1, a null is `{}`, every
annotation stands beside its property, and the members of a dynamic list that are no strings are
JSON text.
"""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_pascal

from evidence.reading import embedded

_ANNOTATION = "@odata."


class Column(BaseModel):
    """A column of the answer; its type is a .NET name such as `String`, `DateTime` or `SByte`."""

    # The reference shows the names in both spellings (security: runHuntingQuery).
    model_config = ConfigDict(frozen=True, alias_generator=to_pascal, validate_by_name=True)

    name: str
    type: str


class HuntingAnswer(BaseModel):
    """The body of a `runHuntingQuery` answer. Raises ValidationError for anything else."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[Column, ...] = Field(alias="schema")
    results: tuple[dict[str, JsonValue], ...]

    def rows(self) -> tuple[dict[str, JsonValue], ...]:
        """The rows with the values that Kusto had: booleans, null, objects and lists."""
        types = {column.name: column.type for column in self.columns}
        return tuple(
            {name: _value(types.get(name, ""), value) for name, value in _members(row)}
            for row in self.results
        )


def _members(row: Mapping[str, JsonValue]) -> Iterable[tuple[str, JsonValue]]:
    return ((name, value) for name, value in row.items() if _ANNOTATION not in name)


def _value(kind: str, value: JsonValue) -> JsonValue:
    if value == {}:
        return None
    if kind == "SByte" and isinstance(value, int):
        return bool(value)
    return _dynamic(value)


def _dynamic(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {name: _value("", member) for name, member in _members(value)}
        case list():
            return [_element(member) for member in value]
        case _:
            return value


def _element(value: JsonValue) -> JsonValue:
    return embedded(value) if isinstance(value, str) else _dynamic(value)
