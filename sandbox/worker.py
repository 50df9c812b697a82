"""The worker of the local Functions host: loads the Function app and invokes its functions."""

import asyncio
import contextlib
import importlib
import inspect
import os
import sys
import threading
import uuid
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

import azure.functions as func
from azure.functions.http import HttpRequest, HttpResponseConverter

FUNCTION_APP = Path(__file__).resolve().parent.parent / "function_app.py"


@dataclass(frozen=True)
class HttpCall:
    """An HTTP request as the host hands it to a worker: `RpcHttp` of FunctionRpc.proto."""

    method: str
    url: str
    headers: Mapping[str, str]
    """By their names in lower case."""
    query: Mapping[str, str]
    route_params: Mapping[str, str]
    body: bytes

    @property
    def trace_parent(self) -> str:
        """The W3C trace context that the request came in; empty without one."""
        return self.headers.get("traceparent", "")

    @property
    def trace_state(self) -> str:
        """What vendors added to the trace context."""
        return self.headers.get("tracestate", "")


@dataclass(frozen=True)
class HttpAnswer:
    """What a function gave back, as the worker hands it to the host."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of_text(cls, text: str) -> "HttpAnswer":
        """The host's answer for a function that returned a bare string."""
        return cls(200, {"content-type": "text/plain; charset=utf-8"}, text.encode())


class Worker(Protocol):
    """Runs the functions of one app for a host."""

    @property
    def functions(self) -> Mapping[str, Sequence[str]]:
        """The bindings of each function by its name, each the JSON of a function.json."""
        ...

    async def invoke(self, function: str, parameter: str, call: HttpCall) -> HttpAnswer:
        """Calls a function with the request as that parameter.

        Raises what the function raises, or an error for a result that cannot be encoded.
        """
        ...


async def start_worker(environ: Mapping[str, str], path: Path = FUNCTION_APP) -> Worker:
    """Executes function_app.py anew, as the Azure worker does, and indexes its app.

    `environ` is the whole environment that the module sees while it is executed.

    Raises what the module raises, and ValueError unless it holds exactly one app.
    """
    with fresh_process(environ, path):
        module = importlib.import_module(path.stem)
    apps = [value for value in vars(module).values() if isinstance(value, func.FunctionRegister)]
    if len(apps) != 1:
        raise ValueError(f"{path.name} must hold exactly one FunctionApp, found {len(apps)}")
    return PythonWorker(apps[0])


@contextlib.contextmanager
def fresh_process(environ: Mapping[str, str], path: Path) -> Generator[None]:
    """While the app's module is imported, what a new worker process would see.

    Raises FileNotFoundError if there is no such module.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    before = dict(os.environ)
    sys.modules.pop(path.stem, None)
    sys.path.insert(0, str(path.parent))
    importlib.invalidate_caches()
    _replace_environment(environ)
    try:
        yield
    finally:
        _replace_environment(before)
        sys.path.remove(str(path.parent))


class PythonWorker:
    """Invokes functions as Azure's Python worker does, with the converters of azure-functions."""

    def __init__(self, app: func.FunctionRegister) -> None:
        """The app can be given once: azure-functions refuses to list its functions twice."""
        indexed = {str(each.get_function_name()): each for each in app.get_functions()}
        self._code = {
            name: cast("Callable[..., object]", each.get_user_function())
            for name, each in indexed.items()
        }
        self.functions: Mapping[str, Sequence[str]] = {
            name: tuple(each.get_raw_bindings()) for name, each in indexed.items()
        }

    async def invoke(self, function: str, parameter: str, call: HttpCall) -> HttpAnswer:
        """As `Worker.invoke`; a synchronous function runs in a thread."""
        code = self._code[function]
        request = HttpRequest(
            call.method,
            call.url,
            headers=call.headers,
            params=call.query,
            route_params=call.route_params,
            body_type="bytes",
            body=call.body,
        )
        arguments: dict[str, object] = {parameter: request}
        if "context" in inspect.signature(code).parameters:
            folder = str(Path(inspect.getfile(code)).parent)
            trace = _TraceContext(call.trace_parent, call.trace_state)
            arguments["context"] = _Context(function, folder, trace)
        if inspect.iscoroutinefunction(code):
            result = await cast("Callable[..., Awaitable[object]]", code)(**arguments)
        else:
            result = await asyncio.to_thread(code, **arguments)
        return _encoded(result)


@dataclass(frozen=True)
class _TraceContext:
    trace_parent: str
    trace_state: str
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class _RetryContext:
    """HTTP functions are never retried by the host."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


@dataclass(frozen=True)
class _Context:
    """What `azure.functions.Context` offers."""

    function_name: str
    function_directory: str
    trace_context: _TraceContext
    invocation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    retry_context: _RetryContext = _RetryContext()
    thread_local_storage: threading.local = field(default_factory=threading.local)


def _encoded(result: object) -> HttpAnswer:
    try:
        encoded = HttpResponseConverter.encode(result, expected_type=type(result))
    except NotImplementedError:
        raise TypeError(f"an HTTP function cannot return {type(result).__name__}") from None
    if encoded.type == "string":
        return HttpAnswer.of_text(encoded.value)
    if encoded.value["cookies"]:
        raise NotImplementedError("this host carries no cookies")
    headers = {str(name): str(each.value) for name, each in encoded.value["headers"].items()}
    return HttpAnswer(int(encoded.value["status_code"].value), headers, encoded.value["body"].value)


def _replace_environment(environ: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environ)
