""".NET's date and time format strings for the culture en-US.

"Standard date and time format strings" and "Custom date and time format strings" of the .NET
documentation.
"""

import calendar
import re
from collections.abc import Callable
from datetime import datetime

from .moments import Moment

ROUND_TRIP = "yyyy-MM-ddTHH:mm:ss.fffffffK"

_STANDARD = {
    "d": "M/d/yyyy",
    "D": "dddd, MMMM d, yyyy",
    "f": "dddd, MMMM d, yyyy h:mm tt",
    "F": "dddd, MMMM d, yyyy h:mm:ss tt",
    "g": "M/d/yyyy h:mm tt",
    "G": "M/d/yyyy h:mm:ss tt",
    "m": "MMMM d",
    "M": "MMMM d",
    "o": ROUND_TRIP,
    "O": ROUND_TRIP,
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "h:mm tt",
    "T": "h:mm:ss tt",
    "u": "yyyy-MM-dd HH:mm:ss'Z'",
    "U": "dddd, MMMM d, yyyy h:mm:ss tt",
    "y": "MMMM yyyy",
    "Y": "MMMM yyyy",
}
_PIECE = re.compile(r"'[^']*'|\"[^\"]*\"|\\.|%[^%]|([dfFghHmMstyz])\1*|.", re.DOTALL)
_INVALID = re.compile(r"['\"\\%]|[fF]{8,}")  # an open quote, a lone mark, too many digits
_ZONES = {"utc": "Z", "local": "", "offset": "+00:00"}


def _padded(number: int, width: int) -> str:
    return str(number).zfill(min(width, 2))


def _name_or_number(number: int, width: int, short: str, full: str) -> str:
    if width <= 2:
        return str(number).zfill(width)
    return short if width == 3 else full


def _year(wall: datetime, width: int) -> str:
    return str(wall.year).zfill(width) if width > 2 else str(wall.year % 100).zfill(width)


_FIELDS: dict[str, Callable[[datetime, int], str]] = {
    "y": _year,
    "M": lambda wall, width: _name_or_number(
        wall.month, width, calendar.month_abbr[wall.month], calendar.month_name[wall.month]
    ),
    "d": lambda wall, width: _name_or_number(
        wall.day, width, calendar.day_abbr[wall.weekday()], calendar.day_name[wall.weekday()]
    ),
    "H": lambda wall, width: _padded(wall.hour, width),
    "h": lambda wall, width: _padded((wall.hour + 11) % 12 + 1, width),
    "m": lambda wall, width: _padded(wall.minute, width),
    "s": lambda wall, width: _padded(wall.second, width),
    "t": lambda wall, width: ("AM" if wall.hour < 12 else "PM")[: min(width, 2)],
    "z": lambda wall, width: {1: "+0", 2: "+00"}.get(width, "+00:00"),
    "g": lambda wall, width: "A.D.",
}


def format_pieces(pattern: str) -> list[str] | None:
    """The fields and literals of a standard or custom pattern; None for one unknown to .NET."""
    if len(pattern) == 1:
        if pattern not in _STANDARD:
            return None
        pattern = _STANDARD[pattern]
    pieces = [match[0] for match in _PIECE.finditer(pattern)]
    return None if any(_INVALID.fullmatch(piece) for piece in pieces) else pieces


def format_moment(moment: Moment, pattern: str) -> str | None:
    """A moment by a standard or custom pattern; None for one unknown to .NET."""
    pieces = format_pieces(pattern or "G")
    if pieces is None:
        return None
    written: list[str] = []
    for piece in pieces:
        text = _piece(moment, piece)
        if not text and piece[0] == "F" and written and written[-1] == ".":
            written.pop()
        written.append(text)
    return "".join(written)


def _piece(moment: Moment, piece: str) -> str:
    first, width = piece[0], len(piece)
    if first == "%":
        return _piece(moment, piece[1:])
    if first in _FIELDS:
        return _FIELDS[first](moment.wall, width)
    if first in "fF":
        digits = str(moment.fraction).zfill(7)[:width]
        return digits if first == "f" else digits.rstrip("0")
    if first == "K":
        return _ZONES[moment.kind]
    if first in "'\"":
        return piece[1:-1]
    return piece.removeprefix("\\")
