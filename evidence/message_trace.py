"""Mail flow as Exchange's message trace shows it."""

from datetime import datetime

from evidence.model import Evidence, JsonObject


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
