"""Mail flow as Exchange's message trace shows it."""

import re
from collections.abc import Sequence
from datetime import datetime

from evidence.addresses import network_address
from evidence.model import Evidence, JsonObject
from evidence.reading import moment, number, text

# `550 5.7.520 Access denied, …` within `{LED=…};{MSG=…}`; the enhanced code is RFC 3463's.
_REFUSAL = re.compile(r"\b[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}\b[^\]}{<\"]*")
_LONGEST = 500
_FAILURES = ("fail", "defer", "drop", "spam", "transport rule")


class TracedMessage(Evidence):
    """One message to one recipient."""

    id: str
    """The network message id."""
    internet_message_id: str = ""
    at: datetime
    sender: str = ""
    recipient: str = ""
    subject: str = ""
    status: str = ""
    """Graph's word: `delivered`, `failed`, `pending`, `quarantined`, `expanded` …"""
    size: int | None = None
    from_ip: str | None = None
    to_ip: str | None = None
    refusal: str = ""
    """For one that failed: the reason given, e.g. `550 5.7.520 Access denied, …`."""
    raw: JsonObject = {}

    @property
    def refused_as_forwarding(self) -> bool:
        """Whether the organisation's own policy stopped it as forwarded outside (5.7.520)."""
        return "5.7.520" in self.refusal


class MessageTrace(Evidence):
    """The answer of `trace_messages`, newest first."""

    since: datetime
    until: datetime
    messages: tuple[TracedMessage, ...]


def from_graph(payload: JsonObject) -> TracedMessage | None:
    """Reads an `exchangeMessageTrace`; None for one without id or time."""
    identifier, at = text(payload, "id"), moment(payload, "receivedDateTime")
    if identifier is None or at is None:
        return None
    return TracedMessage(
        id=identifier,
        internet_message_id=text(payload, "messageId") or "",
        at=at,
        sender=(text(payload, "senderAddress") or "").lower(),
        recipient=(text(payload, "recipientAddress") or "").lower(),
        subject=text(payload, "subject") or "",
        status=text(payload, "status") or "",
        size=number(payload, "size"),
        from_ip=network_address(text(payload, "fromIP")),
        to_ip=network_address(text(payload, "toIP")),
        raw=payload,
    )


def refusal(details: Sequence[JsonObject]) -> str:
    """Why a message was not delivered, from its `exchangeMessageTraceDetail`s; the last reason."""
    told = ""
    for step in details:
        if not (text(step, "event") or "").lower().startswith(_FAILURES):
            continue
        said = " ".join(filter(None, (text(step, "description"), text(step, "data"))))
        found = _REFUSAL.search(said)
        told = (found.group() if found else said).strip()[:_LONGEST] or told
    return told


def is_from(sender: str, names: frozenset[str]) -> bool:
    """Whether an envelope sender is one of these addresses, also when Exchange rewrote it.

    Redirected mail leaves as `ann+SRS=…@contoso.com` (Sender Rewriting Scheme).
    """
    local, _, host = sender.lower().rpartition("@")
    return sender.lower() in names or f"{local.partition('+srs=')[0]}@{host}" in names
