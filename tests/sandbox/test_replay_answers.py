"""A replay from the file to the answer: what it names, how large it may be, how it ends."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.model import JsonObject
from sandbox.clock import Clock
from sandbox.lab import laboratory, play
from sandbox.outcome import Outcome
from sandbox.replay import load_export, rebuild
from tests.consents import ORGANIZATION, consented, mail_read
from tests.labs import objects
from tests.sandbox.noise import Noise, write_among_noise

ANA, BOB = "ana@contoso.onmicrosoft.com", "bob@contoso.onmicrosoft.com"
APP = "5e1f0d2c-7a3b-4c8e-9f10-2b6d7c8a9e01"
NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)


async def replayed(path: Path, user: str, at: datetime | None = None) -> Outcome:
    found = rebuild(load_export(path), user, at)
    async with laboratory(found.state, Clock(found.moment)) as lab:
        return Outcome(await play(lab, found.incident))


def sentences(outcome: Outcome, identifier: str) -> list[str]:
    found = objects(outcome.verdict["findings"])
    return [str(each["sentence"]) for each in found if each["id"] == identifier]


def export(folder: Path, records: Iterable[JsonObject]) -> Path:
    """The records among a fortnight of what people of the organisation do."""
    noise = Noise(ORGANIZATION, "contoso.onmicrosoft.com", NOON - timedelta(days=14), NOON)
    path = folder / "export.jsonl"
    lines = [*noise.records(200), *records]
    path.write_text("\n".join(json.dumps(each) for each in lines), encoding="utf-8")
    return path


async def test_an_illicit_consent_is_answered_with_the_application_and_what_it_read(
    tmp_path: Path,
) -> None:
    scopes = "offline_access Mail.Read Mail.Send"
    given = NOON - timedelta(hours=3)
    records = [
        *consented("rnicrosoft_office", APP, scopes, given, ANA, everybody=True),
        mail_read(APP, given + timedelta(minutes=10), BOB, 7),
        mail_read("some-other-app", given + timedelta(minutes=11), BOB, 9),
    ]
    outcome = await replayed(export(tmp_path, records), ANA)
    (told,) = sentences(outcome, "app_consent")
    for named in ("rnicrosoft_office", APP, "Mail.Read", ANA, "17 Nov 2026 09:00 UTC",
                  "203.0.113.7", f"mailbox of {BOB} it read 7 messages"):  # fmt: skip
        assert named in told
    assert outcome.verdict["classification"] == "undetermined"
    assert "rnicrosoft_office" in str(outcome.verdict["summary"])
    assert any("Enterprise applications" in advice for advice in outcome.by_hand)


async def test_an_ordinary_application_accuses_nobody(tmp_path: Path) -> None:
    given = NOON - timedelta(hours=3)
    scopes = "offline_access https://outlook.office.com/IMAP.AccessAsUser.All"
    records = [
        *consented("Thunderbird", APP, scopes, given, ANA),
        mail_read(APP, given + timedelta(minutes=10), ANA, 700),
    ]
    outcome = await replayed(export(tmp_path, records), ANA)
    assert sentences(outcome, "app_consent") == []
    (told,) = sentences(outcome, "app_consent_ordinary")
    assert "Thunderbird" in told
    weights = [each["weight"] for each in objects(outcome.verdict["findings"])]
    assert all(isinstance(weight, int) and weight <= 0 for weight in weights)
    assert outcome.by_hand == []


async def test_the_recorded_consent_is_answered_with_its_application(shared_data: Path) -> None:
    upn = "joey@dutchmasterz.onmicrosoft.com"
    outcome = await replayed(shared_data / "ual" / "S2_illicit_consent_rnicrosoft.jsonl", upn)
    told = {each.partition(" (")[0]: each for each in sentences(outcome, "app_consent")}
    assert set(told) == {"“rnicrosoft”", "“rnicrosoft_office”"}
    office = told["“rnicrosoft_office”"]
    for named in (
        "ea0056b2-87ac-4765-ba13-e2768da6fba7", "16 Apr 2021 07:52 UTC", upn,
        "for everybody in the organisation", "20.82.185.53", "62.149.20.10", "Mail.Send",
        "A.Thulile@dutchmasterz.onmicrosoft.com", "read 5 messages and sent 2 messages",
        "Extracted docs",
    ):  # fmt: skip
        assert named in office
    assert "768fb398-1e3f-4a25-8989-2141f5eb5ebd" in told["“rnicrosoft”"]
    assert "rnicrosoft" in str(outcome.verdict["summary"])


# --- size and end ----------------------------------------------------------------------------

_MEASURED = """
import resource, sys
from sandbox.cli import main
code = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)
"""


def test_a_hundred_thousand_events_are_replayed_in_a_minute_and_a_gigabyte(
    shared_data: Path, tmp_path: Path
) -> None:
    """Seconds are the processor's, since those of the clock tell how busy the machine is."""
    path, answer = tmp_path / "large.jsonl", tmp_path / "answer.json"
    write_among_noise(shared_data / "ual" / "S1_athulile_spray_takeover.jsonl", path)
    user = "A.Thulile@dutchmasterz.onmicrosoft.com"
    command = ["replay", str(path), "--user", user, "--approve", "--json", str(answer)]
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _MEASURED, *command], capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    seconds, megabytes = ended.stderr.splitlines()[-1].split()
    assert float(seconds) < 60
    assert int(megabytes) < 1024
    # A pipe is told of each stage in a line.
    assert ended.stderr.splitlines()[:2] == [
        "Reading the export: 100,000 events",
        "Rebuilding the tenant: 100,000 events",
    ]
    outcome = json.loads(answer.read_text(encoding="utf-8"))
    assert outcome["verdict"]["classification"] == "truePositive"
    assert "itcornpany@gmail.com" in outcome["verdict"]["summary"]


# A shell may have started the tests with Ctrl-C ignored.
_INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from sandbox.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_during_the_playbook_ends_with_one_line(tmp_path: Path) -> None:
    path = export(tmp_path, consented("Mail", APP, "Mail.Read", NOON, ANA))
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", _INTERRUPTIBLE, "replay", str(path), "--user", ANA],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "List inbox rules" in line:
                break
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, errors = running.communicate(timeout=60)
        assert time.monotonic() - began < 20
    assert running.returncode == 130
    assert errors.splitlines()[2:] == ["Stopped."]
