"""One call of a function: its arguments, evaluated when asked for and checked for their type."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..environment import Environment
from ..errors import ExpressionError
from ..values import Json, JsonObject, Number, is_number, type_name

_ORDINALS = ("first", "second", "third", "fourth", "fifth")


class Invocation:
    """The arguments of a call. A wrong type raises ExpressionError naming function and place."""

    def __init__(
        self, name: str, thunks: Sequence[Callable[[], Json]], environment: Environment
    ) -> None:
        self.name = name
        self.environment = environment
        self._thunks = thunks

    def __len__(self) -> int:
        return len(self._thunks)

    def value(self, index: int) -> Json:
        """An argument of any type."""
        return self._thunks[index]()

    def values(self) -> list[Json]:
        """All arguments, from left to right."""
        return [thunk() for thunk in self._thunks]

    def text(self, index: int) -> str:
        """A string argument."""
        value = self.value(index)
        if not isinstance(value, str):
            raise self._wrong_type(index, "a string", value)
        return value

    def optional_text(self, index: int, default: str) -> str:
        """A string argument that may be left out."""
        return self.text(index) if len(self) > index else default

    def integer(self, index: int) -> int:
        """An integer argument."""
        value = self.value(index)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong_type(index, "an integer", value)
        return value

    def number(self, index: int) -> Number:
        """An integer or decimal argument."""
        value = self.value(index)
        if not is_number(value):
            raise self._wrong_type(index, "an integer or a decimal number", value)
        return value

    def array(self, index: int) -> list[Json]:
        """An array argument."""
        value = self.value(index)
        if not isinstance(value, list):
            raise self._wrong_type(index, "an array", value)
        return value

    def object(self, index: int) -> JsonObject:
        """An object argument."""
        value = self.value(index)
        if not isinstance(value, dict):
            raise self._wrong_type(index, "an object", value)
        return value

    def boolean(self, index: int) -> bool:
        """A boolean argument; nothing else counts as true or false."""
        value = self.value(index)
        if not isinstance(value, bool):
            raise self._wrong_type(index, "a boolean", value)
        return value

    def failure(self, reason: str) -> ExpressionError:
        """The error that refuses this call, to be raised."""
        return ExpressionError(f"The template language function '{self.name}' {reason}.")

    def _wrong_type(self, index: int, expected: str, value: Json) -> ExpressionError:
        return self.failure(
            f"expects its {_ORDINALS[index]} parameter to be {expected}. The provided value is "
            f"of type '{type_name(value)}'"
        )


@dataclass(frozen=True)
class Function:
    """A function of the language: its name, how many arguments it takes, and its body."""

    name: str
    body: Callable[[Invocation], Json]
    at_least: int
    at_most: int | None

    def accepts(self, count: int) -> bool:
        """Whether a call with that many arguments is allowed."""
        return self.at_least <= count and (self.at_most is None or count <= self.at_most)

    def __call__(self, invocation: Invocation) -> Json:
        """Evaluate a call."""
        if not self.accepts(len(invocation)):
            raise invocation.failure(
                f"expects {self.arity}. The function was invoked with '{len(invocation)}' "
                "parameter(s)"
            )
        return self.body(invocation)

    @property
    def arity(self) -> str:
        """How many arguments the function takes, in words."""
        if self.at_most is None:
            return f"at least {self.at_least} parameter(s)"
        if self.at_least == self.at_most:
            return f"{self.at_least} parameter(s)"
        return f"{self.at_least} to {self.at_most} parameters"
