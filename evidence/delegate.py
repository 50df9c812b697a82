"""Whoever may read a mailbox, or send in its name, besides its owner."""

from typing import Literal

from evidence.model import Evidence, JsonObject

Right = Literal["fullAccess", "sendAs", "sendOnBehalf", "folder"]


class Delegate(Evidence):
    """One permission that somebody holds on a mailbox or on one of its folders."""

    right: Right
    who: str
    """As Exchange names the trustee: an address, a name, or `Default` and `Anonymous`."""
    address: str = ""
    """SMTP address of the trustee; empty when it could not be told."""
    folder: str = ""
    """For the right `folder`: which, as its owner sees it named."""
    access_rights: tuple[str, ...] = ()
    """Exchange's words, e.g. `FullAccess`, `Editor`, `ReadItems`."""
    inherited: bool = False
    everyone: bool = False
    """Held by `Default`, `Anonymous` or Everyone: by anybody in the organisation, or beyond it."""
    internal: bool | None = None
    """Whether the trustee belongs to the organisation; None when unknown."""
    raw: JsonObject = {}


class MailboxDelegates(Evidence):
    """The answer of `list_mailbox_delegates`; the owner's own and the system's are left out."""

    mailbox: str
    delegates: tuple[Delegate, ...]
