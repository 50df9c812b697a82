"""A message as Defender for Office 365 analysed it, copy by copy (Graph analyzedEmail)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from evidence.message import (
    MessageAttachment,
    MessageCopy,
    MessageDetail,
    MessageEvent,
    MessageUrl,
)
from evidence.message_rows import was_delivered, words
from evidence.model import Evidence, JsonObject
from evidence.reading import distinct, moment, number, objects, text, texts
from evidence.sensitive import is_sensitive_file, leads_to_documents

# Graph's enumerations in the words of the hunting tables, so that both tell the same.
_ACTIONS = {
    "delivered": "Delivered",
    "deliveredToJunk": "Junked",
    "blocked": "Blocked",
    "replaced": "Replaced",
}
_LOCATIONS = {
    "inbox_folder": "Inbox/folder",
    "junkFolder": "Junk folder",
    "deletedFolder": "Deleted folder",
    "quarantine": "Quarantine",
    "onprem_external": "On-premises/external",
    "failed": "Failed",
    "dropped": "Dropped",
}
_DIRECTIONS = {"inbound": "Inbound", "outbound": "Outbound", "intraOrg": "Intra-org"}
_NOTHING = frozenset({"", "none", "unknown"})
_FACTS = ("internet_message_id", "subject", "sender", "return_path", "sender_ip", "sent")
Part = TypeVar("Part", bound=Evidence)


def from_graph(network_message_id: str, payloads: Sequence[JsonObject]) -> MessageDetail:
    """One message from what was analysed of each of its copies."""
    told = payloads[-1] if payloads else {}
    return MessageDetail(
        network_message_id=network_message_id,
        internet_message_id=text(told, "internetMessageId") or "",
        subject=text(told, "subject") or "",
        sender=text(told, "senderDetail", "fromAddress") or "",
        return_path=text(told, "returnPath") or text(told, "senderDetail", "mailFromAddress") or "",
        sender_ip=text(told, "senderDetail", "ipv4"),
        sent=min(filter(None, (moment(each, "loggedDateTime") for each in payloads)), default=None),
        threats=_known(word for each in payloads for word in texts(each, "threatTypes")),
        detections=_known(word for each in payloads for word in texts(each, "detectionMethods")),
        dlp_rules=_known(name for each in payloads for name in _names(each, "dlpRules")),
        alert_ids=_known(name for each in payloads for name in texts(each, "alertIds")),
        copies=tuple(copy for each in payloads if (copy := _copy(each))),
        urls=_urls(payloads),
        attachments=_attachments(payloads),
        events=_events(payloads),
    )


def merged(hunted: MessageDetail, analysed: MessageDetail) -> MessageDetail:
    """One message of two tellings: the hunts' word goes first, what they lack is taken over."""
    filled = {name: getattr(analysed, name) for name in _FACTS if not getattr(hunted, name)}
    events = _joined(hunted.events, analysed.events, lambda it: (it.at, it.recipient, it.action))
    return hunted.model_copy(
        update={
            **filled,
            "threats": distinct((*hunted.threats, *analysed.threats)),
            "detections": distinct((*hunted.detections, *analysed.detections)),
            "dlp_rules": analysed.dlp_rules,
            "alert_ids": analysed.alert_ids,
            "copies": _joined(hunted.copies, analysed.copies, lambda it: it.recipient),
            "urls": _joined(hunted.urls, analysed.urls, lambda it: it.url),
            "attachments": _joined(hunted.attachments, analysed.attachments, lambda it: it.name),
            "events": tuple(sorted(events, key=lambda it: it.at)),
        }
    )


def _joined(
    ours: tuple[Part, ...], theirs: tuple[Part, ...], key: Callable[[Part], object]
) -> tuple[Part, ...]:
    """Ours, and those of theirs that are not among them."""
    known = {key(each) for each in ours}
    return (*ours, *(each for each in theirs if key(each) not in known))


def _known(values: Iterable[str]) -> tuple[str, ...]:
    return distinct(each for each in values if each.lower() not in _NOTHING)


def _names(payload: JsonObject, member: str) -> tuple[str, ...]:
    return tuple(name for rule in objects(payload, member) if (name := text(rule, "name")))


def _copy(payload: JsonObject) -> MessageCopy | None:
    at = moment(payload, "loggedDateTime")
    if at is None:
        return None
    direction = text(payload, "directionality") or ""
    action = _delivery(payload, "originalDelivery", "action", _ACTIONS)
    location = _delivery(payload, "originalDelivery", "location", _LOCATIONS)
    forwarding = text(payload, "forwardingDetail") or ""
    return MessageCopy(
        at=at,
        recipient=(text(payload, "recipientEmailAddress") or "").lower(),
        direction=_DIRECTIONS.get(direction, direction),
        delivery_action=action,
        delivery_location=location,
        latest_location=_delivery(payload, "latestDelivery", "location", _LOCATIONS) or location,
        delivered=was_delivered(action, location),
        forwarding="" if forwarding == "[]" else forwarding,
        transport_rules=_names(payload, "exchangeTransportRules"),
        raw=payload,
    )


def _delivery(payload: JsonObject, which: str, member: str, names: Mapping[str, str]) -> str:
    said = text(payload, which, member) or ""
    return "" if said in _NOTHING else names.get(said, said)


def _threat(payload: JsonObject) -> tuple[str, ...]:
    return _known(texts(payload, "threatType"))


def _urls(payloads: Sequence[JsonObject]) -> tuple[MessageUrl, ...]:
    listed = [item for each in payloads for item in objects(each, "urls")]
    found = {url: item for item in listed if (url := text(item, "url"))}
    return tuple(
        MessageUrl(url=url, threat=", ".join(_threat(item)), sensitive=leads_to_documents(url))
        for url, item in found.items()
    )


def _attachments(payloads: Sequence[JsonObject]) -> tuple[MessageAttachment, ...]:
    listed = [item for each in payloads for item in objects(each, "attachments")]
    found = {name: item for item in listed if (name := text(item, "fileName"))}
    return tuple(
        MessageAttachment(
            name=name,
            file_type=text(item, "fileType") or "",
            size=number(item, "fileSize"),
            sha256=text(item, "sha256") or "",
            threats=_known((*_threat(item), *words(text(item, "malwareFamily")))),
            sensitive=is_sensitive_file(name, text(item, "fileType") or ""),
        )
        for name, item in found.items()
    )


def _events(payloads: Sequence[JsonObject]) -> tuple[MessageEvent, ...]:
    found = [
        MessageEvent(
            at=at,
            recipient=(text(each, "recipientEmailAddress") or "").lower(),
            action=text(item, "eventDetails") or text(item, "eventType") or "",
            by=text(item, "eventSource") or "",
            result=text(item, "eventResult") or "",
        )
        for each in payloads
        for item in objects(each, "timelineEvents")
        if (at := moment(item, "eventDateTime"))
        # The delivery itself is what the copy tells.
        if text(item, "eventType") != "originalDelivery"
    ]
    return tuple(sorted(found, key=lambda it: it.at))
