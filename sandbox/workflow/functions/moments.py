"""Points in time as .NET keeps them: in ticks of 100 ns, and knowing whether they are UTC."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

TICKS_PER_SECOND = 10_000_000
_START = datetime(1, 1, 1)  # noqa: DTZ001 - tick zero has no zone
_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}

_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?"
    r"(?:\s*(?P<half>AM|PM))?"
)
_ZONE = r"\s*(?P<zone>Z|GMT|UTC|[+-]\d{2}:?\d{2})?"
_SHAPES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})(?:[T ]{_TIME})?{_ZONE}",
        rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/(?P<year>\d{{4}})(?: {_TIME})?{_ZONE}",
        rf"(?:\w{{3,9}}, )?(?P<day>\d{{1,2}}) (?P<name>[a-z]+) (?P<year>\d{{4}})"
        rf"(?: {_TIME})?{_ZONE}",
        rf"(?:\w{{3,9}}, )?(?P<name>[a-z]+) (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})"
        rf"(?: {_TIME})?{_ZONE}",
    )
]


@dataclass(frozen=True)
class Moment:
    """A point in time. `kind`: `utc`, `local` for no known zone, `offset` moved to UTC."""

    ticks: int
    kind: Literal["utc", "local", "offset"]

    @classmethod
    def of(cls, when: datetime) -> "Moment":
        """A Python datetime; an aware one is taken as UTC."""
        if when.tzinfo is None:
            return cls(_ticks(when), "local")
        return cls(_ticks(when.astimezone(UTC).replace(tzinfo=None)), "utc")

    @property
    def wall(self) -> datetime:
        """Calendar and clock to the microsecond, without a zone."""
        return _START + timedelta(microseconds=self.ticks // 10)

    @property
    def fraction(self) -> int:
        """The ticks within the second."""
        return self.ticks % TICKS_PER_SECOND

    def plus(self, by: timedelta) -> "Moment":
        """Moved by a span; raises OverflowError outside the years 1 to 9999."""
        moved = replace(self, ticks=self.ticks + span_ticks(by))
        _ = moved.wall
        return moved

    def plus_months(self, months: int) -> "Moment":
        """Moved by calendar months; a day that the month lacks becomes its last one."""
        wall = self.wall
        year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
        if not 1 <= year <= 9999:
            raise OverflowError("the year is out of range")
        day = min(wall.day, calendar.monthrange(year, month + 1)[1])
        moved = wall.replace(year=year, month=month + 1, day=day, microsecond=0)
        return replace(self, ticks=_ticks(moved) + self.fraction)

    def at(self, wall: datetime) -> "Moment":
        """Another calendar time of the same kind."""
        return replace(self, ticks=_ticks(wall))


def span_ticks(span: timedelta) -> int:
    """The ticks of a time span."""
    return (span.days * 86_400 + span.seconds) * TICKS_PER_SECOND + span.microseconds * 10


def parse_moment(text: str) -> Moment | None:
    """Read an ISO 8601, US or RFC 1123 date; None if it is none of these."""
    for shape in _SHAPES:
        if match := shape.fullmatch(text.strip()):
            try:
                return _moment(match)
            except (KeyError, ValueError, OverflowError):
                return None
    return None


def _moment(match: re.Match[str]) -> Moment:
    groups = match.groupdict()
    month = int(groups["month"]) if "month" in groups else _MONTHS[groups["name"].lower()]
    hour = int(groups["hour"] or 0)
    if half := groups["half"]:
        hour = hour % 12 + (12 if half.upper() == "PM" else 0)
    wall = datetime(  # noqa: DTZ001 - the zone is kept beside it
        int(groups["year"]),
        month,
        int(groups["day"]),
        hour,
        int(groups["minute"] or 0),
        int(groups["second"] or 0),
    )
    fraction = round(float(f"0.{groups['fraction'] or 0}") * TICKS_PER_SECOND)
    zone = groups["zone"]
    if zone is None:
        return Moment(_ticks(wall) + fraction, "local")
    if zone[0] not in "+-":
        return Moment(_ticks(wall) + fraction, "utc")
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    offset = timedelta(minutes=minutes if zone[0] == "+" else -minutes)
    return Moment(_ticks(wall - offset) + fraction, "offset")


def _ticks(wall: datetime) -> int:
    return span_ticks(wall - _START)
