"""The hunts about messages, senders and forwarding, on rows that they must and must not return."""

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
ANN, BOB, DROP = "ann@contoso.com", "bob@contoso.com", "drop@evil.example"
ANN_ID = "6a1f2c9e-0000-4000-8000-00000000000a"
THIEF = "203.0.113.77"

Row = dict[str, Any]
_ROWS = TypeAdapter(list[dict[str, Any]])


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


async def ask(
    name: str,
    tables: Mapping[str, Sequence[Mapping[str, object]]],
    columns: Mapping[str, Mapping[str, str]] | None = None,
    **arguments: object,
) -> list[Row]:
    database = HuntingDatabase(tables, lambda: NOW, columns, parser=False)
    try:
        answer = await database.query(hunts()[name].render(arguments))
    finally:
        database.close()
    return _ROWS.validate_python(HuntingAnswer.model_validate(answer).rows())


def mail(message: str, sender: str = ANN, recipient: str = DROP, **more: object) -> Row:
    return {
        "Timestamp": ago(1),
        "NetworkMessageId": message,
        "InternetMessageId": f"<{message}@contoso.com>",
        "Subject": "Invoice",
        "SenderFromAddress": sender,
        "SenderMailFromAddress": sender,
        "SenderObjectId": ANN_ID if sender.lower() == ANN else "",
        "RecipientEmailAddress": recipient,
        "EmailDirection": "Outbound",
        "DeliveryAction": "Delivered",
        "DeliveryLocation": "On-premises/external",
        **more,
    }


def forwarding(by: str = ANN, kind: str = "InboxRule") -> str:
    return json.dumps([{"ForwardingUser": by, "ForwardingType": kind}])


def record(action: str, **raw: object) -> Row:
    return {"Timestamp": ago(1), "ActionType": action, "RawEventData": {"Operation": action, **raw}}


# --- one message ----------------------------------------------------------------------------------


async def test_a_message_is_found_by_either_of_its_ids_with_every_copy() -> None:
    table = [mail("M1"), mail("m1", recipient="two@evil.example"), mail("m2"), mail("m3")]
    rows = await ask("message", {"EmailEvents": table}, message_ids=["m1", "<M2@contoso.com>"])
    assert sorted(row["RecipientEmailAddress"] for row in rows) == [DROP, DROP, "two@evil.example"]
    assert {row["NetworkMessageId"] for row in rows} == {"M1", "m1", "m2"}
    assert rows[0]["DeliveryLocation"] == "On-premises/external"


async def test_a_message_is_told_where_the_tenant_lacks_the_newer_columns() -> None:
    newer = ("ForwardingInformation", "ExchangeTransportRule", "EmailSize", "DistributionList")
    columns = {k: v for k, v in table_columns()["EmailEvents"].items() if k not in newer}
    tables = {"EmailEvents": [mail("m1", SenderIPv6="2001:db8::1")]}
    (row,) = await ask("message", tables, {"EmailEvents": columns}, message_ids=["m1"])
    assert (row["SenderIPAddress"], row["ForwardingInformation"]) == ("2001:db8::1", "")
    assert row["EmailSize"] is None


@pytest.mark.parametrize(
    "hostile",
    [
        '"]); EmailEvents | take 100 //',
        "m1' or 1==1",
        'm1"\n| union EmailEvents',
        "\\",
        '"]) or true or dynamic(["',
    ],
)
@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("message", "message_ids"),
        ("message_events", "message_ids"),
        ("url_clicks", "message_ids"),
        ("similar_messages", "message_ids"),
        ("message_handling", "internet_message_ids"),
        ("sent_mail_threats", "senders"),
        ("sensitive_mail_sent", "senders"),
        ("refused_forwarding", "recipients"),
        ("who_set_forwarding_to", "recipients"),
    ],
)
async def test_no_id_becomes_a_part_of_the_query(hostile: str, name: str, parameter: str) -> None:
    tables: dict[str, list[Row]] = {
        "EmailEvents": [mail("m1", ForwardingInformation=forwarding())],
        "EmailPostDeliveryEvents": [{"Timestamp": ago(1), "NetworkMessageId": "m1"}],
        "UrlClickEvents": [{"Timestamp": ago(1), "NetworkMessageId": "m1"}],
        "CloudAppEvents": [
            record("HardDelete", AffectedItems=[{"InternetMessageId": "<m1@contoso.com>"}]),
            record("DlpRuleMatch", ExchangeMetaData={"From": ANN}),
            record("New-InboxRule", Parameters=[{"Name": "ForwardTo", "Value": DROP}]),
        ],
    }
    assert await ask(name, tables, None, **{parameter: [hostile]}) == []


