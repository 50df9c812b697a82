"""What a bench found: figures, some of them with a bound, as a table or as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

Progress = Callable[[str, int, int], None]
"""Is told what is being measured, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Figure:
    """One figure: its name in the JSON, and what it means to people."""

    key: str
    meaning: str
    value: JsonValue
    unit: str = ""
    at_most: float | None = None

    @property
    def held(self) -> bool:
        """Whether it stays within its bound, if it has one."""
        if self.at_most is None:
            return True
        return isinstance(self.value, int | float) and self.value <= self.at_most

    @property
    def shown(self) -> str:
        """The value as people read it."""
        match self.value:
            case dict():
                text = ", ".join(f"{name} {_number(each)}" for name, each in self.value.items())
            case list():
                named = any(isinstance(each, str) for each in self.value)
                text = (", " if named else " ").join(_number(each) for each in self.value)
            case _:
                text = _number(self.value)
        return f"{text} {self.unit}".strip()

    @property
    def bound(self) -> str:
        """The bound and whether it is held, in words; empty without one."""
        if self.at_most is None:
            return ""
        return f"at most {_number(self.at_most)}: {'held' if self.held else 'MISSED'}"


@dataclass(frozen=True)
class Grid:
    """A table of a bench that compares more than two."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Measured:
    """What a bench found. Durations are medians where a figure does not say otherwise."""

    bench: str
    baseline: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    details: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What only the JSON has, by its key."""

    @property
    def missed(self) -> tuple[Figure, ...]:
        """The figures that are beyond their bounds."""
        return tuple(figure for figure in self.figures if not figure.held)

    def document(self) -> dict[str, JsonValue]:
        """Every figure by its key, and what was compared with what."""
        bounds: list[JsonValue] = [
            {"figure": each.key, "atMost": each.at_most, "value": each.value, "held": each.held}
            for each in self.figures
            if each.at_most is not None
        ]
        return {
            "bench": self.bench,
            "baseline": self.baseline,
            **self.details,
            **{each.key: each.value for each in self.figures},
            "bounds": bounds,
            "notes": list[JsonValue](self.notes),
        }


def _number(value: JsonValue) -> str:
    return f"{value:,.3g}" if isinstance(value, float) and abs(value) < 100 else _whole(value)


def _whole(value: JsonValue) -> str:
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)
