"""SRL, RL, MTI, FT and the forwarder are found under whatever name and in whatever part."""

import json

import pytest
from pydantic import JsonValue

from evidence.incident import parse_incident
from evidence.indicators import Indicators
from evidence.model import JsonObject

MESSAGE = "4f1c0a5e-8a1b-4b57-2f55-08dd2b6a0001"
TITLE = "Suspicious email forwarding activity"


def alert(**members: JsonValue) -> Indicators:
    return parse_incident({"title": TITLE, "serviceSource": "microsoft365Defender", **members})


@pytest.mark.parametrize(
    "additional",
    [
        {"SRL": "a@woodgrove.example;b@woodgrove.example"},
        {"srl": ["a@woodgrove.example", "b@woodgrove.example"]},
        {"Srl": "a@woodgrove.example, b@woodgrove.example"},
        {"SRL": ["a@woodgrove.example"], "RL": ["b@woodgrove.example"]},
        {"Suspicious Recipients List": "a@woodgrove.example;b@woodgrove.example"},
        {"Data": json.dumps({"rl": "a@woodgrove.example;b@woodgrove.example"})},
        {
            "Data": json.dumps(
                {"inner": json.dumps({"SRL": "a@woodgrove.example;b@woodgrove.example"})}
            )
        },
        [{"Name": "SRL", "Value": "a@woodgrove.example;b@woodgrove.example"}],
        {"ForwardTo": "smtp:a@woodgrove.example;smtp:b@woodgrove.example"},
        {"ForwardTo": ['"A" [SMTP:a@woodgrove.example]', '"B" [SMTP:b@woodgrove.example]']},
    ],
)
@pytest.mark.parametrize("part", ["additionalData", "customDetails", "extendedProperties"])
def test_recipients(part: str, additional: JsonValue) -> None:
    found = alert(**{part: additional})
    assert found.recipients == ("a@woodgrove.example", "b@woodgrove.example")
    assert all(each.where.startswith(part) for each in found.found if each.field == "recipients")


@pytest.mark.parametrize(
    "additional",
    [
        {"MTI": MESSAGE},
        {"mti": f"{{{MESSAGE}}}"},
        {"Message Trace ID": [MESSAGE]},
        {"NetworkMessageId": MESSAGE},
    ],
)
def test_messages(additional: JsonObject) -> None:
    assert alert(additionalData=additional).network_message_ids == (MESSAGE,)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("InboxRule", "InboxRule"),
        ("inbox rule", "InboxRule"),
        ("SMTP", "SMTP"),
        ("smtp forwarding", "SMTP"),
        ("ETR", "ETR"),
        ("Exchange transport rule", "ETR"),
        ("carrier pigeon", None),
    ],
)
def test_forwarding_type(written: str, meant: str | None) -> None:
    found = alert(additionalData={"FT": written})
    assert found.forwarding_type == meant
    assert ("forwardingType" in found.missing) is (meant is None)


@pytest.mark.parametrize(
    ("operation", "meant"),
    [
        ("New-InboxRule", "InboxRule"),
        ("Set-InboxRule", "InboxRule"),
        ("UpdateInboxRules", "InboxRule"),
        ("Set-Mailbox", "SMTP"),
        ("New-TransportRule", "ETR"),
        ("MailRedirect", None),
    ],
)
def test_the_operation_tells_the_forwarding_type(operation: str, meant: str | None) -> None:
    assert alert(additionalData={"Data": json.dumps({"op": operation})}).forwarding_type == meant


def test_what_is_stated_outweighs_what_an_entity_implies() -> None:
    found = alert(
        additionalData={"SRL": "drop@woodgrove.example"},
        evidence=[
            {
                "@odata.type": "#microsoft.graph.security.analyzedMessageEvidence",
                "recipientEmailAddress": "colleague@fabrikam.example",
            }
        ],
    )
    assert found.recipients == ("drop@woodgrove.example",)


