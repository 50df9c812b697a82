"""List how a user proves who he is, what of it changed lately, and his devices."""

import asyncio
from datetime import timedelta

from pydantic import Field

from actions.catalog import Effect, action
from actions.needs import Graph, licence
from actions.requests import ReadRequest, Subject
from evidence.auth_method import AuthMethods
from microsoft365.auth_methods import (
    AUDITS,
    DEVICES,
    METHODS,
    read_changes,
    read_devices,
    read_methods,
    report_limits,
)
from microsoft365.directory import find_user
from microsoft365.tenant import Tenant

_AFTER = timedelta(days=1)


class ListAuthMethods(ReadRequest):
    """Whose methods."""

    user: Subject
    days_before: int = Field(
        default=29, ge=1, le=30, description="How far back to look for changes, in days"
    )


@action(
    effect=Effect.READ,
    needs=[
        Graph.USER_AUTHENTICATION_METHOD_READ.need,
        Graph.AUDIT_LOG_READ.need,
        Graph.DIRECTORY_READ.need,
        Graph.USER_READ.need,
        licence("Microsoft Entra ID P1"),
    ],
    techniques=["T1098.005", "T1556.006"],
)
async def list_auth_methods(request: ListAuthMethods, tenant: Tenant) -> AuthMethods:
    """Methods and devices as they are now, and the changes of them in the weeks before `around`."""
    since = request.around - timedelta(days=request.days_before)
    until = request.around + _AFTER
    user = await tenant.see("Graph users", find_user(tenant, request.user), leads_on=True)
    if user is None:
        return AuthMethods(user=request.user, since=since, until=until, methods=())
    methods, changes, devices = await asyncio.gather(
        tenant.see_of_known(METHODS, read_methods(tenant, user.id)),
        tenant.see_of_known(AUDITS, read_changes(tenant, user.id, since, until)),
        tenant.see_of_known(DEVICES, read_devices(tenant, user.id)),
    )
    if changes is not None:
        await report_limits(tenant, since, request.around, changes)
    return AuthMethods(
        user=user.user_principal_name,
        since=since,
        until=until,
        methods=methods or (),
        changes=changes or (),
        devices=devices or (),
    )
