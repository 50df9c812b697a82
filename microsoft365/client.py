"""One HTTP client, one retry policy and one limiter a service, for everything Microsoft."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

import httpx
from azure.core.exceptions import AzureError
from pydantic import JsonValue
from pydantic_core import from_json
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from evidence.reading import get, objects, text
from microsoft365.deadline import Deadline
from microsoft365.errors import (
    DeadlineExceeded,
    MicrosoftError,
    Throttled,
    Truncated,
    Unauthorized,
    Unavailable,
    error_for,
)
from microsoft365.limits import Limits, Service
from microsoft365.tokens import Credential, Tokens

_CONNECT_TIMEOUT = 10.0
_LONGEST_CALL = 95.0
_WHOLE_ANSWER = 45.0
"""Seconds for an answer to the last byte, so that one that drips leaves time for other sources;
a hunt may compute for longer."""
_ATTEMPTS = 6
_SHORTEST_WAIT = 0.1
MOST_ITEMS = 5_000
"""Items read of one listing. A mailbox holds some hundreds of rules, in 256 KB."""
_LONGEST_WAIT = 86_400.0
"""Seconds that a service is believed when it says when to come back."""
_BACKOFF = wait_random_exponential(multiplier=0.5, max=20)
_RETRIED = (503, 504)
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


@dataclass(frozen=True)
class Endpoints:
    """Where the services are; the version of a path is not part of it."""

    tenant_id: str
    graph: str = "https://graph.microsoft.com"
    exchange: str = "https://outlook.office365.com"
    resource_manager: str = "https://management.azure.com"


@dataclass(frozen=True)
class Call:
    """One HTTP request to Microsoft, before it has a token."""

    service: Service
    method: str
    url: str
    body: JsonValue = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    mailbox: str | None = None
    """Whose mailbox it concerns: calls in flight are counted for each."""
    repeatable: bool = True
    """Whether sending it twice does no harm."""


@dataclass(frozen=True)
class Answer:
    """What a service answered: JSON, and the service's own clock."""

    status: int
    body: JsonValue
    at: datetime


@dataclass
class _Fate:
    """What became of one call, over all of its attempts."""

    uncertain: bool = False
    """Whether it was sent, and no answer said that it was not carried out."""


Check = Callable[[Answer], object]
"""Raises MicrosoftError for an answer whose body holds a refusal, so that it is tried again."""
Cut = Callable[[MicrosoftError, int], None]
"""Told that a listing ended before its last page: why, and how many items came until then."""


class Microsoft365:
    """Lives as long as the process: connections, tokens and limits. Close it if you opened it."""

    def __init__(
        self, endpoints: Endpoints, credential: Credential, http: httpx.AsyncClient | None = None
    ) -> None:
        self.endpoints = endpoints
        self.http = http or httpx.AsyncClient(
            timeout=httpx.Timeout(_LONGEST_CALL, connect=_CONNECT_TIMEOUT),
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
            follow_redirects=False,
        )
        self._tokens = Tokens(credential)
        self._limits = Limits()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def send(
        self,
        call: Call,
        deadline: Deadline,
        correlation_id: str,
        check: Check | None = None,
    ) -> Answer:
        """Sends a call until it is answered, refused for good, or the deadline is near.

        Raises MicrosoftError. 429, 503, 504 and broken connections are tried again; a call that is
        not repeatable only after a 429, which says that nothing was done.
        """
        host = self._host_of(call)
        fate = _Fate()

        async def once(token: str) -> Answer:
            answer = await self._once(call, token, correlation_id, fate)
            if check is not None:
                check(answer)
            return answer

        async def attempt() -> Answer:
            token = await self._token(call, host)
            try:
                return await once(token)
            except Unauthorized:
                # It can expire or be revoked (continuous access evaluation) before its time.
                other = await self._token(call, host, refused=token)
                if other == token:
                    raise
                return await once(other)

        label = call.service.label
        try:
            return await _patiently(attempt, label, deadline, repeatable=call.repeatable)
        except MicrosoftError as error:
            error.may_have_happened = fate.uncertain
            raise

    async def post_without_token(self, url: str, body: JsonValue, deadline: Deadline) -> None:
        """Posts to a callback URL, which is its own secret. Raises MicrosoftError."""

        async def attempt() -> Answer:
            try:
                response = await self.http.post(url, json=body)
            except (httpx.RequestError, httpx.InvalidURL) as error:
                raise Unavailable("Callback", 0, type(error).__name__, "not reached") from error
            if response.is_success:
                return Answer(response.status_code, None, datetime.now(UTC))
            return _answer("Callback", response)

        await _patiently(attempt, "Callback", deadline, repeatable=True)

    async def _token(self, call: Call, host: str, *, refused: str | None = None) -> str:
        try:
            return await self._tokens.bearer(f"{host}/.default", refused=refused)
        except AzureError as error:
            raise Unauthorized(call.service.label, 401, "noToken", str(error)) from error

    async def _once(self, call: Call, token: str, correlation_id: str, fate: _Fate) -> Answer:
        label = call.service.label
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json; charset=utf-8",
            "client-request-id": correlation_id,
            **call.headers,
            "Authorization": f"Bearer {token}",
        }
        try:
            async with self._limits.slot(call.service, call.mailbox):
                response = await self._whole(call, headers, fate)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise Unavailable(label, 0, type(error).__name__, str(error)) from error
        return _answer(label, response)

    async def _whole(self, call: Call, headers: Mapping[str, str], fate: _Fate) -> httpx.Response:
        """The answer to the last byte. Raises DeadlineExceeded, and httpx's own errors."""
        content = None if call.body is None else json.dumps(call.body)
        limit = _LONGEST_CALL if call.service is Service.HUNTING else _WHOLE_ANSWER
        before, fate.uncertain = fate.uncertain, True
        try:
            async with asyncio.timeout(limit):
                response = await self.http.request(
                    call.method, call.url, content=content, headers=headers
                )
        except _NEVER_SENT:
            fate.uncertain = before
            raise
        except TimeoutError as error:
            message = f"no whole answer within {limit:g} seconds"
            raise DeadlineExceeded(call.service.label, 0, "slow", message) from error
        if not response.is_success and response.status_code < 500:
            fate.uncertain = before
        return response

    def _host_of(self, call: Call) -> str:
        """The configured host that the call goes to; a token is sent to no other."""
        for host in (
            self.endpoints.graph,
            self.endpoints.exchange,
            self.endpoints.resource_manager,
        ):
            if call.url.startswith(host.rstrip("/") + "/"):
                return host.rstrip("/")
        message = "the service led to a host that is not one of the configured ones"
        raise Unavailable(call.service.label, 0, "foreignHost", message)


