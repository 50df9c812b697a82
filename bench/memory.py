"""A worker's memory over hundreds of triages: it is to stay where it was."""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx
from pydantic import JsonValue

from bench.ground import Ground, ground
from bench.measured import Figure, Measured, Progress
from sandbox.clock import Clock
from sandbox.lab import Lab, play
from sandbox.scenario import load_scenario
from sandbox.tenant.part import JsonObject

_MOST_GROWTH = 10.0
"""MB that the worker may have grown by between its warm-up and the end."""
_AT_ONCE = 4
_MB = 1024 * 1024
_UNTIL_THE_VERDICT = ("parse-", "get-", "list-", "run-", "grade-")


async def memory(
    progress: Progress, *, triages: int = 500, warm_up: int = 100, every: int = 50
) -> Measured:
    """Resident memory of a Functions worker while it triages, in a process of its own.

    A triage is what the playbook asks the Function App over HTTP until it has a verdict, and what
    that asks upstream.
    Raises OSError where a process's memory cannot be seen.
    """
    scenario = load_scenario("hidden-forward")
    curve: list[float] = []
    async with ground(scenario.state(), Clock(scenario.now), ceilings=False) as base:
        progress("one triage by the playbook", 0, triages)
        one = _triage(base.lab, await _asked_of_the_function_app(base, scenario.trigger()))
        base.upstream.remembers = True
        for done in range(0, triages, every):
            await _several(one, min(every, triages - done))
            base.upstream.calls.clear()
            curve.append(resident(base.worker) / _MB)
            progress("triages", min(done + every, triages), triages)
    warm = curve[max(warm_up // every, 1) - 1]
    return Measured(
        "memory",
        f"the same worker after {warm_up} triages",
        (
            Figure("triages", "triages", triages),
            Figure("warmMb", f"resident after {warm_up}", warm, "MB"),
            Figure("endMb", f"resident after {triages}", curve[-1], "MB"),
            Figure("growthMb", "growth", curve[-1] - warm, "MB", at_most=_MOST_GROWTH),
            Figure("ratio", "at the end / when warm", curve[-1] / warm),
            Figure("curveMb", f"after every {every}", list[JsonValue](curve), "MB"),
        ),
        ("The worker does not wait for Microsoft's ceilings here: memory is measured, not time.",),
    )


def resident(process: int) -> int:
    """Bytes of memory that a process holds. Raises OSError where that cannot be seen."""
    statm = Path(f"/proc/{process}/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    shown = subprocess.run(  # noqa: S603 - a number of our own
        ["ps", "-o", "rss=", "-p", str(process)],  # noqa: S607 - wherever the system has it
        capture_output=True,
        check=False,
    )
    if not shown.stdout.strip().isdigit():
        raise OSError("the memory of a process cannot be seen here")
    return int(shown.stdout) * 1024


async def _several(one: Callable[[], Awaitable[None]], count: int) -> None:
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def bounded() -> None:
        async with at_once:
            await one()

    await asyncio.gather(*(bounded() for _ in range(count)))


async def _asked_of_the_function_app(base: Ground, trigger: JsonObject) -> list[httpx.Request]:
    """What one run of the playbook asks until it has a verdict."""
    asked: list[httpx.Request] = []

    async def note(request: httpx.Request) -> None:
        route = request.url.path.rpartition("/")[2]
        if request.url.path.startswith("/api/") and route.startswith(_UNTIL_THE_VERDICT):
            asked.append(request)

    base.lab.http.event_hooks = {"request": [note]}
    await play(base.lab, trigger, containment="never", dry_run=True)
    base.lab.http.event_hooks = {}
    return asked


def _triage(lab: Lab, asked: Sequence[httpx.Request]) -> Callable[[], Awaitable[None]]:
    """The same requests again: the reads at the same time, then the grades."""
    grades = [request for request in asked if request.url.path.endswith("/grade-alert")]
    reads = [request for request in asked if request not in grades]

    async def send(request: httpx.Request) -> None:
        answer = await lab.http.post(
            request.url, content=request.content, headers={"x-functions-key": lab.key}
        )
        if answer.status_code != 200:
            raise OSError(f"{request.url.path} answered {answer.status_code}")

    async def one() -> None:
        await asyncio.gather(*map(send, reads))
        for request in grades:
            await send(request)

    return one
