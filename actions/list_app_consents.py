"""List the applications that may act for a user, or reach everybody's mail."""

import asyncio

from actions.catalog import Effect, action
from actions.needs import Graph
from actions.requests import ReadRequest, Subject
from evidence.granted_app import AppConsents
from microsoft365.directory import find_user
from microsoft365.granted_apps import (
    APPLICATIONS,
    ASSIGNED,
    FOR_EVERYBODY,
    OF_USER,
    PRINCIPALS,
    dated,
    described,
    read_assignments_of,
    read_grants_of,
    read_mail_applications,
    read_mail_grants_for_everybody,
)
from microsoft365.tenant import Tenant


class ListAppConsents(ReadRequest):
    """Whose applications."""

    user: Subject


@action(
    effect=Effect.READ,
    needs=[Graph.DIRECTORY_READ.need, Graph.USER_READ.need],
    techniques=["T1528", "T1550.001"],
)
async def list_app_consents(request: ListAppConsents, tenant: Tenant) -> AppConsents:
    """All that the user allowed; of what reaches everybody, only what opens mail.

    As it is now, whatever `around` says: what was taken back is in the audit log only.
    """
    user = await tenant.see("Graph users", find_user(tenant, request.user), leads_on=True)
    if user is None:
        return AppConsents(user=request.user, apps=())
    own, everybodys, applications, assigned = await asyncio.gather(
        tenant.see_of_known(OF_USER, read_grants_of(tenant, user.id)),
        tenant.see_of_known(FOR_EVERYBODY, read_mail_grants_for_everybody(tenant)),
        tenant.see_of_known(APPLICATIONS, read_mail_applications(tenant)),
        tenant.see_of_known(ASSIGNED, read_assignments_of(tenant, user.id)),
    )
    listed = (*(own or ()), *(everybodys or ()), *(applications or ()))
    found = dated(listed, assigned or ())
    apps = await tenant.see(PRINCIPALS, described(tenant, found), leads_on=True)
    return AppConsents(user=user.user_principal_name, apps=found if apps is None else apps)
