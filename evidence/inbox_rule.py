"""An inbox rule, read from Graph's `messageRule`, from `Get-InboxRule` or the audit log."""

import math
import re
from collections.abc import Mapping
from typing import Literal

from pydantic import JsonValue

from evidence.destination import Destination, unresolved
from evidence.folder import Folder
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, get, number, objects, text, texts
from evidence.rule_description import OTHER_CONDITION, described

RuleSource = Literal["graph", "exchange"]

_SIZE = re.compile(
    r"\s*(?P<count>\d{1,15}(?:\.\d{1,6})?)\s*(?P<unit>[KMGT]?B)?\b", re.IGNORECASE | re.ASCII
)
_BYTES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_SYSTEM_RULE_PREFIXES = ("junk e-mail rule", "microsoft.exchange.oof.", "delegate rule")


class RuleConditions(Evidence):
    """Which messages a rule takes; Exchange's cmdlet and Graph name the same predicates apart."""

    subject_contains: tuple[str, ...] = ()
    body_contains: tuple[str, ...] = ()
    subject_or_body_contains: tuple[str, ...] = ()
    header_contains: tuple[str, ...] = ()
    sender_contains: tuple[str, ...] = ()
    recipient_contains: tuple[str, ...] = ()
    from_addresses: tuple[str, ...] = ()
    sent_to_addresses: tuple[str, ...] = ()
    minimum_size: int | None = None
    """In kilobytes."""
    others: tuple[str, ...] = ()
    """The names of further predicates that are set, e.g. `hasAttachments`."""

    @property
    def words(self) -> tuple[str, ...]:
        """Every word or phrase that is looked for in subject, body or header."""
        return (
            *self.subject_contains,
            *self.body_contains,
            *self.subject_or_body_contains,
            *self.header_contains,
        )

    @property
    def senders(self) -> tuple[str, ...]:
        """The senders that a message must have, as addresses or parts of them."""
        return (*self.from_addresses, *self.sender_contains)

    @property
    def none_set(self) -> bool:
        """Whether the rule takes every message because it has no condition."""
        return not any(self.model_dump().values())


class InboxRule(Evidence):
    """One inbox rule of a mailbox, with what it does and which source showed it."""

    id: str
    """How requests name the rule: Graph's id where Graph shows it, else Exchange's RuleIdentity."""
    name: str
    enabled: bool
    sequence: int | None = None
    in_error: bool = False
    read_only: bool = False
    """Graph cannot change it: it was made by a client or has parts that Graph does not know."""
    system: bool = False
    """Kept by Exchange itself: junk mail, out of office, delegates."""
    hidden: bool | None = None
    """Shown by `-IncludeHidden` but not by Graph; None when one of the two could not be asked."""
    seen_by: tuple[RuleSource, ...]
    graph_id: str | None = None
    exchange_id: str | None = None
    """RuleIdentity: an unsigned 64-bit number, always as text."""
    conditions: RuleConditions = RuleConditions()
    exceptions: RuleConditions = RuleConditions()
    forward_to: tuple[Destination, ...] = ()
    forward_as_attachment_to: tuple[Destination, ...] = ()
    redirect_to: tuple[Destination, ...] = ()
    deletes: bool = False
    move_to: Folder | None = None
    copy_to: Folder | None = None
    marks_read: bool = False
    stops_processing: bool = False
    other_actions: tuple[str, ...] = ()
    raw: dict[str, JsonObject] = {}
    """The payload of each source, verbatim, by source."""

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """Everybody to whom the rule sends mail, whichever way."""
        return (*self.forward_to, *self.forward_as_attachment_to, *self.redirect_to)

    @property
    def hides(self) -> bool:
        """Whether the owner is unlikely to see the messages that the rule takes."""
        return self.deletes or self.move_to is not None


class InboxRules(Evidence):
    """The answer of `list_inbox_rules`."""

    mailbox: str
    rules: tuple[InboxRule, ...]


