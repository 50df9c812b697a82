"""Findings about who changed what, and what else the same hand did."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.audit_event import AuditEvent
from triage.account import accounts
from triage.changes import Change
from triage.finding import Finding, Investigation, Link, of_change, of_way
from triage.forwarder import forwarder_names
from triage.links import links, usual_addresses
from triage.wording import listed, moment

_DELEGATE = "T1098.002"
_IMPAIR_LOGGING = "T1562.008"
_AROUND = timedelta(days=1)
_UNTIED = 10


def made_by(investigation: Investigation) -> Iterator[Finding]:
    """Who made or last changed it, when and from where; who acted is not whose mailbox it is."""
    own = forwarder_names(investigation.case)
    for way in investigation.ways:
        if way.change is None or not (way.outside or (way.rule and way.rule.hides)):
            continue
        change = way.change
        role = "a delegate, " if change.as_delegate else ""
        other = "" if change.actor.lower() in own else f", {role}not the forwarder,"
        address = f" from {change.ip_address}" if change.ip_address else ""
        session = f" in session {change.session_id}" if change.session_id else ""
        yield Finding(
            id="change_made_by",
            sentence=f"{way.title} was {change.deed} by {change.actor}{other} on "
            f"{moment(change.at)}{address}{session} ({change.operation}).",
            family="admin",
            weight=0,
            way=way.key,
            evidence=of_way(way),
        )


def permissions_granted(investigation: Investigation) -> Iterator[Finding]:
    """Mailboxes were opened to somebody, by whoever made the change or from where it was made."""
    by_grantee: dict[tuple[str, str], list[Change]] = {}
    for change in investigation.changes:
        if change.kind == "permission" and change.by_person:
            by_grantee.setdefault((change.actor.lower(), change.grantee.lower()), []).append(change)
    for grants in by_grantee.values():
        actor, grantee = grants[0].actor, grants[0].grantee
        links_found = tied(investigation, grants)
        rights = listed(f"{each.name} on {each.mailbox or 'a mailbox'}" for each in grants)
        yield Finding(
            id="permissions_granted",
            sentence=f"{actor} gave {grantee or 'somebody'} access: {rights} ({_between(grants)}).",
            family="admin",
            weight=15 if links_found else 0,
            links=links_found,
            evidence=tuple(of_change(each) for each in grants),
            techniques=(_DELEGATE,),
        )


def auditing_stopped(investigation: Investigation) -> Iterator[Finding]:
    """Somebody made the audit log blind."""
    for change in investigation.changes:
        if change.kind == "auditing":
            yield Finding(
                id="auditing_stopped",
                sentence=f"{change.actor} switched auditing off on {moment(change.at)} "
                f"({change.operation}{f' on {change.mailbox}' if change.mailbox else ''}).",
                family="admin",
                weight=30,
                links=tied(investigation, [change]),
                evidence=(of_change(change),),
                techniques=(_IMPAIR_LOGGING,),
            )


def tied(investigation: Investigation, deeds: list[Change]) -> tuple[Link, ...]:
    """The ways that were changed around the same time by the same account or from one place.

    What an administrator does at a desk in long use is that desk's work, and ties nothing.
    """
    usual = usual_addresses(accounts(investigation.case))
    found: dict[str, Link] = {}
    for deed in deeds:
        if deed.ip_address in usual:
            continue
        for link in links(
            investigation,
            at=deed.at,
            before=_AROUND,
            after=_AROUND,
            actors=(deed.actor.lower(),),
            address=deed.ip_address,
            sessions=(deed.session_id,),
        ):
            found.setdefault(link.way, link)
    return tuple(found.values())


def weight_of(investigation: Investigation, event: AuditEvent, weight: int) -> int:
    """How much a deed weighs that is also an administrator's daily work: nothing from a desk in
    long use, and little if it is somebody else's and nothing ties it to a change.
    """
    if _at_usual_desk(investigation, event):
        return 0
    known = {name for account in accounts(investigation.case) for name in account.names}
    if event.actor.lower() in known or tied_to(investigation, event):
        return weight
    return min(weight, _UNTIED)


def tied_to(investigation: Investigation, event: AuditEvent) -> tuple[Link, ...]:
    """The same of a record that no change is read from."""
    if _at_usual_desk(investigation, event):
        return ()
    return links(
        investigation,
        at=event.at,
        before=_AROUND,
        after=_AROUND,
        actors=(event.actor.lower(),),
        address=event.ip_address,
        sessions=(event.session_id,),
    )


def _at_usual_desk(investigation: Investigation, event: AuditEvent) -> bool:
    return event.ip_address in usual_addresses(accounts(investigation.case))


def _between(grants: list[Change]) -> str:
    first, last = grants[0].at, grants[-1].at
    return moment(first) if first == last else f"{moment(first)} to {moment(last)}"


FINDINGS = (made_by, permissions_granted, auditing_stopped)
