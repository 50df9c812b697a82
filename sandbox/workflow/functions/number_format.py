""".NET's numeric format strings for the culture en-US.

"Standard numeric format strings" and "Custom numeric format strings" of the .NET documentation.
"""

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from ..values import Number, to_text

_STANDARD = re.compile(r"(?P<letter>[a-zA-Z])(?P<precision>\d{0,2})")
_DIGITS = re.compile(r"[0#.,]*[0#][0#.,]*")


def format_number(number: Number, pattern: str) -> str | None:
    """A number by a standard or custom pattern; None if the pattern does not fit the number."""
    value = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    standard = _STANDARD.fullmatch(pattern or "G")
    if standard is None:
        return _custom(value, pattern)
    letter = standard["letter"]
    precision = int(standard["precision"]) if standard["precision"] else None
    if letter.upper() == "R" or (letter.upper() == "G" and not precision):
        return None if letter.upper() == "R" and isinstance(number, int) else _shortest(number)
    return _standard(value, letter, precision, whole=isinstance(number, int))


def _standard(  # noqa: PLR0911 - one return for each letter
    value: Decimal, letter: str, precision: int | None, *, whole: bool
) -> str | None:
    places = 2 if precision is None else precision
    match letter.upper():
        case "N":
            return f"{_round(value, places):,f}"
        case "F":
            return f"{_round(value, places):f}"
        case "P":
            return f"{_round(value * 100, places):,f} %"
        case "C":
            sign = "-" if value < 0 else ""
            return f"{sign}${_round(abs(value), places):,f}"
        case "D" if whole:
            return f"{'-' if value < 0 else ''}{abs(int(value)):0{precision or 1}d}"
        case "X" if whole:
            digits = f"{int(value) % 2**64 if value < 0 else int(value):0{precision or 1}x}"
            return digits.upper() if letter == "X" else digits
        case "E":
            mantissa, exponent = f"{value:.{6 if precision is None else precision}e}".split("e")
            return f"{mantissa}{letter}{exponent[0]}{int(exponent[1:]):03d}"
        case "G" if precision:
            return _general(value, letter, precision)
        case _:
            return None


def _shortest(number: Number) -> str:
    return f"{number.normalize():f}" if isinstance(number, Decimal) else to_text(number)


def _general(value: Decimal, letter: str, digits: int) -> str:
    """So many significant digits, with an exponent where those do not reach the decimal point."""
    rounded = Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(value).normalize()
    exponent = rounded.adjusted()
    if -5 < exponent < digits:
        return f"{rounded:f}"
    sign = "-" if exponent < 0 else "+"
    return f"{rounded.scaleb(-exponent):f}{'E' if letter == 'G' else 'e'}{sign}{abs(exponent):02d}"


def _custom(value: Decimal, pattern: str) -> str | None:
    sections = pattern.split(";")
    if value == 0 and len(sections) > 2:
        return _section(value, sections[2])
    if value < 0 and len(sections) > 1:
        return _section(-value, sections[1])
    text = _section(abs(value), sections[0])
    return f"-{text}" if text is not None and value < 0 else text


def _section(value: Decimal, section: str) -> str | None:
    digits = _DIGITS.search(section)
    if digits is None:
        return section
    if "%" in section:
        value *= 100
    whole, _, fraction = digits[0].partition(".")
    rounded = value.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    left, _, right = f"{rounded:f}".partition(".")
    left = left.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole:
        left = re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", left)
    least = fraction.rfind("0") + 1
    right = right[:least] + right[least:].rstrip("0")
    text = f"{left}.{right}" if right else left
    return section[: digits.start()] + text + section[digits.end() :]


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
