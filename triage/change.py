"""A change that the audit log shows: of a rule, forwarding, a permission or auditing itself."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from evidence.inbox_rule import InboxRule
from evidence.model import Evidence
from triage.wording import listed

WayKind = Literal["InboxRule", "SMTP", "ETR", "sweep", "journal", "connector", "flow"]
"""How mail leaves or is hidden: the three kinds that alerts name (`ForwardingType`), sweep rules,
journal rules, outbound connectors and Power Automate flows."""
ChangeKind = WayKind | Literal["contact", "permission", "auditing", "policy"]
"""`policy` is what lets mail be forwarded outside at all."""
ORGANIZATION_WIDE: frozenset[ChangeKind] = frozenset(["ETR", "journal", "connector", "policy"])
"""What takes everybody's mail."""
Deed = Literal["made", "set", "changed", "switched", "removed", "granted", "stopped", "opened"]
SHAPING: tuple[Deed, ...] = ("made", "set", "changed")
"""The deeds that make something what it is."""


class Change(Evidence):
    """One change that an audit record shows to have succeeded."""

    event_id: str
    kind: ChangeKind
    deed: Deed
    """`switched` is on or off, which leaves what a rule does as it was."""
    at: datetime
    operation: str
    actor: str
    """Who did it; never taken for the owner of the mailbox."""
    mailbox: str = ""
    """Whose mailbox, as the record names it: often an alias or an object id. The forwarder's by
    its whole name, where the hunt knows that it is."""
    on_mailbox: bool = False
    """The hunt, which knows all names of the mailbox, says that it is the forwarder's."""
    name: str = ""
    """The rule's name; for a permission, the rights."""
    destinations: tuple[str, ...] = ()
    by_name: tuple[str, ...] = ()
    """Recipients of mailbox forwarding that the record names without an address."""
    through: tuple[str, ...] = ()
    """By what mail goes on where no recipient is named: a connector or its smart hosts, what a
    flow connects to."""
    sends: bool = False
    """Whether it names anybody to send mail to, also when by a name without address."""
    grantee: str = ""
    ip_address: str | None = None
    session_id: str = ""
    token_id: str = ""
    """The token that it was done with."""
    application_id: str = ""
    rule: InboxRule | None = None
    """What `New-InboxRule` made, or what Outlook wrote, as the record tells it."""
    as_delegate: bool = False
    """Done in another's mailbox, by the right to open it."""

    @property
    def by_person(self) -> bool:
        """Whether an account did it, and not a service of Microsoft's."""
        return "@" in self.actor


_THINGS: dict[ChangeKind, str] = {
    "InboxRule": "inbox rule",
    "ETR": "transport rule",
    "sweep": "sweep rule",
    "journal": "journal rule",
    "connector": "outbound connector",
    "flow": "Power Automate flow",
    "contact": "mail contact",
}
_WITHOUT_NAME: dict[ChangeKind, str] = {
    "SMTP": "mailbox forwarding",
    "policy": "automatic forwarding to the outside",
}


def thing(kind: ChangeKind, name: str, unnamed: str = "without a name") -> str:
    """What is made or changed, for a sentence, e.g. `inbox rule “.”`."""
    if kind in _WITHOUT_NAME:
        return _WITHOUT_NAME[kind]
    return f"{_THINGS[kind]} “{name}”" if name.strip() else f"{_THINGS[kind]} {unnamed}"


def changed_thing(change: Change) -> str:
    """The same of a change, whose record may be silent about the name."""
    return thing(change.kind, change.name, "that the record does not name")


def described(change: Change) -> str:
    """The change in a clause: who did what to what, and from where."""
    where = f" from {change.ip_address}" if change.ip_address else ""
    if change.kind == "permission":
        on = f" on {change.mailbox}" if change.mailbox else ""
        return f"{change.actor} gave {change.grantee or 'somebody'} {change.name}{on}{where}"
    if change.kind == "auditing":
        return f"{change.actor} switched auditing off ({change.operation}){where}"
    whom = change.destinations or change.by_name
    to = f", to {listed(whom)}" if whom else ""
    to += f", through {listed(change.through)}" if change.through else ""
    of = f" of {change.mailbox}" if _in_anothers_mailbox(change) else ""
    return f"{change.actor} {change.deed} {changed_thing(change)}{of}{to}{where}"


def _in_anothers_mailbox(change: Change) -> bool:
    actor = change.actor.lower()
    return change.kind in ("InboxRule", "SMTP") and change.mailbox.lower() not in (
        "",
        actor,
        actor.partition("@")[0],
    )


def concerns(change: Change, mailbox_names: Collection[str]) -> bool:
    """Whether the change is of a mailbox that bears these names, or of the whole organisation."""
    if change.kind in ORGANIZATION_WIDE:
        return True
    return change.on_mailbox or (change.mailbox or change.actor).lower() in mailbox_names
