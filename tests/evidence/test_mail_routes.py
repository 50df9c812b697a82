"""Sweep rules, journal rules, connectors and flows are read in each shape their sources give."""

import json

import pytest
from pydantic import JsonValue

from evidence import audit_event, journal_rule, outbound_connector, sweep_rule
from evidence.flow_change import FlowChange, flow_change
from evidence.model import JsonObject


def lowered(payload: JsonObject) -> JsonObject:
    return {name.lower(): value for name, value in payload.items()}


SWEEP: JsonObject = {
    "RuleId": "x2hlsdpGmUifjFgxxGIOJw==",
    "Identity": "ann\\x2hlsdpGmUifjFgxxGIOJw==",
    "Name": "Bank",
    "Enabled": True,
    "Sender": "Alerts@Bank.example",
    "DestinationFolder": "Deleted Items",
    "KeepForDays": 0,
    "KeepLatest": None,
    "Provider": "Exchange16",
}


@pytest.mark.parametrize("payload", [SWEEP, lowered(SWEEP)])
def test_a_sweep_rule(payload: JsonObject) -> None:
    rule = sweep_rule.from_exchange(payload)
    assert (rule.id, rule.name, rule.enabled) == ("x2hlsdpGmUifjFgxxGIOJw==", "Bank", True)
    assert (rule.keeps_days, rule.keeps_latest) == (0, None)
    assert rule.move_to is not None and rule.move_to.name == "Deleted Items"
    assert rule.raw == payload


@pytest.mark.parametrize(
    ("sender", "read"),
    [
        ("Alerts@Bank.example", "alerts@bank.example"),
        ('"Bank" [SMTP:alerts@bank.example]', "alerts@bank.example"),
        ("smtp:alerts@bank.example", "alerts@bank.example"),
        ("Ann Bowman", "Ann Bowman"),
        (None, ""),
    ],
)
def test_whose_mail_a_sweep_rule_takes(sender: JsonValue, read: str) -> None:
    assert sweep_rule.from_exchange({**SWEEP, "Sender": sender}).sender == read


@pytest.mark.parametrize(
    ("members", "field", "value"),
    [
        ({"Enabled": "False"}, "enabled", False),
        ({"Enabled": None}, "enabled", True),
        ({"KeepLatest": "1"}, "keeps_latest", 1),
        ({"DestinationFolder": None}, "move_to", None),
        ({"RuleId": None}, "id", "ann\\x2hlsdpGmUifjFgxxGIOJw=="),
    ],
)
def test_a_sweep_rules_odd_members(members: JsonObject, field: str, value: object) -> None:
    assert getattr(sweep_rule.from_exchange({**SWEEP, **members}), field) == value


JOURNAL: JsonObject = {
    "Name": "All mail",
    "Guid": "g",
    "Enabled": True,
    "Recipient": "smtp:Ann@contoso.com",
    "JournalEmailAddress": "archive@drop.example",
    "Scope": "Global",
    "WhenChanged": "2026-03-01T00:00:00Z",
}


@pytest.mark.parametrize("payload", [JOURNAL, lowered(JOURNAL)])
def test_a_journal_rule(payload: JsonObject) -> None:
    rule = journal_rule.from_exchange(payload)
    assert (rule.id, rule.name, rule.scope) == ("g", "All mail", "Global")
    assert rule.recipient == "ann@contoso.com"
    assert rule.journal_address is not None
    assert rule.journal_address.address == "archive@drop.example"
    assert not rule.journal_address.resolved
    assert rule.when_changed is not None


@pytest.mark.parametrize(
    ("members", "field", "value"),
    [
        ({"Recipient": None}, "recipient", ""),
        ({"JournalEmailAddress": None}, "journal_address", None),
        ({"Enabled": "False"}, "enabled", False),
        ({"Guid": None}, "id", "All mail"),
    ],
)
def test_a_journal_rules_odd_members(members: JsonObject, field: str, value: object) -> None:
    assert getattr(journal_rule.from_exchange({**JOURNAL, **members}), field) == value


