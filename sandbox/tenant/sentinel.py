"""Incidents as Microsoft Sentinel shows them, and the body that its incident trigger sends."""

from pydantic import JsonValue

from sandbox.tenant.incident import (
    AUDIT_EXPORT,
    DEFENDER_FOR_CLOUD_APPS,
    DEFENDER_FOR_OFFICE,
    Alert,
    Incident,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso

_COMPONENTS = {DEFENDER_FOR_OFFICE: "OATP", DEFENDER_FOR_CLOUD_APPS: "MCAS"}


def incident_resource(state: TenantState, incident: Incident) -> JsonObject:
    """Incidents - Get, Microsoft.SecurityInsights 2025-09-01."""
    updated = incident.updated or incident.created
    closed: JsonObject = {}
    if incident.sentinel_classification:
        closed["classification"] = incident.sentinel_classification
    if incident.classification_reason:
        closed["classificationReason"] = incident.classification_reason
    if incident.classification_comment:
        closed["classificationComment"] = incident.classification_comment
    activity = [a.first_activity or a.created for a in incident.alerts]
    return {
        "id": f"{state.workspace.path}/Incidents/{incident.id}",
        "name": incident.id,
        "type": "Microsoft.SecurityInsights/Incidents",
        "etag": incident.etag,
        "properties": {
            "title": incident.title,
            "description": incident.description,
            "severity": incident.severity.capitalize(),
            "status": incident.sentinel_status,
            **closed,
            "owner": {
                "objectId": incident.owner.object_id,
                "email": incident.owner.email,
                "assignedTo": incident.owner.assigned_to,
                "userPrincipalName": incident.owner.user_principal_name,
            },
            "labels": [{"labelName": label, "labelType": "User"} for label in incident.labels],
            "firstActivityTimeUtc": iso(min(activity)),
            "lastActivityTimeUtc": iso(
                max(a.last_activity or a.first_activity or a.created for a in incident.alerts)
            ),
            "lastModifiedTimeUtc": iso(updated),
            "createdTimeUtc": iso(incident.created),
            "incidentNumber": incident.number,
            "additionalData": {
                "alertsCount": len(incident.alerts),
                "bookmarksCount": 0,
                "commentsCount": len(incident.sentinel_comments),
                "alertProductNames": [*sorted({alert.product for alert in incident.alerts})],
                "providerIncidentUrl": _defender(f"incident2/{incident.provider_id}/overview"),
                "tactics": [*incident.tactics],
                "techniques": [*incident.techniques],
            },
            "relatedAnalyticRuleIds": [],
            "incidentUrl": (
                "https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident"
                f"{state.workspace.path}/Incidents/{incident.id}"
            ),
            "providerName": "Microsoft XDR",
            "providerIncidentId": incident.provider_id,
        },
    }


def incident_trigger(state: TenantState, incident: Incident) -> JsonObject:
    """The body of the trigger "Microsoft Sentinel incident" (connector azuresentinel)."""
    resource = incident_resource(state, incident)
    properties = resource["properties"]
    if isinstance(properties, dict):
        properties["alerts"] = [alert_resource(state, alert) for alert in incident.alerts]
        properties["bookmarks"] = []
        properties["relatedEntities"] = entities(state, incident)
        properties["comments"] = []
    return {
        "eventUniqueId": str(stable_id("event", incident.id)),
        "objectSchemaType": "Incident",
        "objectEventType": "Create",
        "workspaceInfo": {
            "SubscriptionId": state.workspace.subscription,
            "ResourceGroupName": state.workspace.resource_group,
            "WorkspaceName": state.workspace.name,
        },
        "workspaceId": state.workspace.id,
        "object": resource,
    }


def alert_resource(state: TenantState, alert: Alert) -> JsonObject:
    """A SecurityAlert entity (Incidents - List Alerts)."""
    first = alert.first_activity or alert.created
    return {
        "id": f"{state.workspace.path}/Entities/{alert.system_id}",
        "name": alert.system_id,
        "type": "Microsoft.SecurityInsights/Entities",
        "kind": "SecurityAlert",
        "properties": {
            "systemAlertId": alert.system_id,
            "providerAlertId": alert.id,
            "alertDisplayName": alert.title,
            "description": alert.description,
            "severity": alert.severity.capitalize(),
            "confidenceLevel": "Unknown",
            "vendorName": "" if alert.product == AUDIT_EXPORT else "Microsoft",
            "productName": alert.product,
            "productComponentName": _COMPONENTS.get(alert.product, ""),
            "alertType": alert.policy or alert.title,
            "alertLink": _defender(f"alerts/{alert.id}"),
            "status": "New" if alert.status == "new" else "InProgress",
            "startTimeUtc": iso(first),
            "endTimeUtc": iso(alert.last_activity or first),
            "timeGenerated": iso(alert.created),
            "processingEndTime": iso(alert.created),
            "tactics": [alert.category],
            "resourceIdentifiers": [],
            "additionalData": dict(alert.extended_properties),
            "friendlyName": alert.title,
        },
    }


def entities(state: TenantState, incident: Incident) -> list[JsonValue]:
    """The entities of all alerts, each once (Incidents - List Entities)."""
    found: dict[str, JsonValue] = {}

    def add(kind: str, name: str, properties: JsonObject) -> None:
        key = str(stable_id("entity", kind, name))
        found[key] = {
            "id": f"{state.workspace.path}/Entities/{key}",
            "name": key,
            "type": "Microsoft.SecurityInsights/Entities",
            "kind": kind,
            "properties": {**properties, "friendlyName": name},
        }

    for alert in incident.alerts:
        for message in alert.messages:
            add(
                "MailMessage",
                f"{message.network_message_id}/{message.recipient}",
                {
                    "networkMessageId": message.network_message_id,
                    "recipient": message.recipient,
                    "p1Sender": message.sender,
                    "p2Sender": message.sender,
                    "senderIP": message.sender_ip,
                    "subject": message.subject,
                    "receiveDate": iso(message.received),
                    "antispamDirection": "Outbound",
                    "deliveryAction": "Delivered",
                },
            )
        if alert.forwarder:
            user = state.user(alert.forwarder)
            name, _, suffix = alert.forwarder.partition("@")
            account: JsonObject = {
                "accountName": name,
                "upnSuffix": suffix,
                "aadTenantId": state.id,
            }
            box: JsonObject = {"mailboxPrimaryAddress": alert.forwarder, "upn": alert.forwarder}
            if user:
                account |= {"aadUserId": user.id, "displayName": user.display_name}
                box |= {
                    "mailboxPrimaryAddress": user.mail or alert.forwarder,
                    "displayName": user.display_name,
                    "externalDirectoryObjectId": user.id,
                }
            add("Account", alert.forwarder, account)
            add("Mailbox", alert.forwarder, box)
        for address in alert.addresses:
            add("Ip", address, {"address": address})
    return list(found.values())


def _defender(page: str) -> str:
    return f"https://security.microsoft.com/{page}"
