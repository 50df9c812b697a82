"""The local Functions host answers as the cloud's host does, whichever worker is behind it."""

import json
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from sandbox.host import functions_host
from tests.labs import StartWorker
from tests.microsoft_worker import WorkerFailure

KEY = "the-key"

APP = """
import asyncio, os, threading, time
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
GREETING = os.environ["GREETING"]

@app.route(route="greet", methods=["GET"])
async def greet(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(GREETING, headers={"X-Greeting": "yes"}, status_code=203)

@app.route(route="open", auth_level=func.AuthLevel.ANONYMOUS)
def open_to_all(req: func.HttpRequest) -> str:
    return threading.current_thread().name

@app.route(route="master", auth_level=func.AuthLevel.ADMIN)
def master(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("ok")

@app.route(route="echo/{kind}/{id:int?}", auth_level="anonymous")
async def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    import json
    return func.HttpResponse(json.dumps({
        "method": req.method, "url": req.url, "headers": dict(req.headers),
        "params": dict(req.params), "route": dict(req.route_params),
        "body": req.get_body().decode(), "function": context.function_name,
        "folder": context.function_directory, "worker": type(context).__module__,
        "traceparent": context.trace_context.trace_parent,
        "retries": context.retry_context.max_retry_count,
    }), mimetype="application/json")

@app.route(route="size", auth_level="anonymous")
async def size(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(str(len(req.get_body())))

@app.route(route="json", auth_level="anonymous")
async def as_json(req: func.HttpRequest) -> func.HttpResponse:
    try:
        return func.HttpResponse(str(req.get_json()))
    except ValueError as error:
        return func.HttpResponse(str(error), status_code=400)

@app.route(auth_level="anonymous")
def unrouted(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("here")

@app.route(route="latin", auth_level="anonymous")
def latin(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("\u00e9", mimetype="text/html", charset="latin-1")

@app.route(route="typed", auth_level="anonymous")
def typed(req: func.HttpRequest) -> func.HttpResponse:
    answer = func.HttpResponse(b"%PDF", headers={"Content-Type": "application/pdf"})
    answer.headers.add("X-Twice", "first")
    answer.headers.add("X-Twice", "second")
    return answer

@app.route(route="bodiless", auth_level="anonymous")
def bodiless(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=202)

@app.route(route="echo/fixed", auth_level="anonymous")
def fixed(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("fixed")

@app.route(route="files/{*rest}", auth_level="anonymous")
def files(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.route_params.get("rest", ""))

@app.route(route="broken", auth_level="anonymous")
async def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("a secret of the inside")

@app.route(route="odd", auth_level="anonymous")
async def odd(req: func.HttpRequest):
    return {"not": "encodable"}

@app.route(route="nothing", auth_level="anonymous")
async def nothing(req: func.HttpRequest):
    return None

@app.route(route="slow", auth_level="anonymous")
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    await asyncio.sleep(30)
"""


class Hosting(Protocol):
    async def __call__(self, source: str = APP, host_json: str = "{}") -> httpx.AsyncClient: ...


