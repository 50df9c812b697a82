"""Audit records that a hunt returns are read whether they come as objects or as text."""

import json

import pytest

from evidence.hunt_result import audit_event_in
from evidence.model import JsonObject

RECORD: JsonObject = {"CreationTime": "2026-05-04T09:02:11", "Operation": "New-InboxRule"}


@pytest.mark.parametrize("row", [{"RawEventData": RECORD}, {"RawEventData": json.dumps(RECORD)}])
def test_a_row_with_a_record(row: JsonObject) -> None:
    event = audit_event_in(row)
    assert event is not None
    assert event.operation == "New-InboxRule"


@pytest.mark.parametrize("row", [{"RawEventData": "broken"}, {"RawEventData": None}, {"Count": 5}])
def test_a_row_without_one(row: JsonObject) -> None:
    assert audit_event_in(row) is None
