"""Findings about how much mail went out."""

from collections.abc import Iterator

from triage.finding import Finding, Investigation, Reference
from triage.mail_flow import COUNT_HUNT, forwarded_count
from triage.wording import counted, listed

_MANY = 50


def mail_went_out(investigation: Investigation) -> Iterator[Finding]:
    """How many messages the hunts saw going to the outside addresses."""
    addresses = {address.lower() for way in investigation.ways for address in way.unapproved}
    count = forwarded_count(investigation.case, addresses)
    if count:
        yield Finding(
            id="mail_went_out",
            sentence=f"{counted(count, 'message')} forwarded to {listed(sorted(addresses))}.",
            family="volume",
            weight=10 if count >= _MANY else 5,
            evidence=(Reference(source=f"run_hunt {COUNT_HUNT}", id="", text=str(count)),),
            techniques=("T1114.003",),
        )


FINDINGS = (mail_went_out,)
