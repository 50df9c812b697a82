"""Audit records that a hunt returns are read whether they come as objects or as text."""

import json
from datetime import UTC, datetime

from evidence.hunt_result import HuntResult
from evidence.model import JsonObject

RECORD: JsonObject = {"CreationTime": "2026-05-04T09:02:11", "Operation": "New-InboxRule"}


def test_rows_with_and_without_a_record() -> None:
    result = HuntResult(
        hunt="rule_changes",
        since=datetime(2026, 5, 1, tzinfo=UTC),
        until=datetime(2026, 5, 5, tzinfo=UTC),
        columns=(),
        rows=(
            {"RawEventData": RECORD},
            {"RawEventData": json.dumps(RECORD)},
            {"RawEventData": "broken"},
            {"RawEventData": None},
            {"Count": 5},
        ),
    )
    assert [event.operation for event in result.audit_events()] == ["New-InboxRule"] * 2
