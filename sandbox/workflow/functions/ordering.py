"""Which of two values comes first: numbers by size, strings by character."""

from ..values import Json, is_number


def compare(left: Json, right: Json) -> int | None:
    """Negative, zero or positive; None for values that have no order between them."""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if is_number(left) and is_number(right):
        return (left > right) - (left < right)
    return None
