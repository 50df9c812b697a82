"""The grade of an alert: the judgement, in the words that Defender and Sentinel take."""

from collections.abc import Iterable

from pydantic import JsonValue

from evidence.addresses import smtp_address
from evidence.reading import distinct
from triage.case import Case
from triage.closing import (
    AlertClassification,
    IncidentClassification,
    alert_classification,
    incident_classification,
)
from triage.comment import comment
from triage.deeds import deeds
from triage.finding import investigate
from triage.forwarder import forwarder_names
from triage.judgement import Judgement, judgement

_MOST_ACTORS = 20


class Grade(Judgement):
    """The answer of `grade_alert`."""

    comment: str
    """HTML for the incident, at most 30,000 characters."""
    alert_classification: AlertClassification
    incident_classification: IncidentClassification
    recipients: tuple[str, ...]
    """Whom to look for elsewhere: those the alert names, and where unapproved mail goes."""
    actors: tuple[str, ...]
    """Who else set up a way out or hides mail: whose sign-ins and risk bear on the verdict."""
    complete: bool
    """Whether nothing that was asked for stayed unseen."""


def grade(case: Case, done: Iterable[JsonValue] = ()) -> Grade:
    """Grades a case; whatever is missing from it, this never fails.

    `done` are the answers of changes made since, for the comment to tell of.
    """
    judged = judgement(case)
    named = bool(case.indicators.recipients)
    return Grade(
        verdict=judged.verdict,
        questions=judged.questions,
        plan=judged.plan,
        timeline=judged.timeline,
        gaps=judged.gaps,
        comment=comment(judged, deeds(done)),
        alert_classification=alert_classification(judged.verdict),
        incident_classification=incident_classification(judged.verdict, recipients_named=named),
        recipients=_recipients(case),
        actors=_actors(case),
        complete=not case.gaps,
    )


def _actors(case: Case) -> tuple[str, ...]:
    """The records of changes come from anywhere; whoever is no account cannot be asked about."""
    own = forwarder_names(case)
    actors = (change.actor for _, change in investigate(case).way_changes())
    others = (a for a in actors if smtp_address(a) == a.lower() and a.lower() not in own)
    return distinct(others)[:_MOST_ACTORS]


def _recipients(case: Case) -> tuple[str, ...]:
    outside = (address for way in investigate(case).ways for address in way.unapproved)
    return distinct([*case.indicators.recipients, *outside])
