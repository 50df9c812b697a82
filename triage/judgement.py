"""What is known and thought of an alert, before it is put into words for an incident."""

from evidence.model import Evidence
from evidence.reading import distinct
from triage.account import accounts
from triage.case import Case, CaseGap
from triage.finding import Investigation, investigate
from triage.findings import find
from triage.links import usual_addresses
from triage.plan import Plan, plan
from triage.questions import Answer, ask
from triage.timeline import Entry, timeline
from triage.verdict import Verdict, judge

_MOST_ACTORS = 20
"""Of whom a playbook is to ask; that nothing was read of the others is a gap."""


class Judgement(Evidence):
    """The verdict with everything that belongs to it."""

    verdict: Verdict
    questions: tuple[Answer, ...]
    plan: Plan
    timeline: tuple[Entry, ...]
    gaps: tuple[CaseGap, ...]
    recipients: tuple[str, ...]
    """Whom to look for elsewhere: those the alert names, and where unapproved mail goes."""
    addresses: tuple[str, ...]
    """Network addresses to look for elsewhere: from which a way out was set up, and which none of
    the accounts has long used."""
    actors: tuple[str, ...]
    """Who else set up a way out or hides mail: whose sign-ins and risk bear on the verdict."""


def judgement(case: Case) -> Judgement:
    """Investigates a case and judges it."""
    investigation = investigate(case)
    findings = find(investigation)
    verdict = judge(investigation, findings)
    return Judgement(
        verdict=verdict,
        questions=ask(investigation, findings, verdict),
        plan=plan(investigation, verdict),
        timeline=timeline(investigation, findings),
        gaps=investigation.case.gaps,
        recipients=_recipients(investigation),
        addresses=_addresses(investigation),
        actors=investigation.actors[:_MOST_ACTORS],
    )


def _recipients(investigation: Investigation) -> tuple[str, ...]:
    outside = (address for way in investigation.ways for address in way.unapproved)
    return distinct([*investigation.case.indicators.recipients, *outside])


def _addresses(investigation: Investigation) -> tuple[str, ...]:
    usual = usual_addresses(accounts(investigation.case))
    return distinct(
        change.ip_address
        for way, change in investigation.way_changes()
        if change.ip_address and change.ip_address not in usual
        if way.unapproved or not way.outside
    )
