"""The commands of the README, as a newcomer runs them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

import pytest

from sandbox.cli import main

ROOT = Path(__file__).parents[2]
USER = "A.Thulile@dutchmasterz.onmicrosoft.com"


def test_the_demo_shows_alert_steps_evidence_verdict_approval_changes_and_final_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "outcome.json"
    assert main(["demo", "--approve", "--json", str(written)]) == 0
    shown = capsys.readouterr().out
    parts = ["ALERT", "PLAYBOOK", "EVIDENCE", "VERDICT", "QUESTIONS", "CHANGES", "FINAL STATE"]
    positions = [shown.index(part) for part in parts]
    assert positions == sorted(positions)
    assert "“.” [HIDDEN]: sends to accounts.fabrikam@mail.example" in shown
    assert "waiting for a person's approval" in shown
    assert "truePositive" in shown
    assert "“.”" not in shown[shown.index("FINAL STATE") : shown.index("OWN RECORD")]
    record = shown[shown.index("OWN RECORD") :]
    assert "Remove-InboxRule" in record
    assert "(enabled" not in record, "whether it was on says nothing of a rule that is gone"
    assert "\x1b[" not in shown, "piped output is plain text"
    assert not [line for line in shown.splitlines() if line != line.rstrip()]

    outcome = json.loads(written.read_text(encoding="utf-8"))
    assert outcome["verdict"]["classification"] == "truePositive"
    assert outcome["verdict"]["determination"] == "compromisedAccount"
    assert outcome["verdict"]["findings"]
    assert outcome["indicators"]["forwardingType"] == "InboxRule"
    said = {"id", "question", "answer", "complete", "found", "asked", "sources", "unseen"}
    assert said == set(outcome["questions"][0])
    done = {each["action"]: each for each in outcome["changes"] if each["status"] == "done"}
    assert done["delete_inbox_rule"]["ledgerId"]
    assert outcome["timeline"]
    assert "list_inbox_rules" in outcome["evidence"]


def test_without_anybody_to_answer_the_approval_expires_and_the_demo_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    assert "nobody answered in time, which means no" in shown
    assert "“.” [HIDDEN, disabled]" in shown[shown.index("FINAL STATE") :]
    assert "Remove-InboxRule" not in shown
    assert "Disable-InboxRule" in shown


@pytest.fixture(scope="module")
def refused_by_exchange() -> str:
    """What the demo shows where Exchange answers nothing."""
    with redirect_stdout(StringIO()) as shown:
        assert main(["demo", "--scenario", "exchange-refused"]) == 0
    return shown.getvalue()


def test_what_exchange_refuses_to_show_is_never_told_as_none(refused_by_exchange: str) -> None:
    shown = refused_by_exchange
    evidence = shown[shown.index("EVIDENCE") : shown.index("VERDICT")]
    assert "none" not in evidence
    assert "Mailbox forwarding\n    not seen\n" in evidence
    assert "and perhaps more: not all was seen" in evidence
    assert "no forwarding" not in shown


def test_a_failed_change_says_whose_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--scenario", "mail-contact", "--approve"]) == 0
    shown = capsys.readouterr().out
    steps = shown[shown.index("PLAYBOOK") : shown.index("WHAT THE ALERT NAMES")]
    assert "credentials of omar.haddad@adatum.com: Graph: Authorization_RequestDenied" in steps
    changes = shown[shown.index("CHANGES") :]
    assert "failed    reset_credentials: credentials of omar.haddad@adatum.com\n" in changes


def test_an_answer_that_may_not_be_all_does_not_read_as_doubt(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["demo", "--scenario", "mailbox-smtp", "--approve"]) == 0
    shown = capsys.readouterr().out
    assert "+ Is the account compromised?\n      Yes: lucia.ferrer@" in shown
    assert "would change it: Word from lucia.ferrer@" in shown
    assert "✓ Who receives the forwarded mail?" in shown
    steps = shown[shown.index("PLAYBOOK") : shown.index("WHAT THE ALERT NAMES")]
    [suspect] = [line for line in steps.splitlines() if "Suspect" in line]
    assert "to be stopped: forwarding of mailbox lucia.ferrer@" in suspect


def test_a_question_that_nothing_seen_answers_is_marked_as_open(refused_by_exchange: str) -> None:
    shown = refused_by_exchange
    assert "? How is mail forwarded" in shown or "? Who receives the forwarded mail?" in shown
    steps = shown[shown.index("PLAYBOOK") : shown.index("WHAT THE ALERT NAMES")]
    [suspect] = [line for line in steps.splitlines() if "Suspect" in line]
    assert "nothing more seen to be stopped" in suspect


def test_whoever_reads_may_leave_and_the_run_goes_on(tmp_path: Path) -> None:
    written = tmp_path / "outcome.json"
    command = [sys.executable, "-m", "sandbox", "demo", "--approve", "--json", str(written)]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        told = running.stderr.read()
        assert running.wait(timeout=60) == 0
    assert told == b""
    assert json.loads(written.read_text(encoding="utf-8"))["run"]["status"] == "Succeeded"


# A shell lets the jobs that it runs in the background ignore SIGINT, and so do their children.
INTERRUPTIBLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("sandbox", run_name="__main__")
"""


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal needs POSIX")
class TestAtATerminal:
    """The demo asks whoever sits there."""

    @pytest.fixture
    def at_the_question(self) -> Iterator[tuple[subprocess.Popen[bytes], int, bytes]]:
        import termios

        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        environ = {**os.environ, "TERM": "xterm-256color"}
        with subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", INTERRUPTIBLE, "demo"],
            cwd=ROOT,
            env=environ,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as running:
            os.close(theirs)
            shown = b""
            while b"[y/N]" not in shown:
                shown += os.read(ours, 4096)
            yield running, ours, shown
            running.kill()
        os.close(ours)

    def test_in_colour_and_within_its_width(
        self, at_the_question: tuple[subprocess.Popen[bytes], int, bytes]
    ) -> None:
        _, _, shown = at_the_question
        assert b"\x1b[" in shown
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
        assert max(len(line) for line in re.split(r"[\r\n]+", plain)) <= 80

    @pytest.mark.parametrize(("typed", "answered"), [(b"y\n", "approved"), (b"n\n", "rejected")])
    def test_and_does_as_told(
        self,
        at_the_question: tuple[subprocess.Popen[bytes], int, bytes],
        typed: bytes,
        answered: str,
    ) -> None:
        running, terminal, _ = at_the_question
        os.write(terminal, typed)
        shown = read_to_the_end(terminal)
        assert running.wait(timeout=60) == 0
        assert answered in shown
        assert ("Remove-InboxRule" in shown) == (answered == "approved")

    def test_and_ctrl_c_ends_it_at_once(
        self, at_the_question: tuple[subprocess.Popen[bytes], int, bytes]
    ) -> None:
        running, terminal, _ = at_the_question
        running.send_signal(signal.SIGINT)
        shown = read_to_the_end(terminal)
        assert running.wait(timeout=30) == 130
        assert "Stopped." in shown
        assert "Traceback" not in shown


