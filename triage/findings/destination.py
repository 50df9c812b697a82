"""Findings about where the mail goes."""

from collections.abc import Iterator

from evidence import addresses
from triage.finding import Finding, Investigation, of_way
from triage.forwarder import forwarder_names
from triage.ways import Way
from triage.wording import listed

_FORWARDING = ("T1114.003",)
_TELLING = 5
"""Letters of a name that are not there by chance."""


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
        if way.approvals and not way.unapproved:
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


def own_subdomain(investigation: Investigation) -> Iterator[Finding]:
    """Mail leaves Exchange for a name that only the holder of our domain can make."""
    for way in investigation.ways:
        if way.subdomains:
            yield _about(
                way,
                "destination_own_subdomain",
                0,
                f"{_start(way)} mail to {listed(way.subdomains)}, which lies below one of the "
                "organisation's own domains.",
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


def foreign(investigation: Investigation) -> Iterator[Finding]:
    """Which domains are ours could not be read, and this is not the mailbox's own."""
    case = investigation.case
    if case.organization is not None and case.organization.accepted_domains:
        return
    own = {addresses.domain(name) for name in forwarder_names(case) if "@" in name}
    for way in investigation.ways:
        strange = [
            each.address
            for each in way.destinations
            if each.address and not each.finals and addresses.domain(each.address) not in own
        ]
        if strange and not way.outside:
            yield _about(
                way,
                "destination_foreign",
                25,
                f"{_start(way)} mail to {listed(strange)}; that is not the mailbox's own domain, "
                "and which others are the organisation's could not be read.",
            )


def onward(investigation: Investigation) -> Iterator[Finding]:
    """What is written is a name of the house; behind it the mail goes on, outside."""
    for way in investigation.ways:
        beyond = [
            f"{final.address} ({final.via})"
            for each in way.destinations
            for final in each.finals
            if final.via and final.address in way.unapproved
        ]
        if beyond:
            yield _about(
                way,
                "destination_onward",
                5,
                f"{_start(way)} mail to an inside name, from which it goes on: {listed(beyond)}.",
            )


def owners_namesake(investigation: Investigation) -> Iterator[Finding]:
    """The address reads as the owner's own: their second mailbox, or one made to look like it."""
    names = {name for name in forwarder_names(investigation.case) if "@" not in name}
    own = {letters for name in names if len(letters := _letters(name)) >= _TELLING}
    for way in investigation.ways:
        alike = [
            address
            for address in way.unapproved
            if any(name in _letters(address.partition("@")[0]) for name in own)
        ]
        if alike:
            yield _about(
                way,
                "destination_own_name",
                0,
                f"{listed(alike)} bears the owner's name: a mailbox of their own, or one that "
                "somebody opened to be taken for it.",
                techniques=(),
            )


def _letters(local_part: str) -> str:
    return "".join(character for character in local_part.lower() if character.isalpha())


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


FINDINGS = (
    external,
    free_mail,
    approved,
    own_subdomain,
    internal,
    unresolved,
    foreign,
    onward,
    owners_namesake,
    named_by_alert,
)
