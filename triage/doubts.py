"""What evidence would change a verdict: what was not seen, and what only people can tell."""

from collections.abc import Iterator, Sequence

from triage.app_marks import suspects
from triage.case import CHANGES_HUNT, CaseGap
from triage.finding import Finding, Investigation
from triage.forwarder import forwarder_name
from triage.ways import Way
from triage.wording import listed, moment

_ANOMALY = 20
_FAMILIAR_REASONS = {
    "kept_in_shared_mailbox": "mail that leaves from the shared mailbox",
    "old_and_quiet": "a change of it, however small",
    "outlook_resync": "a record among them that names an action or a recipient",
    "only_files": "a change by which it sends mail on or hides it",
    "out_of_office": "a rule or a setting that sends mail on",
    "forwarding_only_cleared": "an earlier record that set the forwarding",
}
_TELLS = {
    "list_inbox_rules": ("The inbox rules", "a rule that hides or sends mail may stand there"),
    "list_sweep_rules": (
        "The sweep rules",
        "a rule that keeps one sender's mail from the owner may stand there",
    ),
    "get_mailbox_forwarding": ("The mailbox's forwarding", "the mailbox may forward"),
    "list_transport_rules": (
        "The transport rules",
        "a rule of the organisation may copy its mail out",
    ),
    "get_organization": (
        "The organisation's domains and approvals",
        "which addresses are inside, and which are approved, depends on it",
    ),
    "list_sign_ins": (
        "The sign-in log",
        "an unusual sign-in tied to the change would convict, quiet ones acquit",
    ),
    CHANGES_HUNT: (
        "The audit log of changes",
        "who changed what, when and from where, stands there",
    ),
}
"""What a source is, and what it would tell."""
_REASONS = {
    "forbidden": "access was refused",
    "license": "no licence for it",
    "lag": "it lags",
    "throttled": "Microsoft was too busy",
    "timeout": "no answer in time",
    "notAsked": "it was not asked",
    "unavailable": "it is not available",
    "unreadable": "its answer could not be relied on",
    "unresolved": "an address could not be resolved",
    "truncated": "there was more than could be read",
    "horizon": "it does not reach back far enough",
}


def doubts(
    classification: str,
    investigation: Investigation,
    findings: Sequence[Finding],
    convicted: Sequence[str],
) -> tuple[str, ...]:
    """In the order in which they help most.

    What an undecided case lacks is a source, where one is missing; a decided one has those that it
    needs, and people overturn it sooner than what a source may still add.
    """
    if classification == "truePositive":
        said = [*_alibis(investigation, findings, convicted), *_unseen(investigation.case.gaps)]
    elif classification == "undetermined":
        said = [
            *_unseen(investigation.case.missing_evidence),
            *_open_questions(investigation, findings),
        ]
    else:
        said = [*_turns(investigation, findings), *_unseen(investigation.case.gaps)]
    return tuple(dict.fromkeys(said))


def _unseen(gaps: Sequence[CaseGap]) -> Iterator[str]:
    """One line for each source that bears on the verdict, and one for all the others; which
    permission or licence is missing stands with the gaps.
    """
    by_source: dict[str, list[CaseGap]] = {}
    for gap in gaps:
        by_source.setdefault(gap.asked, []).append(gap)
    for asked, of_source in by_source.items():
        if asked in _TELLS:
            what, tells = _TELLS[asked]
            why = listed(map(_why, of_source), 3)
            yield f"{what} ({asked}), not seen in full ({why}): {tells}."
    if others := [asked for asked in by_source if asked not in _TELLS]:
        yield f"What else was not seen can only add to this: {listed(others, 4)}."


def _why(gap: CaseGap) -> str:
    if gap.fresh_until is not None:
        return f"complete until {moment(gap.fresh_until)}"
    return _REASONS.get(gap.reason, gap.reason)


def _alibis(
    investigation: Investigation, findings: Sequence[Finding], convicted: Sequence[str]
) -> Iterator[str]:
    """Whose word would overturn a conviction, on what."""
    guilty = [way for way in investigation.ways if way.key in convicted]
    actors = listed(way.change.actor for way in guilty if way.change and way.change.by_person)
    what = listed(way.label for way in guilty)
    yield (
        f"Word from {actors or forwarder_name(investigation.case) or 'the owner'}, over another "
        f"channel than mail, that they made {what} themselves, and why."
    )
    for finding in findings:
        if finding.account and finding.weight >= _ANOMALY and _links_to(finding, convicted):
            yield f"Proof that this was the user's own: {finding.sentence}"
            return


def _open_questions(investigation: Investigation, findings: Sequence[Finding]) -> Iterator[str]:
    """What would settle an undecided case: whose approval, whose word."""
    owner = forwarder_name(investigation.case) or "the owner"
    unapproved = listed(
        address for way in investigation.ways if way.present for address in way.unapproved
    )
    if unapproved:
        yield f"Somebody who answers for {unapproved}, on the list of approvals."
    for way in _questionable(investigation, findings):
        maker = way.change.actor if way.change and way.change.by_person else owner
        yield f"Word from {maker}, over another channel than mail, whether {way.label} is theirs."
    if any(finding.id == "sent_by_hand" for finding in findings):
        yield (
            f"Word from {owner}, and from whoever answers for such mail, whether it may be sent "
            "there."
        )
    for application in suspects(investigation):
        givers = listed(consent.actor for consent in application.consents)
        yield f"Word from {givers} how they came to give {application.label} access."
    for finding in findings:
        if finding.account and finding.weight >= _ANOMALY:
            yield f"Word from {finding.account}, over another channel, whether this was they: " + (
                finding.sentence
            )
            return


def _questionable(investigation: Investigation, findings: Sequence[Finding]) -> Iterator[Way]:
    """The ways about which anything was found that speaks against them."""
    accused = {finding.way for finding in findings if finding.weight > 0}
    for way in investigation.ways:
        if way.key in accused and (way.unapproved or way.hides):
            yield way


def _turns(investigation: Investigation, findings: Sequence[Finding]) -> Iterator[str]:
    """What would end an acquittal, by the reasons it rests on."""
    yield "An unusual sign-in tied to the change."
    ids = {finding.id for finding in findings if finding.weight < 0}
    for identifier, turn in _FAMILIAR_REASONS.items():
        if identifier in ids:
            yield f"{turn[0].upper()}{turn[1:]}."
    for way in investigation.ways:
        for approval in way.approvals:
            yield (
                f"The end of the approval of {approval.destination} by {approval.owner}, which "
                f"holds until {approval.until}."
            )


def _links_to(finding: Finding, keys: Sequence[str]) -> bool:
    return any(link.way in keys for link in finding.links)
