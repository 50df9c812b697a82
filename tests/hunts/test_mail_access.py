"""What the log tells of opened mail, and of flows, is found and gathered as an analyst needs it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from microsoft365.hunting_rows import HuntingAnswer
from microsoft365.kql import HuntArgumentError, hunts
from sandbox.tenant.hunting import HuntingDatabase

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
ANN = "ann@contoso.com"
ANN_ID = "6a1f2c9e-0000-4000-8000-00000000000a"
BOB = "bob@contoso.com"
HOME = "198.51.100.7"
AWAY = "203.0.113.66"
EXPORT = Path(__file__).parents[3] / "shared/data/ual/S1_athulile_spray_takeover.jsonl"
OUTLOOK = "27922004-5251-4030-b22d-91ecd9a37ea4"

Row = dict[str, Any]
_ROWS = TypeAdapter(list[dict[str, Any]])


async def hunt(
    name: str, *rows: Mapping[str, object], now: datetime = NOW, **arguments: object
) -> list[Row]:
    database = HuntingDatabase({"CloudAppEvents": rows}, lambda: now, None, parser=False)
    try:
        answer = await database.query(hunts()[name].render(arguments))
    finally:
        database.close()
    return _ROWS.validate_python(HuntingAnswer.model_validate(answer).rows())


def read(
    kind: str = "Bind", *, throttled: bool = False, hours: float = 1, **members: object
) -> dict[str, object]:
    """A MailItemsAccessed record in its table's row."""
    at = NOW - timedelta(hours=hours)
    record: dict[str, object] = {
        "UserId": ANN,
        "MailboxOwnerUPN": ANN,
        "ClientIPAddress": AWAY,
        "ClientInfoString": "Client=OWA;Mozilla/5.0",
        "AppId": "00000002-0000-0ff1-ce00-000000000000",
        "SessionId": "s-1",
        "LogonType": 0,
        "OperationProperties": [
            {"Name": "MailAccessType", "Value": kind},
            {"Name": "IsThrottled", "Value": str(throttled)},
        ],
        "OperationCount": 4,
        **members,
    }
    return {"Timestamp": at, "ActionType": "MailItemsAccessed", "RawEventData": record}


async def test_records_are_gathered_by_address_client_and_application() -> None:
    rows = await hunt(
        "mail_access",
        read(hours=3),
        read(hours=2, OperationCount=7),
        read(hours=1, ClientIPAddress=HOME, ClientAppId=OUTLOOK.upper()),
        {**read(), "ActionType": "Send"},
        read(UserId=BOB, MailboxOwnerUPN=BOB, ClientIPAddress=HOME),
        upn=ANN.upper(),
    )
    home, away = rows
    assert (away["IPAddress"], away["Records"], away["MessagesRead"]) == (AWAY, 2, 11)
    assert (away["FirstSeen"], away["LastSeen"]) == ("2026-01-20T09:00:00Z", "2026-01-20T10:00:00Z")
    assert (away["Mailbox"], away["OnMailbox"], away["Sessions"]) == (ANN, True, ["s-1"])
    assert away["Client"] == "Client=OWA;Mozilla/5.0"
    assert (away["WholeFolders"], away["LogIncomplete"]) == (False, False)
    assert (home["IPAddress"], home["AppId"], home["MessagesRead"]) == (HOME, OUTLOOK, 4)


async def test_a_synchronised_folder_counts_as_copied_whole_and_not_as_messages() -> None:
    folder = {"ParentFolder": {"Path": "\\Inbox"}}
    (row,) = await hunt("mail_access", read("Sync", OperationCount=1, Item=folder), upn=ANN)
    assert (row["WholeFolders"], row["FoldersSynced"], row["MessagesRead"]) == (True, 1, 0)
    assert "\\Inbox" in row["Folders"]


async def test_a_throttled_log_is_said_to_be_incomplete() -> None:
    (row,) = await hunt("mail_access", read(), read(throttled=True), upn=ANN)
    assert row["LogIncomplete"] is True


@pytest.mark.parametrize(
    ("written", "bare"),
    [(f"{AWAY}:62589", AWAY), ("[2001:db8::7]:443", "2001:db8::7"), ("2001:db8::7", "2001:db8::7")],
)
async def test_the_address_is_bare(written: str, bare: str) -> None:
    (row,) = await hunt("mail_access", read(ClientIPAddress=written), upn=ANN)
    assert row["IPAddress"] == bare


