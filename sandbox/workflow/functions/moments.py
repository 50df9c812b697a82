"""Points in time as .NET keeps them: in ticks of 100 ns, and knowing whether they are UTC."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

TICKS_PER_SECOND = 10_000_000
_START = datetime(1, 1, 1)  # noqa: DTZ001 - tick zero has no zone
_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}

_WEEKDAYS = {
    name.lower(): number
    for names in (calendar.day_name, calendar.day_abbr)
    for number, name in enumerate(names)
}

# ISO 8601 with a T is strict about its digits; the other forms are not.
OFFSET = r"[+-]\d{1,2}(?::?\d{1,2})?"
_STRICT_TIME = (
    rf"T(?P<hour>\d{{2}}):(?P<minute>\d{{2}})(?::(?P<second>\d{{2}})(?:\.(?P<fraction>\d+))?)?"
    rf"(?:\s*(?P<zone>Z|{OFFSET}))?"
)
_LOOSE_TIME = (
    r"(?:\s+(?P<hour>\d{1,2})(?=:|\s*[AP]M)(?::(?P<minute>\d{1,2})"
    r"(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d+))?)?)?(?:\s*(?P<half>AM|PM))?)?"
    rf"(?:\s*(?P<zone>Z|GMT|{OFFSET}))?"
)
_WEEKDAY = r"(?:(?P<weekday>[a-z]{3,9})[, ] ?)?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_NUMBERS = r"(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
_SHAPES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<year>\d{{4}})[-/.]{_NUMBERS}{_STRICT_TIME}",
        rf"(?P<year>\d{{4}})[-/.]{_NUMBERS}{_LOOSE_TIME}",
        rf"{_NUMBERS}[-/.]{_YEAR}{_LOOSE_TIME}",
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}}){_LOOSE_TIME}",
        rf"(?P<month>\d{{1,2}})[-/.](?P<year>\d{{4}}){_LOOSE_TIME}",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})[ /-](?P<name>[a-z]+)(?:,? |[/-]){_YEAR}{_LOOSE_TIME}",
        rf"{_WEEKDAY}(?P<name>[a-z]+) (?P<day>\d{{1,2}}),? (?P<year>\d{{4}}){_LOOSE_TIME}",
        rf"(?P<year>\d{{4}}) (?P<name>[a-z]+)(?: (?P<day>\d{{1,2}}))?{_LOOSE_TIME}",
        rf"(?P<name>[a-z]+) (?P<year>\d{{4}}){_LOOSE_TIME}",
    )
]
_LAST_YEAR_OF_TWO_DIGITS = 29  # 29 is 2029, and 30 is 1930
_LARGEST_OFFSET = timedelta(hours=14)


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
                return moment_of(match)
            except (KeyError, ValueError, OverflowError):
                return None
    return None


def moment_of(match: re.Match[str]) -> Moment:
    """The moment that a match's groups name; raises ValueError or KeyError for none."""
    groups = match.groupdict()
    name = groups.get("name")
    month = _MONTHS[name.lower()] if name else int(groups.get("month") or 1)
    wall = datetime(  # noqa: DTZ001 - the zone is kept beside it
        _full_year(groups["year"]),
        month,
        int(groups.get("day") or 1),
        _hour_of_day(int(groups.get("hour") or 0), groups.get("half")),
        int(groups.get("minute") or 0),
        int(groups.get("second") or 0),
    )
    if (weekday := groups.get("weekday")) and _WEEKDAYS[weekday.lower()] != wall.weekday():
        raise ValueError("the date is not on that day of the week")
    fraction = Decimal(f"0.{groups.get('fraction') or 0}") * TICKS_PER_SECOND
    ticks = _ticks(wall) + int(fraction.quantize(Decimal(1), ROUND_HALF_UP))
    zone = groups.get("zone")
    if zone is None:
        return Moment(ticks, "local")
    if zone[0] not in "+-":
        return Moment(ticks, "utc")
    return Moment(ticks - span_ticks(_offset(zone)), "offset")


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (2000 if year <= _LAST_YEAR_OF_TWO_DIGITS else 1900)


def _hour_of_day(hour: int, half: str | None) -> int:
    if not half:
        return hour
    if half.upper() == "PM":
        return hour if hour >= 12 else hour + 12
    if hour > 12:
        raise ValueError("an hour after noon is not AM")
    return hour % 12


def _offset(zone: str) -> timedelta:
    digits = zone[1:]
    hours, minutes = digits.split(":") if ":" in digits else (digits[:2], digits[2:])
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset > _LARGEST_OFFSET:
        raise ValueError("the offset is larger than any zone's")
    return offset if zone[0] == "+" else -offset


def _ticks(wall: datetime) -> int:
    return span_ticks(wall - _START)
