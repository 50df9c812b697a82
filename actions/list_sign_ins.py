"""List a user's sign-ins, interactive and not, and what was usual in the weeks before."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from actions.catalog import Effect, action
from actions.needs import Graph, licence
from actions.requests import ReadRequest, Subject
from evidence import sign_in, sign_in_baseline
from evidence.addresses import is_object_id
from evidence.model import Gap
from evidence.sign_in import SignIn, SignIns
from microsoft365.directory import DirectoryUser, find_user
from microsoft365.sign_ins import (
    APPLICATIONS,
    INTERACTIVE,
    NON_INTERACTIVE,
    Log,
    Window,
    read_application_sign_ins,
    read_sign_ins,
)
from microsoft365.tenant import Tenant

_RETENTION = timedelta(days=30)
"""Microsoft Entra data retention, with P1 or P2."""
_LAG = timedelta(minutes=15)
"""Microsoft Entra reporting latencies: most sign-ins are there within 5 minutes, not all."""
_AFTER = timedelta(days=1)
_LEAST_BASELINE = timedelta(days=7)
"""The log keeps 30 days from now, so that an older alert has less before it; a week will do."""


def _is_an_application(value: str) -> str:
    if not is_object_id(value):
        raise ValueError("must be an application (client) id")
    return value


ApplicationId = Annotated[str, AfterValidator(_is_an_application)]


class ListSignIns(ReadRequest):
    """Whose sign-ins."""

    user: Subject
    days_before: int = Field(default=30, ge=1, le=30, description="How far back to look, in days")
    recent_days: int = Field(
        default=7,
        ge=1,
        le=30,
        description="Days around the moment whose sign-ins are given singly; what is older is "
        "the baseline",
    )
    applications: tuple[ApplicationId, ...] = Field(
        default=(),
        max_length=20,
        description="Ids of applications whose sign-ins as themselves are listed, too",
    )


@action(
    effect=Effect.READ,
    needs=[Graph.AUDIT_LOG_READ.need, Graph.USER_READ.need, licence("Microsoft Entra ID P1")],
    techniques=["T1078.004", "T1110"],
)
async def list_sign_ins(request: ListSignIns, tenant: Tenant) -> SignIns:
    """Older sign-ins are given by address and as a baseline, those of the recent days singly."""
    recent = request.around - timedelta(days=request.recent_days)
    since = request.around - timedelta(days=request.days_before)
    window = Window(
        since=since,
        until=request.around + _AFTER,
        needed_since=max(since, recent - _LEAST_BASELINE),
    )
    user, applications = await asyncio.gather(
        tenant.see("Graph users", find_user(tenant, request.user), leads_on=True),
        _of_applications(request, tenant, window),
    )
    log = await _of_user(tenant, user, window) if user is not None else None
    found = log.sign_ins if log is not None else None
    if log is not None:
        _report_limits(tenant, request, window, log.sign_ins)
        since = max(log.since, _kept(tenant, since))
    return SignIns(
        user=user.user_principal_name if user else request.user,
        since=since,
        until=window.until,
        history=sign_in.history(found or ()),
        sign_ins=tuple(each for each in found or () if each.at >= recent),
        baseline=sign_in_baseline.baseline(found, min(since, recent), recent)
        if found is not None
        else None,
        application_sign_ins=applications,
    )


async def _of_user(tenant: Tenant, user: DirectoryUser, window: Window) -> Log | None:
    """The user's sign-ins, since when each kind was read; None where no log could be read."""
    kinds = await asyncio.gather(
        *(
            tenant.see(source, read_sign_ins(tenant, source, user.id, window))
            for source in (INTERACTIVE, NON_INTERACTIVE)
        )
    )
    logs = [kind for kind in kinds if kind is not None]
    if not logs:
        return None
    seen = (each for log in logs for each in log.sign_ins)
    return Log(
        sign_ins=tuple(sorted(seen, key=lambda each: each.at, reverse=True)),
        since=max(log.since for log in logs),
    )


async def _of_applications(
    request: ListSignIns, tenant: Tenant, window: Window
) -> tuple[SignIn, ...]:
    if not request.applications:
        return ()
    reading = read_application_sign_ins(tenant, request.applications, window)
    return await tenant.see(APPLICATIONS, reading) or ()


def _report_limits(
    tenant: Tenant, request: ListSignIns, window: Window, found: Sequence[SignIn]
) -> None:
    """What the log no longer holds, or not yet, by the service's own clock."""
    now = tenant.graph.now
    if now is None:
        return
    kept_since = now - _RETENTION
    # An hour of tolerance: the request's clock and the service's are not the same.
    if window.needed_since < kept_since - timedelta(hours=1):
        detail = f"the log keeps 30 days: nothing before {kept_since:%Y-%m-%d %H:%M} UTC"
        tenant.missed(Gap(source=INTERACTIVE, reason="horizon", detail=detail))
    fresh_until = now - _LAG
    if request.around > fresh_until and not any(each.at > fresh_until for each in found):
        detail = f"sign-ins after {fresh_until:%Y-%m-%d %H:%M} UTC may not be there yet"
        gap = Gap(source=INTERACTIVE, reason="lag", detail=detail, fresh_until=fresh_until)
        tenant.missed(gap)


def _kept(tenant: Tenant, since: datetime) -> datetime:
    """From when on the log can have shown anything."""
    now = tenant.graph.now
    return since if now is None else max(since, now - _RETENTION)
