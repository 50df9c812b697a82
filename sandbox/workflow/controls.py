"""Control actions: If, Switch, Scope, Foreach, Until, Wait, Terminate and Response."""

from datetime import datetime, timedelta

from .definition import parse_duration
from .environment import Environment
from .errors import ExpressionError
from .evaluation import evaluate
from .functions import Invocation, find_function
from .functions.moments import parse_moment
from .outcome import ActionFailed, Terminated
from .record import Failure, HttpAnswer, Status
from .step import Handler, Step
from .surroundings import Frame, Surroundings
from .timeline import run_bounded
from .values import Json, as_object, equal, get, to_text, type_name

_FOREACH_LIMIT = 100_000  # elements, "Limits and configuration reference for Azure Logic Apps"
_FOREACH_AT_ONCE = 20
_UNTIL_COUNT = 60
MOST_ROUNDS = 5000
"""The largest `limit.count` of an Until."""
_UNTIL_TIMEOUT = timedelta(hours=1)
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


async def if_(step: Step) -> Json:
    """Runs one of two branches."""
    holds = condition(step.action.raw.get("expression"), step.here)
    step.inputs = {"expressionResult": holds}
    _require_success(await step.run_part("actions" if holds else "else"))
    return None


async def switch(step: Step) -> Json:
    """Runs the branch whose case equals the expression, or the default."""
    value = step.evaluate(step.action.raw.get("expression"))
    step.inputs = {"expressionResult": value}
    cases = as_object(step.action.raw.get("cases"))
    chosen = next(
        (name for name, body in cases.items() if equal(step.evaluate(get(body, "case")), value)),
        None,
    )
    _require_success(await step.run_part("default" if chosen is None else f"case {chosen}"))
    return None


async def scope(step: Step) -> Json:
    """Runs its actions as one."""
    _require_success(await step.run_part("actions"))
    return None


async def foreach(step: Step) -> Json:
    """Runs its actions for each element; 20 rounds at once unless configured otherwise."""
    elements = step.evaluate(step.action.raw.get("foreach"))
    if not isinstance(elements, list):
        raise ActionFailed(
            "ExpressionEvaluationFailed",
            f"The execution of template action '{step.action.name}' failed: the result of the "
            f"evaluation of 'foreach' expression is of type '{type_name(elements)}'. The result "
            "must be a valid array.",
        )
    if len(elements) > _FOREACH_LIMIT:
        raise ActionFailed("InvalidTemplate", f"A loop takes at most {_FOREACH_LIMIT} elements.")
    step.inputs, step.iterations = {"foreachItemsCount": len(elements)}, len(elements)
    statuses: list[Status] = []

    async def round_(index: int) -> None:
        frame = Frame(step.frame, step.action.name, index, elements[index], has_item=True)
        statuses.append(await step.run_part("actions", frame))

    await run_bounded(step.session.timeline, round_, len(elements), _at_once(step))
    _require_success(*statuses)
    return None


async def until(step: Step) -> Json:
    """Repeats its actions until the expression holds, or `limit.count` or `limit.timeout`.

    Reaching the limit is no failure, unless `operationOptions` has `FailWhenLimitsReached`.
    """
    limit = as_object(step.evaluate(step.action.raw.get("limit")))
    count, timeout = limit.get("count", _UNTIL_COUNT), limit.get("timeout")
    span = parse_duration(timeout) if isinstance(timeout, str) else _UNTIL_TIMEOUT
    end = step.session.timeline.now() + span
    status, step.iterations = Status.SUCCEEDED, 0
    while isinstance(count, int) and step.iterations < count:
        frame = Frame(step.frame, step.action.name, step.iterations)
        status = await step.run_part("actions", frame)
        step.iterations += 1
        step.frame.outcomes.update(frame.outcomes)  # what the last round did is seen outside
        if condition(step.action.raw.get("expression"), Surroundings(step.session, frame)):
            _require_success(status)
            return None
        if step.session.timeline.now() >= end:
            break
    if "failwhenlimitsreached" in step.action.operation_options:
        raise ActionFailed("UntilLimitsReached", "The loop reached its limits.")
    _require_success(status)
    return None


