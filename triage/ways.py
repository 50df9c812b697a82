"""Every way in which mail leaves the mailbox or is hidden in it, with the change behind it.

Inbox rules, sweep rules and the mailbox's own forwarding; what takes everybody's mail: transport
rules, journal rules and outbound connectors; and Power Automate flows, of which the audit log
alone tells.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from evidence import addresses
from evidence.destination import Destination, unresolved
from evidence.inbox_rule import InboxRule
from evidence.journal_rule import JournalRule
from evidence.mailbox_forwarding import MailboxForwarding
from evidence.model import Evidence
from evidence.organization import ApprovedDestination, Organization
from evidence.outbound_connector import OutboundConnector
from evidence.reading import distinct
from evidence.sweep_rule import SweepRule
from evidence.transport_rule import TransportRule
from triage.case import CHANGES_HUNT, Case
from triage.change import (
    ORGANIZATION_WIDE,
    SHAPING,
    Change,
    WayKind,
    changed_thing,
    concerns,
    thing,
)
from triage.forwarder import forwarder_name, forwarder_names
from triage.wording import listed

_LISTINGS: dict[WayKind, tuple[str, str]] = {
    "InboxRule": ("list_inbox_rules", "Get-InboxRule"),
    "sweep": ("list_sweep_rules", "Get-SweepRule"),
    "SMTP": ("get_mailbox_forwarding", "Get-Mailbox"),
    "ETR": ("list_transport_rules", "Get-TransportRule"),
    "journal": ("list_transport_rules", "Get-JournalRule"),
    "connector": ("list_transport_rules", "Get-OutboundConnector"),
}
"""The action that lists each kind, and the cmdlet that the action asks for it."""
_STOPPED_BY_ACTIONS = ("InboxRule", "SMTP", "ETR")


class Way(Evidence):
    """One way out, or one way to hide mail: present, or known only from the audit log."""

    key: str
    """Names the way within one judgement."""
    kind: WayKind
    name: str
    label: str
    """For a sentence, e.g. `inbox rule “.”`."""
    mailbox: str
    """Whose mail; empty for everybody's."""
    present: bool | None = True
    """False: gone by now; None: the audit log shows it, and its listing could not be read, or
    there is none, as of flows."""
    enabled: bool = True
    destinations: tuple[Destination, ...] = ()
    through: tuple[str, ...] = ()
    """By what mail goes on where no recipient says where to: smart hosts, a connector, what a flow
    connects to."""
    outside: tuple[str, ...] = ()
    """The addresses outside the organisation at which copies arrive."""
    approvals: tuple[ApprovedDestination, ...] = ()
    """The approvals of those addresses."""
    subdomains: tuple[str, ...] = ()
    """The outside addresses below one of the organisation's own domains: not Exchange's to deliver,
    and yet of whoever holds the domain."""
    unapproved: tuple[str, ...] = ()
    """The outside addresses that nobody answers for."""
    rule: InboxRule | None = None
    """As its listing shows it, or as it was made."""
    forwarding: MailboxForwarding | None = None
    transport: TransportRule | None = None
    sweep: SweepRule | None = None
    journal: JournalRule | None = None
    connector: OutboundConnector | None = None
    change: Change | None = None
    """The last change that made it what it is."""
    removal: Change | None = None

    @property
    def title(self) -> str:
        """The label at the start of a sentence."""
        gone = ", gone since," if self.present is False else ""
        return self.label[0].upper() + self.label[1:] + gone

    def told(self, addresses: Iterable[str]) -> str:
        """Addresses for a sentence, each with how mail gets there where the way does not say."""
        via = {f.address: f.via for each in self.destinations for f in each.finals if f.via}
        return listed(
            f"{address} ({via[address]})" if address in via else address for address in addresses
        )

    @property
    def listing(self) -> str:
        """The action whose answer shows it; that of the changes for what no listing shows."""
        return _LISTINGS[self.kind][0] if self.kind in _LISTINGS else CHANGES_HUNT

    @property
    def listed_id(self) -> str:
        """By which its listing names it; mailbox forwarding has no other name than the mailbox."""
        listed = self.rule or self.transport or self.sweep or self.journal or self.connector
        return listed.id if listed is not None else self.mailbox

    @property
    def organization_wide(self) -> bool:
        """Whether it takes everybody's mail, so that the forwarder answers for none of it."""
        return self.kind in ORGANIZATION_WIDE

    @property
    def hides(self) -> bool:
        """Whether the owner may not see the mail: deleted, or moved out of the Inbox."""
        return self.kind == "sweep" or (self.rule is not None and self.rule.hides)

    @property
    def by_hand_only(self) -> bool:
        """Whether no action stops it, so that a person has to."""
        return self.kind not in _STOPPED_BY_ACTIONS

    @property
    def active(self) -> bool:
        """Whether mail takes this way now, as far as could be seen."""
        return self.present is not False and self.enabled

    @property
    def changed_at(self) -> datetime | None:
        """The latest time at which it can have become what it is, if that is known."""
        if self.change is not None:
            return self.change.at
        listed = self.transport or self.journal or self.connector or self.forwarding
        return listed.when_changed if listed is not None else None