def following_page(service: Service, answer: Answer, asked: set[str], seen: int) -> str | None:
    """The page after an answer to one of those `asked`, None after the last one.

    Raises MicrosoftError for pages that go round in a circle, and after 5,000 items.
    """
    following = text(answer.body, "@odata.nextLink")
    if seen > MOST_ITEMS or (following and seen == MOST_ITEMS):
        message = f"it has more than {MOST_ITEMS:,} items"
        raise Truncated(service.label, answer.status, "tooMany", message)
    if following in asked:
        raise Unavailable(service.label, answer.status, "circle", "its pages never end")
    return following


async def _patiently(
    attempt: Callable[[], Awaitable[Answer]], label: str, deadline: Deadline, *, repeatable: bool
) -> Answer:
    """The one retry policy of everything that is sent."""

    def try_again(error: BaseException) -> bool:
        if isinstance(error, Throttled):
            return True
        passing = isinstance(error, Unavailable) and error.status in (0, *_RETRIED)
        return passing and repeatable

    retrying = AsyncRetrying(
        retry=retry_if_exception(try_again),
        wait=_wait,
        sleep=deadline.sleep,
        stop=lambda state: (
            state.attempt_number >= _ATTEMPTS or state.upcoming_sleep >= deadline.remaining
        ),
        reraise=True,
    )
    try:
        async with asyncio.timeout(deadline.remaining):
            return await retrying(attempt)
    except TimeoutError as error:
        raise DeadlineExceeded(label, 0, "deadline", "no answer in time") from error


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, MicrosoftError) and error.retry_after is not None:
        return max(error.retry_after, _SHORTEST_WAIT)
    return _BACKOFF(state)


def _answer(label: str, response: httpx.Response) -> Answer:
    at = _date(response.headers.get("Date")) or datetime.now(UTC)
    body: JsonValue = None
    readable = True
    if response.content:
        try:
            body = _json(response.content)
        except (ValueError, RecursionError):
            readable = False
    if response.is_success and readable:
        return Answer(response.status_code, body, at)
    if response.is_success:
        raise Unavailable(label, response.status_code, "unreadable", "the answer was no JSON")
    code, message = _error(body, response)
    raise error_for(label, response.status_code, code, message, _retry_after(response, at))


def _json(content: bytes) -> JsonValue:
    """The JSON of an answer. Half of a character, which anybody can put into the name of a rule,
    becomes a question mark: it can neither be sent nor stored.
    """
    try:
        return from_json(content)
    except ValueError:
        lenient = json.dumps(json.loads(content), ensure_ascii=False)
        return from_json(lenient.encode(errors="replace"))


def _error(body: JsonValue, response: httpx.Response) -> tuple[str, str]:
    """Code and message of Graph's, ARM's and Exchange's error bodies, the most telling first.

    Exchange puts the sentence that matters into `details` or the inner exception.
    """
    error = get(body, "error")
    details = objects(error, "details")
    message = (
        next((found for detail in details if (found := text(detail, "message"))), None)
        or text(error, "innererror", "internalexception", "message")
        or text(error, "message")
        or response.reason_phrase
    )
    return text(error, "code") or str(response.status_code), message


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """`Retry-After` in seconds, given as seconds or as a date by the service's own clock."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return min(float(value), _LONGEST_WAIT)
    until = _date(value)
    return min(max(0.0, (until - now).total_seconds()), _LONGEST_WAIT) if until else None


def _date(value: str | None) -> datetime | None:
    if value:
        with suppress(ValueError):
            parsed = parsedate_to_datetime(value)
            return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed
    return None
