"""An audit record as the tables and APIs beside the audit log tell it, in the log's own members.

Each keeps what it had, and gets the members by which the rest of the evidence is read: those of the
Office 365 Management Activity API. Read are the rows of CloudAppEvents (Defender XDR),
OfficeActivity and AuditLogs (Sentinel: Azure Monitor Logs reference), and Graph's directoryAudit.
"""

from pydantic import JsonValue

from evidence.model import JsonObject
from evidence.reading import embedded, get, objects, text

_LOGON_TYPES = {"owner": 0, "admin": 1, "delegated": 2, "delegate": 2}
_APPLICATION = frozenset(["serviceprincipal", "application"])


def as_record(row: JsonObject) -> JsonObject:
    """The record of the audit log that a row tells of; any other object as it is."""
    if text(row, "Operation") is not None:
        return row | _office_activity(row) if get(row, "CreationTime") is None else row
    if text(row, "ActionType") is not None:
        raw = embedded(row, "RawEventData")
        if isinstance(raw, dict) and text(raw, "Operation") is not None:
            return _set(CreationTime=get(row, "Timestamp")) | raw
        return row | _cloud_app_event(row)
    if text(row, "OperationName") or text(row, "activityDisplayName"):
        return row | _directory_audit(row)
    return row


def _office_activity(row: JsonObject) -> JsonObject:
    """OfficeActivity renames some members, and writes what has members of its own as JSON text."""
    logon = (text(row, "Logon_Type") or "").lower()
    return _set(
        CreationTime=get(row, "TimeGenerated"),
        Id=get(row, "OfficeId") or get(row, "SourceRecordId"),
        ObjectId=get(row, "OfficeObjectId") or get(row, "ObjectId"),
        Workload=get(row, "OfficeWorkload"),
        ClientIPAddress=get(row, "Client_IPAddress"),
        LogonType=_LOGON_TYPES.get(logon),
    )


def _cloud_app_event(row: JsonObject) -> JsonObject:
    """A row without its record: the facts are the columns and the objects of the activity."""
    told = [
        each
        for each in objects({"list": embedded(row, "ActivityObjects")}, "list")
        if text(each, "Type") == "Property" and text(each, "Name")
    ]
    parameters: list[JsonValue] = [
        {"Name": text(each, "Name"), "Value": get(each, "Value")} for each in told
    ]
    scope = text(row, "Permissions")
    changed: list[JsonValue] = [{"Name": "DelegatedPermissionGrant.Scope", "NewValue": scope}]
    return _set(
        Operation=get(row, "ActionType"),
        CreationTime=get(row, "Timestamp") or get(row, "TimeGenerated"),
        Id=get(row, "ReportId"),
        UserId=text(row, "UserId") or text(row, "AccountUpn") or text(row, "AccountObjectId"),
        ObjectId=get(row, "ObjectName"),
        ClientIP=get(row, "IPAddress"),
        ClientAppId=get(row, "OAuthAppId"),
        Parameters=parameters or None,
        ModifiedProperties=changed if scope else None,
    )


def _directory_audit(row: JsonObject) -> JsonObject:
    """Entra's own audit log; in Sentinel its objects are at times JSON text."""
    by = embedded(row, "InitiatedBy")
    targets = objects({"list": embedded(row, "TargetResources")}, "list")
    changed = [
        each
        for target in targets
        for each in objects({"list": embedded(target, "modifiedProperties")}, "list")
    ]
    details = objects({"list": embedded(row, "AdditionalDetails")}, "list")
    app = next((text(each, "value") for each in details if text(each, "key") == "AppId"), None)
    first = targets[0] if targets else {}
    return _set(
        Operation=text(row, "OperationName") or text(row, "activityDisplayName"),
        CreationTime=get(row, "activityDateTime") or get(row, "TimeGenerated"),
        Workload="AzureActiveDirectory",
        ResultStatus=get(row, "Result"),
        UserId=text(by, "user", "userPrincipalName")
        or text(by, "user", "id")
        or text(by, "app", "displayName")
        or text(by, "app", "servicePrincipalId"),
        ClientIP=get(by, "user", "ipAddress") or get(by, "app", "ipAddress"),
        ObjectId=app or text(first, "userPrincipalName") or text(first, "displayName"),
        Target=[each for target in targets for each in _target(target)],
        ModifiedProperties=[
            {
                "Name": text(each, "displayName"),
                "OldValue": get(each, "oldValue"),
                "NewValue": get(each, "newValue"),
            }
            for each in changed
        ],
    )


def _target(target: JsonObject) -> list[JsonValue]:
    """A target by its name (type 1) and its id (type 2: the id with its kind before it)."""
    kind = text(target, "type") or ""
    identifier = text(target, "id") or ""
    prefix = f"{kind}_" if kind.lower() in _APPLICATION else ""
    named = text(target, "displayName") or text(target, "userPrincipalName")
    found: list[JsonValue] = [{"ID": f"{prefix}{identifier}", "Type": 2}]
    return [*found, {"ID": named, "Type": 1}] if named else found


def _set(**members: JsonValue) -> JsonObject:
    return {name: value for name, value in members.items() if value not in (None, "")}
