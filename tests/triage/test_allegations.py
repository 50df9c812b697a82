"""The alert alone: whom it names and what it calls suspicious, where nothing else was seen."""

import pytest

from evidence.indicators import AlertKind, AlertReference, Indicators
from evidence.model import JsonObject
from tests.triage.builders import (
    PARTNER,
    THIEF,
    answers,
    approval,
    case_of,
    indicators,
    organization,
    outside,
    rule,
)
from tests.triage.found import found
from triage.grade import grade


def alone() -> dict[str, JsonObject]:
    """Nothing was asked but the organisation."""
    return {"get_organization": answers(org=organization(approval()))["get_organization"]}


def alerted(kind: AlertKind, title: str = "An alert", **fields: object) -> Indicators:
    return indicators(alerts=(AlertReference(id="1", title=title, kind=kind),), **fields)


@pytest.mark.parametrize(
    ("about", "called"),
    [
        (alerted("suspiciousEmailForwarding", recipients=(THIEF,)), True),
        (alerted("forwardingRuleCreated", recipients=("x@gmail.com",)), True),
        (alerted("suspiciousEmailForwarding", recipients=(PARTNER,)), False),
        (alerted("forwardingRuleCreated", recipients=("bob@contoso.com",)), False),
        (alerted("forwardingRuleCreated", recipients=("bob@lab.contoso.com",)), False),
        (alerted("suspiciousInboxManipulationRule"), True),
        (alerted("forwardingRuleCreated"), False),
        (alerted("other", "Malicious Inbox Rule"), True),
        (alerted("other", "Mail redirect via ExO transport rule"), True),
        (alerted("other", "Email reported by user as malware or phish"), False),
        (indicators(title="Suspicious email forwarding activity involving one user"), True),
        (indicators(title="CPU of web01 was high"), False),
        (
            alerted(
                "suspiciousEmailForwarding", recipients=(THIEF,), classification="falsePositive"
            ),
            False,
        ),
        (alerted("suspiciousInboxManipulationRule", classification="BenignPositive"), False),
        (alerted("suspiciousInboxManipulationRule", classification="TruePositive"), True),
        (indicators(title="Multi-stage incident", classification="truePositive"), True),
        (indicators(title="Multi-stage incident", classification="unknown"), False),
    ],
)
def test_somebody_is_called_for_what_the_alert_alleges_and_nothing_answers(
    about: Indicators, called: bool
) -> None:
    verdict = grade(case_of(alone(), about)).verdict
    assert verdict.suspicious is called
    assert verdict.classification == "undetermined"


def test_a_recipient_to_whom_a_way_leads_is_judged_by_the_way() -> None:
    given = answers(rules=[rule(forward_to=(outside(),))])
    assert "recipient_unexplained" not in found(given, indicators(recipients=(THIEF,)))


def test_once_the_rules_were_seen_the_alert_has_its_answer() -> None:
    about = alerted("suspiciousInboxManipulationRule")
    assert "alert_unanswered" not in found(answers(), about)
    assert "alert_unanswered" in found(alone(), about)


def test_free_mail_is_outside_whatever_our_domains_are() -> None:
    assert "recipient_unexplained" in found({}, indicators(recipients=("x@gmail.com",)))
    assert "recipient_unexplained" not in found({}, indicators(recipients=("bob@contoso.com",)))
