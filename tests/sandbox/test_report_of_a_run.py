"""--report of demo and replay: the page of a whole run of the playbook, in one file."""

import json
from pathlib import Path

import pytest

from sandbox.cli import main


def test_the_demo_writes_a_page_with_the_verdict_and_every_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, outcome = tmp_path / "report.html", tmp_path / "outcome.json"

    assert main(["demo", "--approve", "--report", str(page), "--json", str(outcome)]) == 0

    told = page.read_text(encoding="utf-8")
    assert told.startswith("<!doctype html>")
    assert "True positive" in told
    changes = json.loads(outcome.read_text(encoding="utf-8"))["changes"]
    made = [each for each in changes if each["status"] == "done"]
    assert made
    for each in made:
        assert each["ledgerId"] in told, each
    assert "delete_inbox_rule" in capsys.readouterr().out


def test_a_rejected_plan_is_still_there_to_approve(tmp_path: Path) -> None:
    page = tmp_path / "report.html"

    assert main(["demo", "--reject", "--report", str(page)]) == 0

    assert "2 to approve" in page.read_text(encoding="utf-8")


def test_a_replay_writes_one_too(shared_data: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    export = shared_data / "ual" / "S1_athulile_spray_takeover.jsonl"
    user = "A.Thulile@dutchmasterz.onmicrosoft.com"

    assert main(["replay", str(export), "--user", user, "--report", str(page)]) == 0

    told = page.read_text(encoding="utf-8")
    assert "itcornpany@gmail.com" in told
    # The export has no table of mail flow, which is not the same as no mail.
    assert "Not known: how much mail went to them was not seen." in told


def test_a_place_where_no_file_can_be_is_refused_before_anything_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--report", str(tmp_path / "none" / "report.html")])
    assert "is not a file in a folder that exists" in capsys.readouterr().err
