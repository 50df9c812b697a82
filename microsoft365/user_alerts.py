"""Alerts of Defender XDR in whose evidence a user stands."""

from collections.abc import Collection
from datetime import datetime

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.security.alerts_v2.alerts_v2_request_builder import Alerts_v2RequestBuilder

from evidence import user_alert
from evidence.model import Gap
from evidence.user_alert import NotReadable, UserAlert
from microsoft365.limits import Service
from microsoft365.odata import literal
from microsoft365.tenant import Tenant

ALERTS = "Graph security/alerts_v2"
_PAGE_SIZE = 500


async def read_user_alerts(
    tenant: Tenant, names: Collection[str], since: datetime, until: datetime
) -> tuple[UserAlert, ...]:
    """Alerts about the user of these names that came within the time, newest first.

    An alert can be filtered by its time but not by its evidence (Graph: List alerts_v2): all of
    the organisation's are read, at most 5,000 of them. Raises MicrosoftError.
    """
    query = Alerts_v2RequestBuilder.Alerts_v2RequestBuilderGetQueryParameters(
        filter=f"createdDateTime ge {literal(since)} and createdDateTime le {literal(until)}",
        top=_PAGE_SIZE,
    )
    request = tenant.graph.v1.security.alerts_v2.to_get_request_information(
        RequestConfiguration(query_parameters=query)
    )
    found: list[UserAlert] = []
    unreadable = 0
    cut = tenant.cut_short(ALERTS, "They are the newest of the organisation.")
    async for page in tenant.graph.pages(request, Service.SECURITY, cut=cut):
        for payload in page:
            try:
                alert = user_alert.from_graph(payload, names)
            except NotReadable:
                unreadable += 1
                continue
            if alert is not None:
                found.append(alert)
    if unreadable:
        detail = f"{unreadable} of the organisation's alerts could not be read: whose they are is "
        detail += "not known"
        tenant.missed(Gap(source=ALERTS, reason="unreadable", detail=detail))
    return tuple(sorted(found, key=lambda each: each.created, reverse=True))
