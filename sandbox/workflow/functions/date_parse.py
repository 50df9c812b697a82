"""Dates read by one of .NET's date and time format strings, which must fit exactly."""

import re

from .date_format import format_pieces
from .moments import OFFSET, Moment, moment_of

_FIELDS = {
    "yyyy": r"(?P<year>\d{4})",
    "yy": r"(?P<year>\d{2})",
    "MMMM": r"(?P<name>[a-z]+)",
    "MMM": r"(?P<name>[a-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "dddd": r"(?P<weekday>[a-z]+)",
    "ddd": r"(?P<weekday>[a-z]{3})",
    "dd": r"(?P<day>\d{2})",
    "d": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{2})",
    "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<hour>\d{2})",
    "h": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "m": r"(?P<minute>\d{1,2})",
    "ss": r"(?P<second>\d{2})",
    "s": r"(?P<second>\d{1,2})",
    "tt": r"(?P<half>AM|PM)",
    "K": rf"(?P<zone>Z|{OFFSET})?",
    "Z": r"(?P<zone>Z)",
    "z": rf"(?P<zone>{OFFSET})",
    "zz": rf"(?P<zone>{OFFSET})",
    "zzz": rf"(?P<zone>{OFFSET})",
}


def parse_exact(text: str, pattern: str) -> Moment | None:
    """Read a date by a standard or custom pattern that holds its year; None if it does not fit."""
    pieces = format_pieces(pattern) if pattern else None
    if pieces is None:
        return None
    try:
        match = re.fullmatch("".join(map(_field, pieces)), text, re.IGNORECASE)
        return moment_of(match) if match else None
    except (re.error, KeyError, ValueError, OverflowError):
        return None


def _field(piece: str) -> str:  # noqa: PLR0911 - one return for each kind
    if piece in _FIELDS:
        return _FIELDS[piece]
    match piece[0]:
        case "f":
            return rf"(?P<fraction>\d{{{len(piece)}}})"
        case "F":
            return rf"(?P<fraction>\d{{0,{len(piece)}}})"
        case "'" | '"':
            return re.escape(piece[1:-1])
        case ".":
            return r"\.?"  # a fraction of F may be missing, and its point with it
        case "%":
            return _field(piece[1:])
        case _:
            return re.escape(piece.removeprefix("\\"))
