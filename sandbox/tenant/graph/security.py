"""Alerts, incidents and advanced hunting of Defender XDR."""

import asyncio
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.graph.alerts import alert_resource, comment_resource, incident_resource
from sandbox.tenant.graph.bodies import refuse_unknown_parameters, refused_body, unknown_property
from sandbox.tenant.hunting import HuntingDatabase, HuntingError, open_database
from sandbox.tenant.incident import (
    Alert,
    AlertStatus,
    Classification,
    Comment,
    Determination,
    Incident,
    IncidentStatus,
    Severity,
)
from sandbox.tenant.odata import (
    body_of,
    context_url,
    evolved,
    filtered,
    option,
    page,
    page_size,
    refuse_unknown_options,
)
from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_text, by_time
from sandbox.tenant.state import Change, TenantState

_LATER_MEMBERS = {"status": ("awaitingAction",)}  # incident resource type
_INCIDENT = Resource("microsoft.graph.security.incident", ())
_MOMENT = by_time("eq", "ge", "le", "gt", "lt")
_ALERT = Resource(
    "microsoft.graph.security.alert",
    (
        "actorDisplayName additionalData alertPolicyId alertWebUrl assignedTo categories category "
        "classification comments createdDateTime customDetails description detectionSource "
        "detectorId determination evidence firstActivityDateTime id incidentId incidentWebUrl "
        "investigationState lastActivityDateTime lastUpdateDateTime mitreTechniques productName "
        "providerAlertId recommendedActions resolvedDateTime serviceSource severity status "
        "systemTags tenantId threatDisplayName threatFamilyName title"
    ).split(),
    filters={  # List alerts_v2
        "assignedTo": by_text("eq"),
        "classification": by_text("eq"),
        "determination": by_text("eq"),
        "createdDateTime": _MOMENT,
        "lastUpdateDateTime": _MOMENT,
        "severity": by_text("eq"),
        "serviceSource": by_text("eq"),
        "status": by_text("eq"),
    },
)


