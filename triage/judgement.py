"""What is known and thought of an alert, before it is put into words for an incident."""

from evidence.model import Evidence
from evidence.reading import distinct
from triage.case import Case, CaseGap
from triage.finding import Investigation, investigate
from triage.findings import find
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
        actors=investigation.actors[:_MOST_ACTORS],
    )


def _recipients(investigation: Investigation) -> tuple[str, ...]:
    outside = (address for way in investigation.ways for address in way.unapproved)
    return distinct([*investigation.case.indicators.recipients, *outside])
