"""Mail as Exchange traces it: one message to one recipient, and what happened to it on its way."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from sandbox.tenant.part import Part

TraceStatus = Literal[
    "gettingStatus",
    "pending",
    "failed",
    "delivered",
    "expanded",
    "quarantined",
    "filteredAsSpam",
    "recalled",
]
# Control automatic external email forwarding in Microsoft 365.
FORWARDING_REFUSED = (
    "Reason: [{LED=550 5.7.520 Access denied, Your organization does not allow external "
    "forwarding. Please contact your administrator for further assistance. AS(7555)};{MSG=};"
    "{FQDN=};{IP=};{LRT=}]"
)
_LOCATIONS: Mapping[str, TraceStatus] = {
    "quarantine": "quarantined",
    "junk folder": "filteredAsSpam",
    "failed": "failed",
    "dropped": "failed",
}
_ACTIONS: Mapping[str, TraceStatus] = {"blocked": "failed", "junked": "filteredAsSpam"}


class TraceEvent(Part):
    """One step of a message on its way (exchangeMessageTraceDetail resource type)."""

    at: AwareDatetime
    event: str
    action: str = ""
    description: str = ""
    data: str = ""


class TracedMessage(Part):
    """One message to one recipient (exchangeMessageTrace resource type)."""

    at: AwareDatetime
    id: str = Field(description="the network message id")
    message_id: str = ""
    sender: str
    recipient: str
    subject: str = ""
    size: int = Field(default=0, ge=0)
    from_ip: str = ""
    to_ip: str = ""
    status: TraceStatus = "delivered"
    reason: str = Field(default="", description="why it failed, as the Fail event tells")
    events: list[TraceEvent] = Field(
        default_factory=list[TraceEvent], description="absent: those that its status implies"
    )

    @property
    def steps(self) -> list[TraceEvent]:
        """What happened to it, oldest first."""
        if self.events:
            return self.events
        received = TraceEvent(at=self.at, event="Receive", description="Message received.")
        match self.status:
            case "failed":
                last = TraceEvent(at=self.at, event="Fail", description=self.reason)
            case "delivered" | "filteredAsSpam":
                delivered = "The message was successfully delivered."
                last = TraceEvent(at=self.at, event="Deliver", description=delivered)
            case _:
                return [received]
        return [received, last]


def traced_mail(
    told: Iterable[TracedMessage], rows: Iterable[Mapping[str, JsonValue]]
) -> Iterator[TracedMessage]:
    """What was traced: that which is told, and every other row of `EmailEvents`."""
    known: set[tuple[str, str]] = set()
    for one in told:
        known.add((one.id.casefold(), one.recipient.casefold()))
        yield one
    for row in rows:
        one = _of_row(row)
        if (one.id.casefold(), one.recipient.casefold()) not in known:
            yield one


def _of_row(row: Mapping[str, JsonValue]) -> TracedMessage:
    status = _status(row)
    forwarded = row.get("ForwardingInformation") not in (None, "", "[]")
    return TracedMessage.model_validate(
        {
            "at": row.get("Timestamp"),
            "id": row.get("NetworkMessageId") or "",
            "message_id": row.get("InternetMessageId") or "",
            "sender": row.get("SenderMailFromAddress") or row.get("SenderFromAddress") or "",
            "recipient": row.get("RecipientEmailAddress") or "",
            "subject": row.get("Subject") or "",
            "size": row.get("EmailSize") or 0,
            "from_ip": row.get("SenderIPv4") or row.get("SenderIPv6") or "",
            "status": status,
            # The organisation's policy is what refuses mail that leaves by itself.
            "reason": FORWARDING_REFUSED if status == "failed" and forwarded else "",
        }
    )


def _status(row: Mapping[str, JsonValue]) -> TraceStatus:
    location = str(row.get("DeliveryLocation") or "").casefold()
    action = str(row.get("DeliveryAction") or "").casefold()
    return _LOCATIONS.get(location) or _ACTIONS.get(action) or "delivered"
