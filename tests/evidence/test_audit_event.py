"""Audit records are understood in each of the shapes in which tenants and exports give them."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from evidence import audit_event
from evidence.audit_event import AuditEvent
from evidence.model import JsonObject
from evidence.reading import objects, text

WANTED = {"Name": ".", "ForwardTo": "drop@gmail.com", "DeleteMessage": "True"}


def record(**members: JsonValue) -> JsonObject:
    return {
        "Id": "1",
        "CreationTime": "2026-05-04T09:02:11",
        "Operation": "New-InboxRule",
        "UserId": "adele@fabrikam.example",
        **members,
    }


def event(**members: JsonValue) -> AuditEvent:
    read = audit_event.from_record(record(**members))
    assert read is not None
    return read


@pytest.mark.parametrize(
    "parameters",
    [
        [{"Name": name, "Value": value} for name, value in WANTED.items()],
        [{"name": name, "value": value} for name, value in reversed(WANTED.items())],
        dict(WANTED),
        {**WANTED, "DeleteMessage": True},
        json.dumps([{"Name": name, "Value": value} for name, value in WANTED.items()]),
        json.dumps(WANTED),
        '-Name "." -ForwardTo drop@gmail.com -DeleteMessage',
        "New-InboxRule -DeleteMessage:$true -Name '.' -ForwardTo 'drop@gmail.com'",
        "-ForwardTo:drop@gmail.com -Name . -DeleteMessage $true",
    ],
)
def test_parameters_in_each_shape(parameters: JsonValue) -> None:
    assert event(Parameters=parameters).parameters == WANTED


def test_a_parameter_is_found_whatever_its_place_and_case() -> None:
    read = event(Parameters=[{"Name": "X", "Value": "1"}, {"Name": "ForwardTo", "Value": "a@b.c"}])
    assert read.parameter("forwardto") == "a@b.c"
    assert read.parameter("RedirectTo") == ""


@pytest.mark.parametrize(
    "parameters",
    [
        [{"Name": "ForwardingSmtpAddress", "Value": ""}],
        [{"Name": "ForwardingSmtpAddress", "Value": None}],
        {"ForwardingSmtpAddress": ""},
        '-Identity adele -ForwardingSmtpAddress ""',
        "-Identity adele -ForwardingSmtpAddress $null",
    ],
)
def test_an_empty_value_clears_forwarding(parameters: JsonValue) -> None:
    read = event(Operation="Set-Mailbox", Parameters=parameters)
    assert "ForwardingSmtpAddress" in read.parameters
    assert read.parameter("ForwardingSmtpAddress") == ""


def test_powershells_quoting_keeps_backslashes_spaces_and_dashes() -> None:
    line = r"""-MoveToFolder "adele:\RSS Feeds" -Name "-x" -SubjectContainsWords invoice payment"""
    assert event(Parameters=line).parameters == {
        "MoveToFolder": r"adele:\RSS Feeds",
        "Name": "-x",
        "SubjectContainsWords": "invoice payment",
    }


def test_a_list_of_values_is_joined_as_exchange_joins_it() -> None:
    read = event(Parameters=[{"Name": "ForwardTo", "Value": ["a@b.example", "c@d.example"]}])
    assert read.parameter("ForwardTo") == "a@b.example;c@d.example"


def test_outlooks_rule_changes_have_their_facts_elsewhere() -> None:
    read = event(
        Operation="UpdateInboxRules",
        OperationProperties=[
            {"Name": "RuleOperation", "Value": "AddMailboxRule"},
            {"Name": "RuleName", "Value": "."},
        ],
    )
    assert read.parameters == {"RuleOperation": "AddMailboxRule", "RuleName": "."}
    assert event(Operation="UpdateInboxRules", OperationProperties=None).parameters == {}


@pytest.mark.parametrize(
    ("members", "address"),
    [
        ({"ClientIP": "203.0.113.9"}, "203.0.113.9"),
        ({"ClientIP": "203.0.113.9:52816"}, "203.0.113.9"),
        ({"ClientIP": "[2001:db8::7]:443"}, "2001:db8::7"),
        ({"ClientIPAddress": "2001:db8::7"}, "2001:db8::7"),
        ({"ClientIP": "", "ActorIpAddress": "203.0.113.9"}, "203.0.113.9"),
        ({"ClientIP": "<null>", "ClientIPAddress": "203.0.113.9"}, "203.0.113.9"),
        ({"clientip": "203.0.113.9"}, "203.0.113.9"),
        ({"ClientIP": None}, None),
        ({}, None),
    ],
)
def test_the_clients_address(members: JsonObject, address: str | None) -> None:
    assert event(**members).ip_address == address


@pytest.mark.parametrize(
    ("status", "succeeded"),
    [
        ("True", True),
        ("Success", True),
        ("Succeeded", True),
        ("PartiallySucceeded", True),
        (None, True),
        ("False", False),
        ("Failed", False),
        ("Failure", False),
    ],
)
def test_an_attempt_is_no_change(status: str | None, succeeded: bool) -> None:
    assert event(ResultStatus=status).succeeded is succeeded


def test_a_failed_sign_in_is_failed_though_recorded_as_a_success() -> None:
    assert not event(Operation="UserLoginFailed", ResultStatus="Success").succeeded


def test_a_record_fetched_through_graph_wraps_the_real_one() -> None:
    inner = record(ClientIP="203.0.113.9:1", UserId="adele@fabrikam.example")
    outer: JsonObject = {
        "id": "outer",
        "createdDateTime": "2026-05-04T10:00:00Z",
        "operation": "New-InboxRule",
        "clientIp": None,
        "userId": "b2b2b2b2-0000-4000-8000-00000000000b",
        "userPrincipalName": "1003200126677019",
    }
    for wrapped in (inner, json.dumps(inner)):
        read = audit_event.from_record({**outer, "auditData": wrapped})
        assert read is not None
        assert (read.id, read.ip_address, read.actor) == (
            "1",
            "203.0.113.9",
            "adele@fabrikam.example",
        )
        assert read.raw == inner


@pytest.mark.parametrize(
    "members",
    [
        {"SessionId": "s"},
        {"AppAccessContext": {"AADSessionId": "s"}},
        {"DeviceProperties": [{"Name": "OS", "Value": "x"}, {"Name": "SessionId", "Value": "s"}]},
    ],
)
def test_the_session_wherever_it_stands(members: JsonObject) -> None:
    assert event(**members).session_id == "s"


def test_names_and_values_around_the_operation() -> None:
    read = event(
        Operation="Consent to application.",
        LogonType="2",
        MailboxOwnerUPN="lee@fabrikam.example",
        ExternalAccess="false",
        ClientAppId="app",
    )
    assert read.operation == "Consent to application"
    assert (read.logon_type, read.mailbox_owner) == (2, "lee@fabrikam.example")
    assert read.external_access is False
    assert read.application_id == "app"
    assert read.at.isoformat() == "2026-05-04T09:02:11+00:00"


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "text",
        [],
        {},
        {"Operation": "X"},
        {"CreationTime": "2026-05-04T09:02:11"},
        {"Operation": "X", "CreationTime": "2023-10-10T17:08:65"},
    ],
)
def test_a_record_without_time_or_operation_is_none(broken: JsonValue) -> None:
    assert audit_event.from_record(broken) is None


def test_every_recorded_line_is_read(shared_data: Path) -> None:
    files = sorted((shared_data / "ual").glob("*.jsonl"))
    assert files
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            source = json.loads(line)
            read = audit_event.from_record(source)
            assert read is not None
            assert read.raw == source
            assert read.actor == source["UserId"]
            assert len(read.parameters) >= len(source.get("Parameters") or ())
            if source.get("ClientIP"):
                assert read.ip_address is not None
                assert read.ip_address in source["ClientIP"]


def test_a_recorded_takeover_is_understood(shared_data: Path) -> None:
    lines = (shared_data / "ual" / "S1_athulile_spray_takeover.jsonl").read_text("utf-8")
    events = [audit_event.from_record(json.loads(line)) for line in lines.splitlines()]
    known = [event for event in events if event is not None]
    (rule,) = [each for each in known if each.operation == "New-InboxRule"]
    assert (rule.parameter("Name"), rule.parameter("DeleteMessage")) == (".", "True")
    assert (rule.ip_address, rule.succeeded) == ("62.149.20.10", True)
    (transport,) = [each for each in known if each.operation == "New-TransportRule"]
    assert transport.parameter("BlindCopyTo") == "ITCornpany@gmail.com"
    assert transport.parameter("SetAuditSeverity") == "DoNotAudit"
    assert transport.session_id == rule.session_id
    assert not any(each.succeeded for each in known if each.operation == "UserLoginFailed")


def test_published_samples_are_read(shared_data: Path) -> None:
    read = 0
    for line in (shared_data / "cases.jsonl").read_text("utf-8").splitlines():
        sample: JsonObject = json.loads(line)["data"]
        names = {text(pair, "Name") for pair in objects(sample, "parameters")}
        found = audit_event.from_record(sample)
        if found is not None and names:
            assert found.parameters.keys() == names
            read += 1
    assert read > 20
