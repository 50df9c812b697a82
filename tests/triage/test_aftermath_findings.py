"""What was done with the mail, and what the alert's messages were: each finding both ways."""

import json

import pytest
from pydantic import JsonValue

from evidence.message import MessageAttachment, MessageDetail, MessageEvent, Messages, MessageUrl
from evidence.message_trace import MessageTrace, TracedMessage
from evidence.model import JsonObject
from tests.triage.builders import (
    AWAY,
    HOME,
    NOW,
    OWNER,
    answers,
    case_of,
    changes,
    days,
    envelope,
    hunt,
    record,
)
from tests.triage.found import found
from triage.grade import grade

AT = NOW - days(1)
OWN_APP = "5a95e683-08ad-424e-a441-1d1aec52c02c"
THUNDERBIRD = "9e5f94bc-e8a4-4e73-b8be-63364c29d753"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
SEARCH_SERVICE = "66a88757-258c-4c72-893c-3e8bed4d6899"
OUTLOOK_MOBILE = "27922004-5251-4030-b22d-91ecd9a37ea4"


def read(client: str, app: str = "", address: str = HOME, **properties: str) -> JsonObject:
    pairs: list[JsonValue] = [{"Name": k, "Value": v} for k, v in properties.items()]
    return record(
        "MailItemsAccessed",
        AT,
        MailboxOwnerUPN=OWNER,
        ClientInfoString=client,
        ClientAppId=app,
        ClientIPAddress=address,
        OperationCount=7,
        OperationProperties=pairs,
    )


@pytest.mark.parametrize(
    ("event", "identifier"),
    [
        (read("Client=WebServices;python-requests/2.25.1;", OWN_APP), "mail_read_by_script"),
        (read("Client=REST;;", OWN_APP), "mail_read_by_application"),
        (read("Client=REST;;", AZURE_CLI), "mail_read_by_application"),
        (read("Client=OWA;Action=ViaProxy", address=AWAY), "mail_read_from_new_address"),
        (read("Client=OWA", IsThrottled="True"), "mail_access_incomplete"),
    ],
)
def test_reading_that_people_do_not_do_is_found(event: JsonObject, identifier: str) -> None:
    assert "7 messages" in found(answers(audit=changes(event)))[identifier].sentence


@pytest.mark.parametrize(
    "event",
    [
        read("Client=OWA;Action=ViaProxy"),
        read("Client=MSExchangeRPC"),
        read("Client=REST;;", OUTLOOK_MOBILE),
        read("Client=REST;;", "00000002-0000-0ff1-ce00-000000000000"),
        read("Client=REST;;", SEARCH_SERVICE),
        read("Client=WebServices;Thunderbird", THUNDERBIRD),
        read("Client=REST;;", OWN_APP) | {"ResultStatus": "Failed"},
    ],
)
def test_mail_programs_and_microsofts_own_services_read_mail_all_day(event: JsonObject) -> None:
    ids = found(answers(audit=changes(event)))
    assert not any(each.startswith(("mail_read_", "mail_access")) for each in ids)


def test_a_synchronised_folder_is_to_be_held_for_read() -> None:
    event = read("Client=OWA", address=AWAY, MailAccessType="Sync")
    sentence = found(answers(audit=changes(event)))["mail_read_from_new_address"].sentence
    assert "Whole folders were synchronised" in sentence


def test_the_rows_in_which_a_hunt_gathers_reading_tell_the_same() -> None:
    row: JsonObject = {
        "Mailbox": OWNER,
        "IPAddress": AWAY,
        "Client": "Client=WebServices;python-requests/2.25.1;",
        "AppId": OWN_APP,
        "MessagesRead": 40,
        "WholeFolders": False,
        "LogIncomplete": True,
        "FirstSeen": AT.isoformat(),
        "LastSeen": AT.isoformat(),
    }
    ids = found(answers(hunts=[hunt("mail_access", row)]))
    assert "40 messages" in ids["mail_read_by_script"].sentence
    assert "mail_access_incomplete" in ids


def test_harmful_mail_that_the_account_sent_calls_somebody() -> None:
    row: JsonObject = {"Sender": OWNER, "Messages": 90, "Threatening": 3, "Phish": 3}
    given = answers(hunts=[hunt("sent_mail_threats", row)])
    assert "90 messages" in found(given)["sent_harmful"].sentence
    assert grade(case_of(given)).verdict.suspicious
    clean = answers(hunts=[hunt("sent_mail_threats", row | {"Threatening": 0})])
    assert "sent_harmful" not in found(clean)


