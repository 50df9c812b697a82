"""Alerts and incidents of Defender XDR, as Graph's security API holds them."""

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.security.alert import Alert
from msgraph.generated.models.security.alert_classification import AlertClassification
from msgraph.generated.models.security.alert_determination import AlertDetermination
from msgraph.generated.models.security.alert_status import AlertStatus
from msgraph.generated.security.incidents.item.incident_item_request_builder import (
    IncidentItemRequestBuilder,
)

from evidence.model import JsonObject
from microsoft365.limits import Service
from microsoft365.tenant import Tenant


async def read_alert(tenant: Tenant, alert_id: str) -> JsonObject:
    """The alert as it is now (Graph: Get alert). Raises NotFound and other MicrosoftErrors."""
    builder = tenant.graph.v1.security.alerts_v2.by_alert_id(alert_id)
    return await tenant.graph.object(builder.to_get_request_information(), Service.SECURITY)


async def write_alert(
    tenant: Tenant,
    alert_id: str,
    *,
    classification: AlertClassification,
    determination: AlertDetermination,
    status: AlertStatus | None,
) -> None:
    """Grades an alert (Graph: Update alert); no status leaves it. Raises MicrosoftError."""
    changed = Alert(classification=classification, determination=determination, status=status)
    builder = tenant.graph.v1.security.alerts_v2.by_alert_id(alert_id)
    await tenant.graph.send(builder.to_patch_request_information(changed), Service.SECURITY)


async def read_incident(tenant: Tenant, incident_id: str) -> JsonObject:
    """An incident of Defender XDR (Graph: Get incident). Raises MicrosoftError."""
    builder = tenant.graph.v1.security.incidents.by_incident_id(incident_id)
    return await tenant.graph.object(builder.to_get_request_information(), Service.SECURITY)


async def read_incident_with_alerts(tenant: Tenant, incident_id: str) -> JsonObject:
    """The same with all of its alerts (Graph: Get incident, `$expand`). Raises MicrosoftError."""
    query = IncidentItemRequestBuilder.IncidentItemRequestBuilderGetQueryParameters(
        expand=["alerts"]
    )
    builder = tenant.graph.v1.security.incidents.by_incident_id(incident_id or "0")
    request = builder.to_get_request_information(RequestConfiguration(query_parameters=query))
    return await tenant.graph.object(request, Service.SECURITY)


async def comment_on_incident(tenant: Tenant, incident_id: str, comment: str) -> None:
    """Comments an incident of Defender XDR (Graph: Create comment for incident).

    One object by hand: the SDK would send an array, which the service answers with 400.
    """
    body: JsonObject = {
        "@odata.type": "microsoft.graph.security.alertComment",
        "comment": comment,
    }
    builder = tenant.graph.v1.security.incidents.by_incident_id(incident_id)
    url = builder.to_get_request_information().url
    await tenant.graph.post(f"{url}/comments", body, Service.SECURITY)
