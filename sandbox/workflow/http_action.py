"""The HTTP action: one call with retries, then polling while the service answers 202.

"Workflow triggers and actions: schema reference guide" and "Limits and configuration reference":
a Consumption workflow waits 120 s for one synchronous call.
"""

import asyncio
import base64
from datetime import timedelta
from urllib.parse import quote, urlencode, urljoin

import httpx

from .errors import DefinitionError, NotSupportedError
from .outcome import ActionFailed
from .retry import Attempt, RetryPolicy, retry_after, sleep_within_limit, succeeded, with_retries
from .step import Handler, Step
from .utf16 import well_formed
from .values import Json, JsonObject, as_object, binary_content, compact_json, get, to_text
from .webhooks import read_content

_POLL_INTERVAL = timedelta(seconds=20)  # of a 202 without Retry-After
_DROPPED = frozenset(
    "allow cookie expires host last-modified origin set-cookie transfer-encoding".split()
)
_SENT_NEVERTHELESS = frozenset(
    "accept-version content-disposition content-encoding content-type".split()
)
_DEFAULT_AUDIENCE = "https://management.azure.com/"


async def http(step: Step) -> Json:
    """Calls an endpoint; 4xx and 5xx fail the action, whose outputs still hold the answer."""
    request = step.evaluate_object()
    step.inputs = shown(request)
    return await call(step, request)


async def call(step: Step, request: JsonObject) -> JsonObject:
    """Send a request as the HTTP action does, and follow 202 answers to their end."""
    policy = RetryPolicy.read(request.get("retryPolicy"))
    attempt = await with_retries(step, policy, lambda: send(step, request))
    if "disableasyncpattern" in step.action.operation_options:
        return succeeded(attempt)
    where = _uri(request)
    while attempt.status_code == 202 and (location := attempt.header("location")):
        now = step.session.timeline.now()
        asked = retry_after(attempt.header("retry-after"), now)
        await sleep_within_limit(step, _POLL_INTERVAL if asked is None else asked)
        where = urljoin(where, location)
        # A poll carries the action's authentication ("Calling HTTP with Azure AD with Asynchronous
        # Pattern enabled", Azure/logicapps issue 611), not its headers, queries or body.
        poll: JsonObject = {
            "method": "GET",
            "uri": where,
            "authentication": request.get("authentication"),
        }
        attempt = await with_retries(step, policy, lambda poll=poll: send(step, poll))
    return succeeded(attempt)


async def send(step: Step, request: JsonObject) -> Attempt:
    """One attempt: what was answered, or that nothing was within the limit of a call."""
    session = step.session
    headers = {
        name: to_text(each)
        for name, each in as_object(request.get("headers")).items()
        if not _never_sent(name.lower())
    }
    content = _content(request.get("body"), headers)
    headers |= await _authorization(step, request.get("authentication"))
    if "suppressworkflowheaders" not in step.action.operation_options:
        headers |= _workflow_headers(step)
    limit = session.call_limit.total_seconds()
    try:
        async with asyncio.timeout(limit):
            answer = await session.http.request(
                to_text(request.get("method")).upper(),
                _uri(request),
                headers=headers,
                content=content,
                timeout=limit,
            )
    except (TimeoutError, httpx.TimeoutException):
        return Attempt(None, {}, problem=f"Http request failed: no answer within {limit:g} s.")
    except httpx.InvalidURL as error:
        raise ActionFailed("InvalidTemplate", f"'{_uri(request)}' is not a URI: {error}") from error
    except httpx.TransportError as error:
        return Attempt(None, {}, problem=f"Http request failed: {error or type(error).__name__}.")
    body = read_content(answer.content, answer.headers.get("content-type", ""))
    return Attempt(answer.status_code, dict(answer.headers), body)


def _never_sent(name: str) -> bool:
    """Headers that the service drops without a word: "Call service endpoints over HTTP"."""
    return name in _DROPPED or (
        name.startswith(("accept-", "content-")) and name not in _SENT_NEVERTHELESS
    )


def shown(request: JsonObject) -> JsonObject:
    """A request as the run history shows it: of the authentication, only its type and audience."""
    visible = {name: value for name, value in request.items() if name != "authentication"}
    authentication = request.get("authentication")
    if authentication is None:
        return visible
    kept = ("type", "audience", "identity")
    return {
        **visible,
        "authentication": {
            name: value for name, value in as_object(authentication).items() if name in kept
        },
    }


def _uri(request: JsonObject) -> str:
    """The request's URI with its `queries`; raises ActionFailed unless it is absolute."""
    uri = request.get("uri")
    if not isinstance(uri, str) or not uri.lower().startswith(("http://", "https://")):
        raise ActionFailed("InvalidTemplate", f"'{to_text(uri)}' is not an absolute HTTP URI.")
    queries = {
        name: well_formed(to_text(value))
        for name, value in as_object(request.get("queries")).items()
    }
    if not queries:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(queries, quote_via=quote)}"


def _content(body: Json, headers: dict[str, str]) -> bytes | None:
    """The body's bytes; its type is set unless the action's headers do."""
    if body is None:
        return None
    if envelope := binary_content(body):
        media, content = envelope[0], base64.b64decode(envelope[1])
    elif isinstance(body, str):
        content, media = well_formed(body).encode(), "text/plain; charset=utf-8"
    else:
        content, media = well_formed(compact_json(body)).encode(), "application/json"
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = media
    return content


async def _authorization(step: Step, authentication: Json) -> dict[str, str]:
    if authentication is None:
        return {}
    kind = to_text(get(authentication, "type"))
    match kind.lower():
        case "managedserviceidentity":
            if step.session.token is None:
                raise ActionFailed(
                    "WorkflowManagedIdentityConfigurationInvalid",
                    "The workflow has no managed identity here.",
                )
            audience = to_text(get(authentication, "audience")) or _DEFAULT_AUDIENCE
            return {"Authorization": f"Bearer {await step.session.token(audience)}"}
        case "raw":
            return {"Authorization": to_text(get(authentication, "value"))}
        case "basic":
            user, password = (to_text(get(authentication, n)) for n in ("username", "password"))
            return {
                "Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
            }
        case "activedirectoryoauth" | "clientcertificate":
            raise NotSupportedError(f"The authentication '{kind}' is not supported by this runner.")
        case _:
            raise DefinitionError(f"unknown authentication type '{kind}'")


def _workflow_headers(step: Step) -> dict[str, str]:
    workflow, run_id = step.session.workflow, step.session.run_id
    return {
        "User-Agent": f"azure-logic-apps/1.0 (workflow {workflow.name})",
        "x-ms-workflow-id": workflow.id.rsplit("/", 1)[-1],
        "x-ms-workflow-name": workflow.name,
        "x-ms-workflow-run-id": run_id,
        "x-ms-workflow-operation-name": step.action.name,
        "x-ms-client-tracking-id": run_id,
    }


HANDLERS: dict[str, Handler] = {"Http": http}
