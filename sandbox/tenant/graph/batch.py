"""JSON batching: up to twenty requests in one, some waiting for others."""

import json
from collections.abc import Iterable

import httpx
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.tenant.odata import body_of, refuse_unknown_options
from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem

_MOST = 20
_SENT_ON = ("authorization",)  # every other header stands in its part


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    id: str
    method: str
    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    body: JsonValue = None
    depends_on: list[str] = Field(default_factory=list)


class _Batch(BaseModel):
    requests: list[_Part] = Field(min_length=1)


class Batch:
    """The $batch endpoint; its parts go through the tenant's own front door."""

    def __init__(self, tenant: ASGIApp) -> None:
        self._tenant = tenant

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        return [Route(f"/{version}/$batch", self.batch, methods=["POST"])]

    async def batch(self, request: Request) -> Response:
        """Combine multiple HTTP requests using JSON batching: 200 whatever its parts answer."""
        refuse_unknown_options(request)
        parts = _parts(await body_of(request))
        version = request.url.path.split("/")[1]
        base = f"{str(request.base_url).rstrip('/')}/{version}"
        shared = {name: request.headers[name] for name in _SENT_ON if name in request.headers}
        answers: dict[str, JsonObject] = {}  # by id, which is not case-sensitive
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._tenant)) as client:
            for part in parts:
                if any(not _went_well(answers[name.lower()]) for name in part.depends_on):
                    answers[part.id.lower()] = _failed_dependency(part)
                    continue
                answer = await client.request(
                    part.method,
                    base + "/" + part.url.lstrip("/"),
                    headers={**shared, **part.headers},
                    content=None if part.body is None else json.dumps(part.body),
                )
                answers[part.id.lower()] = _shown(part, answer)
        return JSONResponse({"responses": [*answers.values()]})


def _parts(body: JsonObject) -> list[_Part]:
    """The parts in an order in which each comes after those that it depends on."""
    try:
        parts = _Batch.model_validate(body).requests
    except ValidationError as problem:
        raise _invalid("The batch request is not valid.") from problem
    if len(parts) > _MOST:
        raise _invalid(f"Number of batch request steps exceeds the maximum value of {_MOST}.")
    ids = [part.id.lower() for part in parts]
    if len(set(ids)) < len(ids):
        raise _invalid("Request Id has to be unique in a batch.")
    places = enumerate(parts)
    if any(name.lower() not in ids[:place] for place, part in places for name in part.depends_on):
        raise _invalid("A request depends on one that does not come before it.")
    if any(part.body is not None and not _has_type(part) for part in parts):
        raise _invalid("Content-Type header is required for requests with a body.")
    return parts


def _has_type(part: _Part) -> bool:
    return any(name.lower() == "content-type" for name in part.headers)


def _went_well(answer: JsonObject) -> bool:
    status = answer["status"]
    return isinstance(status, int) and status < 400


def _failed_dependency(part: _Part) -> JsonObject:
    message = "A request that this one depends on failed."
    return {
        "id": part.id,
        "status": 424,
        "headers": {},
        "body": {"error": {"code": "FailedDependency", "message": message}},
    }


def _shown(part: _Part, answer: httpx.Response) -> JsonObject:
    shown: JsonObject = {
        "id": part.id,
        "status": answer.status_code,
        "headers": _headers(answer.headers.items()),
    }
    if answer.content:
        shown["body"] = answer.json()
    return shown


def _headers(headers: Iterable[tuple[str, str]]) -> JsonObject:
    shown = {"content-type": "Content-Type", "retry-after": "Retry-After", "location": "Location"}
    return {shown[name.lower()]: value for name, value in headers if name.lower() in shown}


def _invalid(message: str) -> Problem:
    return Problem(400, "BadRequest", message)
