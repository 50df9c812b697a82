"""Findings about what Entra ID Protection thinks of the user and the sign-ins."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.user_risk import RiskDetection, UserRisk
from triage.account import Account, accounts
from triage.case import Case
from triage.finding import Finding, Investigation, Link, Reference
from triage.links import links
from triage.wording import moment

_VALID_ACCOUNTS = "T1078.004"
_BEFORE = timedelta(days=1)
_WEIGHTS = {
    "attackerinthemiddle": 40,
    "adminconfirmedusercompromised": 40,
    "anomaloustoken": 35,
    "maliciousipaddress": 35,
    "investigationsthreatintelligence": 35,
    "anonymizedipaddress": 30,
    "passwordspray": 30,
    "leakedcredentials": 25,
    "maliciousipaddressvalidcredentialsblockedip": 25,
    "malwareinfectedipaddress": 25,
    "suspiciousipaddress": 25,
    "unlikelytravel": 20,
    "mcasimpossibletravel": 20,
    "newcountry": 20,
}
"""By `riskEventType`, a free string; the kinds are in "What are risk detections?"."""
_OTHER = 10
_CLOSED = frozenset(["confirmedSafe", "remediated", "dismissed"])
_USER_LEVELS = {"high": 25, "medium": 15}


def risk_detections(investigation: Investigation) -> Iterator[Finding]:
    """A detection that nobody closed as harmless or settled."""
    for account, detection in _detections(investigation.case):
        closed = detection.state in _CLOSED
        where = f" from {detection.ip_address}" if detection.ip_address else ""
        when = f" on {moment(detection.at)}" if detection.at else ""
        state = f" ({detection.state})" if detection.state else ""
        yield Finding(
            id="risk_detection",
            sentence=f"Identity Protection detected {detection.type}{account.aside}"
            f"{where}{when}{state}.",
            family="identity",
            weight=0 if closed else _WEIGHTS.get(detection.type.lower(), _OTHER),
            account=account.subject,
            links=()
            if closed
            else _links(investigation, account, detection.at, detection.ip_address),
            evidence=(Reference(source="get_user_risk", id=detection.type, text=detection.type),),
            techniques=() if closed else (_VALID_ACCOUNTS,),
        )


def user_risk(investigation: Investigation) -> Iterator[Finding]:
    """The user's standing: at risk, confirmed compromised, or confirmed safe."""
    for account in accounts(investigation.case):
        risk = account.risk
        if risk and risk.state in ("atRisk", "confirmedCompromised", "confirmedSafe"):
            yield _user_risk(investigation, account, risk)


def _user_risk(investigation: Investigation, account: Account, risk: UserRisk) -> Finding:
    at_risk = _USER_LEVELS.get(risk.level, 5)
    weight = {"confirmedCompromised": 40, "confirmedSafe": -10}.get(risk.state, at_risk)
    since = f" since {moment(risk.last_updated)}" if risk.last_updated else ""
    return Finding(
        id="user_risk",
        sentence=f"Identity Protection holds {risk.user} as {risk.state}, "
        f"risk level {risk.level}{since}.",
        family="identity",
        weight=weight,
        account=account.subject,
        links=_links(investigation, account, risk.last_updated) if weight > 0 else (),
        evidence=(Reference(source="get_user_risk", id=risk.user, text=risk.state),),
        techniques=(_VALID_ACCOUNTS,) if weight > 0 else (),
    )


def _links(
    investigation: Investigation,
    account: Account,
    at: datetime | None,
    address: str | None = None,
) -> tuple[Link, ...]:
    return links(investigation, at=at, before=_BEFORE, actors=account.names, address=address)


def _detections(case: Case) -> Iterator[tuple[Account, RiskDetection]]:
    """Each account's detections on record, then those that only a sign-in mentions."""
    for account in accounts(case):
        known = set[tuple[str, str | None]]()
        for detection in account.risk.detections if account.risk else ():
            known.add((detection.type.lower(), detection.ip_address))
            yield account, detection
        for entry in account.sign_ins.sign_ins if account.sign_ins else ():
            for kind in entry.risk_events:
                if (kind.lower(), entry.ip_address) not in known:
                    known.add((kind.lower(), entry.ip_address))
                    yield (
                        account,
                        RiskDetection(
                            type=kind,
                            at=entry.at,
                            level=entry.risk_level,
                            ip_address=entry.ip_address,
                        ),
                    )


FINDINGS = (risk_detections, user_risk)
