"""A local Azure Functions host: runs the Function app over HTTP as the cloud's host would."""

import asyncio
import hmac
import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from sandbox.worker import FUNCTION_APP, HttpCall, Worker

_log = logging.getLogger(__name__)
_DEFAULT_TIMEOUT = timedelta(minutes=30)  # of a plan other than Consumption

# Route constraints of ASP.NET Core that a Functions route may use.
_CONSTRAINTS = {
    "": r"[^/]+",
    "alpha": r"[a-zA-Z]+",
    "bool": r"true|false",
    "guid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "int": r"[+-]?\d{1,10}",
    "long": r"[+-]?\d{1,19}",
}
_PARAMETER = re.compile(r"\{(?P<rest>\*{0,2})(?P<name>\w+)(?::(?P<constraint>\w+))?(?P<opt>\?)?\}")


class HttpTrigger(BaseModel, frozen=True):
    """An `httpTrigger` binding, as function.json spells it."""

    name: str
    route: str | None = None
    methods: frozenset[str] = frozenset()
    auth_level: Literal["ANONYMOUS", "FUNCTION", "ADMIN"] = Field(
        default="FUNCTION", alias="authLevel"
    )


class _HttpExtension(BaseModel, frozen=True):
    route_prefix: str = Field(default="api", alias="routePrefix")


class _Extensions(BaseModel, frozen=True):
    http: _HttpExtension = _HttpExtension()


class HostJson(BaseModel, frozen=True):
    """What the local host honours of host.json (schema 2.0)."""

    extensions: _Extensions = _Extensions()
    function_timeout: timedelta | Literal["-1"] = Field(
        default=_DEFAULT_TIMEOUT, alias="functionTimeout"
    )

    @property
    def timeout_seconds(self) -> float | None:
        """How long a function may run; None when host.json lifts the limit with `-1`."""
        limit = self.function_timeout
        return limit.total_seconds() if isinstance(limit, timedelta) else None


@dataclass(frozen=True)
class _HostedFunction:
    name: str
    trigger: HttpTrigger
    path: re.Pattern[str]
    precedence: tuple[int, ...]

    def answers(self, method: str) -> bool:
        return not self.trigger.methods or method in self.trigger.methods


def functions_host(
    worker: Worker, *, key: str, host_json: Path = FUNCTION_APP.parent / "host.json"
) -> Starlette:
    """Serve every HTTP function of a worker; `key` opens function- and admin-level routes alike.

    As the real host answers: 401 without a valid key, 404 for an unknown path or method, 500 for
    an exception or a timeout, each with an empty body. Raises ValueError for a route that the
    host could not serve.
    """
    text = host_json.read_text("utf-8") if host_json.exists() else "{}"
    settings = HostJson.model_validate_json(text)
    functions = [
        hosted
        for name, bindings in worker.functions.items()
        if (hosted := _hosted(name, bindings, settings.extensions.http.route_prefix)) is not None
    ]
    functions.sort(key=lambda hosted: hosted.precedence)
    host = _Host(worker, functions, key, settings.timeout_seconds)
    return Starlette(routes=[Mount("/", app=host)])


class _Host:
    def __init__(
        self,
        worker: Worker,
        functions: Iterable[_HostedFunction],
        key: str,
        timeout_seconds: float | None,
    ) -> None:
        self._worker = worker
        self._functions = tuple(functions)
        self._key = key
        self._timeout = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        path = _decoded_path(request)
        for function in self._functions:
            match = function.path.fullmatch(path)
            if match and function.answers(request.method):
                if not self._authorized(function.trigger, request):
                    return Response(status_code=401)
                route_params = {k: v for k, v in match.groupdict().items() if v}
                return await self._invoke(function, request, route_params)
        return Response(status_code=404)

    def _authorized(self, trigger: HttpTrigger, request: Request) -> bool:
        if trigger.auth_level == "ANONYMOUS":
            return True
        given = request.headers.get("x-functions-key") or request.query_params.get("code") or ""
        return hmac.compare_digest(given.encode(), self._key.encode())

    async def _invoke(
        self, function: _HostedFunction, request: Request, route_params: dict[str, str]
    ) -> Response:
        call = HttpCall(
            method=request.method,
            url=str(request.url.replace(path=_raw_path(request))),
            headers=_headers(request),
            query=_query(request),
            route_params=route_params,
            body=await request.body() if _has_length(request) else b"",
        )
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._worker.invoke(function.name, function.trigger.name, call)
        except Exception:  # whatever the function raised, the host answers 500 and goes on
            _log.exception("Function %s failed", function.name)
            return Response(status_code=500)
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name.lower() != "content-length"
        }
        return Response(answer.body, status_code=answer.status, headers=headers)


