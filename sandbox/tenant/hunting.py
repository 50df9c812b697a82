"""The tenant's advanced hunting database: it runs the KQL that `runHuntingQuery` is sent."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from types import MappingProxyType

import duckdb
import duckdb_kql
from pydantic import TypeAdapter

from sandbox.tenant.hunting_answer import answer
from sandbox.tenant.hunting_table import HuntingTable, Row, sql_time
from sandbox.tenant.kusto import Columns, KustoError, localized, tokens, unresolved
from sandbox.tenant.kusto_parser import KustoParser
from sandbox.tenant.part import JsonObject

MAX_ROWS = 100_000
HORIZON = timedelta(days=30)
TIMEOUT = 180.0
"""Rows, age and seconds that a query may have (Defender XDR: advanced hunting API quotas)."""

_DURATION = TypeAdapter(timedelta)


class HuntingError(Exception):
    """The query is refused, as a 400 with this message."""


@cache
def table_columns() -> Mapping[str, Columns]:
    """Every table that a tenant can hold: name, columns and their Kusto types."""
    text = resources.files("sandbox.tenant").joinpath("tables.json").read_text(encoding="utf-8")
    tables = TypeAdapter(dict[str, dict[str, str]]).validate_json(text)
    return MappingProxyType(tables)


class HuntingDatabase:
    """The hunting tables of one tenant. Only the tables given exist; others are unknown to it.

    `now` is the tenant's clock. `columns` are the tables' columns where they are not those of
    `tables.json`; `delays` say how long after it happened a row of a table shows. Microsoft's
    parser judges each query first where it is installed and `parser`.
    Raises ValueError for a table, column or value that does not fit.
    """

    def __init__(
        self,
        tables: Mapping[str, Sequence[Row]],
        now: Callable[[], datetime],
        columns: Mapping[str, Columns] | None = None,
        *,
        delays: Mapping[str, timedelta] | None = None,
        parser: bool = True,
    ) -> None:
        known = columns or table_columns()
        for name in tables:
            if name not in known:
                raise ValueError(f"{name}: there is no such hunting table")
        self._tables = {name: known[name] for name in tables}
        self._now = now
        self._delays = delays or {}
        self._closing = threading.Event()
        self._connection = duckdb_kql.connect(config={"enable_external_access": False})
        self._stored = {
            name: HuntingTable(self._connection, name, columns)
            for name, columns in self._tables.items()
        }
        for name, rows in tables.items():
            self.add(name, rows)
        self._parser = (
            KustoParser(self._tables) if parser and KustoParser.missing() is None else None
        )

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Append rows; a column that a row leaves out is empty. Raises ValueError."""
        if table not in self._stored:
            raise ValueError(f"{table}: the tenant has no such hunting table")
        for _ in self._stored[table].add(rows):
            if self._closing.is_set():
                raise HuntingError("The service is shutting down.")

    async def query(self, kql: str, timespan: str | None = None) -> dict[str, list[JsonObject]]:
        """Run a query over a timespan; the answer is a `huntingQueryResults`.

        `timespan` is an ISO 8601 duration back from now, `start/end`, `start/duration`,
        `duration/end` or a start (Graph: security: runHuntingQuery); thirty days without it.
        Raises HuntingError for what Kusto would refuse.
        """
        now = self._now()
        window = _window(timespan or "P30D", now)
        cursor, given_up = self._connection.cursor(), threading.Event()

        def run() -> dict[str, list[JsonObject]]:
            with closing(cursor):
                try:
                    translated = self._translate(kql, now)
                    if given_up.is_set():
                        raise HuntingError("The query was given up.")
                    return self._run(cursor, translated, window, now)
                except HuntingError as error:
                    # What the translator makes of a table that is not there says nothing of it.
                    if (absent := self._absent(kql)) is None:
                        raise
                    raise HuntingError(unresolved(absent, table=True)) from error

        running = asyncio.create_task(asyncio.to_thread(run))
        running.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        try:
            async with asyncio.timeout(TIMEOUT):
                return await asyncio.shield(running)
        except TimeoutError:
            raise HuntingError("Query execution has exceeded the allowed limits.") from None
        finally:
            # A thread cannot be cancelled, but its query can be interrupted.
            if not running.done():
                given_up.set()
                with suppress(duckdb.Error):  # it may have ended this very moment
                    cursor.interrupt()

    def close(self) -> None:
        """Free the tables; rows that are being added no longer are."""
        self._closing.set()
        with suppress(duckdb.OperationalError):  # what was given up may still be ending
            self._connection.close()

    def _run(
        self,
        cursor: duckdb.DuckDBPyConnection,
        translated: duckdb_kql.TranslationResult,
        window: tuple[datetime, datetime],
        now: datetime,
    ) -> dict[str, list[JsonObject]]:
        cursor.execute("SET TimeZone='UTC'")
        try:
            # Qualified, so that no other schema of the database can be reached.
            named = cursor.get_table_names(_without_parameters(translated), qualified=True)
        except duckdb.Error as error:
            # Columns of a table that is not there.
            raise HuntingError(f"Semantic error: {str(error).splitlines()[0]}") from error
        for name in named:
            if name not in self._tables:
                raise HuntingError(unresolved(name, table=True))
            cursor.execute(self._view(name, window, now))
        try:
            cursor.execute(str(translated), translated.parameters or None)
            columns = [(column[0], str(column[1])) for column in cursor.description or ()]
            return answer(columns, cursor.fetchmany(MAX_ROWS))
        except duckdb.Error as error:
            raise HuntingError(f"Semantic error: {str(error).splitlines()[0]}") from error

    def _translate(self, kql: str, now: datetime) -> duckdb_kql.TranslationResult:
        if self._parser is not None and (errors := self._parser.check(kql).errors):
            raise HuntingError(errors[0].message)
        try:
            return duckdb_kql.to_sql(
                localized(kql, self._tables),
                schema={name: list(columns) for name, columns in self._tables.items()},
                allow_write=False,
                query_now=now,
            )
        except (KustoError, duckdb_kql.KqlError) as error:
            raise HuntingError(str(error)) from error

    def _absent(self, kql: str) -> str | None:
        """A table that the query names and this tenant has not."""
        names = (piece.text for piece in tokens(kql) if piece.kind == "name")
        known = table_columns()
        return next((each for each in names if each in known and each not in self._tables), None)

    def _view(self, name: str, window: tuple[datetime, datetime], now: datetime) -> str:
        """The table as this one query sees it: its time window, and what has arrived by now."""
        since, until = window
        arrived = now - self._delays.get(name, timedelta())
        time = "Timestamp" if "Timestamp" in self._tables[name] else "TimeGenerated"
        # Defender's own tables keep thirty days; those of a Sentinel workspace keep more.
        if time == "Timestamp":
            since = max(since, now - HORIZON)
        return (
            f'CREATE TEMP VIEW "{name}" AS SELECT * FROM {self._stored[name].qualified} '  # noqa: S608 - own names
            f"WHERE \"{time}\" BETWEEN '{sql_time(since)}' AND '{sql_time(min(until, arrived))}'"
        )


