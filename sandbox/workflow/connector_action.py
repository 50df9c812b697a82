"""Actions of managed connectors: ApiConnection, answered by operations that the caller provides."""

from .connectors import ConnectorRequest, find_operation
from .outcome import ActionFailed
from .retry import Attempt, RetryPolicy, succeeded, with_retries
from .step import Handler, Step
from .values import Json, as_object, get, to_text


async def api_connection(step: Step) -> Json:
    """Calls an operation of a connector; an operation that nobody provides fails by name."""
    inputs = step.evaluate_object()
    request = ConnectorRequest(
        connection=to_text(get(inputs, "host", "connection", "name")),
        method=to_text(inputs.get("method")).upper(),
        path=to_text(inputs.get("path")),
        queries=as_object(inputs.get("queries")),
        headers=as_object(inputs.get("headers")),
        body=inputs.get("body"),
    )
    operation = find_operation(step.session.operations, request.method, request.path)
    if operation is None:
        raise ActionFailed(
            "OperationNotProvided",
            f"The sandbox has no connector operation {request.method} {request.path}.",
        )

    async def send() -> Attempt:
        answer = await operation(request)
        return Attempt(answer.status_code, dict(answer.headers), answer.body)

    return succeeded(await with_retries(step, RetryPolicy.read(inputs.get("retryPolicy")), send))


HANDLERS: dict[str, Handler] = {"ApiConnection": api_connection}
