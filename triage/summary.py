"""The verdict in a sentence or two."""

from collections.abc import Iterable, Sequence

from triage import mail_flow
from triage.finding import Finding, Investigation
from triage.forwarder import forwarder_name, forwarder_names, forwarder_subject
from triage.ways import Way
from triage.wording import brief, listed

_ABOUT_ACTOR = ("identity", "admin")
_LONGEST = 260
"""Characters of one finding: what a summary quotes, the findings tell whole."""


def summary(
    classification: str,
    determination: str,
    investigation: Investigation,
    findings: Sequence[Finding],
    *,
    guilty: Sequence[Way],
    compromised: Sequence[str],
) -> str:
    """Says what it is and why, for somebody who reads nothing else."""
    who = forwarder_name(investigation.case) or "an account that the alert does not name"
    if classification == "truePositive":
        start = (
            _taken_over(investigation, guilty, compromised)
            if determination == "compromisedAccount"
            else _in_secret(investigation, guilty)
        )
        return f"{start}: {_deeds(guilty)}. {_weightiest(findings, guilty)}"
    if classification == "undetermined":
        return f"Not decided for {who}. {_open(investigation, findings)}"
    reasons = [finding.sentence for finding in findings if finding.weight < 0]
    start = (
        f"Expected forwarding of {who}."
        if classification == "informationalExpectedActivity"
        else f"No harmful forwarding of {who}."
    )
    return f"{start} {reasons[0]}" if reasons else start


def _by_hand(findings: Iterable[Finding]) -> list[str]:
    return [finding.sentence for finding in findings if finding.id == "sent_by_hand"]


def _taken_over(
    investigation: Investigation, guilty: Sequence[Way], compromised: Sequence[str]
) -> str:
    """Who is compromised, and, where that is somebody else, who suffers it."""
    case = investigation.case
    subject, name = forwarder_subject(case), forwarder_name(case)
    who = listed(name if account == subject else account for account in compromised)
    start = (
        f"The accounts {who} are compromised"
        if len(compromised) > 1
        else f"The account {who or 'that the alert does not name'} is compromised"
    )
    if subject in compromised or not name:
        return start
    # A transport rule takes everybody's mail, whomever the alert names.
    others = [mail_flow.other_forwarders(case, *way.outside) for way in guilty if way.kind == "ETR"]
    victims = listed([name, *(each for found in others for each in found)])
    return f"{start}, and mail of {victims} goes out"


def _in_secret(investigation: Investigation, guilty: Iterable[Way]) -> str:
    case = investigation.case
    owner = forwarder_name(case) or "an account that the alert does not name"
    own = forwarder_names(case)
    changes = [way.change for way in guilty if way.change]
    others = listed(c.actor for c in changes if c.by_person and c.actor.lower() not in own)
    if others:
        return f"{others} sends mail of {owner} out in secret"
    return f"The owner of {owner} or somebody with access sends mail out in secret"


def _deeds(guilty: Iterable[Way]) -> str:
    return listed(
        f"{way.label} {_verb(way)} mail{f' to {way.told(way.outside)}' if way.outside else ''}"
        f"{' and is gone since' if way.present is False else ''}"
        for way in guilty
    )


def _verb(way: Way) -> str:
    if way.present is False:
        return "sent" if way.outside else "hid"
    return "sends" if way.outside else "hides"


def _weightiest(findings: Iterable[Finding], guilty: Sequence[Way]) -> str:
    """The anomaly tied most heavily to the change, else the weightiest thing about the rule."""
    keys = {way.key for way in guilty}
    tied = [
        finding
        for finding in findings
        if finding.family in _ABOUT_ACTOR and keys & {link.way for link in finding.links}
    ]
    about = [finding for finding in findings if finding.way in keys and finding.weight > 0]
    heaviest = max(tied or about, key=lambda finding: finding.weight, default=None)
    return brief(heaviest.sentence, _LONGEST) if heaviest else ""


def _open(investigation: Investigation, findings: Sequence[Finding]) -> str:
    missing = investigation.case.missing_evidence
    suspicion = next((f.sentence for f in findings if f.weight > 0 and f.way), "")
    unseen = listed((f"{gap.source} ({gap.reason})" for gap in missing), 3)
    consents = (f.sentence for f in findings if f.id == "app_consent")
    access = brief(next(consents, ""), _LONGEST)
    if missing:
        return " ".join(part for part in (suspicion, access, f"Not seen: {unseen}.") if part)
    if access:
        return f"{suspicion} {access}".strip()
    if suspicion:
        return f"{suspicion} {_short_of_proof(findings)}"
    if by_hand := _by_hand(findings):
        return f"{' '.join(by_hand)} Whether it may go there is for people to say, not for logs."
    return "Nothing found explains the alert, and nothing found confirms it."


def _short_of_proof(findings: Iterable[Finding]) -> str:
    """What is unusual about the account and tied to a change, though it does not convict."""
    tied = (f for f in findings if f.family in _ABOUT_ACTOR and f.links and f.weight > 0)
    heaviest = max(tied, key=lambda finding: finding.weight, default=None)
    if heaviest is None:
        return "Nothing unusual about the account is tied to it."
    return f"Tied to it, and no proof by itself: {brief(heaviest.sentence, _LONGEST)}"
