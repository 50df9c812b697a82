"""Whatever a source sends, reading it ends: in evidence, or in the one error that is documented."""

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, TypeAdapter

from evidence import (
    addresses,
    audit_event,
    inbox_rule,
    journal_rule,
    mailbox_forwarding,
    outbound_connector,
    outlook_rule,
    reading,
    sign_in,
    sweep_rule,
    transport_rule,
    user_risk,
)
from evidence.inbox_rule_listings import merge
from evidence.incident import UnknownIncident, parse_incident
from evidence.indicators import Indicators
from evidence.model import JsonObject

TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "adele@fabrikam.example",
        "adele@fabrikam.example;drop@gmail.com,",
        '"A" [SMTP:a@b.example]',
        '"A" [EX:/o=ExchangeLabs/cn=x]',
        "203.0.113.9:25",
        "[2001:db8::1]:25",
        "2026-05-04T09:02:11Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1e400",
        "²",
        "--5",
        "9" * 5000,
        "1 \u212aB",
        "{",
        "[" * 5000,
        '{"SRL": ["drop@gmail.com"], "f3u": "adele@fabrikam.example"}',
        '[{"Name": "Name", "Value": "x"}]',
        "account",
        "mailbox",
        "mail-message",
        "#microsoft.graph.security.userEvidence",
        "#microsoft.graph.security.analyzedMessageEvidence",
        "Suspicious email forwarding activity",
        "-Name . -ForwardTo 'x",
        "SRL: ;;, FT:",
        "True",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS


def json_objects(names: str) -> st.SearchStrategy[JsonObject]:
    """Any JSON object, rich in some member names."""
    keys = st.sampled_from(names.split()) | st.text(max_size=6)
    values: st.SearchStrategy[JsonValue] = st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
        max_leaves=25,
    )
    return st.dictionaries(keys, values, max_size=8)


AUDIT = """auditData CreationTime createdDateTime Operation Parameters OperationProperties Name
    Value ClientIP DeviceProperties SessionId AppAccessContext ResultStatus LogonType ActionType
    RawEventData Timestamp TimeGenerated ActivityObjects Type OperationName InitiatedBy user id
    TargetResources modifiedProperties AdditionalDetails key value Logon_Type o365 audit"""
OUTLOOK_ACTIONS = "ActionType Type Recipients Recipient EmailAddress Name FolderName ForwardFlags"
ROUTES = """Name Guid Identity Enabled Sender DestinationFolder KeepForDays KeepLatest RuleId
    Recipient JournalEmailAddress Scope WhenChanged SmartHosts RecipientDomains
    IsTransportRuleScoped"""
GRAPH_RULE = """id displayName isEnabled sequence conditions exceptions actions forwardTo redirectTo
    emailAddress address name delete moveToFolder subjectContains fromAddresses withinSizeRange
    minimumSize"""
EXCHANGE_RULE = """RuleIdentity Identity Name Enabled Priority ForwardTo RedirectTo DeleteMessage
    MoveToFolder SubjectContainsWords From WithinSizeRangeMinimum ExceptIfFrom HasAttachment"""
TRANSPORT_RULE = """Guid Name State Mode Priority RedirectMessageTo BlindCopyTo CopyTo WhenChanged
    AddManagerAsRecipientType RouteMessageOutboundConnector SetAuditSeverity SubjectContainsWords"""
MAILBOX = """ForwardingAddress ForwardingSmtpAddress DeliverToMailboxAndForward WhenChanged
    RecipientTypeDetails AuditEnabled"""
SIGN_IN = """createdDateTime id ipAddress location countryOrRegion status errorCode isInteractive
    deviceDetail isManaged autonomousSystemNumber riskEventTypes_v2 sessionId"""
INCIDENT = """object properties alerts relatedEntities kind Type @odata.type evidence Entities roles
    ExtendedProperties additionalData Data SRL mti FT Forwarder f3u eid etype accountName upnSuffix
    aadUserId userAccount userPrincipalName p2Sender recipient emailAddress description title id
    alertPolicyId AlertDisplayName SystemAlertId providerAlertId startTimeUtc createdDateTime
    displayName incidentWebUrl $id $ref Name Value address networkMessageId ipAddress at incident"""


