"""From an export to the tenant as it stood when the user was triaged."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sandbox.replay import alerts
from sandbox.replay.audit import directory_users, is_guid, outcome, text
from sandbox.replay.directory import DirectoryReplay
from sandbox.replay.exchange import INBOX_RULES, TRANSPORT_RULES, ExchangeReplay
from sandbox.replay.exchange import OPERATIONS as EXCHANGE
from sandbox.replay.export import REPORT_EVERY, Broken, Export, ExportError, Progress, Record
from sandbox.replay.hunting import (
    Identity,
    cloud_app_event,
    logon_row,
    reaches_cloud_app_events,
)
from sandbox.replay.people import People
from sandbox.replay.signins import OPERATIONS as SIGN_INS
from sandbox.replay.signins import sign_in
from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.rows import Rows
from sandbox.tenant.sentinel import incident_trigger
from sandbox.tenant.state import TenantState

TRIAGED_AFTER = timedelta(hours=24)
_FORWARDING = ("ForwardingSmtpAddress", "ForwardingAddress", "DeliverToMailboxAndForward")
_ENDS = ("Remove-InboxRule", "Disable-InboxRule", "Remove-TransportRule", "Disable-TransportRule")

_NOT_EXPORTED = {
    "*/authentication/methods": "authentication methods",
    "*/registeredDevices": "registered devices",
    "*/auditLogs/directoryAudits": "the directory's own audit log",
    "*/security/alerts_v2": "all alerts",
}

Origin = Literal["alert", "change", "nothing"]


@dataclass
class Account:
    """What became of every event of the export."""

    used: int = 0
    unused: Counter[str] = field(default_factory=Counter[str])
    attempts: Counter[str] = field(default_factory=Counter[str])
    not_understood: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Ids of the events by what was wrong with them."""
    after_the_moment: int = 0
    duplicates: int = 0
    empty: int = 0
    broken: list[Broken] = field(default_factory=list[Broken])


@dataclass(frozen=True)
class Replayed:
    """The tenant at the moment of triage, and what starts the playbook.

    `origin` says what the incident was made from; without an alert its title says so too.
    """

    state: TenantState
    incident: JsonObject
    moment: datetime
    origin: Origin
    account: Account


def rebuild(
    export: Export, user: str, at: datetime | None = None, progress: Progress | None = None
) -> Replayed:
    """The tenant at `at`, or when the user's newest forwarding alert or change was triaged.

    That is 24 hours after it, or at the end of the export if that is sooner; an export without
    either is triaged at its end. Events after the moment are not applied, only counted.
    `progress` is told of events. Raises `ExportError` if the user does not occur in the export.
    """
    return _Rebuild(export, user).run(at, progress)


def _not_exported() -> Iterator[Refusal]:
    """What no record of an export adds up to is not there, rather than empty."""
    for path, what in _NOT_EXPORTED.items():
        message = f"An audit export does not hold {what}."
        yield Refusal(service="graph", path=path, status=404, message=message)