async def open_database(
    tables: Mapping[str, Sequence[Row]],
    now: Callable[[], datetime],
    delays: Mapping[str, timedelta],
) -> HuntingDatabase:
    """A database that is filled off the event loop, and closed if that is cancelled.

    Raises ValueError, as the database does.
    """
    database = HuntingDatabase(dict.fromkeys(tables, ()), now, delays=delays)

    def fill() -> None:
        for name, rows in tables.items():
            database.add(name, rows)

    try:
        await asyncio.to_thread(fill)
    except BaseException:
        database.close()
        raise
    return database


def _without_parameters(sql: duckdb_kql.TranslationResult) -> str:
    """The SQL for finding its tables only, which DuckDB does not do in a prepared statement."""
    text = str(sql)
    for name in sql.parameters:
        text = text.replace(f"${name}", "NULL")
    return text


def _window(timespan: str, now: datetime) -> tuple[datetime, datetime]:
    """From and until when a Timespan looks. Raises HuntingError."""
    first, slash, second = timespan.partition("/")
    try:
        if not slash:
            return (now - _duration(first) if first.startswith("P") else _moment(first)), now
        if first.startswith("P"):
            until = _moment(second)
            return until - _duration(first), until
        since = _moment(first)
        return since, (since + _duration(second) if second.startswith("P") else _moment(second))
    except (ValueError, OverflowError) as error:
        raise HuntingError(f"The timespan '{timespan}' is not ISO 8601.") from error


def _duration(text: str) -> timedelta:
    return _DURATION.validate_python(text)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise ValueError("there is no time zone")
    return moment
