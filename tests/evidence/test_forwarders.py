"""Who forwards to the same recipients, from rows of mail flow and of the audit log."""

import json

import pytest
from pydantic import JsonValue

from evidence.forwarder import from_rows
from evidence.model import JsonObject

ANN, BOB, DROP = "ann@contoso.com", "bob@contoso.com", "drop@evil.example"
ANN_ID = "6a1f2c9e-0000-4000-8000-00000000000a"
THIEF = "203.0.113.77"
CONTAINER = "EURPR04A009.PROD.OUTLOOK.COM/Hosted Organizations/contoso.onmicrosoft.com"


def flow(sender: str = ANN, **more: JsonValue) -> JsonObject:
    return {
        "Sender": sender,
        "SenderObjectId": ANN_ID if sender == ANN else "",
        "FirstSeen": "2026-11-17T09:00:00Z",
        "LastSeen": "2026-11-18T09:00:00Z",
        "Forwarded": 3,
        "SentByHand": 0,
        "Recipients": [DROP],
        **more,
    }


def set_up(operation: str, actor: str = ANN, **more: JsonValue) -> JsonObject:
    record: JsonObject = {
        "CreationTime": "2026-11-16T09:00:00",
        "Operation": operation,
        "UserId": actor,
        "ClientIP": f"{THIEF}:443",
        **more,
    }
    row: JsonObject = {"RawEventData": json.dumps(record)}
    return {**row, "ActorObjectId": ANN_ID if actor == ANN else ""}


def to_drop(**more: str) -> list[JsonValue]:
    pairs = {"ForwardTo": DROP, "Name": ".", **more}
    return [{"Name": name, "Value": value} for name, value in pairs.items()]


def test_mail_flow_and_audit_events_of_one_mailbox_are_one_forwarder() -> None:
    rule = set_up("New-InboxRule", ObjectId=f"{CONTAINER}/ann\\.", Parameters=to_drop())
    (ann,) = from_rows([flow()], [rule], [DROP])
    assert (ann.mailbox, ann.object_id, ann.messages) == (ANN, ANN_ID, 3)
    assert ann.ways == ("mailFlow", "inboxRule")
    assert (ann.recipients, ann.rules, ann.ip_addresses) == ((DROP,), (".",), (THIEF,))
    assert ann.first_seen.day == 16
    assert ann.last_seen.day == 18


def test_a_renamed_mailbox_is_known_by_its_object_id() -> None:
    rule = set_up("New-InboxRule", actor=ANN, Parameters=to_drop())
    rows = from_rows([flow("a.smith@contoso.com", SenderObjectId=ANN_ID)], [rule], [DROP])
    assert [each.mailbox for each in rows] == ["a.smith@contoso.com"]


def test_those_who_simply_wrote_are_no_forwarders_and_forwards_by_hand_are_told_apart() -> None:
    rows = [flow(Forwarded=0), flow(BOB, Forwarded=0, SentByHand=2), flow("cy@contoso.com")]
    found = from_rows(rows, [], [DROP])
    assert [(each.mailbox, each.ways, each.messages) for each in found] == [
        ("cy@contoso.com", ("mailFlow",), 3),
        (BOB, ("sentByHand",), 2),
    ]


@pytest.mark.parametrize(
    ("event", "mailbox", "way"),
    [
        (set_up("New-InboxRule", Parameters=to_drop()), ANN, "inboxRule"),
        (set_up("New-InboxRule", ObjectId="Security Update"), ANN, "inboxRule"),
        (set_up("New-InboxRule", ObjectId=f"{CONTAINER}/bob\\."), "bob", "inboxRule"),
        (set_up("New-InboxRule", ObjectId=f"{CONTAINER}/{ANN_ID}\\."), ANN, "inboxRule"),
        (set_up("Set-InboxRule", Parameters=to_drop(Identity=f"{BOB}\\1234")), BOB, "inboxRule"),
        (set_up("New-InboxRule", Parameters=to_drop(Mailbox=BOB)), BOB, "inboxRule"),
        (set_up("UpdateInboxRules", MailboxOwnerUPN="Bob@contoso.com"), BOB, "inboxRule"),
        (set_up("New-SweepRule", Parameters=to_drop()), ANN, "inboxRule"),
        (
            set_up(
                "Set-Mailbox",
                "mira@contoso.com",
                ObjectId=f"{CONTAINER}/bob",
                Parameters=[{"Name": "ForwardingSmtpAddress", "Value": f"smtp:{DROP}"}],
            ),
            "bob",
            "mailboxForwarding",
        ),
        (
            set_up("New-TransportRule", "mira@contoso.com", ObjectId="Copy out"),
            "mira@contoso.com",
            "transportRule",
        ),
        (set_up("New-JournalRule", BOB, ObjectId="Journal"), BOB, "transportRule"),
    ],
)
def test_whose_mailbox_an_event_is_about_and_in_what_way(
    event: JsonObject, mailbox: str, way: str
) -> None:
    (found,) = from_rows([], [event], [DROP])
    assert (found.mailbox, found.ways) == (mailbox, (way,))


@pytest.mark.parametrize(
    "event",
    [
        set_up("New-InboxRule", ResultStatus="False", Parameters=to_drop()),
        set_up("Set-Mailbox", Parameters=[{"Name": "ForwardingSmtpAddress", "Value": ""}]),
        set_up("Set-Mailbox", Parameters=[{"Name": "DeliverToMailboxAndForward", "Value": "True"}]),
        set_up("MailItemsAccessed"),
        {"RawEventData": "no record"},
        {"RawEventData": None},
        {},
    ],
)
def test_an_attempt_or_forwarding_taken_away_sets_nothing_up(event: JsonObject) -> None:
    assert from_rows([], [event], [DROP]) == []


def test_only_whole_addresses_are_named() -> None:
    rule = set_up("New-InboxRule", Parameters=to_drop(ForwardTo=f"x{DROP};other@{DROP}.org"))
    (found,) = from_rows([], [rule], [DROP])
    assert found.recipients == ()


@pytest.mark.parametrize("odd", [None, 7, True, "", "x", [], [1], {}, {"a": 1}])
def test_no_shape_of_a_row_is_a_crash(odd: JsonValue) -> None:
    rows = [{**flow(), name: odd} for name in flow()] + [dict.fromkeys(flow(), odd)]
    events: list[JsonObject] = [{"RawEventData": odd, "ActorObjectId": odd}]
    events += [set_up("New-InboxRule", Parameters=odd, ObjectId=odd, MailboxOwnerUPN=odd)]
    assert all(each.mailbox for each in from_rows(rows, events, [DROP]))
