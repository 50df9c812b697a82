"""What services and tools wrap an audit record in, and how the record is got out of it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from pydantic import JsonValue
from pydantic_core import from_json

from sandbox.replay.members import CONTAINERS
from sandbox.tenant.part import JsonObject

# Where the record itself stands: Purview and PowerShell, Defender's CloudAppEvents, Splunk,
# Elastic's Microsoft 365 integration. The first that holds an object counts.
_WRAPPERS = (
    ("auditdata",),
    ("raweventdata",),
    ("_raw",),
    ("event", "original"),
    ("event.original",),
    ("o365", "audit"),
    ("_source",),
    ("result",),
)
COLUMNS = (
    "auditdata",
    "raweventdata",
    "_raw",
    "event.original",
    "operation",
    "o365.audit.operation",
)
"""Columns, in lower case, of which one is in every table of audit records; the best first."""
# What the wrapping says of the record, for one that does not say it itself.
_BESIDE: Mapping[str, tuple[str, ...]] = {
    "Operation": ("operation", "operations", "actiontype"),
    "CreationTime": (
        "creationtime",
        "creationdate",
        "createddatetime",
        "timegenerated",
        "timestamp",
        "@timestamp",
        "_time",
    ),
    "Id": ("id", "recordid", "identity", "officeid"),
    "UserId": ("userid", "userids", "userprincipalname"),
}
# Microsoft Sentinel's OfficeActivity (Azure Monitor reference) has other names for some fields.
_OFFICE_ACTIVITY = {
    "timegenerated": "CreationTime",
    "officeid": "Id",
    "officeworkload": "Workload",
    "officeobjectid": "ObjectId",
    "officetenantid": "OrganizationId",
    "client_ipaddress": "ClientIPAddress",
    "logon_type": "LogonType",
    "aadtarget": "Target",
    "site_": "Site",
    "site_url": "SiteUrl",
    "azureactivedirectory_eventtype": "AzureActiveDirectoryEventType",
}
_FIELDS = (
    "ActorContextId ActorIpAddress Actor AppAccessContext AppId ApplicationId ClientAppId ClientIP "
    "ClientIPAddress ClientInfoString CreationTime DeviceProperties ErrorNumber ExtendedProperties "
    "ExternalAccess Folders Id Item LogonError LogonType MailboxGuid MailboxOwnerUPN "
    "ModifiedProperties ObjectId Operation OperationCount OperationProperties OrganizationId "
    "OrganizationName OriginatingServer Parameters RecordType ResultStatus SessionId Target "
    "UserAgent UserId UserKey UserType Version Workload"
).split()
_CANONICAL = {name.lower(): name for name in _FIELDS} | _OFFICE_ACTIVITY
# AuditLogRecordType and UserType (Office 365 Management Activity API schema), LogonType.
_NUMBERS: Mapping[str, Mapping[str, int]] = {
    "RecordType": {
        "exchangeadmin": 1,
        "exchangeitem": 2,
        "exchangeitemgroup": 3,
        "sharepoint": 4,
        "sharepointfileoperation": 6,
        "onedrive": 7,
        "azureactivedirectory": 8,
        "sharepointsharingoperation": 14,
        "azureactivedirectorystslogon": 15,
        "securitycompliancecentereopcmdlet": 18,
        "microsoftteams": 25,
        "sharepointlistoperation": 36,
        "securitycompliancealerts": 40,
        "exchangeitemaggregated": 50,
    },
    "UserType": {"regular": 0, "reserved": 1, "admin": 2, "dcadmin": 3, "system": 4},
    "LogonType": {"owner": 0, "admin": 1, "delegated": 2, "delegate": 2},
}
_FLAT = "o365.audit."
"""Before the names of fields where Elastic gives them one by one."""
_ANNOTATION = "@odata."


class Found(NamedTuple):
    """A record, and its own text where it came as one."""

    record: JsonObject
    text: str | None


def parsed(text: str) -> JsonValue:
    """JSON text as what it says; None for what is no JSON, infinite numbers included."""
    try:
        return cast("JsonValue", from_json(text, allow_inf_nan=False))
    except ValueError:
        return None


def records(value: JsonObject, text: str | None = None) -> Iterator[Found | str]:
    """The audit records that an object is or holds; what holds none is answered with why."""
    if value.get("Operation") and value.get("CreationTime"):
        yield Found(value, text)
        return
    names = {name.lower(): name for name in value}
    wrapped = [(path[0], held) for path in _WRAPPERS if (held := _at(value, path))]
    for _, held in wrapped:
        inner = parsed(held) if isinstance(held, str) else held
        if isinstance(inner, dict):
            whole = _completed(_unannotated(inner), value, names)
            text = held if isinstance(held, str) and whole is inner else None
            yield from records(whole, text)
            return
    if wrapped:
        yield f"{names[wrapped[0][0]]} is not a JSON object"
        return
    lists = [value[names[name]] for name in sorted(CONTAINERS & names.keys())]
    if any(isinstance(held, list | dict) for held in lists):
        yield from _held(lists)
    else:
        yield _from_row(value)


def _held(lists: list[JsonValue]) -> Iterator[Found | str]:
    for held in lists:
        for member in held if isinstance(held, list) else [held]:
            if isinstance(member, dict):
                yield from records(member)


def _at(value: JsonObject, path: tuple[str, ...]) -> JsonValue:
    held: JsonValue = value
    for step in path:
        if not isinstance(held, dict):
            return None
        held = next((each for name, each in held.items() if name.lower() == step), None)
    return held


def _completed(record: JsonObject, beside: JsonObject, names: Mapping[str, str]) -> JsonObject:
    """The record with what only its wrapping says."""
    missing = {
        field: beside[names[name]]
        for field, others in _BESIDE.items()
        if not record.get(field)
        for name in others
        if name in names and beside[names[name]]
    }
    return {**record, **missing} if missing and record.keys() & set(_FIELDS) else record


def _from_row(value: JsonObject) -> Found | str:
    """A row of OfficeActivity, or a record whose fields a tool has flattened or lower-cased."""
    row: JsonObject = {}
    for name, cell in _unflattened(value).items():
        if cell in ("", None):
            continue
        field = _CANONICAL.get(name.lower(), name)
        row[field] = _numbered(field, _structured(cell))
    row = _completed(row, value, {name.lower(): name for name in value})
    return Found(row, None) if row.get("Operation") else "there is no Operation"


def _unflattened(value: JsonObject) -> JsonObject:
    """`o365.audit.Parameters.Identity` as an object in an object; other rows as they are."""
    if not any(name.startswith(_FLAT) for name in value):
        return value
    record: JsonObject = {}
    for name, cell in value.items():
        if name.startswith(_FLAT) and cell not in ("", "-", None):
            field, dot, member = name.removeprefix(_FLAT).partition(".")
            inside = record.setdefault(field, {}) if dot else None
            if isinstance(inside, dict):
                inside[member] = cell
            elif not dot:
                record[field] = cell
    return record


def _numbered(field: str, cell: JsonValue) -> JsonValue:
    if field not in _NUMBERS or not isinstance(cell, str):
        return cell
    if cell.isdecimal():
        return int(cell)
    return _NUMBERS[field].get(cell.replace(" ", "").lower(), cell)


def _unannotated(record: JsonObject) -> JsonObject:
    """A dynamic value of a hunting answer without OData's marks, and its lists as they were."""
    if not any(_ANNOTATION in name for name in record):
        return record
    plain = _plain(record)
    return plain if isinstance(plain, dict) else record


def _plain(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {name: _plain(held) for name, held in value.items() if _ANNOTATION not in name}
        case list():
            return [_structured(held) if isinstance(held, str) else _plain(held) for held in value]
        case _:
            return value


def _structured(value: JsonValue) -> JsonValue:
    """What the text of an object or a list says; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    inner = parsed(value)
    return value if inner is None else inner
