"""Findings about other alerts in whose evidence the user stands."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.incident.alert_kind import alert_kind
from evidence.user_alert import UserAlert
from triage.account import accounts
from triage.case import Case
from triage.finding import Family, Finding, Investigation, Reference
from triage.links import links, usual_addresses
from triage.wording import moment

_BEFORE = timedelta(days=7)
_WEIGHTS = {"high": 20, "medium": 10}
_PROVEN = 30
_HARMLESS = frozenset(["falsepositive", "informationalexpectedactivity", "benignpositive"])
_SETTLED = "resolved"


def other_alerts(investigation: Investigation) -> Iterator[Finding]:
    """Something else about this account was noticed, by another sensor or at another time.

    Another alert about the same forwarding is no second witness to it.
    """
    case = investigation.case
    account = accounts(case)[0]
    usual = usual_addresses(accounts(case))
    for alert in _others(case):
        weight = _weight(alert)
        tied = [
            link
            for address in (*(each for each in alert.ip_addresses if each not in usual), None)
            for link in links(
                investigation,
                at=alert.first_activity or alert.created,
                before=_BEFORE,
                actors=account.names,
                address=address,
            )
        ]
        about_device: Family = "device" if alert.devices else "identity"
        judged = f", graded {alert.classification}" if alert.classification else ""
        yield Finding(
            id="device_alert" if alert.devices else "other_alert",
            sentence=f"Another alert names the user: “{alert.title}” "
            f"({alert.severity or 'no severity'}{judged}) of {moment(alert.created)}.",
            family=about_device,
            weight=weight,
            account=account.subject,
            links=tuple({link.way: link for link in reversed(tied)}.values()) if weight else (),
            evidence=(Reference(source="get_user_alerts", id=alert.id, text=alert.title),),
            techniques=alert.techniques if weight else (),
        )


def _weight(alert: UserAlert) -> int:
    graded = alert.classification.lower()
    if graded in _HARMLESS:
        return 0
    if graded == "truepositive":
        return _PROVEN
    weight = _WEIGHTS.get(alert.severity.lower(), 0)
    return weight // 2 if alert.status.lower() == _SETTLED else weight


def _others(case: Case) -> Iterator[UserAlert]:
    named = case.indicators.alerts
    known = {each.lower() for alert in named for each in (alert.id, alert.provider_id) if each}
    for alert in case.alerts.alerts if case.alerts else ():
        ids = {alert.id.lower(), alert.provider_id.lower()}
        if not ids & known and alert_kind(alert.raw, alert.title) == "other":
            yield alert


FINDINGS = (other_alerts,)
