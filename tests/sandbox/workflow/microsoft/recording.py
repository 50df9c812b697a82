"""What a workflow's expressions met while it ran: each with all that it referred to."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from sandbox.workflow import Json, controls, evaluation
from sandbox.workflow.environment import Environment
from sandbox.workflow.scanning import calls_in, named
from sandbox.workflow.syntax import parse_string
from sandbox.workflow.values import JsonObject


@dataclass(frozen=True)
class Evaluation:
    """An expression, or a condition written as an object, in its surroundings."""

    token: Json
    surroundings: JsonObject


@dataclass
class Recording:
    """The distinct evaluations of what ran while it was on."""

    found: dict[str, Evaluation] = field(default_factory=dict[str, Evaluation])

    def start(self, patch: pytest.MonkeyPatch) -> None:
        """Listen to the runner, until the patch is undone."""
        evaluate_string, condition = evaluation.evaluate_string, controls.condition

        def heard_string(text: str, environment: Environment) -> Json:
            if not isinstance(parse_string(text), str):
                self._add(text, environment)
            return evaluate_string(text, environment)

        def heard_condition(expression: Json, here: Environment) -> bool:
            if isinstance(expression, dict):
                self._add(expression, here)
            return condition(expression, here)

        patch.setattr(evaluation, "evaluate_string", heard_string)
        patch.setattr(controls, "condition", heard_condition)

    def everything(self) -> JsonObject:
        """All that was ever referred to, as it was last seen."""
        merged: JsonObject = {}
        for each in self.found.values():
            for kind, value in each.surroundings.items():
                before = merged.get(kind)
                if isinstance(before, dict) and isinstance(value, dict):
                    merged[kind] = {**before, **value}
                else:
                    merged[kind] = value
        return merged

    def _add(self, token: Json, environment: Environment) -> None:
        heard = Evaluation(token, surroundings_of(token, environment))
        self.found[json.dumps([heard.token, heard.surroundings], default=float)] = heard


def surroundings_of(token: Json, environment: Environment) -> JsonObject:
    """All that the expressions of a value refer to, as it is now."""
    kinds: dict[str, dict[str, Json]] = {}
    single: JsonObject = {}
    by_name: dict[str, tuple[str, Callable[[str], Json]]] = {
        "parameters": ("parameters", environment.parameter),
        "variables": ("variables", environment.variable),
        "actions": ("actions", environment.action),
        "outputs": ("actions", environment.action),
        "body": ("actions", environment.action),
        "items": ("items", environment.items),
        "iterationindexes": ("iterationIndexes", environment.iteration_index),
        "result": ("results", environment.result),
    }
    without_name: dict[str, tuple[str, Callable[[], Json]]] = {
        "trigger": ("trigger", environment.trigger),
        "triggeroutputs": ("trigger", environment.trigger),
        "triggerbody": ("trigger", environment.trigger),
        "item": ("item", environment.item),
        "workflow": ("workflow", environment.workflow),
        "listcallbackurl": ("callbackUrl", environment.callback_url),
    }
    for call in calls_in(token):
        function, name = call.name.lower(), named(call)
        if function in by_name:
            assert name is not None, f"{call.name} has a computed name: {token}"
            kind, look_up = by_name[function]
            kinds.setdefault(kind, {})[name] = look_up(name)
        elif function in without_name:
            kind, get = without_name[function]
            single[kind] = get()
    return {**kinds, **single}