@pytest.fixture
def hosting(start_worker: StartWorker, tmp_path: Path) -> Hosting:
    """Hosts an app, and gives a client of it."""

    async def hosted(source: str = APP, host_json: str = "{}") -> httpx.AsyncClient:
        (tmp_path / "function_app.py").write_text(source)
        (tmp_path / "host.json").write_text(host_json)
        worker = await start_worker({"GREETING": "hello"}, tmp_path / "function_app.py")
        host = functions_host(worker, key=KEY, host_json=tmp_path / "host.json")
        transport = httpx.ASGITransport(host, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://host")

    return hosted


@pytest.fixture
async def client(hosting: Hosting) -> httpx.AsyncClient:
    return await hosting()


async def test_the_app_sees_the_given_environment_and_ours_stays_as_it_was(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/api/greet", headers={"x-functions-key": KEY})
    assert (answer.status_code, answer.text) == (203, "hello")
    assert answer.headers["x-greeting"] == "yes"
    assert "GREETING" not in os.environ


@pytest.mark.parametrize("path", ["/api/greet", "/api/master"])
async def test_a_protected_function_wants_the_key(client: httpx.AsyncClient, path: str) -> None:
    for headers in ({}, {"x-functions-key": "wrong"}):
        refused = await client.get(path, headers=headers)
        assert (refused.status_code, refused.content) == (401, b"")
    assert (await client.get(path, params={"code": KEY})).is_success
    assert (await client.get(path, headers={"X-Functions-Key": KEY})).is_success


async def test_a_sync_function_runs_in_a_thread_of_its_own(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/open")
    assert answer.text != "MainThread"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_the_function_sees_the_request_as_it_was_sent(
    client: httpx.AsyncClient, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    answer = await client.post(
        "/api/echo/mail%20box%2Fx/12?a=1&b=%26%2B+c&A=2&empty=&a=",
        content="body",
        headers=[
            (b"X-MS-Client-Principal", b"anyone can send this"),
            (b"X-Twice", b"first"),
            (b"x-twice", b"second"),
            (b"X-Empty", b""),
            (b"X-Name", "Zo\u00eb".encode()),
            (b"traceparent", b"00-abc-def-01"),
        ],
    )
    seen = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert seen["method"] == "POST"
    assert seen["url"] == "http://host/api/echo/mail%20box%2Fx/12?a=1&b=%26%2B+c&A=2&empty=&a="
    assert seen["params"] == {"a": "1,2", "b": "&+ c"}
    assert seen["route"] == {"kind": "mail box%2Fx", "id": "12"}
    assert seen["body"] == "body"
    assert seen["headers"]["x-ms-client-principal"] == "anyone can send this"
    assert (seen["headers"]["x-twice"], seen["headers"]["x-empty"]) == ("first,second", "")
    assert seen["headers"]["x-name"] == "Zo\u00eb"
    assert (seen["function"], seen["traceparent"]) == ("echo", "00-abc-def-01")
    assert (seen["folder"], seen["retries"]) == (str(tmp_path), 0)
    by_microsoft = pytestconfig.getoption("--functions-worker") == "microsoft"
    assert seen["worker"] == (
        "azure_functions_runtime.bindings.context" if by_microsoft else "sandbox.worker"
    )


async def test_a_body_of_any_size_and_bytes_arrives_whole(client: httpx.AsyncClient) -> None:
    body = bytes(range(256)) * 20_000
    assert (await client.post("/api/size", content=body)).text == str(len(body))
    assert (await client.post("/api/size")).text == "0"


async def test_a_body_without_a_length_does_not_reach_the_function(
    client: httpx.AsyncClient,
) -> None:
    async def chunks() -> AsyncGenerator[bytes]:
        yield b"body"

    assert (await client.post("/api/size", content=chunks())).text == "0"


async def test_json_is_parsed_by_the_worker(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/json", json={"a": [1, None]})).text == "{'a': [1, None]}"
    for bad in (b"", b"{", b"\xff"):
        answer = await client.post("/api/json", content=bad)
        assert answer.status_code == 400
        assert answer.text == "HTTP request does not contain valid JSON data"


async def test_the_caller_gets_the_answer_as_the_function_gave_it(
    client: httpx.AsyncClient,
) -> None:
    html = await client.get("/api/latin")
    assert html.headers["content-type"] == "text/html; charset=latin-1"
    assert (html.content, html.headers["content-length"]) == (b"\xe9", "1")

    typed = await client.get("/api/typed")
    assert (typed.headers["content-type"], typed.content) == ("application/pdf", b"%PDF")
    assert typed.headers.get_list("x-twice") == ["second"]  # a worker's headers are a mapping

    bodiless = await client.get("/api/bodiless")
    assert (bodiless.status_code, bodiless.content) == (202, b"")
    assert bodiless.headers["content-type"] == "text/plain; charset=utf-8"


async def test_routes_match_as_templates(client: httpx.AsyncClient) -> None:
    assert (await client.get("/API/Echo/thing/")).json()["route"] == {"kind": "thing"}
    assert (await client.get("/api/echo/fixed")).text == "fixed"
    assert (await client.get("/api/echo/thing/word")).status_code == 404
    assert (await client.get("/api/files/a/b.txt")).text == "a/b.txt"
    assert (await client.get("/api/files")).text == ""
    assert (await client.get("/api/unrouted")).text == "here"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/unknown"), ("POST", "/api/greet"), ("HEAD", "/api/greet"), ("GET", "/greet")],
)
async def test_what_is_not_there_is_not_found_even_with_a_key(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, headers={"x-functions-key": KEY})
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("path", ["/api/broken", "/api/odd", "/api/nothing"])
async def test_a_failing_function_tells_nothing(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.content) == (500, b"")


async def test_host_json_sets_prefix_and_timeout(hosting: Hosting) -> None:
    host_json = {
        "version": "2.0",
        "functionTimeout": "00:00:00.05",
        "extensions": {"http": {"routePrefix": "v1/x"}},
    }
    async with await hosting(host_json=json.dumps(host_json)) as client:
        assert (await client.get("/v1/x/open")).status_code == 200
        assert (await client.get("/api/open")).status_code == 404
        assert (await client.get("/v1/x/slow")).status_code == 500


@pytest.mark.parametrize(
    "source",
    ["x = 1", APP + "\nanother = func.FunctionApp()\n", APP + "\nanother_name = app\n"],
    ids=["none", "two", "one of two names"],
)
async def test_a_module_holds_exactly_one_app(hosting: Hosting, source: str) -> None:
    with pytest.raises((ValueError, WorkerFailure), match=r"function app instances|one Function"):
        await hosting(source)


async def test_a_second_start_is_a_fresh_execution(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    path = tmp_path / "function_app.py"
    path.write_text(APP)
    workers = [await start_worker({"GREETING": each}, path) for each in ("hello", "good day")]
    greetings: list[str] = []
    for worker in workers:
        transport = httpx.ASGITransport(functions_host(worker, key=KEY))
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            greetings.append((await client.get("/api/greet", params={"code": KEY})).text)
    assert greetings == ["hello", "good day"]


async def test_a_route_the_host_cannot_serve_is_refused(hosting: Hosting) -> None:
    with pytest.raises(ValueError, match="unknown constraint"):
        await hosting(APP.replace("{kind}", "{kind:colour}"))
