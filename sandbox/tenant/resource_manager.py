"""Azure Resource Manager, as far as Sentinel incidents go."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.incident import Comment, Incident, Owner, Severity
from sandbox.tenant.odata import body_of
from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem
from sandbox.tenant.sentinel import alert_resource, entities, incident_resource
from sandbox.tenant.state import Change, TenantState
from sandbox.tenant.times import iso

_VERSIONS = ("2023-11-01", "2024-09-01", "2025-09-01", "2025-10-01-preview")
_LONGEST_COMMENT = 30_000


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Label(_Wire):
    label_name: str


class _Owner(_Wire):
    object_id: str | None = None
    email: str | None = None
    assigned_to: str | None = None
    user_principal_name: str | None = None


class _Properties(_Wire):
    """Incidents - Create Or Update: what may be written; the rest of a GET is ignored."""

    title: str
    severity: Literal["High", "Medium", "Low", "Informational"]
    status: Literal["New", "Active", "Closed"]
    description: str | None = None
    classification: (
        Literal["TruePositive", "FalsePositive", "BenignPositive", "Undetermined"] | None
    ) = None
    classification_reason: (
        Literal[
            "SuspiciousActivity", "SuspiciousButExpected", "IncorrectAlertLogic", "InaccurateData"
        ]
        | None
    ) = None
    classification_comment: str | None = None
    labels: list[_Label] | None = None
    owner: _Owner | None = None


class _Put(_Wire):
    etag: str | None = None
    properties: _Properties


_SEVERITIES: dict[str, Severity] = {
    "High": "high",
    "Medium": "medium",
    "Low": "low",
    "Informational": "informational",
}


class ResourceManager:
    """Incidents of the workspace. Provider names in a path may be in any case."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self) -> list[Route]:
        """One route for everything: Resource Manager does not tell case in paths."""
        methods = ["GET", "PUT", "POST", "DELETE", "PATCH"]
        return [Route("/subscriptions/{rest:path}", self.any, methods=methods)]

    async def any(self, request: Request) -> Response:
        """Find the resource of a path, once the api-version is there."""
        version = request.query_params.get("api-version")
        if not version:
            raise Problem(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        if version not in _VERSIONS:
            raise Problem(
                400,
                "NoRegisteredProviderFound",
                f"No registered resource provider found for API version '{version}'. "
                f"The supported api-versions are '{', '.join(_VERSIONS)}'.",
            )
        root = self._state.workspace.path
        path = request.url.path.rstrip("/")
        if not path.lower().startswith(f"{root.lower()}/incidents/"):
            raise _not_found(path)
        name, *rest = path[len(root) + len("/incidents/") :].split("/")
        incident = self._incident(name)
        match request.method, [rest[0].lower(), *rest[1:]] if rest else []:
            case "GET", []:
                return JSONResponse(incident_resource(self._state, incident))
            case "PUT", []:
                return await self._update(request, incident)
            case "GET", ["comments", *wanted] if len(wanted) < 2:
                return self._show_comments(incident, wanted)
            case "PUT", ["comments", comment_id]:
                return await self._write_comment(request, incident, comment_id)
            case "POST", ["alerts"]:
                alerts = [alert_resource(self._state, alert) for alert in incident.alerts]
                return JSONResponse({"value": alerts})
            case "POST", ["entities"]:
                found = entities(self._state, incident)
                return JSONResponse({"entities": found, "metaData": _counted(found)})
            case _:
                raise _not_found(path)

    async def _update(self, request: Request, incident: Incident) -> Response:
        """Incidents - Create Or Update. A stale etag is a conflict."""
        put = await _validated(request, _Put)
        etag = put.etag or request.headers.get("if-match")
        if etag not in {None, "*", incident.etag}:
            status = 409 if put.etag else 412
            raise Problem(
                status, "Conflict", "The etag does not match: the incident was changed meanwhile."
            )
        new = put.properties
        if new.status == "Closed" and new.classification is None:
            raise Problem(400, "BadRequest", "Classification is required to close an incident.")
        incident.title = new.title
        incident.severity = _SEVERITIES[new.severity]
        incident.sentinel_status = new.status
        incident.description = new.description or ""
        incident.sentinel_classification = new.classification
        incident.classification_reason = new.classification_reason
        incident.classification_comment = new.classification_comment
        if new.labels is not None:
            incident.labels = [label.label_name for label in new.labels]
        if new.owner is not None:
            incident.owner = Owner(**new.owner.model_dump())
        self._touch(incident, "Update incident", {"status": new.status, **_closing(new)})
        return JSONResponse(incident_resource(self._state, incident))

    async def _write_comment(
        self, request: Request, incident: Incident, comment_id: str
    ) -> Response:
        """Incident Comments - Create Or Update."""
        match (await body_of(request)).get("properties"):
            case {"message": str(message)} if message:
                pass
            case _:
                raise Problem(400, "BadRequest", "The comment's message is required.")
        if len(message) > _LONGEST_COMMENT:
            raise Problem(
                400, "BadRequest", f"The message is longer than {_LONGEST_COMMENT} characters."
            )
        comment = Comment(
            message=message,
            at=self._clock.now(),
            author=self._state.application.name,
            id=comment_id,
        )
        others = [one for one in incident.sentinel_comments if one.id != comment_id]
        status = 200 if len(others) < len(incident.sentinel_comments) else 201
        incident.sentinel_comments = [*others, comment]
        self._touch(incident, "Add comment", {"length": len(message)})
        return JSONResponse(_comment(self._state, incident, comment), status)

    def _show_comments(self, incident: Incident, wanted: list[str]) -> Response:
        """Incident Comments - List, or Get of one."""
        rows = {one.id: _comment(self._state, incident, one) for one in incident.sentinel_comments}
        if not wanted:
            return JSONResponse({"value": [*rows.values()]})
        if wanted[0] not in rows:
            raise _not_found(wanted[0])
        return JSONResponse(rows[wanted[0]])

    def _incident(self, name: str) -> Incident:
        for incident in self._state.incidents:
            if incident.id.lower() == name.lower():
                return incident
        raise Problem(404, "NotFound", f"Incident '{name}' was not found.")

    def _touch(self, incident: Incident, operation: str, details: JsonObject) -> None:
        incident.revision += 1
        incident.updated = self._clock.now()
        target = f"Sentinel incident {incident.number}: {incident.title}"
        self._state.changes.append(Change(self._clock.now(), operation, target, details))


async def _validated(request: Request, kind: type[_Put]) -> _Put:
    try:
        return kind.model_validate(await body_of(request))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Problem(
            400, "BadRequest", f"Invalid data model. {where}: {first['msg']}"
        ) from problem


def _closing(new: _Properties) -> JsonObject:
    if new.classification is None:
        return {}
    return {"classification": new.classification, "reason": new.classification_reason}


def _comment(state: TenantState, incident: Incident, comment: Comment) -> JsonObject:
    return {
        "id": f"{state.workspace.path}/Incidents/{incident.id}/Comments/{comment.id}",
        "name": comment.id,
        "type": "Microsoft.SecurityInsights/Incidents/Comments",
        "properties": {
            "message": comment.message,
            "createdTimeUtc": iso(comment.at),
            "lastModifiedTimeUtc": iso(comment.at),
            "author": {"name": comment.author, "objectId": None, "email": None},
        },
    }


def _counted(found: list[JsonValue]) -> list[JsonObject]:
    kinds = [str(one["kind"]) for one in found if isinstance(one, dict)]
    return [{"count": kinds.count(kind), "entityKind": kind} for kind in sorted(set(kinds))]


def _not_found(path: str) -> Problem:
    return Problem(404, "ResourceNotFound", f"The resource '{path}' could not be found.")
