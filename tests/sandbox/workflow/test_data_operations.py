"""Data operations shape arrays and check JSON as the designer's actions do."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sandbox.workflow import Run, Status
from sandbox.workflow.sentinel import sentinel_operations

RunActions = Callable[..., Awaitable[Run]]
ROWS = [{"name": "ada", "age": 36}, {"name": 'bob, the "b"', "age": None}]
SCHEMA = {
    "type": "object",
    "properties": {"user": {"type": "string"}, "age": {"type": ["integer", "null"]}},
    "required": ["user"],
}


def action(kind: str, **inputs: Any) -> dict[str, Any]:  # noqa: ANN401 - any inputs
    return {"type": kind, "inputs": inputs, "runAfter": {}}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            action("Query", **{"from": "@triggerBody()", "where": "@greater(item().age, 40)"}),
            [{"name": "eve", "age": 41}],
        ),
        (
            action(
                "Select", **{"from": "@triggerBody()", "select": {"@item().name": "@item().age"}}
            ),
            [{"ada": 36}, {"eve": 41}],
        ),
        (action("Select", **{"from": "@triggerBody()", "select": "@item().name"}), ["ada", "eve"]),
        (action("Join", **{"from": ["a", 1, None], "joinWith": ";"}), "a;1;"),
    ],
)
async def test_arrays(run_actions: RunActions, step: dict[str, Any], expected: object) -> None:
    people = [{"name": "ada", "age": 36}, {"name": "eve", "age": 41}]
    run = await run_actions({"Step": step}, body=people)
    assert run.action("Step").outputs == {"body": expected}


async def test_tables(run_actions: RunActions) -> None:
    columns = [{"header": "Who", "value": "@item().name"}]
    run = await run_actions(
        {
            "Csv": action("Table", **{"from": ROWS, "format": "CSV"}),
            "Html": action("Table", **{"from": ROWS[:1], "format": "html", "columns": columns}),
        }
    )
    assert run.action("Csv").outputs == {
        "body": 'name,age\r\nada,36\r\n"bob, the ""b""",\r\n',
    }
    assert run.action("Html").outputs == {
        "body": "<table><thead><tr><th>Who</th></tr></thead>"
        "<tbody><tr><td>ada</td></tr></tbody></table>"
    }


@pytest.mark.parametrize("content", ['{"user": "ada", "age": null}', {"user": "ada", "age": None}])
async def test_parse_json_reads_text_or_an_object(run_actions: RunActions, content: object) -> None:
    run = await run_actions({"Parse": action("ParseJson", content=content, schema=SCHEMA)})
    assert run.action("Parse").outputs == {"body": {"user": "ada", "age": None}}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"age": "old"}, "SchemaValidationFailed"),
        ("{oops", "InvalidJson"),
        (None, "InvalidTemplate"),
    ],
)
async def test_parse_json_refuses_what_does_not_fit(
    run_actions: RunActions, content: object, code: str
) -> None:
    run = await run_actions({"Parse": action("ParseJson", content=content, schema=SCHEMA)})
    assert (run.action("Parse").status, run.action("Parse").code) == (Status.FAILED, code)


async def test_schema_errors_say_what_and_where(run_actions: RunActions) -> None:
    run = await run_actions({"Parse": action("ParseJson", content={"age": "old"}, schema=SCHEMA)})
    outputs = run.action("Parse").outputs
    assert isinstance(outputs, dict)
    errors = outputs["errors"]
    assert isinstance(errors, list)
    found = {(each["path"], each["errorType"]) for each in errors if isinstance(each, dict)}
    assert found == {("", "required"), ("age", "type")}


async def test_a_source_that_is_no_array_fails(run_actions: RunActions) -> None:
    run = await run_actions(
        {"Step": action("Query", **{"from": "@triggerBody()", "where": "@true"})}
    )
    error = run.action("Step").error
    assert error is not None
    assert "of type 'Null'" in error.message


async def test_the_sentinel_connector_comments_through_azure_resource_manager(
    run_actions: RunActions,
) -> None:
    incident = "/subscriptions/s/resourceGroups/g/providers/Microsoft.SecurityInsights/Incidents/i"
    seen: list[httpx.Request] = []

    def azure(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"name": "c"})

    async def token(audience: str) -> str:
        return f"for {audience}"

    async with httpx.AsyncClient(transport=httpx.MockTransport(azure)) as http:
        comment = action(
            "ApiConnection",
            host={"connection": {"name": "azuresentinel"}},
            method="post",
            path="/Incidents/Comment",
            body={"incidentArmId": incident, "message": "<p>done</p>"},
        )
        run = await run_actions(
            {"Comment": comment}, operations=sentinel_operations(http, "http://arm/", token)
        )
    assert run.status == Status.SUCCEEDED
    assert seen[0].method == "PUT"
    assert seen[0].url.path.startswith(f"{incident}/comments/")
    assert seen[0].headers["authorization"] == "Bearer for https://management.azure.com/"
    assert seen[0].content == b'{"properties":{"message":"<p>done</p>"}}'
