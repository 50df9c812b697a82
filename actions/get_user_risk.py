"""Ask Entra ID Protection how risky a user is, and why."""

import asyncio
from datetime import timedelta

from pydantic import Field

from actions.catalog import Effect, action
from actions.needs import Graph, licence
from actions.requests import ReadRequest, Subject
from evidence.user_risk import UserRisk
from microsoft365.directory import find_user
from microsoft365.sign_ins import read_risk, read_risk_detections
from microsoft365.tenant import Tenant

_BEFORE = timedelta(days=30)
_AFTER = timedelta(days=1)


class GetUserRisk(ReadRequest):
    """Whose risk."""

    user: Subject = Field(description="UPN, SMTP address or object id")


@action(
    effect=Effect.READ,
    needs=[
        Graph.IDENTITY_RISKY_USER_READ.need,
        Graph.IDENTITY_RISK_EVENT_READ.need,
        Graph.USER_READ.need,
        licence("Microsoft Entra ID P2"),
    ],
    techniques=["T1078.004"],
)
async def get_user_risk(request: GetUserRisk, tenant: Tenant) -> UserRisk:
    """A user of whom nothing is on record has risk `none`; a service that refused is a gap."""
    user = await tenant.see("Graph users", find_user(tenant, request.user), leads_on=True)
    if user is None:
        return UserRisk(user=request.user, level="unknown", state="unknown")
    since, until = request.around - _BEFORE, request.around + _AFTER
    risk, detections = await asyncio.gather(
        tenant.see(
            "Graph identityProtection/riskyUsers",
            read_risk(tenant, user.id, user.user_principal_name),
        ),
        tenant.see(
            "Graph identityProtection/riskDetections",
            read_risk_detections(tenant, user.id, since, until),
        ),
    )
    if risk is None:
        name = user.user_principal_name
        risk = UserRisk(user=name, level="unknown", state="unknown")
    return risk.model_copy(update={"detections": detections or ()})