async def wait(step: Step) -> Json:
    """Waits for an interval, or until a time."""
    inputs = step.evaluate_object()
    interval = inputs.get("interval")
    if interval is not None:
        count, unit = get(interval, "count"), to_text(get(interval, "unit")).lower()
        if not isinstance(count, int) or unit not in _UNITS:
            raise ExpressionError("A delay needs an integer 'count' and a 'unit' up to a week.")
        await step.session.timeline.sleep(_UNITS[unit] * count)
    else:
        await step.session.timeline.sleep_until(_timestamp(step, get(inputs, "until", "timestamp")))
    return None


async def terminate(step: Step) -> Json:
    """Ends the run with a status of its own."""
    inputs = step.evaluate_object()
    status = to_text(inputs.get("runStatus"))
    if status not in ("Succeeded", "Failed", "Cancelled"):
        raise ExpressionError(f"A run cannot be terminated as '{status}'.")
    error = inputs.get("runError")
    step.terminate = Terminated(
        Status(status),
        Failure(code=to_text(get(error, "code")), message=to_text(get(error, "message")))
        if error is not None
        else None,
    )
    return None


async def response(step: Step) -> Json:
    """Answers the caller of a Request trigger; only the first answer counts.

    The caller waits no longer than a synchronous call may last, and is gone after that.
    """
    inputs = step.evaluate_object()
    if step.session.timeline.now() - step.session.started > step.session.call_limit:
        raise ActionFailed(
            "ActionResponseTimedOut",
            f"The execution of template action '{step.action.name}' failed: the caller has waited "
            "in vain, and got the status 504 Gateway Timeout.",
        )
    if step.session.response is not None:
        raise ActionFailed("ActionResponseSkipped", "The caller has been answered already.")
    status = inputs.get("statusCode", 200)
    if not isinstance(status, int | str) or not str(status).isdigit():
        raise ExpressionError("The 'statusCode' of a response must be a number.")
    headers = {name: to_text(value) for name, value in as_object(inputs.get("headers")).items()}
    body = inputs.get("body")
    step.session.response = HttpAnswer(
        status_code=int(status), headers=headers, body=step.session.redactor.value(body)
    )
    return {"statusCode": int(status), "headers": as_object(inputs.get("headers")), "body": body}


HANDLERS: dict[str, Handler] = {
    "If": if_,
    "Switch": switch,
    "Scope": scope,
    "Foreach": foreach,
    "Until": until,
    "Wait": wait,
    "Terminate": terminate,
    "Response": response,
}


def condition(expression: Json, here: Environment) -> bool:
    """A condition: an expression, or an object such as `{"and": [{"equals": ["@x", 1]}]}`."""
    value = _condition_value(expression, here)
    if not isinstance(value, bool):
        raise ExpressionError(
            f"The condition's result is of type '{type_name(value)}'. It must be a boolean."
        )
    return value


def _condition_value(expression: Json, here: Environment) -> Json:
    if not isinstance(expression, dict):
        return evaluate(expression, here)
    if len(expression) != 1:
        raise ExpressionError("A condition object has exactly one operator.")
    operator, operands = next(iter(expression.items()))
    listed = operands if isinstance(operands, list) else [operands]
    thunks = [lambda each=each: _condition_value(each, here) for each in listed]
    function = find_function(operator)
    return function(Invocation(function.name, thunks, here))


def _require_success(*statuses: Status) -> None:
    if Status.FAILED in statuses:
        raise ActionFailed("ActionFailed", "An action failed. No dependent actions succeeded.")


def _at_once(step: Step) -> int:
    if "sequential" in step.action.operation_options:
        return 1
    repetitions = get(step.action.raw.get("runtimeConfiguration"), "concurrency", "repetitions")
    return repetitions if isinstance(repetitions, int) else _FOREACH_AT_ONCE


def _timestamp(step: Step, text: Json) -> datetime:
    moment = parse_moment(text) if isinstance(text, str) else None
    if moment is None:
        raise ExpressionError(f"'{to_text(text)}' is not a time to wait for.")
    return moment.wall.replace(tzinfo=step.session.timeline.now().tzinfo)