def ways(case: Case, changes: tuple[Change, ...]) -> tuple[Way, ...]:
    """The ways in the listings, each with its change, then those only the audit log knows."""
    own = forwarder_names(case)
    present = [_with_change(way, changes, own) for way in _listed(case)]
    past = [way for way in _past(case, changes, own) if not any(_same(way, p) for p in present)]
    latest = {(way.kind, way.name, way.destinations): way for way in past}
    return tuple(_with_destinations(way, case) for way in (*present, *latest.values()))


def _listed(case: Case) -> Iterator[Way]:
    for rule in case.inbox_rules.rules if case.inbox_rules else ():
        if not rule.system:
            yield Way(
                key=f"InboxRule {rule.id}",
                kind="InboxRule",
                name=rule.name,
                label=thing("InboxRule", rule.name),
                mailbox=case.inbox_rules.mailbox if case.inbox_rules else "",
                enabled=rule.enabled,
                destinations=rule.destinations,
                rule=rule,
            )
    if case.forwarding is not None and case.forwarding.effective is not None:
        yield Way(
            key=f"SMTP {case.forwarding.mailbox}",
            kind="SMTP",
            name="",
            label=thing("SMTP", ""),
            mailbox=case.forwarding.mailbox,
            destinations=(case.forwarding.effective,),
            forwarding=case.forwarding,
        )
    for rule in case.transport_rules.rules if case.transport_rules else ():
        yield Way(
            key=f"ETR {rule.id}",
            kind="ETR",
            name=rule.name,
            label=thing("ETR", rule.name),
            mailbox="",
            enabled=rule.enabled and rule.mode in ("", "Enforce"),
            destinations=rule.destinations,
            through=rule.connectors,
            transport=rule,
        )
    yield from _besides(case)


def _besides(case: Case) -> Iterator[Way]:
    """What neither the rules' listings nor the mailbox's properties show."""
    for rule in case.sweep_rules.sweep_rules if case.sweep_rules else ():
        yield Way(
            key=f"sweep {rule.id}",
            kind="sweep",
            name=rule.name,
            label=thing("sweep", rule.name),
            mailbox=case.sweep_rules.mailbox if case.sweep_rules else "",
            enabled=rule.enabled,
            sweep=rule,
        )
    for rule in case.transport_rules.journal_rules if case.transport_rules else ():
        yield Way(
            key=f"journal {rule.id}",
            kind="journal",
            name=rule.name,
            label=thing("journal", rule.name),
            mailbox=rule.recipient,
            enabled=rule.enabled,
            destinations=(rule.journal_address,) if rule.journal_address else (),
            journal=rule,
        )
    for connector in case.transport_rules.connectors if case.transport_rules else ():
        # Without hosts of its own, or without a rule that uses it, it changes no mail's way.
        if connector.takes_mail_elsewhere:
            yield Way(
                key=f"connector {connector.id}",
                kind="connector",
                name=connector.name,
                label=thing("connector", connector.name),
                mailbox="",
                enabled=connector.enabled,
                through=connector.smart_hosts,
                connector=connector,
            )


def _past(case: Case, changes: tuple[Change, ...], own: frozenset[str]) -> Iterator[Way]:
    """Ways that were made and are not listed: gone by now, or hidden by a gap in the listing."""
    for change in changes:
        if change.kind in ("contact", "permission", "auditing", "policy"):
            continue
        if change.deed not in SHAPING or not _leads(change) or not concerns(change, own):
            continue
        removal = _removal(change, changes, own)
        unlisted = change.kind == "flow" and removal is None
        yield Way(
            key=f"{change.kind} of {change.event_id or change.at.isoformat()}",
            kind=change.kind,
            name=change.name,
            label=changed_thing(change),
            mailbox="" if change.kind in ORGANIZATION_WIDE else forwarder_name(case),
            present=None if unlisted or _unseen(case, change.kind) else False,
            enabled=change.rule is None or change.rule.enabled,
            destinations=tuple(map(unresolved, (*change.destinations, *change.by_name))),
            through=change.through,
            rule=change.rule,
            change=change,
            removal=removal,
        )