async def test_what_became_of_a_message_after_delivery() -> None:
    zapped = {"NetworkMessageId": "m1", "Action": "Moved to quarantine", "ActionType": "Phish ZAP"}
    rows = await ask(
        "message_events",
        {
            "EmailPostDeliveryEvents": [
                {"Timestamp": ago(2), "InternetMessageId": "<i2@x>", "Action": "Released"},
                {"Timestamp": ago(1), **zapped},
                {"Timestamp": ago(1), "NetworkMessageId": "m9", "Action": "Moved to junk"},
            ]
        },
        message_ids=["M1", "<i2@x>"],
    )
    assert [row["Action"] for row in rows] == ["Moved to quarantine", "Released"]


async def test_what_was_done_with_a_message_in_a_mailbox_and_not_with_others() -> None:
    read = [{"Path": "\\Inbox", "FolderItems": [{"InternetMessageId": "<A.1@x>"}]}]
    several = [{"InternetMessageId": "<A.1@x>"}, {"InternetMessageId": "<B.2@x>"}]
    rows = await ask(
        "message_handling",
        {
            "CloudAppEvents": [
                record("MailItemsAccessed", UserId=ANN, ClientIPAddress=THIEF, Folders=read),
                record("HardDelete", UserId=ANN, AffectedItems=several, MailboxOwnerUPN=BOB),
                record("HardDelete", UserId=ANN, AffectedItems=[{"InternetMessageId": "<1@x>"}]),
                record("SoftDelete", AffectedItems=[{"InternetMessageId": "<AA.1@x>"}]),
                record("Send", Item={"InternetMessageId": "<A.1@x>"}),
            ]
        },
        internet_message_ids=["a.1@x", "B.2@x"],
    )
    seen = {(row["ActionType"], row["InternetMessageId"], row["Mailbox"]) for row in rows}
    assert seen == {
        ("MailItemsAccessed", "a.1@x", ANN),
        ("HardDelete", "a.1@x", BOB),
        ("HardDelete", "B.2@x", BOB),
    }
    (read_row,) = [row for row in rows if row["ActionType"] == "MailItemsAccessed"]
    assert (read_row["IPAddress"], read_row["Folder"]) == (THIEF, "\\Inbox")


async def test_clicks_on_the_addresses_of_a_message() -> None:
    click = {"Timestamp": ago(1), "Url": "https://a.example", "AccountUpn": BOB}
    tables = {
        "UrlClickEvents": [
            {**click, "NetworkMessageId": "M1", "IsClickedThrough": True},
            {**click, "NetworkMessageId": "m2"},
        ]
    }
    (row,) = await ask("url_clicks", tables, message_ids=["m1"])
    assert (row["AccountUpn"], row["IsClickedThrough"]) == (BOB, True)


async def test_messages_are_alike_by_cluster_or_by_sender_and_subject() -> None:
    table = [
        mail("m1", EmailClusterId=7),
        mail("m2", EmailClusterId=7, Subject="Other", sender=BOB),
        mail("m2", EmailClusterId=7, Subject="Other", sender=BOB, recipient="x@evil.example"),
        mail("m3", sender="Ann@Contoso.com", EmailClusterId=0, ThreatTypes="Phish"),
        mail("m4", EmailClusterId=0, Subject="Elsewhere"),
        mail("m5", sender=BOB, EmailClusterId=8),
        # Redirected: another network id, and the internet id of the message itself.
        mail("m6", EmailClusterId=7, InternetMessageId="<m1@contoso.com>"),
    ]
    (row,) = await ask("similar_messages", {"EmailEvents": table}, message_ids=["m1"])
    assert (row["NetworkMessageId"], row["Similar"], row["Recipients"]) == ("m1", 2, 2)
    assert sorted(row["Samples"]) == ["m2", "m3"]
    nothing = {"EmailEvents": [mail("m1", Subject=""), mail("m2", Subject="")]}
    assert await ask("similar_messages", nothing, message_ids=["m1"]) == []


# --- who forwards ---------------------------------------------------------------------------------


