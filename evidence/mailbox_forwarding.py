"""Forwarding set on the mailbox itself, which no Graph type shows (`Get-Mailbox`)."""

from datetime import datetime

from evidence.destination import Destination, unresolved
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, moment, text


class MailboxForwarding(Evidence):
    """The forwarding properties of a mailbox; also the answer of `get_mailbox_forwarding`."""

    mailbox: str
    seen: bool = True
    """False: Exchange could not be asked. Then nothing here says that there is no forwarding."""
    forwarding_address: Destination | None = None
    """A recipient object; when both are set, mail goes only here."""
    forwarding_smtp_address: Destination | None = None
    keeps_copy: bool = False
    """DeliverToMailboxAndForward: without it the owner never sees the mail."""
    recipient_type: str = ""
    """RecipientTypeDetails, e.g. `UserMailbox` or `SharedMailbox`."""
    audit_enabled: bool | None = None
    when_changed: datetime | None = None
    """When anything about the mailbox last changed, not only its forwarding."""
    raw: JsonObject = {}

    @property
    def effective(self) -> Destination | None:
        """Where mail really goes (Microsoft: Configure email forwarding for a mailbox)."""
        return self.forwarding_address or self.forwarding_smtp_address


def from_exchange(mailbox: str, payload: JsonObject) -> MailboxForwarding:
    """Reads an object of `Get-Mailbox`."""
    address = text(payload, "ForwardingAddress")
    smtp = text(payload, "ForwardingSmtpAddress")
    return MailboxForwarding(
        mailbox=mailbox,
        forwarding_address=unresolved(address) if address else None,
        forwarding_smtp_address=unresolved(smtp) if smtp else None,
        keeps_copy=flag(payload, "DeliverToMailboxAndForward") is True,
        recipient_type=text(payload, "RecipientTypeDetails") or "",
        audit_enabled=flag(payload, "AuditEnabled"),
        when_changed=moment(payload, "WhenChangedUTC") or moment(payload, "WhenChanged"),
        raw=payload,
    )
