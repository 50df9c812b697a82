"""HTTP actions call, retry, poll, authenticate and give up as in a Consumption Logic App."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.workflow import ConnectorAnswer, ConnectorRequest, Run, Status

RunActions = Callable[..., Awaitable[Run]]
NO_RETRY = {"retryPolicy": {"type": "none"}}


def http(**inputs: Any) -> dict[str, Any]:  # noqa: ANN401 - any inputs
    return {"type": "Http", "inputs": {"method": "POST", "uri": "http://api/x", **inputs}}


def answering(*answers: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """Give these answers in turn, the last one again and again."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        given = left.pop(0) if len(left) > 1 else left[0]
        given.request = request
        return given

    return answer


async def test_the_call_carries_what_the_action_says(run_actions: RunActions) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.method == "PUT"
        assert str(request.url) == "http://api/x?a=1&b=two%20words"
        assert request.headers["x-own"] == "mine"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["x-ms-workflow-operation-name"] == "Call"
        assert json.loads(request.content) == {"who": "ada"}
        return httpx.Response(200, json={"id": 7}, headers={"X-Back": "yes"})

    run = await run_actions(
        {
            "Call": http(
                method="put",
                uri="http://api/x?a=1",
                queries={"b": "two words"},
                headers={"x-own": "mine"},
                body={"who": "@triggerBody()"},
            ),
            "Id": {
                "type": "Compose",
                "inputs": "@body('Call').id",
                "runAfter": {"Call": ["Succeeded"]},
            },
        },
        answer=answer,
        body="ada",
    )
    assert run.action("Id").outputs == 7
    outputs = run.action("Call").outputs
    assert isinstance(outputs, dict)
    assert outputs["statusCode"] == 200


async def test_a_refusal_fails_the_action_and_keeps_the_answer(run_actions: RunActions) -> None:
    run = await run_actions(
        {
            "Call": http(),
            "Why": {
                "type": "Compose",
                "inputs": "@{outputs('Call')['statusCode']} @{body('Call')?['title']}",
                "runAfter": {"Call": ["Failed"]},
            },
        },
        answer=answering(httpx.Response(404, json={"title": "no such mailbox"})),
    )
    assert run.status == Status.SUCCEEDED
    assert run.action("Call").code == "NotFound"
    assert run.action("Call").retries == ()
    assert run.action("Why").outputs == "404 no such mailbox"


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_by_default_it_tries_five_times_at_growing_intervals(
    run_actions: RunActions, status: int
) -> None:
    run = await run_actions(
        {"Call": http()},
        answer=answering(httpx.Response(status)),
        chance=random.Random(1),  # noqa: S311
    )
    call = run.action("Call")
    assert call.status == Status.FAILED
    waits = [retry.waited_seconds for retry in call.retries]
    bounds = [(5, 7.5), (7.5, 15), (15, 30), (30, 45)]
    assert len(waits) == 4
    assert all(low <= wait <= high for wait, (low, high) in zip(waits, bounds, strict=True))
    assert call.end is not None
    assert (call.end - call.start).total_seconds() == pytest.approx(sum(waits), abs=2)


async def test_a_fixed_policy_and_the_end_of_trouble(run_actions: RunActions) -> None:
    policy = {"retryPolicy": {"type": "fixed", "count": 3, "interval": "PT30S"}}
    trouble = [httpx.Response(503), httpx.Response(502), httpx.Response(200, text="fine")]
    run = await run_actions({"Call": http(**policy)}, answer=answering(*trouble))
    call = run.action("Call")
    assert call.status == Status.SUCCEEDED
    assert [(r.code, r.waited_seconds) for r in call.retries] == [
        ("ServiceUnavailable", 30),
        ("BadGateway", 30),
    ]


async def test_retry_after_is_honoured_in_seconds_and_as_a_date(run_actions: RunActions) -> None:
    run = await run_actions(
        {"Call": http()},
        answer=answering(
            httpx.Response(429, headers={"Retry-After": "100"}),
            httpx.Response(429, headers={"Retry-After": "Sun, 22 Nov 2026 10:05:00 GMT"}),
            httpx.Response(200),
        ),
    )
    waits = [retry.waited_seconds for retry in run.action("Call").retries]
    assert waits == [100, pytest.approx(200, abs=2)]


async def test_a_connection_that_fails_is_tried_again(run_actions: RunActions) -> None:
    calls = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200)

    run = await run_actions({"Call": http()}, answer=answer)
    assert (run.status, calls) == (Status.SUCCEEDED, 3)


async def test_a_call_is_given_up_after_its_limit(run_actions: RunActions) -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    run = await run_actions(
        {"Call": http(**NO_RETRY)}, answer=never, call_limit=timedelta(seconds=0.05)
    )
    call = run.action("Call")
    assert (call.status, call.code) == (Status.FAILED, "HttpRequestFailed")


