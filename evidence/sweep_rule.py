"""A sweep rule: it tidies one sender's mail away at intervals, in a listing of its own.

Neither Graph nor `Get-InboxRule` shows it (Exchange: Get-SweepRule), so mail can be hidden by it
while the mailbox seems to have no rule.
"""

from evidence import addresses
from evidence.folder import Folder
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, number, text


class SweepRule(Evidence):
    """One sweep rule of a mailbox."""

    id: str
    """RuleId, by which Exchange's cmdlets know it."""
    name: str
    enabled: bool = True
    sender: str = ""
    """Whose mail it takes: an SMTP address where the listing has one, else a name."""
    move_to: Folder | None = None
    """None is the default: Deleted Items."""
    keeps_days: int | None = None
    """How long the mail stays in the Inbox before."""
    keeps_latest: int | None = None
    """How many of the sender's latest messages stay in the Inbox."""
    provider: str = ""
    raw: JsonObject = {}


class SweepRules(Evidence):
    """The answer of `list_sweep_rules`."""

    mailbox: str
    sweep_rules: tuple[SweepRule, ...]


def from_exchange(payload: JsonObject) -> SweepRule:
    """Reads an object of `Get-SweepRule`."""
    sender = text(payload, "Sender") or ""
    folder = text(payload, "DestinationFolder")
    return SweepRule(
        id=text(payload, "RuleId") or text(payload, "Identity") or "",
        name=text(payload, "Name") or "",
        enabled=flag(payload, "Enabled") is not False,
        sender=addresses.recipient(sender).address or sender,
        move_to=Folder(name=folder) if folder else None,
        keeps_days=number(payload, "KeepForDays"),
        keeps_latest=number(payload, "KeepLatest"),
        provider=text(payload, "Provider") or "",
        raw=payload,
    )
