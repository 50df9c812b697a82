"""The organisation's rules for Mailwarden: what is approved, protected, paused."""

from dataclasses import dataclass

from evidence.organization import ApprovedDestination, ApprovedTransportRule


@dataclass(frozen=True)
class Policy:
    """Values of the settings, as actions need them."""

    approved_destinations: tuple[ApprovedDestination, ...] = ()
    approved_transport_rules: tuple[ApprovedTransportRule, ...] = ()
    protected_accounts: frozenset[str] = frozenset()
    """Lower-cased names; no approval lifts their protection."""
    protected_groups: tuple[str, ...] = ()
    own_identity: str | None = None
    """Client id of Mailwarden's own identity."""
    dry_run: bool = False
    paused: bool = False
    loopback: bool = False
    """Everything is simulated on this machine, so a callback may be, too."""