async def test_202_with_location_is_polled_to_its_end(
    run_actions: RunActions, clock: Clock
) -> None:
    seen: list[tuple[str, str, str | None, str | None]] = []
    answers: Iterator[httpx.Response] = iter(
        [
            httpx.Response(202, headers={"Location": "/jobs/1", "Retry-After": "60"}),
            httpx.Response(202, headers={"Location": "/jobs/1"}),
            httpx.Response(200, json={"done": True}),
        ]
    )

    def answer(request: httpx.Request) -> httpx.Response:
        headers = request.headers
        seen.append(
            (request.method, request.url.path, headers.get("authorization"), headers.get("x-own"))
        )
        return next(answers)

    secret = {"type": "Raw", "value": "Key abc"}
    run = await run_actions(
        {"Call": http(body="x", headers={"x-own": "1"}, authentication=secret)}, answer=answer
    )
    assert run.action("Call").outputs["body"] == {"done": True}  # pyright: ignore
    assert seen == [
        ("POST", "/x", "Key abc", "1"),
        ("GET", "/jobs/1", "Key abc", None),
        ("GET", "/jobs/1", "Key abc", None),
    ]
    assert run.end - run.start == pytest.approx(timedelta(seconds=80), abs=timedelta(seconds=2))


@pytest.mark.parametrize(
    ("end", "status", "code"),
    [
        (httpx.Response(202), Status.SUCCEEDED, 202),  # nowhere left to ask
        (httpx.Response(204), Status.SUCCEEDED, 204),
        (httpx.Response(404, json={"error": {}}), Status.FAILED, 404),
    ],
)
async def test_polling_ends_with_whatever_is_no_202_with_a_location(
    run_actions: RunActions, end: httpx.Response, status: Status, code: int
) -> None:
    accepted = httpx.Response(202, headers={"Location": "http://other/jobs/1", "Retry-After": "5"})
    run = await run_actions({"Call": http(**NO_RETRY)}, answer=answering(accepted, end))
    assert run.action("Call").status == status
    assert run.action("Call").outputs["statusCode"] == code  # pyright: ignore


async def test_a_poll_is_tried_again_and_its_retry_after_may_be_a_date(
    run_actions: RunActions,
) -> None:
    run = await run_actions(
        {"Call": http()},
        answer=answering(
            httpx.Response(
                202,
                headers={"Location": "/jobs/1", "Retry-After": "Sun, 22 Nov 2026 10:10:00 GMT"},
            ),
            httpx.Response(503, headers={"Retry-After": "30"}),
            httpx.Response(200, json={"done": True}),
        ),
    )
    assert run.action("Call").outputs["body"] == {"done": True}  # pyright: ignore
    assert run.end - run.start == pytest.approx(timedelta(seconds=630), abs=timedelta(seconds=2))


async def test_a_url_that_is_none_fails_the_action_and_not_the_run(
    run_actions: RunActions,
) -> None:
    run = await run_actions({"Call": http(uri="http://api:port/x")})
    assert (run.action("Call").status, run.action("Call").code) == ("Failed", "InvalidTemplate")


async def test_half_of_a_character_is_sent_as_a_replacement(run_actions: RunActions) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.content.decode() == "�"
        assert request.url.params["q"] == "�"
        return httpx.Response(200)

    half = "@substring(triggerBody(), 0, 1)"
    run = await run_actions(
        {"Call": http(body=half, queries={"q": half})}, answer=answer, body="😀"
    )
    assert run.status == Status.SUCCEEDED


async def test_headers_that_the_service_keeps_to_itself_are_not_sent(
    run_actions: RunActions,
) -> None:
    dropped = {"Cookie": "a=b", "Origin": "x", "Accept-Language": "de", "Content-Language": "de"}
    kept = {"Content-Type": "text/csv", "Accept": "text/plain", "x-own": "1"}

    def answer(request: httpx.Request) -> httpx.Response:
        assert not {name.lower() for name in dropped} & set(request.headers)
        assert all(request.headers[name] == value for name, value in kept.items())
        return httpx.Response(200)

    run = await run_actions({"Call": http(headers={**dropped, **kept}, body="a,b")}, answer=answer)
    assert run.status == Status.SUCCEEDED


@pytest.mark.parametrize(("policy", "tries"), [({"type": "none"}, 1), ({"type": "default"}, 5)])
async def test_a_policy_can_be_none_or_the_default(
    run_actions: RunActions, policy: dict[str, Any], tries: int
) -> None:
    call = {"Call": http(retryPolicy=policy)}
    run = await run_actions(call, answer=answering(httpx.Response(500)))
    assert len(run.action("Call").retries) == tries - 1
    assert run.action("Call").code == "InternalServerError"


async def test_the_asynchronous_pattern_can_be_switched_off(run_actions: RunActions) -> None:
    accepted = httpx.Response(202, headers={"Location": "/jobs/1"})
    run = await run_actions(
        {"Call": {**http(), "operationOptions": "DisableAsyncPattern"}}, answer=answering(accepted)
    )
    assert run.action("Call").outputs["statusCode"] == 202  # pyright: ignore


