"""Every way in which mail leaves the mailbox or is hidden in it, with the change behind it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from evidence import addresses
from evidence.destination import Destination, unresolved
from evidence.inbox_rule import InboxRule
from evidence.indicators import ForwardingType
from evidence.mailbox_forwarding import MailboxForwarding
from evidence.model import Evidence
from evidence.organization import ApprovedDestination, Organization
from evidence.reading import distinct
from evidence.transport_rule import TransportRule
from triage.case import Case
from triage.changes import SHAPING, Change, concerns, thing
from triage.forwarder import forwarder_name, forwarder_names
from triage.wording import listed

_LISTINGS: dict[ForwardingType, str] = {
    "InboxRule": "list_inbox_rules",
    "SMTP": "get_mailbox_forwarding",
    "ETR": "list_transport_rules",
}


class Way(Evidence):
    """An inbox rule, the mailbox's forwarding, or a transport rule: present, or known only
    from the audit log."""

    key: str
    """Names the way within one judgement."""
    kind: ForwardingType
    name: str
    label: str
    """For a sentence, e.g. `inbox rule “.”`."""
    mailbox: str
    """Whose mail; empty for a transport rule."""
    present: bool | None = True
    """False: gone by now; None: the audit log shows it, and its listing could not be read."""
    enabled: bool = True
    destinations: tuple[Destination, ...] = ()
    outside: tuple[str, ...] = ()
    """The addresses outside the organisation at which copies arrive."""
    approvals: tuple[ApprovedDestination, ...] = ()
    """The approvals of those addresses."""
    unapproved: tuple[str, ...] = ()
    """The outside addresses that nobody answers for."""
    rule: InboxRule | None = None
    """As its listing shows it, or as it was made."""
    forwarding: MailboxForwarding | None = None
    transport: TransportRule | None = None
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
    def active(self) -> bool:
        """Whether mail takes this way now, as far as could be seen."""
        return self.present is not False and self.enabled

    @property
    def changed_at(self) -> datetime | None:
        """The latest time at which it can have become what it is, if that is known."""
        if self.change is not None:
            return self.change.at
        if self.transport is not None:
            return self.transport.when_changed
        return self.forwarding.when_changed if self.forwarding is not None else None


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
            transport=rule,
        )


def _past(case: Case, changes: tuple[Change, ...], own: frozenset[str]) -> Iterator[Way]:
    """Ways that were made and are not listed: gone by now, or hidden by a gap in the listing."""
    for change in changes:
        if change.kind in ("contact", "permission", "auditing"):
            continue
        shaped = change.deed in SHAPING
        if not shaped or not change.destinations or not concerns(change, own):
            continue
        gaps = case.gaps_of(_LISTINGS[change.kind])
        unseen = any(gap.reason != "unresolved" for gap in gaps)
        yield Way(
            key=f"{change.kind} of {change.event_id or change.at.isoformat()}",
            kind=change.kind,
            name=change.name,
            label=thing(change.kind, change.name),
            mailbox="" if change.kind == "ETR" else forwarder_name(case),
            present=None if unseen else False,
            destinations=tuple(unresolved(address) for address in change.destinations),
            rule=change.rule,
            change=change,
            removal=_removal(change, changes, own),
        )


def _same(past: Way, present: Way) -> bool:
    """Whether a change is only an earlier record of a way that still exists."""
    if past.kind != present.kind:
        return False
    return past.change == present.change or bool(_addresses(past) & _addresses(present))


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
    made_whole = change.operation.startswith("New-")
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
    return way.model_copy(
        update={
            "outside": outside,
            "approvals": tuple(each for each in approvals.values() if each is not None),
            "unapproved": tuple(address for address in outside if approvals[address] is None),
        }
    )


def _approval(address: str, way: Way, case: Case) -> ApprovedDestination | None:
    if case.organization is None:
        return None
    account = case.indicators.forwarder
    named = (way.mailbox, account.user_principal_name if account else None)
    # A transport rule takes everybody's mail: one mailbox's approval does not cover it.
    mailboxes = (f"*@{case.organization.default_domain}",) if way.kind == "ETR" else named
    return next(
        (
            approval
            for mailbox in mailboxes
            if mailbox and (approval := case.organization.approval(address, mailbox, case.as_of))
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
