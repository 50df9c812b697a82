"""A list of which a page shows so much, and says how much it leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Some(Generic[T]):
    """The items that are shown."""

    items: tuple[T, ...]
    left_out: int = 0


def some(items: Sequence[T], most: int) -> Some[T]:
    """The first items."""
    return Some(tuple(items[:most]), max(0, len(items) - most))
