"""The local Functions host answers as the cloud's host does."""

import json
import os
from pathlib import Path

import httpx
import pytest

from sandbox.host import functions_host, load_function_app

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
        "traceparent": context.trace_context.trace_parent,
    }), mimetype="application/json")

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


def client_of(folder: Path, host_json: str | None = None, source: str = APP) -> httpx.AsyncClient:
    (folder / "function_app.py").write_text(source)
    if host_json is not None:
        (folder / "host.json").write_text(host_json)
    app = load_function_app({"GREETING": "hello"}, folder / "function_app.py")
    transport = httpx.ASGITransport(
        functions_host(app, key=KEY, host_json=folder / "host.json"), raise_app_exceptions=False
    )
    return httpx.AsyncClient(transport=transport, base_url="http://host")


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    return client_of(tmp_path)


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
    assert answer.headers["content-type"].startswith("text/plain")


async def test_the_function_sees_the_request_as_it_was_sent(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/echo/mail%20box%2Fx/12?a=1&a=2",
        content="body",
        headers={
            "x-ms-client-principal": "anyone can send this",
            "traceparent": "00-abc-def-01",
        },
    )
    seen = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert seen["method"] == "POST"
    assert seen["url"] == "http://host/api/echo/mail%20box%2Fx/12?a=1&a=2"
    assert seen["params"] == {"a": "1,2"}
    assert seen["route"] == {"kind": "mail box%2Fx", "id": "12"}
    assert seen["body"] == "body"
    assert seen["headers"]["x-ms-client-principal"] == "anyone can send this"
    assert (seen["function"], seen["traceparent"]) == ("echo", "00-abc-def-01")


async def test_routes_match_as_templates(client: httpx.AsyncClient) -> None:
    assert (await client.get("/API/Echo/thing/")).json()["route"] == {"kind": "thing"}
    assert (await client.get("/api/echo/fixed")).text == "fixed"
    assert (await client.get("/api/echo/thing/word")).status_code == 404
    assert (await client.get("/api/files/a/b.txt")).text == "a/b.txt"
    assert (await client.get("/api/files")).text == ""


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/unknown"), ("POST", "/api/greet"), ("HEAD", "/api/greet"), ("GET", "/greet")],
)
async def test_what_is_not_there_is_not_found_even_with_a_key(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, headers={"x-functions-key": KEY})
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("path", ["/api/broken", "/api/odd"])
async def test_a_failing_function_tells_nothing(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.content) == (500, b"")


async def test_no_result_is_no_content(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/nothing")).status_code == 204


async def test_host_json_sets_prefix_and_timeout(tmp_path: Path) -> None:
    host_json = {
        "version": "2.0",
        "functionTimeout": "00:00:00.05",
        "extensions": {"http": {"routePrefix": "v1/x"}},
    }
    async with client_of(tmp_path, json.dumps(host_json)) as client:
        assert (await client.get("/v1/x/open")).status_code == 200
        assert (await client.get("/api/open")).status_code == 404
        assert (await client.get("/v1/x/slow")).status_code == 500


@pytest.mark.parametrize("source", ["x = 1", APP + "\nanother = func.FunctionApp()\n"])
def test_a_module_holds_exactly_one_app(tmp_path: Path, source: str) -> None:
    (tmp_path / "function_app.py").write_text(source)
    with pytest.raises(ValueError, match="exactly one FunctionApp"):
        load_function_app({"GREETING": "x"}, tmp_path / "function_app.py")


def test_a_second_load_is_a_fresh_execution(tmp_path: Path) -> None:
    path = tmp_path / "function_app.py"
    path.write_text(APP)
    environ = {"GREETING": "x"}
    assert load_function_app(environ, path) is not load_function_app(environ, path)


def test_a_route_the_host_cannot_serve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown constraint"):
        client_of(tmp_path, source=APP.replace("{kind}", "{kind:colour}"))
