"""Each hunt, run on rows that it must return and rows that it must not."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from microsoft365.hunting_rows import HuntingAnswer
from microsoft365.kql import hunts
from sandbox.tenant.hunting import HuntingDatabase, table_columns

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
DROP = "drop@evil.example"
ANN = "ann@contoso.com"
ANN_ID = "6a1f2c9e-0000-4000-8000-00000000000a"

Row = dict[str, Any]
_ROWS = TypeAdapter(list[dict[str, Any]])


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


async def hunt(
    name: str,
    table: Mapping[str, Sequence[Mapping[str, object]]],
    columns: Mapping[str, Mapping[str, str]] | None = None,
    **arguments: object,
) -> list[Row]:
    database = HuntingDatabase(table, lambda: NOW, columns, parser=False)
    try:
        answer = await database.query(hunts()[name].render(arguments))
    finally:
        database.close()
    return _ROWS.validate_python(HuntingAnswer.model_validate(answer).rows())


# --- mail -----------------------------------------------------------------------------------------


def mail(message: str, sender: str = ANN, recipient: str = DROP, **more: object) -> Row:
    return {
        "Timestamp": ago(1),
        "NetworkMessageId": message,
        "SenderFromAddress": sender,
        "SenderMailFromAddress": sender,
        "SenderObjectId": ANN_ID if sender == ANN else "",
        "RecipientEmailAddress": recipient,
        "EmailDirection": "Outbound",
        **more,
    }


FORWARDING = json.dumps([{"ForwardingUser": ANN, "ForwardingType": "InboxRule"}])


async def test_who_forwarded_tells_forwarded_mail_from_mail_simply_sent() -> None:
    rows = await hunt(
        "who_forwarded_to",
        {
            "EmailEvents": [
                mail("m1", ForwardingInformation=FORWARDING, SenderDisplayName="Ann"),
                mail("m2", ForwardingInformation=FORWARDING, Timestamp=ago(3)),
                mail("m3"),
                mail("m4", sender="Bob@Contoso.com", recipient=DROP.upper(), Timestamp=ago(2)),
                mail("m5", recipient="friend@elsewhere.example"),
                mail("m6", sender="someone@else.example", EmailDirection="Inbound"),
            ]
        },
        recipients=[DROP],
    )
    ann, bob = rows
    assert (ann["Sender"], ann["SenderObjectId"], ann["SenderDisplayName"]) == (ANN, ANN_ID, "Ann")
    assert (ann["Forwarded"], ann["SimplySent"]) == (2, 1)
    assert ann["FirstSeen"] == "2026-01-17T12:00:00Z"
    assert (bob["Sender"], bob["Forwarded"], bob["SimplySent"]) == ("bob@contoso.com", 0, 1)


@pytest.mark.parametrize(
    ("subject", "by_hand"),
    [
        ("FW: Invoice", 1),
        ("Fwd: Invoice", 1),
        ("WG: Rechnung", 1),
        (" RV : Factura", 1),
        ("転送: 請求書", 1),
        ("RE: Invoice", 0),
        ("Forward planning: 2027", 0),
        ("Invoice FW: 3", 0),
    ],
)
async def test_who_forwarded_counts_what_a_person_forwarded_by_its_subject(
    subject: str, by_hand: int
) -> None:
    automatic = mail("m2", ForwardingInformation=FORWARDING, Subject=subject)
    table = {"EmailEvents": [mail("m1", Subject=subject), automatic]}
    (row,) = await hunt("who_forwarded_to", table, recipients=[DROP])
    assert (row["Forwarded"], row["SimplySent"], row["SentByHand"]) == (1, 1, by_hand)


async def test_who_forwarded_names_the_forwarder_of_redirected_mail_not_its_author() -> None:
    redirected = mail(
        "m1",
        sender="author@supplier.example",
        SenderMailFromAddress="Ann+SRS=44ldt=IX=supplier.example=author@contoso.com",
    )
    told = mail("m2", sender="author@supplier.example", ForwardingInformation=FORWARDING)
    (row,) = await hunt("who_forwarded_to", {"EmailEvents": [redirected, told]}, recipients=[DROP])
    assert (row["Sender"], row["Forwarded"], row["SimplySent"]) == (ANN, 2, 0)


async def test_forwarding_is_still_seen_where_the_tenant_lacks_the_newer_column() -> None:
    columns = dict(table_columns()["EmailEvents"])
    del columns["ForwardingInformation"]
    rewritten = mail("m1", SenderMailFromAddress="ann+SRS=aa=bb=c.example=d@contoso.com")
    (row,) = await hunt(
        "forwarded_mail_count",
        {"EmailEvents": [rewritten, mail("m2")]},
        {"EmailEvents": columns},
        recipients=[DROP],
    )
    assert (row["Messages"], row["Forwarded"], row["SimplySent"]) == (2, 1, 1)


async def test_count_takes_each_message_once_and_can_be_asked_of_one_sender() -> None:
    table = {
        "EmailEvents": [
            mail("m1", ForwardingInformation=FORWARDING),
            mail("m1", ForwardingInformation=FORWARDING, Timestamp=ago(0.5)),
            mail("m2"),
            mail("m3", sender="bob@contoso.com"),
        ]
    }
    (everybody,) = await hunt("forwarded_mail_count", table, recipients=[DROP])
    assert (everybody["Messages"], everybody["Forwarded"], everybody["SimplySent"]) == (3, 1, 2)
    (by_id,) = await hunt("forwarded_mail_count", table, recipients=[DROP], senders=[ANN_ID])
    (by_address,) = await hunt(
        "forwarded_mail_count", table, recipients=[DROP], senders=["ANN@contoso.com"]
    )
    assert by_id["Messages"] == by_address["Messages"] == 2


async def test_mail_by_day_counts_each_day_newest_first() -> None:
    rows = await hunt(
        "forwarded_mail_by_day",
        {
            "EmailEvents": [
                mail("m1", ForwardingInformation=FORWARDING, Timestamp=ago(1)),
                mail("m2", ForwardingInformation=FORWARDING, Timestamp=ago(1.1)),
                mail("m3", Timestamp=ago(5)),
                mail("m4", recipient="friend@elsewhere.example"),
            ]
        },
        recipients=[DROP],
    )
    assert [(row["Period"], row["Forwarded"], row["SimplySent"]) for row in rows] == [
        ("2026-01-19T00:00:00Z", 2, 0),
        ("2026-01-15T00:00:00Z", 0, 1),
    ]


async def test_urls_of_several_messages() -> None:
    rows = await hunt(
        "message_urls",
        {
            "EmailUrlInfo": [
                {"Timestamp": ago(2), "NetworkMessageId": "M1", "Url": "https://a.example/1"},
                {"Timestamp": ago(1), "NetworkMessageId": "m2", "Url": "https://b.example/2"},
                {"Timestamp": ago(1), "NetworkMessageId": "m3", "Url": "https://c.example/3"},
            ]
        },
        message_ids=["m1", "m2"],
    )
    assert [row["Url"] for row in rows] == ["https://b.example/2", "https://a.example/1"]


async def test_attachments_of_several_messages_with_what_was_found_in_them() -> None:
    attachment = {"FileName": "pay.xlsx", "FileSize": 12_345, "ThreatTypes": "Malware"}
    rows = await hunt(
        "message_attachments",
        {
            "EmailAttachmentInfo": [
                {"Timestamp": ago(2), "NetworkMessageId": "m1", **attachment},
                {"Timestamp": ago(1), "NetworkMessageId": "m3", "FileName": "other.txt"},
            ]
        },
        message_ids=["m1", "m2"],
    )
    (row,) = rows
    assert (row["FileName"], row["FileSize"], row["ThreatTypes"]) == ("pay.xlsx", 12_345, "Malware")


# --- changes --------------------------------------------------------------------------------------


def change(action: str, by: str = ANN, **record: object) -> Row:
    return {
        "Timestamp": ago(1),
        "ActionType": action,
        "AccountObjectId": ANN_ID if by == ANN else "",
        "RawEventData": {"Operation": action, "UserId": by, **record},
    }


def parameters(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


async def changes(*rows: Row, **arguments: object) -> list[Row]:
    asked = arguments or {"account_id": ANN_ID, "upn": ANN}
    return await hunt("forwarding_changes", {"CloudAppEvents": list(rows)}, None, **asked)


async def test_a_rule_made_by_the_user_comes_with_all_that_an_analyst_needs() -> None:
    record: Row = {
        "ObjectId": "EURPR04A009.PROD/Hosted Organizations/contoso.com/Ann\\.",
        "Parameters": parameters(ForwardTo=DROP, Name="."),
        "ResultStatus": "True",
        "SessionId": "s-1",
        "AppId": "app-1",
        "ClientInfoString": "Client=OWA",
    }
    event = change("New-InboxRule", **record) | {
        "IPAddress": "203.0.113.7:62589",
        "ISP": "Bulletproof Hosting",
        "CountryCode": "NL",
        "UserAgent": "Mozilla/5.0",
        "Application": "Microsoft Exchange Online",
    }
    (row,) = await changes(event)
    assert row["Change"] == "inbox rule"
    assert (row["ByUser"], row["OnMailbox"]) == (True, True)
    assert (row["Actor"], row["ActorObjectId"]) == (ANN, ANN_ID)
    assert (row["IPAddress"], row["ISP"], row["CountryCode"]) == (
        "203.0.113.7",
        "Bulletproof Hosting",
        "NL",
    )
    assert (row["Application"], row["ApplicationId"], row["Client"]) == (
        "Microsoft Exchange Online",
        "app-1",
        "Client=OWA",
    )
    assert (row["UserAgent"], row["SessionId"]) == ("Mozilla/5.0", "s-1")
    assert (row["Object"], row["Mailbox"]) == (record["ObjectId"], "Ann")
    assert (row["ResultStatus"], row["Timestamp"]) == ("True", "2026-01-19T12:00:00Z")
    assert json.loads(row["RawEventData"]) == event["RawEventData"]


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:62589", "203.0.113.7"),
        ("[2001:db8::914f]:47114", "2001:db8::914f"),
        ("2001:db8::914f", "2001:db8::914f"),
        ("::1", "::1"),
    ],
)
async def test_the_port_is_taken_off_the_address(written: str, bare: str) -> None:
    (row,) = await changes(change("New-InboxRule", ClientIP=written))
    assert row["IPAddress"] == bare


@pytest.mark.parametrize(
    "record",
    [
        {"MailboxOwnerUPN": "Ann@Contoso.com"},
        {"ObjectId": "EURPR04A009.PROD/Hosted Organizations/contoso.com/ann\\."},
        {"ObjectId": "ann@contoso.com:\\Inbox"},
        {"ObjectId": "ann"},
        {"ObjectId": ANN_ID.upper()},
        {"ObjectId": "x", "Parameters": parameters(Identity=ANN, AccessRights="FullAccess")},
        {"Parameters": parameters(Name="r", Mailbox="/o=ExchangeLabs/ou=g/cn=Recipients/cn=ann")},
    ],
    ids=json.dumps,
)
async def test_changes_made_by_others_on_the_mailbox_are_found(record: dict[str, object]) -> None:
    (row,) = await changes(change("Set-InboxRule", by="admin@contoso.com", **record))
    assert (row["ByUser"], row["OnMailbox"], row["Actor"]) == (False, True, "admin@contoso.com")


async def test_other_names_of_the_mailbox_can_be_given() -> None:
    guid = "654c1387-07a5-4863-9cf8-dd26ab19e4da"
    by_guid = change("UpdateInboxRules", by="admin@contoso.com", MailboxGuid=guid)
    by_name = change("Set-Mailbox", by="admin@contoso.com", ObjectId="abowman")
    assert await changes(by_guid, by_name) == []
    names = [guid, "abowman"]
    found = await changes(by_guid, by_name, upn=ANN, mailbox_names=names)
    assert len(found) == 2


async def test_rights_granted_to_the_user_elsewhere_are_found() -> None:
    (row,) = await changes(
        change(
            "Add-MailboxPermission",
            by="admin@contoso.com",
            ObjectId="ceo",
            Parameters=parameters(Identity="ceo", User="PROD/contoso.com/Ann"),
        )
    )
    assert (row["NamesUser"], row["OnMailbox"], row["Mailbox"]) == (True, False, "ceo")
    assert row["Change"] == "permission"


@pytest.mark.parametrize(
    "action",
    ["New-TransportRule", "Set-JournalRule", "New-OutboundConnector", "Set-AdminAuditLogConfig"],
)
async def test_changes_for_the_whole_organization_are_found_whoever_made_them(action: str) -> None:
    (row,) = await changes(change(action, by="admin@contoso.com", ObjectId="."))
    assert (row["OrganizationWide"], row["ByUser"], row["OnMailbox"]) == (True, False, False)


@pytest.mark.parametrize(
    ("action", "values", "kind"),
    [
        ("Set-Mailbox", {"ForwardingSmtpAddress": f"smtp:{DROP}"}, "forwarding"),
        ("Set-Mailbox", {"ForwardingAddress": "Drop Contact"}, "forwarding"),
        ("Set-Mailbox", {"GrantSendOnBehalfTo": "bob"}, "permission"),
        ("Set-Mailbox", {"AuditEnabled": "False"}, "auditing"),
        ("Set-Mailbox", {"MaxSendSize": "10MB"}, "mailbox setting"),
        ("Set-MailboxAuditBypassAssociation", {"AuditBypassEnabled": "True"}, "auditing"),
        ("Disable-InboxRule", {}, "inbox rule"),
        ("Remove-InboxRule", {}, "inbox rule"),
        ("Add-RecipientPermission", {}, "permission"),
        ("AddFolderPermissions", {}, "permission"),
        ("New-TransportRule", {"BlindCopyTo": DROP}, "mail flow"),
    ],
)
async def test_each_change_is_named_for_what_it_touches(
    action: str, values: dict[str, str], kind: str
) -> None:
    (row,) = await changes(change(action, Parameters=parameters(**values)))
    assert row["Change"] == kind


async def test_neither_other_peoples_changes_nor_other_actions_are_returned() -> None:
    other = "bob@contoso.com"
    assert (
        await changes(
            change("New-InboxRule", by=other, MailboxOwnerUPN=other, ObjectId="PROD/c/bob\\rule"),
            change("New-InboxRule", by=other, ObjectId="PROD/c/joann\\ann"),
            change("Set-Mailbox", by=other, ObjectId="bob"),
            change("MailItemsAccessed", MailboxOwnerUPN=ANN),
            change("FileAccessed"),
        )
        == []
    )


async def test_the_object_id_goes_before_the_user_principal_name() -> None:
    successor = change("New-InboxRule") | {"AccountObjectId": "another-ann"}
    assert await changes(successor) == []
    assert len(await changes(successor, upn=ANN)) == 1


async def test_the_display_name_serves_only_where_nothing_better_is_known() -> None:
    nameless: Row = {
        "Timestamp": ago(1),
        "ActionType": "new-inboxrule",
        "AccountDisplayName": "Ann Bowman",
        "RawEventData": {},
    }
    (row,) = await changes(nameless, display_name="ann bowman")
    assert row["ByUser"] is True
    known = change("New-InboxRule") | {"AccountDisplayName": "Ann Bowman"}
    assert await changes(known, account_id="another", display_name="Ann Bowman") == []


async def test_the_provider_is_found_under_either_spelling_of_its_column() -> None:
    columns = dict(table_columns()["CloudAppEvents"])
    columns["Isp"] = columns.pop("ISP")
    (row,) = await hunt(
        "forwarding_changes",
        {"CloudAppEvents": [change("New-InboxRule") | {"Isp": "Contoso Fiber"}]},
        {"CloudAppEvents": columns},
        upn=ANN,
    )
    assert row["ISP"] == "Contoso Fiber"


# --- sign-ins -------------------------------------------------------------------------------------


def sign_in(
    days: float, address: str, *, failed: bool = False, country: str = "DE", app: str = "Outlook"
) -> Row:
    return {
        "Timestamp": ago(days),
        "ActionType": "LogonFailed" if failed else "LogonSuccess",
        "AccountUpn": ANN,
        "AccountObjectId": ANN_ID,
        "IPAddress": address,
        "Location": country,
        "Application": app,
        "FailureReason": "InvalidUserNameOrPassword" if failed else "",
    }


HOME = [sign_in(days, "192.0.2.1") for days in range(3, 28)]


async def sign_ins(*rows: Row, **arguments: object) -> dict[str, Row]:
    asked = {"account_id": ANN_ID, "judged_from": ago(2).isoformat(), **arguments}
    found = await hunt("sign_in_anomalies", {"IdentityLogonEvents": list(rows)}, None, **asked)
    return {row["IPAddress"]: row for row in found}


async def test_a_new_address_application_and_country_stand_out_from_the_baseline() -> None:
    found = await sign_ins(
        *HOME, sign_in(1, "192.0.2.1"), sign_in(1, "203.0.113.7", country="NG", app="PowerShell")
    )
    flags = ("NewAddress", "NewApplication", "UncommonCountry", "RepeatedFailures")
    assert [found["203.0.113.7"][flag] for flag in flags] == [True, True, True, False]
    assert [found["192.0.2.1"][flag] for flag in flags] == [False, False, False, False]
    assert found["192.0.2.1"]["BaselineSignIns"] == 25
    assert found["192.0.2.1"]["SucceededSince"] == 1
    assert found["192.0.2.1"]["FirstSeen"] == "2025-12-24T12:00:00Z"


async def test_repeated_failures_that_end_in_a_success_are_marked() -> None:
    failures = [sign_in(1 + minute / 1440, "198.51.100.9", failed=True) for minute in range(6)]
    found = await sign_ins(*HOME, *failures, sign_in(0.9, "198.51.100.9", app="Teams"))
    row = found["198.51.100.9"]
    assert (row["RepeatedFailures"], row["SuccessAfterFailures"]) == (True, True)
    fewer = await sign_ins(*HOME, *failures, failures=7)
    assert fewer["198.51.100.9"]["RepeatedFailures"] is False
    assert fewer["198.51.100.9"]["FailureReasons"] == ["InvalidUserNameOrPassword"]


async def test_an_address_known_only_from_failures_is_not_familiar() -> None:
    found = await sign_ins(
        *HOME, sign_in(5, "198.51.100.9", failed=True), sign_in(1, "198.51.100.9")
    )
    assert found["198.51.100.9"]["NewAddress"] is True


async def test_nobody_elses_sign_ins_are_returned() -> None:
    stranger = sign_in(1, "203.0.113.8") | {"AccountUpn": "bob@contoso.com", "AccountObjectId": "b"}
    renamed = sign_in(1, "203.0.113.9") | {"AccountObjectId": "another-ann"}
    found = await sign_ins(*HOME, stranger, renamed, upn=ANN)
    assert set(found) == {"192.0.2.1"}


async def test_without_a_boundary_the_last_two_days_are_judged() -> None:
    found = await hunt(
        "sign_in_anomalies",
        {"IdentityLogonEvents": [sign_in(3, "192.0.2.1"), sign_in(1, "203.0.113.7")]},
        upn=ANN,
    )
    assert {row["IPAddress"]: row["NewAddress"] for row in found} == {
        "192.0.2.1": False,
        "203.0.113.7": True,
    }
