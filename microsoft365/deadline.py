"""The time that one request has, all of its calls together."""

from asyncio import sleep
from time import monotonic


class Deadline:
    """A moment on the monotonic clock; `seconds` from its making."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._end - monotonic())

    async def sleep(self, seconds: float) -> None:
        """Waits, on the clock on which the deadline stands."""
        await sleep(seconds)
