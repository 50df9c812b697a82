"""Grade an alert from what the reads answered: verdict, findings, questions, plan, comment."""

from pydantic import Field, JsonValue, ValidationError

from actions.catalog import Effect, action
from actions.problem import bad_field
from actions.requests import Moment, Request
from evidence.indicators import Indicators
from evidence.model import JsonObject
from triage.case import case_from_answers
from triage.grade import Grade, grade


class GradeAlert(Request):
    """The answers as they stand, gaps and failures included."""

    as_of: Moment = Field(description="The moment of the alert")
    indicators: JsonObject = Field(description="The result of parse_incident")
    answers: list[JsonValue] = Field(
        default_factory=list[JsonValue],
        max_length=200,
        description="What the reads answered, each as it came; null for one that failed",
    )
    changes: list[JsonValue] = Field(
        default_factory=list[JsonValue],
        max_length=200,
        description="What changes answered since, each as it came: the comment tells of them",
    )


@action(effect=Effect.JUDGE, techniques=["T1114.003", "T1564.008", "T1098.002"])
async def grade_alert(request: GradeAlert) -> Grade:
    """What was not seen makes the verdict undetermined, never benign."""
    try:
        indicators = Indicators.model_validate(request.indicators)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise bad_field(f"indicators.{field}", error.errors()[0]["msg"]) from error
    case = case_from_answers(request.as_of, indicators, request.answers)
    return grade(case, request.changes)
