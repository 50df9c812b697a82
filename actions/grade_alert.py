"""Grade an alert from what the reads answered: verdict, findings, questions, plan, comment."""

from pydantic import Field, JsonValue

from actions.catalog import Effect, action
from actions.grading import JudgeRequest, case_of, judged
from triage.grade import Grade, grade


class GradeAlert(JudgeRequest):
    """The answers as they stand, gaps and failures included."""

    earlier: JsonValue = Field(
        default=None,
        description="The result of the grade that the incident was told of last: unless the "
        "verdict is another since, the comment then tells only what is new",
    )


@action(effect=Effect.JUDGE, techniques=["T1114.003", "T1564.008", "T1098.002"])
async def grade_alert(request: GradeAlert) -> Grade:
    """What was not seen makes the verdict undetermined, never benign."""
    return await judged(_grade, request)


def _grade(request: GradeAlert) -> Grade:
    return grade(case_of(request), request.changes, request.earlier)
