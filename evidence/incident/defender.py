"""Microsoft Defender XDR's bodies: an `alerts_v2` alert, or an incident with its alerts."""

from evidence.incident.alert_kind import alert_kind
from evidence.incident.body import Place, member_place
from evidence.incident.case import AlertPart, Case, Part
from evidence.indicators import AlertReference
from evidence.model import JsonObject
from evidence.reading import get, items, objects, text

_OF_AN_ALERT = (
    "evidence alertPolicyId detectorId providerAlertId serviceSource detectionSource alertWebUrl "
    "vendorInformation"
).split()
_TYPE = "#microsoft.graph.security."


def read_alert(body: JsonObject) -> Case | None:
    """Reads an alert (Graph: security/alerts_v2, or the older security/alerts); None for a body of
    another kind.
    """
    if not _is_alert(body):
        return None
    alert = _alert(body, Place())
    return Case(
        incident=text(body, "incidentId"),
        title=alert.reference.title,
        alerts=[alert],
        rest=Part({}, Place()),
        classification=text(body, "classification") or text(body, "feedback") or "",
    )


def read_incident(body: JsonObject) -> Case | None:
    """Reads an incident (Graph: security/incidents, `$expand=alerts`); None for another kind."""
    told = get(body, "incidentWebUrl") or _is_called(body, "incident")
    if not told and not any(map(_is_alert, objects(body, "alerts"))):
        return None
    if _is_alert(body):
        return None
    place = member_place(Place(), body, "alerts")
    return Case(
        incident=text(body, "id"),
        title=text(body, "displayName") or "",
        alerts=[
            _alert(item, place.to(position))
            for position, item in enumerate(items(body, "alerts"))
            if isinstance(item, dict)
        ],
        rest=Part({k: v for k, v in body.items() if k.lower() != "alerts"}, Place()),
        classification=text(body, "classification") or "",
    )


def _is_alert(body: JsonObject) -> bool:
    return _is_called(body, "alert") or any(get(body, name) for name in _OF_AN_ALERT)


def _is_called(body: JsonObject, name: str) -> bool:
    """Whether Graph says what the body is: a short one shows little else."""
    return text(body, "@odata.type") == _TYPE + name


def _alert(alert: JsonObject, place: Place) -> AlertPart:
    title = text(alert, "title") or ""
    identifier = text(alert, "id") or ""
    reference = AlertReference(
        id=identifier or text(alert, "providerAlertId") or "",
        # Graph's providerAlertId is the id in the product that raised the alert, which is no id of
        # alerts_v2.
        provider_id=identifier or None,
        title=title,
        kind=alert_kind(alert, title),
    )
    return AlertPart(reference, Part(alert, place))