async def test_what_the_user_opened_elsewhere_is_told_apart() -> None:
    (row,) = await hunt("mail_access", read(MailboxOwnerUPN=BOB, LogonType=2), upn=ANN)
    assert (row["Mailbox"], row["OnMailbox"], row["LogonTypes"]) == (BOB, False, ["2"])


async def test_a_delegate_and_an_application_in_the_mailbox_are_found_too() -> None:
    delegate = read(UserId=BOB, LogonType=2)
    by_app = {**read(UserId="ServicePrincipal_x"), "AccountObjectId": "the-app"}
    rows = await hunt("mail_access", delegate, by_app, upn=ANN, account_id=ANN_ID)
    assert {actor for row in rows for actor in row["Actors"]} == {BOB, "ServicePrincipal_x"}
    assert all(row["OnMailbox"] for row in rows)


async def test_the_mailbox_is_known_by_its_guid_where_that_is_given() -> None:
    guid = "654c1387-07a5-4863-9cf8-dd26ab19e4da"
    record = read(UserId=BOB, MailboxOwnerUPN="", MailboxGuid=guid)
    assert await hunt("mail_access", record, upn=ANN) == []
    (row,) = await hunt("mail_access", record, upn=ANN, mailbox_names=[guid])
    assert row["OnMailbox"] is True


async def test_an_address_is_followed_into_every_mailbox() -> None:
    elsewhere = read(UserId=BOB, MailboxOwnerUPN=BOB)
    (row,) = await hunt("mail_access", elsewhere, read(ClientIPAddress=HOME), ip_addresses=[AWAY])
    assert (row["Mailbox"], row["OnMailbox"]) == (BOB, False)


def test_without_anybody_to_ask_about_it_refuses() -> None:
    with pytest.raises(HuntArgumentError, match="give one of"):
        hunts()["mail_access"].render({})


def flow(operation: str = "CreateFlow", **members: object) -> dict[str, object]:
    record = {"UserId": ANN, "FlowConnectorNames": "Office 365 Outlook, Gmail", **members}
    return {
        "Timestamp": NOW - timedelta(hours=1),
        "ActionType": operation,
        "Application": "Microsoft Power Automate",
        "RawEventData": record,
    }


@pytest.mark.parametrize("operation", ["CreateFlow", "EditFlow", "DeleteFlow"])
async def test_a_flow_of_the_user_is_among_the_changes(operation: str) -> None:
    (row,) = await hunt("forwarding_changes", flow(operation), upn=ANN)
    assert (row["Change"], row["ByUser"], row["OrganizationWide"]) == ("flow", True, False)
    assert json.loads(row["RawEventData"])["FlowConnectorNames"] == "Office 365 Outlook, Gmail"


async def test_a_flow_is_its_makers_also_where_the_record_names_him_otherwise() -> None:
    (row,) = await hunt("forwarding_changes", flow(UserId=None, UserUPN=ANN), upn=ANN)
    assert (row["ByUser"], row["Actor"]) == (True, ANN)


async def test_somebody_elses_flow_is_not() -> None:
    assert await hunt("forwarding_changes", flow(UserId=BOB), upn=ANN) == []


async def test_the_intruders_reading_in_a_real_export_is_gathered() -> None:
    if not EXPORT.exists():
        pytest.skip("the audit log export is not here")
    records = [json.loads(line) for line in EXPORT.read_text(encoding="utf-8").splitlines()]
    table = [
        {
            "Timestamp": f"{each['CreationTime']}Z",
            "ActionType": each["Operation"],
            "RawEventData": each,
        }
        for each in records
    ]
    at = datetime(2021, 4, 17, tzinfo=UTC)
    who = "a.thulile@dutchmasterz.onmicrosoft.com"
    rows = await hunt("mail_access", *table, now=at, upn=who)
    intruder = [row for row in rows if row["IPAddress"] == "62.149.20.10" and row["OnMailbox"]]
    assert sum(row["MessagesRead"] for row in intruder) == 25
    assert sum(row["Records"] for row in intruder) == 5
    assert any("Firefox" in row["Client"] for row in intruder)
