"""Messages as the hunting tables tell of them: the rows of several hunts made into one message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence.addresses import network_address
from evidence.message import (
    MessageAttachment,
    MessageCopy,
    MessageDetail,
    MessageEvent,
    MessageUrl,
)
from evidence.model import JsonObject
from evidence.reading import distinct, flag, moment, number, text
from evidence.sensitive import is_sensitive_file, leads_to_documents

_UNDELIVERED = frozenset({"blocked", "failed", "dropped", "quarantine"})
_DELIVERED = frozenset({"delivered", "junked", "replaced"})
Rows = Sequence[JsonObject]


@dataclass(frozen=True)
class MessageRows:
    """What the hunts about messages returned; a hunt that was not run has no rows."""

    messages: Rows = ()
    """`message`: a row a copy."""
    urls: Rows = ()
    attachments: Rows = ()
    events: Rows = ()
    clicks: Rows = ()
    similar: Rows | None = None
    """None where it was not asked, or refused."""
    handling: Rows = ()


def network_ids(rows: Rows) -> tuple[str, ...]:
    """The network message ids in the rows of the hunt `message`, in their order."""
    return distinct(found for row in rows if (found := text(row, "NetworkMessageId")))


def internet_ids(rows: Rows) -> tuple[str, ...]:
    """The internet message ids in the rows, without their angle brackets."""
    found = (bare_id(text(row, "InternetMessageId") or "") for row in rows)
    return distinct(each for each in found if each)


def bare_id(internet_message_id: str) -> str:
    """An internet message id without its angle brackets, which not every record keeps."""
    return internet_message_id.strip().strip("<>")


def from_rows(network_message_id: str, rows: MessageRows) -> MessageDetail:
    """One message, of which nothing is known where no row names it."""
    copies = tuple(_of(rows.messages, network_message_id))
    told = copies[-1] if copies else {}
    address = text(told, "SenderIPAddress")
    internet_id = text(told, "InternetMessageId") or ""
    return MessageDetail(
        network_message_id=network_message_id,
        internet_message_id=internet_id,
        subject=text(told, "Subject") or "",
        sender=text(told, "SenderFromAddress") or "",
        return_path=text(told, "SenderMailFromAddress") or "",
        sender_ip=network_address(address) or address,
        sent=min(filter(None, (moment(row, "Timestamp") for row in copies)), default=None),
        threats=_named(copies, "ThreatTypes"),
        campaigns=_named(copies, "ThreatNames"),
        detections=_named(copies, "DetectionMethods"),
        similar=_similar(rows.similar, network_message_id) if copies else None,
        copies=tuple(copy for row in copies if (copy := _copy(row))),
        urls=_urls(rows, network_message_id),
        attachments=_attachments(rows.attachments, network_message_id),
        events=_events(rows, network_message_id, internet_id),
    )


def words(value: str | None) -> tuple[str, ...]:
    """The members of a comma-separated list, such as `Phish, Spam`."""
    return tuple(word for part in (value or "").split(",") if (word := part.strip()))


def was_delivered(*said: str) -> bool | None:
    """Whether a copy was delivered, by its action and location; None where neither tells."""
    lowered = {each.lower() for each in said}
    if lowered & _UNDELIVERED:
        return False
    return True if lowered & _DELIVERED else None


def _of(rows: Rows, network_message_id: str) -> Iterable[JsonObject]:
    wanted = network_message_id.lower()
    return (row for row in rows if (text(row, "NetworkMessageId") or "").lower() == wanted)


def _named(rows: Rows, column: str) -> tuple[str, ...]:
    return distinct(word for row in rows for word in words(text(row, column)))


def _copy(row: JsonObject) -> MessageCopy | None:
    at = moment(row, "Timestamp")
    if at is None:
        return None
    action, location = text(row, "DeliveryAction") or "", text(row, "DeliveryLocation") or ""
    forwarding = text(row, "ForwardingInformation") or ""
    return MessageCopy(
        at=at,
        recipient=(text(row, "RecipientEmailAddress") or "").lower(),
        direction=text(row, "EmailDirection") or "",
        delivery_action=action,
        delivery_location=location,
        latest_location=text(row, "LatestDeliveryLocation") or location,
        delivered=was_delivered(action, location),
        forwarding="" if forwarding == "[]" else forwarding,
        transport_rules=words(text(row, "ExchangeTransportRule")),
        raw=row,
    )


def _similar(rows: Rows | None, network_message_id: str) -> int | None:
    """How many; a message that nothing is like has no row."""
    if rows is None:
        return None
    return next((number(row, "Similar") or 0 for row in _of(rows, network_message_id)), 0)


def _urls(rows: MessageRows, network_message_id: str) -> tuple[MessageUrl, ...]:
    clicks = [*_of(rows.clicks, network_message_id)]
    clicked = [url for row in clicks if (url := text(row, "Url"))]
    listed = {url: row for row in _of(rows.urls, network_message_id) if (url := text(row, "Url"))}
    threats = {url: text(row, "ThreatTypes") or "" for row in clicks if (url := text(row, "Url"))}
    # A click is remembered even where the message's own list of addresses has not arrived.
    return tuple(
        MessageUrl(
            url=url,
            location=text(listed.get(url), "UrlLocation") or "",
            threat=threats.get(url, ""),
            clicks=clicked.count(url),
            sensitive=leads_to_documents(url),
        )
        for url in distinct([*listed, *clicked])
    )


def _attachments(rows: Rows, network_message_id: str) -> tuple[MessageAttachment, ...]:
    found: dict[tuple[str, str], MessageAttachment] = {}
    for row in _of(rows, network_message_id):
        name, file_type = text(row, "FileName") or "", text(row, "FileType") or ""
        # One row a recipient: the same file is one attachment.
        found.setdefault(
            (name, text(row, "SHA256") or ""),
            MessageAttachment(
                name=name,
                file_type=file_type,
                size=number(row, "FileSize"),
                sha256=text(row, "SHA256") or "",
                threats=distinct(
                    (*words(text(row, "ThreatTypes")), *words(text(row, "ThreatNames")))
                ),
                sensitive=is_sensitive_file(name, file_type),
            ),
        )
    return tuple(found.values())


def _events(
    rows: MessageRows, network_message_id: str, internet_id: str
) -> tuple[MessageEvent, ...]:
    found = [event for row in _of(rows.events, network_message_id) if (event := _event(row))]
    wanted = bare_id(internet_id).lower()
    if wanted:
        found += [
            event
            for row in rows.handling
            if bare_id(text(row, "InternetMessageId") or "").lower() == wanted
            if (event := _handled(row))
        ]
    found += [event for row in _of(rows.clicks, network_message_id) if (event := _clicked(row))]
    return tuple(sorted(found, key=lambda event: event.at))


def _event(row: JsonObject) -> MessageEvent | None:
    at = moment(row, "Timestamp")
    if at is None:
        return None
    return MessageEvent(
        at=at,
        recipient=(text(row, "RecipientEmailAddress") or "").lower(),
        action=text(row, "Action") or text(row, "ActionType") or "",
        by=text(row, "ActionTrigger") or text(row, "ActionType") or "",
        result=text(row, "ActionResult") or "",
        folder=text(row, "DeliveryLocation") or "",
    )


def _handled(row: JsonObject) -> MessageEvent | None:
    """What somebody did with the message in a mailbox."""
    at = moment(row, "Timestamp")
    if at is None:
        return None
    return MessageEvent(
        at=at,
        recipient=(text(row, "Mailbox") or "").lower(),
        action=text(row, "ActionType") or "",
        by=text(row, "Actor") or "",
        result=text(row, "ResultStatus") or "",
        ip_address=network_address(text(row, "IPAddress")),
        client=text(row, "Client") or "",
        folder=text(row, "DestinationFolder") or text(row, "Folder") or "",
        in_mailbox=True,
    )


def _clicked(row: JsonObject) -> MessageEvent | None:
    at = moment(row, "Timestamp")
    if at is None:
        return None
    through = flag(row, "IsClickedThrough")
    action = text(row, "ActionType") or "ClickAllowed"
    return MessageEvent(
        at=at,
        recipient=(text(row, "AccountUpn") or "").lower(),
        action=action,
        by=text(row, "AccountUpn") or "",
        result="clicked through" if through else "",
        ip_address=network_address(text(row, "IPAddress")),
    )
