"""Findings about where the mail goes."""

from collections.abc import Iterator

from evidence import addresses
from triage.finding import Finding, Investigation, of_way
from triage.mail_flow import other_forwarders
from triage.ways import Way
from triage.wording import listed

_FORWARDING = ("T1114.003",)


def external(investigation: Investigation) -> Iterator[Finding]:
    """Mail leaves the organisation for an address that nobody answers for."""
    for way in investigation.ways:
        if way.unapproved:
            yield _about(
                way,
                "destination_external",
                30,
                f"{_start(way)} mail to {way.told(way.unapproved)}, outside the organisation.",
            )


def free_mail(investigation: Investigation) -> Iterator[Finding]:
    """Anybody could have opened the mailbox at the other end."""
    for way in investigation.ways:
        free = [address for address in way.unapproved if addresses.is_free_mail(address)]
        if free:
            yield _about(
                way,
                "destination_free_mail",
                15,
                f"{listed(free)} lies with a free-mail provider: anybody could have opened it.",
            )


def approved(investigation: Investigation) -> Iterator[Finding]:
    """An owner answers for every outside address; a benign sign, not an acquittal by itself."""
    for way in investigation.ways:
        if way.outside and not way.unapproved:
            owners = listed(
                f"{each.destination} by {each.owner} until {each.until}" for each in way.approvals
            )
            yield _about(
                way,
                "destination_approved",
                -40,
                f"{_start(way)} mail to {listed(way.outside)}, which is approved: {owners}.",
                techniques=(),
            )


def internal(investigation: Investigation) -> Iterator[Finding]:
    """All mail stays in the organisation, which neither acquits nor convicts by itself."""
    for way in investigation.ways:
        finals = [final for each in way.destinations for final in each.finals]
        resolved = all(each.resolved for each in way.destinations)
        if finals and resolved and not way.outside:
            yield _about(
                way,
                "destination_internal",
                0,
                f"{_start(way)} mail to {listed(final.address for final in finals)}, "
                "inside the organisation.",
                techniques=(),
            )


def unresolved(investigation: Investigation) -> Iterator[Finding]:
    """Nobody could say where the mail ends up; such a destination is never taken for internal."""
    for way in investigation.ways:
        open_ends = [each.label for each in way.destinations if not each.resolved]
        if open_ends and not way.outside:
            yield _about(
                way,
                "destination_unresolved",
                10,
                f"Where {way.label} sends mail could not be established: {listed(open_ends)} "
                "could not be resolved to a final address.",
            )


def named_by_alert(investigation: Investigation) -> Iterator[Finding]:
    """The alert names the very address to which this way leads."""
    recipients = {address.lower() for address in investigation.case.indicators.recipients}
    for way in investigation.ways:
        named = [address for address in way.unapproved if address.lower() in recipients]
        if named:
            yield _about(
                way,
                "destination_named_by_alert",
                5,
                f"The alert names {listed(named)} as a suspicious recipient.",
            )


def shared_by_others(investigation: Investigation) -> Iterator[Finding]:
    """Other mailboxes forward to the same outside address: a campaign, or a known partner."""
    for way in investigation.ways:
        for address in way.unapproved:
            others = other_forwarders(investigation.case, address)
            if others:
                yield _about(
                    way,
                    "destination_shared_by_others",
                    5,
                    f"Mail is forwarded to {address} from other mailboxes too: {listed(others)}.",
                )


def _about(
    way: Way,
    identifier: str,
    weight: int,
    sentence: str,
    techniques: tuple[str, ...] = _FORWARDING,
) -> Finding:
    return Finding(
        id=identifier,
        sentence=sentence,
        family="destination",
        weight=weight,
        way=way.key,
        evidence=of_way(way),
        techniques=techniques,
    )


def _start(way: Way) -> str:
    if way.present is False:
        return f"{way.title} sent"
    return (
        f"{way.title} sends" if way.enabled else f"{way.title}, which is switched off, would send"
    )


FINDINGS = (external, free_mail, approved, internal, unresolved, named_by_alert, shared_by_others)