def _leads(change: Change) -> bool:
    """Whether what it made sends mail on, or may keep it from the owner."""
    hides = change.kind == "sweep" or (change.rule is not None and change.rule.hides)
    return bool(change.destinations or change.by_name or change.through) or hides


def _unseen(case: Case, kind: WayKind) -> bool:
    """Whether the listing that would show the kind was not asked, or not read to its end."""
    if kind not in _LISTINGS:
        return False
    action, own = _LISTINGS[kind]
    others = [cmdlet for _, cmdlet in _LISTINGS.values() if cmdlet != own]
    return bool(case.unasked(action)) or any(
        gap.reason != "unresolved" and not any(cmdlet in gap.source for cmdlet in others)
        for gap in case.gaps_of(action)
    )


def _same(past: Way, present: Way) -> bool:
    """Whether a change is only an earlier record of a way that still exists."""
    if past.kind != present.kind:
        return False
    if past.change == present.change or _names(past) & _names(present):
        return True
    namesakes = past.name.strip().casefold() == present.name.strip().casefold()
    return namesakes and not past.destinations


def _names(way: Way) -> set[str]:
    """Where it leads, by address, else by the last part of the name."""
    return {each.address or each.label.rpartition("/")[2].casefold() for each in way.destinations}


def _addresses(way: Way) -> set[str]:
    return {each.address for each in way.destinations if each.address}


def _removal(change: Change, changes: Iterable[Change], own: frozenset[str]) -> Change | None:
    """The first removal of what the change made, after it."""
    return next(
        (
            later
            for later in changes
            if later.deed == "removed"
            and later.kind == change.kind
            and later.at >= change.at
            and _same_name(later.name, change.name)
            and concerns(later, own)
        ),
        None,
    )


def _with_change(way: Way, changes: Iterable[Change], own: frozenset[str]) -> Way:
    """Adds the last change that fits by kind, mailbox, name and destination."""
    matching = [
        change
        for change in changes
        if change.kind == way.kind
        and change.deed in SHAPING
        and _same_name(change.name, way.name)
        and concerns(change, own)
        and _same_destination(change, way)
    ]
    return way.model_copy(update={"change": matching[-1]}) if matching else way


def _same_name(one: str, other: str) -> bool:
    """Names agree, or a record is silent about the name, as `UpdateInboxRules` often is."""
    return not one.strip() or one.strip().casefold() == other.strip().casefold()


def _same_destination(change: Change, way: Way) -> bool:
    """Names of rules repeat, so what is sent where must agree as far as the record tells."""
    if way.kind == "InboxRule" and not change.name and not change.destinations:
        return False  # A record that names nothing fits every rule, and so none.
    made_whole = change.deed == "made" and (
        change.rule is not None or change.operation.startswith("New-")
    )
    if (change.sends and not way.destinations) or (
        made_whole and way.destinations and not change.sends
    ):
        return False
    named = _addresses(way)
    return not named or not change.destinations or bool(named & set(change.destinations))


def _with_destinations(way: Way, case: Case) -> Way:
    outside = distinct(
        address for each in way.destinations for address in _outside(each, case.organization)
    )
    approvals = {address: _approval(address, way, case) for address in outside}
    domains = case.organization.accepted_domains if case.organization else ()
    ours = {address for address in outside if addresses.is_subdomain(address, domains)}
    return way.model_copy(
        update={
            "outside": outside,
            "approvals": tuple(each for each in approvals.values() if each is not None),
            "subdomains": tuple(address for address in outside if address in ours),
            "unapproved": tuple(
                address for address in outside if approvals[address] is None and address not in ours
            ),
        }
    )


def _approval(address: str, way: Way, case: Case) -> ApprovedDestination | None:
    if case.organization is None:
        return None
    account = case.indicators.forwarder
    named = (way.mailbox, account.user_principal_name if account else None)
    # What takes everybody's mail is not covered by one mailbox's approval.
    whose = (way.mailbox or f"*@{case.organization.default_domain}",)
    mailboxes = whose if way.organization_wide else tuple(filter(None, named)) or ("",)
    return next(
        (
            approval
            for mailbox in mailboxes
            if (approval := case.organization.approval(address, mailbox, case.as_of))
        ),
        None,
    )


def _outside(destination: Destination, organization: Organization | None) -> tuple[str, ...]:
    """Where copies leave the organisation.

    An unresolved address of an accepted domain may still lead out (a contact, a forwarding
    mailbox), so it is neither inside nor outside.
    """
    if destination.finals:
        return destination.external_addresses
    address = destination.address
    if address is None:
        return ()
    if organization is not None and organization.accepted_domains:
        return () if addresses.is_internal(address, organization.accepted_domains) else (address,)
    return (address,) if addresses.is_free_mail(address) else ()
