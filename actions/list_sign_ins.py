"""List a user's sign-ins, interactive and not, and the addresses of the weeks before."""

import asyncio
from datetime import timedelta

from pydantic import Field

from actions.catalog import Effect, action
from actions.needs import Graph, licence
from actions.requests import ReadRequest, Subject
from evidence import sign_in
from evidence.model import Gap
from evidence.sign_in import SignIn, SignIns
from microsoft365.directory import find_user
from microsoft365.sign_ins import INTERACTIVE, NON_INTERACTIVE, read_sign_ins
from microsoft365.tenant import Tenant

_RETENTION = timedelta(days=30)
_LAG = timedelta(minutes=15)
"""Microsoft Entra reporting latencies: most sign-ins are there within 5 minutes, not all."""
_AFTER = timedelta(days=1)


class ListSignIns(ReadRequest):
    """Whose sign-ins."""

    user: Subject
    days_before: int = Field(default=21, ge=1, le=30, description="How far back to look, in days")
    recent_days: int = Field(
        default=7, ge=1, le=30, description="Days around the moment whose sign-ins are given singly"
    )


@action(
    effect=Effect.READ,
    needs=[Graph.AUDIT_LOG_READ.need, Graph.USER_READ.need, licence("Microsoft Entra ID P1")],
    techniques=["T1078.004", "T1110"],
)
async def list_sign_ins(request: ListSignIns, tenant: Tenant) -> SignIns:
    """Older sign-ins are given by address, those of the recent days one by one."""
    since = request.around - timedelta(days=request.days_before)
    until = request.around + _AFTER
    recent = request.around - timedelta(days=request.recent_days)
    user = await tenant.see("Graph users", find_user(tenant, request.user), leads_on=True)
    found: list[SignIn] = []
    if user is not None:
        seen = await asyncio.gather(
            *(
                tenant.see(source, read_sign_ins(tenant, source, user.id, since, until))
                for source in (INTERACTIVE, NON_INTERACTIVE)
            )
        )
        found = sorted(
            (each for kind in seen for each in kind or ()), key=lambda each: each.at, reverse=True
        )
        if any(kind is not None for kind in seen):
            _report_limits(tenant, request, found)
    return SignIns(
        user=user.user_principal_name if user else request.user,
        since=since,
        until=until,
        history=sign_in.history(found),
        sign_ins=tuple(each for each in found if each.at >= recent),
    )


def _report_limits(tenant: Tenant, request: ListSignIns, found: list[SignIn]) -> None:
    """What the log no longer holds, or not yet, by the service's own clock."""
    now = tenant.graph.now
    if now is None:
        return
    kept_since = now - _RETENTION
    # An hour of tolerance: the request's clock and the service's are not the same.
    if request.around - timedelta(days=request.days_before) < kept_since - timedelta(hours=1):
        detail = f"the log keeps 30 days: nothing before {kept_since:%Y-%m-%d %H:%M} UTC"
        tenant.missed(Gap(source=INTERACTIVE, reason="horizon", detail=detail))
    fresh_until = now - _LAG
    if request.around > fresh_until and not any(each.at > fresh_until for each in found):
        detail = f"sign-ins after {fresh_until:%Y-%m-%d %H:%M} UTC may not be there yet"
        tenant.missed(Gap(source=INTERACTIVE, reason="lag", detail=detail))
