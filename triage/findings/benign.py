"""Positive benign reasons: why an alert came although nobody did any harm."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.addresses import is_internal, recipient
from evidence.audit_event import AuditEvent
from evidence.inbox_rule import InboxRule
from triage import mail_flow
from triage.conduct import covers, sends_or_hides, untold_actions
from triage.finding import Finding, Investigation, Reference, of_change, of_way
from triage.forwarder import forwarder_names
from triage.wording import counted, listed, moment

_HUNT = "run_hunt forwarding_changes"
_RESYNC = frozenset(["updateinboxrules"])
_BURST = timedelta(minutes=10)
_BURST_SIZE = 20
_TELLING = ("RuleName", "RuleActions", "RuleCondition")


def outlook_resync(investigation: Investigation) -> Iterator[Finding]:
    """Outlook wrote its rules again, many records in minutes, none of which says anything;
    nothing that is there sends mail out, and no inbox rule hides it.
    """
    case = investigation.case
    if not case.rules_complete or any(_harms(investigation)):
        return
    blank = [
        event for event in _rewritten(investigation) if not any(map(event.parameter, _TELLING))
    ]
    burst = _densest(sorted(event.at for event in blank))
    if len(burst) >= _BURST_SIZE:
        yield Finding(
            id="outlook_resync",
            sentence=f"Outlook wrote the mailbox's rules again: {counted(len(burst), 'record')} "
            f"that tell of no change between {moment(burst[0])} and {moment(burst[-1])}. Nothing "
            "sends mail out, and no inbox rule hides it.",
            family="history",
            weight=-30,
            evidence=(Reference(source=_HUNT, id="", text="UpdateInboxRules"),),
        )


def only_cleared(investigation: Investigation) -> Iterator[Finding]:
    """All that was done about forwarding is that it was taken away.

    An alert that mail went out speaks of a time before.
    """
    case = investigation.case
    if any(alert.kind == "suspiciousEmailForwarding" for alert in case.indicators.alerts):
        return
    own = forwarder_names(case)
    theirs = [
        change
        for change in investigation.changes
        if change.kind == "SMTP" and (change.on_mailbox or change.mailbox.lower() in own)
    ]
    complete = case.rules_complete and case.audit_complete
    still = case.forwarding is not None and case.forwarding.effective is not None
    if theirs and complete and not still and all(each.deed == "removed" for each in theirs):
        last = theirs[-1]
        yield Finding(
            id="forwarding_only_cleared",
            sentence=f"The one change of mailbox forwarding is that {last.actor} cleared it on "
            f"{moment(last.at)}; it sends mail nowhere.",
            family="history",
            weight=-20,
            evidence=(of_change(last),),
        )


def external_condition(investigation: Investigation) -> Iterator[Finding]:
    """An outside address stands in a rule as what it looks for, not as where it sends mail."""
    organization = investigation.case.organization
    domains = organization.accepted_domains if organization else ()
    for way in investigation.ways:
        rule = way.rule
        if rule is None or sends_or_hides(rule) or untold_actions(rule):
            continue
        strangers = [
            address for address in _addresses(rule) if domains and not is_internal(address, domains)
        ]
        if not strangers:
            continue
        yield Finding(
            id="external_condition",
            sentence=f"{way.title} looks for mail from {listed(strangers)}: that is its condition, "
            "and it sends nothing there.",
            family="history",
            weight=-5,
            way=way.key,
            evidence=of_way(way),
        )


def only_conditions(investigation: Investigation) -> frozenset[str]:
    """The addresses that rules look for and to which no mail was seen going: an alert that names
    one as a recipient has taken a condition for a destination.
    """
    looked_for = {
        address
        for way in investigation.ways
        if way.rule is not None
        if not (sends_or_hides(way.rule) or untold_actions(way.rule))
        for address in _addresses(way.rule)
    }
    case = investigation.case
    if mail_flow.SENDERS_HUNT not in case.hunts or case.gaps_of(mail_flow.SENDERS_HUNT):
        return frozenset()
    return frozenset(each for each in looked_for if mail_flow.first_seen(case, each) is None)


def _addresses(rule: InboxRule) -> list[str]:
    found = (recipient(sender).address for sender in rule.conditions.senders)
    return [address for address in found if address]


def _harms(investigation: Investigation) -> Iterator[bool]:
    for way in investigation.ways:
        yield bool(way.outside) or (way.rule is not None and covers(way.rule))


def _rewritten(investigation: Investigation) -> Iterator[AuditEvent]:
    own = forwarder_names(investigation.case)
    for _, event in investigation.records_of(_RESYNC):
        if (event.mailbox_owner or event.actor).lower() in own:
            yield event


def _densest(times: list[datetime]) -> list[datetime]:
    start, densest = 0, slice(0, 0)
    for end, at in enumerate(times, start=1):
        while at - times[start] > _BURST:
            start += 1
        if end - start > densest.stop - densest.start:
            densest = slice(start, end)
    return times[densest]


FINDINGS = (outlook_resync, only_cleared, external_condition)
