"""Findings about alerts on the devices that the forwarder works on."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.model import JsonObject
from evidence.reading import moment as time_of
from evidence.reading import text, texts
from triage.account import accounts
from triage.finding import Finding, Investigation, Reference
from triage.links import links
from triage.wording import listed, moment

DEVICES_HUNT = "device_alerts"
_BEFORE = timedelta(days=14)
"""What steals passwords and cookies sells them first; they are put to use later."""
_AFTER = timedelta(days=1)
_WEIGHTS = {"high": 20, "medium": 15}
_OTHER = 5
_BY_NAME_ONLY = ("logon name",)


def device_alerts(investigation: Investigation) -> Iterator[Finding]:
    """An alert on a device of the user's, near the change."""
    hunt = investigation.case.hunts.get(DEVICES_HUNT)
    for row in hunt.rows if hunt else ():
        if text(row, "AlertId"):
            yield _finding(investigation, row)


def _finding(investigation: Investigation, row: JsonObject) -> Finding:
    account = accounts(investigation.case)[0]
    at = time_of(row, "AlertTime")
    by_name = texts(row, "KnownBy") == _BY_NAME_ONLY
    weight = _WEIGHTS.get((text(row, "Severity") or "").lower(), _OTHER)
    found = [*texts(row, "ThreatFamilies"), *texts(row, "Files")]
    device = text(row, "DeviceName") or "a device without a name"
    title = text(row, "Title") or "without a title"
    whose = ", known by a logon name like the user's only" if by_name else ""
    return Finding(
        id="device_alert",
        sentence=f"Alert “{title}” on {device}{whose}"
        + (f", on {moment(at)}" if at else "")
        + (f": {listed(found)}." if found else "."),
        family="device",
        weight=min(weight, _OTHER) if by_name else weight,
        account=account.subject,
        links=links(investigation, at=at, before=_BEFORE, after=_AFTER, actors=account.names),
        evidence=(
            Reference(source=f"run_hunt {DEVICES_HUNT}", id=text(row, "AlertId") or "", text=title),
        ),
    )


FINDINGS = (device_alerts,)
