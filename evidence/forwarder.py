"""Those whose mail goes to a suspicious recipient, or whose forwarding was set from an address."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from evidence.audit_event import AuditEvent
from evidence.hunt_result import audit_event_in
from evidence.model import Evidence, JsonObject
from evidence.reading import distinct, embedded, moment, number, text, texts

Rows = Sequence[JsonObject]

# `…/contoso.com/ann\rule`, `/o=…/cn=ann`, `ann@contoso.com:\Inbox` and `ann` all name Ann.
_OWNER = re.compile(r"^(?:[^\\]*/)?(?:cn=)?(?P<name>[^/\\:]+)", re.IGNORECASE)
_DESTINATIONS = ("ForwardingSmtpAddress", "ForwardingAddress")


class ForwarderFound(Evidence):
    """A mailbox hit by the same recipients or addresses."""

    mailbox: str
    """SMTP address or UPN; the name that Exchange gave it where it leads to no address. For a
    transport rule, whoever set it up."""
    object_id: str = ""
    name: str = ""
    recipients: tuple[str, ...] = ()
    """The asked recipients that its mail reached, or that its rules name."""
    ways: tuple[str, ...] = ()
    """`mailFlow` where forwarded mail was seen; `inboxRule`, `mailboxForwarding`,
    `transportRule` where an audit event set it up; `sentByHand` for a person's own forwards."""
    ip_addresses: tuple[str, ...] = ()
    """From which its forwarding was set up."""
    rules: tuple[str, ...] = ()
    """Names of the rules made, where the record tells."""
    set_up_by: tuple[str, ...] = ()
    """Who set it up, where the record tells: the owner, a delegate, an administrator."""
    messages: int = 0
    """Messages seen that it forwarded, by itself or by a person's hand."""
    first_seen: datetime
    last_seen: datetime

    @property
    def forwards(self) -> bool:
        """Whether mail of this very mailbox is forwarded: whoever set up a transport rule sends
        everybody's, and need not forward any of their own.
        """
        return bool(set(self.ways) - {"sentByHand", "transportRule"})


class Forwarders(Evidence):
    """The answer of `find_forwarders`."""

    since: datetime
    until: datetime
    recipients: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    forwarders: tuple[ForwarderFound, ...]
    """Most messages first."""


def from_rows(mail_flow: Rows, set_up: Rows, recipients: Sequence[str]) -> list[ForwarderFound]:
    """Everybody in the rows of the hunts `who_forwarded_to` and `who_set_forwarding_to`.

    Whoever simply wrote to a recipient forwarded nothing and is left out; so is an attempt that
    failed, and forwarding that was taken away.
    """
    return merged([*_from_mail_flow(mail_flow), *_from_audit(set_up, recipients)])


def merged(found: Iterable[ForwarderFound]) -> list[ForwarderFound]:
    """One entry a mailbox, told by its name or its object id; most messages first."""
    places: dict[str, int] = {}
    together: list[ForwarderFound] = []
    for each in found:
        keys = [key.lower() for key in (each.mailbox, each.object_id) if key]
        place = next((places[key] for key in keys if key in places), len(together))
        if place == len(together):
            together.append(each)
        else:
            together[place] = _with(together[place], each)
        places |= dict.fromkeys(keys, place)
    return sorted(together, key=lambda each: (-each.messages, each.first_seen))


def _with(one: ForwarderFound, other: ForwarderFound) -> ForwarderFound:
    lists = ("recipients", "ways", "ip_addresses", "rules", "set_up_by")
    return one.model_copy(
        update={
            "object_id": one.object_id or other.object_id,
            "name": one.name or other.name,
            **{field: distinct((*getattr(one, field), *getattr(other, field))) for field in lists},
            "messages": one.messages + other.messages,
            "first_seen": min(one.first_seen, other.first_seen),
            "last_seen": max(one.last_seen, other.last_seen),
        }
    )


def _from_mail_flow(rows: Rows) -> Iterator[ForwarderFound]:
    for row in rows:
        forwarded, by_hand = number(row, "Forwarded") or 0, number(row, "SentByHand") or 0
        sender, first = text(row, "Sender"), moment(row, "FirstSeen")
        if sender is None or first is None or not forwarded + by_hand:
            continue
        seen = (("mailFlow", forwarded), ("sentByHand", by_hand))
        yield ForwarderFound(
            mailbox=sender.lower(),
            object_id=text(row, "SenderObjectId") or "",
            name=text(row, "SenderDisplayName") or "",
            recipients=texts({"list": embedded(row, "Recipients")}, "list"),
            ways=tuple(way for way, messages in seen if messages),
            messages=forwarded + by_hand,
            first_seen=first,
            last_seen=moment(row, "LastSeen") or first,
        )


def _from_audit(rows: Rows, recipients: Sequence[str]) -> Iterator[ForwarderFound]:
    for row in rows:
        event = audit_event_in(row)
        way = _way(event) if event is not None and event.succeeded else None
        if event is None or way is None:
            continue
        actor_id = text(row, "ActorObjectId") or ""
        mailbox = event.actor.lower() if way == "transportRule" else _owner(event, actor_id)
        is_actor = mailbox == event.actor.lower()
        rule = _rule(event, way)
        yield ForwarderFound(
            mailbox=mailbox,
            object_id=actor_id if is_actor else "",
            name=(text(row, "ActorDisplayName") or "") if is_actor else "",
            recipients=_named(event, recipients),
            ways=(way,),
            ip_addresses=(event.ip_address,) if event.ip_address else (),
            rules=(rule,) if rule else (),
            set_up_by=(event.actor,) if event.actor else (),
            first_seen=event.at,
            last_seen=event.at,
        )


def _way(event: AuditEvent) -> str | None:
    """The way of forwarding that an event set up; None where it set up none."""
    operation = event.operation.lower()
    if operation == "set-mailbox":
        # An empty destination takes the forwarding away.
        return "mailboxForwarding" if any(map(event.parameter, _DESTINATIONS)) else None
    if operation.endswith(("transportrule", "journalrule")):
        return "transportRule"
    return "inboxRule" if operation.endswith(("inboxrule", "inboxrules", "sweeprule")) else None


def _owner(event: AuditEvent, actor_id: str) -> str:
    """Whose mailbox it is: by its address where the record tells, else by Exchange's own name."""
    if event.mailbox_owner:
        return event.mailbox_owner.lower()
    objects = (event.object_id, event.parameter("Identity"))
    if event.operation.lower() != "set-mailbox":
        # Without a mailbox before it, it is the name of the rule.
        objects = tuple(each for each in objects if "\\" in each)
    identity = next(filter(None, (event.parameter("Mailbox"), *objects)), "")
    match = _OWNER.match(identity)
    name = match["name"].strip().lower() if match else ""
    actor = event.actor.lower()
    # The alias by which Exchange names a mailbox is usually the first part of its address.
    if not name or name in (actor, actor.partition("@")[0], actor_id.lower()):
        return actor
    return name


def _rule(event: AuditEvent, way: str) -> str:
    if way == "mailboxForwarding":
        return ""
    _, _, in_mailbox = event.object_id.partition("\\")
    own = event.object_id if way == "transportRule" else in_mailbox
    return event.parameter("Name") or event.parameter("RuleName") or own


def _named(event: AuditEvent, recipients: Sequence[str]) -> tuple[str, ...]:
    """The asked recipients that the event's parameters name as whole addresses."""
    said = " ".join(event.parameters.values()).lower()
    return tuple(
        each
        for each in recipients
        if re.search(rf"(?<![\w.+@-]){re.escape(each.lower())}(?![\w-]|\.\w)", said)
    )
