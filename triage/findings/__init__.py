"""The findings, one family a module; `find` runs them all."""

from triage.finding import Finding, Investigation
from triage.findings import (
    activity,
    admin,
    aftermath,
    alerts,
    allegation,
    app_changes,
    benign,
    configuration,
    consent,
    delegates,
    destination,
    device_alerts,
    grants,
    history,
    identity,
    lookalike,
    message,
    methods,
    other_ways,
    powers,
    reach,
    rule,
    transport,
    volume,
)

_FAMILIES = (
    *destination.FINDINGS,
    *lookalike.FINDINGS,
    *reach.FINDINGS,
    *allegation.FINDINGS,
    *rule.FINDINGS,
    *transport.FINDINGS,
    *other_ways.FINDINGS,
    *configuration.FINDINGS,
    *identity.FINDINGS,
    *device_alerts.FINDINGS,
    *methods.FINDINGS,
    *alerts.FINDINGS,
    *admin.FINDINGS,
    *delegates.FINDINGS,
    *powers.FINDINGS,
    *consent.FINDINGS,
    *grants.FINDINGS,
    *app_changes.FINDINGS,
    *aftermath.FINDINGS,
    *activity.FINDINGS,
    *message.FINDINGS,
    *history.FINDINGS,
    *benign.FINDINGS,
    *volume.FINDINGS,
)


def find(investigation: Investigation) -> tuple[Finding, ...]:
    """Every finding about the case, weightiest first."""
    found = [finding for family in _FAMILIES for finding in family(investigation)]
    return tuple(sorted(found, key=lambda finding: -abs(finding.weight)))
