"""What an action answers, and the problem where it cannot: over HTTP and to its siblings alike."""

from pydantic import BaseModel, JsonValue

from actions.catalog import AnyAction
from actions.change import Change
from actions.problem import Problem
from evidence.model import Evidence, Gap, JsonObject
from microsoft365.errors import Conflict, Forbidden, MicrosoftError, NotFound, Throttled
from microsoft365.tenant import Tenant


class Envelope(Evidence):
    """What an action answers."""

    action: str
    status: str
    """`ok` for what was read or judged; `done`, `unchanged`, `planned`, `refused` or `unknown` for
    changes."""
    complete: bool
    gaps: tuple[Gap, ...]
    result: BaseModel
    correlation_id: str


def enveloped(action: AnyAction, result: BaseModel, tenant: Tenant) -> Envelope:
    """The answer, with what could not be seen and what to grant for it."""
    gaps = (*(_with_needs(gap, action) for gap in tenant.gaps), *tenant.passed_on)
    return Envelope(
        action=action.name,
        status=result.status if isinstance(result, Change) else "ok",
        complete=not gaps,
        gaps=gaps,
        result=result,
        correlation_id=tenant.correlation_id,
    )


def problem_of(error: MicrosoftError, action: AnyAction, target: str = "") -> Problem:
    """The error that Microsoft's is to the caller."""
    detail = f"{error.service}: {error.code}: {error.message}"
    if isinstance(error, Forbidden):
        detail = f"{detail} {_needs(action, of_exchange=error.service == 'Exchange')}"
    if isinstance(error, NotFound):
        return Problem(404, "Not found", detail, target=target)
    if isinstance(error, Conflict):
        return Problem(409, "Changed meanwhile", detail, target=target)
    if isinstance(error, Throttled):
        return Problem(429, "Throttled", detail, retry_after=error.retry_after, target=target)
    if action.changes:
        return Problem(424, "Microsoft refused", detail, target=target)
    return Problem(424, "Microsoft could not be asked", detail)


def problem_body(problem: Problem, action: str, correlation_id: str) -> JsonObject:
    """An error as RFC 9457 wants it, with the action, correlation id and target beside it."""
    body: JsonObject = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "action": action,
        "correlationId": correlation_id,
    }
    if problem.target:
        body["target"] = problem.target
    if problem.errors:
        errors: list[JsonValue] = [each.model_dump() for each in problem.errors]
        body["errors"] = errors
    return body


def _with_needs(gap: Gap, action: AnyAction) -> Gap:
    """A refusal with what the action has to be granted for that service."""
    if gap.reason not in ("forbidden", "license"):
        return gap
    needs = _needs(action, of_exchange=gap.source.startswith("Exchange"))
    return gap.model_copy(update={"detail": f"{gap.detail} {needs}"})


def _needs(action: AnyAction, *, of_exchange: bool) -> str:
    names = [each.name for each in action.needs if (each.kind == "exchange") is of_exchange]
    return f"{action.name} needs {', '.join(names)}."
