"""The verdict in a sentence or two, and what evidence would change it."""

from collections.abc import Iterable, Sequence

from triage.finding import Finding, Investigation
from triage.forwarder import forwarder_name
from triage.ways import Way
from triage.wording import listed

_ABOUT_ACTOR = ("identity", "admin")


def summary(
    classification: str,
    determination: str,
    investigation: Investigation,
    findings: Sequence[Finding],
    guilty: Sequence[Way],
) -> str:
    """Says what it is and why, for somebody who reads nothing else."""
    who = forwarder_name(investigation.case) or "an account that the alert does not name"
    if classification == "truePositive":
        start = (
            f"The account {who} is compromised"
            if determination == "compromisedAccount"
            else f"The owner of {who} or somebody with access sends mail out in secret"
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


def what_would_change_it(
    classification: str, investigation: Investigation, findings: Sequence[Finding]
) -> tuple[str, ...]:
    """The missing sources first, then what only people can tell."""
    case = investigation.case
    gaps = [
        gap.in_words
        for gap in (case.missing_evidence if classification == "undetermined" else case.gaps)
    ]
    unapproved = listed(
        address for way in investigation.ways if way.present for address in way.unapproved
    )
    people: list[str] = []
    if unapproved and classification == "undetermined":
        people.append(f"Somebody who answers for {unapproved}, on the list of approvals.")
    if classification == "truePositive":
        actors = listed(way.change.actor for way in investigation.ways if way.change)
        people.append(
            f"Word from {actors or 'the owner'}, over another channel than mail, "
            "that the change was their own."
        )
    if classification in ("falsePositive", "informationalExpectedActivity"):
        people.append("An unusual sign-in tied to the change, or the end of its approval.")
    return tuple(dict.fromkeys([*gaps, *people]))


def _deeds(guilty: Iterable[Way]) -> str:
    return listed(
        f"{way.label} sends mail to {listed(way.outside)}"
        if way.outside
        else f"{way.label} hides mail"
        for way in guilty
    )


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
    return heaviest.sentence if heaviest else ""


def _open(investigation: Investigation, findings: Sequence[Finding]) -> str:
    missing = investigation.case.missing_evidence
    suspicion = next((f.sentence for f in findings if f.weight > 0 and f.way), "")
    unseen = listed((f"{gap.source} ({gap.reason})" for gap in missing), 3)
    if missing:
        return f"{suspicion} Not seen: {unseen}.".strip()
    if suspicion:
        return f"{suspicion} Nothing unusual about the account is tied to it."
    return "Nothing found explains the alert, and nothing found confirms it."
