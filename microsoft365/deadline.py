"""The time that one request has, all of its calls together."""

import time


class Deadline:
    """A moment on the monotonic clock; `seconds` from its making."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._end - time.monotonic())