async def test_the_report_of_auto_forwarded_messages() -> None:
    srs = "bob+SRS=44ldt=IX=supplier.example=author@contoso.com"
    table = [
        mail("m1", ForwardingInformation=forwarding()),
        mail("m2", ForwardingInformation=forwarding(), DeliveryAction="Blocked", EmailSize=5),
        mail("m3", ForwardingInformation=forwarding(BOB, "SMTP"), Timestamp=ago(3), sender=BOB),
        mail("m4", sender="author@supplier.example", SenderMailFromAddress=srs, Timestamp=ago(4)),
        mail("m5"),
        mail("m6", ForwardingInformation="[]"),
        mail("m7", ForwardingInformation=forwarding(), recipient="joel@contoso.com"),
        mail("m8", ForwardingInformation=forwarding(), EmailDirection="Inbound"),
    ]
    rows = await ask(
        "auto_forwarded_messages", {"EmailEvents": table}, accepted_domains=["Contoso.com"]
    )
    told = [(row["Forwarder"], row["ForwardingType"], row["Messages"]) for row in rows]
    assert told == [(ANN, "InboxRule", 2), (BOB, "SMTP", 1), (BOB, "", 1)]
    first = rows[0]
    assert (first["Recipient"], first["RecipientDomain"]) == (DROP, "evil.example")
    assert (first["Delivered"], first["Refused"], first["Bytes"]) == (1, 1, 5)
    only = await ask(
        "auto_forwarded_messages",
        {"EmailEvents": table},
        accepted_domains=["contoso.com"],
        forwarders=["BOB@contoso.com"],
    )
    assert {row["Forwarder"] for row in only} == {BOB}


async def test_new_forwarders_are_those_who_had_not_forwarded_before() -> None:
    table = [
        mail("m1", ForwardingInformation=forwarding(), Timestamp=ago(1)),
        mail("m2", ForwardingInformation=forwarding(), Timestamp=ago(1), recipient="x@y.example"),
        mail("m3", sender=BOB, ForwardingInformation=forwarding(BOB), Timestamp=ago(1)),
        mail("m4", sender=BOB, ForwardingInformation=forwarding(BOB), Timestamp=ago(20)),
        mail("m5", sender="cy@contoso.com", Timestamp=ago(1)),
    ]
    (row,) = await ask(
        "new_users_forwarding",
        {"EmailEvents": table},
        accepted_domains=["contoso.com"],
        judged_from=ago(7).isoformat(),
    )
    assert (row["Forwarder"], row["Messages"]) == (ANN, 2)
    assert sorted(row["RecipientDomains"]) == ["evil.example", "y.example"]
    assert row["ForwardingTypes"] == ["InboxRule"]


async def test_forwarded_mail_is_told_as_delivered_or_refused() -> None:
    table = [
        mail("m1", ForwardingInformation=forwarding()),
        mail(
            "m2",
            ForwardingInformation=forwarding(),
            DeliveryAction="Blocked",
            EmailActionPolicy="Outbound spam",
        ),
        mail("m3", ForwardingInformation=forwarding(), DeliveryLocation="Failed"),
        mail("m4", ForwardingInformation=forwarding(), DeliveryAction="", DeliveryLocation=""),
        mail("m5"),
        mail("m6", ForwardingInformation=forwarding(), recipient="other@evil.example"),
    ]
    (row,) = await ask("refused_forwarding", {"EmailEvents": table}, recipients=[DROP.upper()])
    counts = [row[name] for name in ("Forwarded", "Delivered", "Refused", "Unknown")]
    assert counts == [4, 1, 2, 1]
    assert (row["Sender"], "Outbound spam" in row["Policies"]) == (ANN, True)
    assert not await ask(
        "refused_forwarding", {"EmailEvents": table}, recipients=[DROP], senders=[BOB]
    )


