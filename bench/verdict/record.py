"""Records of the audit log: each an answer of the hunt that would have found it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.verdict.answers import UNDATED, answer, hunted
from bench.verdict.labelled import Context, Unreadable
from evidence import app_consent, audit_event, sign_in
from evidence.audit_event import AuditEvent
from evidence.model import JsonObject
from evidence.reading import embedded, get, text
from evidence.sign_in import SignIn, SignIns
from triage.applications import CONSENTS_HUNT
from triage.case import CHANGES_HUNT
from triage.findings.activity import ACCOUNT_HUNT

_SIGN_INS = ("UserLoggedIn", "UserLoginFailed")
_OF_ACCOUNTS = ("update user", "disable strong authentication")
_ALERTS = ("AlertTriggered", "AlertEntityGenerated", "AlertUpdated")


@dataclass(frozen=True)
class Told:
    """An audit record with what it tells."""

    record: JsonObject
    event: AuditEvent

    @property
    def is_alert(self) -> bool:
        """Whether it tells of an alert that was raised."""
        return self.event.operation in _ALERTS

    @property
    def mailbox(self) -> str:
        """Whose mailbox it is about, as the record names it; the actor's where it names none."""
        named = self.event.mailbox_owner or self.event.parameter("Mailbox")
        operation = self.event.operation
        if not named and operation.endswith("InboxRule"):
            owner, separator, _ = self.event.object_id.rpartition("\\")
            named = owner if separator else ""
        elif not named and operation.startswith(("Set-Mailbox", "Add-Mailbox", "Add-Recipient")):
            named = self.event.parameter("Identity") or self.event.object_id
        leaf = named.rstrip("/").rpartition("/")[2].strip()
        alias = self.event.actor.partition("@")[0]
        return self.event.actor if leaf.lower() in ("", alias.lower()) else leaf

    @property
    def named_domains(self) -> tuple[str, ...]:
        """Where it names a domain of its tenant."""
        organization = text(self.event.raw, "OrganizationName") or ""
        return (organization, self.event.mailbox_owner, self.event.actor)


def told(record: JsonObject, context: Context) -> Told:
    """Reads a record of any shape. Raises Unreadable for one without an operation.

    Parameters alone are the cmdlet's that the context names. A record without a time that can be
    read is taken to be of a fixed one.
    """
    if context.cmdlet and get(record, "Operation") is None:
        parameters = get(record, "Parameters")
        record = {
            **(record if parameters is not None else {}),
            "Operation": context.cmdlet,
            "Parameters": record if parameters is None else parameters,
        }
    event = audit_event.from_record(record)
    if event is None:
        at = (context.as_of or UNDATED).strftime("%Y-%m-%dT%H:%M:%S")
        record = {**record, "CreationTime": at}
        event = audit_event.from_record(record)
    if event is None:
        raise Unreadable("data: names no operation, so it is no audit record")
    return Told(record, event)


def answers(told_of: Sequence[Told], at: datetime) -> Iterator[JsonObject]:
    """What the reads would have answered that found these records and nothing else."""
    only = "everything but these records"
    changes: list[JsonObject] = []
    consents: list[JsonObject] = []
    for each in told_of:
        row: JsonObject = {"RawEventData": each.record, "OnMailbox": True}
        given = app_consent.consent(each.event) or app_consent.arrival(each.event)
        (consents if given else changes).append(row)
    if changes:
        yield hunted(CHANGES_HUNT, at, changes, only)
    if consents:
        yield hunted(CONSENTS_HUNT, at, consents, only)
    of_accounts = [_of_account(each.event) for each in told_of if _is_of_account(each.event)]
    if of_accounts:
        yield hunted(ACCOUNT_HUNT, at, of_accounts, only)
    signed_in = [found for each in told_of if (found := _sign_in(each))]
    if signed_in:
        yield answer("list_sign_ins", _log(signed_in, at), only)


def _is_of_account(event: AuditEvent) -> bool:
    return event.succeeded and event.operation.lower() in _OF_ACCOUNTS


def _of_account(event: AuditEvent) -> JsonObject:
    """The row that the hunt for changes of an account makes of its record."""
    properties = embedded(event.raw, "ModifiedProperties")
    return {
        "Timestamp": event.at.isoformat(),
        "Operation": event.operation,
        "Actor": event.actor.lower(),
        "IPAddress": event.ip_address,
        "Object": event.object_id,
        "Properties": json.dumps(properties),
        "ReportId": event.id,
    }


def _sign_in(told_of: Told) -> SignIn | None:
    """The sign-in of a record of Entra's, in the members that Graph has for the same."""
    event = told_of.event
    if event.operation not in _SIGN_INS:
        return None
    error = text(event.raw, "ErrorNumber") or "0"
    return sign_in.from_graph(
        {
            "id": event.id,
            "createdDateTime": event.at.isoformat(),
            "userPrincipalName": event.actor,
            "ipAddress": event.ip_address,
            "appId": text(event.raw, "ApplicationId"),
            "sessionId": event.session_id,
            "status": {"errorCode": error, "failureReason": text(event.raw, "LogonError")},
        }
    )


def _log(signed_in: Sequence[SignIn], at: datetime) -> SignIns:
    user = signed_in[0].user_principal_name
    since = min(each.at for each in signed_in)
    return SignIns(
        user=user,
        since=since,
        until=max(at, since),
        history=sign_in.history(signed_in),
        sign_ins=tuple(signed_in),
    )
