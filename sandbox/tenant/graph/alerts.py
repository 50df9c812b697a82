"""Alerts and incidents as Graph shows them: microsoft.graph.security.alert and incident."""

from pydantic import JsonValue

from sandbox.tenant.incident import (
    AUDIT_EXPORT,
    DEFENDER_FOR_CLOUD_APPS,
    DEFENDER_FOR_ENDPOINT,
    DEFENDER_FOR_OFFICE,
    IDENTITY_PROTECTION,
    Alert,
    Comment,
    Incident,
)
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso

# The words of Graph's `serviceSource` and `detectionSource` (alerts_v2).
_SOURCES = {
    DEFENDER_FOR_OFFICE: ("microsoftDefenderForOffice365", "microsoftDefenderForOffice365"),
    DEFENDER_FOR_CLOUD_APPS: ("microsoftDefenderForCloudApps", "cloudAppSecurity"),
    DEFENDER_FOR_ENDPOINT: ("microsoftDefenderForEndpoint", "microsoftDefenderForEndpoint"),
    IDENTITY_PROTECTION: ("azureAdIdentityProtection", "azureAdIdentityProtection"),
    AUDIT_EXPORT: ("unknown", "unknown"),
}


def alert_resource(state: TenantState, incident: Incident, alert: Alert) -> JsonObject:
    """The alert with its evidence."""
    service, detection = _SOURCES[alert.product]
    first = alert.first_activity or alert.created
    return {
        "id": alert.id,
        "providerAlertId": alert.id[2:],
        "incidentId": incident.provider_id,
        "tenantId": state.id,
        "title": alert.title,
        "description": alert.description,
        "alertPolicyId": alert.policy,
        "detectorId": alert.policy,
        "serviceSource": service,
        "detectionSource": detection,
        "productName": alert.product,
        "category": alert.category,
        "categories": [alert.category],
        "mitreTechniques": [*alert.techniques],
        "severity": alert.severity,
        "status": alert.status,
        "classification": alert.classification,
        "determination": alert.determination,
        "assignedTo": alert.assigned_to,
        "investigationState": "unsupportedAlertType",
        "createdDateTime": iso(alert.created),
        "lastUpdateDateTime": iso(alert.updated or alert.created),
        "firstActivityDateTime": iso(first),
        "lastActivityDateTime": iso(alert.last_activity or first),
        "resolvedDateTime": iso(alert.updated)
        if alert.status == "resolved" and alert.updated
        else None,
        "recommendedActions": "",
        "alertWebUrl": f"https://security.microsoft.com/alerts/{alert.id}?tid={state.id}",
        "incidentWebUrl": f"https://security.microsoft.com/incidents/{incident.provider_id}"
        f"?tid={state.id}",
        "actorDisplayName": None,
        "threatDisplayName": None,
        "threatFamilyName": None,
        "systemTags": [],
        "customDetails": alert.custom_details,
        "additionalData": alert.extended_properties or None,
        "comments": [comment_resource(comment) for comment in alert.comments],
        "evidence": _evidence(state, alert),
    }


def incident_resource(state: TenantState, incident: Incident) -> JsonObject:
    """The incident without its alerts, which `$expand` adds."""
    return {
        "id": incident.provider_id,
        "tenantId": state.id,
        "displayName": incident.title,
        "description": incident.description or None,
        "status": incident.status,
        "severity": incident.severity,
        "classification": incident.classification,
        "determination": incident.determination,
        "assignedTo": incident.owner.assigned_to,
        "customTags": [*incident.labels],
        "systemTags": [],
        "resolvingComment": incident.resolving_comment,
        "redirectIncidentId": None,
        "summary": None,
        "createdDateTime": iso(incident.created),
        "lastUpdateDateTime": iso(incident.updated or incident.created),
        "lastModifiedBy": state.application.name if incident.updated else "Microsoft 365 Defender",
        "incidentWebUrl": f"https://security.microsoft.com/incidents/{incident.provider_id}"
        f"?tid={state.id}",
        "comments": [comment_resource(comment) for comment in incident.comments],
    }


def comment_resource(comment: Comment) -> JsonObject:
    """microsoft.graph.security.alertComment."""
    return {
        "@odata.type": "#microsoft.graph.security.alertComment",
        "comment": comment.message,
        "createdByDisplayName": comment.author,
        "createdDateTime": iso(comment.at),
    }


def _evidence(state: TenantState, alert: Alert) -> JsonValue:
    found: list[JsonValue] = []

    def add(kind: str, role: str, properties: JsonObject) -> None:
        found.append(
            {
                "@odata.type": f"#microsoft.graph.security.{kind}Evidence",
                "createdDateTime": iso(alert.created),
                "verdict": "suspicious",
                "remediationStatus": "none",
                "remediationStatusDetails": None,
                "roles": [role],
                "detailedRoles": [],
                "tags": [],
                **properties,
            }
        )

    for message in alert.messages:
        add(
            "analyzedMessage",
            "suspicious",
            {
                "networkMessageId": message.network_message_id,
                "recipientEmailAddress": message.recipient,
                "subject": message.subject,
                "senderIp": message.sender_ip,
                "receivedDateTime": iso(message.received),
                "antiSpamDirection": "outbound",
                "deliveryAction": "delivered",
                "deliveryLocation": "forwarded",
                "p1Sender": _sender(message.sender),
                "p2Sender": _sender(message.sender),
            },
        )
    if alert.forwarder:
        account = _account(state, alert.forwarder)
        add("user", "compromised", {"stream": None, "userAccount": account})
        user = state.user(alert.forwarder)
        add(
            "mailbox",
            "compromised",
            {
                "primaryAddress": (user and user.mail) or alert.forwarder,
                "displayName": user.display_name if user else "",
                "upn": alert.forwarder,
                "userAccount": account,
            },
        )
    for upn in alert.accounts:
        add("user", "contextual", {"stream": None, "userAccount": _account(state, upn)})
    for name in alert.devices:
        add(
            "device",
            "compromised",
            {
                "azureAdDeviceId": None,
                "deviceDnsName": name,
                "hostName": name.partition(".")[0],
                "osPlatform": "Windows11",
            },
        )
    for address in alert.addresses:
        add("ip", "attacker", {"ipAddress": address, "countryLetterCode": None, "location": None})
    return found


def _account(state: TenantState, upn: str) -> JsonObject:
    user = state.user(upn)
    name, _, domain = upn.partition("@")
    return {
        "accountName": name,
        "domainName": domain,
        "userPrincipalName": upn,
        "azureAdUserId": user.id if user else None,
        "displayName": user.display_name if user else None,
        "userSid": None,
        "activeDirectoryObjectGuid": None,
    }


def _sender(address: str) -> JsonObject:
    return {
        "emailAddress": address,
        "displayName": None,
        "domainName": address.rpartition("@")[2],
    }
