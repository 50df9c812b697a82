"""Microsoft Graph: msgraph-sdk's builders name the request, our one client sends it."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime

from kiota_abstractions.authentication.anonymous_authentication_provider import (
    AnonymousAuthenticationProvider,
)
from kiota_abstractions.request_information import RequestInformation
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from pydantic import JsonValue

from evidence.model import JsonObject
from evidence.reading import as_object, get, number, objects, text
from microsoft365.client import (
    MOST_ITEMS,
    Answer,
    Call,
    Check,
    Cut,
    Microsoft365,
    following_page,
)
from microsoft365.deadline import Deadline
from microsoft365.errors import MicrosoftError, error_for
from microsoft365.limits import Service

_BATCH_SIZE = 20
_CONSISTENCY = "ConsistencyLevel"


class Graph:
    """Graph for one request: its deadline and its correlation id."""

    def __init__(self, microsoft: Microsoft365, deadline: Deadline, correlation_id: str) -> None:
        self._microsoft = microsoft
        self._deadline = deadline
        self._correlation_id = correlation_id
        self.v1 = _builders(microsoft, "v1.0")
        self.beta = _builders(microsoft, "beta")
        """The builders of v1.0 against beta's paths, for what only beta's answers carry."""
        self.now: datetime | None = None
        """What the service's clock said with its last answer."""

    async def send(
        self,
        request: RequestInformation,
        service: Service = Service.DIRECTORY,
        *,
        mailbox: str | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """Sends a request made by a builder. Raises MicrosoftError."""
        method = request.http_method.value if request.http_method else "GET"
        body = json.loads(request.content) if request.content else None
        headers = _advanced(request)
        return await self._send(
            method, request.url, service, body, mailbox, headers=headers, repeatable=repeatable
        )

    async def object(
        self,
        request: RequestInformation,
        service: Service = Service.DIRECTORY,
        *,
        mailbox: str | None = None,
    ) -> JsonObject:
        """The JSON object that a request is answered with. Raises MicrosoftError."""
        answer = await self.send(request, service, mailbox=mailbox)
        return as_object(answer.body)

    async def pages(
        self,
        request: RequestInformation,
        service: Service = Service.DIRECTORY,
        *,
        mailbox: str | None = None,
        cut: Cut | None = None,
    ) -> AsyncGenerator[list[JsonObject]]:
        """The pages of a collection, by `@odata.nextLink`. Raises MicrosoftError.

        `cut`: told when a later page fails; then the pages before it are all.
        """
        answer = await self.send(request, service, mailbox=mailbox)
        asked = {request.url}
        seen = 0
        while True:
            page = objects(answer.body, "value")
            yield page[: MOST_ITEMS - seen]
            seen += len(page)
            try:
                following = following_page(service, answer, asked, seen)
                if following is None:
                    return
                asked.add(following)
                # Every page needs its headers anew (Paging Microsoft Graph data in your app).
                answer = await self._send(
                    "GET", following, service, None, mailbox, headers=_advanced(request)
                )
            except MicrosoftError as error:
                if cut is None:
                    raise
                cut(error, min(seen, MOST_ITEMS))
                return

    async def collection(
        self,
        request: RequestInformation,
        service: Service = Service.DIRECTORY,
        *,
        mailbox: str | None = None,
        cut: Cut | None = None,
    ) -> list[JsonObject]:
        """All items of a collection, every page of it; `cut` as for pages. Raises MicrosoftError.

        Without `cut` it is all or nothing.
        """
        found: list[JsonObject] = []
        async for page in self.pages(request, service, mailbox=mailbox, cut=cut):
            found += page
        return found

    async def post(self, url: str, body: JsonValue, service: Service) -> Answer:
        """Posts a body that the SDK would write wrongly; the caller says why."""
        return await self._send("POST", url, service, body, None, repeatable=False)

    async def batch(
        self, requests: Sequence[RequestInformation], service: Service, *, mailbox: str
    ) -> list[JsonObject | None]:
        """The answers to several GETs of one mailbox, in order; None for one that was refused.

        Posted by hand: the SDK's batch loses JSON bodies (kiota-serialization-json 1.16).
        Source: Combine multiple HTTP requests using JSON batching. Raises MicrosoftError.
        """
        base = f"{self._microsoft.endpoints.graph}/v1.0"
        found: list[JsonObject | None] = []
        for start in range(0, len(requests), _BATCH_SIZE):
            part = requests[start : start + _BATCH_SIZE]
            body: JsonValue = {
                "requests": [
                    {"id": str(index), "method": "GET", "url": each.url.removeprefix(base)}
                    for index, each in enumerate(part)
                ]
            }

            def answers(answer: Answer, count: int = len(part)) -> list[JsonObject | None]:
                by_id = {text(item, "id"): item for item in objects(answer.body, "responses")}
                return [_batched(by_id.get(str(index)), service) for index in range(count)]

            # A batch succeeds although parts of it were throttled; it is then sent again whole.
            url = f"{base}/$batch"
            found += answers(await self._send("POST", url, service, body, mailbox, check=answers))
        return found

    async def _send(
        self,
        method: str,
        url: str,
        service: Service,
        body: JsonValue,
        mailbox: str | None,
        *,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
        check: Check | None = None,
    ) -> Answer:
        call = Call(service, method, url, body, headers or {}, mailbox, repeatable=repeatable)
        answer = await self._microsoft.send(call, self._deadline, self._correlation_id, check)
        self.now = answer.at
        return answer


def _batched(item: JsonObject | None, service: Service) -> JsonObject | None:
    """A sub-answer's body; None where it does not exist. Raises MicrosoftError for other errors."""
    status = number(item, "status") or 0
    body = get(item, "body")
    if status == 404:
        return None
    if status >= 400 or not isinstance(body, dict):
        code, message = text(body, "error", "code"), text(body, "error", "message")
        wait = number(item, "headers", "Retry-After")
        raise error_for(service.label, status or 502, code or "batch", message or "", wait)
    return body


def _advanced(request: RequestInformation) -> dict[str, str]:
    """The header of an advanced query on directory objects, where the request has it."""
    asked = any(name.lower() == _CONSISTENCY.lower() for name in request.headers.keys())  # noqa: SIM118 - no mapping
    return {_CONSISTENCY: "eventual"} if asked else {}


def _builders(microsoft: Microsoft365, version: str) -> GraphServiceClient:
    """The SDK's request builders. Its adapter never sends: it only carries the base URL."""
    adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), client=microsoft.http)
    adapter.base_url = f"{microsoft.endpoints.graph.rstrip('/')}/{version}"
    client = GraphServiceClient(request_adapter=adapter)
    client.path_parameters["baseurl"] = adapter.base_url
    return client
