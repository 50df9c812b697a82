"""A local Azure Functions host: runs the Function app over HTTP as the cloud's host would."""

import asyncio
import contextlib
import hmac
import importlib.util
import inspect
import json
import logging
import os
import re
import sys
import threading
import uuid
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Literal, cast
from urllib.parse import quote, unquote

import azure.functions as func
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

FUNCTION_APP = Path(__file__).resolve().parent.parent / "function_app.py"

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
    code: Callable[..., object]
    path: re.Pattern[str]
    precedence: tuple[int, ...]

    def answers(self, method: str) -> bool:
        return not self.trigger.methods or method in self.trigger.methods


@dataclass(frozen=True)
class _TraceContext:
    trace_parent: str
    trace_state: str
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class _Context:
    """What `azure.functions.Context` offers; HTTP functions are never retried by the host."""

    function_name: str
    function_directory: str
    trace_context: _TraceContext
    invocation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    retry_context: None = None
    thread_local_storage: threading.local = field(default_factory=threading.local)


def load_function_app(environ: Mapping[str, str], path: Path = FUNCTION_APP) -> func.FunctionApp:
    """Execute function_app.py anew, as the Azure worker does, and return its app.

    `environ` is the whole environment that the module sees while it is executed. The app can be
    hosted once: azure-functions refuses to list an app's functions twice.

    Raises ValueError unless the module holds exactly one `FunctionApp`.
    """
    with _environment(environ), _import_path(path.parent):
        module = _execute(path)
    apps = {id(value): value for value in vars(module).values() if _is_app(value)}
    if len(apps) != 1:
        raise ValueError(f"{path.name} must hold exactly one FunctionApp, found {len(apps)}")
    return next(iter(apps.values()))


def functions_host(
    app: func.FunctionApp, *, key: str, host_json: Path = FUNCTION_APP.parent / "host.json"
) -> Starlette:
    """Serve every HTTP function of an app; `key` opens function- and admin-level routes alike.

    As the real host answers: 401 without a valid key, 404 for an unknown path or method, 500 for
    an exception or a timeout, each with an empty body. Raises ValueError for a route that the
    host could not serve.
    """
    text = host_json.read_text("utf-8") if host_json.exists() else "{}"
    settings = HostJson.model_validate_json(text)
    functions = [
        hosted
        for function in app.get_functions()
        if (hosted := _hosted(function, settings.extensions.http.route_prefix)) is not None
    ]
    functions.sort(key=lambda hosted: hosted.precedence)
    host = _Host(functions, key, settings.timeout_seconds, host_json.parent)
    return Starlette(routes=[Mount("/", app=host)])


class _Host:
    def __init__(
        self,
        functions: Iterable[_HostedFunction],
        key: str,
        timeout_seconds: float | None,
        directory: Path,
    ) -> None:
        self._functions = tuple(functions)
        self._key = key
        self._timeout = timeout_seconds
        self._directory = directory

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
        arguments: dict[str, object] = {
            function.trigger.name: func.HttpRequest(
                request.method,
                str(request.url.replace(path=_raw_path(request))),
                headers=_joined(request.headers.items()),
                params=_joined(request.query_params.multi_items()),
                route_params=route_params,
                body=await request.body(),
            )
        }
        if "context" in inspect.signature(function.code).parameters:
            trace = _TraceContext(
                request.headers.get("traceparent", ""), request.headers.get("tracestate", "")
            )
            arguments["context"] = _Context(function.name, str(self._directory), trace)
        try:
            async with asyncio.timeout(self._timeout):
                return _response(await _call(function.code, arguments))
        except Exception:  # whatever the function raised, the host answers 500 and goes on
            _log.exception("Function %s failed", function.name)
            return Response(status_code=500)


async def _call(code: Callable[..., object], arguments: dict[str, object]) -> object:
    if inspect.iscoroutinefunction(code):
        return await cast("Callable[..., Awaitable[object]]", code)(**arguments)
    return await asyncio.to_thread(code, **arguments)


def _response(result: object) -> Response:
    """A function's result as HTTP; only what the Python worker can encode is accepted."""
    if result is None:
        return Response(status_code=204)
    if isinstance(result, str):
        return Response(result, media_type="text/plain")
    if not isinstance(result, func.HttpResponse):
        raise TypeError(f"an HTTP function cannot return {type(result).__name__}")
    response = Response(result.get_body(), status_code=result.status_code)
    for name, value in result.headers.items():
        if name.lower() != "content-length":
            response.headers.append(name, value)
    if "content-type" not in response.headers:
        charset = f"; charset={result.charset}" if result.mimetype.startswith("text/") else ""
        response.headers["content-type"] = result.mimetype + charset
    return response


def _hosted(function: func.Function, prefix: str) -> _HostedFunction | None:
    bindings = [json.loads(raw) for raw in function.get_raw_bindings()]
    triggers = [binding for binding in bindings if binding["type"] == "httpTrigger"]
    name = function.get_function_name() or ""
    if not triggers:
        _log.warning("Function %s has no HTTP trigger: it does not run here", name)
        return None
    trigger = HttpTrigger.model_validate(triggers[0])
    route = "/".join(p.strip("/") for p in (prefix, trigger.route or "") if p.strip("/"))
    return _HostedFunction(
        name=name,
        trigger=trigger,
        code=cast("Callable[..., object]", function.get_user_function()),
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


def _joined(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated names become one comma-separated value, as the host hands them to the worker."""
    joined: dict[str, str] = {}
    for name, value in items:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _is_app(value: object) -> bool:
    return isinstance(value, func.FunctionApp)


def _execute(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.exists():
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _environment(environ: Mapping[str, str]) -> Generator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _import_path(folder: Path) -> Generator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
