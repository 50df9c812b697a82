"""An outbound connector: through which hosts mail leaves the organisation."""

from datetime import datetime

from evidence.model import Evidence, JsonObject
from evidence.reading import flag, moment, text, texts


class OutboundConnector(Evidence):
    """One outbound connector (Exchange: Get-OutboundConnector)."""

    id: str
    """Its Guid, else its name."""
    name: str
    enabled: bool = True
    type: str = ""
    """`Partner` or `OnPremises`."""
    smart_hosts: tuple[str, ...] = ()
    """The hosts that get the mail; none where it goes by the recipient's own MX record."""
    recipient_domains: tuple[str, ...] = ()
    """To whose mail it applies, `*` for all; none where only transport rules hand mail to it."""
    for_transport_rules: bool = False
    """IsTransportRuleScoped: mail goes through it only where a transport rule says so."""
    for_own_domains: bool = False
    """AllAcceptedDomains: it takes the mail to the organisation's own addresses too."""
    source: str = ""
    """`Default`, `Migrated` or `HybridWizard`."""
    when_changed: datetime | None = None
    raw: JsonObject = {}

    @property
    def takes_mail_elsewhere(self) -> bool:
        """Whether mail passes hosts that somebody named, without a rule that says so."""
        return bool(self.smart_hosts) and not self.for_transport_rules


def from_exchange(payload: JsonObject) -> OutboundConnector:
    """Reads an object of `Get-OutboundConnector`."""
    name = text(payload, "Name") or text(payload, "Identity") or ""
    return OutboundConnector(
        id=text(payload, "Guid") or text(payload, "Identity") or name,
        name=name,
        enabled=flag(payload, "Enabled") is not False,
        type=text(payload, "ConnectorType") or "",
        smart_hosts=tuple(host.strip("[]") for host in texts(payload, "SmartHosts")),
        recipient_domains=texts(payload, "RecipientDomains"),
        for_transport_rules=flag(payload, "IsTransportRuleScoped") is True,
        for_own_domains=flag(payload, "AllAcceptedDomains") is True,
        source=text(payload, "ConnectorSource") or "",
        when_changed=moment(payload, "WhenChangedUTC") or moment(payload, "WhenChanged"),
        raw=payload,
    )
