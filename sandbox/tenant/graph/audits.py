"""Entra's audit log: directoryAudit resource type."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.identity import DirectoryAudit
from sandbox.tenant.odata import (
    filter_of,
    order_of,
    page,
    page_size,
    refuse_unknown_options,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.resource import Resource, by_text, by_time
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso

_KEPT = timedelta(days=30)
_KEPT_FREE = timedelta(days=7)  # Microsoft Entra data retention: audit logs without P1
_EXACT, _LIKE = by_text("eq"), by_text("eq", "startswith")
# directoryAudit resource type: the properties that say "Supports $filter", with their operators.
_AUDIT = Resource(
    "microsoft.graph.directoryAudit",
    (
        "activityDateTime activityDisplayName additionalDetails category correlationId id "
        "initiatedBy loggedByService operationType result resultReason targetResources"
    ).split(),
    filters={
        "activityDateTime": by_time("eq", "ge", "le"),
        "activityDisplayName": _LIKE,
        "correlationId": _EXACT,
        "id": _EXACT,
        "initiatedBy/user/id": _EXACT,
        "initiatedBy/user/displayName": _EXACT,
        "initiatedBy/user/userPrincipalName": _LIKE,
        "initiatedBy/app/appId": _EXACT,
        "initiatedBy/app/displayName": _EXACT,
        "loggedByService": _EXACT,
        "targetResources/id": _EXACT,
        "targetResources/displayName": _LIKE,
    },
    orders=("activityDateTime",),
)


class Audits:
    """What was done in the directory."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        return [Route(f"/{version}/auditLogs/directoryAudits", self.audits, methods=["GET"])]

    async def audits(self, request: Request) -> Response:
        """List directoryAudits, the newest first."""
        refuse_unknown_options(request, ("$filter", "$top", "$orderby", "$skiptoken"))
        size = page_size(request, 1000, 1000)
        test, order = filter_of(request, _AUDIT), order_of(request, _AUDIT)
        kept = sorted(
            self._kept(), key=lambda one: one.at, reverse=order is None or order.descending
        )
        rows = (row for one in kept if test(row := self._row(one)))
        return JSONResponse(page(request, "auditLogs/directoryAudits", rows, size))

    def _kept(self) -> Iterator[DirectoryAudit]:
        now = self._clock.now()
        since = now - (_KEPT if self._state.licences else _KEPT_FREE)
        arrived = now - self._state.delays.get("directoryAudits", timedelta())
        return (one for one in self._state.directory_audits if since <= one.at <= arrived)

    def _row(self, one: DirectoryAudit) -> JsonObject:
        correlation = str(stable_id("audit", one.activity, one.user, one.at.isoformat()))
        return {
            "id": f"{one.service.replace(' ', '')}_{correlation}",
            "category": one.category,
            "correlationId": correlation,
            "result": one.result,
            "resultReason": one.reason,
            "activityDisplayName": one.activity,
            "activityDateTime": iso(one.at),
            "loggedByService": one.service,
            "operationType": one.operation,
            "initiatedBy": self._initiator(one),
            "targetResources": [*self._targets(one)],
            "additionalDetails": [],
        }

    def _initiator(self, one: DirectoryAudit) -> JsonObject:
        if one.app is not None:
            app: JsonObject = {"appId": None, "displayName": one.app, "servicePrincipalId": None}
            return {"user": None, "app": app}
        name = one.actor or one.user
        actor = self._state.user(name)
        user: JsonObject = {
            "id": actor.id if actor else str(stable_id("user", name)),
            "displayName": None,
            "userPrincipalName": name,
            "ipAddress": one.ip_address,
        }
        return {"user": user, "app": None}

    def _targets(self, one: DirectoryAudit) -> Iterator[JsonValue]:
        modified: list[JsonValue] = [
            {"displayName": each.name, "oldValue": each.old, "newValue": each.new}
            for each in one.modified
        ]
        if one.target is not None:
            yield {
                "id": str(stable_id("audit target", one.target)),
                "displayName": one.target,
                "type": one.target_type,
                "userPrincipalName": None,
                "groupType": None,
                "modifiedProperties": modified,
            }
        user = self._state.user(one.user)
        yield {
            "id": user.id if user else str(stable_id("user", one.user)),
            "displayName": user.display_name if user else None,
            "type": "User",
            "userPrincipalName": one.user,
            "groupType": None,
            "modifiedProperties": [] if one.target is not None else modified,
        }
