"""Sibling alerts are known by their policy or by their title."""

import pytest
from pydantic import JsonValue

from evidence.incident import parse_incident
from evidence.indicators import AlertKind
from evidence.model import JsonObject

FORWARDING = "BFD48F06-0865-41A6-85FF-ADB746423EBF"
CREATED = "D59A8FD4-1272-41EE-9408-86F7BCF72479"


def kind(body: JsonObject) -> AlertKind:
    return parse_incident(body).alerts[0].kind


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("Suspicious email forwarding activity", "suspiciousEmailForwarding"),
        ("SUSPICIOUS  EMAIL FORWARDING ACTIVITY", "suspiciousEmailForwarding"),
        ("Suspicious inbox forwarding rule", "suspiciousInboxForwardingRule"),
        ("Suspicious inbox forwarding", "suspiciousInboxForwardingRule"),
        (
            "Suspicious inbox manipulation rule involving one user",
            "suspiciousInboxManipulationRule",
        ),
        ("Creation of forwarding/redirect rule", "forwardingRuleCreated"),
        ("Suspicious email sending patterns detected", "other"),
    ],
)
def test_by_title(title: str, meant: AlertKind) -> None:
    assert kind({"title": title, "serviceSource": "x"}) == meant
    assert kind({"AlertDisplayName": title}) == meant


@pytest.mark.parametrize("policy", [FORWARDING, FORWARDING.lower(), f"{{{FORWARDING}}}"])
@pytest.mark.parametrize(
    "member",
    ["alertPolicyId", "detectorId", "additionalData", "extendedProperties"],
)
def test_by_policy_whatever_the_title(member: str, policy: str) -> None:
    value: JsonValue = {"PolicyId": policy} if member.endswith(("Data", "Properties")) else policy
    body: JsonObject = {"title": "Verdächtige Weiterleitung", "evidence": [{}], member: value}
    assert kind(body) == "suspiciousEmailForwarding"


def test_the_policy_outweighs_the_title() -> None:
    body: JsonObject = {"title": "Suspicious email forwarding activity", "alertPolicyId": CREATED}
    assert kind(body) == "forwardingRuleCreated"


def test_an_inbox_rule_alert_tells_the_forwarding_type() -> None:
    body: JsonObject = {"title": "Suspicious inbox manipulation rule", "serviceSource": "x"}
    assert parse_incident(body).forwarding_type == "InboxRule"
