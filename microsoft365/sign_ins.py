"""Sign-ins and risk, as Graph's logs and Entra ID Protection show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.audit_logs.sign_ins.sign_ins_request_builder import SignInsRequestBuilder
from msgraph.generated.identity_protection.risk_detections.risk_detections_request_builder import (
    RiskDetectionsRequestBuilder,
)

from evidence import sign_in, user_risk
from evidence.model import Gap
from evidence.sign_in import SignIn
from evidence.user_risk import RiskDetection, UserRisk
from microsoft365.client import MOST_ITEMS
from microsoft365.errors import MicrosoftError, NotFound
from microsoft365.limits import Service
from microsoft365.odata import literal
from microsoft365.tenant import Tenant

_PAGE_SIZE = 1000
INTERACTIVE = "Graph auditLogs/signIns (interactive)"
NON_INTERACTIVE = "Graph auditLogs/signIns (non-interactive)"
APPLICATIONS = "Graph auditLogs/signIns (service principals)"
_EVENT_TYPES = {
    INTERACTIVE: "interactiveUser",
    NON_INTERACTIVE: "nonInteractiveUser",
    APPLICATIONS: "servicePrincipal",
}


@dataclass(frozen=True)
class Window:
    """The time that a log is read for."""

    since: datetime
    until: datetime
    needed_since: datetime
    """A log that could be read back to here was read far enough."""


@dataclass(frozen=True)
class Log:
    """What was read of a log."""

    sign_ins: tuple[SignIn, ...]
    """Newest first."""
    since: datetime
    """From when on all of it was read; later than was asked for where the listing was cut short."""


async def read_sign_ins(tenant: Tenant, source: str, user_id: str, window: Window) -> Log:
    """The user's sign-ins of one kind, at most the newest 5,000 of them.

    Asked of beta: only there are non-interactive sign-ins, session ids and network numbers. A
    stolen token is used without interaction. Raises MicrosoftError.
    """
    return await _read(tenant, source, f"userId eq {literal(user_id)}", window)


async def read_application_sign_ins(
    tenant: Tenant, application_ids: Sequence[str], window: Window
) -> tuple[SignIn, ...]:
    """How applications signed in as themselves, newest first, at most 5,000 sign-ins.

    Asked of beta, which alone has them (Graph: List signIns). Raises MicrosoftError.
    """
    any_of = " or ".join(f"appId eq {literal(each)}" for each in application_ids)
    return (await _read(tenant, APPLICATIONS, f"({any_of})", window)).sign_ins


async def _read(tenant: Tenant, source: str, whose: str, window: Window) -> Log:
    since, until = literal(window.since), literal(window.until)
    query = SignInsRequestBuilder.SignInsRequestBuilderGetQueryParameters(
        filter=(
            f"{whose} and createdDateTime ge {since} and createdDateTime le {until}"
            f" and signInEventTypes/any(t: t eq {literal(_EVENT_TYPES[source])})"
        ),
        orderby=["createdDateTime desc"],
        top=_PAGE_SIZE,
    )
    request = tenant.graph.beta.audit_logs.sign_ins.to_get_request_information(
        RequestConfiguration(query_parameters=query)
    )
    found: list[SignIn] = []
    whole = True
    missed_rest = tenant.cut_short(source, "They are the newest.")

    def cut(error: MicrosoftError, seen: int) -> None:
        nonlocal whole
        whole = False
        missed_rest(error, seen)

    async for page in tenant.graph.pages(request, Service.SIGN_IN_LOGS, cut=cut):
        found += [each for payload in page if (each := sign_in.from_graph(payload))]
        if len(found) >= MOST_ITEMS:
            whole = False
            if found[-1].at > window.needed_since:
                oldest = f"{found[-1].at:%Y-%m-%d %H:%M} UTC"
                detail = f"only the newest {len(found)} were read, back to {oldest}"
                tenant.missed(Gap(source=source, reason="truncated", detail=detail))
            break
    since = window.since if whole else found[-1].at if found else window.until
    return Log(sign_ins=tuple(found), since=since)


async def read_risk(tenant: Tenant, user_id: str, name: str) -> UserRisk:
    """The user's risk; 404 is Graph's way to say that none is on record. Raises MicrosoftError."""
    risky = tenant.graph.v1.identity_protection.risky_users.by_risky_user_id(user_id)
    try:
        payload = await tenant.graph.object(
            risky.to_get_request_information(), Service.IDENTITY_PROTECTION
        )
    except NotFound:
        payload = None
    return user_risk.from_graph(name, payload, ())


async def read_risk_detections(
    tenant: Tenant, source: str, user_id: str, since: datetime, until: datetime
) -> tuple[RiskDetection, ...]:
    """Why the user was thought to be at risk within the time. Raises MicrosoftError."""
    query = RiskDetectionsRequestBuilder.RiskDetectionsRequestBuilderGetQueryParameters(
        filter=(
            f"userId eq {literal(user_id)}"
            f" and activityDateTime ge {literal(since)} and activityDateTime le {literal(until)}"
        ),
        top=500,
    )
    request = tenant.graph.v1.identity_protection.risk_detections.to_get_request_information(
        RequestConfiguration(query_parameters=query)
    )
    found = await tenant.graph.collection(
        request, Service.IDENTITY_PROTECTION, cut=tenant.cut_short(source)
    )
    return tuple(user_risk.detection_from_graph(payload) for payload in found)
