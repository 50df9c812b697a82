"""Write an alert's classification and determination into Defender XDR."""

from typing import Literal

from msgraph.generated.models.security.alert_classification import AlertClassification
from msgraph.generated.models.security.alert_determination import AlertDetermination
from msgraph.generated.models.security.alert_status import AlertStatus
from pydantic import Field

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Inverse, Proposal
from actions.needs import Graph
from actions.requests import ChangeRequest, Identifier
from evidence.alert_grade import Classification, Determination
from evidence.model import JsonObject
from evidence.reading import text
from microsoft365.alerts import read_alert, write_alert
from microsoft365.tenant import Tenant


class ClassifyAlert(ChangeRequest):
    """The alert and its grade, in Graph's words (Graph: alert resource type)."""

    alert: Identifier = Field(description="Its id in Defender XDR (alerts_v2)")
    classification: Classification
    determination: Determination
    status: Literal["unchanged", "new", "inProgress", "resolved"] = "unchanged"


@action(
    effect=Effect.RECORD,
    needs=[Graph.SECURITY_ALERT_READ_WRITE.need],
    undo=Undo.EXACT,
)
async def classify_alert(request: ClassifyAlert, tenant: Tenant, changes: Changes) -> Change:
    """The former grade is kept, so that the alert can be graded back."""
    before = _grade(await read_alert(tenant, request.alert))
    keeps_status = request.status == "unchanged"
    after: JsonObject = {
        "classification": request.classification,
        "determination": request.determination,
        "status": before["status"] if keeps_status else request.status,
    }

    async def apply() -> None:
        await write_alert(
            tenant,
            request.alert,
            classification=AlertClassification(request.classification),
            determination=AlertDetermination(request.determination),
            status=None if keeps_status else AlertStatus(request.status),
        )

    back: JsonObject = {**before, "status": "unchanged"} if keeps_status else before
    return await changes.make(
        Proposal(
            target=f"alert {request.alert}",
            before=before,
            after=after,
            already=before == after,
            apply=apply,
            undo=lambda _: Inverse(
                action="classify_alert", request={"alert": request.alert, **back}
            ),
        )
    )


def _grade(alert: JsonObject) -> JsonObject:
    return {
        "classification": text(alert, "classification") or "unknown",
        "determination": text(alert, "determination") or "unknown",
        "status": text(alert, "status") or "new",
    }
