"""How calls upstream are counted."""

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bench.recorder import Recorder, UpstreamCall, round_trips
from bench.throttling import Ceiling, Throttling


def call(began: float, ended: float) -> UpstreamCall:
    return UpstreamCall("GET", "/", {}, b"", began, ended, 200)


def test_calls_at_the_same_time_are_one_round_trip() -> None:
    assert round_trips([call(0, 2), call(1, 3), call(1.5, 1.9)]) == 1


def test_a_call_that_waits_for_another_is_a_second_round_trip() -> None:
    # The short one may have led to the last, whatever the long one did meanwhile.
    assert round_trips([call(0, 5), call(0, 1), call(1, 2), call(2.5, 6)]) == 3


def test_no_calls_are_no_round_trip() -> None:
    assert round_trips([]) == 0


async def test_what_was_asked_before_is_answered_as_before_while_it_remembers() -> None:
    answers = iter(["first", "second", "third"])

    async def next_one(request: Request) -> Response:
        del request
        return PlainTextResponse(next(answers))

    recorder = Recorder(Starlette(routes=[Route("/next", next_one)]))
    transport = httpx.ASGITransport(recorder)
    async with httpx.AsyncClient(transport=transport, base_url="http://tenant") as client:
        before = (await client.get("/next?a=1")).text
        recorder.remembers = True
        again, other = [(await client.get(f"/next?a={number}")).text for number in (1, 2)]

    assert (before, again, other) == ("first", "first", "second")
    assert [each.target for each in recorder.calls] == ["/next?a=1", "/next?a=1", "/next?a=2"]


async def test_beyond_its_ceiling_the_tenant_says_when_to_come_back() -> None:
    async def answer(request: Request) -> Response:
        del request
        return PlainTextResponse("answer")

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    busy = Throttling(app, graph=Ceiling(2, 60), exchange=Ceiling(1, 60))
    transport = httpx.ASGITransport(busy)
    async with httpx.AsyncClient(transport=transport, base_url="http://tenant") as client:
        of_graph = [await client.get("/v1.0/domains") for _ in range(3)]
        of_exchange = await client.post("/adminapi/beta/contoso/InvokeCommand")

    assert [each.status_code for each in of_graph] == [200, 200, 429]
    assert 0 < int(of_graph[-1].headers["Retry-After"]) <= 60
    assert of_graph[-1].json()["error"]["code"] == "ApplicationThrottled"
    assert of_exchange.status_code == 200
