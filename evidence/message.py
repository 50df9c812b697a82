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
    delivered: bool | None = None
    """Whether it reached its recipient: false where it was blocked, dropped or quarantined."""
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
    """`ZAP`, an administrator, the user; for what was done in a mailbox, who did it."""
    result: str = ""
    ip_address: str | None = None
    client: str = ""
    folder: str = ""
    """Where it lay, or where it was moved."""
    in_mailbox: bool = False
    """Told by the mailbox's audit log (read, moved, deleted by whoever has access), and not by the
    mail filter."""


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
    """Threats by name, where the filter knows them."""
    detections: tuple[str, ...] = ()
    """The methods that found the threats."""
    dlp_rules: tuple[str, ...] = ()
    """Data loss prevention rules that it matched: it holds what the organisation protects."""
    alert_ids: tuple[str, ...] = ()
    similar: int | None = None
    """How many other messages look alike (same sender and subject, or the same cluster)."""
    copies: tuple[MessageCopy, ...] = ()
    urls: tuple[MessageUrl, ...] = ()
    attachments: tuple[MessageAttachment, ...] = ()
    events: tuple[MessageEvent, ...] = ()
    """Oldest first."""

    @property
    def sensitive(self) -> bool:
        """Whether anything about it is known to be sensitive."""
        parts = (*self.urls, *self.attachments)
        return bool(self.dlp_rules) or any(each.sensitive for each in parts)


class Messages(Evidence):
    """The answer of `get_message`."""

    since: datetime
    until: datetime
    messages: tuple[MessageDetail, ...]
