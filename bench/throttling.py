"""A tenant that others use, too: it answers 429 beyond its ceilings, and says when to come back."""

import json
import math
import time
from collections import Counter, deque

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_IN_FLIGHT_PER_MAILBOX = 4
"""Microsoft Graph service-specific throttling limits, "Outlook service limits"."""


class Ceiling:
    """So many calls within so many seconds."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._seconds = seconds
        self._admitted: deque[float] = deque(maxlen=calls)

    def wait(self) -> float:
        """Seconds until the next call; 0 admits this one."""
        now = time.monotonic()
        if len(self._admitted) == self._admitted.maxlen:
            left = self._admitted[0] + self._seconds - now
            if left > 0:
                return left
        self._admitted.append(now)
        return 0.0


class Throttling:
    """ASGI middleware; the ceilings of Graph and Exchange are each their own."""

    def __init__(self, app: ASGIApp, *, graph: Ceiling, exchange: Ceiling) -> None:
        self._app = app
        self._graph = graph
        self._exchange = exchange
        self._in_flight: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admits a call, or refuses it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = Request(scope).url.path
        of_exchange = path.startswith("/adminapi/")
        mailbox = _mailbox(path)
        wait = (self._exchange if of_exchange else self._graph).wait()
        if wait or self._in_flight[mailbox] >= _IN_FLIGHT_PER_MAILBOX:
            await _refusal(math.ceil(wait or 1), of_exchange=of_exchange)(scope, receive, send)
            return
        self._in_flight[mailbox] += bool(mailbox)
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_flight[mailbox] -= bool(mailbox)


def _mailbox(path: str) -> str:
    """Whose mailbox a path of Graph is about; empty for anything else."""
    parts = path.split("/")
    return parts[3].lower() if parts[2:3] == ["users"] and "mailFolders" in parts else ""


def _refusal(seconds: int, *, of_exchange: bool) -> Response:
    code = "ServerBusyException" if of_exchange else "ApplicationThrottled"
    body = {"error": {"code": code, "message": "Too many requests."}}
    return Response(
        json.dumps(body), 429, {"Retry-After": str(seconds)}, media_type="application/json"
    )
