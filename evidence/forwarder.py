"""Those whose mail goes to a suspicious recipient, or whose forwarding was set from an address."""

from datetime import datetime

from evidence.model import Evidence


class ForwarderFound(Evidence):
    """A mailbox hit by the same recipients, addresses or senders."""

    mailbox: str
    """SMTP address or UPN."""
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
    messages: int = 0
    """Forwarded messages seen."""
    first_seen: datetime
    last_seen: datetime


class Forwarders(Evidence):
    """The answer of `find_forwarders`."""

    since: datetime
    until: datetime
    recipients: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    forwarders: tuple[ForwarderFound, ...]
    """Most messages first."""
