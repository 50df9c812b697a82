"""The tenant's own time: it starts where the scenario says and can be moved on at will."""

import time
from datetime import datetime, timedelta


class Clock:
    """A clock that runs at real speed from `start`, plus whatever it was advanced by."""

    def __init__(self, start: datetime) -> None:
        if start.utcoffset() is None:
            raise ValueError("the clock's start needs a time zone")
        self._start = start
        self._began = time.monotonic()
        self._advanced = timedelta(0)

    def now(self) -> datetime:
        """The tenant's present moment."""
        return self._start + timedelta(seconds=time.monotonic() - self._began) + self._advanced

    def advance(self, by: timedelta) -> None:
        """Move the tenant's time on; it never goes back."""
        if by < timedelta(0):
            raise ValueError("time does not go back")
        self._advanced += by
