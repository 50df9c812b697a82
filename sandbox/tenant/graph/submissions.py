"""Reporting a message to Microsoft (Create and List emailThreatSubmissions, beta only)."""

import re
from typing import Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.graph.bodies import refused_body
from sandbox.tenant.graph.messages import StoredMessage, stored_messages
from sandbox.tenant.odata import (
    body_of,
    context_url,
    filtered,
    page,
    page_size,
    refuse_unknown_options,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_text, by_time
from sandbox.tenant.state import Change, TenantState
from sandbox.tenant.submission import Submission, SubmissionCategory
from sandbox.tenant.times import iso

# The reference writes the type without `security.`, the metadata with it.
_BY_URL = (
    "#microsoft.graph.emailUrlThreatSubmission",
    "#microsoft.graph.security.emailUrlThreatSubmission",
)
_MESSAGE_URL = re.compile(
    r"^https?://[^/]+/(?:v1\.0|beta)/users/(?P<user>[^/]+)/messages/(?P<id>[^/]+)$"
)
_SUBMISSION = Resource(
    "microsoft.graph.security.emailThreatSubmission",
    (
        "category clientSource contentType createdBy createdDateTime id internetMessageId "
        "originalCategory receivedDateTime recipientEmailAddress result sender senderIP source "
        "status subject tenantId"
    ).split(),
    # The reference says only that $filter is supported.
    filters={
        "category": by_text("eq"),
        "createdDateTime": by_time("eq", "ge", "le", "gt", "lt"),
        "internetMessageId": by_text("eq"),
        "recipientEmailAddress": by_text("eq"),
        "status": by_text("eq"),
    },
)


class UrlSubmission(BaseModel):
    """A report of a message that lies in a mailbox (emailUrlThreatSubmission resource type)."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    odata_type: Literal[
        "#microsoft.graph.emailUrlThreatSubmission",
        "#microsoft.graph.security.emailUrlThreatSubmission",
    ] = Field(alias="@odata.type")
    category: SubmissionCategory
    recipient_email_address: str = Field(min_length=3)
    message_url: str = Field(min_length=1)


class Submissions:
    """What was reported to Microsoft, and reporting."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self, version: str) -> list[Route]:
        """Paths below beta."""
        if version != "beta":
            return []
        root = f"/{version}/security/threatSubmission/emailThreats"
        return [
            Route(root, self.submissions, methods=["GET"]),
            Route(root, self.submit, methods=["POST"]),
            Route(f"{root}/{{submission}}", self.submission, methods=["GET"]),
        ]

    async def submissions(self, request: Request) -> Response:
        """List emailThreatSubmissions, the newest first."""
        refuse_unknown_options(request, ("$filter", "$top", "$skiptoken", "$count"))
        held = sorted(self._state.submissions, key=lambda each: each.created, reverse=True)
        rows = filtered(request, [self._resource(each) for each in held], _SUBMISSION)
        context = "security/threatSubmission/emailThreats"
        size = page_size(request, 100, 1000)
        return JSONResponse(page(request, context, rows, size, count=True))

    async def submission(self, request: Request) -> Response:
        """Get emailThreatSubmission."""
        refuse_unknown_options(request)
        for each in self._state.submissions:
            if each.id == request.path_params["submission"]:
                return self._shown(request, each, 200)
        raise Problem(404, "ResourceNotFound", "Requested resource not found")

    async def submit(self, request: Request) -> Response:
        """Create emailThreatSubmission. A message that is not there is reported all the same."""
        refuse_unknown_options(request)
        try:
            asked = UrlSubmission.model_validate(await body_of(request))
        except ValidationError as problem:
            kind = "microsoft.graph.security.emailThreatSubmission"
            raise refused_body(problem, kind) from problem
        found = self._message(asked.message_url)
        now = self._clock.now()
        made = Submission(
            id=str(stable_id("submission", str(len(self._state.submissions)), iso(now))),
            created=now,
            category=asked.category,
            recipient=asked.recipient_email_address,
            by=self._state.application.name,
            found=found is not None,
            internet_message_id=found.text("InternetMessageId") if found else "",
            subject=found.text("Subject") if found else "",
            sender=found.text("SenderFromAddress") if found else "",
            sender_ip=found.text("SenderIPv4") if found else "",
            received=found.at if found else None,
        )
        self._state.submissions.append(made)
        details: JsonObject = {"category": made.category, "recipient": made.recipient}
        target = made.internet_message_id or asked.message_url
        self._state.changes.append(Change(now, "Submit message", target, details))
        return self._shown(request, made, 201)

    def _message(self, url: str) -> StoredMessage | None:
        parts = _MESSAGE_URL.match(unquote(url))
        user = self._state.user(parts["user"]) if parts else None
        if parts is None or user is None:
            return None
        stored = stored_messages(self._state, user, self._clock.now())
        return next((each for each in stored if each.id == parts["id"]), None)

    def _shown(self, request: Request, submission: Submission, status: int) -> Response:
        kind = "security/threatSubmission/emailThreatSubmission/$entity"
        row = self._resource(submission)
        return JSONResponse({"@odata.context": context_url(request, kind), **row}, status)

    def _resource(self, one: Submission) -> JsonObject:
        result: JsonObject = {
            "category": "unknown" if one.found else "noResultAvailable",
            "detail": "underInvestigation" if one.found else "messageNotFound",
            "detectedUrls": [],
            "detectedFiles": [],
        }
        return {
            "@odata.type": _BY_URL[1],
            "id": one.id,
            "tenantId": self._state.id,
            "createdDateTime": iso(one.created),
            "contentType": "email",
            "category": one.category,
            "source": "administrator",
            "clientSource": "microsoft",
            "createdBy": {"displayName": one.by, "email": ""},
            "status": "running" if one.found else "succeeded",
            "result": result,
            "adminReview": None,
            "recipientEmailAddress": one.recipient,
            "internetMessageId": one.internet_message_id,
            "subject": one.subject,
            "sender": one.sender,
            "senderIP": one.sender_ip,
            "receivedDateTime": iso(one.received) if one.received else None,
            "originalCategory": "notJunk",
            "attackSimulationInfo": None,
            "tenantAllowOrBlockListAction": None,
        }
