"""Build a report of an alert: one HTML page that loads nothing, and the incident's comment."""

from pydantic import Field

from actions.catalog import Effect, action
from actions.grading import JudgeRequest, case_of, judged
from evidence.model import Evidence
from triage.grade import grade


class BuildReport(JudgeRequest):
    """What grade_alert is asked with, and what the page is to be called."""

    title: str = Field(
        default="", max_length=300, description="By default the title of the incident"
    )


class Report(Evidence):
    """The answer of `build_report`."""

    html: str
    """A whole page: it runs no script, loads nothing, and shows whatever stood in the tenant."""
    comment: str
    """HTML for the incident, at most 30,000 characters."""


@action(effect=Effect.JUDGE, techniques=["T1114.003", "T1564.008", "T1098.002"])
async def build_report(request: BuildReport) -> Report:
    """Grades as grade_alert does, and shows the verdict with everything that it rests on."""
    return await judged(_report, request)


def _report(request: BuildReport) -> Report:
    # A worker that has just started is waited for, and need not load what draws pages.
    from triage.report import report  # noqa: PLC0415

    case = case_of(request)
    graded = grade(case, request.changes)
    page = report(case, graded, title=request.title)
    return Report(html=page, comment=graded.comment)
