"""Answers that get lost or come late on their way, on the socket itself."""

import asyncio
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Send

from sandbox.tenant.faults import Interruption


class Interrupted:
    """Takes a whole answer from the tenant, and passes on what of it arrives."""

    def __init__(self, fault: Interruption, receive: Receive, send: Send) -> None:
        self._fault = fault
        self._receive = receive
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """ASGI's `send`. Raises ConnectionAbortedError, at which the server hangs up."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        match self._fault.answer:
            case "cut":
                await self._cut()
            case "drip":
                await self._drip()
            case "silence":
                await self._caller_is_gone(None)

    async def _cut(self) -> None:
        if not self._body:
            # The server hangs up only within a body, so an answer without one is given one.
            self._start["status"] = 200
            MutableHeaders(scope=self._start)["content-length"] = "2"
            self._body = b"{}"
        await self._send(self._start)
        await self._part(self._body[: len(self._body) // 2])
        raise ConnectionAbortedError

    async def _drip(self) -> None:
        await self._send(self._start)
        for place in range(len(self._body)):
            await self._part(self._body[place : place + 1])
            if await self._caller_is_gone(self._fault.pause):
                return
        await self._send({"type": "http.response.body", "body": b""})

    async def _part(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def _caller_is_gone(self, within: float | None) -> bool:
        """Waits for the caller to hang up: after a request's body, nothing else can come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
                return True
        return False
