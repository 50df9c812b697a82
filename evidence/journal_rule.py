"""A journal rule: it sends a report with the whole message to an archive, unseen by anybody."""

from datetime import datetime

from evidence import addresses
from evidence.destination import Destination, unresolved
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, moment, text


class JournalRule(Evidence):
    """One journal rule of the organisation (Exchange: Get-JournalRule).

    Exchange Online journals to no mailbox of its own: an outside address is the rule, and whose it
    is the question (Microsoft: Journaling in Exchange Online).
    """

    id: str
    """Its Guid, else its name."""
    name: str
    enabled: bool = True
    recipient: str = ""
    """Whose mail: a mailbox, contact or group; empty for everybody's."""
    scope: str = ""
    """`Global`, `Internal` or `External` messages."""
    journal_address: Destination | None = None
    """Where the reports go; None when the listing does not say."""
    when_changed: datetime | None = None
    raw: JsonObject = {}


def from_exchange(payload: JsonObject) -> JournalRule:
    """Reads an object of `Get-JournalRule`."""
    name = text(payload, "Name") or ""
    recipient = text(payload, "Recipient") or ""
    address = text(payload, "JournalEmailAddress")
    return JournalRule(
        id=text(payload, "Guid") or text(payload, "Identity") or name,
        name=name,
        enabled=flag(payload, "Enabled") is not False,
        recipient=addresses.recipient(recipient).address or recipient,
        scope=text(payload, "Scope") or "",
        journal_address=unresolved(address) if address else None,
        when_changed=moment(payload, "WhenChangedUTC") or moment(payload, "WhenChanged"),
        raw=payload,
    )
