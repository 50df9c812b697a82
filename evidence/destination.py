"""Where forwarded mail ends up, after contacts, mail users, groups and onward forwarding."""

from typing import Literal

from evidence import addresses
from evidence.model import Evidence

DestinationKind = Literal[
    "mailbox", "sharedMailbox", "contact", "mailUser", "group", "external", "unknown"
]


class FinalAddress(Evidence):
    """An SMTP address at which copies of the mail arrive."""

    address: str
    internal: bool
    via: str = ""
    """How it was reached, e.g. `member of Finance` or `the contact Finance archive`; empty when the
    rule itself names it."""


class Destination(Evidence):
    """A recipient of forwarded mail: as it was written, and where the mail really goes."""

    written: str
    """The recipient as the source wrote it."""
    name: str = ""
    address: str | None = None
    """The SMTP address in the source, before resolution."""
    kind: DestinationKind = "unknown"
    finals: tuple[FinalAddress, ...] = ()
    resolved: bool = False
    """False: the directory was not or could not be asked; such a destination is never internal."""

    @property
    def external_addresses(self) -> tuple[str, ...]:
        """The final addresses outside the organisation."""
        return tuple(final.address for final in self.finals if not final.internal)

    @property
    def label(self) -> str:
        """The destination for a sentence: its address where it has one."""
        return self.address or self.name or self.written


def unresolved(written: str, name: str = "", address: str | None = None) -> Destination:
    """A destination as read from a rule, before anybody asked the directory about it."""
    parsed = addresses.recipient(written)
    return Destination(
        written=written, name=name or parsed.name, address=(address or parsed.address)
    )
