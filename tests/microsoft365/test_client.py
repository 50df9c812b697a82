"""The client waits when it is told to, gives up in time, and never hammers."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from microsoft365.client import Answer, Call, Endpoints, Microsoft365
from microsoft365.deadline import Deadline
from microsoft365.errors import (
    BadRequest,
    Conflict,
    DeadlineExceeded,
    Forbidden,
    LicenseMissing,
    MicrosoftError,
    NotFound,
    Throttled,
    Unauthorized,
    Unavailable,
)
from microsoft365.limits import Service
from tests.microsoft365.services import Connect, CountingCredential, Script, call, refused

OK = httpx.Response(200, json={"ok": True})


async def sent(client: Microsoft365, seconds: float = 30, *, repeatable: bool = True) -> Answer:
    return await client.send(call(repeatable=repeatable), Deadline(seconds), "run-1")


async def test_an_answer_is_its_json_and_the_services_own_clock(connect: Connect) -> None:
    script = Script(
        httpx.Response(200, json={"a": 1}, headers={"Date": "Wed, 18 Nov 2026 10:00:00 GMT"})
    )

    answer = await sent(connect(script))

    assert (answer.status, answer.body) == (200, {"a": 1})
    assert answer.at.isoformat() == "2026-11-18T10:00:00+00:00"
    [request] = script.requests
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.headers["client-request-id"] == "run-1"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": " 7 "}, 7.0),
        # A date counts by the clock of the service, whatever this machine's clock says.
        (
            {
                "Retry_After": "Wed, 18 Nov 2026 10:00:09 GMT",
                "Date": "Wed, 18 Nov 2026 10:00:00 GMT",
            },
            9.0,
        ),
        (
            {
                "Retry_After": "Wed, 18 Nov 2026 09:00:00 GMT",
                "Date": "Wed, 18 Nov 2026 10:00:00 GMT",
            },
            0.1,
        ),
        # Even who may come back at once does not hammer.
        ({"Retry_After": "0"}, 0.1),
    ],
)
async def test_a_throttled_call_waits_for_as_long_as_the_service_says(
    connect: Connect, waits: list[float], headers: dict[str, str], expected: float
) -> None:
    script = Script(refused(429, **headers), refused(429, **headers), OK)

    await sent(connect(script))

    assert waits == [expected, expected]
    assert len(script.requests) == 3


@pytest.mark.parametrize("unusable", ["", "soon", "-5", "1.5", "²", "9" * 400])
async def test_without_a_usable_time_the_wait_grows_by_chance_or_ends(
    connect: Connect, waits: list[float], unusable: str
) -> None:
    script = Script(refused(429, Retry_After=unusable))

    with pytest.raises(Throttled):
        await sent(connect(script))

    assert len(script.requests) <= 6
    assert all(0 <= wait <= 20 for wait in waits)


async def test_a_wait_beyond_the_deadline_is_not_begun(
    connect: Connect, waits: list[float]
) -> None:
    script = Script(refused(429, Retry_After="31"))

    with pytest.raises(Throttled) as raised:
        await sent(connect(script), seconds=30)

    assert raised.value.retry_after == 31
    assert raised.value.gap("Graph").reason == "throttled"
    assert (len(script.requests), waits) == (1, [])


@pytest.mark.parametrize("status", [503, 504])
async def test_a_service_that_is_away_is_asked_again_for_a_read_but_not_for_a_final_write(
    connect: Connect, waits: list[float], status: int
) -> None:
    read = Script(refused(status, Retry_After="2"), OK)
    await sent(connect(read))
    assert (len(read.requests), waits) == (2, [2.0])

    write = Script(refused(status), OK)
    with pytest.raises(Unavailable):
        await sent(connect(write), repeatable=False)
    assert len(write.requests) == 1


async def test_a_throttled_write_is_sent_again_because_nothing_was_done(
    connect: Connect, waits: list[float]
) -> None:
    script = Script(refused(429, Retry_After="1"), OK)

    await sent(connect(script), repeatable=False)

    assert (len(script.requests), waits) == (2, [1.0])


@pytest.mark.parametrize(
    "broken",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError("cut"),
        httpx.RemoteProtocolError("cut in the middle of the body"),
        httpx.ReadTimeout("silence"),
        httpx.DecodingError("no gzip"),
    ],
)
async def test_a_broken_connection_is_tried_again_but_never_for_a_final_write(
    connect: Connect, waits: list[float], broken: httpx.RequestError
) -> None:
    read = Script(broken, broken, OK)
    assert (await sent(connect(read))).body == {"ok": True}
    assert (len(read.requests), len(waits)) == (3, 2)

    write = Script(broken, OK)
    with pytest.raises(Unavailable):
        await sent(connect(write), repeatable=False)
    assert len(write.requests) == 1


async def test_a_connection_that_is_cut_in_the_middle_of_a_body_is_tried_again(
    waits: list[float],
) -> None:
    """Over a real socket, which a simulated transport cannot break off."""
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        served += 1
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"ok": true}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        writer.write(body if served > 2 else body[:5])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    endpoints = Endpoints(tenant_id="contoso", graph=base)
    async with server, Microsoft365(endpoints, CountingCredential()) as client:
        asked = Call(Service.DIRECTORY, "GET", f"{base}/v1.0/organization")
        answer = await client.send(asked, Deadline(5), "run-1")

    assert (answer.body, served, len(waits)) == ({"ok": True}, 3, 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 429, 500, 502, 503, 504])
async def test_no_refusal_is_asked_about_more_than_six_times(
    connect: Connect, waits: list[float], status: int
) -> None:
    script = Script(refused(status, Retry_After="0"))

    with pytest.raises(MicrosoftError):
        await sent(connect(script))

    most = {401: 2, 429: 6, 503: 6, 504: 6}.get(status, 1)
    assert len(script.requests) == most
    assert len(waits) == (most - 1 if status != 401 else 0)


@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        (400, "BadRequest", BadRequest, "unavailable"),
        (403, "Authorization_RequestDenied", Forbidden, "forbidden"),
        (
            403,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            LicenseMissing,
            "license",
        ),
        (404, "Request_ResourceNotFound", NotFound, "notFound"),
        (409, "Conflict", Conflict, "unavailable"),
        (412, "PreconditionFailed", Conflict, "unavailable"),
        (302, "Found", BadRequest, "unavailable"),
        (500, "InternalServerError", Unavailable, "unavailable"),
    ],
)
async def test_each_refusal_is_told_apart_and_keeps_the_services_words(
    connect: Connect,
    status: int,
    code: str,
    kind: type[MicrosoftError],
    reason: str,
) -> None:
    with pytest.raises(kind) as raised:
        await sent(connect(Script(refused(status, code))))

    assert (raised.value.status, raised.value.code) == (status, code)
    assert raised.value.gap("Graph x").model_dump(exclude_none=True) == {
        "source": "Graph x",
        "reason": reason,
        "detail": f"{code}: the message of {code}",
    }


async def test_an_error_page_in_html_is_a_failure_of_the_service(connect: Connect) -> None:
    html = b"<html><body>Our services aren't available right now</body></html>"
    for status in (200, 500, 502):
        with pytest.raises(Unavailable) as raised:
            await sent(connect(Script(httpx.Response(status, html=html.decode()))))
        assert raised.value.status == status
        assert "<html>" not in str(raised.value)


async def test_a_name_that_is_no_text_hides_nothing(connect: Connect) -> None:
    """Half of a character in the name of one rule must not blind Mailwarden to all of them."""
    body = b'{"value": [{"name": "a\\ud800b"}, {"name": "c"}]}'

    answer = await sent(connect(Script(httpx.Response(200, content=body))))

    assert answer.body == {"value": [{"name": "a?b"}, {"name": "c"}]}


async def test_an_answer_that_drips_is_ended_by_the_deadline(connect: Connect) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.05)

    def dripping(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=drip())

    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        await sent(connect(dripping), seconds=0.2)

    assert time.monotonic() - began < 2


async def test_when_no_time_is_left_nothing_is_sent(connect: Connect) -> None:
    script = Script(OK)

    with pytest.raises(DeadlineExceeded):
        await sent(connect(script), seconds=0)

    assert script.requests == []


async def test_a_refused_token_is_renewed_once(
    connect: Connect, credential: CountingCredential
) -> None:
    script = Script(refused(401, "InvalidAuthenticationToken"), OK)

    await sent(connect(script))

    assert [each.headers["authorization"] for each in script.requests] == [
        "Bearer token-1",
        "Bearer token-2",
    ]
    assert credential.asked == ["https://graph.microsoft.com/.default"] * 2


async def test_a_token_is_kept_until_shortly_before_its_end(
    connect: Connect, credential: CountingCredential
) -> None:
    client = connect(Script(OK))
    for _ in range(3):
        await sent(client)
    assert len(credential.asked) == 1

    credential.lifetime = 60
    ending = connect(Script(OK))
    for _ in range(3):
        await sent(ending)
    assert len(credential.asked) == 4


async def test_an_identity_that_gives_no_token_is_a_refusal(
    connect: Connect, credential: CountingCredential
) -> None:
    credential.tokens = 0
    script = Script(OK)

    with pytest.raises(Unauthorized) as raised:
        await sent(connect(script))

    assert raised.value.gap("Graph").reason == "forbidden"
    assert script.requests == []


async def test_a_redirect_is_never_followed(connect: Connect) -> None:
    script = Script(httpx.Response(302, headers={"Location": "https://evil.example/"}), OK)

    with pytest.raises(MicrosoftError):
        await sent(connect(script))

    assert [each.url.host for each in script.requests] == ["graph.microsoft.com"]


async def test_a_callback_is_told_without_a_token(connect: Connect) -> None:
    url = "https://prod-1.westeurope.logic.azure.com/workflows/x/run?sig=secret"
    for taken in (
        httpx.Response(200),
        httpx.Response(202, text="Accepted"),
        httpx.Response(200, json={}),
    ):
        script = Script(taken)
        await connect(script).post_without_token(url, {"status": "approved"}, Deadline(5))
        [request] = script.requests
        assert "authorization" not in request.headers

    with pytest.raises(MicrosoftError) as raised:
        await connect(Script(refused(404))).post_without_token(url, {}, Deadline(5))
    assert "secret" not in str(raised.value)