_GRAPH_CONDITIONS = {
    "subjectContains": "subject_contains",
    "bodyContains": "body_contains",
    "bodyOrSubjectContains": "subject_or_body_contains",
    "headerContains": "header_contains",
    "senderContains": "sender_contains",
    "recipientContains": "recipient_contains",
}
_EXCHANGE_CONDITIONS = {
    "SubjectContainsWords": "subject_contains",
    "BodyContainsWords": "body_contains",
    "SubjectOrBodyContainsWords": "subject_or_body_contains",
    "HeaderContainsWords": "header_contains",
    "FromAddressContainsWords": "sender_contains",
    "RecipientAddressContainsWords": "recipient_contains",
}
_EXCHANGE_OTHER_CONDITIONS = (
    "FlaggedForAction FromSubscription HasAttachment HasClassification MessageTypeMatches "
    "MyNameInCcBox MyNameInToBox MyNameInToOrCcBox MyNameNotInToBox ReceivedAfterDate "
    "ReceivedBeforeDate SentOnlyToMe WithImportance WithinSizeRangeMaximum WithSensitivity "
    f"{OTHER_CONDITION}"
).split()
_GRAPH_ACTIONS = frozenset(
    "forwardTo forwardAsAttachmentTo redirectTo delete permanentDelete moveToFolder copyToFolder "
    "markAsRead stopProcessingRules".split()
)
_EXCHANGE_OTHER_ACTIONS = (
    "ApplyCategory ApplySystemCategory DeleteSystemCategory MarkImportance PinMessage "
    "SendTextMessageNotificationTo"
).split()
_EXCHANGE_ACTIONS = (
    "ForwardTo ForwardAsAttachmentTo RedirectTo DeleteMessage SoftDeleteMessage MoveToFolder "
    "CopyToFolder MarkAsRead"
).split() + _EXCHANGE_OTHER_ACTIONS
_LISTS = frozenset(
    name.lower()
    for plain in (*_EXCHANGE_CONDITIONS, "From", "SentTo")
    for name in (plain, f"ExceptIf{plain}")
) | {"forwardto", "forwardasattachmentto", "redirectto"}


def from_graph(payload: JsonObject) -> InboxRule:
    """Reads a messageRule (Graph: mailFolder: list rules). `conditions: null` is no condition."""
    actions = get(payload, "actions")
    identifier = text(payload, "id") or ""
    name = text(payload, "displayName") or ""
    set_actions = [k for k, v in actions.items() if v] if isinstance(actions, dict) else []
    rule = InboxRule(
        id=identifier,
        name=name,
        enabled=flag(payload, "isEnabled") is not False,
        sequence=number(payload, "sequence"),
        in_error=flag(payload, "hasError") is True,
        read_only=flag(payload, "isReadOnly") is True,
        seen_by=("graph",),
        graph_id=identifier,
        conditions=_graph_conditions(get(payload, "conditions")),
        exceptions=_graph_conditions(get(payload, "exceptions")),
        forward_to=_graph_recipients(actions, "forwardTo"),
        forward_as_attachment_to=_graph_recipients(actions, "forwardAsAttachmentTo"),
        redirect_to=_graph_recipients(actions, "redirectTo"),
        deletes=bool(flag(actions, "delete") or flag(actions, "permanentDelete")),
        move_to=_graph_folder(actions, "moveToFolder"),
        copy_to=_graph_folder(actions, "copyToFolder"),
        marks_read=flag(actions, "markAsRead") is True,
        stops_processing=flag(actions, "stopProcessingRules") is True,
        other_actions=tuple(k for k in set_actions if k not in _GRAPH_ACTIONS),
        raw={"graph": payload},
    )
    return rule.model_copy(update={"system": is_system_rule(rule)})


def from_exchange(payload: JsonObject) -> InboxRule:
    """Reads an object of `Get-InboxRule`. `DeleteMessage: false` is no delete.

    The properties tell what the rule does; where none of them does, its description may.
    """
    shown = payload
    if not any(_is_set(get(shown, name)) for name in _EXCHANGE_ACTIONS):
        payload = shown | described(shown)
    identifier = text(payload, "RuleIdentity") or _last_part(text(payload, "Identity") or "")
    name = text(payload, "Name") or ""
    rule = InboxRule(
        id=identifier,
        name=name,
        enabled=flag(payload, "Enabled") is not False,
        sequence=number(payload, "Priority"),
        in_error=flag(payload, "InError") is True,
        seen_by=("exchange",),
        exchange_id=identifier,
        conditions=_exchange_conditions(payload, ""),
        exceptions=_exchange_conditions(payload, "ExceptIf"),
        forward_to=_exchange_recipients(payload, "ForwardTo"),
        forward_as_attachment_to=_exchange_recipients(payload, "ForwardAsAttachmentTo"),
        redirect_to=_exchange_recipients(payload, "RedirectTo"),
        deletes=bool(flag(payload, "DeleteMessage") or flag(payload, "SoftDeleteMessage")),
        move_to=_exchange_folder(payload, "MoveToFolder"),
        copy_to=_exchange_folder(payload, "CopyToFolder"),
        marks_read=flag(payload, "MarkAsRead") is True,
        stops_processing=flag(payload, "StopProcessingRules") is True,
        other_actions=tuple(k for k in _EXCHANGE_OTHER_ACTIONS if _is_set(get(payload, k))),
        raw={"exchange": shown},
    )
    return rule.model_copy(update={"system": is_system_rule(rule)})


