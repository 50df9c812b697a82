"""The ledger forgets nothing, also when several processes write into it at once."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.model import IN_FLIGHT, Approval, Entry
from ledger.sqlite import SqliteLedger

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
Begin = Callable[..., Awaitable[Entry | None]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "yet" / "ledger.sqlite3"


def entry(identifier: str, *, key: str = "k", at: datetime = NOW) -> Entry:
    return Entry(
        id=identifier,
        key=key,
        at=at,
        action="revoke_sessions",
        incident="INC-1",
        reason="a reason",
        caller="unknown",
        authority="function key",
        target="sessions of Ana “Bowman”",
        request={"user": "ana@contoso.com"},
        before={"sessionsValidFrom": ""},
        after={"sessionsValidFrom": "now"},
        correlation_id="run-1",
    )


def question(identifier: str, *, key: str = "q") -> Approval:
    return Approval(
        id=identifier,
        key=key,
        incident="INC-1",
        reason="a reason",
        steps=(),
        requested_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )


async def test_a_change_is_there_before_and_after_it_ended_and_for_other_processes(
    path: Path,
) -> None:
    ledger = SqliteLedger(path)
    await ledger.begin(entry("a"))

    assert await SqliteLedger(path).entry("a") == entry("a")
    assert await ledger.done("k") is None, "what is on its way is not done"

    await ledger.finish("a", "done", {"sessionsValidFrom": "10:00"}, "")
    ended = await SqliteLedger(path).done("k")
    assert ended is not None
    assert (ended.id, ended.status, ended.after) == ("a", "done", {"sessionsValidFrom": "10:00"})
    assert ended.finished_at is not None
    assert ended.before == entry("a").before


async def test_what_failed_is_kept_and_does_not_count_as_done(path: Path) -> None:
    ledger = SqliteLedger(path)
    await ledger.begin(entry("a"))
    await ledger.finish("a", "failed", {}, "Graph answered 403")

    kept = await ledger.entry("a")
    assert kept is not None
    assert (kept.status, kept.error) == ("failed", "Graph answered 403")
    assert await ledger.done("k") is None


async def test_of_several_the_newest_is_answered(path: Path) -> None:
    ledger = SqliteLedger(path)
    for number, hours in enumerate((2, 1, 3)):
        await ledger.begin(entry(f"e{number}", at=NOW - timedelta(hours=hours)))
        await ledger.finish(f"e{number}", "done", {}, "")

    newest = await ledger.done("k")
    assert newest is not None and newest.id == "e1"
    assert await ledger.done("another") is None


async def test_the_end_of_a_change_that_never_began_is_an_error(path: Path) -> None:
    with pytest.raises(LookupError):
        await SqliteLedger(path).finish("nothing", "done", {}, "")


async def test_alone_means_that_no_other_of_the_key_is_done_or_on_its_way(path: Path) -> None:
    ledger = SqliteLedger(path)
    assert await ledger.begin(entry("a"), alone=True) is None

    twin = await ledger.begin(entry("b"), alone=True)
    assert twin is not None and twin.id == "a"
    assert await ledger.begin(entry("c", key="another"), alone=True) is None
    assert await ledger.entry("b") is None

    await ledger.finish("a", "failed", {}, "refused")
    assert await ledger.begin(entry("d"), alone=True) is None
    await ledger.finish("d", "done", {}, "")
    done = await ledger.begin(entry("e"), alone=True)
    assert done is not None and (done.id, done.status) == ("d", "done")


async def test_a_change_whose_end_was_never_learned_blocks_for_two_minutes_only(
    path: Path,
) -> None:
    ledger = SqliteLedger(path)
    await ledger.begin(entry("lost"), alone=True)

    soon = entry("soon", at=NOW + IN_FLIGHT - timedelta(seconds=1))
    late = entry("late", at=NOW + IN_FLIGHT + timedelta(seconds=1))

    assert await ledger.begin(soon, alone=True) is not None
    assert await ledger.begin(late, alone=True) is None


async def test_a_change_of_unknown_outcome_is_found_until_it_is_settled(path: Path) -> None:
    ledger = SqliteLedger(path)
    await ledger.begin(entry("a"))
    soon, late = NOW + IN_FLIGHT / 2, NOW + IN_FLIGHT
    assert await ledger.unsettled("k", soon) is None, "it is on its way"

    stopped = await ledger.unsettled("k", late)
    assert stopped is not None and stopped.status == "sending"
    await ledger.finish("a", "unknown", {"sessionsValidFrom": "now"}, "cut")
    lost = await ledger.unsettled("k", soon)
    assert lost is not None and (lost.id, lost.status) == ("a", "unknown")
    assert await ledger.unsettled("another", late) is None
    twin = await ledger.begin(entry("b", at=soon), alone=True)
    assert twin is not None and twin.id == "a", "nobody makes it again without looking"

    settled = await ledger.finish("a", "done", {}, "")
    assert (settled.id, settled.status) == ("a", "done")
    assert await ledger.unsettled("k", soon) is None


async def test_of_many_at_once_exactly_one_is_alone(path: Path) -> None:
    ledgers = [SqliteLedger(path) for _ in range(8)]

    answers = await asyncio.gather(
        *(each.begin(entry(f"e{n}"), alone=True) for n, each in enumerate(ledgers))
    )

    assert answers.count(None) == 1


_WRITER = """
import asyncio, sys
from pathlib import Path
from tests.ledger.test_sqlite import entry
from ledger.sqlite import SqliteLedger