@given(json_objects(AUDIT))
def test_audit_records(payload: JsonObject) -> None:
    event = audit_event.from_record(payload)
    assert event is None or (event.operation and event.at.tzinfo is not None)


@given(json_objects(GRAPH_RULE), json_objects(EXCHANGE_RULE))
def test_inbox_rules(graph: JsonObject, exchange: JsonObject) -> None:
    seen, shown = inbox_rule.from_graph(graph), inbox_rule.from_exchange(exchange)
    assert list(seen.raw["graph"]) == list(graph)
    merged = merge([seen], [shown])
    assert 1 <= len(merged) <= 2


@given(json_objects(TRANSPORT_RULE))
def test_transport_rules(payload: JsonObject) -> None:
    assert transport_rule.from_exchange(payload).enabled in (True, False)


@given(st.lists(json_objects(OUTLOOK_ACTIONS), max_size=4), TEXTS)
def test_rules_that_outlook_wrote(actions: list[JsonObject], condition: str) -> None:
    told = {"RuleActions": json.dumps(actions), "RuleCondition": condition, "RuleState": condition}
    rule = outlook_rule.from_properties("id", told)
    assert (rule is None) == (not any(actions))


@given(json_objects(ROUTES))
def test_what_else_takes_mail_elsewhere(payload: JsonObject) -> None:
    assert sweep_rule.from_exchange(payload).raw == payload
    assert journal_rule.from_exchange(payload).raw == payload
    assert outbound_connector.from_exchange(payload).raw == payload


@given(json_objects(MAILBOX))
def test_mailboxes(payload: JsonObject) -> None:
    read = mailbox_forwarding.from_exchange("adele@fabrikam.example", payload)
    assert read.mailbox == "adele@fabrikam.example"


@given(st.lists(json_objects(SIGN_IN), max_size=4))
def test_sign_ins(payloads: list[JsonObject]) -> None:
    read = [each for payload in payloads if (each := sign_in.from_graph(payload))]
    known = sign_in.history(read)
    assert sum(each.successes + each.failures for each in known) <= len(read)


@given(json_objects(SIGN_IN))
def test_risk(payload: JsonObject) -> None:
    detection = user_risk.detection_from_graph(payload)
    assert user_risk.from_graph("adele", payload, (detection,)).detections == (detection,)


@given(json_objects(INCIDENT))
def test_incidents(payload: JsonObject) -> None:
    check_incident(payload)


@given(st.sampled_from(["object", "Entities", "evidence", "alerts"]), json_objects(INCIDENT))
def test_incidents_in_a_known_frame(frame: str, payload: JsonObject) -> None:
    framed: dict[str, JsonObject] = {
        "object": {"object": {"properties": payload}},
        "Entities": {"AlertDisplayName": "x", "Entities": [payload]},
        "evidence": {"title": "x", "serviceSource": "y", "evidence": [payload]},
        "alerts": {"incidentWebUrl": "x", "alerts": [payload]},
    }
    check_incident(framed[frame])


def check_incident(body: JsonObject) -> None:
    """It is read or refused; what is read can be sent, and whatever is not missing was found."""
    try:
        indicators = parse_incident(body)
    except UnknownIncident as refusal:
        assert str(refusal)
        return
    assert Indicators.model_validate_json(indicators.model_dump_json()) == indicators
    found = {each.field for each in indicators.found}
    for field in ("forwarder", "recipients", "networkMessageIds", "ipAddresses", "firstActivity"):
        assert (field in indicators.missing) is (field not in found)


@given(TEXTS, st.lists(SCALARS, max_size=3))
def test_texts(value: str, values: list[JsonValue]) -> None:
    address = addresses.smtp_address(value)
    assert address is None or addresses.smtp_address(address) == address
    assert addresses.network_address(value) is None or ":" not in value.replace("::", "")[:3]
    read = addresses.recipient(value)
    assert (read.address is None) is (read.directory_name is not None)
    source: JsonObject = {"x": value, "list": [*values]}
    assert reading.number(source, "x") is None or value.strip().lstrip("-").isdecimal()
    at = reading.moment(source, "x")
    assert at is None or at.utcoffset() is not None
    assert all(reading.texts(source, "list"))
    assert reading.embedded(source, "x") is not None


