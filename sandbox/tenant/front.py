"""What every request meets first: the token, the faults of the scenario, headers and the log."""

import asyncio
import json
from datetime import datetime
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.tenant.faults import Asked
from sandbox.tenant.interruption import Interrupted
from sandbox.tenant.problem import Problem, Service, answer
from sandbox.tenant.state import Answered, TenantState
from sandbox.tenant.times import http_date

_UNAUTHORIZED: dict[Service, tuple[str, str]] = {
    "graph": ("InvalidAuthenticationToken", "Access token is empty."),
    "exchange": ("Unauthorized", "Unauthorized"),
    "arm": (
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
    ),
}
_CODES: dict[Service, dict[int, str]] = {
    "graph": {
        401: "InvalidAuthenticationToken",
        403: "Authorization_RequestDenied",
        404: "ResourceNotFound",
        429: "TooManyRequests",
        503: "serviceNotAvailable",
        504: "gatewayTimeout",
    },
    "exchange": {403: "CmdletAccessDeniedException", 429: "ServerBusyException"},
    "arm": {
        401: "ExpiredAuthenticationToken",
        403: "AuthorizationFailed",
        404: "ResourceNotFound",
        429: "TooManyRequests",
    },
}
_MESSAGES = {
    401: "Lifetime validation failed, the token is expired.",
    403: "Insufficient privileges to complete the operation.",
    404: "Resource not found.",
    429: "Too many requests.",
    503: "The service is temporarily unavailable.",
    504: "The request timed out.",
}


def service_of(path: str) -> Service:
    """Which of the three services a path belongs to."""
    if path.startswith("/adminapi/"):
        return "exchange"
    return "arm" if path.startswith("/subscriptions/") else "graph"


class Front:
    """ASGI middleware around the tenant's routes."""

    def __init__(self, app: ASGIApp, state: TenantState, clock: Clock) -> None:
        self._app = app
        self._state = state
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and note it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        service = service_of(request.url.path)
        cmdlet = _cmdlet(body) if service == "exchange" else None
        now = self._clock.now()
        headers = _headers(request, now)
        asked = Asked(service, request.method, request.url.path, cmdlet, _token(request))
        status = 0

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def stamped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                sent = MutableHeaders(scope=message)
                for name, value in headers.items():
                    sent[name] = value
            await send(message)

        if self._state.latency:
            await asyncio.sleep(self._state.latency)
        try:
            self._admit(asked, now)
            await self._app(scope, replay, self._interrupted(asked, receive, stamped))
        except Problem as problem:
            refusal = answer(
                problem, service, now, headers["request-id"], headers["client-request-id"]
            )
            await refusal(scope, replay, stamped)
        finally:
            self._state.requests.append(
                Answered(request.method, request.url.path, cmdlet, status or 500)
            )

    def _admit(self, asked: Asked, now: datetime) -> None:
        if not asked.token:
            code, message = _UNAUTHORIZED[asked.service]
            raise Problem(401, code, message, {"WWW-Authenticate": 'Bearer realm=""'})
        for refusal in self._state.refusals:
            if refusal.meets(asked):
                code = refusal.code or _CODES[asked.service].get(refusal.status, "UnknownError")
                message = refusal.message or _MESSAGES.get(refusal.status, "The request failed.")
                headers: dict[str, str] = {}
                if (wait := refusal.wait(now)) is not None:
                    headers["Retry-After"] = wait
                if refusal.status == 401:
                    headers["WWW-Authenticate"] = 'Bearer realm="", error="invalid_token"'
                raise Problem(refusal.status, code, message, headers, page=refusal.page)

    def _interrupted(self, asked: Asked, receive: Receive, send: Send) -> Send:
        for interruption in self._state.interruptions:
            if interruption.meets(asked):
                return Interrupted(interruption, receive, send)
        return send


def _headers(request: Request, now: datetime) -> dict[str, str]:
    request_id = str(uuid4())
    return {
        "date": http_date(now),
        "request-id": request_id,
        "client-request-id": request.headers.get("client-request-id", request_id),
        "x-ms-request-id": request_id,
    }


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _cmdlet(body: bytes) -> str | None:
    """The cmdlet that a body asks for, if it is such a body; its endpoint judges the rest."""
    try:
        match json.loads(body):
            case {"CmdletInput": {"CmdletName": str(name)}}:
                return name
            case _:
                return None
    except ValueError:
        return None
