"""A record of the unified audit log, in each of the shapes in which it is handed on."""

import re
from datetime import datetime

from pydantic import JsonValue

from evidence.addresses import network_address
from evidence.audit_tables import as_record
from evidence.model import Evidence, JsonObject
from evidence.reading import embedded, flag, get, items, moment, number, objects, text

# PowerShell's quoting; a backslash is an ordinary character in it.
_WORD = re.compile(r"""\"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'][^\s"]*)""")
_CONSTANTS = {"$true": "True", "$false": "False", "$null": ""}
_LIST_SIGN = re.compile(r"\s?;\s?")
_SHOWN_OBJECT = re.compile(r"@\{(.*)\}", re.DOTALL)


class AuditEvent(Evidence):
    """Something that somebody did, or tried to do."""

    id: str
    at: datetime
    operation: str
    actor: str
    """UserId: a UPN, an object id or a service principal's name."""
    object_id: str = ""
    """What was acted on, in the words of the workload."""
    mailbox_owner: str = ""
    """MailboxOwnerUPN, where the record has one: whose mailbox it was, whoever acted."""
    ip_address: str | None = None
    session_id: str = ""
    token_id: str = ""
    """The token that it was done with; a sign-in names the one that it issued."""
    application_id: str = ""
    client: str = ""
    succeeded: bool = True
    """False is an attempt, not a change."""
    logon_type: int | None = None
    """0 owner, 1 admin, 2 delegate (Microsoft: Detailed properties in the audit log)."""
    external_access: bool = False
    """The cmdlet was run by Microsoft's own staff or service, not by the organisation."""
    parameters: dict[str, str] = {}
    """The cmdlet's parameters, or the rule parts of an `UpdateInboxRules`; booleans as text."""
    raw: JsonObject = {}

    def parameter(self, name: str) -> str:
        """A parameter's value, its name compared without case; empty where it was not given."""
        lowered = name.lower()
        return next((v for k, v in self.parameters.items() if k.lower() == lowered), "")


def from_record(record: JsonValue) -> AuditEvent | None:
    """Reads an audit record; None for one without an operation or a time.

    A record fetched through Graph's audit query wraps the real one in `auditData`, Elastic's
    documents in `o365.audit`; rows of hunting tables and of Sentinel tell it with other members.
    """
    inner = embedded(record, "auditData") or get(record, "o365", "audit")
    given = inner if isinstance(inner, dict) else record
    source = as_record(given) if isinstance(given, dict) else given
    at = moment(source, "CreationTime") or moment(record, "createdDateTime")
    operation = text(source, "Operation")
    if at is None or operation is None or not isinstance(source, dict):
        return None
    return AuditEvent(
        id=text(source, "Id") or "",
        at=at,
        operation=operation.strip().rstrip("."),
        actor=text(source, "UserId") or text(source, "UserUPN") or "",
        object_id=text(source, "ObjectId") or "",
        mailbox_owner=text(source, "MailboxOwnerUPN") or "",
        ip_address=_address(source),
        session_id=_session(source),
        token_id=text(source, "AppAccessContext", "UniqueTokenId") or "",
        application_id=text(source, "ClientAppId") or text(source, "AppId") or "",
        client=text(source, "ClientInfoString") or "",
        succeeded=_succeeded(source, operation),
        logon_type=number(source, "LogonType"),
        external_access=flag(source, "ExternalAccess") is True,
        parameters=parameters(source),
        raw=source,
    )


def parameters(record: JsonValue) -> dict[str, str]:
    """The parameters of a record in each of their shapes.

    Name/Value pairs, one object, either of them as a JSON string, or a command line; and for
    `UpdateInboxRules` the pairs of `OperationProperties`.
    """
    found: dict[str, str] = {}
    for member in ("OperationProperties", "Parameters"):
        found |= _pairs(embedded(record, member))
    return found


def _pairs(value: JsonValue) -> dict[str, str]:
    if isinstance(value, str):
        return _command_line(value)
    if isinstance(value, dict) and not _is_pair(value):
        return {name: _written(item) for name, item in value.items()}
    pairs = [_shown_pair(each) or each for each in items({"list": value}, "list")]
    return {name: _written(get(pair, "Value")) for pair in pairs if (name := text(pair, "Name"))}


def _shown_pair(value: JsonValue) -> JsonObject | None:
    """A pair as PowerShell shows an object in a text: `@{Value=Bind; Name=MailAccessType}`."""
    shown = _SHOWN_OBJECT.fullmatch(value.strip()) if isinstance(value, str) else None
    if shown is None:
        return None
    members = (part.partition("=") for part in shown.group(1).split("; "))
    return {name.strip(): written for name, _, written in members}


def _is_pair(value: JsonObject) -> bool:
    # `Name` alone is also a parameter: the name of a new rule.
    return {name.lower() for name in value} == {"name", "value"}


def _written(value: JsonValue) -> str:
    if isinstance(value, list):
        return ";".join(text({"item": item}, "item") or "" for item in value)
    return "" if value is None else _CONSTANTS.get(str(value).lower(), str(value))


def _command_line(line: str) -> dict[str, str]:
    """Reads `-Name value -Switch "quoted value"`, which older exports carry."""
    found: dict[str, list[str]] = {}
    name = ""
    for word in _WORD.finditer(line):
        bare = word["bare"] or ""
        if bare.startswith("-") and bare[1:2].isalpha():
            name, _, value = bare[1:].partition(":")
            found[name] = [value] if value else []
        elif name:
            # A comma outside quotes makes a list, which the log joins with semicolons.
            found[name].append(bare.replace(",", ";") or word["double"] or word["single"] or "")
    return {name: _argument(values) for name, values in found.items()}


def _argument(values: list[str]) -> str:
    """A switch alone is true; `$true`, `$false` and `$null` are PowerShell's constants."""
    written = _LIST_SIGN.sub(";", " ".join(values)) if values else "$true"
    return _CONSTANTS.get(written.lower(), written)


def _succeeded(record: JsonObject, operation: str) -> bool:
    # A failed sign-in is at times recorded with the ResultStatus `Success`.
    status = (text(record, "ResultStatus") or "True").lower()
    return status not in ("false", "failed", "failure") and operation.lower() != "userloginfailed"


def _address(record: JsonObject) -> str | None:
    for name in ("ClientIP", "ClientIPAddress", "ActorIpAddress", "IPAddress"):
        address = network_address(text(record, name))
        if address:
            return address
    return None


def _session(record: JsonObject) -> str:
    return (
        text(record, "SessionId")
        or text(record, "AppAccessContext", "AADSessionId")
        or text(record, "DeviceProperties", "SessionId")
        or next(
            (
                value
                for pair in objects(record, "DeviceProperties")
                if text(pair, "Name") == "SessionId" and (value := text(pair, "Value"))
            ),
            "",
        )
    )
