"""Stands before the simulated tenant: every call upstream is delayed, timed and kept."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_Asked = tuple[str, bytes, bytes, bytes]


@dataclass(frozen=True)
class UpstreamCall:
    """One call to Microsoft as it arrived; times on the monotonic clock, in seconds."""

    method: str
    target: str
    """Path and query."""
    headers: dict[str, str]
    body: bytes
    began: float
    ended: float
    status: int

    @property
    def correlation_id(self) -> str:
        """That of the action that called: it stands in the answer of the action, too."""
        return self.headers.get("client-request-id", "")

    @property
    def cmdlet(self) -> str:
        """The Exchange cmdlet; empty for calls to Graph and Azure Resource Manager."""
        return self.headers.get("x-cmdletname", "")


class Recorder:
    """ASGI middleware. A batch is one call, since its parts do not travel.

    While `remembers`, what was asked before is answered as before: then the tenant's own computing
    counts for nothing.
    """

    def __init__(self, app: ASGIApp, latency: float = 0.0) -> None:
        self._app = app
        self._answers: dict[_Asked, list[Message]] = {}
        self.latency = latency
        """Seconds added to every call."""
        self.remembers = False
        self.calls: list[UpstreamCall] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call, and notes it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        body = await _body(receive)
        path, query = scope["raw_path"].partition(b"?")[0], scope["query_string"]
        asked = (str(scope["method"]), bytes(path), bytes(query), body)
        if self.latency:
            await asyncio.sleep(self.latency)
        answer = self._answers.get(asked) if self.remembers else None
        if answer is None:
            answer = await _answer(self._app, scope, body)
            self._answers[asked] = answer
        for message in answer:
            await send(dict(message))
        self.calls.append(
            UpstreamCall(
                method=asked[0],
                target=(path + (b"?" + query if query else b"")).decode(),
                headers={name.decode(): value.decode() for name, value in scope["headers"]},
                body=body,
                began=began,
                ended=time.monotonic(),
                status=int(answer[0]["status"]),
            )
        )


async def _answer(app: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    return messages


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = bool(message.get("more_body", False))
    return b"".join(parts)


def round_trips(calls: Iterable[UpstreamCall]) -> int:
    """The longest chain of calls of which each began after the one before had ended."""
    return len(chain(calls))


def chain(calls: Iterable[UpstreamCall]) -> Sequence[UpstreamCall]:
    """Such a chain: of the calls that can come next, always the one that ends first."""
    found: list[UpstreamCall] = []
    for call in sorted(calls, key=lambda each: each.ended):
        if not found or call.began >= found[-1].ended:
            found.append(call)
    return found
