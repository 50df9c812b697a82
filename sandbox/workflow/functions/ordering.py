"""Which of two values comes first: numbers by size, strings by character."""

from ..values import Json, Number, is_number


def compare(left: Json, right: Json) -> int | None:
    """Negative, zero or positive; None for values that have no order between them."""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if is_number(left) and is_number(right):
        first, second = _comparable(left, right)
        return (first > second) - (first < second)
    return None


def compare_any(left: Json, right: Json) -> int | None:
    """As `sort` compares: null comes first, and false before true."""
    if left is None or right is None:
        return (left is not None) - (right is not None)
    if isinstance(left, bool) and isinstance(right, bool):
        return left - right
    return compare(left, right)


def _comparable(left: Number, right: Number) -> tuple[Number, Number]:
    if isinstance(left, int) and isinstance(right, int):
        return left, right
    return float(left), float(right)
