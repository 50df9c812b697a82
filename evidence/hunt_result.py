"""The rows that a hunt returned, and what may be missing from them."""

from datetime import datetime

from evidence import audit_event
from evidence.audit_event import AuditEvent
from evidence.model import Evidence, JsonObject
from evidence.reading import embedded


class HuntColumn(Evidence):
    """A column of the answer."""

    name: str
    type: str


class HuntResult(Evidence):
    """The answer of `run_hunt`."""

    hunt: str
    since: datetime
    until: datetime
    columns: tuple[HuntColumn, ...]
    rows: tuple[JsonObject, ...]


def audit_event_in(row: JsonObject) -> AuditEvent | None:
    """The audit record in a row's `RawEventData`, as an object or as text, else in its columns.

    None for a row that tells of no operation.
    """
    return audit_event.from_record(embedded(row, "RawEventData")) or audit_event.from_record(row)
