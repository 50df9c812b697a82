"""Findings about what Entra ID Protection thinks of the user and the sign-ins."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.sign_in import SignIn
from evidence.user_risk import RiskDetection, UserRisk
from triage.account import Account, accounts
from triage.case import Case
from triage.finding import Finding, Investigation, Link, Reference, of_sign_in
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
_LEVELS = {"high": 25, "medium": 15}


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
            else _links(
                investigation,
                account,
                detection.at,
                detection.ip_address,
                _sign_in_of(detection, account),
            ),
            evidence=(Reference(source="get_user_risk", id=detection.type, text=detection.type),),
            techniques=() if closed else (_VALID_ACCOUNTS,),
        )


def risky_sign_ins(investigation: Investigation) -> Iterator[Finding]:
    """A sign-in that was let in though held for risky, for reasons that no licence tells."""
    for account in accounts(investigation.case):
        detections = account.risk.detections if account.risk else ()
        detected = {detection.ip_address for detection in detections}
        told: set[str | None] = set()
        for entry in account.sign_ins.sign_ins if account.sign_ins else ():
            weight = _LEVELS.get(entry.risk_level, 0)
            explained = entry.risk_events or entry.ip_address in detected
            closed = entry.risk_state in _CLOSED
            if not (weight and entry.succeeded) or explained or closed or entry.ip_address in told:
                continue
            told.add(entry.ip_address)
            yield Finding(
                id="sign_in_risky",
                sentence=f"Identity Protection held a sign-in{account.aside} from "
                f"{entry.ip_address or 'an unknown place'} on {moment(entry.at)} for risky, "
                f"level {entry.risk_level}, and it succeeded.",
                family="identity",
                weight=weight,
                account=account.subject,
                links=_links(investigation, account, entry.at, entry.ip_address, entry),
                evidence=(of_sign_in(entry),),
                techniques=(_VALID_ACCOUNTS,),
            )


def user_risk(investigation: Investigation) -> Iterator[Finding]:
    """The user's standing: at risk, confirmed compromised, or confirmed safe."""
    for account in accounts(investigation.case):
        risk = account.risk
        if risk and risk.state in ("atRisk", "confirmedCompromised", "confirmedSafe"):
            yield _user_risk(investigation, account, risk)


def _user_risk(investigation: Investigation, account: Account, risk: UserRisk) -> Finding:
    at_risk = _LEVELS.get(risk.level, 5)
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
    sign_in: SignIn | None = None,
) -> tuple[Link, ...]:
    return links(
        investigation,
        at=at,
        before=_BEFORE,
        actors=account.names,
        address=address,
        tokens=(sign_in.token_id,) if sign_in else (),
        sessions=(sign_in.session_id,) if sign_in else (),
    )


def _sign_in_of(detection: RiskDetection, account: Account) -> SignIn | None:
    """The sign-in at which something was noticed: what it leads to bears the same session."""
    seen = account.sign_ins.sign_ins if account.sign_ins else ()
    return next((s for s in seen if s.id and s.id == detection.sign_in), None)


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
                            state=entry.risk_state,
                            ip_address=entry.ip_address,
                            sign_in=entry.id,
                        ),
                    )


FINDINGS = (risk_detections, risky_sign_ins, user_risk)
