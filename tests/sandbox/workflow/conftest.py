from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.workflow import Json, Run, read_workflow, run, validate

START = datetime(2026, 11, 22, 10, tzinfo=UTC)

RunActions = Callable[..., Awaitable[Run]]


def no_calls(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"unexpected call to {request.url}")


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def run_actions(clock: Clock) -> RunActions:
    """Run a definition of these actions; `answer` stands in for the network."""

    async def run_them(
        actions: dict[str, Any],
        *,
        answer: Callable[[httpx.Request], Any] = no_calls,
        body: Json = None,
        parameters: dict[str, Any] | None = None,
        values: dict[str, Any] | None = None,
        trigger: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        **options: Any,  # noqa: ANN401 - those of run()
    ) -> Run:
        workflow = read_workflow(
            {
                "triggers": {"manual": {"type": "Request", "inputs": {}, **(trigger or {})}},
                "actions": actions,
                "parameters": parameters or {},
                "outputs": outputs or {},
            },
            values=values,
        )
        if not options.pop("invalid", False):
            assert validate(workflow) == []
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            return await run(workflow, body, http=http, clock=clock, **options)

    return run_them
