"""Detections in public use, re-expressed from their descriptions, and the plainest rule of all.

They see what a SIEM sees: audit records. A listing is told as the records that would have made it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from evidence.addresses import is_internal, smtp_address
from evidence.hunt_result import audit_event_in
from evidence.inbox_rule import InboxRule
from evidence.mailbox_forwarding import MailboxForwarding
from evidence.transport_rule import TransportRule
from triage.case import CHANGES_HUNT, Case

_SENDING = (
    "ForwardTo ForwardAsAttachmentTo RedirectTo ForwardingSmtpAddress ForwardingAddress "
    "RedirectMessageTo BlindCopyTo CopyTo AddToRecipients"
).split()
_DELETING = ("DeleteMessage", "SoftDeleteMessage")
_WORDS = ("SubjectContainsWords", "BodyContainsWords", "SubjectOrBodyContainsWords")
_WARNINGS = (
    "helpdesk, alert, suspicious, fake, malicious, phishing, spam, do not click, do not open, "
    "hijacked, fatal"
).split(", ")
_TRASH = ("deleted items", "junk email", "deletemessage")
_IN_RULES = (
    "forwardasattachmentto forwardingaddress forwardingsmtpaddress forwardto redirectto"
).split()
_ON_MAILBOXES = ("forwardingsmtpaddress", "forwardingaddress")
_IN_CLIENT_RULES = ("forward", "recipients")


@dataclass(frozen=True)
class Record:
    """A cmdlet that was run, or a rule that Outlook changed."""

    operation: str
    parameters: Mapping[str, str]

    def get(self, name: str) -> str:
        """A parameter's value, its name compared without case."""
        return next((v for k, v in self.parameters.items() if k.lower() == name.lower()), "")

    @property
    def text(self) -> str:
        """All parameters as one lower-case text, as a query looks through them."""
        return " ".join(part for pair in self.parameters.items() for part in pair).lower()


@dataclass(frozen=True)
class Seen:
    """What a detection has before it."""

    records: Sequence[Record]
    domains: Sequence[str]
    """The organisation's own."""


@dataclass(frozen=True)
class Rival:
    """A detection, and where it is published."""

    key: str
    name: str
    source: str
    calls: Callable[[Seen], bool]


def seen(case: Case) -> Seen:
    """The case as a detection sees it."""
    domains = case.organization.accepted_domains if case.organization else ()
    return Seen(tuple(_records(case)), domains)


def _records(case: Case) -> Iterator[Record]:
    """Every record in the case, and those that would have made what is listed in it."""
    hunt = case.hunts.get(CHANGES_HUNT)
    for row in hunt.rows if hunt else ():
        event = audit_event_in(row)
        if event is not None:
            yield Record(event.operation, MappingProxyType(event.parameters))
    for rule in case.inbox_rules.rules if case.inbox_rules else ():
        yield Record("New-InboxRule", _of_rule(rule))
    if case.forwarding is not None:
        yield Record("Set-Mailbox", _of_forwarding(case.forwarding))
    for transport in case.transport_rules.rules if case.transport_rules else ():
        yield Record("New-TransportRule", _of_transport_rule(transport))


def any_external_forward_or_delete(seen: Seen) -> bool:
    """What a rule of thumb would call: mail leaves, or is deleted."""
    for record in seen.records:
        sent_to = (smtp_address(part) for name in _SENDING for part in _parts(record.get(name)))
        if any(address and not is_internal(address, seen.domains) for address in sent_to):
            return True
        if any(record.get(name).lower() == "true" for name in _DELETING):
            return True
    return False


def malicious_inbox_rule(seen: Seen) -> bool:
    """Mail with words of warning is deleted, or moved to Deleted Items or Junk Email."""
    for record in seen.records:
        removes = any(word in record.text for word in _TRASH)
        looked_for = " ".join(map(record.get, _WORDS)).lower()
        warned = any(word in looked_for for word in _WARNINGS)
        if record.operation.lower() == "new-inboxrule" and removes and warned:
            return True
    return False


def forwarding_activity(seen: Seen) -> bool:
    """Forwarding or redirecting is named by a rule or a mailbox setting, to whomever."""
    looked_for: Mapping[str, Iterable[str]] = {
        "updateinboxrules": _IN_CLIENT_RULES,
        "set-mailbox": _ON_MAILBOXES,
        "new-inboxrule": _IN_RULES,
        "set-inboxrule": _IN_RULES,
    }
    return any(
        word in record.text
        for record in seen.records
        for word in looked_for.get(record.operation.lower(), ())
    )


PLAIN = Rival(
    "plainRule",
    "any external forward or delete",
    "a rule of thumb",
    any_external_forward_or_delete,
)
RIVALS = (
    PLAIN,
    Rival(
        "sentinelMaliciousInboxRule",
        "Microsoft Sentinel: Malicious Inbox Rule",
        "Azure/Azure-Sentinel, Solutions/Microsoft 365, analytic rule 7b907bf7",
        malicious_inbox_rule,
    ),
    Rival(
        "sigmaForwardingActivity",
        "Sigma: Mail Forwarding/Redirecting Activity In O365",
        "SigmaHQ/sigma, microsoft365_susp_email_forwarding_activity, c726e007",
        forwarding_activity,
    ),
)


def _of_rule(rule: InboxRule) -> Mapping[str, str]:
    conditions = rule.conditions
    told = {
        "Name": rule.name,
        "ForwardTo": _joined(each.written for each in rule.forward_to),
        "ForwardAsAttachmentTo": _joined(each.written for each in rule.forward_as_attachment_to),
        "RedirectTo": _joined(each.written for each in rule.redirect_to),
        "DeleteMessage": "True" if rule.deletes else "",
        "MoveToFolder": rule.move_to.name if rule.move_to else "",
        "SubjectContainsWords": _joined(conditions.subject_contains),
        "BodyContainsWords": _joined(conditions.body_contains),
        "SubjectOrBodyContainsWords": _joined(conditions.subject_or_body_contains),
    }
    return {name: value for name, value in told.items() if value}


def _of_forwarding(found: MailboxForwarding) -> Mapping[str, str]:
    told = {
        "ForwardingAddress": found.forwarding_address,
        "ForwardingSmtpAddress": found.forwarding_smtp_address,
    }
    return {name: each.written for name, each in told.items() if each}


def _of_transport_rule(rule: TransportRule) -> Mapping[str, str]:
    told: dict[str, list[str]] = {}
    for copy in rule.copies:
        told.setdefault(copy.way, []).append(copy.destination.written if copy.destination else "")
    deleted = {"DeleteMessage": "True"} if rule.deletes else {}
    return {name: _joined(each) for name, each in told.items()} | deleted


def _joined(values: Iterable[str]) -> str:
    return ";".join(values)


def _parts(value: str) -> list[str]:
    return value.replace(",", ";").split(";")
