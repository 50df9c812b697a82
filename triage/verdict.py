"""The verdict: what the findings together say of the alert, and what would change that."""

from collections.abc import Iterable, Sequence
from typing import Literal

from evidence.addresses import is_internal
from evidence.alert_grade import Determination
from evidence.model import Evidence
from evidence.reading import distinct
from triage.case import Case
from triage.doubts import doubts
from triage.finding import Finding, Investigation
from triage.findings.benign import only_conditions
from triage.findings.history import is_quiet
from triage.forwarder import forwarder_name, forwarder_names, forwarder_subject
from triage.summary import summary
from triage.ways import Way
from triage.weightiest import weightiest

Classification = Literal[
    "truePositive", "falsePositive", "informationalExpectedActivity", "undetermined"
]
Confidence = Literal["low", "medium", "high"]

SUSPECT = 30
"""From this weight of its rule and destination on, a way is suspicious."""
_CONVICTING = ((SUSPECT, 20), (80, 10))
"""Suspicion, and anomaly tied to the change, that convict together: a weak tie needs more."""
_ANOMALY = 20
_FIRM = ("token", "session", "address")
"""Ties that a coincidence in time does not make."""
_ABOUT_WAY = ("rule", "destination", "history")
_ABOUT_ACTOR = ("identity", "admin")
_BENIGN = frozenset(
    [
        "destination_approved",
        "old_and_quiet",
        "admin_set_approved",
        "kept_in_shared_mailbox",
        "only_files",
        "out_of_office",
        "outlook_resync",
        "forwarding_only_cleared",
    ]
)
"""The findings that are a positive benign reason; without one, nobody is acquitted."""


class Charge(Evidence):
    """What is held against one way."""

    way: str
    """The way's key."""
    suspicion: int
    """The weight of its rule and destination, benign evidence subtracted."""
    anomaly: int
    """The weight of what was unusual about the account and is tied to the change."""
    dishonest: bool
    """The rule can have no honest purpose, and its listing was complete."""
    convicted: bool

    @property
    def suspect(self) -> bool:
        """Whether rule and destination alone call for an analyst."""
        return self.suspicion >= SUSPECT


class Verdict(Evidence):
    """The judgement on an alert."""

    classification: Classification
    determination: Determination
    confidence: Confidence
    summary: str
    """One or two sentences that stand by themselves."""
    findings: tuple[Finding, ...]
    """Weightiest first."""
    weightiest: tuple[Finding, ...] = ()
    """The three, or fewer, that weighed most in this verdict."""
    changes_it: tuple[str, ...]
    """What evidence would change the verdict: the missing source, or whose word."""
    suspicious: bool
    """Whether an analyst must look."""
    charges: tuple[Charge, ...] = ()
    convicted: tuple[str, ...] = ()
    """The keys of the ways that an attacker made."""
    compromised: tuple[str, ...] = ()
    """The accounts that an attacker holds, as the subjects of requests."""


def judge(investigation: Investigation, findings: tuple[Finding, ...]) -> Verdict:
    """Weighs the findings. Silence convicts nobody and acquits nobody."""
    about = _about(findings)
    anomalies = _anomalies(findings)
    charges = tuple(
        _charge(way, investigation, about.get(way.key, ()), anomalies.get(way.key, 0))
        for way in investigation.ways
    )
    convicted = tuple(charge for charge in charges if charge.convicted)
    classification, determination = _classify(investigation, findings, charges)
    keys = tuple(charge.way for charge in convicted)
    guilty = [way for way in investigation.ways if way.key in keys]
    taken_over = determination == "compromisedAccount"
    compromised = _held(investigation, findings, guilty) if taken_over else ()
    return Verdict(
        classification=classification,
        determination=determination,
        confidence=_confidence(classification, investigation, convicted, findings),
        summary=summary(
            classification,
            determination,
            investigation,
            findings,
            guilty=guilty,
            compromised=compromised,
        ),
        findings=findings,
        weightiest=weightiest(classification, findings, keys, _BENIGN),
        changes_it=doubts(classification, investigation, findings, keys),
        suspicious=classification == "truePositive" or _calls_for_analyst(charges, findings),
        charges=charges,
        convicted=keys,
        compromised=compromised,
    )


def _charge(
    way: Way, investigation: Investigation, about: Sequence[Finding], anomaly: int
) -> Charge:
    suspicion = sum(finding.weight for finding in about)
    dishonest = (
        not investigation.case.gaps_of("list_inbox_rules")
        and bool(way.unapproved or _has(about, "rule_covers_tracks"))
        and _no_honest_purpose({finding.id for finding in about if finding.weight >= 0})
    )
    tied = any(suspicion >= least and anomaly >= tie for least, tie in _CONVICTING)
    return Charge(
        way=way.key,
        suspicion=suspicion,
        anomaly=anomaly,
        dishonest=dishonest,
        convicted=tied or dishonest,
    )


