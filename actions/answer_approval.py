"""Say yes or no to a request_approval."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from actions.caller import Role
from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Proposal
from actions.problem import Problem
from actions.requests import ChangeRequest, Identifier
from evidence.model import JsonObject
from ledger.model import Approval
from microsoft365.errors import MicrosoftError, Unavailable
from microsoft365.tenant import Tenant


class AnswerApproval(ChangeRequest):
    """Which question, and the answer. `reason` says why."""

    question: Identifier = Field(description="The id that request_approval gave")
    decision: Literal["approve", "reject"]


@action(effect=Effect.RECORD, undo=Undo.NONE, role=Role.APPROVE)
async def answer_approval(request: AnswerApproval, tenant: Tenant, changes: Changes) -> Change:
    """The first answer counts. A playbook that waits for it is told at once."""
    asked = await changes.ledger.approval(request.question)
    if asked is None or asked.incident.lower() != request.incident.lower():
        raise Problem(404, "Not found", "The incident has no such request for approval")
    now = datetime.now(UTC)
    if asked.status == "pending" and now >= asked.expires_at:
        raise Problem(409, "Expired", f"It expired at {asked.expires_at:%Y-%m-%d %H:%M} UTC")
    wanted = "approved" if request.decision == "approve" else "rejected"
    # An answer that was recorded but did not reach the playbook may be given again.
    untold = asked.status == wanted and await changes.earlier() is None
    decided = asked.model_copy(
        update={
            "status": wanted,
            "decided_at": now,
            "decided_by": changes.caller.name,
            "comment": request.reason,
        }
    )

    async def apply() -> JsonObject:
        recorded = await changes.ledger.decide(decided)
        await _tell(tenant, recorded)
        return {"status": recorded.status, "decidedBy": recorded.decided_by}

    return await changes.make(
        Proposal(
            target=f"approval {asked.id}",
            before={"status": asked.status},
            after={"status": wanted},
            already=asked.status != "pending" and not untold,
            apply=apply,
            warnings=(_answered(asked),) if asked.status not in ("pending", wanted) else (),
        )
    )


def _answered(asked: Approval) -> str:
    when = f" on {asked.decided_at:%Y-%m-%d %H:%M} UTC" if asked.decided_at else ""
    return f"It was {asked.status} by {asked.decided_by}{when}; the first answer counts."


async def _tell(tenant: Tenant, answered: Approval) -> None:
    if answered.callback_url:
        body: JsonObject = {
            "approval": answered.id,
            "status": answered.status,
            "decidedBy": answered.decided_by,
            "comment": answered.comment,
        }
        try:
            await tenant.call_back(answered.callback_url, body)
        except MicrosoftError as error:
            message = f"the answer is recorded, but the playbook was not told: {error.message}"
            raise Unavailable(error.service, error.status, error.code, message) from error
