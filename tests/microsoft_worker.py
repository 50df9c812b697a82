"""Microsoft's own Python worker, the library azure-functions-runtime, behind the sandbox's host.

From Python 3.13 on, Azure runs Python functions with this library. The host talks to it in the
messages of FunctionRpc.proto (Azure/azure-functions-language-worker-protobuf); here it runs in
this process, so that the messages need only be objects with the same fields.
"""

import importlib
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol, cast

from sandbox.worker import FUNCTION_APP, HttpAnswer, HttpCall, Worker, fresh_process

PACKAGE = "azure_functions_runtime"


class WorkerFailure(Exception):
    """The status of an answer was failure; the text is the exception's, as the worker gave it."""


class _Message(SimpleNamespace):
    """A message of FunctionRpc.proto."""

    def WhichOneof(self, group: str) -> str | None:  # noqa: N802 - protobuf's name
        """The field that is set, of those of which only one can be."""
        del group
        return next((name for name in vars(self) if name != "name"), None)


class _StatusResult(_Message):
    Failure, Success = range(2)


class _BindingInfo(_Message):
    undefined = 0  # a DataType; the others are Directions
    out, inout = 1, 2


class _Protos:
    StatusResult = _StatusResult
    BindingInfo = _BindingInfo
    (
        FunctionMetadataResponse,
        InvocationResponse,
        ParameterBinding,
        RpcException,
        RpcFunctionMetadata,
        RpcHttp,
        TypedData,
        WorkerInitResponse,
        WorkerMetadata,
    ) = (_Message,) * 9


class _Runtime(Protocol):
    def start_threadpool_executor(self) -> None: ...

    async def worker_init_request(self, request: _Message) -> _Message: ...

    async def functions_metadata_request(self, request: _Message) -> _Message: ...

    async def invocation_request(self, request: _Message) -> _Message: ...


async def start_microsoft_worker(environ: Mapping[str, str], path: Path = FUNCTION_APP) -> Worker:
    """As `sandbox.worker.start_worker`. Raises WorkerFailure if the app cannot be indexed."""
    runtime = _own_runtime()
    start = _Message(capabilities={}, function_app_directory=str(path.parent))
    with fresh_process(environ, path):
        runtime.start_threadpool_executor()
        _succeeded(await runtime.worker_init_request(_asking(worker_init_request=start)))
    indexed = await runtime.functions_metadata_request(_asking())
    return _MicrosoftWorker(runtime, indexed.function_metadata_results)


class _MicrosoftWorker:
    def __init__(self, runtime: _Runtime, indexed: Sequence[_Message]) -> None:
        self._runtime = runtime
        self._ids = {str(each.name): str(each.function_id) for each in indexed}
        self.functions: Mapping[str, Sequence[str]] = {
            str(each.name): tuple(each.raw_bindings) for each in indexed
        }

    async def invoke(self, function: str, parameter: str, call: HttpCall) -> HttpAnswer:
        http = _Message(
            method=call.method,
            url=call.url,
            headers=call.headers,
            query=call.query,
            params=call.route_params,
            body=_Message(bytes=call.body) if call.body else _Message(),
        )
        invocation = _Message(
            invocation_id=str(uuid.uuid4()),
            function_id=self._ids[function],
            input_data=[_Message(name=parameter, data=_Message(http=http))],
            trigger_metadata={},
            trace_context=_Message(
                trace_parent=call.trace_parent, trace_state=call.trace_state, attributes={}
            ),
            retry_context=_Message(retry_count=0, max_retry_count=0, exception=None),
        )
        response = await self._runtime.invocation_request(_asking(invocation_request=invocation))
        _succeeded(response)
        returned = response.return_value
        if returned.WhichOneof("data") == "string":
            return HttpAnswer.of_text(returned.string)
        answer = returned.http
        return HttpAnswer(int(answer.status_code), answer.headers, answer.body.bytes)


def _own_runtime() -> _Runtime:
    """The library keeps its one app in globals, so that each app gets a copy of the library."""
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    return cast("_Runtime", importlib.import_module(PACKAGE))


def _asking(**request: _Message) -> _Message:
    return _Message(request=_Message(**request), properties={"protos": _Protos, "host": "sandbox"})


def _succeeded(response: _Message) -> None:
    if response.result.status != _StatusResult.Success:
        raise WorkerFailure(response.result.exception.message)
