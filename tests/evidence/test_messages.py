"""What is told of a message, from the hunts' rows and from Graph's analysed copies."""

from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from evidence import analyzed_email
from evidence.analyzed_email import merged
from evidence.message import MessageDetail
from evidence.message_rows import MessageRows, bare_id, from_rows, internet_ids, network_ids
from evidence.model import JsonObject
from evidence.sensitive import is_sensitive_file, leads_to_documents

ID = "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b201"
AT = "2026-11-18T09:07:19Z"
COPY: JsonObject = {
    "Timestamp": AT,
    "NetworkMessageId": ID,
    "InternetMessageId": "<one@contoso.com>",
    "Subject": "FW: Invoice",
    "SenderFromAddress": "author@supplier.example",
    "SenderMailFromAddress": "ann+SRS=a=b@contoso.com",
    "SenderIPAddress": "192.0.2.24",
    "RecipientEmailAddress": "Drop@Evil.example",
    "EmailDirection": "Outbound",
    "DeliveryAction": "Delivered",
    "DeliveryLocation": "On-premises/external",
    "ThreatTypes": "Phish, Spam",
    "ForwardingInformation": '[{"ForwardingType":"InboxRule"}]',
    "ExchangeTransportRule": "Banner, Copy",
}


def row(**columns: JsonValue) -> JsonObject:
    return {"Timestamp": AT, "NetworkMessageId": ID, **columns}


def test_a_message_is_its_facts_and_its_copies() -> None:
    second: JsonObject = {
        **COPY,
        "Timestamp": "2026-11-18T09:07:20Z",
        "RecipientEmailAddress": "two@evil.example",
        "DeliveryAction": "Blocked",
        "ThreatTypes": "phish",
    }
    told = from_rows(ID.upper(), MessageRows(messages=[COPY, second]))
    assert (told.subject, told.sender) == ("FW: Invoice", "author@supplier.example")
    assert told.return_path == "ann+SRS=a=b@contoso.com"
    assert told.sent == datetime(2026, 11, 18, 9, 7, 19, tzinfo=UTC)
    assert told.threats == ("Phish", "Spam")
    assert [(copy.recipient, copy.delivered) for copy in told.copies] == [
        ("drop@evil.example", True),
        ("two@evil.example", False),
    ]
    assert told.copies[0].transport_rules == ("Banner", "Copy")
    assert told.copies[0].raw == COPY


@pytest.mark.parametrize(
    ("action", "location", "delivered"),
    [
        ("Delivered", "Inbox/folder", True),
        ("Junked", "Junk folder", True),
        ("Delivered", "Quarantine", False),
        ("Delivered", "Failed", False),
        ("Blocked", "Dropped", False),
        ("", "", None),
        ("Something new", "Somewhere", None),
    ],
)
def test_delivered_is_told_only_where_it_is_known(
    action: str, location: str, delivered: bool | None
) -> None:
    copy: JsonObject = {**COPY, "DeliveryAction": action, "DeliveryLocation": location}
    (told,) = from_rows(ID, MessageRows(messages=[copy])).copies
    assert told.delivered is delivered


def test_addresses_files_clicks_and_events_belong_to_their_message() -> None:
    rows = MessageRows(
        messages=[COPY],
        urls=[
            row(Url="https://contoso.sharepoint.com/s/pay", UrlLocation="Body"),
            row(Url="https://contoso.sharepoint.com/s/pay", UrlLocation="Body"),
            {**row(Url="https://elsewhere.example"), "NetworkMessageId": "other"},
        ],
        attachments=[
            row(FileName="Payroll 2026.xlsx", FileSize=12, ThreatTypes="Malware", SHA256="aa"),
            row(FileName="Payroll 2026.xlsx", FileSize=12, ThreatTypes="Malware", SHA256="aa"),
            row(FileName="agenda.docx", FileSize="7"),
        ],
        clicks=[
            row(Url="https://late.example", AccountUpn="Bob@contoso.com", IsClickedThrough=True),
        ],
        events=[row(Action="Moved to quarantine", ActionType="Phish ZAP")],
        handling=[
            {
                "Timestamp": "2026-11-18T09:00:00Z",
                "InternetMessageId": "ONE@contoso.com",
                "ActionType": "HardDelete",
                "Actor": "thief@contoso.com",
                "Mailbox": "Ann@contoso.com",
                "IPAddress": "203.0.113.77:443",
            },
            {"Timestamp": AT, "InternetMessageId": "two@contoso.com", "ActionType": "Move"},
        ],
        similar=[row(Similar=4)],
    )
    told = from_rows(ID, rows)
    assert [(each.url, each.clicks, each.sensitive) for each in told.urls] == [
        ("https://contoso.sharepoint.com/s/pay", 0, True),
        ("https://late.example", 1, False),
    ]
    assert [(each.name, each.size, each.sensitive) for each in told.attachments] == [
        ("Payroll 2026.xlsx", 12, True),
        ("agenda.docx", 7, False),
    ]
    assert told.attachments[0].threats == ("Malware",)
    assert [(each.action, each.in_mailbox) for each in told.events] == [
        ("HardDelete", True),
        ("Moved to quarantine", False),
        ("ClickAllowed", False),
    ]
    assert told.events[0].ip_address == "203.0.113.77"
    assert (told.similar, told.sensitive) == (4, True)


def test_nothing_alike_is_none_found_and_not_asked_is_unknown() -> None:
    assert from_rows(ID, MessageRows(messages=[COPY], similar=[])).similar == 0
    assert from_rows(ID, MessageRows(messages=[COPY])).similar is None
    assert from_rows(ID, MessageRows(similar=[])).similar is None


ODD: list[JsonValue] = [None, 7, True, "", "not a time", [], [1], {}, {"a": [None]}, -1.5]


