"""The command line of the benches, with a bench that is over at once."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.cli import Bench, main
from bench.measured import Figure, Measured, Progress


def benches(**ratios: float) -> Mapping[str, Bench]:
    """One for each name, with that ratio and a bound of a half."""

    def bench(name: str, ratio: float) -> Bench:
        async def measure(progress: Progress) -> Measured:
            progress("measuring", 1, 1)
            figures = (
                Figure("ratio", "ours / theirs", ratio, at_most=0.5),
                Figure("phasesMs", "where the time goes", {"start": 12.0}, "ms"),
            )
            return Measured(name, "theirs", figures, ("A note.",))

        return measure

    return {name: bench(name, ratio) for name, ratio in ratios.items()}


def test_one_bench_is_told_line_by_line_where_nobody_has_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["fast"], benches(fast=0.4, slow=0.9)) == 0

    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "fast: against theirs",
        "  ours / theirs: 0.4 (at most 0.5: held)",
        "  where the time goes: start 12 ms",
        "  A note.",
    ]
    assert told.err == ""


def test_a_bound_that_is_missed_ends_with_one_and_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([], benches(fast=0.4, slow=0.9)) == 1

    told = capsys.readouterr().err
    assert told == "slow: ratio is 0.9, at most 0.5: MISSED\n"


def test_json_on_standard_output_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    main(["fast", "--json", "-"], benches(fast=0.4))

    assert json.loads(capsys.readouterr().out) == {
        "bench": "fast",
        "baseline": "theirs",
        "ratio": 0.4,
        "phasesMs": {"start": 12.0},
        "bounds": [{"figure": "ratio", "atMost": 0.5, "value": 0.4, "held": True}],
        "notes": ["A note."],
    }


def test_all_benches_are_one_object_by_their_names(tmp_path: Path) -> None:
    file = tmp_path / "found.json"

    main(["--json", str(file)], benches(fast=0.4, slow=0.9))

    found = json.loads(file.read_text())
    assert {name: each["ratio"] for name, each in found.items()} == {"fast": 0.4, "slow": 0.9}


def test_a_bench_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["slowest"], benches(fast=0.4))

    assert ended.value.code == 2
    assert "fast" in capsys.readouterr().err


def test_a_bench_that_cannot_run_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(progress: Progress) -> Measured:
        raise OSError("the memory of a process cannot be seen here")

    assert main(["broken"], {"broken": broken}) == 2
    assert capsys.readouterr().err == "the memory of a process cannot be seen here\n"


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def measured(progress: Progress) -> Measured:
        raise AssertionError("it was measured")

    with pytest.raises(SystemExit) as ended:
        main(["fast", "--json", str(tmp_path / "missing" / "found.json")], {"fast": measured})

    assert ended.value.code == 2
    assert "is not a file in a folder that exists" in capsys.readouterr().err
