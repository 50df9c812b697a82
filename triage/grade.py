"""The grade of an alert: the judgement, in the words that Defender and Sentinel take."""

from collections.abc import Iterable

from pydantic import JsonValue, ValidationError

from triage.case import Case
from triage.closing import (
    AlertClassification,
    IncidentClassification,
    alert_classification,
    incident_classification,
)
from triage.comment import comment, update
from triage.deeds import Deed, deeds
from triage.judgement import Judgement, judgement


class Grade(Judgement):
    """The answer of `grade_alert`."""

    comment: str
    """HTML for the incident, at most 30,000 characters."""
    alert_classification: AlertClassification
    incident_classification: IncidentClassification
    complete: bool
    """Whether nothing that was asked for stayed unseen."""
    grade_again: bool
    """Undetermined, and a log that bears on it lags (`gaps`, `freshUntil`): read and grade once
    more when it has caught up."""
    done: tuple[Deed, ...] = ()
    """The changes of which the comment knows."""


def grade(case: Case, done: Iterable[JsonValue] = (), earlier: JsonValue = None) -> Grade:
    """Grades a case; whatever is missing from it, this never fails.

    `done` are the answers of changes made since, for the comment to tell of. `earlier` is the
    grade, as it was answered, of which the incident's last comment tells: unless the verdict is
    another since, the comment then tells what is new and no more.
    """
    judged = judgement(case)
    made = deeds(done)
    told = _told(earlier)
    undetermined = judged.verdict.classification == "undetermined"
    named = bool(case.indicators.recipients)
    return Grade(
        verdict=judged.verdict,
        questions=judged.questions,
        plan=judged.plan,
        timeline=judged.timeline,
        gaps=judged.gaps,
        comment=comment(judged, made) if told is None else update(judged, made, told, told.done),
        alert_classification=alert_classification(judged.verdict),
        incident_classification=incident_classification(judged.verdict, recipients_named=named),
        recipients=judged.recipients,
        addresses=judged.addresses,
        actors=judged.actors,
        complete=not judged.gaps,
        grade_again=undetermined and case.lags,
        done=made,
    )


def _told(earlier: JsonValue) -> Grade | None:
    """The grade that was told of; None for none, and for one that cannot be read."""
    try:
        return Grade.model_validate(earlier) if earlier else None
    except ValidationError:
        return None