def test_mail_that_is_only_similar_counts_when_there_is_no_other() -> None:
    cluster: JsonObject = {
        "@odata.type": "#microsoft.graph.security.mailClusterEvidence",
        "networkMessageIds": ["11111111-0000-4000-8000-000000000001"],
    }
    assert alert(evidence=[cluster]).network_message_ids == (
        "11111111-0000-4000-8000-000000000001",
    )
    both = alert(evidence=[cluster], additionalData={"MTI": MESSAGE})
    assert both.network_message_ids == (MESSAGE,)


def test_a_rule_created_alert_holds_user_and_times_but_no_recipients() -> None:
    """The `Data` of a recorded `Creation of forwarding/redirect rule` has these members."""
    data = {
        "etype": "User",
        "eid": "pradeep.g@fabrikam.example",
        "ts": "2026-05-04T09:02:11Z",
        "te": "2026-05-04T09:02:12Z",
        "op": "MailRedirect",
        "lon": "MailRedirect",
        "reid": "7e7e7e7e-0000-4000-8000-000000000001",
    }
    found = parse_incident(
        {
            "AlertDisplayName": "Creation of forwarding/redirect rule",
            "SystemAlertId": "1",
            "ExtendedProperties": json.dumps({"Data": json.dumps(data)}),
        }
    )
    assert found.alerts[0].kind == "forwardingRuleCreated"
    assert found.forwarder is not None
    assert found.forwarder.user_principal_name == "pradeep.g@fabrikam.example"
    assert found.forwarder_reason == "The alert's own data is about this user."
    assert str(found.first_activity) == "2026-05-04 09:02:11+00:00"
    assert str(found.last_activity) == "2026-05-04 09:02:12+00:00"
    assert {"recipients", "networkMessageIds", "forwardingType", "ipAddresses"} <= set(
        found.missing
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.9:52816", ("203.0.113.9",)),
        ("[2001:db8::7]:443", ("2001:db8::7",)),
        ("::ffff:203.0.113.9", ("203.0.113.9",)),
        ("203.0.113.9; 198.51.100.1", ("203.0.113.9", "198.51.100.1")),
        ("12 Main Street", ()),
        ("", ()),
    ],
)
def test_ip_addresses(written: str, meant: tuple[str, ...]) -> None:
    assert alert(additionalData={"ClientIP": written}).ip_addresses == meant


def test_an_alert_without_times_of_activity_has_happened_before_it_was_made() -> None:
    found = alert(createdDateTime="2026-05-04T09:41:07Z")
    assert str(found.last_activity) == "2026-05-04 09:41:07+00:00"
    assert "firstActivity" in found.missing


def test_labelled_facts_in_a_description_are_the_last_resort() -> None:
    found = alert(
        description=f"SRL: drop@woodgrove.example; b@c.example. MTI: {MESSAGE}. FT: ETR. "
        "Forwarder: pradeep.g@fabrikam.example. Seen from 203.0.113.9."
    )
    assert found.recipients == ("drop@woodgrove.example", "b@c.example")
    assert found.network_message_ids == (MESSAGE,)
    assert found.forwarding_type == "ETR"
    assert found.forwarder is not None
    assert found.forwarder.user_principal_name == "pradeep.g@fabrikam.example"
    assert found.ip_addresses == ("203.0.113.9",)
    assert {each.where for each in found.found} == {"description"}


def test_plain_words_in_a_description() -> None:
    found = alert(
        description="An inbox rule of pradeep.g@fabrikam.example forwards mail to drop@gmail.com."
    )
    assert found.recipients == ("drop@gmail.com",)
    assert found.forwarding_type == "InboxRule"
    assert found.forwarder is not None
    assert found.forwarder.user_principal_name == "pradeep.g@fabrikam.example"


def test_a_description_is_not_asked_when_something_better_answers() -> None:
    found = alert(
        description="Forwarded to somebody@example.com, FT: SMTP",
        additionalData={"SRL": "drop@woodgrove.example", "FT": "ETR"},
    )
    assert found.recipients == ("drop@woodgrove.example",)
    assert found.forwarding_type == "ETR"


def test_a_description_that_explains_every_way_of_forwarding_tells_none() -> None:
    found = alert(
        description="Mail may leave by an inbox rule, SMTP forwarding or a transport rule."
    )
    assert found.forwarding_type is None
