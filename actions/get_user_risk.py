"""Ask Entra ID Protection how risky a user is, and why."""

import asyncio
from datetime import timedelta

from actions.catalog import Effect, action
from actions.needs import Graph, licence
from actions.requests import ReadRequest, Subject
from evidence.model import Gap
from evidence.user_risk import UserRisk
from microsoft365.directory import find_user
from microsoft365.sign_ins import read_risk, read_risk_detections
from microsoft365.tenant import Tenant

_BEFORE = timedelta(days=21)
_AFTER = timedelta(days=1)
_RETENTION = timedelta(days=30)
"""Microsoft Entra ID Protection: Export risk data, "Risky sign-ins"."""
_DETECTIONS = "Graph identityProtection/riskDetections"


class GetUserRisk(ReadRequest):
    """Whose risk."""

    user: Subject


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
    """The risk as it is now, and the detections of the weeks before `around`.

    A user of whom nothing is on record has risk `none`; a service that refused is a gap.
    """
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
            _DETECTIONS,
            read_risk_detections(tenant, _DETECTIONS, user.id, since, until),
        ),
    )
    if detections is not None and tenant.graph.now is not None:
        kept_since = tenant.graph.now - _RETENTION
        if since < kept_since:
            detail = f"detections are kept 30 days: nothing before {kept_since:%Y-%m-%d %H:%M} UTC"
            tenant.missed(Gap(source=_DETECTIONS, reason="horizon", detail=detail))
    if risk is None:
        name = user.user_principal_name
        risk = UserRisk(user=name, level="unknown", state="unknown")
    return risk.model_copy(update={"detections": detections or ()})
