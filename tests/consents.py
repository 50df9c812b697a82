"""Records of applications that are given access, as Entra ID writes them into the audit log."""

import json
from collections.abc import Iterator
from datetime import datetime

from pydantic import JsonValue

from evidence.model import JsonObject

GRAPH = "00000003-0000-0000-c000-000000000000"
ORGANIZATION = "6c1f6d0a-58a1-4c0e-9c0f-9f6d1c2b7a10"


def consented(
    name: str,
    app_id: str,
    scopes: str,
    at: datetime,
    by: str,
    *,
    everybody: bool = False,
    address: str = "203.0.113.7",
) -> Iterator[JsonObject]:
    """The three records that one consent leaves."""
    principal = f"{app_id[:-4]}beef"
    kind = "AllPrincipals" if everybody else "Principal"
    person = "" if everybody else "8f4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31"
    permissions = (
        f"[] => [[Id: Bu-{app_id[:8]}, ClientId: {principal}, PrincipalId: {person}, ResourceId: "
        f"c6de1beb-148e-43f6-8c73-29d84232e699, ConsentType: {kind}, Scope:  {scopes}, "
        "CreatedDateTime: , LastModifiedDateTime ]]; "
    )
    target: list[JsonValue] = [
        {"ID": f"ServicePrincipal_{principal}", "Type": 2},
        {"ID": principal, "Type": 2},
        {"ID": "ServicePrincipal", "Type": 2},
        {"ID": name, "Type": 1},
        {"ID": app_id, "Type": 2},
        {"ID": app_id, "Type": 4},
    ]
    yield _record(
        "Add delegated permission grant.",
        at,
        by,
        address=address,
        object_id=f"{GRAPH};https://graph.microsoft.com",
        changed={
            "DelegatedPermissionGrant.Scope": f" {scopes}",
            "DelegatedPermissionGrant.ConsentType": kind,
            "ServicePrincipal.ObjectID": principal,
            "ServicePrincipal.DisplayName": "",
            "ServicePrincipal.AppId": "",
        },
        target=[{"ID": "Microsoft Graph", "Type": 1}],
    )
    yield _record(
        "Add app role assignment grant to user.",
        at,
        by,
        address=address,
        object_id=app_id,
        changed={"AppRole.Id": "00000000-0000-0000-0000-000000000000", "User.UPN": by},
        target=target,
    )
    yield _record(
        "Consent to application.",
        at,
        by,
        address=address,
        object_id=app_id,
        changed={
            "ConsentContext.IsAdminConsent": str(everybody),
            "ConsentContext.IsAppOnly": "False",
            "ConsentContext.OnBehalfOfAll": str(everybody),
            "ConsentAction.Permissions": permissions,
        },
        target=target,
    )


def arrived(name: str, app_id: str, at: datetime, by: str) -> JsonObject:
    """A service principal that somebody added."""
    made = {"DisplayName": json.dumps([name]), "AppPrincipalId": json.dumps([app_id], indent=2)}
    target: list[JsonValue] = [{"ID": name, "Type": 1}, {"ID": app_id, "Type": 2}]
    return _record("Add service principal.", at, by, object_id=app_id, changed=made, target=target)


def app_permission(name: str, app_id: str, role: str, at: datetime, by: str) -> JsonObject:
    """A permission that needs no user."""
    changed = {"AppRole.Value": role, "ServicePrincipal.ObjectID": f"{app_id[:-4]}beef",
               "ServicePrincipal.DisplayName": name, "ServicePrincipal.AppId": app_id}  # fmt: skip
    target: list[JsonValue] = [{"ID": "Microsoft Graph", "Type": 1}]
    operation = "Add app role assignment to service principal."
    return _record(operation, at, by, object_id=GRAPH, changed=changed, target=target)


def mail_read(app_id: str, at: datetime, mailbox: str, messages: int) -> JsonObject:
    """Messages that an application opened through Microsoft Graph."""
    return {
        **_base("MailItemsAccessed", at, mailbox, "Exchange", 50),
        "ResultStatus": "Succeeded",
        "AppId": GRAPH,
        "ClientAppId": app_id,
        "ClientInfoString": "Client=REST;;",
        "ClientIPAddress": "198.51.100.66",
        "MailboxOwnerUPN": mailbox,
        "OperationCount": messages,
        "OperationProperties": [
            {"Name": "MailAccessType", "Value": "Bind"},
            {"Name": "IsThrottled", "Value": "False"},
        ],
    }


def _record(
    operation: str,
    at: datetime,
    by: str,
    *,
    object_id: str,
    address: str = "203.0.113.7",
    changed: dict[str, str],
    target: list[JsonValue],
) -> JsonObject:
    return {
        **_base(operation, at, by, "AzureActiveDirectory", 8),
        "ResultStatus": "Success",
        "ClientIP": address,
        "ActorIpAddress": address,
        "ActorContextId": ORGANIZATION,
        "ObjectId": object_id,
        "Actor": [{"ID": by, "Type": 5}],
        "ModifiedProperties": [
            {"Name": name, "NewValue": value, "OldValue": ""} for name, value in changed.items()
        ],
        "Target": target,
    }


def _base(operation: str, at: datetime, by: str, workload: str, kind: int) -> JsonObject:
    return {
        "CreationTime": at.strftime("%Y-%m-%dT%H:%M:%S"),
        "Id": f"{operation} {at.isoformat()} {by}",
        "Operation": operation,
        "OrganizationId": ORGANIZATION,
        "OrganizationName": "contoso.onmicrosoft.com",
        "RecordType": kind,
        "UserType": 0,
        "Workload": workload,
        "UserId": by,
    }
