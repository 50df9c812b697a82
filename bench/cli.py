"""The command line of the benches: run one or all, show a table, write JSON."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType

from pydantic import JsonValue
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from bench.cold_start import cold_start
from bench.enumeration import enumeration
from bench.measured import Grid, Measured, Progress
from bench.memory import memory
from bench.triage import triage
from bench.verdict.measure import explained, verdict

Bench = Callable[[Progress], Awaitable[Measured]]
BENCHES: Mapping[str, Bench] = MappingProxyType(
    {
        "cold-start": cold_start,
        "triage": triage,
        "enumerate": enumeration,
        "memory": memory,
        "verdict": verdict,
    }
)


def main(arguments: Sequence[str] | None = None, benches: Mapping[str, Bench] = BENCHES) -> int:
    """Runs benches. The exit code is 0, 1 when a bound is missed, 2 when one could not run."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    parser = _parser(benches)
    options = parser.parse_args(arguments)
    if (options.cases or options.explain) and options.name != "verdict":
        parser.error("--cases and --explain belong to the bench verdict")
    errors = Console(stderr=True)
    if options.explain:
        return _explain(options.explain, options.cases, errors)
    names = [options.name] if options.name else list(benches)
    if options.cases:
        benches = {**benches, "verdict": partial(verdict, files=options.cases)}
    on_stdout = options.json == "-"
    # A table is for a terminal; JSON on standard output stands there alone.
    console = errors if on_stdout else Console()
    found: list[Measured] = []
    try:
        for name in names:
            with _bars(errors) as progress:
                measured = asyncio.run(_run(benches[name], progress))
            found.append(measured)
            if not on_stdout:
                _show(console, measured)
        _write(options.json, found[0].document() if options.name else _documents(found))
    except OSError as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        errors.print("\nStopped.")
        return 130
    missed = [(each.bench, figure) for each in found for figure in each.missed]
    for bench, figure in missed:
        line = f"{bench}: {figure.key} is {figure.shown}, {figure.bound}"
        errors.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    return 1 if missed else 0


def _explain(identifier: str, files: Sequence[Path], errors: Console) -> int:
    """Says of each case of that id why it was judged so. The exit code is 2 where there is none."""
    try:
        found = list(explained(identifier, files))
    except OSError as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        return 2
    if not found:
        errors.print(f"no case has the id {identifier!r}", style="red", markup=False)
        return 2
    print("\n\n".join(found))
    return 0


async def _run(bench: Bench, progress: Progress) -> Measured:
    return await bench(progress)


def _documents(found: Sequence[Measured]) -> dict[str, JsonValue]:
    return {each.bench: each.document() for each in found}


def _write(target: str | None, document: dict[str, JsonValue]) -> None:
    text = json.dumps(document, indent=2) + "\n"
    if target == "-":
        sys.stdout.write(text)
    elif target is not None:
        Path(target).write_text(text, encoding="utf-8")


@contextmanager
def _bars(console: Console) -> Generator[Progress]:
    """Progress on a terminal; a pipe is told nothing."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("starting", total=None)
        yield lambda what, done, of: bars.update(task, description=what, completed=done, total=of)


def _show(console: Console, measured: Measured) -> None:
    if not console.is_terminal:
        print(f"{measured.bench}: against {measured.baseline}")
        for each in measured.figures:
            bound = f" ({each.bound})" if each.bound else ""
            print(f"  {each.meaning}: {each.shown}{bound}")
        for grid in measured.grids:
            print(f"  {grid.title}:")
            for row in (grid.columns, *grid.rows):
                print(f"    {' | '.join(row)}")
        for note in measured.notes:
            print(f"  {note}")
        return
    table = Table(title=measured.bench, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("figure")
    table.add_column("value", overflow="fold")
    table.add_column("bound")
    for each in measured.figures:
        style = "" if each.held else "red"
        table.add_row(each.meaning, each.shown, each.bound, style=style)
    console.print(table)
    for grid in measured.grids:
        console.print(_drawn(grid))
    console.print(f"Against: {measured.baseline}", style="dim", highlight=False)
    for note in measured.notes:
        console.print(note, style="dim", markup=False, highlight=False)


def _drawn(grid: Grid) -> Table:
    table = Table(title=grid.title, title_justify="left", box=box.SIMPLE_HEAD)
    for place, column in enumerate(grid.columns):
        table.add_column(column, justify="right" if place else "left")
    for row in grid.rows:
        table.add_row(*row)
    return table


def _target(text: str) -> str:
    """Refused before minutes are spent on measuring what could not be written."""
    path = Path(text)
    if text != "-" and (path.is_dir() or not path.parent.is_dir()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a file in a folder that exists")
    return text


def _parser(benches: Mapping[str, Bench]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "name", nargs="?", choices=[*benches], help=f"one of {', '.join(benches)}; default: all"
    )
    parser.add_argument(
        "--json",
        type=_target,
        metavar="FILE",
        help="write every figure as one JSON object; - is standard output",
    )
    parser.add_argument(
        "--cases",
        action="append",
        default=[],
        type=Path,
        metavar="FILE.jsonl",
        help="verdict: labelled cases to judge in place of the project's own; may be repeated",
    )
    parser.add_argument(
        "--explain", metavar="ID", help="verdict: say why the case of this id is judged as it is"
    )
    return parser
