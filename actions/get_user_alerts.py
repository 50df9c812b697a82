"""Find the alerts of Defender XDR about a user, his mailbox or his messages."""

from datetime import timedelta

from pydantic import Field

from actions.catalog import Effect, action
from actions.needs import Graph
from actions.requests import ReadRequest, Subject
from evidence.model import Gap
from evidence.user_alert import UserAlerts
from microsoft365.directory import find_user
from microsoft365.tenant import Tenant
from microsoft365.user_alerts import ALERTS, read_user_alerts

_AFTER = timedelta(days=1)
_RETENTION = timedelta(days=180)
"""Data security and privacy in Microsoft Defender XDR: data retention."""


class GetUserAlerts(ReadRequest):
    """Whose alerts."""

    user: Subject
    days_before: int = Field(default=30, ge=1, le=90, description="How far back to look, in days")


@action(
    effect=Effect.READ,
    needs=[Graph.SECURITY_ALERT_READ.need, Graph.USER_READ.need],
    techniques=["T1078.004", "T1566"],
)
async def get_user_alerts(request: GetUserAlerts, tenant: Tenant) -> UserAlerts:
    """Every alert in whose evidence the account, its mailbox or mail of it stands.

    The alert that is being answered is among them, for whoever asks knows which it is.
    """
    since = request.around - timedelta(days=request.days_before)
    until = request.around + _AFTER
    user = await tenant.see("Graph users", find_user(tenant, request.user), leads_on=True)
    if user is None:
        return UserAlerts(user=request.user, since=since, until=until, alerts=())
    alerts = await tenant.see_of_known(ALERTS, read_user_alerts(tenant, user.names, since, until))
    now = tenant.graph.now
    if alerts is not None and now is not None and since < now - _RETENTION:
        detail = f"alerts are kept 180 days: nothing before {now - _RETENTION:%Y-%m-%d %H:%M} UTC"
        tenant.missed(Gap(source=ALERTS, reason="horizon", detail=detail))
    return UserAlerts(user=user.user_principal_name, since=since, until=until, alerts=alerts or ())