def _hosted(name: str, raw_bindings: Sequence[str], prefix: str) -> _HostedFunction | None:
    bindings = [json.loads(raw) for raw in raw_bindings]
    triggers = [binding for binding in bindings if binding["type"] == "httpTrigger"]
    if not triggers:
        _log.warning("Function %s has no HTTP trigger: it does not run here", name)
        return None
    trigger = HttpTrigger.model_validate(triggers[0])
    own = name if trigger.route is None else trigger.route
    route = "/".join(part.strip("/") for part in (prefix, own) if part.strip("/"))
    return _HostedFunction(
        name=name,
        trigger=trigger,
        path=_path_pattern(route),
        precedence=tuple(_precedence(segment) for segment in route.split("/")),
    )


def _path_pattern(route: str) -> re.Pattern[str]:
    """Compile an ASP.NET route template; paths are matched whatever their case."""
    pattern = ""
    for segment in filter(None, route.split("/")):
        parameter = _PARAMETER.fullmatch(segment)
        if parameter is None:
            if "{" in segment or "}" in segment:
                raise ValueError(f"route {route!r}: cannot read {segment!r}")
            pattern += "/" + re.escape(segment)
        elif parameter["rest"]:
            pattern += f"(?:/(?P<{parameter['name']}>.*))?"
        else:
            constraint = _CONSTRAINTS.get(parameter["constraint"] or "")
            if constraint is None:
                raise ValueError(f"route {route!r}: unknown constraint in {segment!r}")
            value = f"/(?P<{parameter['name']}>{constraint})"
            pattern += f"(?:{value})?" if parameter["opt"] else value
    return re.compile(pattern + "/?", re.IGNORECASE)


def _precedence(segment: str) -> int:
    """Literals win over constrained parameters, those over plain ones, a catch-all comes last."""
    parameter = _PARAMETER.fullmatch(segment)
    if parameter is None:
        return 0
    if parameter["rest"]:
        return 3
    return 1 if parameter["constraint"] else 2


def _raw_path(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or quote(request.url.path).encode()
    return raw.split(b"?")[0].decode("ascii", "replace")


def _decoded_path(request: Request) -> str:
    # ASP.NET decodes a path except for %2F, which would change its segments.
    return unquote(re.sub("%2f", "%252F", _raw_path(request), flags=re.IGNORECASE))


# What reaches a worker of a request is decided by the host: Azure/azure-functions-host,
# GrpcMessageConversionExtensions.ToRpcHttp, on what ASP.NET Core makes of a request.


def _has_length(request: Request) -> bool:
    # The host reads no body whose length the request does not tell, as of a chunked one.
    return int(request.headers.get("content-length", "0")) > 0


def _headers(request: Request) -> dict[str, str]:
    return _joined(
        (name.decode("latin-1").lower(), value.decode("utf-8", "replace"))
        for name, value in request.headers.raw
    )


def _query(request: Request) -> dict[str, str]:
    """By names whatever their case, of which the first spelling counts; empty values are lost."""
    spelled: dict[str, str] = {}
    joined = _joined(
        (spelled.setdefault(name.lower(), name), value)
        for name, value in request.query_params.multi_items()
    )
    return {name: value for name, value in joined.items() if value}


def _joined(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated names become one comma-separated value."""
    joined: dict[str, str] = {}
    for name, value in items:
        before = joined.get(name)
        joined[name] = f"{before},{value}" if before and value else before or value
    return joined
