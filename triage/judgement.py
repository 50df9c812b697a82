"""What is known and thought of an alert, before it is put into words for an incident."""

from evidence.model import Evidence
from triage.case import Case, CaseGap
from triage.finding import investigate
from triage.findings import find
from triage.plan import Plan, plan
from triage.questions import Answer, ask
from triage.timeline import Entry, timeline
from triage.verdict import Verdict, judge


class Judgement(Evidence):
    """The verdict with everything that belongs to it."""

    verdict: Verdict
    questions: tuple[Answer, ...]
    plan: Plan
    timeline: tuple[Entry, ...]
    gaps: tuple[CaseGap, ...]


def judgement(case: Case) -> Judgement:
    """Investigates a case and judges it."""
    investigation = investigate(case)
    findings = find(investigation)
    verdict = judge(investigation, findings)
    return Judgement(
        verdict=verdict,
        questions=ask(investigation, findings),
        plan=plan(investigation, verdict),
        timeline=timeline(investigation, findings),
        gaps=case.gaps,
    )
