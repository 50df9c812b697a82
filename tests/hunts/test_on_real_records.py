"""The change hunt on an audit log export of a real (simulated-attack) tenant."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from microsoft365.hunting_rows import HuntingAnswer
from microsoft365.kql import hunts
from sandbox.tenant.hunting import HuntingDatabase

EXPORT = Path(__file__).parents[3] / "shared/data/ual/S1_athulile_spray_takeover.jsonl"
USER = "A.Thulile@dutchmasterz.onmicrosoft.com"


@pytest.fixture
def database() -> Iterator[HuntingDatabase]:
    if not EXPORT.exists():
        pytest.skip("the audit log export is not here")
    records: list[dict[str, Any]] = [json.loads(line) for line in EXPORT.read_text().splitlines()]
    rows = [
        {
            "Timestamp": f"{record['CreationTime']}Z",
            "ActionType": record["Operation"],
            "RawEventData": record,
        }
        for record in records
    ]
    made = HuntingDatabase(
        {"CloudAppEvents": rows}, lambda: datetime(2021, 4, 17, tzinfo=UTC), parser=False
    )
    yield made
    made.close()


async def test_the_takeovers_changes_are_found_and_told_apart(database: HuntingDatabase) -> None:
    query = hunts()["forwarding_changes"].render({"upn": USER})
    rows = HuntingAnswer.model_validate(await database.query(query)).rows()
    seen = {(row["ActionType"], row["Change"], row["Mailbox"]) for row in rows}
    assert seen >= {
        ("New-InboxRule", "inbox rule", "A.Thulile"),
        ("New-TransportRule", "mail flow", ""),
        ("Add-MailboxPermission", "permission", "HenriettaM"),
        ("Add-MailboxPermission", "permission", "A.Thulile"),
        ("Set-Mailbox", "permission", "HenriettaM"),
    }
    (rule,) = [row for row in rows if row["ActionType"] == "New-InboxRule"]
    assert (rule["IPAddress"], rule["OnMailbox"], rule["ByUser"]) == ("62.149.20.10", True, True)
    grants = [row for row in rows if row["ActionType"] == "Add-MailboxPermission"]
    assert {str(row["IPAddress"]) for row in grants} == {"2a01:111:f100:9001::1761:914f"}
