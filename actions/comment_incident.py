"""Write a comment on an incident, in Sentinel or in Defender XDR."""

from typing import Annotated

from pydantic import Field, StringConstraints

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Proposal
from actions.needs import Graph, azure
from actions.problem import bad_field
from actions.requests import ChangeRequest
from evidence.model import JsonObject
from evidence.reading import objects, text
from microsoft365.alerts import comment_on_incident, read_incident
from microsoft365.sentinel import COMMENT_LIMIT, is_arm_id
from microsoft365.tenant import Tenant


class CommentIncident(ChangeRequest):
    """What to write."""

    message: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=COMMENT_LIMIT)
    ] = Field(description="HTML, as grade_alert makes it")


@action(
    effect=Effect.RECORD,
    needs=[azure("Microsoft Sentinel Responder"), Graph.SECURITY_INCIDENT_READ_WRITE.wish],
    undo=Undo.NONE,
)
async def comment_incident(request: CommentIncident, tenant: Tenant, changes: Changes) -> Change:
    """The same comment is written once, however often it is sent."""
    in_sentinel = is_arm_id(request.incident)
    if not in_sentinel and not request.incident.isdigit():
        raise bad_field("incident", "must be an ARM id of Sentinel or an id of Defender XDR")
    # Seeing the incident first makes a wrong id an error of this request, not of the ledger.
    if in_sentinel:
        incident = await tenant.sentinel.incident(request.incident)
    else:
        incident = await read_incident(tenant, request.incident)

    async def apply() -> None:
        if in_sentinel:
            await tenant.sentinel.comment(request.incident, request.message, changes.key)
        else:
            await comment_on_incident(tenant, request.incident, request.message)

    async def seen(_: JsonObject) -> JsonObject | None:
        if in_sentinel:
            written = await tenant.sentinel.has_comment(request.incident, changes.key)
        else:
            comments = objects(incident, "comments")
            written = any(text(each, "comment") == request.message for each in comments)
        return {} if written else None

    return await changes.make(
        Proposal(
            target=f"comments of incident {request.incident}",
            before={},
            after={"comment": request.message},
            once=True,
            seen=seen,
            apply=apply,
        )
    )
