"""Who opened mail in the mailbox, by which client and from where, as the audit log tells.

Records are not messages: one tells of all that was opened within two minutes. A synchronised folder
may have been copied whole, and the log stops counting for a day after a thousand records
(Microsoft Purview: Use MailItemsAccessed to investigate compromised accounts).
"""

import re
from collections.abc import Iterator
from datetime import datetime

from evidence.addresses import network_address
from evidence.audit_event import AuditEvent
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, moment, number, text, texts
from triage.finding import Investigation

READS_HUNT = "mail_access"
_OPERATION = frozenset(["mailitemsaccessed"])
_SCRIPTS = re.compile(
    r"python|aiohttp|curl/|wget|go-http|powershell|axios|aadinternals|node-fetch|okhttp|java/|"
    r"apache-httpclient|libwww|postman|insomnia",
    re.IGNORECASE,
)
_INTERFACES = re.compile(r"client=(rest|webservices|graph)", re.IGNORECASE)
# Microsoft's own: ids that it gave out by a pattern, and its programs and services that handle mail
# (Microsoft: Verify first-party Microsoft applications in sign-in reports). Its tools for scripts,
# which an intruder signs in to as well, are left out.
_MICROSOFTS = re.compile(r"-0ff1-ce00-000000000000$|^0000000[0-9a-f]-0000-0000-c000-000000000000$")
_MICROSOFT_CLIENTS = frozenset(
    [
        "27922004-5251-4030-b22d-91ecd9a37ea4",  # Outlook for iOS and Android
        "d3590ed6-52b3-4102-aeff-aad2292ab01c",  # Microsoft Office
        "9199bf20-a13f-4107-85dc-02114787ef48",  # One Outlook Web
        "1fec8e78-bce4-4aaf-ab1b-5451cc387264",  # Microsoft Teams
        "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",  # Microsoft Teams Web Client
        "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",  # Microsoft Teams Services
        "4765445b-32c6-49b0-83e6-1d93765276ca",  # OfficeHome
        "4b233688-031c-404b-9a80-a4f3f2351f90",  # Office.com
        "4345a7b9-9a63-4910-a426-35363201d503",  # O365 Suite UX
        "66a88757-258c-4c72-893c-3e8bed4d6899",  # Office 365 Search Service
        "a9b49b65-0a12-430b-9540-c80b3332c127",  # Office Online Search
        "26a7ee05-5602-4d76-a7ba-eae8b7b67941",  # Windows Search
        "9ea1ad79-fdb6-4f9a-8bc3-2b70f96e34c7",  # Bing
        "98db8bd6-0cc0-4e67-9de5-f187f1cd1b41",  # Microsoft Substrate Management
        "3090ab82-f1c1-4cdf-af2c-5d7a6f3e2cc7",  # Microsoft Cloud App Security
        "2d4d3d8e-2be3-4bef-9f87-7875a61c29de",  # OneNote
        "22098786-6e16-43cc-a27d-191a01a1e3b5",  # Microsoft To Do
        "c9a559d2-7aab-4f13-a6ed-e7e9c52aec87",  # Microsoft Forms
        "94c63fef-13a3-47bc-8074-75af8c65887a",  # Office Delve
    ]
)


class MailRead(Evidence):
    """Mail opened by one client from one address."""

    source: str
    mailbox: str = ""
    actors: tuple[str, ...] = ()
    """Who opened it, where the log says."""
    address: str | None = None
    client: str = ""
    app_id: str = ""
    messages: int = 0
    whole_folders: bool = False
    log_incomplete: bool = False
    first: datetime | None = None
    last: datetime | None = None
    reference: str = ""

    @property
    def by_script(self) -> bool:
        """Whether the client names itself as a programming library or a tool for scripts."""
        return _SCRIPTS.search(self.client) is not None

    @property
    def by_strange_application(self) -> bool:
        """Whether an application that is not Microsoft's read through an interface for programs."""
        app = self.app_id.lower()
        if not app or _MICROSOFTS.search(app) or app in _MICROSOFT_CLIENTS:
            return False
        return _INTERFACES.search(self.client) is not None


def mail_reads(investigation: Investigation) -> Iterator[MailRead]:
    """What was opened: of single records, and of the rows in which a hunt gathers them."""
    for hunt, event in investigation.records_of(_OPERATION):
        yield _from_record(hunt, event)
    hunts = investigation.case.hunts
    for row in hunts[READS_HUNT].rows if READS_HUNT in hunts else ():
        if text(row, "RawEventData") is None:
            yield _from_row(row)


def _from_record(hunt: str, event: AuditEvent) -> MailRead:
    return MailRead(
        source=f"run_hunt {hunt}",
        mailbox=event.mailbox_owner or event.actor,
        actors=(event.actor,) if event.actor else (),
        address=event.ip_address,
        client=event.client or text(event.raw, "UserAgent") or "",
        app_id=event.application_id,
        messages=number(event.raw, "OperationCount") or 1,
        whole_folders=event.parameter("MailAccessType").lower() == "sync",
        log_incomplete=event.parameter("IsThrottled").lower() == "true",
        first=event.at,
        last=event.at,
        reference=event.id,
    )


def _from_row(row: JsonObject) -> MailRead:
    address = text(row, "Address") or text(row, "IPAddress")
    return MailRead(
        source=f"run_hunt {READS_HUNT}",
        mailbox=text(row, "Mailbox") or "",
        actors=texts(row, "Actors"),
        address=network_address(address),
        client=text(row, "Client") or "",
        app_id=text(row, "AppId") or "",
        messages=number(row, "MessagesRead") or number(row, "Messages") or 0,
        whole_folders=flag(row, "WholeFolders") is True,
        log_incomplete=flag(row, "LogIncomplete") is True,
        first=moment(row, "FirstSeen"),
        last=moment(row, "LastSeen"),
        reference=address or "",
    )