class _Rebuild:
    def __init__(self, export: Export, user: str) -> None:
        self._export = export
        self._upn = user
        self._account = Account(
            duplicates=export.duplicates, empty=export.empty, broken=export.broken
        )
        self._has_sign_ins = any(record.operation in SIGN_INS for record in export.records)
        self._state = TenantState(
            id=next(_organizations(export), "00000000-0000-0000-0000-000000000000"),
            name=user.rpartition("@")[2],
            domains=[user.rpartition("@")[2].lower()],
            # Nothing shows Identity Protection; sign-ins that were not exported are not seen.
            licences=["AAD_PREMIUM"] if self._has_sign_ins else [],
            refusals=[*_not_exported()],
        )
        self._people = People(self._state)
        self._exchange = ExchangeReplay(self._state, self._people)
        self._directory = DirectoryReplay(self._state, self._people)
        self._app_events: list[Record] = []

    def run(self, at: datetime | None, progress: Progress | None) -> Replayed:
        trigger, origin, newest = self._trigger(at)
        moment = at or _moment(self._export, newest)
        for number, record in enumerate(self._export.records):
            if progress and number % REPORT_EVERY == 0:
                progress(number, number, len(self._export.records))
            if record.at > moment:
                self._account.after_the_moment += 1
            else:
                self._apply(record)
        if progress:
            of = len(self._export.records)
            progress(of, of, of)
        user = self._people.find(self._upn)
        if user is None:
            near = self._people.nearest(self._upn)
            raise ExportError(
                f"{self._upn} does not occur in the export up to {moment:%Y-%m-%d %H:%M} UTC"
                f"{f'; did you mean {near}?' if near else ''}"
            )
        self._fill_tables()
        self._state.changes.clear()  # the past is not what this run changes
        if trigger is not None and origin == "alert":
            incident = alerts.from_alert(trigger, user.user_principal_name)
        else:
            incident = alerts.from_change(trigger, user.user_principal_name, moment)
        self._state.incidents.append(incident)
        body = incident_trigger(self._state, incident)
        return Replayed(self._state, body, moment, origin, self._account)

    def _trigger(self, at: datetime | None) -> tuple[Record | None, Origin, Record | None]:
        """The newest alert about the user's forwarding, else the newest change of it.

        The last is whichever of both is the newer.
        """
        change: Record | None = None
        alert: Record | None = None
        for record in self._export.records:
            if at is not None and record.at > at:
                break
            if record.operation in alerts.OPERATIONS:
                data = record.data
                if alerts.about_forwarding(data) and alerts.about_user(data, self._upn):
                    alert = record
            elif record.operation in EXCHANGE and self._sets_forwarding(record):
                change = record
        newest = max((each for each in (alert, change) if each), key=_at, default=None)
        if alert is not None:
            return alert, "alert", newest
        return change, "change" if change is not None else "nothing", newest

    def _sets_forwarding(self, record: Record) -> bool:
        """Whether the record sets up forwarding or a rule, by the user or in his mailbox."""
        data = record.data
        if outcome(data) == "attempt" or record.operation in _ENDS:
            return False
        if record.operation == "Set-Mailbox":
            if not any(name in record.text for name in _FORWARDING):
                return False
        elif record.operation not in INBOX_RULES | TRANSPORT_RULES:
            return False
        mine = self._upn.lower()
        if text(data, "UserId").lower() == mine:
            return True
        named = self._exchange.owner(record.operation, data).rsplit("/", 1)[-1].lower()
        return named in {mine, mine.partition("@")[0]}

    def _apply(self, record: Record) -> None:
        data = record.data
        self._meet(record, data)
        table = reaches_cloud_app_events(data)
        if table:
            self._app_events.append(record)
        if record.operation in EXCHANGE | SIGN_INS or self._directory.knows(record.operation):
            self._reduce(record, data)
        elif table or record.operation in alerts.OPERATIONS:
            self._account.used += 1
        else:
            self._account.unused[record.operation] += 1

    def _reduce(self, record: Record, data: JsonObject) -> None:
        operation = record.operation
        if operation in SIGN_INS:
            row = sign_in(record, data)
            if row is None:
                self._account.unused[f"{operation} without a user"] += 1
                return
            self._state.sign_ins.append(row)
        elif outcome(data) == "attempt":
            self._account.attempts[operation] += 1
            return
        elif operation in EXCHANGE:
            problem = self._exchange.apply(operation, record.at, data)
            if problem:
                what = f"{operation}: {problem}"
                self._account.not_understood.setdefault(what, []).append(record.id)
                return
        else:
            self._directory.apply(operation, record.at, data)
        self._account.used += 1

    def _meet(self, record: Record, data: JsonObject) -> None:
        """Take the people and domains of a record as the tenant's own, where they are."""
        self._people.accept(text(data, "OrganizationName"))
        user = text(data, "UserId")
        home = text(data, "ActorContextId") in {"", self._state.id}
        if user.lower() == self._upn.lower():
            self._people.met(user)
        if "@" in user and home and record.operation == "UserLoggedIn":
            self._people.accept(user.rpartition("@")[2])
            key = text(data, "UserKey")
            self._people.met(user, key if is_guid(key) else "")
        elif "@" in user and self._people.known(user):
            self._people.met(user)
        owner = text(data, "MailboxOwnerUPN")
        if "@" in owner:
            self._people.accept(owner.rpartition("@")[2])
            self._people.met(owner)
        if record.operation not in SIGN_INS:
            for upn, object_id in directory_users(data):
                if self._people.known(upn):
                    self._people.met(upn, object_id)

    def _fill_tables(self) -> None:
        people = {
            user.user_principal_name.lower(): Identity(user.id, user.display_name)
            for user in self._state.users
        }
        self._state.hunting["CloudAppEvents"] = Rows(
            self._app_events, lambda record: cloud_app_event(record, people)
        )
        if self._has_sign_ins:
            self._state.hunting["IdentityLogonEvents"] = Rows(
                [row for row in self._state.sign_ins if row.interactive],
                lambda row: logon_row(row, self._people.find(row.user)),
            )


def _at(record: Record) -> datetime:
    return record.at


def _moment(export: Export, newest: Record | None) -> datetime:
    return export.end if newest is None else min(newest.at + TRIAGED_AFTER, export.end)


def _organizations(export: Export) -> Iterator[str]:
    for record in export.records:
        if organization := text(record.data, "OrganizationId"):
            yield organization