def read_described(value: str) -> object:
    return parse_incident({"title": "x", "evidence": [1], "description": value})


def read_detailed(value: str) -> object:
    return parse_incident({"title": "x", "evidence": [1], "SRL": value, "MTI": value})


def read_rule(value: str) -> object:
    return inbox_rule.from_exchange({"ForwardTo": [value], "Name": value})


def read_parameters(value: str) -> object:
    return audit_event.parameters({"Parameters": value})


def read_condition(value: str) -> object:
    actions = '[{"ActionType":"Delete"}]'
    return outlook_rule.from_properties("id", {"RuleActions": actions, "RuleCondition": value})


READERS: dict[str, Callable[[str], object]] = {
    "recipient": addresses.recipient,
    "description": read_described,
    "details": read_detailed,
    "rule": read_rule,
    "parameters": read_parameters,
    "condition": read_condition,
}
LONG = 300_000


@pytest.mark.parametrize(
    "value",
    [
        "a" * LONG,
        "a@" * LONG,
        "a'" * LONG,
        "a@" + "b." * LONG,
        "@" * LONG,
        "a" + " " * LONG + "b",
        '"' * LONG,
        "[SMTP:" * LONG,
        "[" * LONG,
        "{" * LONG,
        "SRL:" * LONG,
        "SRL: " + "a;" * LONG,
        "to a@b.example " * LONG,
        "-A b " * (LONG // 10),
    ],
    ids=lambda value: str(value)[:6],
)
@pytest.mark.parametrize("read", READERS, ids=READERS)
def test_a_huge_text_takes_no_long_time(read: str, value: str) -> None:
    begun = time.process_time()
    READERS[read](value)
    assert time.process_time() - begun < 5


def test_deep_nesting_is_walked_through() -> None:
    body: JsonObject = {"SRL": "drop@gmail.com"}
    for _ in range(50_000):
        body = {"inner": [body]}
    indicators = parse_incident({"title": "x", "serviceSource": "y", "additionalData": body})
    assert indicators.recipients == ("drop@gmail.com",)
    (where,) = (each.where for each in indicators.found if each.field == "recipients")
    assert where.startswith("…")
    assert where.endswith(".inner[0].SRL")
    assert len(where) < 1000


def test_json_inside_json_inside_json_is_walked_through() -> None:
    value = json.dumps({"SRL": "drop@gmail.com"})
    for _ in range(8):
        value = json.dumps({"Data": value})
    indicators = parse_incident({"title": "x", "serviceSource": "y", "additionalData": value})
    assert indicators.recipients == ("drop@gmail.com",)


def test_many_entities_take_no_long_time() -> None:
    entities: list[JsonValue] = [
        {
            "kind": "Account",
            "properties": {"accountName": f"user{number}", "upnSuffix": "fabrikam.example"},
        }
        for number in range(20_000)
    ]
    begun = time.process_time()
    indicators = parse_incident({"properties": {"title": "x", "relatedEntities": entities}})
    assert len(indicators.other_accounts) == 20_000
    assert time.process_time() - begun < 20


def test_references_in_a_circle_end() -> None:
    body = TypeAdapter(JsonObject).validate_python(
        {
            "SystemAlertId": "1",
            "AlertDisplayName": "Suspicious email forwarding activity",
            "Entities": [
                {"$id": "1", "Type": "mailbox", "Upn": "adele@b.example", "Owner": {"$ref": "2"}},
                {"$id": "2", "Type": "account", "Name": "adele@b.example", "Box": {"$ref": "1"}},
                {"$ref": "3"},
                {"$id": "3", "$ref": "3"},
            ],
        }
    )
    indicators = parse_incident(body)
    assert indicators.forwarder is not None
    assert indicators.forwarder.user_principal_name == "adele@b.example"
    assert indicators.other_accounts == ()