async def test_forwarding_is_found_by_its_recipient_or_by_the_address_it_was_set_from() -> None:
    to_drop = [{"Name": "ForwardTo", "Value": f"smtp:{DROP.upper()}"}]
    rows = await ask(
        "who_set_forwarding_to",
        {
            "CloudAppEvents": [
                record("New-InboxRule", UserId=ANN, ClientIP="192.0.2.1:443", Parameters=to_drop),
                record(
                    "UpdateInboxRules",
                    UserId=BOB,
                    ClientIPAddress=f"::ffff:{THIEF}",
                    OperationProperties=[{"Name": "RuleOperation", "Value": "AddMailboxRule"}],
                ),
                record("Set-Mailbox", ClientIP=THIEF, Parameters=[{"Name": "AuditEnabled"}]),
                record(
                    "Set-Mailbox",
                    UserId="mira@contoso.com",
                    ClientIP=f"{THIEF}:51234",
                    Parameters=[{"Name": "ForwardingSmtpAddress", "Value": "smtp:x@y.example"}],
                ),
                record("Remove-InboxRule", ClientIP=THIEF, Parameters=to_drop),
                record("New-InboxRule", ClientIP="198.51.100.9", Parameters=[]),
                record(
                    "New-InboxRule",
                    ClientIP="198.51.100.9",
                    Parameters=[{"Name": "ForwardTo", "Value": f"x{DROP}"}],
                ),
            ]
        },
        recipients=[DROP],
        ip_addresses=[THIEF],
    )
    seen = {(row["Actor"], row["NamesRecipient"], row["FromAddress"]) for row in rows}
    assert seen == {(ANN, True, False), (BOB, False, True), ("mira@contoso.com", False, True)}
    assert {row["IPAddress"] for row in rows} == {THIEF, "192.0.2.1"}


# --- what somebody sent ---------------------------------------------------------------------------


async def test_how_much_of_the_sent_mail_was_found_to_be_a_threat() -> None:
    table = [
        mail("m1", ThreatTypes="Phish, Spam"),
        mail("m1", ThreatTypes="Phish, Spam", recipient="two@evil.example"),
        mail("m2", ThreatTypes="Malware", DeliveryAction="Blocked"),
        mail("m3", OriginalThreatTypes="Spam", EmailDirection="Intra-org"),
        mail("m4"),
        mail("m5", sender="ann@elsewhere.example", EmailDirection="Inbound", ThreatTypes="Phish"),
        mail("m6", sender=BOB, ThreatTypes="Phish"),
    ]
    (row,) = await ask("sent_mail_threats", {"EmailEvents": table}, senders=[ANN_ID.upper()])
    names = ("Messages", "Threatening", "Phish", "Spam", "Malware", "Blocked", "Outside")
    assert [row[name] for name in names] == [4, 3, 1, 2, 1, 1, 3]
    assert {"m1", "m2", "m3"} <= set(row["Samples"])
    (bob,) = await ask("sent_mail_threats", {"EmailEvents": table}, senders=["BOB@contoso.com"])
    assert (bob["Sender"], bob["Phish"]) == (BOB, 1)


async def test_sensitive_mail_is_what_a_policy_or_a_label_says_is_sensitive() -> None:
    rules = [{"RuleName": "Any card"}]
    exchange = {"From": "Ann@contoso.com", "To": [DROP], "Subject": "Cards", "MessageID": "<d@x>"}
    rows = await ask(
        "sensitive_mail_sent",
        {
            "CloudAppEvents": [
                record(
                    "DLPRuleMatch",
                    UserId="DlpAgent",
                    ExchangeMetaData=exchange,
                    PolicyDetails=[{"PolicyName": "Cards", "Rules": rules}],
                ),
                record("MipLabel", Sender=ANN, ItemName="Plan", LabelName="Secret"),
                record("DlpRuleMatch", UserId=ANN, SharePointMetaData={"From": ANN}),
                record("DlpRuleMatch", ExchangeMetaData={**exchange, "From": BOB}),
                record("Send", UserId=ANN, ExchangeMetaData=exchange),
            ]
        },
        senders=[ANN],
    )
    told = {
        (row["Found"], row["Subject"], row["Policy"], row["Rule"], row["Label"]) for row in rows
    }
    assert told == {
        ("policy", "Cards", "Cards", "Any card", ""),
        ("label", "Plan", "", "", "Secret"),
    }


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("message", {"message_ids": ["m1"]}),
        ("url_clicks", {"message_ids": ["m1"]}),
        ("sensitive_mail_sent", {"senders": [ANN]}),
        ("auto_forwarded_messages", {"accepted_domains": ["contoso.com"]}),
    ],
)
async def test_a_table_that_the_tenant_lacks_is_an_error_and_not_an_empty_answer(
    name: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(HuntingError):
        await ask(name, {"AlertInfo": []}, None, **arguments)
