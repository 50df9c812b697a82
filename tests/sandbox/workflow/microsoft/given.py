"""Surroundings of an expression, written out as JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sandbox.workflow import Json
from sandbox.workflow.errors import ExpressionError
from sandbox.workflow.values import JsonObject, as_object, key_of


class Given:
    """The environment of an expression (`sandbox.workflow.environment`), from a JSON object."""

    def __init__(self, surroundings: Mapping[str, Json]) -> None:
        self._given = surroundings

    def now(self) -> datetime:
        """The machine's clock, as the other engine's."""
        return datetime.now(UTC)

    def parameter(self, name: str) -> Json:
        return self._named("parameters", name)

    def variable(self, name: str) -> Json:
        return self._named("variables", name)

    def action(self, name: str) -> JsonObject | None:
        return as_object(self._named("actions", name)) or None

    def trigger(self) -> JsonObject:
        return as_object(self._given["trigger"])

    def item(self) -> Json:
        if "item" not in self._given:
            raise ExpressionError("The template function 'item' is not expected at this location.")
        return self._given["item"]

    def items(self, loop: str) -> Json:
        return self._named("items", loop)

    def iteration_index(self, loop: str) -> int:
        """The first round, where none is given: inside of its loop there always is one."""
        index = self._named("iterationIndexes", loop)
        return index if isinstance(index, int) else 0

    def result(self, scope: str) -> Json:
        return self._named("results", scope)

    def workflow(self) -> JsonObject:
        return as_object(self._given["workflow"])

    def callback_url(self) -> str:
        return str(self._given["callbackUrl"])

    def _named(self, kind: str, name: str) -> Json:
        values = as_object(self._given.get(kind))
        key = key_of(values, name)
        return None if key is None else values[key]
