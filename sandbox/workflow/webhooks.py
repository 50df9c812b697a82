"""Callback URLs of webhook actions, and the small web app that answers them."""

import asyncio
import hmac
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .values import Json, JsonObject, as_json, binary


@dataclass(eq=False)
class Callback:
    """A URL that waits to be called once; `answer` is what the caller sent."""

    url: str
    signature: str
    answer: asyncio.Future[JsonObject] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Callbacks:
    """The open callbacks of runs. Serve `app` at `base_url`, which callers must reach.

    A URL is unguessable. It answers 200 once, 401 with a wrong signature, and 404 when it is
    unknown, used or expired.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._open: dict[tuple[str, str], Callback] = {}
        self.app = Starlette(
            routes=[
                Route(
                    "/workflows/{workflow}/runs/{run}/actions/{action}/run",
                    self._called,
                    methods=["POST"],
                )
            ]
        )

    def open(self, workflow: str, run_id: str, action: str) -> Callback:
        """A new callback for one execution of an action."""
        operation = f"{action}-{secrets.token_hex(8)}"
        signature = secrets.token_urlsafe(32)
        query = urlencode({"api-version": "2016-10-01", "sv": "1.0", "sig": signature})
        path = f"/workflows/{quote(workflow, safe='')}/runs/{run_id}/actions/{quote(operation)}/run"
        callback = Callback(f"{self._base_url}{path}?{query}", signature)
        self._open[run_id, operation] = callback
        return callback

    def close(self, callback: Callback) -> None:
        """Forget a callback: nobody is listening any more."""
        self._open = {key: each for key, each in self._open.items() if each is not callback}

    async def _called(self, request: Request) -> Response:
        callback = self._open.get((request.path_params["run"], request.path_params["action"]))
        if callback is None:
            return Response(status_code=404)
        if not hmac.compare_digest(request.query_params.get("sig", ""), callback.signature):
            return Response(status_code=401)
        content = await request.body()
        if callback.answer.done():
            return Response(status_code=404)
        queries: JsonObject = {
            name: value for name, value in request.query_params.items() if name not in _OWN_QUERIES
        }
        callback.answer.set_result(
            {
                "method": request.method,
                "headers": dict(request.headers),
                "queries": queries,
                "body": read_content(content, request.headers.get("content-type", "")),
            }
        )
        return Response(status_code=200)


_OWN_QUERIES = ("api-version", "sv", "sig")


def read_content(content: bytes, content_type: str) -> Json:
    """An HTTP body as the engine keeps it: JSON parsed, text as text, the rest as base64."""
    media = content_type.split(";", maxsplit=1)[0].strip().lower()
    if not content:
        return None
    if media.endswith(("/json", "+json")):
        try:
            return as_json(json.loads(content))
        except ValueError:
            media = "text/plain"  # what calls itself JSON and is not, is kept as it came
    if media.startswith("text/") or not media:
        return content.decode("utf-8", "replace")
    return binary(content_type, content)
