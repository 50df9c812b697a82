"""The verdict in a sentence or two, and what evidence would change it."""

from collections.abc import Iterable, Sequence

from triage import mail_flow
from triage.finding import Finding, Investigation
from triage.forwarder import forwarder_name, forwarder_names, forwarder_subject
from triage.ways import Way
from triage.wording import listed

_ABOUT_ACTOR = ("identity", "admin")


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
    if classification == "undetermined" and _by_hand(findings):
        people.append(
            f"Word from {forwarder_name(case)}, and from whoever answers for such mail, "
            "whether it may be sent there."
        )
    if classification == "truePositive":
        actors = listed(way.change.actor for way in investigation.ways if way.change)
        people.append(
            f"Word from {actors or 'the owner'}, over another channel than mail, "
            "that the change was their own."
        )
    if classification in ("falsePositive", "informationalExpectedActivity"):
        shared = any(finding.id == "kept_in_shared_mailbox" for finding in findings)
        end = "mail that leaves from the shared mailbox" if shared else "the end of its approval"
        people.append(f"An unusual sign-in tied to the change, or {end}.")
    return tuple(dict.fromkeys([*gaps, *people]))


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
    return heaviest.sentence if heaviest else ""


def _open(investigation: Investigation, findings: Sequence[Finding]) -> str:
    missing = investigation.case.missing_evidence
    suspicion = next((f.sentence for f in findings if f.weight > 0 and f.way), "")
    unseen = listed((f"{gap.source} ({gap.reason})" for gap in missing), 3)
    access = next((f.sentence for f in findings if f.id == "app_consent"), "")
    if missing:
        return " ".join(part for part in (suspicion, access, f"Not seen: {unseen}.") if part)
    if access:
        return f"{suspicion} {access}".strip()
    if suspicion:
        return f"{suspicion} Nothing unusual about the account is tied to it."
    if by_hand := _by_hand(findings):
        return f"{' '.join(by_hand)} Whether it may go there is for people to say, not for logs."
    return "Nothing found explains the alert, and nothing found confirms it."
