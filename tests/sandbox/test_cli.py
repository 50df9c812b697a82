"""The commands of the README, as a newcomer runs them."""

import json
from pathlib import Path

import pytest

from sandbox.cli import main

USER = "A.Thulile@dutchmasterz.onmicrosoft.com"


def test_the_demo_shows_alert_steps_evidence_verdict_approval_changes_and_final_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "outcome.json"
    assert main(["demo", "--approve", "--json", str(written)]) == 0
    shown = capsys.readouterr().out
    parts = ["ALERT", "PLAYBOOK", "EVIDENCE", "VERDICT", "QUESTIONS", "CHANGES", "OWN RECORD"]
    positions = [shown.index(part) for part in parts]
    assert positions == sorted(positions)
    assert "“.” [HIDDEN]: sends to accounts.fabrikam@mail.example" in shown
    assert "waiting for a person's approval" in shown
    assert "truePositive" in shown
    assert "Remove-InboxRule" in shown
    assert "\x1b[" not in shown, "piped output is plain text"

    outcome = json.loads(written.read_text(encoding="utf-8"))
    assert outcome["verdict"]["classification"] == "truePositive"
    assert outcome["verdict"]["determination"] == "compromisedAccount"
    assert outcome["verdict"]["findings"]
    assert outcome["indicators"]["forwardingType"] == "InboxRule"
    assert {"id", "question", "answer", "complete", "sources"} == set(outcome["questions"][0])
    done = {each["action"]: each for each in outcome["changes"] if each["status"] == "done"}
    assert done["delete_inbox_rule"]["ledgerId"]
    assert outcome["timeline"]
    assert "list_inbox_rules" in outcome["evidence"]


def test_without_anybody_to_answer_the_approval_expires_and_the_demo_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    assert "Remove-InboxRule" not in shown
    assert "Disable-InboxRule" in shown


def test_the_scenarios_are_listed_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "approved-partner",
        "exchange-refused",
        "hidden-forward",
    ]


def test_an_unknown_scenario_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--scenario", "nosuch"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "nosuch" in captured.err
    assert "hidden-forward" in captured.err
    assert len(captured.err.strip().splitlines()) == 1


def test_a_file_that_is_no_export_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(tmp_path / "missing.csv"), "--user", USER]) == 2
    assert "missing.csv" in capsys.readouterr().err


class TestARealTakeover:
    """An export of a real attack: password spray, two rules, permissions for a rogue account."""

    @pytest.fixture
    def outcome(
        self, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> tuple[dict[str, object], str]:
        export = shared_data / "ual" / "S1_athulile_spray_takeover.jsonl"
        written = tmp_path / "outcome.json"
        arguments = ["replay", str(export), "--user", USER, "--approve", "--json", str(written)]
        assert main(arguments) == 0
        return json.loads(written.read_text(encoding="utf-8")), capsys.readouterr().out

    def test_is_graded_a_true_positive_that_names_what_happened(
        self, outcome: tuple[dict[str, object], str]
    ) -> None:
        document, shown = outcome
        verdict = json.dumps(document["verdict"], ensure_ascii=False)
        assert '"classification": "truePositive"' in verdict
        assert "Inbox rule “.”" in verdict
        assert "Transport rule “.” sends mail to itcornpany@gmail.com" in verdict
        assert "Password spray or guessing that succeeded" in verdict
        assert "178.85.138.132" in verdict
        assert "62.149.20.10" in verdict
        assert "ITCornpany access: FullAccess on AdeleV" in verdict
        assert "SendAs on HenriettaM" in verdict
        assert "no alert was found" in shown

    def test_leaves_the_rule_and_the_transport_rule_disabled(
        self, outcome: tuple[dict[str, object], str]
    ) -> None:
        _, shown = outcome
        record = shown[shown.index("OWN RECORD") :]
        assert "Disable-InboxRule" in record
        assert "Disable-TransportRule" in record
        assert "Remove-InboxRule" not in record
        assert "Reset user password." in record

    def test_counts_every_event(self, outcome: tuple[dict[str, object], str]) -> None:
        _, shown = outcome
        assert "events used       177" in shown
        assert "not used          15" in shown
        assert "after the moment  3" in shown


def test_broken_lines_are_named_and_the_rest_goes_on(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (
        (shared_data / "ual" / "S1_athulile_spray_takeover.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    export = tmp_path / "broken.jsonl"
    export.write_text(
        "\n".join([*lines[:5], "{not json", *lines[5:], lines[7], ""]), encoding="utf-8"
    )
    assert main(["replay", str(export), "--user", USER]) == 0
    shown = capsys.readouterr().out
    assert "line 6 cannot be read" in shown
    assert "duplicates        1" in shown
    assert "truePositive" in shown
