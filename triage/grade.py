"""The grade of an alert: the judgement, in the words that Defender and Sentinel take."""

from collections.abc import Iterable

from pydantic import JsonValue

from triage.case import Case
from triage.closing import (
    AlertClassification,
    IncidentClassification,
    alert_classification,
    incident_classification,
)
from triage.comment import comment
from triage.deeds import deeds
from triage.judgement import Judgement, judgement


class Grade(Judgement):
    """The answer of `grade_alert`."""

    comment: str
    """HTML for the incident, at most 30,000 characters."""
    alert_classification: AlertClassification
    incident_classification: IncidentClassification
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
        recipients=judged.recipients,
        actors=judged.actors,
        complete=not judged.gaps,
    )