def read_to_the_end(terminal: int) -> str:
    shown = b""
    with suppress(OSError):  # Linux says EIO when the other side has closed
        while read := os.read(terminal, 4096):
            shown += read
    return shown.decode()


def test_the_scenarios_are_listed_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "approved-partner",
        "consent-phishing",
        "delegate-abuse",
        "delegate-forward",
        "exchange-refused",
        "group-guest",
        "hidden-forward",
        "hybrid-account",
        "late-logs",
        "localised-rss",
        "lookalike-domain",
        "mail-contact",
        "mailbox-smtp",
        "manual-forward",
        "new-hire",
        "outlook-resync",
        "removed-before-alert",
        "shared-mailbox",
        "transport-bcc",
    ]


def test_an_unknown_scenario_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--scenario", "nosuch"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "nosuch" in captured.err
    assert "hidden-forward" in captured.err
    assert len(captured.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["demo", "--json", "/nosuch/folder/x.json"], "folder that exists"),
        (["serve", "--port", "99999"], "65535"),
        (["replay", "x.csv", "--user", USER, "--at", "soon"], "'soon' is not a time"),
        (["replay", "x.csv", "--user", "joe"], "a.user@contoso.com"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_runs(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err.splitlines()[-1]


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"port {port}: ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: [1\n  b: }", "line 2, column 4"),
        (b"\xff\xfe\xaa", "can't decode"),
        (b"- 1", "the file as a whole: must be a mapping"),
    ],
)
def test_a_file_that_is_no_scenario_is_one_clear_line(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "[mine].yaml"
    path.write_bytes(content)
    assert main(["demo", "--scenario", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{path}: ")
    assert told in line


def test_a_key_that_is_misspelled_is_named_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    ours = (ROOT / "sandbox" / "scenarios" / "hidden-forward.yaml").read_text(encoding="utf-8")
    path.write_text(ours.replace("\ntitle:", "\ntitel:"), encoding="utf-8")
    assert main(["demo", "--scenario", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"{path}: titel: there is no such key; title: ")


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
        assert "events read       195, 2021-04-14 12:32:23 UTC to 2021-04-17 15:34:49 UTC" in shown
        assert "(24 hours after the newest forwarding alert or change)" in shown
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
        "\n".join([*lines[:5], "{not json", "{", *lines[5:], "}", lines[7], ""]),
        encoding="utf-8",
    )
    assert main(["replay", str(export), "--user", USER]) == 0
    shown = capsys.readouterr().out
    assert f"lines 6-7, {len(lines) + 3} cannot be read: not a JSON object" in shown
    assert "duplicates        1" in shown
    assert "truePositive" in shown
