"""A webhook action waits for a person, who answers once, or never."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.workflow import ActionRecord, Callbacks, Run, Status

RunActions = Callable[..., Awaitable[Run]]


def ask(timeout: str = "PT4H") -> dict[str, Any]:
    return {
        "type": "HttpWebhook",
        "inputs": {
            "subscribe": {
                "method": "POST",
                "uri": "http://api/request-approval",
                "body": {"callbackUrl": "@{listCallbackUrl()}"},
            },
            "unsubscribe": {"method": "DELETE", "uri": "http://api/request-approval/1"},
        },
        "limit": {"timeout": timeout},
    }


class Desk:
    """Receives the request for approval; `decide` is called with the callback URL."""

    def __init__(self, callbacks: Callbacks) -> None:
        transport = httpx.ASGITransport(callbacks.app)
        self.client = httpx.AsyncClient(transport=transport)
        self.urls: list[str] = []
        self.seen: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request.method)
        if request.method == "POST":
            self.urls.append(json.loads(request.content)["callbackUrl"])
        return httpx.Response(200)

    async def answer(self, decision: str) -> httpx.Response:
        return await self.client.post(self.urls[-1], json={"decision": decision})


@pytest.fixture
def callbacks() -> Callbacks:
    return Callbacks("http://callbacks")


@pytest.fixture
def desk(callbacks: Callbacks) -> Desk:
    return Desk(callbacks)


async def test_the_run_goes_on_with_the_answer(
    run_actions: RunActions, callbacks: Callbacks, desk: Desk
) -> None:
    answers: list[asyncio.Task[httpx.Response]] = []

    async def on_action(record: ActionRecord) -> None:
        if record.status == Status.WAITING:
            answers.append(asyncio.create_task(desk.answer("approve")))

    run = await run_actions(
        {
            "Ask": ask(),
            "Decision": {
                "type": "Compose",
                "inputs": "@body('Ask')?['decision']",
                "runAfter": {"Ask": ["Succeeded"]},
            },
        },
        answer=desk,
        callbacks=callbacks,
        on_action=on_action,
    )
    assert run.action("Decision").outputs == "approve"
    assert (await answers[0]).status_code == 200
    assert desk.seen == ["POST"]
    assert (await desk.answer("reject")).status_code == 404


async def test_when_nobody_can_answer_the_clock_jumps_over_the_timeout(
    run_actions: RunActions, callbacks: Callbacks, desk: Desk
) -> None:
    run = await run_actions(
        {
            "Ask": ask("PT4H"),
            "No": {"type": "Compose", "inputs": "no", "runAfter": {"Ask": ["TimedOut"]}},
            "Meanwhile": {"type": "Wait", "inputs": {"interval": {"count": 1, "unit": "Hour"}}},
        },
        answer=desk,
        callbacks=callbacks,
        someone_answers=False,
    )
    assert run.status == Status.SUCCEEDED
    assert [record.name for record in run.actions] == ["Meanwhile", "Ask", "No"]
    assert run.action("Ask").status == Status.TIMED_OUT
    assert timedelta(hours=4) <= run.end - run.start < timedelta(hours=4, seconds=5)
    assert desk.seen == ["POST", "DELETE"]
    assert (await desk.answer("approve")).status_code == 404


async def test_a_person_who_does_not_answer_in_time_is_too_late(
    run_actions: RunActions, callbacks: Callbacks, desk: Desk
) -> None:
    run = await run_actions({"Ask": ask("PT0.05S")}, answer=desk, callbacks=callbacks)
    assert run.action("Ask").status == Status.TIMED_OUT
    assert run.status == Status.FAILED


async def test_an_answer_that_comes_with_the_subscription_counts(
    run_actions: RunActions, callbacks: Callbacks, desk: Desk
) -> None:
    async def at_once(request: httpx.Request) -> httpx.Response:
        desk(request)
        assert (await desk.answer("reject")).status_code == 200
        return httpx.Response(202)

    run = await run_actions(
        {"Ask": ask()}, answer=at_once, callbacks=callbacks, someone_answers=False
    )
    assert run.action("Ask").outputs["body"] == {"decision": "reject"}  # pyright: ignore
    assert run.end - run.start < timedelta(minutes=1)


async def test_a_refused_subscription_fails_the_action(
    run_actions: RunActions, callbacks: Callbacks
) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(403)

    run = await run_actions({"Ask": ask()}, answer=refuse, callbacks=callbacks)
    assert run.action("Ask").code == "Forbidden"


async def test_the_callback_url_cannot_be_guessed(
    run_actions: RunActions, callbacks: Callbacks, desk: Desk
) -> None:
    tried: list[int] = []

    async def on_action(record: ActionRecord) -> None:
        if record.status == Status.WAITING:
            url = httpx.URL(desk.urls[-1])
            assert len(url.params["sig"]) >= 40
            forged = url.copy_set_param("sig", "x" * 43)
            other = url.copy_with(path=url.path + "x")
            tried.extend([(await desk.client.post(each)).status_code for each in (forged, other)])
            tried.append((await desk.answer("approve")).status_code)

    run = await run_actions(
        {"One": ask(), "Two": {**ask(), "runAfter": {"One": ["Succeeded"]}}},
        answer=desk,
        callbacks=callbacks,
        on_action=on_action,
    )
    assert run.status == Status.SUCCEEDED
    assert tried == [401, 404, 200] * 2
    assert desk.urls[0] != desk.urls[1]