@pytest.mark.parametrize("odd", ODD)
def test_no_shape_of_a_column_is_a_crash(odd: JsonValue) -> None:
    rows: list[JsonObject] = [dict.fromkeys(COPY, odd), {**COPY, "Timestamp": odd}, {}]
    rows += [{**COPY, name: odd} for name in COPY]
    more: list[JsonObject] = [
        *(row(**{name: odd}) for name in ("Url", "FileName", "FileSize", "Action", "Similar")),
        row(Url=odd, FileName=odd, InternetMessageId=odd, IPAddress=odd, IsClickedThrough=odd),
    ]
    told = from_rows(ID, MessageRows(rows, more, more, more, more, more, more))
    assert told.network_message_id == ID
    assert internet_ids(rows) is not None
    assert ID in network_ids([*rows, COPY])


@pytest.mark.parametrize("odd", ODD)
def test_no_shape_of_graphs_is_a_crash(odd: JsonValue) -> None:
    payloads: list[JsonObject] = [dict.fromkeys(ANALYSED, odd), {}]
    payloads += [{**ANALYSED, name: odd} for name in ANALYSED]
    for members in ("urls", "attachments", "timelineEvents", "dlpRules"):
        payloads.append({**ANALYSED, members: [odd, {"url": odd, "fileName": odd, "name": odd}]})
    told = analyzed_email.from_graph(ID, payloads)
    assert merged(told, told).network_message_id == ID


ANALYSED: JsonObject = {
    "loggedDateTime": AT,
    "networkMessageId": ID,
    "internetMessageId": "<one@contoso.com>",
    "subject": "FW: Invoice",
    "returnPath": "ann@contoso.com",
    "senderDetail": {"fromAddress": "ann@contoso.com", "ipv4": "192.0.2.24"},
    "recipientEmailAddress": "Drop@Evil.example",
    "directionality": "intraOrg",
    "originalDelivery": {"action": "deliveredToJunk", "location": "junkFolder"},
    "latestDelivery": {"action": "blocked", "location": "quarantine"},
    "forwardingDetail": "SMTP",
    "exchangeTransportRules": [{"name": "Copy"}],
    "dlpRules": [{"name": "Cards"}],
    "threatTypes": ["phish", "none"],
    "urls": [{"url": "https://a.example", "threatType": "phish"}],
    "attachments": [{"fileName": "a.pfx", "fileSize": 9, "threatType": "none"}],
    "timelineEvents": [
        {"eventDateTime": AT, "eventType": "originalDelivery", "eventDetails": "Delivered"},
        {"eventDateTime": AT, "eventType": "zap", "eventDetails": "Moved", "eventSource": "system"},
    ],
}


def test_an_analysed_copy_is_told_in_the_words_of_the_tables() -> None:
    told = analyzed_email.from_graph(ID, [ANALYSED])
    (copy,) = told.copies
    assert (copy.direction, copy.delivery_action) == ("Intra-org", "Junked")
    assert (copy.delivery_location, copy.latest_location) == ("Junk folder", "Quarantine")
    assert (copy.forwarding, copy.transport_rules, copy.delivered) == ("SMTP", ("Copy",), True)
    assert (told.threats, told.dlp_rules, told.sensitive) == (("phish",), ("Cards",), True)
    assert [event.action for event in told.events] == ["Moved"]
    assert told.urls[0].threat == "phish"


def test_two_tellings_are_one_message_and_nothing_is_told_twice() -> None:
    hunted = from_rows(ID, MessageRows(messages=[COPY]))
    other = {**ANALYSED, "recipientEmailAddress": "two@evil.example"}
    told = merged(hunted, analyzed_email.from_graph(ID, [ANALYSED, other]))
    assert [copy.recipient for copy in told.copies] == ["drop@evil.example", "two@evil.example"]
    assert told.sender == "author@supplier.example"
    assert told.threats == ("Phish", "Spam")
    assert (told.dlp_rules, len(told.urls), len(told.attachments)) == (("Cards",), 1, 1)
    alone = merged(MessageDetail(network_message_id=ID), analyzed_email.from_graph(ID, [ANALYSED]))
    assert (alone.subject, alone.return_path) == ("FW: Invoice", "ann@contoso.com")


def test_an_internet_id_is_the_same_with_and_without_brackets() -> None:
    assert bare_id(" <a@x> ") == bare_id("a@x") == "a@x"


@pytest.mark.parametrize(
    ("name", "sensitive"),
    [
        ("Payroll-2026.xlsx", True),
        ("Gehaltsabrechnung.pdf", True),
        ("streng vertraulich.docx", True),
        ("bank_details.pdf", True),
        ("NDA Fabrikam.pdf", True),
        ("passwords.txt", True),
        ("vault.kdbx", True),
        ("contract.rpmsg", True),
        ("社外秘 機密.pdf", True),
        ("agenda.docx", False),
        ("secretary.pdf", False),
        ("wireless.pdf", False),
        ("taxi.pdf", False),
        ("Databanken.docx", False),
        ("", False),
    ],
)
def test_a_files_name_or_kind_tells_that_it_is_sensitive(name: str, sensitive: bool) -> None:
    assert is_sensitive_file(name) is sensitive


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://contoso.sharepoint.com/sites/a", True),
        ("contoso-my.sharepoint.com/personal/ann", True),
        ("https://CONTOSO.SharePoint.com", True),
        ("https://contoso.sharepoint.com.evil.example/", False),
        ("https://evil.example/?u=contoso.sharepoint.com", False),
        ("https://[not an address", False),
        ("", False),
    ],
)
def test_an_address_in_sharepoint_leads_to_documents(url: str, leads: bool) -> None:
    assert leads_to_documents(url) is leads
