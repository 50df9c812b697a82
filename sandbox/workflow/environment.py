"""What an expression can ask its surroundings: the run, its parameters, actions and loops."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from .errors import ExpressionError
from .values import Json, JsonObject


class Environment(Protocol):
    """The surroundings of one evaluation. What does not exist raises ExpressionError."""

    def now(self) -> datetime:
        """The present moment of the run's clock."""
        ...

    def parameter(self, name: str) -> Json:
        """A parameter of the workflow definition."""
        ...

    def variable(self, name: str) -> Json:
        """A variable's present value."""
        ...

    def action(self, name: str) -> JsonObject | None:
        """An action as `actions()` shows it; None if it has not run in this scope."""
        ...

    def trigger(self) -> JsonObject:
        """The trigger as `trigger()` shows it."""
        ...

    def item(self) -> Json:
        """The element that the innermost loop or filter is at."""
        ...

    def items(self, loop: str) -> Json:
        """The element that a named Foreach is at."""
        ...

    def iteration_index(self, loop: str) -> int:
        """How often a named Until has gone round before, from 0."""
        ...

    def result(self, scope: str) -> Json:
        """The actions directly in a named scope or loop, as `result()` lists them."""
        ...

    def workflow(self) -> JsonObject:
        """The workflow and its run, as `workflow()` shows them."""
        ...

    def callback_url(self) -> str:
        """The URL that resumes the webhook action being subscribed."""
        ...


class ParametersOnly:
    """The surroundings of a value that may use nothing but parameters, a trigger's say."""

    def __init__(self, parameters: Mapping[str, Json], now: datetime) -> None:
        self._parameters = parameters
        self._now = now

    def now(self) -> datetime:
        """The moment that was given."""
        return self._now

    def parameter(self, name: str) -> Json:
        """A parameter of the workflow definition."""
        if name not in self._parameters:
            raise ExpressionError(f"The workflow parameter '{name}' is not found.")
        return self._parameters[name]

    def variable(self, name: str) -> Json:
        """Refused."""
        raise _not_here("variables")

    def action(self, name: str) -> JsonObject | None:
        """Refused."""
        raise _not_here("actions")

    def trigger(self) -> JsonObject:
        """Refused."""
        raise _not_here("trigger")

    def item(self) -> Json:
        """Refused."""
        raise _not_here("item")

    def items(self, loop: str) -> Json:
        """Refused."""
        raise _not_here("items")

    def iteration_index(self, loop: str) -> int:
        """Refused."""
        raise _not_here("iterationIndexes")

    def result(self, scope: str) -> Json:
        """Refused."""
        raise _not_here("result")

    def workflow(self) -> JsonObject:
        """Refused."""
        raise _not_here("workflow")

    def callback_url(self) -> str:
        """Refused."""
        raise _not_here("listCallbackUrl")


def _not_here(function: str) -> ExpressionError:
    return ExpressionError(f"The template function '{function}' is not expected at this location.")
