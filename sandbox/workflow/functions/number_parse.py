"""Numbers in texts, as .NET reads them in the invariant culture."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

_DIGITS = r"(?:[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)"
_FLOAT = re.compile(
    rf"\s*(?:[+-]?{_DIGITS}(?:[eE][+-]?[0-9]+)?|[+-]?(?:infinity|nan))\s*",
    re.IGNORECASE | re.ASCII,
)
_DECIMAL = re.compile(rf"\s*(?P<before>[+-])?(?P<digits>{_DIGITS})(?P<after>[+-])?\s*", re.ASCII)
_LARGEST_DECIMAL = Decimal(2**96 - 1)
_DECIMAL_DIGITS = 28


def parse_float(text: str) -> float | None:
    """A number with or without thousands separators, fraction and exponent; None for no number."""
    return float(text.replace(",", "")) if _FLOAT.fullmatch(text) else None


def parse_decimal(text: str) -> Decimal | None:
    """A number without exponent; None for no number, and for one beyond `System.Decimal`."""
    match = _DECIMAL.fullmatch(text)
    if match is None or (match["before"] and match["after"]):
        return None
    sign = match["before"] or match["after"] or ""
    return _fitted(Decimal(sign + match["digits"].replace(",", "")))


def _fitted(value: Decimal) -> Decimal | None:
    """A value with the digits that a `System.Decimal` keeps; None beyond its range."""
    if not value.is_finite() or abs(value) > _LARGEST_DECIMAL:
        return None
    scale = -int(value.as_tuple().exponent)
    if scale <= _DECIMAL_DIGITS:
        return value
    with localcontext(prec=_DECIMAL_DIGITS + 2):
        return value.quantize(Decimal(1).scaleb(-_DECIMAL_DIGITS), ROUND_HALF_EVEN)