def _about(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """What is said of each way's rule, destination and history."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.family in _ABOUT_WAY:
            found.setdefault(finding.way, []).append(finding)
    return found


def _anomalies(findings: Iterable[Finding]) -> dict[str, int]:
    """The weight of the anomalies tied to each way's change; many of one kind count once."""
    heaviest: dict[str, dict[str, int]] = {}
    for finding in findings:
        for link in finding.links if finding.family in _ABOUT_ACTOR else ():
            tied = heaviest.setdefault(link.way, {})
            tied[finding.id] = max(finding.weight, tied.get(finding.id, 0))
    return {way: sum(tied.values()) for way, tied in heaviest.items()}


def _no_honest_purpose(ids: set[str]) -> bool:
    """Whether mail is copied out and hidden in a way for which nobody has an honest reason.

    A rule removes what comes from the very recipient of the copies; or it removes security notices
    it sends out; or it does so with mail about money, or with any mail, and is itself disguised.
    """
    removes = bool(ids & {"rule_deletes", "rule_hides_in_folder"})
    money = bool(ids & {"rule_payment_words", "rule_credential_words"})
    disguised = bool(ids & {"rule_hidden", "rule_nameless"})
    return (
        bool(ids & {"rule_covers_tracks", "rule_tracks_covered"})
        or (removes and "rule_security_words" in ids)
        or (removes and money and disguised)
        or (removes and "rule_hidden" in ids)
    )


def _classify(
    investigation: Investigation, findings: tuple[Finding, ...], charges: tuple[Charge, ...]
) -> tuple[Classification, Determination]:
    if any(charge.convicted for charge in charges):
        intruded = not investigation.case.sign_ins_complete or not is_quiet(investigation)
        tied = any(charge.convicted and charge.anomaly for charge in charges)
        return "truePositive", (
            "compromisedAccount" if intruded or tied else "maliciousUserActivity"
        )
    if investigation.case.missing_evidence:
        return "undetermined", "notEnoughDataToValidate"
    if _calls_for_analyst(charges, findings) or not _explained(investigation, findings):
        return "undetermined", "unknown"
    if any(way.present and _as_alerted(way, investigation) for way in investigation.ways):
        return "informationalExpectedActivity", "confirmedActivity"
    return "falsePositive", "notMalicious"


def _as_alerted(way: Way, investigation: Investigation) -> bool:
    """Whether there is what the alert speaks of: forwarding, and most mean to the outside."""
    kinds = {alert.kind for alert in investigation.case.indicators.alerts}
    anywhere = bool(way.destinations) and "forwardingRuleCreated" in kinds
    return bool(way.outside) or anywhere


def _calls_for_analyst(charges: Iterable[Charge], findings: Iterable[Finding]) -> bool:
    """Whether something is suspicious, though it may not be proven."""
    anomalous = any(f.family in _ABOUT_ACTOR and f.weight >= _ANOMALY for f in findings)
    alleged = any(f.family in _ABOUT_WAY and not f.way and f.weight >= SUSPECT for f in findings)
    return (
        anomalous
        or alleged
        or any(
            charge.suspect or (charge.suspicion > 0 and charge.anomaly >= _ANOMALY)
            for charge in charges
        )
    )


def _explained(investigation: Investigation, findings: Iterable[Finding]) -> bool:
    """Whether a benign reason covers every way out and every recipient that the alert names."""
    reasons = [finding for finding in findings if finding.id in _BENIGN]
    benign = {finding.way for finding in reasons}
    out = [way for way in investigation.ways if way.outside]
    if not reasons or any(way.key not in benign for way in out):
        return False
    covered = {address.lower() for way in out for address in way.outside}
    covered |= only_conditions(investigation)
    return all(_expected(address, covered, investigation) for address in _recipients(investigation))


def _recipients(investigation: Investigation) -> list[str]:
    return [address.lower() for address in investigation.case.indicators.recipients]


def _expected(address: str, covered: set[str], investigation: Investigation) -> bool:
    """Whether mail to a recipient is explained: a way found benign leads there, or it is approved,
    or it lies inside."""
    case = investigation.case
    if address in covered or case.organization is None:
        return address in covered
    approved = case.organization.approval(address, forwarder_name(case), case.as_of)
    return approved is not None or is_internal(address, case.organization.accepted_domains)


def _confidence(
    classification: Classification,
    investigation: Investigation,
    convicted: Iterable[Charge],
    findings: Iterable[Finding],
) -> Confidence:
    if classification == "undetermined":
        return "low"
    if classification != "truePositive":
        return "medium" if investigation.case.gaps else "high"
    ties = {
        (link.way, link.by) for finding in findings for link in finding.links if finding.weight > 0
    }
    for charge in convicted:
        firm = {(charge.way, tie) for tie in _FIRM} & ties
        if (firm and charge.anomaly >= _ANOMALY) or (charge.dishonest and charge.anomaly):
            return "high"
    return "medium"


def _held(
    investigation: Investigation, findings: Iterable[Finding], guilty: Sequence[Way]
) -> tuple[str, ...]:
    """Whoever set up what convicts, and whose sign-ins are tied to it firmly.

    The owner of a mailbox in which a delegate or an administrator acted is a victim.
    """
    keys = {way.key for way in guilty}
    tied = {
        finding.account
        for finding in findings
        for link in finding.links
        if finding.account and link.way in keys and link.by in _FIRM
    }
    subject = forwarder_subject(investigation.case)
    makers = {_maker(way, investigation.case) for way in guilty}
    owner = [subject] if subject in makers | tied else []
    return distinct(account for account in (*owner, *sorted(makers), *sorted(tied)) if account)


def _maker(way: Way, case: Case) -> str:
    """Who made a way what it is, as requests name the account.

    Where nobody knows, it is held to have been the owner; nobody owns a transport rule.
    """
    actor = way.change.actor if way.change and way.change.by_person else ""
    if actor and actor.lower() not in forwarder_names(case):
        return actor
    return forwarder_subject(case) if actor or not way.organization_wide else ""


def _has(findings: Iterable[Finding], identifier: str) -> bool:
    return any(finding.id == identifier for finding in findings)
