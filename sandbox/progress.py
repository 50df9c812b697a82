"""How far a long piece of work is: a bar on a terminal, a line a stage anywhere else."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from sandbox.replay import Progress


class Stages:
    """Shows each stage of the work while it goes on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[events]:,} events"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    @contextmanager
    def stage(self, name: str) -> Generator[Progress]:
        """A stage, until the block ends."""
        task = self._bar.add_task(name, events=0, total=None)
        told = _Stage(self._bar, task)
        with self._bar:
            yield told
        self._bar.remove_task(task)
        if not self._console.is_terminal:
            self._console.print(Text(f"{name}: {told.events:,} events"), soft_wrap=True)


class _Stage:
    def __init__(self, bar: Bars, task: TaskID) -> None:
        self.events = 0
        self._bar = bar
        self._task = task

    def __call__(self, events: int, done: int, of: int) -> None:
        self.events = events
        self._bar.update(self._task, completed=done, total=of, events=events)