def from_parameters(identifier: str, parameters: Mapping[str, str]) -> InboxRule:
    """The rule that an audited `New-InboxRule` made; no listing has to show it any more.

    Its parameters bear the names of `Get-InboxRule`'s properties, lists with semicolons between.
    """
    payload: JsonObject = {
        name: [*filter(None, map(str.strip, value.split(";")))] if name.lower() in _LISTS else value
        for name, value in parameters.items()
    }
    rule = from_exchange(payload | {"RuleIdentity": identifier})
    return rule.model_copy(update={"seen_by": (), "exchange_id": None, "raw": {}})


def is_system_rule(rule: InboxRule) -> bool:
    """Whether Exchange keeps the rule itself (junk mail, out of office, delegates).

    Anybody can give a rule such a name. Exchange's own rules delete nothing, and those for
    delegates send to recipients of the directory, never to a written mail address.
    """
    return (
        rule.name.lower().startswith(_SYSTEM_RULE_PREFIXES)
        and not rule.deletes
        and not any(destination.address for destination in rule.destinations)
    )


def _graph_conditions(predicates: JsonValue) -> RuleConditions:
    if not isinstance(predicates, dict):
        return RuleConditions()
    known = {"fromAddresses", "sentToAddresses", "withinSizeRange", *_GRAPH_CONDITIONS}
    return RuleConditions.model_validate(
        {field: texts(predicates, name) for name, field in _GRAPH_CONDITIONS.items()}
        | {
            "from_addresses": _graph_addresses(predicates, "fromAddresses"),
            "sent_to_addresses": _graph_addresses(predicates, "sentToAddresses"),
            "minimum_size": number(predicates, "withinSizeRange", "minimumSize"),
            "others": tuple(
                k for k, v in predicates.items() if k not in known and v not in (None, False, [])
            ),
        }
    )


def _graph_addresses(source: JsonValue, name: str) -> tuple[str, ...]:
    return tuple(
        text(item, "emailAddress", "address") or text(item, "emailAddress", "name") or "?"
        for item in objects(source, name)
    )


def _graph_recipients(actions: JsonValue, name: str) -> tuple[Destination, ...]:
    found: list[Destination] = []
    for item in objects(actions, name):
        address = text(item, "emailAddress", "address")
        shown = text(item, "emailAddress", "name") or ""
        # An internal recipient may come as its legacyExchangeDN instead of an SMTP address.
        found.append(unresolved(address or shown or "(no address)", name=shown))
    return tuple(found)


def _graph_folder(actions: JsonValue, name: str) -> Folder | None:
    identifier = text(actions, name)
    return Folder(id=identifier, name="") if identifier else None


def _exchange_conditions(payload: JsonObject, prefix: str) -> RuleConditions:
    return RuleConditions.model_validate(
        {field: texts(payload, prefix + name) for name, field in _EXCHANGE_CONDITIONS.items()}
        | {
            "from_addresses": texts(payload, prefix + "From"),
            "sent_to_addresses": texts(payload, prefix + "SentTo"),
            "minimum_size": _kilobytes(text(payload, prefix + "WithinSizeRangeMinimum") or ""),
            "others": tuple(
                name for name in _EXCHANGE_OTHER_CONDITIONS if _is_set(get(payload, prefix + name))
            ),
        }
    )


def _exchange_recipients(payload: JsonObject, name: str) -> tuple[Destination, ...]:
    return tuple(unresolved(item) for item in texts(payload, name))


def _exchange_folder(payload: JsonObject, name: str) -> Folder | None:
    shown = text(payload, name)
    return Folder(name=shown) if shown else None


def _kilobytes(size: str) -> int | None:
    """Reads a size as Exchange shows it, `1 KB (1,024 bytes)`, or a bare number of bytes."""
    written = _SIZE.match(size)
    if written is None:
        return None
    count = float(written["count"]) * _BYTES[(written["unit"] or "B").upper()]
    return math.ceil(count / 1024)


def _is_set(value: JsonValue) -> bool:
    return value not in (None, False, "", [], "False")


def _last_part(identity: str) -> str:
    return identity.rpartition("\\")[2]
