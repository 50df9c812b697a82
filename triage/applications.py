"""The applications that were given access, each with who gave it and what it did with mail."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from evidence import app_consent
from evidence.addresses import network_address
from evidence.app_consent import AppArrival, AppConsent, GivenFor
from evidence.hunt_result import audit_event_in
from evidence.model import Evidence, JsonObject
from evidence.reading import distinct, embedded, flag, moment, number, text, texts
from triage.case import Case

CONSENTS_HUNT = "app_consents"
ACCESS_HUNT = "app_mail_access"

MAIL_CLIENTS = frozenset(
    [
        "9e5f94bc-e8a4-4e73-b8be-63364c29d753",  # Mozilla Thunderbird
        "f8d98a96-0999-43f5-8af3-69971c7bb423",  # Apple Internet Accounts
        "e9a7fea1-1cc0-4cd9-a31b-9137ca5deedd",  # eM Client
        "8acd33ea-7197-4a96-bc33-d7cc7101262f",  # Samsung Email
    ]
)
"""Programs that people read their mail with, by the ids under which they are registered."""

_AT_ONCE = timedelta(minutes=1)
_WIDEST: tuple[GivenFor, ...] = ("application", "everybody", "user")
# Microsoft Graph and Office 365 Exchange Online permissions that reach mail or the ways it takes.
_MAIL = re.compile(
    r"mail\.|mailboxsettings\.readwrite|mailbox(?:folder|item)\.|full_access_as_|ews\.|imap\.|"
    r"pop\.|eas\.|smtp\.send",
    re.IGNORECASE,
)


class MailAccess(Evidence):
    """What an application did in one mailbox."""

    mailbox: str
    read: int
    """Messages, as far as the log counts them."""
    sent: int
    first: datetime | None
    last: datetime | None
    whole_folders: bool
    """It synchronised folders: all that was in them is to be held for read."""
    log_incomplete: bool
    """The log stopped counting for a day, as it does after a thousand records."""
    subjects: tuple[str, ...]
    """Of what it sent."""
    addresses: tuple[str, ...] = ()
    """From where."""


class Application(Evidence):
    """An application, known by its id, its service principal, or both."""

    app_id: str
    object_id: str
    name: str
    consents: tuple[AppConsent, ...]
    """Oldest first, one for each act."""
    arrival: AppArrival | None = None
    access: tuple[MailAccess, ...] = ()

    @property
    def label(self) -> str:
        """For a sentence: `“Mail Export” (app 5e1f…)`."""
        if not self.is_named:
            return "An application that the record does not name"
        known = f"app {self.app_id}" if self.app_id else f"service principal {self.object_id}"
        return f"“{self.name or 'an application without a name'}” ({known})"

    @property
    def is_named(self) -> bool:
        """Whether a record says which application it is."""
        return bool(self.app_id or self.object_id or self.name)

    @property
    def made_here(self) -> AppArrival | None:
        """How it came into being, if that was here; one from elsewhere arrives with its first
        consent.
        """
        first = self.consents[0].at
        return self.arrival if self.arrival and first - self.arrival.at > _AT_ONCE else None

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every permission it was given, without the address of the service."""
        return distinct(
            scope.rpartition("/")[2] for consent in self.consents for scope in consent.scopes
        )

    @property
    def mail_scopes(self) -> tuple[str, ...]:
        """Those that reach mail."""
        return tuple(scope for scope in self.scopes if _MAIL.match(scope))

    @property
    def given_for(self) -> GivenFor:
        """The widest it was given for."""
        given = {consent.given_for for consent in self.consents}
        return next(each for each in _WIDEST if each in given)


def applications(case: Case) -> tuple[Application, ...]:
    """Every application in the answers of the two hunts, the one given access last first."""
    rows = case.hunts[CONSENTS_HUNT].rows if CONSENTS_HUNT in case.hunts else ()
    events = [event for row in rows if (event := audit_event_in(row)) and event.succeeded]
    consents = [each for event in events if (each := app_consent.consent(event))]
    arrivals = [each for event in events if (each := app_consent.arrival(event))]
    known = {each.object_id: each.app_id for each in consents if each.app_id and each.object_id}
    by_id: dict[str, list[AppConsent]] = {}
    for each in sorted(consents, key=lambda consent: consent.at):
        key = each.app_id or known.get(each.object_id) or each.object_id
        by_id.setdefault(key or each.app_name or each.event_id, []).append(each)
    access = _access(case)
    found = [
        Application(
            app_id=next((each.app_id for each in given if each.app_id), ""),
            object_id=next((each.object_id for each in given if each.object_id), ""),
            name=next((each.app_name for each in given if each.app_name), ""),
            consents=tuple(_acts(given)),
            arrival=next((each for each in arrivals if each.app_id == key), None),
            access=tuple(access.get(key, ())),
        )
        for key, given in by_id.items()
    ]
    return tuple(sorted(found, key=lambda each: each.consents[-1].at, reverse=True))


def _acts(given: Iterable[AppConsent]) -> Iterator[AppConsent]:
    """One act leaves up to three records: the one that says most of the permissions stands for
    them, with the widest of whom they were given for.
    """
    acts: dict[tuple[str, datetime], list[AppConsent]] = {}
    for each in given:
        acts.setdefault((each.actor.lower(), each.at), []).append(each)
    for records in acts.values():
        fullest = max(records, key=lambda each: (len(each.scopes), each.by_admin))
        widest = min(records, key=lambda each: _WIDEST.index(each.given_for)).given_for
        yield fullest.model_copy(update={"given_for": widest})


def _access(case: Case) -> dict[str, list[MailAccess]]:
    found: dict[str, list[MailAccess]] = {}
    for row in case.hunts[ACCESS_HUNT].rows if ACCESS_HUNT in case.hunts else ():
        found.setdefault((text(row, "AppId") or "").lower(), []).append(_mail_access(row))
    return found


def _mail_access(row: JsonObject) -> MailAccess:
    return MailAccess(
        mailbox=text(row, "Mailbox") or "",
        read=number(row, "MessagesRead") or 0,
        sent=number(row, "MessagesSent") or 0,
        first=moment(row, "FirstSeen"),
        last=moment(row, "LastSeen"),
        whole_folders=flag(row, "WholeFolders") is True,
        log_incomplete=flag(row, "LogIncomplete") is True,
        subjects=texts({"list": embedded(row, "Subjects")}, "list"),
        addresses=distinct(
            address
            for written in texts({"list": embedded(row, "Addresses")}, "list")
            if (address := network_address(written))
        ),
    )