async def test_limit_timeout_ends_polling_and_retries(run_actions: RunActions) -> None:
    limited = {"limit": {"timeout": "PT5M"}}
    polling = httpx.Response(202, headers={"Location": "/jobs/1", "Retry-After": "90"})
    failing = httpx.Response(500, headers={"Retry-After": "200"})
    for given in (polling, failing):
        run = await run_actions({"Call": {**http(), **limited}}, answer=answering(given))
        assert run.action("Call").status == Status.TIMED_OUT
        assert run.status == Status.FAILED
        assert run.end - run.start == pytest.approx(timedelta(minutes=5), abs=timedelta(seconds=2))


async def test_the_managed_identity_brings_a_token_for_the_audience(
    run_actions: RunActions,
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer token-for-api://mailwarden"
        return httpx.Response(200)

    async def token(audience: str) -> str:
        return f"token-for-{audience}"

    identity = {"type": "ManagedServiceIdentity", "audience": "api://mailwarden"}
    run = await run_actions({"Call": http(authentication=identity)}, answer=answer, token=token)
    assert run.status == Status.SUCCEEDED
    without = await run_actions({"Call": http(authentication=identity)}, answer=answer)
    assert without.action("Call").code == "WorkflowManagedIdentityConfigurationInvalid"


async def test_secrets_stay_out_of_the_record(run_actions: RunActions) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["x-functions-key"] == "s3cr&t"
        return httpx.Response(400, json={"echo": "s3cr&t"})

    run = await run_actions(
        {
            "Call": http(
                uri="http://api/x?code=@{uriComponent(parameters('key'))}",
                headers={"x-functions-key": "@parameters('key')"},
                authentication={"type": "Raw", "value": "@parameters('key')"},
            ),
            "Hidden": {
                "type": "Compose",
                "inputs": "private",
                "runtimeConfiguration": {"secureData": {"properties": ["inputs", "outputs"]}},
            },
        },
        answer=answer,
        parameters={"key": {"type": "SecureString"}},
        values={"key": "s3cr&t"},
    )
    record = run.model_dump_json()
    assert "s3cr" not in record
    assert "private" not in record
    assert run.action("Call").code == "BadRequest"


async def test_parallel_branches_call_at_the_same_time(run_actions: RunActions) -> None:
    together = asyncio.Barrier(3)

    async def answer(_: httpx.Request) -> httpx.Response:
        async with asyncio.timeout(5):
            await together.wait()
        return httpx.Response(200)

    run = await run_actions({name: http() for name in "ABC"}, answer=answer)
    assert run.status == Status.SUCCEEDED


async def test_bodies_come_back_as_what_they_are(run_actions: RunActions) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return {
            "/x": httpx.Response(200, html="<p>hi</p>"),
            "/broken": httpx.Response(
                200, content=b"{oops", headers={"Content-Type": "application/json"}
            ),
            "/raw": httpx.Response(200, content=b"\x00", headers={"Content-Type": "image/png"}),
        }[request.url.path]

    run = await run_actions(
        {
            "Text": http(),
            "Broken": http(uri="http://api/broken"),
            "Raw": http(uri="http://api/raw"),
        },
        answer=answer,
    )
    body = {name: run.action(name).outputs["body"] for name in ("Text", "Broken", "Raw")}  # pyright: ignore
    assert body == {
        "Text": "<p>hi</p>",
        "Broken": "{oops",
        "Raw": {"$content-type": "image/png", "$content": "AA=="},
    }


def comment(path: str = "/Incidents/Comment") -> dict[str, Any]:
    return {
        "type": "ApiConnection",
        "inputs": {
            "host": {"connection": {"name": "azuresentinel"}},
            "method": "post",
            "path": path,
            "body": {"incidentArmId": "/x", "message": "<p>found</p>"},
        },
    }


async def test_a_connector_action_reaches_the_operation_it_names(run_actions: RunActions) -> None:
    seen: list[ConnectorRequest] = []

    async def add_comment(request: ConnectorRequest) -> ConnectorAnswer:
        seen.append(request)
        return ConnectorAnswer(500) if len(seen) == 1 else ConnectorAnswer(200, {"id": "c1"})

    operations = {("POST", "/Incidents/Comment"): add_comment}
    run = await run_actions({"Comment": comment()}, operations=operations)
    assert run.action("Comment").outputs["body"] == {"id": "c1"}  # pyright: ignore
    assert len(run.action("Comment").retries) == 1
    assert seen[1].body == {"incidentArmId": "/x", "message": "<p>found</p>"}


async def test_an_operation_that_nobody_provides_fails_by_name(run_actions: RunActions) -> None:
    run = await run_actions({"Comment": comment("/Incidents/Nope")}, operations={})
    error = run.action("Comment").error
    assert error is not None
    assert "POST /Incidents/Nope" in error.message
