"""What the service would refuse when a workflow is saved is found before it runs."""

from typing import Any

import pytest

from sandbox.workflow import DefinitionError, read_workflow, validate


def compose(inputs: object = 1, **after: list[str]) -> dict[str, Any]:
    return {"type": "Compose", "inputs": inputs, "runAfter": after}


def problems(actions: dict[str, Any], **definition: Any) -> list[str]:  # noqa: ANN401
    workflow = read_workflow(
        {"triggers": {"manual": {"type": "Request"}}, "actions": actions, **definition}
    )
    return [str(problem) for problem in validate(workflow)]


COUNT = {
    "type": "InitializeVariable",
    "inputs": {"variables": [{"name": "n", "type": "integer", "value": 0}]},
    "runAfter": {},
}
LOOP: dict[str, Any] = {"type": "Foreach", "foreach": "@triggerBody()", "runAfter": {}}
DONE = ["Succeeded"]


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"A": {"type": "Nope"}}, "action 'A': its type 'Nope' is not supported"),
    ({"A": compose("@nope(1)")}, "action 'A': the function 'nope' is not defined"),
    ({"A": compose("@xml('<a/>')")}, "the function 'xml' is not supported"),
    ({"A": compose("@concat('a'")}, "Unable to parse"),
    ({"A": compose("@length('a', 'b')")}, "'length' takes 1 parameter(s), not 2"),
    ({"A": compose("@body('B')")}, "the action 'B', which does not exist"),
    ({"A": compose("@body('B')"), "B": compose()}, "'B', which does not run before it"),
    ({"A": compose("@body('A')")}, "'A', which does not run before it"),
    ({"A": compose("@result('B')")}, "the action 'B', which does not exist"),
    ({"A": compose(1, B=DONE)}, "runs after 'B', which is not beside it"),
    ({"A": compose(1, B=DONE), "B": compose(1, A=DONE)}, "runs after itself"),
    ({"A": compose("@variables('n')")}, "the variable 'n', which is not initialized"),
    (
        {"A": {"type": "SetVariable", "inputs": {"name": "n", "value": 1}}},
        "the variable 'n' is not initialized",
    ),
    (
        {
            "N": COUNT,
            "A": {
                "type": "SetVariable",
                "inputs": {"name": "n", "value": "@add(variables('N'), 1)"},
                "runAfter": {"N": DONE},
            },
        },
        "cannot be updated from itself",
    ),
    ({"S": {"type": "Scope", "actions": {"N": COUNT}}}, "at the top level only"),
    ({"A": compose("@parameters('p')")}, "the parameter 'p', which is not declared"),
    ({"A": compose("@item()")}, "item() stands outside"),
    ({"A": compose("@items('L')")}, "items('L') stands outside"),
    ({"A": compose("@iterationIndexes('L')")}, "iterationIndexes('L') stands outside"),
    ({"A": compose("@listCallbackUrl()")}, "belongs into a webhook"),
    (
        {
            "L": {**LOOP, "actions": {"In": compose()}},
            "A": compose("@outputs('In')", L=DONE),
        },
        "'In', which does not run before it",
    ),
    (
        {"L": {**LOOP, "actions": {"T": {"type": "Terminate", "inputs": {"runStatus": "x"}}}}},
        "cannot stand in a loop",
    ),
    ({"A": compose(), "S": {"type": "Scope", "actions": {"a": compose()}}}, "the same name"),
    ({"I": {"type": "If", "actions": {}}}, "has no 'expression'"),
    ({"H": {"type": "Http", "inputs": {"method": "GET"}}}, "has no 'uri' in its inputs"),
    (
        {
            "H": {
                "type": "Http",
                "inputs": {
                    "method": "GET",
                    "uri": "http://x",
                    "retryPolicy": {"type": "fixed", "count": 100, "interval": "PT5S"},
                },
            }
        },
        "a retry policy's count is 1 to 90",
    ),
    (
        {
            "H": {
                "type": "Http",
                "inputs": {
                    "method": "GET",
                    "uri": "http://x",
                    "retryPolicy": {"type": "fixed", "count": 2, "interval": "PT1S"},
                },
            }
        },
        "a retry policy's interval is 5 seconds to 1 day",
    ),
    ({"A" * 81: compose()}, "its name is longer than 80 characters"),
    ({"A": {**compose(), "description": "x" * 257}}, "longer than 256 characters"),
    (
        {
            "S": {
                "type": "Switch",
                "expression": "@triggerBody()",
                "cases": {f"C{n}": {"case": n, "actions": {}} for n in range(26)},
            }
        },
        "more than 25 cases",
    ),
    (
        {"U": {"type": "Until", "expression": "@true", "limit": {"count": 5001}}},
        "goes round 1 to 5000 times",
    ),
    (
        {
            "L": {
                **LOOP,
                "operationOptions": "Sequential",
                "runtimeConfiguration": {"concurrency": {"repetitions": 5}},
            }
        },
        "sequential or has a concurrency, not both",
    ),
    (
        {"L": {**LOOP, "actions": {"R": {"type": "Response", "inputs": {"statusCode": 200}}}}},
        "a Response action cannot stand in a loop",
    ),
    (
        {"T": {"type": "Terminate", "inputs": {"runStatus": "Done"}}},
        "a run cannot be terminated as 'Done'",
    ),
    ({"A": {**compose(), "limit": {"timeout": "PT1H"}}}, "not honoured for Compose"),
    (
        {"U": {"type": "Until", "expression": "@true", "limit": {"timeout": "1 hour"}}},
        "not an ISO 8601 duration",
    ),
    (
        {"L": {**LOOP, "runtimeConfiguration": {"concurrency": {"repetitions": 51}}}},
        "a loop's concurrency is 1 to 50",
    ),
    (
        {
            "I": {
                "type": "If",
                "expression": {"not": {"contains": [["a", "b"], "@triggerBody()"]}},
                "actions": {},
            }
        },
        "a condition's operand cannot be an array",
    ),
    (
        {"A": {**compose(), "runtimeConfiguration": {"secureData": {"properties": []}}}},
        "secureData must name what it hides",
    ),
]


