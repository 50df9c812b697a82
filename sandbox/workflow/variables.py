"""The variables of a run. They belong to the whole run, also when set within a loop."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .errors import ExpressionError
from .values import Json, type_name

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (int, float, Decimal),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
TYPES = frozenset(_TYPES)
"""The types that a variable can have, in lower case."""


@dataclass
class _Variable:
    type: str
    value: Json


class Variables:
    """Typed values by name, which case does not tell apart. Misuse raises ExpressionError."""

    def __init__(self) -> None:
        self._variables: dict[str, _Variable] = {}

    def initialize(self, name: str, kind: str, value: Json) -> None:
        """Create a variable; each can be created once."""
        if name.lower() in self._variables:
            raise ExpressionError(f"The variable '{name}' is initialized already.")
        if kind.lower() not in TYPES:
            raise ExpressionError(f"The variable '{name}' has the unknown type '{kind}'.")
        self._variables[name.lower()] = _Variable(kind.lower(), None)
        if value is not None:
            self.set(name, value)

    def get(self, name: str) -> Json:
        """A variable's value."""
        return self._find(name).value

    def set(self, name: str, value: Json) -> None:
        """Give a variable a value of its type."""
        variable = self._find(name)
        if value is not None and not _fits(variable.type, value):
            raise ExpressionError(
                f"The variable '{name}' of type '{variable.type.capitalize()}' cannot be "
                f"initialized or updated with value of type '{type_name(value)}'."
            )
        variable.value = value

    def add(self, name: str, amount: Json) -> None:
        """Increment an integer or float variable."""
        variable = self._find(name)
        if variable.type not in ("integer", "float") or not _fits(variable.type, amount):
            raise ExpressionError(
                f"The variable '{name}' of type '{variable.type.capitalize()}' cannot be "
                f"incremented by a value of type '{type_name(amount)}'."
            )
        total: Any = variable.value or 0
        self.set(name, total + amount)

    def append(self, name: str, value: Json, *, kind: str) -> None:
        """Append to an `array` or to a `string` variable."""
        variable = self._find(name)
        if variable.type != kind:
            raise ExpressionError(
                f"The variable '{name}' of type '{variable.type.capitalize()}' is no "
                f"{kind} to append to."
            )
        if isinstance(variable.value, list):
            variable.value = [*variable.value, value]
        elif isinstance(variable.value, str):
            self.set(name, variable.value + str(value))
        else:
            variable.value = [value] if kind == "array" else value

    def _find(self, name: str) -> _Variable:
        variable = self._variables.get(name.lower())
        if variable is None:
            raise ExpressionError(
                f"The variable '{name}' must be initialized before it can be used inside action."
            )
        return variable


def _fits(kind: str, value: Json) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])
