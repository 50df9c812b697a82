"""A mail flow (transport) rule, and every way in which it can copy mail out."""

from datetime import datetime
from typing import Literal

from evidence.destination import Destination, unresolved
from evidence.journal_rule import JournalRule
from evidence.model import Evidence, JsonObject
from evidence.outbound_connector import OutboundConnector
from evidence.reading import flag, moment, number, text, texts

CopyWay = Literal[
    "RedirectMessageTo",
    "BlindCopyTo",
    "CopyTo",
    "AddToRecipients",
    "AddManagerAsRecipientType",
    "ModerateMessageByUser",
    "RouteMessageOutboundConnector",
    "GenerateIncidentReport",
]
_TO_RECIPIENTS: tuple[CopyWay, ...] = (
    "RedirectMessageTo",
    "BlindCopyTo",
    "CopyTo",
    "AddToRecipients",
    "ModerateMessageByUser",
    "GenerateIncidentReport",
)
_WORDS = (
    "SubjectContainsWords",
    "SubjectOrBodyContainsWords",
    "SubjectMatchesPatterns",
    "SubjectOrBodyMatchesPatterns",
    "AttachmentContainsWords",
    "HeaderContainsWords",
)
_PEOPLE = ("From", "FromMemberOf", "SentTo", "SentToMemberOf", "AnyOfToHeader", "AnyOfToCcHeader")
_CONDITION_PREFIXES = (
    "from sender recipient sentto subject body header attachment anyof message betweenmemberof "
    "manager has sclover withimportance adcomparison contentcharacterset"
).split()
_NOT_CONDITIONS = frozenset(
    # How conditions are to be read; both are set on every rule.
    {"senderaddresslocation", "recipientaddresstype", "sendernotificationtype", "headeroverride"}
)


class MailCopy(Evidence):
    """One way in which a transport rule sends mail on."""

    way: CopyWay
    destination: Destination | None = None
    """None for a manager or a connector, which no recipient names."""
    detail: str = ""
    """The connector's name, the kind of copy that the manager gets, or what the incident report
    holds: `AttachOriginalMail` is the whole message."""


class TransportRule(Evidence):
    """One mail flow rule of the organisation."""

    id: str
    """Its Guid."""
    name: str
    enabled: bool
    mode: str = ""
    """`Enforce`, `Audit` or `AuditAndNotify`; only `Enforce` acts on mail."""
    priority: int | None = None
    copies: tuple[MailCopy, ...] = ()
    words: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    """Senders and recipients that it is limited to."""
    unconditional: bool = False
    deletes: bool = False
    audited: bool = True
    """False: made with `SetAuditSeverity DoNotAudit`, so that it leaves no trace in reports."""
    when_changed: datetime | None = None
    created_by: str = ""
    last_modified_by: str = ""
    raw: JsonObject = {}

    @property
    def connectors(self) -> tuple[str, ...]:
        """The outbound connectors to which the rule hands mail, by name."""
        routes = (copy for copy in self.copies if copy.way == "RouteMessageOutboundConnector")
        return tuple(copy.detail for copy in routes)

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """Every recipient to whom the rule sends mail."""
        return tuple(copy.destination for copy in self.copies if copy.destination is not None)


class TransportRules(Evidence):
    """The answer of `list_transport_rules`: everything that takes the whole organisation's mail."""

    rules: tuple[TransportRule, ...]
    journal_rules: tuple[JournalRule, ...] = ()
    connectors: tuple[OutboundConnector, ...] = ()


def from_exchange(payload: JsonObject) -> TransportRule:
    """Reads an object of `Get-TransportRule`."""
    identifier = text(payload, "Guid") or text(payload, "ImmutableId") or text(payload, "Identity")
    return TransportRule(
        id=identifier or "",
        name=text(payload, "Name") or "",
        enabled=(text(payload, "State") or "Enabled").lower() == "enabled",
        mode=text(payload, "Mode") or "",
        priority=number(payload, "Priority"),
        copies=tuple(_copies(payload)),
        words=tuple(word for name in _WORDS for word in texts(payload, name)),
        people=tuple(person for name in _PEOPLE for person in texts(payload, name)),
        unconditional=not any(_is_condition(name) and value for name, value in payload.items()),
        deletes=flag(payload, "DeleteMessage") is True,
        audited=(text(payload, "SetAuditSeverity") or "").lower() != "donotaudit",
        when_changed=moment(payload, "WhenChangedUTC") or moment(payload, "WhenChanged"),
        created_by=text(payload, "CreatedBy") or "",
        last_modified_by=text(payload, "LastModifiedBy") or "",
        raw=payload,
    )


def _copies(payload: JsonObject) -> list[MailCopy]:
    # A report holds the message itself only where its content says so.
    report = ", ".join(texts(payload, "IncidentReportContent"))
    copies = [
        MailCopy(
            way=way,
            destination=unresolved(recipient),
            detail=report if way == "GenerateIncidentReport" else "",
        )
        for way in _TO_RECIPIENTS
        for recipient in texts(payload, way)
    ]
    manager = text(payload, "AddManagerAsRecipientType")
    if manager:
        copies.append(MailCopy(way="AddManagerAsRecipientType", detail=manager))
    connector = text(payload, "RouteMessageOutboundConnector")
    if connector:
        copies.append(MailCopy(way="RouteMessageOutboundConnector", detail=connector))
    return copies


def _is_condition(name: str) -> bool:
    lowered = name.lower()
    return lowered not in _NOT_CONDITIONS and lowered.startswith(tuple(_CONDITION_PREFIXES))