@pytest.mark.parametrize(("actions", "expected"), PROBLEMS)
def test_problems_are_named_with_their_action(actions: dict[str, Any], expected: str) -> None:
    found = problems(actions)
    assert any(expected in problem for problem in found), found


def test_a_sound_workflow_has_none() -> None:
    assert (
        problems(
            {
                "N": COUNT,
                "S": {
                    "type": "Scope",
                    "actions": {
                        "Inner": compose("@triggerBody()"),
                        "L": {
                            **LOOP,
                            "actions": {
                                "Each": compose("@item()"),
                                "Said": compose(
                                    "@{items('L')} @{outputs('Each')} @{outputs('Inner')}",
                                    Each=DONE,
                                ),
                            },
                            "runAfter": {"Inner": DONE},
                        },
                    },
                    "runAfter": {"N": DONE},
                },
                "U": {
                    "type": "Until",
                    "expression": "@equals(outputs('Round'), variables('n'))",
                    "actions": {"Round": compose("@iterationIndexes('U')")},
                    "runAfter": {"S": ["Succeeded", "Failed"]},
                },
                "End": compose("@concat(outputs('Inner'), outputs('Round'), result('S'))", U=DONE),
            }
        )
        == []
    )


def test_parameters_need_values_and_declarations() -> None:
    workflow = read_workflow(
        {
            "triggers": {"manual": {"type": "Request"}},
            "parameters": {"needed": {"type": "String"}},
        },
        values={"extra": 1},
    )
    assert [str(problem) for problem in validate(workflow)] == [
        "parameter 'needed': has no value",
        "parameter 'extra': is not declared in the definition",
    ]


def test_triggers_are_checked() -> None:
    assert problems({}, triggers={}) == ["triggers: a workflow needs exactly one trigger"]
    odd = problems({}, triggers={"t": {"type": "Batch", "splitOn": "@triggerBody()"}})
    assert len(odd) == 2


@pytest.mark.parametrize(
    ("actions", "reason"),
    [
        ({"A": {"inputs": 1}}, "action 'A' has no type"),
        ({"A": {"type": "Compose", "runAfter": {"B": ["Done"]}}}, "unknown status Done"),
        ({"A": {"type": "Compose", "runAfter": ["B"]}}, "must be an object"),
        ([], "actions must be an object"),
    ],
)
def test_a_definition_out_of_shape_is_refused(actions: Any, reason: str) -> None:  # noqa: ANN401
    with pytest.raises(DefinitionError, match=reason):
        read_workflow({"triggers": {}, "actions": actions})