def test_a_journal_rule_may_name_its_archive() -> None:
    address = journal_rule.from_exchange({**JOURNAL, "JournalEmailAddress": "Compliance"})
    assert address.journal_address is not None
    assert (address.journal_address.address, address.journal_address.label) == (None, "Compliance")


CONNECTOR: JsonObject = {
    "Name": "Relay",
    "Guid": "g",
    "Enabled": True,
    "ConnectorType": "Partner",
    "ConnectorSource": "Default",
    "SmartHosts": ["mx.drop.example", "[203.0.113.66]"],
    "RecipientDomains": ["*"],
    "IsTransportRuleScoped": False,
    "AllAcceptedDomains": False,
}


@pytest.mark.parametrize("payload", [CONNECTOR, lowered(CONNECTOR)])
def test_a_connector(payload: JsonObject) -> None:
    connector = outbound_connector.from_exchange(payload)
    assert (connector.id, connector.name, connector.type) == ("g", "Relay", "Partner")
    assert connector.smart_hosts == ("mx.drop.example", "203.0.113.66")
    assert connector.recipient_domains == ("*",)
    assert connector.takes_mail_elsewhere


@pytest.mark.parametrize(
    ("members", "elsewhere"),
    [
        ({"SmartHosts": "mx.drop.example"}, True),
        ({"SmartHosts": []}, False),
        ({"SmartHosts": None}, False),
        ({"IsTransportRuleScoped": "True"}, False),
        ({"IsTransportRuleScoped": None}, True),
    ],
)
def test_by_which_connector_mail_goes_elsewhere(members: JsonObject, elsewhere: bool) -> None:
    connector = outbound_connector.from_exchange({**CONNECTOR, **members})
    assert connector.takes_mail_elsewhere is elsewhere


def flow(operation: str = "CreateFlow", **members: JsonValue) -> FlowChange | None:
    record: JsonObject = {
        "CreationTime": "2026-03-10T09:00:00",
        "Operation": operation,
        "UserId": "ann@contoso.com",
        "FlowDetailsUrl": "https://make.powerautomate.com/environments/e/flows/f-1/details",
        **members,
    }
    event = audit_event.from_record(record)
    assert event is not None
    return flow_change(event)


@pytest.mark.parametrize(
    ("named", "connectors", "reads_mail"),
    [
        ("Office 365 Outlook, Gmail", ("Office 365 Outlook", "Gmail"), True),
        ("Gmail;office 365 outlook;Gmail", ("Gmail", "office 365 outlook"), True),
        (["shared_office365", "shared_gmail"], ("shared_office365", "shared_gmail"), True),
        (json.dumps(["Office 365 Outlook"]), ("Office 365 Outlook",), True),
        ("SharePoint, Approvals", ("SharePoint", "Approvals"), False),
        ("Office 365 Users", ("Office 365 Users",), False),
        ("", (), False),
        (None, (), False),
    ],
)
def test_what_a_flow_connects_to(
    named: JsonValue, connectors: tuple[str, ...], reads_mail: bool
) -> None:
    made = flow(FlowConnectorNames=named)
    assert made is not None
    assert (made.connectors, made.reads_mail) == (connectors, reads_mail)


@pytest.mark.parametrize(
    ("operation", "deed"),
    [("CreateFlow", "made"), ("EditFlow", "changed"), ("DeleteFlow", "removed")],
)
def test_what_was_done_to_a_flow(operation: str, deed: str) -> None:
    made = flow(operation)
    assert made is not None
    assert (made.deed, made.flow) == (deed, "f-1")


def test_a_flow_without_its_page_is_known_by_its_object() -> None:
    made = flow(FlowDetailsUrl=None, ObjectId="f-2")
    assert made is not None and made.flow == "f-2"


def test_any_other_record_is_no_flow() -> None:
    assert flow("PutPermissions") is None
