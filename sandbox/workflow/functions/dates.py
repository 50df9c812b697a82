"""Date and time functions. Times without a zone stay without one; an offset is turned into UTC."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ..errors import ExpressionError
from ..values import Json
from .date_format import ROUND_TRIP, format_moment
from .date_parse import parse_exact
from .invocation import Function, Invocation
from .moments import TICKS_PER_SECOND, Moment, parse_moment
from .time_zones import find_zone

_SPANS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_MONTHS = {"month": 1, "year": 12}


def _add(unit: str) -> Callable[[Invocation], Json]:
    def body(call: Invocation) -> Json:
        return _written(call, _moved(call, _moment(call, 0), call.integer(1), unit), 2)

    return body


def _to_time(sign: int) -> Callable[[Invocation], Json]:
    def body(call: Invocation) -> Json:
        moment, amount = _moment(call, 0), call.integer(1)
        return _written(call, _moved(call, moment, sign * amount, call.text(2)), 3)

    return body


def _from_now(sign: int) -> Callable[[Invocation], Json]:
    def body(call: Invocation) -> Json:
        now = Moment.of(call.environment.now())
        return _written(call, _moved(call, now, sign * call.integer(0), call.text(1)), 2)

    return body


def _start_of(truncate: Callable[[datetime], datetime]) -> Callable[[Invocation], Json]:
    def body(call: Invocation) -> Json:
        moment = _moment(call, 0)
        return _written(call, moment.at(truncate(moment.wall)), 1)

    return body


def _convert_from_utc(call: Invocation) -> Json:
    moment = _moment(call, 0)
    if moment.kind != "utc":
        raise call.failure(
            "expects its first parameter to be a string that contains a UTC date time. The value "
            f"was '{format_moment(moment, ROUND_TRIP)}'"
        )
    return _written(call, _converted(call, moment, UTC_ZONE, _zone(call, 1)), 2)


def _convert_to_utc(call: Invocation) -> Json:
    moment, source = _moment(call, 0), _zone(call, 1)
    if moment.kind != "local" and source is not UTC_ZONE:
        raise call.failure(
            "expects its second parameter to be a time zone matching the time zone indicated by "
            f"the timestamp. The provided value '{call.text(1)}' does not match"
        )
    return _written(call, _converted(call, moment, source, UTC_ZONE), 2)


def _convert_time_zone(call: Invocation) -> Json:
    source, target = _zone(call, 1), _zone(call, 2)
    return _written(call, _converted(call, _moment(call, 0), source, target), 3)


def _converted(call: Invocation, moment: Moment, source: ZoneInfo, target: ZoneInfo) -> Moment:
    there = moment.wall.replace(tzinfo=UTC_ZONE if moment.kind != "local" else source)
    if there.utcoffset() != there.replace(fold=1).utcoffset():
        raise call.failure(
            f"was given a timestamp '{format_moment(moment, ROUND_TRIP)}' that was invalid or "
            f"ambiguous in the source time zone '{source.key}'"
        )
    if target is UTC_ZONE:
        return Moment.of(there.astimezone(UTC))
    return Moment.of(there.astimezone(target).replace(tzinfo=None))


def _format_date_time(call: Invocation) -> Json:
    moment = _moment(call, 0)
    _require_english(call, 2)
    return _written(call, moment, 1)


def _parse_date_time(call: Invocation) -> Json:
    _require_english(call, 1)
    moment = parse_exact(call.text(0), call.text(2)) if len(call) > 2 else _moment(call, 0)
    if moment is None:
        raise _not_a_date(call)
    return _written(call, moment, 3)


def _date_difference(call: Invocation) -> Json:
    ticks = _moment(call, 1).ticks - _moment(call, 0).ticks
    seconds, fraction = divmod(abs(ticks), TICKS_PER_SECOND)
    days, rest = divmod(seconds, 86_400)
    text = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    text = f"{days}.{text}" if days else text
    text = f"{text}.{fraction:07d}" if fraction else text
    return f"-{text}" if ticks < 0 else text


def _utc_now(call: Invocation) -> Json:
    return _written(call, Moment.of(call.environment.now()), 0)


def _moved(call: Invocation, moment: Moment, amount: int, unit: str) -> Moment:
    try:
        if unit.lower() in _SPANS:
            return moment.plus(_SPANS[unit.lower()] * amount)
        if unit.lower() in _MONTHS:
            return moment.plus_months(_MONTHS[unit.lower()] * amount)
    except OverflowError as error:
        raise call.failure("results in an unrepresentable date and time") from error
    raise call.failure(
        f"expects a valid time unit. The provided value '{unit}' is not a valid time unit"
    )


def _moment(call: Invocation, index: int) -> Moment:
    moment = parse_moment(call.text(index))
    if moment is None:
        raise _not_a_date(call, index)
    return moment


def _not_a_date(call: Invocation, index: int = 0) -> ExpressionError:
    return ExpressionError(
        f"In function '{call.name}', the value provided for date time string '{call.text(index)}' "
        "was not valid. The datetime string must match ISO 8601 format."
    )


def _written(call: Invocation, moment: Moment, index: int) -> str:
    pattern = call.optional_text(index, ROUND_TRIP)
    text = format_moment(moment, pattern)
    if text is None:
        raise call.failure(f"format parameter '{pattern}' is not supported")
    return text


def _zone(call: Invocation, index: int) -> ZoneInfo:
    name = call.text(index)
    zone = find_zone(name)
    if zone is None:
        raise call.failure(
            f"was given the time zone id '{name}', which is not known to this runner"
        )
    return UTC_ZONE if zone.key == UTC_ZONE.key else zone


def _require_english(call: Invocation, index: int) -> None:
    locale = call.optional_text(index, "en-US")
    if locale.lower() not in ("", "en-us"):
        raise call.failure(
            f"is supported by this runner for the locale 'en-US' only, not for '{locale}'"
        )


UTC_ZONE = ZoneInfo("UTC")

DATES = (
    Function("addDays", _add("day"), 2, 3),
    Function("addHours", _add("hour"), 2, 3),
    Function("addMinutes", _add("minute"), 2, 3),
    Function("addSeconds", _add("second"), 2, 3),
    Function("addToTime", _to_time(+1), 3, 4),
    Function("subtractFromTime", _to_time(-1), 3, 4),
    Function("getFutureTime", _from_now(+1), 2, 3),
    Function("getPastTime", _from_now(-1), 2, 3),
    Function(
        "startOfDay",
        _start_of(lambda wall: wall.replace(hour=0, minute=0, second=0, microsecond=0)),
        1,
        2,
    ),
    Function(
        "startOfHour", _start_of(lambda wall: wall.replace(minute=0, second=0, microsecond=0)), 1, 2
    ),
    Function(
        "startOfMonth",
        _start_of(lambda wall: wall.replace(day=1, hour=0, minute=0, second=0, microsecond=0)),
        1,
        2,
    ),
    Function("convertFromUtc", _convert_from_utc, 2, 3),
    Function("convertToUtc", _convert_to_utc, 2, 3),
    Function("convertTimeZone", _convert_time_zone, 3, 4),
    Function("formatDateTime", _format_date_time, 1, 3),
    Function("parseDateTime", _parse_date_time, 1, 3),
    Function("dateDifference", _date_difference, 2, 2),
    Function("dayOfMonth", lambda call: _moment(call, 0).wall.day, 1, 1),
    Function("dayOfWeek", lambda call: _moment(call, 0).wall.isoweekday() % 7, 1, 1),
    Function("dayOfYear", lambda call: _moment(call, 0).wall.timetuple().tm_yday, 1, 1),
    Function("ticks", lambda call: _moment(call, 0).ticks, 1, 1),
    Function("utcNow", _utc_now, 0, 1),
)
