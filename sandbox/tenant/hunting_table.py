"""One table of the hunting database: its rows are checked against its columns, and stored."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice

import duckdb
from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import SchemaValidator, core_schema, to_json

from sandbox.tenant.kusto import Columns

Row = Mapping[str, object]

_STORED = "stored"
_AT_ONCE = 1_000
"""Rows that are one text on their way into the database, so that a large table never is."""
_SQL_TYPES = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "bool": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "dynamic": "JSON",
}
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def _value_schema(kind: str) -> core_schema.CoreSchema:
    match kind:
        case "string":
            return core_schema.str_schema()
        case "int" | "long":
            return core_schema.int_schema()
        case "real":
            return core_schema.float_schema()
        case "bool":
            return core_schema.bool_schema()
        case "datetime":
            aware = core_schema.datetime_schema(tz_constraint="aware")
            return core_schema.no_info_after_validator_function(sql_time, aware)
        case _:
            return core_schema.no_info_plain_validator_function(_as_json_text)


def _as_json_text(value: object) -> str:
    """A dynamic value goes in as text: only so is the whole of a row parsed once."""
    if isinstance(value, JsonText):
        return value
    try:
        return _JSON.dump_json(_JSON.validate_python(value)).decode()
    except ValidationError as error:
        raise ValueError("it is no JSON") from error


class JsonText(str):
    """A dynamic value as the JSON text that it came as; it is stored as it is."""

    __slots__ = ()


class HuntingTable:
    """A table in the schema of stored tables, which queries see through views of their own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str, columns: Columns) -> None:
        self._connection = connection
        self._name = name
        self._columns = columns
        # One validator a row: a large table has millions of values.
        self._validator = SchemaValidator(
            core_schema.typed_dict_schema(
                {
                    each: core_schema.typed_dict_field(
                        core_schema.nullable_schema(_value_schema(kind)), required=False
                    )
                    for each, kind in columns.items()
                },
                extra_behavior="forbid",
            )
        )
        declared = ", ".join(f'"{each}" {_SQL_TYPES[kind]}' for each, kind in columns.items())
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_STORED}")
        connection.execute(f"CREATE TABLE {self.qualified} ({declared})")

    @property
    def qualified(self) -> str:
        """The table's name in SQL."""
        return f'{_STORED}."{self._name}"'

    def add(self, rows: Iterable[Row]) -> Iterator[None]:
        """Append rows in parts, between which the caller may stop.

        A column that a row leaves out is empty. Raises ValueError.
        """
        checked = (self._checked(number, row) for number, row in enumerate(rows, 1))
        with closing(self._connection.cursor()) as cursor:
            while part := list(islice(checked, _AT_ONCE)):
                cursor.execute(self._insertion, [to_json(part).decode()])
                yield

    @property
    def _insertion(self) -> str:
        structure = {
            name: "VARCHAR" if kind == "dynamic" else _SQL_TYPES[kind]
            for name, kind in self._columns.items()
        }
        selected = ", ".join(_read(name, kind) for name, kind in self._columns.items())
        return (
            f"INSERT INTO {self.qualified} SELECT {selected} FROM "  # noqa: S608 - own names
            f"(SELECT unnest(from_json(CAST(? AS JSON), '{json.dumps([structure])}')) AS r)"
        )

    def _checked(self, number: int, row: Row) -> dict[str, object]:
        try:
            return self._validator.validate_python(row)
        except ValidationError as error:
            raise ValueError(f"{self._name}: row {number}: {_said(error)}") from error


def sql_time(moment: datetime) -> str:
    """A moment as SQL writes it, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _read(column: str, kind: str) -> str:
    """The SQL that takes one column out of a row `r`."""
    match kind:
        case "dynamic":
            return f'CAST(r."{column}" AS JSON)'
        case "string":  # Kusto has no null string
            return f"coalesce(r.\"{column}\", '')"
        case _:
            return f'r."{column}"'


def _said(error: ValidationError) -> str:
    first = error.errors()[0]
    column = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"there is no column {column!r}"
    return f"{column}: {first['msg']}"
