"""Sign-in logs and Identity Protection."""

from datetime import timedelta

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.odata import (
    Filters,
    context_url,
    filtered,
    ops,
    ordered,
    page,
    refuse_unknown_options,
    selected,
    whole_number,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.problem import Problem
from sandbox.tenant.signin import FAILURES, Location, RiskDetection, RiskyUser, SignIn
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso

_KEPT = timedelta(days=30)  # Entra data retention with P1 or P2
# signIn resource type: the properties that say "Supports $filter", with their operators.
_SIGN_IN_FILTERS: Filters = {
    "id": ops("eq"),
    "appDisplayName": ops("eq", "startswith"),
    "appId": ops("eq"),
    "clientAppUsed": ops("eq"),
    "conditionalAccessStatus": ops("eq"),
    "correlationId": ops("eq"),
    "createdDateTime": ops("eq", "le", "ge", "lt", "gt"),
    "deviceDetail/browser": ops("eq", "startswith"),
    "deviceDetail/operatingSystem": ops("eq", "startswith"),
    "ipAddress": ops("eq", "startswith"),
    "location/city": ops("eq", "startswith"),
    "location/countryOrRegion": ops("eq", "startswith"),
    "location/state": ops("eq", "startswith"),
    "resourceDisplayName": ops("eq"),
    "resourceId": ops("eq"),
    "riskDetail": ops("eq"),
    "riskLevelAggregated": ops("eq"),
    "riskLevelDuringSignIn": ops("eq"),
    "riskState": ops("eq"),
    "status/errorCode": ops("eq"),
    "userDisplayName": ops("eq", "startswith"),
    "userId": ops("eq"),
    "userPrincipalName": ops("eq", "startswith"),
}
_EVENT_TYPES = {"signInEventTypes": ops("eq", "ne")}
_BETA_ONLY = (
    "authenticationProtocol",
    "authenticationRequirement",
    "autonomousSystemNumber",
    "crossTenantAccessType",
    "incomingTokenType",
    "originalTransferMethod",
    "sessionId",
    "signInEventTypes",
    "uniqueTokenIdentifier",
)
_DETECTION_FILTERS: Filters = {
    "activityDateTime": ops("eq", "ge", "le", "gt", "lt"),
    "detectedDateTime": ops("eq", "ge", "le", "gt", "lt"),
    "ipAddress": ops("eq"),
    "riskEventType": ops("eq"),
    "riskLevel": ops("eq"),
    "riskState": ops("eq"),
    "userId": ops("eq"),
    "userPrincipalName": ops("eq"),
}


class Logs:
    """What Entra recorded and what it thinks of it."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        risk = f"/{version}/identityProtection"
        return [
            Route(f"/{version}/auditLogs/signIns", self.sign_ins, methods=["GET"]),
            Route(f"{risk}/riskyUsers/{{user}}", self.risky_user, methods=["GET"]),
            Route(f"{risk}/riskDetections", self.risk_detections, methods=["GET"]),
        ]

    async def sign_ins(self, request: Request) -> Response:
        """List signIns, the newest first; only interactive ones unless beta's filter asks."""
        refuse_unknown_options(request, ("$filter", "$top", "$orderby", "$skiptoken"))
        if not self._state.licences:
            raise _not_premium()
        size = whole_number(request, "$top", 1000, 1000)
        beta = request.url.path.startswith("/beta/")
        now = self._clock.now()
        people = {upn: self._identity(upn) for upn in {one.user for one in self._state.sign_ins}}
        rows = [
            self._sign_in(one, *people[one.user])
            for one in sorted(self._state.sign_ins, key=lambda s: s.at, reverse=True)
            if now - _KEPT <= one.at <= now
        ]
        asks_types = "signInEventTypes" in request.query_params.get("$filter", "")
        if not (beta and asks_types):
            rows = [row for row in rows if row["isInteractive"]]
        rows = filtered(request, rows, {**_SIGN_IN_FILTERS, **(_EVENT_TYPES if beta else {})})
        rows = ordered(request, rows, ("createdDateTime",))
        if not beta:
            rows = [{k: v for k, v in row.items() if k not in _BETA_ONLY} for row in rows]
        return JSONResponse(page(request, "auditLogs/signIns", rows, size))

    async def risky_user(self, request: Request) -> Response:
        """Get riskyUser; 404 for an account that no risk was ever seen on."""
        refuse_unknown_options(request, ("$select",))
        self._needs_p2()
        user = self._state.user(request.path_params["user"])
        for risky in self._state.risky_users:
            if user is not None and self._state.user(risky.user) is user:
                row = selected(
                    request,
                    _risky_user(risky, user.id, user.display_name),
                    "microsoft.graph.riskyUser",
                )
                context = context_url(request, "identityProtection/riskyUsers/$entity")
                return JSONResponse({"@odata.context": context, **row})
        raise Problem(
            404,
            "Request_ResourceNotFound",
            f"Resource '{request.path_params['user']}' does not exist.",
        )

    async def risk_detections(self, request: Request) -> Response:
        """List riskDetections."""
        refuse_unknown_options(
            request, ("$filter", "$select", "$top", "$orderby", "$count", "$skiptoken")
        )
        self._needs_p2()
        now = self._clock.now()
        rows = [
            self._detection(one)
            for one in self._state.risk_detections
            if (one.detected or one.at) <= now
        ]
        rows = filtered(request, rows, _DETECTION_FILTERS)
        rows = ordered(request, rows, ("detectedDateTime", "activityDateTime"))
        rows = [selected(request, row, "microsoft.graph.riskDetection") for row in rows]
        size = whole_number(request, "$top", 20, 500)
        return JSONResponse(page(request, "identityProtection/riskDetections", rows, size))

    def _needs_p2(self) -> None:
        if "AAD_PREMIUM_P2" not in self._state.licences:
            raise Problem(
                403,
                "Forbidden",
                "Your tenant is not licensed for this feature.",
            )

    def _identity(self, upn: str) -> tuple[str, str]:
        user = self._state.user(upn)
        return (user.id, user.display_name) if user else (str(stable_id("user", upn)), upn)

    def _sign_in(self, one: SignIn, user_id: str, name: str) -> JsonObject:
        reason = one.failure_reason or FAILURES.get(one.error_code, "Other.")
        p2 = "AAD_PREMIUM_P2" in self._state.licences
        return {
            "id": one.request_id,
            "createdDateTime": iso(one.at),
            "userDisplayName": name,
            "userPrincipalName": one.user.lower(),
            "userId": user_id,
            "appId": one.app_id,
            "appDisplayName": one.app,
            "ipAddress": one.ip_address,
            "clientAppUsed": one.client_app_used,
            "userAgent": one.user_agent,
            "correlationId": one.correlation_id or str(stable_id("correlation", one.request_id)),
            "conditionalAccessStatus": one.conditional_access_status,
            "appliedConditionalAccessPolicies": [],
            "isInteractive": one.interactive,
            "riskDetail": one.risk_detail if p2 else "hidden",
            "riskLevelAggregated": one.risk_level_aggregated if p2 else "hidden",
            "riskLevelDuringSignIn": one.risk_level_during_sign_in if p2 else "hidden",
            "riskState": one.risk_state,
            "riskEventTypes_v2": [*one.risk_event_types],
            "resourceDisplayName": one.resource,
            "resourceId": one.resource_id,
            "status": {
                "errorCode": one.error_code,
                "failureReason": reason if one.error_code else "Other.",
                "additionalDetails": None,
            },
            "deviceDetail": {
                "deviceId": one.device.device_id,
                "displayName": one.device.display_name,
                "operatingSystem": one.device.operating_system,
                "browser": one.device.browser,
                "isCompliant": one.device.is_compliant,
                "isManaged": one.device.is_managed,
                "trustType": one.device.trust_type,
            },
            "location": _location(one.location),
            "authenticationProtocol": one.authentication_protocol,
            "authenticationRequirement": one.authentication_requirement,
            "autonomousSystemNumber": one.asn,
            "crossTenantAccessType": "none",
            "incomingTokenType": one.incoming_token_type,
            "originalTransferMethod": one.original_transfer_method,
            "sessionId": one.session_id,
            "signInEventTypes": ["interactiveUser" if one.interactive else "nonInteractiveUser"],
            "uniqueTokenIdentifier": one.unique_token_identifier
            or stable_id("token", one.request_id).hex,
        }

    def _detection(self, one: RiskDetection) -> JsonObject:
        user_id, name = self._identity(one.user)
        detected = one.detected or one.at
        return {
            "id": stable_id("risk detection", one.user, one.type, one.at.isoformat()).hex,
            "requestId": one.request_id,
            "correlationId": None,
            "riskEventType": one.type,
            "riskState": one.risk_state,
            "riskLevel": one.risk_level,
            "riskDetail": "none",
            "source": "IdentityProtection",
            "detectionTimingType": one.detection_timing,
            "activity": one.activity,
            "tokenIssuerType": "AzureAD",
            "ipAddress": one.ip_address,
            "activityDateTime": iso(one.at),
            "detectedDateTime": iso(detected),
            "lastUpdatedDateTime": iso(detected),
            "userId": user_id,
            "userDisplayName": name,
            "userPrincipalName": one.user,
            "additionalInfo": "[]",
            "location": _location(one.location),
        }


def _location(place: Location) -> JsonValue:
    return {
        "city": place.city,
        "state": place.state,
        "countryOrRegion": place.country_or_region,
        "geoCoordinates": {},
    }


def _risky_user(risky: RiskyUser, user_id: str, name: str) -> JsonObject:
    return {
        "id": user_id,
        "isDeleted": False,
        "isProcessing": False,
        "riskDetail": risky.risk_detail,
        "riskLastUpdatedDateTime": iso(risky.updated),
        "riskLevel": risky.risk_level,
        "riskState": risky.risk_state,
        "userDisplayName": name,
        "userPrincipalName": risky.user,
    }


def _not_premium() -> Problem:
    return Problem(
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    )
