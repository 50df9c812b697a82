"""The findings, one family a module; `find` runs them all."""

from triage.finding import Finding, Investigation
from triage.findings import (
    admin,
    consent,
    destination,
    history,
    passwords,
    risk,
    rule,
    sign_ins,
    transport,
    volume,
)

_FAMILIES = (
    *destination.FINDINGS,
    *rule.FINDINGS,
    *transport.FINDINGS,
    *sign_ins.FINDINGS,
    *passwords.FINDINGS,
    *risk.FINDINGS,
    *admin.FINDINGS,
    *consent.FINDINGS,
    *history.FINDINGS,
    *volume.FINDINGS,
)


def find(investigation: Investigation) -> tuple[Finding, ...]:
    """Every finding about the case, weightiest first."""
    found = [finding for family in _FAMILIES for finding in family(investigation)]
    return tuple(sorted(found, key=lambda finding: -abs(finding.weight)))
