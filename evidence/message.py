"""A message by its network message id: what it was, and what became of each of its copies."""

from datetime import datetime

from evidence.model import Evidence, JsonObject


class MessageCopy(Evidence):
    """The message as it went to one recipient."""

    at: datetime
    recipient: str
    direction: str = ""
    """`Inbound`, `Outbound`, `Intra-org`."""
    delivery_action: str = ""
    """`Delivered`, `Junked`, `Blocked`, `Replaced`."""
    delivery_location: str = ""
    latest_location: str = ""
    """Where it lay when last seen, after people and ZAP moved it."""
    forwarding: str = ""
    """`ForwardingInformation` or `forwardingDetail`, verbatim."""
    transport_rules: tuple[str, ...] = ()
    raw: JsonObject = {}


class MessageUrl(Evidence):
    """An address in the message."""

    url: str
    location: str = ""
    """`Body`, `Subject`, `Attachment`, `QRCode`."""
    threat: str = ""
    clicks: int = 0
    """How often somebody opened it through Safe Links."""
    sensitive: bool = False
    """It points at the organisation's own documents (SharePoint, OneDrive)."""


class MessageAttachment(Evidence):
    """A file attached to the message."""

    name: str
    file_type: str = ""
    size: int | None = None
    sha256: str = ""
    threats: tuple[str, ...] = ()
    sensitive: bool = False
    """Its name or label says that it is confidential, or it holds what a label protects."""


class MessageEvent(Evidence):
    """Something that happened to a copy after delivery: moved, deleted, purged, read, reported."""

    at: datetime
    recipient: str = ""
    action: str
    by: str = ""
    """`ZAP`, an administrator, the user."""
    result: str = ""


class MessageDetail(Evidence):
    """One message of `get_message`."""

    network_message_id: str
    internet_message_id: str = ""
    subject: str = ""
    sender: str = ""
    """From, as the recipient sees it (5322)."""
    return_path: str = ""
    """The envelope sender (5321)."""
    sender_ip: str | None = None
    sent: datetime | None = None
    threats: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    similar: int | None = None
    """How many other messages look alike (same sender and subject, or the same cluster)."""
    copies: tuple[MessageCopy, ...] = ()
    urls: tuple[MessageUrl, ...] = ()
    attachments: tuple[MessageAttachment, ...] = ()
    events: tuple[MessageEvent, ...] = ()
    """Oldest first."""


class Messages(Evidence):
    """The answer of `get_message`."""

    since: datetime
    until: datetime
    messages: tuple[MessageDetail, ...]
