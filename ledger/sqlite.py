"""The ledger in one SQLite file."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import aiosqlite

from evidence.model import Evidence, JsonObject
from ledger.model import IN_FLIGHT, Approval, Entry, EntryStatus

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, status TEXT NOT NULL, at TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_key ON entries (key, status, at);
CREATE TABLE IF NOT EXISTS approvals (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, at TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS approvals_by_key ON approvals (key, at);
"""
_BUSY_SECONDS = 10.0

T = TypeVar("T", bound=Evidence)


class SqliteLedger:
    """A ledger that several processes of one machine can share.

    A connection is opened for each use: changes are rare, and nothing has to be closed at the end
    of a worker that is never told of its end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._prepared = False
        self._preparing = asyncio.Lock()

    async def begin(self, entry: Entry, *, alone: bool = False) -> Entry | None:
        """Records a change that is about to be sent.

        `alone`: unless one of the same key is done, being sent, or of unknown outcome; then that
        one is answered.
        """
        twins = (
            "SELECT document FROM entries WHERE key = ?"
            " AND (status IN ('done', 'unknown') OR status = 'sending' AND at > ?)"
            " ORDER BY at DESC LIMIT 1"
        )
        async with self._open() as database:
            since = (entry.at - IN_FLIGHT).isoformat()
            if alone and (twin := await _one(database, Entry, twins, entry.key, since)):
                return twin
            await database.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
                (
                    entry.id,
                    entry.key,
                    entry.status,
                    entry.at.isoformat(),
                    entry.model_dump_json(by_alias=True),
                ),
            )
        return None

    async def finish(
        self, entry_id: str, status: EntryStatus, after: JsonObject, error: str
    ) -> Entry:
        """Records how a change ended; answers the entry as it is then."""
        async with self._open() as database:
            entry = await _one(
                database, Entry, "SELECT document FROM entries WHERE id = ?", entry_id
            )
            if entry is None:
                raise LookupError(f"the ledger has no entry {entry_id}")
            update = {
                "status": status,
                "after": after,
                "error": error,
                "finished_at": datetime.now(UTC),
            }
            ended = entry.model_copy(update=update)
            await database.execute(
                "UPDATE entries SET status = ?, document = ? WHERE id = ?",
                (status, ended.model_dump_json(by_alias=True), entry_id),
            )
            return ended

    async def done(self, key: str) -> Entry | None:
        """The newest change of that key that was done, if there is one."""
        query = (
            "SELECT document FROM entries WHERE key = ? AND status = 'done'"
            " ORDER BY at DESC LIMIT 1"
        )
        async with self._open() as database:
            return await _one(database, Entry, query, key)

    async def unsettled(self, key: str, at: datetime) -> Entry | None:
        """The newest change of that key whose outcome, at a time, is not known."""
        query = (
            "SELECT document FROM entries WHERE key = ?"
            " AND (status = 'unknown' OR status = 'sending' AND at <= ?) ORDER BY at DESC LIMIT 1"
        )
        async with self._open() as database:
            return await _one(database, Entry, query, key, (at - IN_FLIGHT).isoformat())

    async def entry(self, entry_id: str) -> Entry | None:
        """The change of that id."""
        async with self._open() as database:
            return await _one(
                database, Entry, "SELECT document FROM entries WHERE id = ?", entry_id
            )

    async def asked(self, key: str, at: datetime) -> Approval | None:
        """The question that the same request, made at a time, would only repeat."""
        async with self._open() as database:
            return await _same_question(database, key, at)

    async def ask(self, approval: Approval) -> Approval:
        """Records a question; the one already recorded where that is the same question."""
        async with self._open() as database:
            earlier = await _same_question(database, approval.key, approval.requested_at)
            if earlier is not None:
                return earlier
            await database.execute(
                "INSERT INTO approvals VALUES (?, ?, ?, ?)",
                (
                    approval.id,
                    approval.key,
                    approval.requested_at.isoformat(),
                    approval.model_dump_json(by_alias=True),
                ),
            )
            return approval

    async def approval(self, approval_id: str) -> Approval | None:
        """The approval of that id."""
        query = "SELECT document FROM approvals WHERE id = ?"
        async with self._open() as database:
            return await _one(database, Approval, query, approval_id)

    async def decide(self, decided: Approval) -> Approval:
        """Records the answer, unless one is recorded already; answers what is recorded."""
        query = "SELECT document FROM approvals WHERE id = ?"
        async with self._open() as database:
            recorded = await _one(database, Approval, query, decided.id)
            if recorded is not None and recorded.status != "pending":
                return recorded
            await database.execute(
                "UPDATE approvals SET document = ? WHERE id = ?",
                (decided.model_dump_json(by_alias=True), decided.id),
            )
            return decided

    @asynccontextmanager
    async def _open(self) -> AsyncGenerator[aiosqlite.Connection]:
        """A connection in one immediate transaction, committed at the end unless it failed."""
        if not self._prepared:
            await asyncio.to_thread(self._path.parent.mkdir, parents=True, exist_ok=True)
        async with aiosqlite.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None
        ) as database:
            await self._prepare(database)
            await database.execute("BEGIN IMMEDIATE")
            yield database
            await database.execute("COMMIT")

    async def _prepare(self, database: aiosqlite.Connection) -> None:
        async with self._preparing:
            if not self._prepared:
                await database.executescript(_SCHEMA)
                self._prepared = True


async def _same_question(database: aiosqlite.Connection, key: str, at: datetime) -> Approval | None:
    query = "SELECT document FROM approvals WHERE key = ? ORDER BY at DESC LIMIT 1"
    newest = await _one(database, Approval, query, key)
    return newest if newest is not None and newest.is_same_question(at) else None


async def _one(
    database: aiosqlite.Connection, kind: type[T], query: str, *parameters: str
) -> T | None:
    async with database.execute(query, parameters) as cursor:
        row = await cursor.fetchone()
    return kind.model_validate_json(row[0]) if row else None
