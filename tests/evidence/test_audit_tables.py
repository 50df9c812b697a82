"""The same change is read alike, whichever table, API or export hands its record on."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from evidence import audit_event
from evidence.app_consent import consent
from evidence.audit_event import AuditEvent
from evidence.hunt_result import audit_event_in
from evidence.model import JsonObject

CASES = Path(__file__).parents[3] / "shared/data/cases.jsonl"
ANN = "ann@contoso.com"
PAIRS: list[JsonValue] = [
    {"Name": "Name", "Value": "."},
    {"Name": "ForwardTo", "Value": "drop@evil.example"},
]
RECORD: JsonObject = {
    "CreationTime": "2026-03-10T09:00:00",
    "Id": "record",
    "Operation": "New-InboxRule",
    "UserId": ANN,
    "ObjectId": "contoso.com/ann\\.",
    "ClientIP": "203.0.113.7:4431",
    "Parameters": PAIRS,
}


def read(record: JsonValue) -> AuditEvent:
    event = audit_event.from_record(record)
    assert event is not None
    return event


@pytest.mark.parametrize(
    "shape",
    [
        RECORD,
        {name.lower(): value for name, value in RECORD.items()},
        {"createdDateTime": "2026-03-10T09:00:00Z", "clientIp": None, "auditData": RECORD},
        {"CreationDate": "10/03/2026 09:00", "AuditData": json.dumps(RECORD)},
        {
            "Timestamp": "2026-03-10T09:00:00Z",
            "ActionType": "New-InboxRule",
            "RawEventData": RECORD,
        },
        {"ActionType": "New-InboxRule", "RawEventData": json.dumps(RECORD)},
        {"event": {"action": "New-InboxRule"}, "o365": {"audit": RECORD}},
        {
            "Timestamp": "2026-03-10T09:00:00Z",
            "ActionType": "New-InboxRule",
            "RawEventData": {k: v for k, v in RECORD.items() if k != "CreationTime"},
        },
        {
            "Timestamp": "2026-03-10T09:00:00Z",
            "ActionType": "New-InboxRule",
            "RawEventData": None,
            "ReportId": "record",
            "UserId": ANN,
            "ObjectName": "contoso.com/ann\\.",
            "IPAddress": "203.0.113.7",
            "ActivityObjects": [
                {"Type": "Task", "Role": "Target object", "Name": "New-InboxRule"},
                *(
                    {"Type": "Property", "Role": "Parameter", **pair}
                    for pair in PAIRS
                    if isinstance(pair, dict)
                ),
            ],
        },
        {
            "TimeGenerated": "2026-03-10T09:00:00Z",
            "Operation": "New-InboxRule",
            "OfficeId": "record",
            "UserId": ANN,
            "OfficeObjectId": "contoso.com/ann\\.",
            "Client_IPAddress": "203.0.113.7",
            "Parameters": json.dumps(PAIRS),
        },
    ],
    ids=[
        "record",
        "lower-cased keys",
        "Graph audit query",
        "export",
        "CloudAppEvents",
        "its record as text",
        "Elastic's document",
        "without a time of its own",
        "without its record",
        "OfficeActivity",
    ],
)
def test_one_change_in_each_shape(shape: JsonObject) -> None:
    event = read(shape)
    assert (event.id, event.operation, event.actor) == ("record", "New-InboxRule", ANN)
    assert event.at.isoformat() == "2026-03-10T09:00:00+00:00"
    assert event.object_id == "contoso.com/ann\\."
    assert event.ip_address == "203.0.113.7"
    assert event.parameters == {"Name": ".", "ForwardTo": "drop@evil.example"}


@pytest.mark.parametrize(
    ("logon", "number"), [("Owner", 0), ("Admin", 1), ("Delegated", 2), ("Other", None)]
)
def test_sentinels_word_for_who_opened_the_mailbox(logon: str, number: int | None) -> None:
    row: JsonObject = {"Operation": "MailItemsAccessed", "TimeGenerated": "2026-03-10T09:00:00Z"}
    assert read({**row, "Logon_Type": logon}).logon_type == number


CHANGED: list[JsonValue] = [
    {"displayName": "DelegatedPermissionGrant.Scope", "oldValue": None, "newValue": '"Mail.Read"'},
    {"displayName": "DelegatedPermissionGrant.ConsentType", "newValue": '"AllPrincipals"'},
    {"displayName": "ServicePrincipal.ObjectID", "newValue": '"object-1"'},
    {"displayName": "ServicePrincipal.AppId", "newValue": '"APP-1"'},
]
TARGETS: list[JsonValue] = [
    {
        "id": "g",
        "displayName": "Microsoft Graph",
        "type": "ServicePrincipal",
        "modifiedProperties": CHANGED,
    }
]
BY: JsonObject = {"user": {"id": "u", "userPrincipalName": ANN, "ipAddress": "203.0.113.7"}}


@pytest.mark.parametrize(
    "shape",
    [
        {
            "OperationName": "Add delegated permission grant",
            "TimeGenerated": "2026-03-10T09:00:00Z",
            "Id": "audit",
            "Result": "success",
            "InitiatedBy": json.dumps(BY),
            "TargetResources": json.dumps(TARGETS),
        },
        {
            "activityDisplayName": "Add delegated permission grant",
            "activityDateTime": "2026-03-10T09:00:00Z",
            "id": "audit",
            "result": "success",
            "initiatedBy": BY,
            "targetResources": TARGETS,
        },
    ],
    ids=["Sentinel's AuditLogs", "Graph's directoryAudit"],
)
def test_entras_own_log_tells_of_a_grant_as_the_audit_log_does(shape: JsonObject) -> None:
    event = read(shape)
    assert (event.id, event.actor, event.ip_address) == ("audit", ANN, "203.0.113.7")
    given = consent(event)
    assert given is not None
    assert (given.scopes, given.given_for) == (("Mail.Read",), "everybody")
    assert (given.app_id, given.object_id) == ("app-1", "object-1")


def test_entras_log_names_the_target_and_says_when_nothing_was_done() -> None:
    row: JsonObject = {
        "OperationName": "Consent to application",
        "TimeGenerated": "2026-03-10T09:00:00Z",
        "Result": "failure",
        "InitiatedBy": {"app": {"displayName": "Sync"}},
        "TargetResources": [{"id": "o", "displayName": "Reader", "type": "ServicePrincipal"}],
        "AdditionalDetails": [{"key": "AppId", "value": "6a1f2c9e-0000-4000-8000-00000000000a"}],
    }
    event = read(row)
    assert (event.actor, event.succeeded) == ("Sync", False)
    given = consent(event)
    assert given is not None
    assert (given.app_name, given.object_id) == ("Reader", "o")
    assert given.app_id == "6a1f2c9e-0000-4000-8000-00000000000a"


def test_a_pair_shown_by_powershell_is_read() -> None:
    shown: list[JsonValue] = ["@{Value=Bind; Name=MailAccessType}", "@{Value=; Name=Empty}", "@{x"]
    event = read({**RECORD, "Parameters": None, "OperationProperties": shown})
    assert event.parameters == {"MailAccessType": "Bind", "Empty": ""}


def test_a_list_on_a_command_line_is_joined_as_in_the_log() -> None:
    line = '-SubjectContainsWords "past due", invoice -ForwardTo a@b.example,c@d.example -Name "x"'
    assert read({**RECORD, "Parameters": line}).parameters == {
        "SubjectContainsWords": "past due;invoice",
        "ForwardTo": "a@b.example;c@d.example",
        "Name": "x",
    }


@pytest.mark.parametrize(
    "row",
    [
        {"Sender": ANN, "Forwarded": 3},
        {"ActionType": "New-InboxRule", "RawEventData": None},
        {"Operation": "New-InboxRule", "CreationTime": "2026-03-10T09:00:65"},
        {"OperationName": "x", "TimeGenerated": "2026-03-10T09:00:00Z", "TargetResources": "[{"},
        {},
    ],
    ids=["another row", "no time", "an impossible time", "broken text", "nothing"],
)
def test_what_is_no_record_is_told_so_and_raises_nothing(row: JsonObject) -> None:
    event = audit_event_in(row)
    assert event is None or event.operation == "x"


def test_every_record_of_the_labelled_cases_is_read_but_for_its_time() -> None:
    if not CASES.exists():
        pytest.skip("the labelled cases are not here")
    unread: list[str] = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["kind"] == "ual_event" and audit_event.from_record(case["data"]) is None:
            at = {"CreationTime": "2026-03-10T09:00:00"}
            if audit_event.from_record(case["data"] | at) is None:
                unread.append(case["id"])
    assert unread == []
