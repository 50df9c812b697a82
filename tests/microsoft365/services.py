"""What tests of the client share."""

import time
from collections.abc import Callable, Coroutine, Mapping

import httpx
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from pydantic import JsonValue

from microsoft365.client import Call, Microsoft365
from microsoft365.deadline import Deadline
from microsoft365.limits import Service
from microsoft365.tenant import Tenant

Answering = (
    Callable[[httpx.Request], httpx.Response]
    | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
)
Connect = Callable[[Answering], Microsoft365]

GRAPH = "https://graph.microsoft.com"


class CountingCredential:
    """Gives `token-1`, `token-2` … for as long as there are any."""

    def __init__(self, tokens: int = 100, lifetime: float = 3600) -> None:
        self.asked: list[str] = []
        self.tokens = tokens
        self.lifetime = lifetime

    def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken:
        """The next token."""
        del claims
        self.asked += scopes
        if len(self.asked) > self.tokens:
            raise ClientAuthenticationError("the identity gives no token")
        return AccessToken(f"token-{len(self.asked)}", int(time.time() + self.lifetime))


class Script:
    """A service that gives its answers one by one, the last one for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The next answer."""
        self.requests.append(request)
        answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        # A response can be read once.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def refused(status: int, code: str = "refused", **headers: str) -> httpx.Response:
    """An error as Graph writes it."""
    body = {"error": {"code": code, "message": f"the message of {code}"}}
    named = [
        (name.replace("_", "-").encode(), text.encode("latin-1")) for name, text in headers.items()
    ]
    return httpx.Response(status, json=body, headers=named)


def listed(*items: JsonValue, following: str | None = None) -> httpx.Response:
    """A page of a collection."""
    body: dict[str, JsonValue] = {"value": list(items)}
    if following is not None:
        body["@odata.nextLink"] = following
    return httpx.Response(200, json=body)


def call(
    path: str = "/v1.0/organization",
    *,
    service: Service = Service.DIRECTORY,
    headers: Mapping[str, str] | None = None,
    mailbox: str | None = None,
    repeatable: bool = True,
) -> Call:
    """A call to Graph."""
    return Call(
        service, "GET", GRAPH + path, None, headers or {}, mailbox=mailbox, repeatable=repeatable
    )


def tenant_of(client: Microsoft365, seconds: float = 30) -> Tenant:
    """The tenant of one request."""
    return Tenant(client, correlation_id="run-1", deadline=Deadline(seconds))
