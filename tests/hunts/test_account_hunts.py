"""What was done with a mailbox and to an account: rows that must come, and rows that must not."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from microsoft365.hunting_rows import HuntingAnswer
from microsoft365.kql import hunts
from sandbox.tenant.hunting import HuntingDatabase

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
ANN = "ann@contoso.com"
ANN_ID = "6a1f2c9e-0000-4000-8000-00000000000a"
BOB = "bob@contoso.com"
BOB_ID = "6a1f2c9e-0000-4000-8000-00000000000b"
MALLORY = "203.0.113.77"

Row = dict[str, Any]
_ROWS = TypeAdapter(list[dict[str, Any]])


async def hunt(
    name: str, table: str, rows: Sequence[Mapping[str, object]], **asked: str
) -> list[Row]:
    database = HuntingDatabase({table: rows}, lambda: NOW, None, parser=False)
    try:
        answer = await database.query(hunts()[name].render(asked))
    finally:
        database.close()
    return _ROWS.validate_python(HuntingAnswer.model_validate(answer).rows())


def event(action: str, actor: str = ANN, *, days: float = 1, **record: object) -> Row:
    return {
        "Timestamp": NOW - timedelta(days=days),
        "ActionType": action,
        "AccountObjectId": ANN_ID if actor == ANN else BOB_ID,
        "IPAddress": MALLORY,
        "RawEventData": {"Operation": action, "UserId": actor, **record},
    }


ACTIVITY = [
    event(
        "HardDelete",
        MailboxOwnerUPN=ANN,
        AffectedItems=[{"Subject": "Security alert"}, {"Subject": "New sign-in"}],
    ),
    event("HardDelete", MailboxOwnerUPN=ANN, AffectedItems=[{"Subject": "Reset"}], days=2),
    event("SendAs", BOB, MailboxOwnerUPN=ANN.upper(), Item={"Subject": "Urgent payment"}),
    event("Send", Item={"Subject": "Hello"}, days=3),
    event("Send", BOB, MailboxOwnerUPN=BOB, Item={"Subject": "Bob's own"}),
    event("MailItemsAccessed", MailboxOwnerUPN=ANN),
    event("New-InboxRule"),
]


async def test_what_was_deleted_from_a_mailbox_and_sent_from_it_is_counted_by_whom_and_where() -> (
    None
):
    rows = await hunt("mailbox_activity", "CloudAppEvents", ACTIVITY, upn=ANN)
    found = {(row["Operation"], row["Actor"]): row for row in rows}
    assert set(found) == {("HardDelete", ANN), ("SendAs", BOB), ("Send", ANN)}
    deleted = found["HardDelete", ANN]
    assert (deleted["Items"], deleted["Records"], deleted["IPAddress"]) == (3, 2, MALLORY)
    assert deleted["FirstSeen"] == "2026-01-18T12:00:00Z"
    assert sorted(deleted["Subjects"]) == ["Reset", "Security alert"]
    assert found["SendAs", BOB]["Subjects"] == ["Urgent payment"]


async def test_an_account_known_by_its_id_alone_is_found_by_what_it_did_itself() -> None:
    rows = await hunt("mailbox_activity", "CloudAppEvents", ACTIVITY, account_id=ANN_ID.upper())
    assert {(row["Operation"], row["Actor"]) for row in rows} == {
        ("HardDelete", ANN),
        ("Send", ANN),
    }


async def test_roles_are_those_of_the_newest_record_of_this_account() -> None:
    rows = await hunt(
        "admin_roles",
        "IdentityInfo",
        [
            {
                "Timestamp": NOW - timedelta(days=2),
                "AccountObjectId": ANN_ID,
                "AccountUpn": ANN,
                "AssignedRoles": ["User Administrator", "Exchange Administrator"],
            },
            {
                "Timestamp": NOW - timedelta(days=1),
                "AccountObjectId": ANN_ID,
                "AccountUpn": ANN,
                "AssignedRoles": ["Exchange Administrator"],
            },
            {
                "Timestamp": NOW,
                "AccountObjectId": BOB_ID,
                "AccountUpn": BOB,
                "AssignedRoles": ["Global Administrator"],
            },
        ],
        upn=ANN.upper(),
        account_id=ANN_ID,
    )
    assert [row["AssignedRoles"] for row in rows] == [["Exchange Administrator"]]


async def test_changes_of_an_account_are_found_whoever_made_them_and_those_of_others_are_not() -> (
    None
):
    role = [{"Name": "Role.DisplayName", "NewValue": '"Exchange Administrator"'}]
    events = [
        event("Reset user password.", BOB, ObjectId=ANN),
        event(
            "Add member to role.", BOB, ObjectId=f"User_{ANN_ID}", ModifiedProperties=role, days=2
        ),
        event("Set-MailboxMessageConfiguration", ObjectId="ann", days=3),
        event("Reset user password.", ANN, ObjectId=BOB),
        event("Add member to role.", BOB, ObjectId=BOB, ModifiedProperties=role),
        event("Set-MailboxMessageConfiguration", BOB, ObjectId="bob"),
        event("Set-Mailbox", ObjectId=ANN),
        event("Reset user password.", BOB, ObjectId=f"jo{ANN}"),
        event("Reset user password.", BOB, ObjectId=f"bo.{ANN}"),
        event("Reset user password.", BOB, ObjectId=f"{ANN}.au"),
        event("Reset user password.", BOB, ObjectId=f"o'{ANN}"),
        event("Set-User", BOB, Parameters=[{"Name": "Identity", "Value": f"mc-{ANN}"}]),
    ]
    for asked in ({"upn": ANN, "account_id": ANN_ID}, {"upn": ANN.upper(), "account_id": ANN_ID}):
        rows = await hunt("account_changes", "CloudAppEvents", events, **asked)
        assert [row["Operation"] for row in rows] == [
            "Reset user password.",
            "Add member to role.",
            "Set-MailboxMessageConfiguration",
        ]
        assert rows[0]["Actor"] == BOB
        assert rows[0]["IPAddress"] == MALLORY
        assert "Exchange Administrator" in rows[1]["Properties"]


@pytest.mark.parametrize(
    "told",
    [
        {"ObjectId": ANN.upper()},
        {"ObjectId": BOB, "Target": [{"ID": BOB_ID}, {"ID": ANN, "Type": 5}]},
        {"Parameters": [{"Name": "Identity", "Value": f"smtp:{ANN}"}]},
        {"Parameters": f"Set-User -Identity '{ANN}'."},
        {"Parameters": f"bo.{ANN};{ANN}.au,{ANN}."},
    ],
)
async def test_an_account_is_found_wherever_its_whole_name_stands(told: dict[str, object]) -> None:
    changed = event("Set-User", BOB)
    changed["RawEventData"] |= told
    rows = await hunt("account_changes", "CloudAppEvents", [changed], upn=ANN)
    assert len(rows) == 1
