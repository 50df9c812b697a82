"""Time from left to right: the axis that the pictures of a report share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_LONGEST = timedelta(days=92)
_DAY = timedelta(days=1)
_STEPS = (1, 2, 5, 7, 14, 28)
"""Days between two ticks."""
_TICK_ROOM = 64.0
"""Width that a date needs."""


@dataclass(frozen=True)
class Axis:
    """Whole days in UTC, spread over a width."""

    since: datetime
    until: datetime
    width: float

    def x(self, at: datetime) -> float:
        """Where a moment lies; one before or after the axis lies at its end."""
        share = (at - self.since) / (self.until - self.since)
        return round(min(max(share, 0.0), 1.0) * self.width, 1)

    @property
    def day(self) -> float:
        """The width of a day."""
        return self.width * (_DAY / (self.until - self.since))

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.until - self.since) // _DAY

    def covers(self, at: datetime) -> bool:
        """Whether a moment lies on it."""
        return self.since <= at < self.until

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Where dates stand, counted back from the last day, which always has one."""
        room = max(1, int(self.width / _TICK_ROOM))
        step = next((each for each in _STEPS if self.days <= each * room), 28)
        for back in range(0, self.days, step):
            day = self.until - _DAY * (back + 1)
            yield round(self.x(day) + self.day / 2, 1), f"{day.day} {day:%b}"


def axis(moments: Iterable[datetime], as_of: datetime, width: float) -> Axis:
    """An axis that holds the moments and the alert, as far back as 92 days."""
    all_of_them = [as_of, *moments]
    until = midnight(max(all_of_them)) + _DAY
    since = max(midnight(min(all_of_them)), until - _LONGEST)
    return Axis(since, until, width)


def midnight(at: datetime) -> datetime:
    """The beginning of the day in UTC."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
