"""Other mailboxes that the same hand may have reached, each with a plan of its own."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pydantic import JsonValue

from evidence.forwarder import ForwarderFound
from evidence.indicators import Account, Indicators
from evidence.model import Evidence
from triage.case import Case, case_from_answers
from triage.finding import Investigation, investigate
from triage.findings import find
from triage.mail_flow import others_found
from triage.plan import Plan, Step, plan, stop
from triage.verdict import Classification, judge
from triage.wording import listed


class AffectedMailbox(Evidence):
    """One of them, and what its own rules and forwarding say."""

    mailbox: str
    why: ForwarderFound
    """What it has in common with the alert."""
    classification: Classification
    """By its rules, forwarding and changes alone: nobody's sign-ins were read for it."""
    summary: str
    plan: Plan
    complete: bool
    """Whether its rules and forwarding were seen."""


def others(case: Case) -> tuple[ForwarderFound, ...]:
    """The mailboxes besides the forwarder's, those with the most forwarded mail first."""
    # What a person sent by hand is no sign of the same hand, and a transport rule is in no mailbox.
    return tuple(each for each in others_found(case) if each.forwards)


def affected(
    found: ForwarderFound,
    as_of: datetime,
    answers: Sequence[JsonValue],
    hostile: Collection[str],
) -> AffectedMailbox:
    """Judges another mailbox by what its own reads answered.

    `hostile` are the addresses, lower-cased, to which the alert's verdict found mail being stolen:
    what leads there is stopped here, too, however old it is.
    """
    account = Account(
        user_principal_name=found.mailbox if "@" in found.mailbox else None,
        object_id=found.object_id or None,
        display_name=found.name or None,
    )
    indicators = Indicators(
        title=f"The same destination, rule or address as another mailbox: {found.mailbox}",
        forwarder=account,
        recipients=found.recipients,
    )
    case = case_from_answers(as_of, indicators, answers)
    investigation = investigate(case)
    verdict = judge(investigation, find(investigation))
    own = plan(investigation, verdict)
    known = {(step.action, step.target) for step in (*own.reflex, *own.contain)}
    further = (
        step
        for step in _stops(investigation, found.mailbox, hostile)
        if (step.action, step.target) not in known
    )
    return AffectedMailbox(
        mailbox=found.mailbox,
        why=found,
        classification=verdict.classification,
        summary=verdict.summary,
        plan=own.model_copy(
            update={
                "contain": (*own.contain, *further),
                "by_hand": (*own.by_hand, _triage(found.mailbox)),
            }
        ),
        complete=case.rules_complete,
    )


def unread(found: ForwarderFound, why: str) -> AffectedMailbox:
    """For one of which nothing was read: triage it by itself."""
    return AffectedMailbox(
        mailbox=found.mailbox,
        why=found,
        classification="undetermined",
        summary=why,
        plan=Plan(by_hand=(_triage(found.mailbox),)),
        complete=False,
    )


def _stops(investigation: Investigation, owner: str, hostile: Collection[str]) -> list[Step]:
    """What stops each way that leads where mail is being stolen."""
    return [
        stop(way, f"It leads to {listed(led)}, where the alert's mail was stolen to.", owner)
        for way in investigation.ways
        if way.active and way.present and not way.organization_wide and not way.by_hand_only
        if (led := [address for address in way.unapproved if address.lower() in hostile])
    ]


def _triage(mailbox: str) -> str:
    return (
        f"Call triage_mailbox for {mailbox}: who set up what is there is not judged here, because "
        "its sign-ins were not read."
    )