async def main(path: str, name: str) -> None:
    ledger = SqliteLedger(Path(path))
    for number in range(20):
        await ledger.begin(entry(f"{name}-{number}", key=name))
        await ledger.finish(f"{name}-{number}", "done", {}, "")

asyncio.run(main(*sys.argv[1:]))
"""


async def test_several_processes_write_without_losing_anything(path: Path) -> None:
    root = Path(__file__).parents[2]
    writers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WRITER, str(path), name, cwd=root
        )
        for name in ("one", "two")
    ]
    for writer in writers:
        assert await writer.wait() == 0

    ledger = SqliteLedger(path)
    for name in ("one", "two"):
        for number in range(20):
            found = await ledger.entry(f"{name}-{number}")
            assert found is not None and found.status == "done"


async def test_a_question_of_the_same_key_is_recorded_once(path: Path) -> None:
    ledger = SqliteLedger(path)

    first = await ledger.ask(question("a"))
    second = await ledger.ask(question("b"))

    assert (first.id, second.id) == ("a", "a")
    assert await ledger.approval("b") is None


async def test_of_two_answers_the_first_is_kept(path: Path) -> None:
    ledger = SqliteLedger(path)
    asked = await ledger.ask(question("a"))
    yes = asked.model_copy(update={"status": "approved", "decided_by": "rosa"})
    no = asked.model_copy(update={"status": "rejected", "decided_by": "tom"})

    assert (await ledger.decide(yes)).decided_by == "rosa"
    assert (await ledger.decide(no)).decided_by == "rosa"
    kept = await ledger.approval("a")
    assert kept is not None and kept.status == "approved"


def test_an_approval_is_granted_only_by_a_yes_and_only_in_its_time() -> None:
    asked = question("a")
    yes = asked.model_copy(update={"status": "approved"})

    assert yes.is_granted(NOW)
    assert not yes.is_granted(NOW + timedelta(hours=1))
    assert not asked.is_granted(NOW)
    assert not asked.model_copy(update={"status": "rejected"}).is_granted(NOW)


async def test_hostile_text_is_kept_as_it_is(path: Path) -> None:
    ledger = SqliteLedger(path)
    hostile = "'); DROP TABLE entries; -- \u202e \x00 “"

    await ledger.begin(entry("a", key=hostile).model_copy(update={"reason": hostile}))

    kept = await ledger.entry("a")
    assert kept is not None and (kept.reason, kept.key) == (hostile, hostile)
