"""The HTTP side of every action: caller, correlation, validation, envelope, problem+json."""

import asyncio
import json
import logging
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

import azure.functions as func
from pydantic import JsonValue, ValidationError
from pydantic_core import from_json

from actions.caller import KEY_HOLDER, Caller, Role, principal
from actions.catalog import AnyAction, Effect, Undo
from actions.change import ChangeFailed, Changes, approval_for
from actions.envelope import Envelope, enveloped, problem_body, problem_of
from actions.policy import Policy
from actions.problem import FieldError, Problem
from actions.requests import ChangeRequest, Request
from ledger.model import Approval, Ledger
from microsoft365.client import Microsoft365
from microsoft365.deadline import Deadline
from microsoft365.errors import MicrosoftError
from microsoft365.tenant import Tenant

_DEADLINE = 100.0
"""Seconds for a request; a Consumption Logic App waits 120."""
_MOST_BODY = 32 * 1024 * 1024
_MESSAGES = {
    "extra_forbidden": "There is no such field",
    "model_type": "Input should be a JSON object",
    "dict_type": "Input should be a JSON object",
}
"""For what the library says in terms of Python."""
_CORRELATION_HEADER = "x-correlation-id"
_CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_logger = logging.getLogger("mailwarden")


@dataclass(frozen=True)
class House:
    """What the front door hands to requests; lives as long as the process."""

    microsoft: Microsoft365
    ledger: Ledger
    policy: Policy
    auth: Literal["key", "entra"]


@dataclass(frozen=True)
class Context:
    """What is made for one request, by the type that an action's signature names."""

    tenant: Tenant
    policy: Policy
    changes: Changes | None

    def argument(self, wanted: type[object]) -> object:
        """The value for a parameter of that type."""
        for value in (self.tenant, self.policy, self.changes):
            if isinstance(value, wanted):
                return value
        raise TypeError(f"no action can take a {wanted.__name__}")


async def answer(action: AnyAction, request: func.HttpRequest, house: House) -> func.HttpResponse:
    """Answers one HTTP request to an action; never raises.

    What computes runs in a thread, so that a long judgement holds up no other request.
    """
    given = cast("Mapping[str, str]", request.headers)
    headers = {name.lower(): value for name, value in given.items()}
    correlation_id = _correlation_id(headers)
    try:
        caller = caller_of(headers, house)
        _authorise(caller, action.role)
        asked = await asyncio.to_thread(_parsed, action.request, _body(request, headers))
        envelope = await _run(action, asked, house, caller, correlation_id)
        body = await asyncio.to_thread(_written, envelope)
    except Problem as problem:
        return problem_response(problem, action.name, correlation_id)
    except Exception as error:
        # The text of an unforeseen error may hold anything, so only its type leaves the function.
        _logger.exception("%s failed, correlation id %s", action.name, correlation_id)
        unforeseen = Problem(500, "Internal error", f"Unforeseen {type(error).__name__}")
        return problem_response(unforeseen, action.name, correlation_id)
    headers = {_CORRELATION_HEADER: correlation_id}
    return func.HttpResponse(body, mimetype="application/json", headers=headers)


def _written(envelope: Envelope) -> str:
    return envelope.model_dump_json(by_alias=True, serialize_as_any=True)


def caller_of(headers: Mapping[str, str], house: House) -> Caller:
    """The caller, by the one way of authentication that is set. Raises Problem 401."""
    if house.auth == "key":
        return KEY_HOLDER
    return principal(headers, house.microsoft.endpoints.tenant_id)


async def _run(
    action: AnyAction, asked: Request, house: House, caller: Caller, correlation_id: str
) -> Envelope:
    tenant = Tenant(house.microsoft, correlation_id=correlation_id, deadline=Deadline(_DEADLINE))
    changes = await _changes(action, asked, tenant, house, caller)
    context = Context(tenant, house.policy, changes)
    arguments = [context.argument(wanted) for wanted in action.takes]
    try:
        result = await action(asked, *arguments)
    except MicrosoftError as error:
        raise problem_of(error, action) from error
    except ChangeFailed as failed:
        raise problem_of(failed.error, action, failed.target) from failed
    if tenant.only_throttled:
        detail = "Every source is throttled"
        raise Problem(429, "Throttled", detail, retry_after=tenant.throttled_for)
    return enveloped(action, result, tenant)


async def _changes(
    action: AnyAction, asked: Request, tenant: Tenant, house: House, caller: Caller
) -> Changes | None:
    if not isinstance(asked, ChangeRequest):
        return None
    approval = await approval_for(house.ledger, action.name, asked, datetime.now(UTC))
    _require_approval(action, asked, caller, approval)
    return Changes(
        action=action.name,
        undo_kind=(action.undo or Undo.NONE).value,
        request=asked,
        tenant=tenant,
        ledger=house.ledger,
        policy=house.policy,
        caller=caller,
        approval=approval,
    )


def _require_approval(
    action: AnyAction, asked: ChangeRequest, caller: Caller, approval: Approval | None
) -> None:
    if action.effect is not Effect.DESTROY or asked.dry_run or approval is not None:
        return
    if not caller.may(Role.APPROVE):
        detail = f"{action.name} needs a granted approval, or a caller with {Role.APPROVE}"
        raise Problem(403, "Not approved", detail)


def _authorise(caller: Caller, role: Role) -> None:
    if not caller.may(role):
        raise Problem(403, "Not allowed", f"The caller does not hold the app role {role}")


def _body(request: func.HttpRequest, headers: Mapping[str, str]) -> bytes:
    """The body. Raises Problem 411 for a chunked one, which the Functions host leaves out: an
    empty request would not be the one that was sent.
    """
    body = request.get_body()
    if not body and "transfer-encoding" in headers:
        raise Problem(411, "Length required", "Send the body with Content-Length, not in chunks")
    return body


def _parsed(kind: type[Request], body: bytes) -> Request:
    if len(body) > _MOST_BODY:
        raise Problem(413, "The request is too large", f"At most {_MOST_BODY:,} bytes")
    try:
        # Unlike the standard library's, this parser takes no half of a character for text.
        document: JsonValue = from_json(body or b"{}", allow_inf_nan=False)
    except ValueError as error:
        raise Problem(400, "The request is not valid", "The body is no JSON") from error
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        errors = [
            FieldError(
                field=".".join(str(part) for part in each["loc"]) or "(body)",
                message=_MESSAGES.get(each["type"], each["msg"].removeprefix("Value error, ")),
            )
            for each in error.errors(include_url=False, include_input=False)
        ]
        detail = "; ".join(f"{each.field}: {each.message}" for each in errors[:10])
        raise Problem(400, "The request is not valid", detail, errors=errors) from error


def problem_response(problem: Problem, action: str, correlation_id: str) -> func.HttpResponse:
    """An error as `application/problem+json`."""
    body = problem_body(problem, action, correlation_id)
    headers = {_CORRELATION_HEADER: correlation_id}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(problem.retry_after)))
    return func.HttpResponse(
        json.dumps(body),
        status_code=problem.status,
        mimetype="application/problem+json",
        headers=headers,
    )


def _correlation_id(headers: Mapping[str, str]) -> str:
    given = headers.get(_CORRELATION_HEADER, "")
    return given if _CORRELATION_ID.fullmatch(given) else str(uuid.uuid4())
