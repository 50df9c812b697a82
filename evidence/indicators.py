"""What an alert names: the forwarder, the recipients, the messages, the way of forwarding."""

from datetime import datetime
from typing import Literal

from evidence.model import Evidence

ForwardingType = Literal["InboxRule", "SMTP", "ETR"]
"""Microsoft's words (alert grading for suspicious email forwarding): ETR is a transport rule."""

AlertKind = Literal[
    "suspiciousEmailForwarding",
    "suspiciousInboxForwardingRule",
    "suspiciousInboxManipulationRule",
    "forwardingRuleCreated",
    "other",
]


class Account(Evidence):
    """An account that an alert names; any of the three names may be missing."""

    user_principal_name: str | None = None
    object_id: str | None = None
    mail: str | None = None
    display_name: str | None = None

    @property
    def subject(self) -> str | None:
        """The best name to ask Microsoft with: the object id survives a renaming."""
        return self.object_id or self.user_principal_name or self.mail


class AlertReference(Evidence):
    """An alert of the incident."""

    id: str
    """Sentinel's systemAlertId, or Defender's alert id where only that is known."""
    provider_id: str | None = None
    """The id in Defender XDR (`alerts_v2`), which `classify_alert` needs."""
    title: str
    kind: AlertKind


class Found(Evidence):
    """One fact and where in the body it stood."""

    field: str
    value: str
    where: str
    """A path into the body, e.g. `object.properties.relatedEntities[2].properties.upnSuffix`."""


class Indicators(Evidence):
    """The answer of `parse_incident`."""

    incident: str | None = None
    """The incident's ARM id, or its id in Defender XDR."""
    title: str = ""
    classification: str = ""
    """How somebody has graded the incident or the alert already, in the words of its service, e.g.
    `falsePositive` or `BenignPositive`."""
    alerts: tuple[AlertReference, ...] = ()
    forwarder: Account | None = None
    forwarder_reason: str = ""
    """Why this account and not another of those named."""
    other_accounts: tuple[Account, ...] = ()
    recipients: tuple[str, ...] = ()
    """The (suspicious) recipients to whom mail was forwarded (SRL, RL)."""
    network_message_ids: tuple[str, ...] = ()
    """MTI."""
    forwarding_type: ForwardingType | None = None
    """FT."""
    ip_addresses: tuple[str, ...] = ()
    first_activity: datetime | None = None
    last_activity: datetime | None = None
    found: tuple[Found, ...] = ()
    missing: tuple[str, ...] = ()
    """The names of the fields above that the body did not hold."""