class _Update(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class AlertUpdate(_Update):
    """Update alert: what may be written."""

    status: AlertStatus | None = None
    classification: Classification | None = None
    determination: Determination | None = None
    assigned_to: str | None = None
    custom_details: JsonObject | None = None


class IncidentUpdate(_Update):
    """Update incident: what may be written."""

    status: IncidentStatus | None = None
    classification: Classification | None = None
    determination: Determination | None = None
    severity: Severity | None = None
    assigned_to: str | None = None
    custom_tags: list[str] | None = None
    description: str | None = None
    display_name: str | None = None
    resolving_comment: str | None = None
    summary: str | None = None


UpdateT = TypeVar("UpdateT", bound=_Update)


class Security:
    """The security room of Graph."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._hunting: HuntingDatabase | None = None
        self._opening = asyncio.Lock()

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        root = f"/{version}/security"
        return [
            Route(f"{root}/runHuntingQuery", self.hunt, methods=["POST"]),
            Route(f"{root}/microsoft.graph.security.runHuntingQuery", self.hunt, methods=["POST"]),
            Route(f"{root}/alerts_v2", self.alerts, methods=["GET"]),
            Route(f"{root}/alerts_v2/{{alert}}", self.alert, methods=["GET"]),
            Route(f"{root}/alerts_v2/{{alert}}", self.update_alert, methods=["PATCH"]),
            Route(f"{root}/alerts_v2/{{alert}}/comments", self.comment_alert, methods=["POST"]),
            Route(f"{root}/incidents/{{incident}}", self.incident, methods=["GET"]),
            Route(f"{root}/incidents/{{incident}}", self.update_incident, methods=["PATCH"]),
            Route(
                f"{root}/incidents/{{incident}}/comments", self.comment_incident, methods=["POST"]
            ),
        ]

    def close(self) -> None:
        """Let go of the hunting database."""
        if self._hunting:
            self._hunting.close()

    async def hunt(self, request: Request) -> Response:
        """security: runHuntingQuery. Property names are taken in any case."""
        refuse_unknown_options(request)
        body = {name.lower(): value for name, value in (await body_of(request)).items()}
        query, timespan = body.get("query"), body.get("timespan")
        refuse_unknown_parameters(body, ("query", "timespan", "workspaceid"), "runHuntingQuery")
        if not isinstance(query, str) or not query.strip():
            raise Problem(400, "BadRequest", "The parameter 'query' must not be empty.")
        if timespan is not None and not isinstance(timespan, str):
            raise Problem(400, "BadRequest", "The parameter 'timespan' is not valid.")
        database = await self._database()
        try:
            found = await database.query(query, timespan)
        except HuntingError as problem:
            raise Problem(400, "BadRequest", str(problem)) from problem
        context = context_url(request, "microsoft.graph.security.huntingQueryResults")
        return JSONResponse({"@odata.context": context, **found})

    async def _database(self) -> HuntingDatabase:
        """The hunting database, filled at the first hunt and off the event loop."""
        async with self._opening:
            if self._hunting is None:
                self._hunting = await open_database(
                    self._state.hunting, self._clock.now, self._state.delays
                )
            return self._hunting

    async def alerts(self, request: Request) -> Response:
        """List alerts_v2, the most recent first. The title is not among what can be filtered."""
        refuse_unknown_options(request, ("$filter", "$top", "$skip", "$count"))
        rows = [
            alert_resource(self._state, incident, alert)
            for incident in self._state.incidents
            for alert in incident.alerts
        ]
        rows.sort(key=lambda row: str(row["createdDateTime"]), reverse=True)
        rows = filtered(request, rows, _ALERT)
        size = page_size(request, 1000, 2000)
        return JSONResponse(page(request, "security/alerts_v2", rows, size, skips=True, count=True))

    async def alert(self, request: Request) -> Response:
        """Get alert."""
        refuse_unknown_options(request)
        incident, alert = self._find_alert(request)
        return self._show_alert(request, incident, alert)

    async def update_alert(self, request: Request) -> Response:
        """Update alert."""
        refuse_unknown_options(request)
        incident, alert = self._find_alert(request)
        update = await _update(request, AlertUpdate)
        alert.status = update.status or alert.status
        alert.classification = update.classification or alert.classification
        alert.determination = update.determination or alert.determination
        if "assigned_to" in update.model_fields_set:
            alert.assigned_to = update.assigned_to
        alert.custom_details |= update.custom_details or {}
        alert.updated = self._clock.now()
        self._note("Update alert", f"{alert.id}: {alert.title}", update)
        return self._show_alert(request, incident, alert)

    async def comment_alert(self, request: Request) -> Response:
        """Create comment for alert."""
        refuse_unknown_options(request)
        _, alert = self._find_alert(request)
        return await self._comment(request, alert.comments, f"alert {alert.id}")

    async def incident(self, request: Request) -> Response:
        """Get incident; `$expand=alerts` shows its alerts."""
        refuse_unknown_options(request, ("$expand",))
        return self._show_incident(request, self._find_incident(request))

    async def update_incident(self, request: Request) -> Response:
        """Update incident."""
        refuse_unknown_options(request)
        incident = self._find_incident(request)
        update = await _update(request, IncidentUpdate)
        incident.status = update.status or incident.status
        incident.classification = update.classification or incident.classification
        incident.determination = update.determination or incident.determination
        incident.severity = update.severity or incident.severity
        incident.title = update.display_name or incident.title
        incident.description = update.description or incident.description
        incident.resolving_comment = update.resolving_comment or incident.resolving_comment
        if update.custom_tags is not None:
            incident.labels = update.custom_tags
        if "assigned_to" in update.model_fields_set:
            incident.owner.assigned_to = update.assigned_to
        incident.updated = self._clock.now()
        self._note("Update incident", f"{incident.provider_id}: {incident.title}", update)
        return self._show_incident(request, incident)

    async def comment_incident(self, request: Request) -> Response:
        """Create comment for incident."""
        refuse_unknown_options(request)
        incident = self._find_incident(request)
        return await self._comment(request, incident.comments, f"incident {incident.provider_id}")

    async def _comment(self, request: Request, held: list[Comment], target: str) -> Response:
        body = await body_of(request)
        for name in set(body) - {"comment", "@odata.type"}:
            message = unknown_property(name, "microsoft.graph.security.alertComment")
            raise Problem(400, "RequestBodyRead", message)
        match body:
            case {"comment": str(text)} if text:
                held.append(
                    Comment(message=text, at=self._clock.now(), author=self._state.application.name)
                )
            case _:
                raise Problem(400, "BadRequest", "The request body is not a valid comment.")
        self._note("Add comment", target, None)
        rows: list[JsonValue] = [comment_resource(comment) for comment in held]
        context = context_url(request, "Collection(microsoft.graph.security.alertComment)")
        return JSONResponse({"@odata.context": context, "value": rows})

    def _find_alert(self, request: Request) -> tuple[Incident, Alert]:
        found = self._state.alert(request.path_params["alert"])
        if found is None:
            raise Problem(404, "ResourceNotFound", "Requested resource not found")
        return found

    def _find_incident(self, request: Request) -> Incident:
        named = request.path_params["incident"]
        for incident in self._state.incidents:
            if incident.provider_id == named:
                return incident
        raise Problem(404, "ResourceNotFound", "Requested resource not found")

    def _show_alert(self, request: Request, incident: Incident, alert: Alert) -> Response:
        context = context_url(request, "security/alerts_v2/$entity")
        row = alert_resource(self._state, incident, alert)
        return JSONResponse({"@odata.context": context, **row})

    def _show_incident(self, request: Request, incident: Incident) -> Response:
        row = evolved(request, incident_resource(self._state, incident), _LATER_MEMBERS)
        match option(request, "$expand"):
            case None:
                pass
            case "alerts":
                row["alerts"] = [alert_resource(self._state, incident, a) for a in incident.alerts]
            case other:
                raise _INCIDENT.unknown(other, "Parsing OData Select and Expand failed")
        context = context_url(request, "security/incidents/$entity")
        return JSONResponse({"@odata.context": context, **row})

    def _note(self, operation: str, target: str, update: _Update | None) -> None:
        details = update.model_dump(mode="json", exclude_unset=True) if update else {}
        self._state.changes.append(Change(self._clock.now(), operation, target, details))


async def _update(request: Request, kind: type[UpdateT]) -> UpdateT:
    """The PATCH body, or Graph's 400 that names what does not fit."""
    body = await body_of(request)
    body.pop("@odata.type", None)
    try:
        return kind.model_validate(body)
    except ValidationError as problem:
        name = kind.__name__.removesuffix("Update").lower()
        raise refused_body(problem, f"microsoft.graph.security.{name}") from problem
