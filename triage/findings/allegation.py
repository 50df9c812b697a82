"""Findings about what the alert itself alleges, where nothing that was seen answers it."""

import re
from collections.abc import Iterator

from evidence import addresses
from evidence.reading import distinct
from triage.case import Case
from triage.finding import FORWARDS, Finding, Investigation, Reference
from triage.findings.benign import only_conditions
from triage.forwarder import forwarder_name, forwarder_names
from triage.wording import listed, quoted

_SUSPICIOUS = frozenset(
    [
        "suspiciousEmailForwarding",
        "suspiciousInboxForwardingRule",
        "suspiciousInboxManipulationRule",
    ]
)
_WORDED = re.compile(
    r"inbox rule|inbox forwarding|inbox manipulation|mailbox rule|transport rule|mail redirect|"
    r"(?:e-?mails?|messages?|mailbox|auto|suspicious)\W*(?:\w+ )?forward|forward\w*\W(?:e-?)?mail",
    re.IGNORECASE,
)
_HARMLESS = frozenset(["falsepositive", "benignpositive", "informationalexpectedactivity"])
_RULES = ("list_inbox_rules", "get_mailbox_forwarding")


def recipients_unexplained(investigation: Investigation) -> Iterator[Finding]:
    """The alert names an outside recipient whom nobody approved and to whom no way leads."""
    case = investigation.case
    if _settled(case):
        return
    led_to = {address.lower() for way in investigation.ways for address in way.outside}
    led_to |= only_conditions(investigation)
    open_ones = [
        each
        for each in case.indicators.recipients
        if each.lower() not in led_to and _is_strange(each.lower(), case)
    ]
    if open_ones:
        yield Finding(
            id="recipient_unexplained",
            sentence=f"The alert names {listed(open_ones)}, outside the organisation and approved "
            "by nobody, and nothing that was seen leads there.",
            family="destination",
            weight=30,
            evidence=_of_alert(case),
            techniques=(FORWARDS,),
        )


def nothing_seen_of_it(investigation: Investigation) -> Iterator[Finding]:
    """A detector called the mailbox's rules suspicious, and they could not be looked at."""
    case = investigation.case
    alleged = distinct(_alleged(case))
    unseen = case.inbox_rules is None and case.forwarding is None and case.gaps_of(*_RULES)
    if alleged and unseen and not case.indicators.recipients and not _settled(case):
        yield Finding(
            id="alert_unanswered",
            sentence=f"{quoted(alleged)} stands: neither the rules "
            "nor the forwarding of the mailbox could be looked at.",
            family="destination",
            weight=30,
            evidence=_of_alert(case),
        )


def graded_malicious(investigation: Investigation) -> Iterator[Finding]:
    """Somebody looked, and decided that it is an attack: no silence of a source outweighs that."""
    case = investigation.case
    if case.indicators.classification.lower() == "truepositive":
        title = quoted([case.indicators.title]) if case.indicators.title else "The incident"
        yield Finding(
            id="graded_malicious",
            sentence=f"{title} was graded a true positive before.",
            family="destination",
            weight=30,
            evidence=_of_alert(case),
        )


def _alleged(case: Case) -> Iterator[str]:
    """The titles that call a rule or forwarding suspicious.

    Of an incident that came without its alerts, its own title; of an alert of the organisation's
    own making, its words. That a rule was created, Microsoft tells of every rule.
    """
    indicators = case.indicators
    for alert in indicators.alerts:
        if alert.kind in _SUSPICIOUS or (alert.kind == "other" and _WORDED.search(alert.title)):
            yield alert.title
    if not indicators.alerts and _WORDED.search(indicators.title):
        yield indicators.title


def _settled(case: Case) -> bool:
    """Whether somebody looked, and decided that the alert is harmless."""
    return case.indicators.classification.lower() in _HARMLESS


def _is_strange(address: str, case: Case) -> bool:
    """Outside and unapproved, as far as the organisation could be read; free mail always is."""
    if "@" not in address:
        return False
    organization = case.organization
    if organization is None or not organization.accepted_domains:
        own = {addresses.domain(name) for name in forwarder_names(case) if "@" in name}
        return addresses.is_free_mail(address) or addresses.domain(address) not in own
    domains = organization.accepted_domains
    if addresses.is_internal(address, domains) or addresses.is_subdomain(address, domains):
        return False
    return organization.approval(address, forwarder_name(case), case.as_of) is None


def _of_alert(case: Case) -> tuple[Reference, ...]:
    return tuple(
        Reference(source="alert", id=alert.id, text=alert.title) for alert in case.indicators.alerts
    )


FINDINGS = (recipients_unexplained, nothing_seen_of_it, graded_malicious)
