"""Ask a person whether changes may be made, and tell a waiting playbook the answer."""

import html
import uuid
from datetime import UTC, datetime, timedelta

from pydantic import Field, ValidationError, model_validator

from actions.catalog import Effect, Undo, action, catalog
from actions.change import Change, Changes, Proposal
from actions.needs import azure
from actions.policy import Policy
from actions.problem import Problem, bad_field
from actions.requests import ChangeRequest, Identifier, Request
from evidence.model import JsonObject
from ledger.model import Approval, ApprovedStep
from microsoft365.callbacks import is_callback
from microsoft365.sentinel import COMMENT_LIMIT, is_arm_id
from microsoft365.tenant import Tenant

_MORE = "<p>… and more; the request itself has them all.</p>"
_NOBODY_TOLD = "The incident is not one of Sentinel's, so the question stands in no comment."


class RequestedStep(Request):
    """A change to approve, as the plan of grade_alert names it."""

    action: Identifier
    request: JsonObject = Field(
        description="Its request without incident, reason, dryRun and approval"
    )
    target: str = Field(default="", max_length=1000)
    why: str = Field(default="", max_length=2000)
    route: str = Field(default="", max_length=100)


class RequestApproval(ChangeRequest):
    """What to approve, until when, and whom to tell."""

    steps: list[RequestedStep] = Field(min_length=1, max_length=50)
    callback_url: str = Field(
        default="", max_length=4096, description="listCallbackUrl() of a Logic App's webhook action"
    )
    expires_in_minutes: int = Field(default=240, ge=5, le=10_080)

    @property
    def recorded(self) -> JsonObject:
        """Whoever has the callback URL can answer: only the approval itself keeps it."""
        return {name: value for name, value in self.change.items() if name != "callbackUrl"}

    @model_validator(mode="after")
    def _known_actions(self) -> "RequestApproval":
        for step in self.steps:
            if step.action not in catalog():
                raise ValueError(f"steps: {step.action} is not an action")
        return self


@action(
    effect=Effect.RECORD,
    needs=[azure("Microsoft Sentinel Responder", optional=True)],
    undo=Undo.NONE,
)
async def request_approval(
    request: RequestApproval, tenant: Tenant, changes: Changes, policy: Policy
) -> Change:
    """The question stands in the incident's comments, with its id; no answer means no.

    With a callback URL, a question that is refused or only planned is an error, 409: a playbook
    would wait for an answer that can never come.
    """
    if request.callback_url and not is_callback(request.callback_url, loopback=policy.loopback):
        raise bad_field("callbackUrl", "must be a callback URL of Azure Logic Apps")
    now = datetime.now(UTC)
    if await changes.ledger.asked(changes.key, now) and (earlier := await changes.earlier()):
        return earlier
    approval = Approval(
        id=uuid.uuid4().hex,
        key=changes.key,
        incident=request.incident,
        reason=request.reason,
        steps=tuple(_step(index, step) for index, step in enumerate(request.steps)),
        callback_url=request.callback_url or None,
        requested_at=now,
        expires_at=now + timedelta(minutes=request.expires_in_minutes),
    )

    async def apply() -> JsonObject:
        asked = await changes.ledger.ask(approval)
        if is_arm_id(request.incident):
            await tenant.sentinel.comment(request.incident, _question(asked), asked.id)
        return {"approval": asked.id, "expiresAt": asked.expires_at.isoformat()}

    told = () if is_arm_id(request.incident) else (_NOBODY_TOLD,)
    asking = await changes.make(
        Proposal(
            target=f"approval of {len(request.steps)} changes",
            before={},
            after={"status": "pending"},
            apply=apply,
            warnings=told,
        )
    )
    if request.callback_url and not request.dry_run and asking.status in ("refused", "planned"):
        detail = asking.refusal.detail if asking.refusal else "Mailwarden only plans (DRY_RUN)."
        raise Problem(409, "Nobody was asked", detail)
    return asking


def _step(index: int, step: RequestedStep) -> ApprovedStep:
    """The step with its request in the form in which its action will read it."""
    kind = catalog()[step.action].request
    if not issubclass(kind, ChangeRequest):
        raise bad_field(f"steps.{index}.action", f"{step.action} needs no approval")
    whoever: JsonObject = {"incident": "any", "reason": "any"}
    try:
        read = kind.model_validate({**step.request, **whoever})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise bad_field(f"steps.{index}.request.{where}", first["msg"]) from error
    return ApprovedStep(action=step.action, request=read.change, target=step.target, why=step.why)


def _question(approval: Approval) -> str:
    """The comment: how to answer comes first, so that no list can push it out of the limit."""
    text = (
        f"<h3>Mailwarden asks for approval</h3><p>{html.escape(approval.reason)}</p>"
        f"<p>Answer until {approval.expires_at:%Y-%m-%d %H:%M} UTC with <b>answer_approval</b>,"
        f" approval <b>{approval.id}</b>. No answer means no.</p>"
    )
    for step in approval.steps:
        row = f"<p><b>{step.action}</b> {html.escape(step.target)}. {html.escape(step.why)}</p>"
        if len(text) + len(row) > COMMENT_LIMIT - len(_MORE):
            return text + _MORE
        text += row
    return text
