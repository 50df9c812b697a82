"""Waiting on the virtual clock: when every branch of a run waits for a time, the clock jumps to it.

A branch holds a token while it works. A sleeping branch, and one that waits for its children,
hold none; when the last token is returned nothing can happen before the earliest wake-up.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from ..clock import Clock


@dataclass(eq=False)
class _Sleeper:
    due: datetime
    woken: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Timeline:
    """The tokens of one run, and those who sleep in it. Real time passes on the clock as well."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens = 0
        self._sleepers: list[_Sleeper] = []
        self._stopped = False

    def now(self) -> datetime:
        """The present moment of the run."""
        return self._clock.now()

    def acquire(self) -> None:
        """Take a token: the clock cannot jump before it is released."""
        self._tokens += 1

    def release(self) -> None:
        """Return a token; the last one makes the clock jump."""
        self._tokens -= 1
        if self._tokens == 0 and self._sleepers and not self._stopped:
            due = min(sleeper.due for sleeper in self._sleepers)
            self._clock.advance(max(due - self._clock.now(), timedelta(0)))
            for sleeper in [each for each in self._sleepers if each.due <= due]:
                self._wake(sleeper)

    def stop(self) -> None:
        """Jump no more: the run has ended, and who still sleeps is about to be cancelled."""
        self._stopped = True

    async def sleep_until(self, due: datetime) -> None:
        """Wait, without a token, until the clock shows a time."""
        sleeper = _Sleeper(due)
        self._sleepers.append(sleeper)
        real = max((due - self.now()).total_seconds(), 0)
        handle = asyncio.get_running_loop().call_later(real, self._wake, sleeper)
        self.release()
        try:
            await sleeper.woken
        finally:
            handle.cancel()
            if not sleeper.woken.done() or sleeper.woken.cancelled():
                self._sleepers.remove(sleeper)
                self.acquire()

    async def sleep(self, span: timedelta) -> None:
        """Wait, without a token, for a span of the virtual clock."""
        await self.sleep_until(self.now() + span)

    def _wake(self, sleeper: _Sleeper) -> None:
        if not sleeper.woken.done():
            self._sleepers.remove(sleeper)
            self.acquire()
            sleeper.woken.set_result(None)


class Branches:
    """Tasks of one scope that run at once; leaving the scope waits for them all.

    The one who waits returns its token and has it back before the last branch returns its own.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._tasks = asyncio.TaskGroup()
        self._running = 0
        self._waiting = False

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if self._running:
            self._waiting = True
            self._timeline.release()
        return await self._tasks.__aexit__(kind, error, traceback)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a branch; also from within a branch."""
        self._timeline.acquire()
        self._running += 1
        # A done callback, unlike a `finally`, runs even for a task cancelled before its start.
        self._tasks.create_task(work).add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._timeline.stop()
        self._running -= 1
        if self._running == 0 and self._waiting:
            self._waiting = False
            self._timeline.acquire()
        self._timeline.release()


async def run_bounded(
    timeline: Timeline, work: Callable[[int], Coroutine[Any, Any, None]], count: int, at_once: int
) -> None:
    """Run `work(0)` … `work(count - 1)`, starting in order, no more than `at_once` at a time."""
    indexes = iter(range(count))

    async def worker() -> None:
        for index in indexes:
            await work(index)

    async with Branches(timeline) as branches:
        for _ in range(min(at_once, count)):
            branches.spawn(worker())
