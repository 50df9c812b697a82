"""Alerts in the audit log, and the incident that a replay starts from."""

from datetime import datetime

from sandbox.replay.audit import address, named_values, text
from sandbox.replay.export import Record
from sandbox.tenant.incident import (
    AUDIT_EXPORT,
    DEFENDER_FOR_CLOUD_APPS,
    DEFENDER_FOR_OFFICE,
    Alert,
    Incident,
    Severity,
)
from sandbox.tenant.part import JsonObject, stable_id

OPERATIONS = frozenset({"AlertTriggered", "AlertEntityGenerated"})
# Alert policies about forwarding, by id or by what their names have in common.
_POLICIES = frozenset(
    {"bfd48f06-0865-41a6-85ff-adb746423ebf", "d59a8fd4-1272-41ee-9408-86f7bcf72479"}
)
_NAMES = ("forwarding", "inbox manipulation rule", "redirect rule")
_SEVERITIES: dict[str, Severity] = {
    "informational": "informational",
    "low": "low",
    "medium": "medium",
    "high": "high",
}


def about_forwarding(data: JsonObject) -> bool:
    """Whether an alert record belongs to one of the forwarding alerts."""
    name = text(data, "Name").lower()
    return text(data, "PolicyId").lower() in _POLICIES or any(one in name for one in _NAMES)


def about_user(data: JsonObject, upn: str) -> bool:
    """Whether an alert record is about this account."""
    entity = named_values(data.get("Data"))
    named = [
        text(data, "AlertEntityId"),
        *(str(entity.get(key, "")) for key in ("eid", "f3u", "suid")),
    ]
    return upn.lower() in {name.lower() for name in named}


def from_alert(record: Record, upn: str) -> Incident:
    """The incident of an alert that the export has; its Data stays as it was."""
    data = record.data
    title = text(data, "Name") or "Suspicious email forwarding activity"
    cloud_apps = "cloud app" in text(data, "Source").lower()
    alert = Alert(
        id=text(data, "AlertId") or record.id,
        title=title,
        policy=text(data, "PolicyId") or None,
        product=DEFENDER_FOR_CLOUD_APPS if cloud_apps else DEFENDER_FOR_OFFICE,
        description=text(data, "Comments") or title,
        severity=_SEVERITIES.get(text(data, "Severity").lower(), "high"),
        forwarder=upn,
        created=record.at,
        extended_properties={"Data": data["Data"]} if data.get("Data") else {},
    )
    return _incident(f"{title} involving one user", alert)


def from_change(record: Record | None, upn: str, moment: datetime) -> Incident:
    """An incident for an export without an alert; it says that this is what it is."""
    if record is None:
        title = f"Triage of {upn} (no alert in the export)"
        told = "The export has neither a forwarding alert nor a change of this account."
        alert = Alert(
            title=title, description=told, product=AUDIT_EXPORT, forwarder=upn, created=moment
        )
        return _incident(title, alert)
    title = f"{record.operation} for {upn} (no alert in the export)"
    ip_address = address(text(record.data, "ClientIP", "ClientIPAddress"))
    alert = Alert(
        title=title,
        product=AUDIT_EXPORT,
        description=f"The export has no alert; this incident stands for {record.operation} "
        f"(audit record {record.id}).",
        forwarder=upn,
        created=record.at,
        addresses=[ip_address] if ip_address else [],
        extended_properties={"AuditRecordId": record.id, "Operation": record.operation},
    )
    return _incident(title, alert)


def _incident(title: str, alert: Alert) -> Incident:
    number = stable_id("incident of", alert.id).int % 90_000 + 10_000
    return Incident(title=title, number=number, created=alert.created, alerts=[alert])
