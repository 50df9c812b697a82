"""A destination whose domain is made to be taken for one of ours, a partner's or a provider's."""

from collections.abc import Iterator

from evidence import addresses
from triage.case import Case
from triage.finding import FORWARDS, Finding, Investigation, of_way
from triage.forwarder import forwarder_names
from triage.likeness import Trick, imitated, lookalike

_IMPERSONATE = "T1656"
_WEIGHTS: dict[Trick, int] = {"letters": 30, "typo": 25, "words": 20, "ending": 10}
"""A company has many endings, and often does not hold them all."""
_HOW: dict[Trick, str] = {
    "letters": "is written with letters that read like",
    "typo": "is one letter away from",
    "words": "adds a word to",
    "ending": "has another ending than",
}


def lookalikes(investigation: Investigation) -> Iterator[Finding]:
    """A domain that reads as another which the reader trusts."""
    trusted = _trusted(investigation.case)
    for way in investigation.ways:
        for address in way.unapproved:
            domain = addresses.domain(address)
            found = lookalike(domain, (each for each in trusted if each != domain))
            brand = imitated(domain)
            if addresses.is_free_mail(address) or (found is None and brand is None):
                continue
            weight = _WEIGHTS[found.trick] if found else _WEIGHTS["letters"]
            likeness = f"{_HOW[found.trick]} {found.original}" if found else f"reads as “{brand}”"
            yield Finding(
                id="destination_lookalike",
                sentence=f"The domain of {address} {likeness}: it is made to be taken for it, "
                f"and {way.label} leads there.",
                family="destination",
                weight=weight,
                way=way.key,
                evidence=of_way(way),
                techniques=(FORWARDS, _IMPERSONATE),
            )


def _trusted(case: Case) -> tuple[str, ...]:
    """Our own domains, those of approved partners, and those from which mail has come."""
    organization = case.organization
    known: list[str] = list(organization.accepted_domains) if organization else []
    known += [addresses.domain(name) for name in forwarder_names(case) if "@" in name]
    if organization:
        known += [addresses.domain(each.destination) for each in organization.approved_destinations]
    traced = case.trace.messages if case.trace else ()
    known += [addresses.domain(each.sender) for each in traced if "@" in each.sender]
    named = case.messages.messages if case.messages else ()
    known += [addresses.domain(each.sender) for each in named if "@" in each.sender]
    return tuple(dict.fromkeys(domain.lower() for domain in known if "." in domain))


FINDINGS = (lookalikes,)
