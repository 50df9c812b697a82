"""Rows that are made when they are read: of many a page shows few, and none are held twice."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

Held = TypeVar("Held")
Row = TypeVar("Row")


class Rows(Sequence[Row], Generic[Held, Row]):
    """What is held, as rows; a slice of them is as lazy as they are."""

    def __init__(self, held: Sequence[Held], row: Callable[[Held], Row]) -> None:
        self._held = held
        self._row = row

    def __len__(self) -> int:
        return len(self._held)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        """One row, or rows that are not made yet."""
        if isinstance(index, slice):
            return Rows(self._held[index], self._row)
        return self._row(self._held[index])