def test_sensitive_mail_sent_is_counted() -> None:
    row: JsonObject = {"Sender": OWNER, "Label": "Confidential"}
    assert (
        "Confidential"
        in found(answers(hunts=[hunt("sensitive_mail_sent", row)]))["sent_sensitive"].sentence
    )
    assert "sent_sensitive" not in found(answers(hunts=[hunt("sensitive_mail_sent")]))


@pytest.mark.parametrize(
    ("refusal", "fires"), [("550 5.7.520 Access denied", True), ("550 5.1.1 unknown", False)]
)
def test_forwarding_that_the_policy_refused_was_tried_and_not_done(
    refusal: str, fires: bool
) -> None:
    one = TracedMessage(id="1", at=AT, sender=OWNER, status="failed", refusal=refusal)
    trace = MessageTrace(since=NOW - days(10), until=NOW, messages=(one,))
    given = answers() | {"trace_messages": envelope("trace_messages", trace)}
    assert ("forwarding_refused" in found(given)) is fires


def message(**fields: object) -> dict[str, JsonObject]:
    one = MessageDetail.model_validate({"network_message_id": "m", "subject": "Offer"} | fields)
    seen = Messages(since=NOW - days(10), until=NOW, messages=(one,))
    return answers() | {"get_message": envelope("get_message", seen)}


@pytest.mark.parametrize(
    ("given", "identifier"),
    [
        (message(threats=("Phish",)), "message_harmful"),
        (message(urls=(MessageUrl(url="https://x.example", threat="Malware"),)), "message_harmful"),
        (message(attachments=(MessageAttachment(name="a", sensitive=True),)), "message_sensitive"),
        (message(urls=(MessageUrl(url="https://x", sensitive=True),)), "message_sensitive"),
        (message(events=(MessageEvent(at=AT, action="SoftDelete", by="user"),)), "message_removed"),
    ],
)
def test_what_the_alerts_message_was_is_told(given: dict[str, JsonObject], identifier: str) -> None:
    assert "Offer" in found(given)[identifier].sentence


def test_an_ordinary_message_says_nothing() -> None:
    plain = message(
        urls=(MessageUrl(url="https://x"),),
        attachments=(MessageAttachment(name="a"),),
        events=(MessageEvent(at=AT, action="Delete", by="ZAP"),),
    )
    assert not any(each.startswith("message_") for each in found(plain))


def activity(operation: str, address: str = AWAY) -> JsonObject:
    return {
        "Operation": operation,
        "IPAddress": address,
        "Items": 12,
        "FirstSeen": AT.isoformat(),
        "ReportId": "r",
    }


@pytest.mark.parametrize(
    ("row", "identifier"),
    [
        (activity("HardDelete"), "mail_deleted_from_new_address"),
        (activity("Send"), "mail_sent_from_new_address"),
    ],
)
def test_what_was_done_in_the_mailbox_from_afar_is_told(row: JsonObject, identifier: str) -> None:
    assert (
        "12 messages" in found(answers(hunts=[hunt("mailbox_activity", row)]))[identifier].sentence
    )
    at_home = hunt("mailbox_activity", row | {"IPAddress": HOME})
    assert identifier not in found(answers(hunts=[at_home]))


def test_a_second_factor_that_was_switched_off_is_told() -> None:
    row: JsonObject = {
        "Operation": "Disable Strong Authentication.",
        "Actor": "it@contoso.com",
        "Timestamp": AT.isoformat(),
    }
    given = answers(hunts=[hunt("account_changes", row)])
    assert "it@contoso.com" in found(given)["second_factor_disabled"].sentence
    other = answers(hunts=[hunt("account_changes", row | {"Operation": "Update user."})])
    assert "second_factor_disabled" not in found(other)


@pytest.mark.parametrize(
    ("new", "old", "fires"),
    [
        ("[]", '[{"MethodType": 7}]', True),
        ('[{"MethodType": 7}]', "[]", False),
        ("[]", "[]", False),
    ],
    ids=["the last one removed", "registered", "never had one"],
)
def test_a_user_who_is_left_without_a_second_factor_is_told(
    new: str, old: str, fires: bool
) -> None:
    changed = {"Name": "StrongAuthenticationMethod", "NewValue": new, "OldValue": old}
    row: JsonObject = {
        "Operation": "Update user.",
        "Actor": "it@contoso.com",
        "Timestamp": AT.isoformat(),
        "Properties": json.dumps([changed]),
    }
    given = answers(hunts=[hunt("account_changes", row)])
    assert ("second_factor_disabled" in found(given)) is fires
