"""What Microsoft's validator does not save, the runner's does not accept."""

from typing import Any

import pytest

from sandbox.workflow import DefinitionError, Json, read_workflow, validate
from sandbox.workflow.values import as_json
from tests.sandbox.workflow.microsoft.reference import ReferenceEngine

DONE = ["Succeeded"]


def compose(inputs: object = 1, **after: list[str]) -> dict[str, Any]:
    return {"type": "Compose", "inputs": inputs, "runAfter": after}


def scope(**actions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Scope", "actions": actions, "runAfter": {}}


def foreach(over: object = "@triggerBody()", **rest: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": "Foreach", "foreach": over, "actions": {}, "runAfter": {}, **rest}


def condition(expression: object, **after: list[str]) -> dict[str, Any]:
    return {"type": "If", "expression": expression, "actions": {}, "runAfter": after}


def until(expression: object) -> dict[str, Any]:
    return {
        "type": "Until",
        "expression": expression,
        "limit": {"count": 3},
        "actions": {"In": compose()},
        "runAfter": {},
    }


def switch(*cases: object, expression: object = "@triggerBody()") -> dict[str, Any]:
    return {
        "type": "Switch",
        "expression": expression,
        "cases": {f"C{index}": {"case": case, "actions": {}} for index, case in enumerate(cases)},
        "runAfter": {},
    }


def nested(levels: int) -> dict[str, Any]:
    inner = compose()
    for level in range(levels):
        inner = scope(**{f"S{level}": inner})
    return inner


def definition(actions: dict[str, Any]) -> Json:
    return as_json(
        {
            "$schema": "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/"
            "2016-06-01/workflowdefinition.json#",
            "contentVersion": "1.0.0.0",
            "triggers": {"manual": {"type": "Request", "kind": "Http", "inputs": {}}},
            "actions": actions,
        }
    )


def refused_here(of: Json) -> bool:
    try:
        return bool(validate(read_workflow(of)))
    except DefinitionError:
        return True


BROKEN: dict[str, dict[str, Any]] = {
    "an unknown type": {"A": {"type": "Nope", "runAfter": {}}},
    "an expression cut short": {"A": compose("@concat('a'")},
    "an interpolation cut short": {"A": compose("a @{1")},
    "an expression beyond 8,192 characters": {"A": compose(f"@concat('{'x' * 9000}')")},
    "an action that is not there": {"A": compose("@body('B')")},
    "an action that runs beside it": {"A": compose("@body('B')"), "B": compose()},
    "itself": {"A": compose("@body('A')")},
    "the scope around it": {"S": scope(In=compose("@outputs('S')"))},
    "the other branch": {
        "I": {
            **condition("@true"),
            "actions": {"In": compose()},
            "else": {"actions": {"Out": compose("@outputs('In')")}},
        }
    },
    "a name known only in the run": {"A": compose("@outputs(triggerBody())")},
    "a name out of a variable": {
        "N": {
            "type": "InitializeVariable",
            "inputs": {"variables": [{"name": "n", "type": "string", "value": "A"}]},
            "runAfter": {},
        },
        "B": compose("@outputs(variables('n'))", N=DONE),
    },
    "the result of what is not there": {"A": compose("@result('B')")},
    "the result of what holds no actions": {"B": compose(), "A": compose("@result('B')", B=DONE)},
    "after what is not there": {"A": compose(1, B=DONE)},
    "after itself": {"A": compose(1, A=DONE)},
    "after one another": {"A": compose(1, B=DONE), "B": compose(1, A=DONE)},
    "after what is further in": {"S": scope(In=compose()), "A": compose(1, In=DONE)},
    "after an unknown status": {"A": compose(), "B": compose(1, A=["Done"])},
    "after no status": {"A": compose(), "B": compose(1, A=[])},
    "a loop that is not there": {"A": compose("@items('L')")},
    "another loop than the one around": {"L": foreach(actions={"In": compose("@items('M')")})},
    "a parameter that is not declared": {"A": compose("@outputs(parameters('p'))")},
    "one name twice": {"A": compose(), "S": scope(A=compose())},
    "one name in two cases": {"A": compose(), "S": scope(a=compose())},
    "nine levels": nested(9),
    "a condition with an array as operand": {
        "I": condition({"not": {"contains": [["a"], "@triggerBody()"]}})
    },
    "a condition with an unknown operator": {"I": condition({"nope": [1, 2]})},
    "a condition with an unknown operator within": {"I": condition({"and": [{"nope": [1]}]})},
    "a condition with a reference as operator": {
        "B": compose(),
        "I": condition({"outputs": ["B"]}, B=DONE),
    },
    "a condition with two operators": {"I": condition({"equals": [1, 2], "not": [True]})},
    "a condition with no operator": {"I": condition({})},
    "a condition with an operand by itself": {"I": condition({"not": "@true"})},
    "a condition with an object as operand": {"I": condition({"equals": [{"a": 1, "b": 2}, 1]})},
    "a condition that is a number": {"I": condition(5)},
    "a condition that is a text": {"I": condition("true")},
    "an end that is a text": {"U": until("true")},
    "an end that is a number": {"U": until(1)},
    "two equal cases": {"S": switch("x", "x")},
    "a computed case": {"S": switch("@triggerBody()")},
    "a case that is a fraction": {"S": switch(1.5)},
    "a case that is a boolean": {"S": switch(True)},
    "a case that is nothing": {"S": switch(None)},
    "cases of two types": {"S": switch("1", 2)},
    "a switch over a text": {"S": switch("x", expression="x")},
    "a loop over a text": {"L": foreach("text")},
    "a loop over a number": {"L": foreach(1)},
    "a loop over an object": {"L": foreach({})},
    "an unknown option": {"L": foreach(operationOptions="Nope")},
}
SOUND: dict[str, dict[str, Any]] = {
    "what an If did, after it": {
        "I": {**condition("@true"), "actions": {"In": compose()}},
        "A": compose("@outputs('In')", I=DONE),
    },
    "what an Until did, in its end and after it": {
        "U": until("@equals(outputs('In'), 1)"),
        "A": compose("@outputs('In')", U=DONE),
    },
    "what is before a scope, within it": {
        "B": compose(),
        "S": {**scope(In=compose("@outputs('B')")), "runAfter": {"B": DONE}},
    },
    "the results of scopes, conditions and loops": {
        "S": scope(),
        "I": condition("@true"),
        "L": foreach(),
        "A": compose("@union(result('S'), result('I'), result('L'))", S=DONE, I=DONE, L=DONE),
    },
    "a name that is put together": {
        "B": compose(),
        "A": compose("@outputs(concat('B', ''))", B=DONE),
    },
    "conditions as objects": {
        "I": condition({"and": [{"EQUALS": [None, 1]}, {"not": {"less": ["@triggerBody()", 2]}}]})
    },
    "cases that differ in case": {"S": switch("x", "X")},
    "a loop over a list": {"L": foreach([1, 2])},
    "items of a filter": {
        "A": {
            "type": "Query",
            "inputs": {"from": "@triggerBody()", "where": "@equals(item(), 1)"},
            "runAfter": {},
        }
    },
    "options": {
        "A": {
            "type": "Http",
            "inputs": {"method": "GET", "uri": "https://x.example"},
            "operationOptions": "DisableAsyncPattern, SuppressWorkflowHeaders",
            "runAfter": {},
        }
    },
}


@pytest.mark.parametrize("actions", BROKEN.values(), ids=BROKEN)
def test_the_runner_refuses_what_microsofts_validator_refuses(actions: dict[str, Any]) -> None:
    assert refused_here(definition(actions))


@pytest.mark.parametrize("actions", BROKEN.values(), ids=BROKEN)
def test_microsofts_validator_refuses_it_indeed(
    actions: dict[str, Any], microsoft: ReferenceEngine
) -> None:
    assert microsoft.validate(definition(actions), {}) is not None


@pytest.mark.parametrize("actions", SOUND.values(), ids=SOUND)
def test_both_accept_what_is_sound(actions: dict[str, Any], microsoft: ReferenceEngine) -> None:
    assert not refused_here(definition(actions))
    assert microsoft.validate(definition(actions), {}) is None
