"""The hunts about addresses and devices, on rows that they must return and rows they must not."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from microsoft365.hunting_rows import HuntingAnswer
from microsoft365.kql import hunts
from sandbox.tenant.hunting import HuntingDatabase, HuntingError, table_columns

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
ANN, BOB = "ann@contoso.com", "bob@contoso.com"
ANN_ID = "6a1f2c9e-0000-4000-8000-00000000000a"
THIEF, OFFICE, SIX = "203.0.113.77", "192.0.2.24", "2001:DB8::7"

Row = dict[str, Any]
_ROWS = TypeAdapter(list[Row])


def told(row: Row, column: str) -> list[str]:
    """The values of a list; an empty one says nothing."""
    return sorted(value for value in row[column] if value)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


async def hunt(
    name: str,
    tables: Mapping[str, Sequence[Row]],
    columns: Mapping[str, Mapping[str, str]] | None = None,
    **arguments: object,
) -> list[Row]:
    database = HuntingDatabase(tables, lambda: NOW, columns, parser=False)
    try:
        answer = await database.query(hunts()[name].render(arguments))
    finally:
        database.close()
    return _ROWS.validate_python(HuntingAnswer.model_validate(answer).rows())


# --- same_addresses -------------------------------------------------------------------------------


def logon(account: str, days: float, address: str = THIEF, *, failed: str = "") -> Row:
    return {
        "Timestamp": ago(days),
        "ActionType": "LogonFailed" if failed else "LogonSuccess",
        "FailureReason": failed,
        "AccountUpn": account,
        "IPAddress": address,
        "Application": "Microsoft 365",
        "Location": "RU",
        "ISP": "example hosting",
    }


def deed(action: str, days: float, by: str = ANN, **record: object) -> Row:
    return {
        "Timestamp": ago(days),
        "ActionType": action,
        "RawEventData": {"UserId": by, **record},
    }


def from_addresses(
    sign_ins: Sequence[Row] = (), deeds: Sequence[Row] = ()
) -> dict[str, Sequence[Row]]:
    return {"IdentityLogonEvents": sign_ins, "CloudAppEvents": deeds}


async def ask(tables: Mapping[str, Sequence[Row]], *addresses: str) -> dict[str, Row]:
    rows = await hunt("same_addresses", tables, addresses=list(addresses))
    return {row["Account"]: row for row in rows}


async def test_what_each_account_did_from_an_address_stands_in_one_row() -> None:
    rows = await ask(
        from_addresses(
            [
                logon("Ann@contoso.com", 2),
                logon(ANN, 3, failed="WrongPassword"),
                logon(ANN, 4, failed="WrongPassword"),
                logon(BOB, 5, failed="WrongPassword"),
                logon(BOB, 1, OFFICE),
            ],
            [
                deed("New-InboxRule", 1, ClientIP=f"{THIEF}:4431"),
                deed("MailItemsAccessed", 1.5, ClientIPAddress=THIEF),
                deed("UserLoggedIn", 2, ClientIP=THIEF),
                deed("New-InboxRule", 1, BOB, ClientIP=OFFICE),
            ],
        ),
        THIEF,
    )
    assert set(rows) == {ANN, BOB}
    ann = rows[ANN]
    assert (ann["SignIns"], ann["FailedSignIns"]) == (1, 2)
    assert (ann["Activities"], ann["WaysOut"]) == (2, 1)
    assert told(ann, "Actions") == ["MailItemsAccessed", "New-InboxRule"]
    assert ann["FirstSeen"] == "2026-01-16T12:00:00Z"
    assert ann["LastSeen"] == "2026-01-19T12:00:00Z"
    assert ann["FirstSignIn"] == "2026-01-18T12:00:00Z"
    assert ann["LastFailedSignIn"] == "2026-01-17T12:00:00Z"
    assert told(ann, "Countries") == ["RU"]
    assert told(ann, "Providers") == ["example hosting"]
    bob = rows[BOB]
    assert (bob["SignIns"], bob["FailedSignIns"], bob["Activities"]) == (0, 1, 0)
    assert told(bob, "FailureReasons") == ["WrongPassword"]


@pytest.mark.parametrize(("parameter", "ways_out"), [("ForwardingAddress", 1), ("Type", 0)])
async def test_a_mailbox_setting_is_a_way_out_only_where_it_forwards(
    parameter: str, ways_out: int
) -> None:
    setting = deed("Set-Mailbox", 1, ClientIP=THIEF, Parameters=[{"Name": parameter, "Value": "x"}])
    rows = await ask(from_addresses(deeds=[setting]), THIEF)
    assert (rows[ANN]["Activities"], rows[ANN]["WaysOut"]) == (1, ways_out)


async def test_an_ipv6_address_is_found_however_it_is_written() -> None:
    rows = await ask(
        from_addresses(
            [logon(BOB, 1, SIX)], [deed("New-InboxRule", 1, ClientIP=f"[{SIX.lower()}]:99")]
        ),
        SIX.lower(),
    )
    assert set(rows) == {ANN, BOB}
    assert {row["Address"] for row in rows.values()} == {SIX.lower()}


async def test_two_addresses_are_told_apart_newest_first() -> None:
    tables = from_addresses([logon(ANN, 3), logon(ANN, 1, OFFICE), logon(BOB, 2, "192.0.2.99")])
    rows = await hunt("same_addresses", tables, addresses=[THIEF, OFFICE])
    assert [(row["Address"], row["Account"]) for row in rows] == [(OFFICE, ANN), (THIEF, ANN)]


async def test_the_provider_is_read_under_either_of_its_names() -> None:
    known = dict(table_columns())
    logons = {
        ("Isp" if name == "ISP" else name): kind
        for name, kind in known["IdentityLogonEvents"].items()
    }
    row = logon(ANN, 1)
    row["Isp"] = row.pop("ISP")
    rows = await hunt(
        "same_addresses",
        from_addresses([row]),
        {**known, "IdentityLogonEvents": logons},
        addresses=[THIEF],
    )
    assert told(rows[0], "Providers") == ["example hosting"]


async def test_a_table_that_the_tenant_lacks_is_refused_and_not_passed_over() -> None:
    with pytest.raises(HuntingError, match=r"Failed to resolve table .*CloudAppEvents"):
        await hunt("same_addresses", {"IdentityLogonEvents": []}, addresses=[THIEF])


# --- address_alerts -------------------------------------------------------------------------------


def named(identifier: str, **fields: object) -> Row:
    return entity(identifier, "Ip", **fields)


async def test_alerts_that_name_the_address_are_told_and_those_about_others_are_not() -> None:
    evidence = [
        named("a1", RemoteIP=THIEF),
        named("a1", RemoteIP=THIEF),
        entity("a1", "User", AccountUpn=BOB),
        named("a2", LocalIP=SIX),
        named("a3", RemoteIP=OFFICE),
        entity("a4", "Process", RemoteIP=THIEF),
    ]
    info = [alert("a1"), alert("a1", "Low") | {"Timestamp": ago(3)}, alert("a2"), alert("a3")]
    tables = {"AlertEvidence": evidence, "AlertInfo": [*info, alert("a4")]}
    rows = await hunt("address_alerts", tables, addresses=[THIEF, SIX.lower()])
    found = {row["AlertId"]: row for row in rows}
    assert len(rows) == len(found)
    assert set(found) == {"a1", "a2"}
    assert (found["a1"]["Address"], found["a1"]["Severity"]) == (THIEF, "High")
    assert (found["a1"]["Title"], found["a1"]["Accounts"]) == ("Alert a1", [BOB])


# --- device_alerts --------------------------------------------------------------------------------


def device(identifier: str, days: float = 1, **fields: object) -> Row:
    row = {"Timestamp": ago(days), "DeviceId": identifier, "DeviceName": f"name of {identifier}"}
    return {**row, **fields}


def logged_on(*names: str) -> str:
    return json.dumps([{"UserName": name, "DomainName": "CONTOSO"} for name in names])


def entity(alert: str, kind: str, **fields: object) -> Row:
    return {"Timestamp": ago(2), "AlertId": alert, "EntityType": kind, **fields}


def alert(identifier: str, severity: str = "High") -> Row:
    return {
        "Timestamp": ago(2),
        "AlertId": identifier,
        "Title": f"Alert {identifier}",
        "Severity": severity,
        "ServiceSource": "Microsoft Defender for Endpoint",
    }


DEVICES: dict[str, Sequence[Row]] = {
    "DeviceInfo": [
        device("d1", 3, AadDeviceId="AAD-1", LoggedOnUsers="[]"),
        device("d1", 1, AadDeviceId="AAD-1", LoggedOnUsers=logged_on("Ann")),
        device("d2", LoggedOnUsers=logged_on("bob", "ann")),
        device("d3", LoggedOnUsers=logged_on("bob", "annika")),
        device("d5", AadDeviceId="", LoggedOnUsers=""),
    ],
    "AlertEvidence": [
        entity("al1", "Machine", DeviceId="d1", DeviceName="name of d1"),
        entity("al1", "File", FileName="setup.exe", ThreatFamily="Lumma"),
        entity("al2", "Machine", DeviceId="d3", DeviceName="name of d3"),
        entity("al3", "Machine", DeviceId="d4", DeviceName="name of d4"),
        entity("al3", "User", AccountUpn="ANN@contoso.com"),
        entity("al4", "User", AccountObjectId=ANN_ID),
    ],
    "AlertInfo": [alert("al1"), alert("al2"), alert("al3", "Low"), alert("al4")],
}


async def test_alerts_on_the_users_devices_and_on_those_alerts_that_name_the_user() -> None:
    rows = await hunt("device_alerts", DEVICES, upn=ANN, device_ids=["aad-1"])
    found = {row["DeviceId"]: row for row in rows}
    assert set(found) == {"d1", "d2", "d4"}
    first = found["d1"]
    assert (first["AlertId"], first["Title"], first["Severity"]) == ("al1", "Alert al1", "High")
    assert first["DeviceName"] == "name of d1"
    assert first["AlertTime"] == "2026-01-18T12:00:00Z"
    assert "setup.exe" in first["Files"] and "Lumma" in first["ThreatFamilies"]
    assert "sign-in" in first["KnownBy"]
    assert (found["d4"]["AlertId"], found["d4"]["KnownBy"]) == ("al3", ["alert"])


async def test_a_device_without_alerts_is_told_so_that_an_empty_answer_means_none_is_known() -> (
    None
):
    rows = await hunt("device_alerts", DEVICES, upn=ANN)
    (quiet,) = (row for row in rows if row["DeviceId"] == "d2")
    assert quiet["AlertId"] == ""
    assert quiet["LastSeen"] == "2026-01-19T12:00:00Z"
    assert quiet["KnownBy"] == ["logon name"]
    assert await hunt("device_alerts", DEVICES, upn="carl@contoso.com") == []


async def test_without_a_name_nobodys_devices_are_the_users() -> None:
    rows = await hunt("device_alerts", DEVICES, account_id=ANN_ID)
    assert rows == []
    by_id = {
        **DEVICES,
        "AlertEvidence": [
            *DEVICES["AlertEvidence"],
            entity("al4", "Machine", DeviceId="d5", DeviceName="name of d5"),
        ],
    }
    (row,) = await hunt("device_alerts", by_id, account_id=ANN_ID.upper())
    assert (row["DeviceId"], row["AlertId"]) == ("d5", "al4")
