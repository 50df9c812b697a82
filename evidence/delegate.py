"""Whoever may read a mailbox, or send in its name, besides its owner."""

from collections.abc import Iterable
from typing import Literal

from pydantic import JsonValue

from evidence.addresses import smtp_address
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, get, text, texts

Right = Literal["fullAccess", "sendAs", "sendOnBehalf", "folder"]

_EVERYONE = frozenset(
    [
        "default",
        "anonymous",
        "everyone",
        "authenticated users",
        "anonymous logon",
        "s-1-1-0",
        "s-1-5-7",
        "s-1-5-11",
    ]
)
"""Also by their well-known security identifiers (Windows: Well-known SIDs)."""
_AUTHORITY = "nt authority\\"
_LOCAL_SID = "s-1-5-"
_ACCOUNT_SID = "s-1-5-21-"
# Exchange's own groups and accounts, which stand inherited on every mailbox, each behind the name
# of its forest: `EURPR04A009\Organization Management`.
_EXCHANGES_OWN = frozenset(
    [
        "administrator",
        "delegated setup",
        "discovery management",
        "domain admins",
        "enterprise admins",
        "exchange domain servers",
        "exchange servers",
        "exchange services",
        "exchange trusted subsystem",
        "jitusers",
        "managed availability servers",
        "organization management",
        "public folder management",
    ]
)
_NO_ACCESS = frozenset(["none", ""])


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

    @property
    def of_deleted_account(self) -> bool:
        """Whether the trustee is a bare security identifier, as one is shown whose account is
        gone.
        """
        return self.who.lower().startswith(_ACCOUNT_SID)


class MailboxDelegates(Evidence):
    """The answer of `list_mailbox_delegates`; the owner's own and the system's are left out."""

    mailbox: str
    delegates: tuple[Delegate, ...]


def from_mailbox_permission(row: JsonObject) -> Delegate | None:
    """Reads an object of Get-MailboxPermission; None for one that gives nobody else access."""
    return _delegate("fullAccess", row, get(row, "User"), denied=flag(row, "Deny") is True)


def from_recipient_permission(row: JsonObject) -> Delegate | None:
    """Reads an object of Get-RecipientPermission; None for one that gives nobody else a right."""
    control = text(row, "AccessControlType") or "Allow"
    return _delegate("sendAs", row, get(row, "Trustee"), denied=control.lower() == "deny")


def from_folder_permission(row: JsonObject, folder: str) -> Delegate | None:
    """Reads an object of Get-MailboxFolderPermission; None for one without any right.

    `folder` is the name that the folder is known by here; the object's own is preferred.
    """
    found = _delegate("folder", row, get(row, "User"), denied=False)
    named = text(row, "FolderName") or folder
    return found.model_copy(update={"folder": named}) if found else None


def from_mailbox(payload: JsonObject) -> tuple[Delegate, ...]:
    """Those who may send on behalf of the mailbox: `GrantSendOnBehalfTo` of Get-Mailbox.

    Exchange names them by their names; with display names they are objects.
    """
    detailed = get(payload, "GrantSendOnBehalfToWithDisplayNames")
    plain = get(payload, "GrantSendOnBehalfTo")
    listed = plain or detailed
    entries: list[JsonValue] = listed if isinstance(listed, list) else [listed] if listed else []
    found = (
        _delegate("sendOnBehalf", _as_row(entry), entry, denied=False, rights=("SendOnBehalf",))
        for entry in entries
    )
    return tuple(each for each in found if each)


def distinct(delegates: Iterable[Delegate]) -> tuple[Delegate, ...]:
    """The delegates without the ones that say the same of the same trustee twice."""
    seen: dict[tuple[str, str, str, tuple[str, ...]], Delegate] = {}
    for each in delegates:
        seen.setdefault((each.right, each.who.lower(), each.folder, each.access_rights), each)
    return tuple(seen.values())


def _delegate(
    right: Right,
    row: JsonObject,
    trustee: JsonValue,
    *,
    denied: bool,
    rights: tuple[str, ...] | None = None,
) -> Delegate | None:
    who, address = _trustee(trustee)
    granted = _rights(row) if rights is None else rights
    inherited = flag(row, "IsInherited") is True
    if denied or not who or not granted or _is_systems(who, inherited=inherited):
        return None
    return Delegate(
        right=right,
        who=who,
        address=address,
        access_rights=granted,
        inherited=inherited,
        everyone=_bare(who) in _EVERYONE,
        raw=row,
    )


def _trustee(value: JsonValue) -> tuple[str, str]:
    """Name and address; newer cmdlets write an object, with the recipient inside."""
    if not isinstance(value, dict):
        name = text({"name": value}, "name") or ""
        return name, smtp_address(name) or ""
    inside = next(
        (each for key in ("RecipientPrincipal", "ADRecipient") if (each := get(value, key))), value
    )
    kind = text(value, "UserType", "Value") or text(value, "UserType") or ""
    address = text(inside, "PrimarySmtpAddress") or text(value, "PrimarySmtpAddress") or ""
    name = (
        text(value, "DisplayName")
        or text(value, "Name")
        or text(value, "Identity")
        or address
        or text(inside, "Guid")
        or ""
    )
    if kind.lower() in _EVERYONE:
        # Their names are in the mailbox's language.
        return kind, ""
    return name, smtp_address(address) or smtp_address(name) or ""


def _rights(row: JsonObject) -> tuple[str, ...]:
    """The rights as a list; `FullAccess, ReadPermission` in one text are two."""
    words = (part.strip() for word in texts(row, "AccessRights") for part in word.split(","))
    return tuple(word for word in words if word.lower() not in _NO_ACCESS)


def _is_systems(who: str, *, inherited: bool) -> bool:
    lowered = who.lower()
    if _bare(who) in _EVERYONE:
        return False
    if lowered.startswith(_AUTHORITY):
        return True
    if lowered.startswith(_LOCAL_SID) and not lowered.startswith(_ACCOUNT_SID):
        return True
    return inherited and "\\" in who and _bare(who) in _EXCHANGES_OWN


def _bare(who: str) -> str:
    """The name without its authority, lower-cased."""
    return who.rpartition("\\")[2].strip().lower()


def _as_row(entry: JsonValue) -> JsonObject:
    return entry if isinstance(entry, dict) else {"GrantSendOnBehalfTo": entry}
