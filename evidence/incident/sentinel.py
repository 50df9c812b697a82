"""Microsoft Sentinel's bodies: of the incident trigger, of the alert trigger, and the resource."""

from evidence.incident.alert_kind import alert_kind
from evidence.incident.body import Place, member_place
from evidence.incident.case import AlertPart, Case, Part
from evidence.indicators import AlertReference
from evidence.model import JsonObject
from evidence.reading import get, items, text


def read_incident(body: JsonObject) -> Case | None:
    """Reads the body of the incident trigger, or an incident of Azure Resource Manager.

    None for a body of another kind.
    """
    wrapped = get(body, "object")
    start = member_place(Place(), body, "object") if isinstance(wrapped, dict) else Place()
    incident = wrapped if isinstance(wrapped, dict) else body
    properties = get(incident, "properties")
    if not isinstance(properties, dict) or (incident is body and not _is_incident(properties)):
        return None
    place = member_place(start, incident, "properties")
    alerts_at = member_place(place, properties, "alerts")
    alerts = [
        _alert(item, alerts_at.to(position))
        for position, item in enumerate(items(properties, "alerts"))
        if isinstance(item, dict)
    ]
    rest = {name: value for name, value in properties.items() if name.lower() != "alerts"}
    return Case(
        incident=text(incident, "id") or text(incident, "name"),
        title=text(properties, "title") or "",
        alerts=alerts,
        rest=Part(rest, place),
        classification=text(properties, "classification") or "",
    )


def _is_incident(properties: JsonObject) -> bool:
    names = ("incidentNumber", "title", "relatedEntities", "alerts")
    return any(get(properties, name) is not None for name in names)


def read_alert(body: JsonObject) -> Case | None:
    """Reads the body of the alert trigger; None for a body of another kind."""
    names = ("SystemAlertId", "AlertDisplayName", "AlertType", "Entities")
    if not any(get(body, name) for name in names):
        return None
    alert = _alert(body, Place())
    return Case(None, alert.reference.title, [alert], Part({}, Place()))


def _alert(alert: JsonObject, place: Place) -> AlertPart:
    inner = get(alert, "properties")
    properties = inner if isinstance(inner, dict) else alert
    title = text(properties, "alertDisplayName") or text(properties, "displayName") or ""
    provider_id = text(properties, "providerAlertId") or text(properties, "vendorOriginalId")
    reference = AlertReference(
        id=text(properties, "systemAlertId") or text(alert, "name") or provider_id or "",
        provider_id=provider_id,
        title=title,
        kind=alert_kind(alert, title),
    )
    return AlertPart(reference, Part(alert, place))
