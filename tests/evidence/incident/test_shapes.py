"""Each kind of body gives the same indicators, and says where each of them stood."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.incident import UnknownIncident, parse_incident
from evidence.indicators import Indicators
from evidence.model import JsonObject

Sample = Callable[[str], JsonObject]

PRADEEP = "b2b2b2b2-0000-4000-8000-00000000000b"
ISAIAH = "a1a1a1a1-0000-4000-8000-00000000000a"
DETAILS = 'object.properties.alerts[0].properties.additionalData["Custom Details"]'


def places(indicators: Indicators, field: str) -> dict[str, str]:
    return {found.value: found.where for found in indicators.found if found.field == field}


@pytest.mark.parametrize("name", ["sentinel_incident", "sentinel_alert", "defender_alert"])
def test_the_forwarder_is_the_sender_and_not_the_first_account(sample: Sample, name: str) -> None:
    indicators = parse_incident(sample(name))
    assert indicators.forwarder is not None
    assert indicators.forwarder.object_id == PRADEEP
    assert (indicators.forwarder.user_principal_name or "").lower() == "pradeep.g@fabrikam.example"
    assert [other.object_id for other in indicators.other_accounts] == [ISAIAH]
    assert indicators.forwarder_reason.endswith(".")


@pytest.mark.parametrize("name", ["sentinel_incident", "sentinel_alert", "defender_alert"])
def test_the_times_of_the_alert_are_found(sample: Sample, name: str) -> None:
    indicators = parse_incident(sample(name))
    assert indicators.first_activity == datetime(2026, 5, 4, 9, 2, 11, tzinfo=UTC)
    assert indicators.last_activity == datetime(2026, 5, 4, 9, 21, 45, tzinfo=UTC)


@pytest.mark.parametrize("name", ["sentinel_incident", "sentinel_alert", "defender_alert"])
def test_the_address_is_the_actors_and_not_the_mail_servers(sample: Sample, name: str) -> None:
    assert parse_incident(sample(name)).ip_addresses == ("203.0.113.77",)


@pytest.mark.parametrize("name", ["sentinel_incident", "sentinel_alert", "defender_alert"])
def test_the_alert_is_named_with_both_of_its_ids(sample: Sample, name: str) -> None:
    (alert,) = parse_incident(sample(name)).alerts
    assert alert.kind == "suspiciousEmailForwarding"
    assert alert.provider_id == "fabfd48f06-1111-2222-3333-08dd2b000001"
    if name.startswith("sentinel"):
        assert alert.id == "2b6d1e54-1f53-9f2e-b4a4-4a1d7c1d7a10"


def test_custom_details_are_lists_written_as_text(sample: Sample) -> None:
    indicators = parse_incident(sample("sentinel_incident"))
    assert places(indicators, "recipients") == {
        "archive.fabrikam@gmail.com": f"{DETAILS}.SRL[0]",
        "drop@woodgrove-mail.example": f"{DETAILS}.SRL[0]",
    }
    assert places(indicators, "networkMessageIds") == {
        "4f1c0a5e-8a1b-4b57-2f55-08dd2b6a0001": f"{DETAILS}.MTI[0]"
    }
    assert places(indicators, "forwardingType") == {"InboxRule": f"{DETAILS}.FT[0]"}
    assert places(indicators, "forwarder") == {
        "Pradeep.G@fabrikam.example": f"{DETAILS}.Forwarder[0]"
    }
    assert places(indicators, "ipAddresses") == {
        "203.0.113.77": "object.properties.relatedEntities[2].properties.address"
    }
    assert indicators.missing == ()


def test_the_incident_is_named_by_its_arm_id(sample: Sample) -> None:
    body = sample("sentinel_incident")
    incident = parse_incident(body).incident
    assert incident is not None
    assert incident.startswith("/subscriptions/")
    assert incident.endswith("/Incidents/5d1e0f3a-7c55-4d0b-8a58-5c6a3f0d9e11")


def test_the_bare_incident_resource_reads_like_the_trigger(sample: Sample) -> None:
    body = sample("sentinel_incident")
    resource = body["object"]
    assert isinstance(resource, dict)
    whole, bare = parse_incident(body), parse_incident(resource)
    assert bare.model_dump(exclude={"found"}) == whole.model_dump(exclude={"found"})
    assert [found.where for found in bare.found] == [
        found.where.removeprefix("object.") for found in whole.found
    ]


def test_the_audit_logs_short_names_are_read_out_of_extended_properties(sample: Sample) -> None:
    indicators = parse_incident(sample("sentinel_alert"))
    assert indicators.recipients == ("archive.fabrikam@gmail.com", "drop@woodgrove-mail.example")
    assert indicators.network_message_ids == (
        "4f1c0a5e-8a1b-4b57-2f55-08dd2b6a0001",
        "4f1c0a5e-8a1b-4b57-2f55-08dd2b6a0002",
    )
    assert indicators.forwarding_type == "SMTP"
    assert places(indicators, "forwarder") == {
        "pradeep.g@fabrikam.example": "ExtendedProperties.Data.f3u"
    }
    assert indicators.missing == ("incident",)


def test_entities_may_be_one_json_string(sample: Sample) -> None:
    body = sample("sentinel_alert")
    listed = parse_incident(body)
    body["Entities"] = json.dumps(body["Entities"])
    assert parse_incident(body) == listed


def test_defender_evidence_is_read_by_its_type(sample: Sample) -> None:
    indicators = parse_incident(sample("defender_alert"))
    assert indicators.incident == "924"
    assert indicators.forwarder_reason == "The evidence calls this account compromised or attacked."
    assert places(indicators, "recipients") == {
        "archive.fabrikam@gmail.com": "evidence[0].recipientEmailAddress"
    }
    assert places(indicators, "networkMessageIds") == {
        "4f1c0a5e-8a1b-4b57-2f55-08dd2b6a0001": "evidence[0].networkMessageId"
    }
    assert indicators.forwarding_type == "ETR"
    assert indicators.missing == ()


def test_an_analysts_comment_is_no_evidence(sample: Sample) -> None:
    named = str(parse_incident(sample("defender_alert")).model_dump())
    assert "nobody@fabrikam.example" not in named


def test_facts_of_another_alert_of_the_incident_are_kept_apart(sample: Sample) -> None:
    indicators = parse_incident(sample("defender_incident"))
    assert indicators.forwarder is not None
    assert indicators.forwarder.object_id == PRADEEP
    assert [a.user_principal_name for a in indicators.other_accounts] == ["lee.g@fabrikam.example"]
    assert indicators.ip_addresses == ("203.0.113.77",)
    assert indicators.first_activity == datetime(2026, 5, 4, 9, 2, 11, tzinfo=UTC)
    assert indicators.forwarding_type == "InboxRule"
    assert [alert.kind for alert in indicators.alerts] == ["other", "suspiciousInboxForwardingRule"]
    assert indicators.missing == ("recipients", "networkMessageIds")


def test_a_recorded_incident_without_alerts_is_read(shared_data: Path) -> None:
    lines = (shared_data / "cases.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines if line.strip()]
    demo = next(case["data"] for case in cases if case["id"] == "sentinel-incident-demo")
    indicators = parse_incident(demo)
    assert indicators.title == "My incident"
    assert indicators.last_activity == datetime(2019, 1, 1, 13, 5, 30, tzinfo=UTC)
    # The analyst who owns the incident is not an account of it.
    assert indicators.forwarder is None
    assert indicators.other_accounts == ()
    assert {"alerts", "forwarder", "recipients", "networkMessageIds", "forwardingType"} <= set(
        indicators.missing
    )


def test_a_recorded_entity_is_no_incident(shared_data: Path) -> None:
    lines = (shared_data / "cases.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines if line.strip()]
    entity = next(case["data"] for case in cases if case["id"] == "sentinel-mailbox-entity")
    with pytest.raises(UnknownIncident, match="holds nothing"):
        parse_incident(entity)


@pytest.mark.parametrize("name", ["displayName", "assignedTo"])
def test_a_short_incident_is_known_by_its_type(name: str) -> None:
    body: JsonObject = {"@odata.type": "#microsoft.graph.security.incident", "id": "29"}
    indicators = parse_incident(body | {name: "Forwarding", "classification": "truePositive"})
    assert indicators.incident == "29"
    assert indicators.classification == "truePositive"


def test_an_alert_of_the_older_kind_is_read_with_its_feedback() -> None:
    body: JsonObject = {
        "id": "a1",
        "title": "Suspicious inbox forwarding",
        "feedback": "falsePositive",
        "userStates": [{"userPrincipalName": "ann@contoso.com"}],
        "vendorInformation": {"provider": "MCAS", "vendor": "Microsoft"},
    }
    indicators = parse_incident(body)
    assert indicators.title == "Suspicious inbox forwarding"
    assert indicators.classification == "falsePositive"
