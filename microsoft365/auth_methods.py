"""How a user proves who he is: Graph's authentication methods, devices and directory audits."""

from datetime import datetime, timedelta

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.audit_logs.directory_audits.directory_audits_request_builder import (
    DirectoryAuditsRequestBuilder,
)

from evidence import auth_method
from evidence.auth_method import AuthMethod, AuthMethodChange, RegisteredDevice
from evidence.model import Gap, JsonObject
from evidence.reading import objects, text
from microsoft365.errors import MicrosoftError
from microsoft365.limits import Service
from microsoft365.odata import literal
from microsoft365.tenant import Tenant

METHODS = "Graph authentication/methods"
AUDITS = "Graph auditLogs/directoryAudits"
DEVICES = "Graph registeredDevices"
_PAGE_SIZE = 500
_LICENSED_RETENTION = timedelta(days=30)
_FREE_RETENTION = timedelta(days=7)
"""Microsoft Entra data retention: audit logs, with and without P1."""
# Product names and service plan identifiers for licensing: AAD_PREMIUM, AAD_PREMIUM_P2.
_PREMIUM_PLANS = frozenset(
    ["41781fb2-bc02-4b7c-bd55-b576c07bb09d", "eec0eb4f-6444-4f95-aba0-50c24d67f998"]
)
_LAG = timedelta(minutes=15)
"""Microsoft Entra reporting latencies: most audit records are there within 5 minutes, not all."""


async def read_methods(tenant: Tenant, user_id: str) -> tuple[AuthMethod, ...]:
    """Every method that is registered now, the password among them. Raises MicrosoftError."""
    methods = tenant.graph.v1.users.by_user_id(user_id).authentication.methods
    request = methods.to_get_request_information()
    found = await tenant.graph.collection(request, cut=tenant.cut_short(METHODS))
    return tuple(auth_method.method_from_graph(each) for each in found)


async def read_devices(tenant: Tenant, user_id: str) -> tuple[RegisteredDevice, ...]:
    """The devices registered to the user now. Raises MicrosoftError."""
    devices = tenant.graph.v1.users.by_user_id(user_id).registered_devices
    request = devices.to_get_request_information()
    found = await tenant.graph.collection(request, cut=tenant.cut_short(DEVICES))
    return tuple(device for each in found if (device := auth_method.device_from_graph(each)))


async def read_changes(
    tenant: Tenant, user_id: str, since: datetime, until: datetime
) -> tuple[AuthMethodChange, ...]:
    """What was registered, changed or removed within the time, newest first.

    Asked once for what was done to the user, and once for what he did: a device is registered by
    him, and the record's target is the device. Raises MicrosoftError.
    """
    found: dict[str, AuthMethodChange] = {}
    for concerned in (
        f"targetResources/any(t:t/id eq {literal(user_id)})",
        f"initiatedBy/user/id eq {literal(user_id)}",
    ):
        query = DirectoryAuditsRequestBuilder.DirectoryAuditsRequestBuilderGetQueryParameters(
            filter=(
                f"activityDateTime ge {literal(since)} and activityDateTime le {literal(until)}"
                f" and {concerned}"
            ),
            orderby=["activityDateTime desc"],
            top=_PAGE_SIZE,
        )
        request = tenant.graph.v1.audit_logs.directory_audits.to_get_request_information(
            RequestConfiguration(query_parameters=query)
        )
        cut = tenant.cut_short(AUDITS, "They are the newest.")
        records = await tenant.graph.collection(request, Service.SIGN_IN_LOGS, cut=cut)
        his = (each for each in records if _concerns(each, user_id))
        for each in map(auth_method.change_from_graph, his):
            if each is not None:
                found.setdefault(each.id or f"{each.at.isoformat()} {each.activity}", each)
    return tuple(sorted(found.values(), key=lambda each: each.at, reverse=True))


def _concerns(record: JsonObject, user_id: str) -> bool:
    """Whether what was done is about this user, and not something that he did to others."""
    users = [
        (text(target, "id") or "").lower()
        for target in objects(record, "targetResources")
        if (text(target, "type") or "").lower() == "user"
    ]
    return not users or user_id.lower() in users


async def report_limits(
    tenant: Tenant, since: datetime, around: datetime, changes: tuple[AuthMethodChange, ...]
) -> None:
    """What the audit log no longer holds, or not yet, by the service's own clock."""
    now = tenant.graph.now
    if now is None:
        return
    licensed = await _has_premium(tenant)
    kept_since = now - (_LICENSED_RETENTION if licensed else _FREE_RETENTION)
    # An hour of tolerance: the request's clock and the service's are not the same.
    if since < kept_since - timedelta(hours=1):
        kept = f"nothing before {kept_since:%Y-%m-%d %H:%M} UTC"
        detail = (
            f"the log keeps 30 days: {kept}."
            if licensed
            else f"without Microsoft Entra ID P1 the log keeps 7 days: {kept}."
        )
        reason = "horizon" if licensed else "license"
        tenant.missed(Gap(source=AUDITS, reason=reason, detail=detail))
    fresh_until = now - _LAG
    if around > fresh_until and not any(each.at > fresh_until for each in changes):
        detail = f"changes after {fresh_until:%Y-%m-%d %H:%M} UTC may not be there yet"
        tenant.missed(Gap(source=AUDITS, reason="lag", detail=detail, fresh_until=fresh_until))


async def _has_premium(tenant: Tenant) -> bool:
    """Whether the organisation has Entra ID P1 or P2. If that cannot be told, the log is held to
    reach back only as far as without.
    """
    request = tenant.graph.v1.organization.to_get_request_information()
    try:
        found = await tenant.graph.collection(request)
    except MicrosoftError:
        return False
    return any(
        (text(plan, "servicePlanId") or "").lower() in _PREMIUM_PLANS
        and (text(plan, "capabilityStatus") or "").lower() in ("enabled", "warning")
        for each in found
        for plan in objects(each, "assignedPlans")
    )
