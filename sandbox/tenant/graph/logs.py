"""Sign-in logs and Identity Protection."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.filtering import demanded
from sandbox.tenant.odata import (
    all_selected,
    context_url,
    evolved,
    filter_of,
    filtered,
    option,
    order_of,
    page,
    page_size,
    refuse_unknown_options,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_number, by_text, by_time
from sandbox.tenant.signin import (
    FAILURES,
    LATER_MEMBERS,
    Location,
    RiskDetection,
    RiskyUser,
    SignIn,
)
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso

_KEPT = timedelta(days=30)  # Entra data retention with P1 or P2
_EXACT, _LIKE = by_text("eq"), by_text("eq", "startswith")
# signIn resource type: the properties that say "Supports $filter", with their operators.
_SIGN_IN = Resource(
    "microsoft.graph.signIn",
    (
        "appDisplayName appId appliedConditionalAccessPolicies clientAppUsed "
        "conditionalAccessStatus correlationId createdDateTime deviceDetail id ipAddress "
        "isInteractive location resourceDisplayName resourceId riskDetail riskEventTypes_v2 "
        "riskLevelAggregated riskLevelDuringSignIn riskState servicePrincipalId "
        "servicePrincipalName status userAgent userDisplayName userId userPrincipalName"
    ).split(),
    filters={
        "id": _EXACT,
        "appDisplayName": _LIKE,
        "appId": _EXACT,
        "clientAppUsed": _EXACT,
        "conditionalAccessStatus": _EXACT,
        "correlationId": _EXACT,
        "createdDateTime": by_time("eq", "le", "ge"),
        "deviceDetail/browser": _LIKE,
        "deviceDetail/operatingSystem": _LIKE,
        "ipAddress": _LIKE,
        "location/city": _LIKE,
        "location/countryOrRegion": _LIKE,
        "location/state": _LIKE,
        "resourceDisplayName": _EXACT,
        "resourceId": _EXACT,
        "riskDetail": _EXACT,
        "riskEventTypes_v2": _LIKE,
        "riskLevelAggregated": _EXACT,
        "riskLevelDuringSignIn": _EXACT,
        "riskState": _EXACT,
        "status/errorCode": by_number("eq"),
        "userDisplayName": _LIKE,
        "userId": _EXACT,
        "userPrincipalName": _LIKE,
    },
    orders=("createdDateTime",),
)
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
_BETA_SIGN_IN = replace(
    _SIGN_IN,
    properties=(*_SIGN_IN.properties, *_BETA_ONLY),
    filters={
        **_SIGN_IN.filters,
        "authenticationRequirement": _LIKE,
        "servicePrincipalId": _EXACT,
        "servicePrincipalName": _LIKE,
        "signInEventTypes": by_text("eq", "ne"),
    },
)
_MOMENT = by_time("eq", "ge", "le", "gt", "lt")
_DETECTION = Resource(
    "microsoft.graph.riskDetection",
    (
        "activity activityDateTime additionalInfo correlationId detectedDateTime "
        "detectionTimingType id ipAddress lastUpdatedDateTime location requestId riskDetail "
        "riskEventType riskLevel riskState source tokenIssuerType userDisplayName userId "
        "userPrincipalName"
    ).split(),
    # The reference says only that $filter is supported.
    filters={
        "activityDateTime": _MOMENT,
        "detectedDateTime": _MOMENT,
        "ipAddress": _EXACT,
        "riskEventType": _EXACT,
        "riskLevel": _EXACT,
        "riskState": _EXACT,
        "userId": _EXACT,
        "userPrincipalName": _EXACT,
    },
)
_RISKY_USER = Resource(
    "microsoft.graph.riskyUser",
    (
        "id isDeleted isProcessing riskDetail riskLastUpdatedDateTime riskLevel riskState "
        "userDisplayName userPrincipalName"
    ).split(),
)


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
        size = page_size(request, 1000, 1000)
        beta = request.url.path.startswith("/beta/")
        resource = _BETA_SIGN_IN if beta else _SIGN_IN
        wanted = option(request, "$filter") or ""
        asks_types = beta and "signInEventTypes" in wanted
        test, order = filter_of(request, resource), order_of(request, resource)
        user_id = demanded(wanted, "userId") if wanted else None
        identity = cache(self._identity)
        found = [
            one
            for one in self._kept_sign_ins()
            if (one.event_type == "interactiveUser" or asks_types)
            and (user_id is None or identity(one.user)[0].casefold() == user_id)
        ]
        found.sort(key=lambda one: one.at, reverse=order is None or order.descending)
        # A row is large and there may be a hundred thousand: each is made when the page needs it.
        rows = (row for one in found if test(row := self._sign_in(one, *identity(one.user))))
        rows = (evolved(request, row, LATER_MEMBERS) for row in rows)
        if not beta:
            rows = ({k: v for k, v in row.items() if k not in _BETA_ONLY} for row in rows)
        return JSONResponse(page(request, "auditLogs/signIns", rows, size))

    def _kept_sign_ins(self) -> Iterator[SignIn]:
        now = self._clock.now()
        arrived = now - self._state.delays.get("signIns", timedelta())
        return (one for one in self._state.sign_ins if now - _KEPT <= one.at <= arrived)

    async def risky_user(self, request: Request) -> Response:
        """Get riskyUser; 404 for an account that no risk was ever seen on."""
        refuse_unknown_options(request, ("$select",))
        self._needs_p2()
        user = self._state.user(request.path_params["user"])
        found = (
            evolved(request, _risky_user(risky, user.id, user.display_name), LATER_MEMBERS)
            for risky in self._state.risky_users
            if user is not None and self._state.user(risky.user) is user
        )
        row = next(all_selected(request, found, _RISKY_USER), None)
        if row is None:
            raise Problem(
                404,
                "Request_ResourceNotFound",
                f"Resource '{request.path_params['user']}' does not exist.",
            )
        context = context_url(request, "identityProtection/riskyUsers/$entity")
        return JSONResponse({"@odata.context": context, **row})

    async def risk_detections(self, request: Request) -> Response:
        """List riskDetections: pages of 20, at most 500."""
        refuse_unknown_options(request, ("$filter", "$select", "$top", "$skiptoken"))
        self._needs_p2()
        now = self._clock.now()
        rows = [
            self._detection(one)
            for one in self._state.risk_detections
            if (one.detected or one.at) <= now
        ]
        rows = filtered(request, rows, _DETECTION)
        rows = all_selected(request, rows, _DETECTION)
        size = page_size(request, 20, 500)
        return JSONResponse(page(request, "identityProtection/riskDetections", rows, size))

    def _needs_p2(self) -> None:
        if "AAD_PREMIUM_P2" not in self._state.licences:
            raise Problem(
                403,
                "Forbidden",
                "Your tenant is not licensed for this feature.",
            )

    def _identity(self, upn: str) -> tuple[str, str]:
        if not upn:
            return "", ""
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
            "isInteractive": one.event_type == "interactiveUser",
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
            "servicePrincipalId": one.service_principal
            and (one.service_principal_id or str(stable_id("service principal", one.app_id))),
            "servicePrincipalName": one.service_principal,
            "sessionId": one.session_id,
            "signInEventTypes": [one.event_type],
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
        "geoCoordinates": {}
        if place.latitude is None or place.longitude is None
        else {"altitude": None, "latitude": place.latitude, "longitude": place.longitude},
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
