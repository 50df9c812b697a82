"""The advanced hunting tables that an audit export can fill."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue

from sandbox.replay.audit import address, text
from sandbox.replay.export import Record
from sandbox.tenant.hunting_table import JsonText
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import User
from sandbox.tenant.signin import SignIn
from sandbox.tenant.times import iso

Row = Mapping[str, JsonValue]

STS_LOGON = 15
# What the Microsoft 365 connector of Defender for Cloud Apps brings: workload to the
# application's name and id in CloudAppEvents.
_APPLICATIONS: Mapping[str, tuple[str, int | None]] = {
    "AzureActiveDirectory": ("Office 365", 11161),
    "Exchange": ("Microsoft Exchange Online", 20893),
    # Which number Power Automate has is documented nowhere.
    "MicrosoftFlow": ("Microsoft Power Automate", None),
    "MicrosoftTeams": ("Microsoft Teams", 28375),
    "OneDrive": ("Microsoft OneDrive for Business", 15600),
    "SharePoint": ("Microsoft SharePoint Online", 20892),
}
_ADMINISTRATOR = 2
_EXCHANGE_ADMIN = 1


def reaches_cloud_app_events(data: JsonObject) -> bool:
    """Sign-ins go to other tables; the compliance center's own records to none."""
    return data.get("RecordType") != STS_LOGON and text(data, "Workload") in _APPLICATIONS


class Identity(NamedTuple):
    """Object id and name of an account, as a row of CloudAppEvents has them."""

    object_id: str
    name: str


def cloud_app_event(record: Record, people: Mapping[str, Identity]) -> Row:
    """A row of CloudAppEvents; `people` are known by their UPN, lower-cased."""
    data = record.data
    user = text(data, "UserId")
    name, number = _APPLICATIONS[text(data, "Workload")]
    who = people.get(user.lower(), Identity("", user))
    return {
        "Timestamp": iso(record.at),
        "ActionType": record.operation,
        "Application": name,
        "ApplicationId": number,
        "AccountObjectId": who.object_id,
        "AccountId": user,
        "AccountDisplayName": who.name,
        "AccountType": "Admin" if data.get("UserType") == _ADMINISTRATOR else "Regular",
        "IsAdminOperation": data.get("RecordType") == _EXCHANGE_ADMIN,
        "IPAddress": address(text(data, "ClientIPAddress", "ClientIP")),
        "UserAgent": text(data, "UserAgent", "ClientInfoString"),
        "ObjectName": text(data, "ObjectId"),
        "ObjectId": text(data, "ObjectId"),
        "ReportId": record.id,
        "RawEventData": JsonText(record.text),
    }


def logon_row(sign_in: SignIn, user: User | None) -> Row:
    """A row of IdentityLogonEvents, which has interactive and legacy sign-ins only."""
    return {
        "Timestamp": iso(sign_in.at),
        "ActionType": "LogonFailed" if sign_in.error_code else "LogonSuccess",
        "Application": "Office 365",
        "LogonType": "Interactive",
        "Protocol": "OAuth2",
        "FailureReason": (sign_in.failure_reason or "") if sign_in.error_code else "",
        "AccountUpn": sign_in.user,
        "AccountObjectId": user.id if user else "",
        "AccountDisplayName": user.display_name if user else sign_in.user,
        "OSPlatform": sign_in.device.operating_system,
        "IPAddress": sign_in.ip_address,
        "ReportId": sign_in.id,
    }
