"""Permission cmdlets: who else may open a mailbox or a folder of it, or send in its name."""

from collections.abc import Sequence

from pydantic import JsonValue

from sandbox.tenant.exchange.cmdlet import Call, cmdlet, identity_name, not_found
from sandbox.tenant.mailbox import Folder, FolderPermission, Mailbox, MailboxPermission
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.people import Group, User

_SELF = "NT AUTHORITY\\SELF"
# Add-MailboxPermission, -AccessRights.
_RIGHTS = (
    "ChangeOwner",
    "ChangePermission",
    "DeleteItem",
    "ExternalAccount",
    "FullAccess",
    "ReadPermission",
)
# Get-MailboxFolderStatistics, -FolderScope: the type of each folder that every mailbox has.
_ROOT = "Top of Information Store"
_TYPES = {
    "inbox": "Inbox",
    "drafts": "Drafts",
    "sentitems": "SentItems",
    "deleteditems": "DeletedItems",
    "junkemail": "JunkEmail",
    "outbox": "Outbox",
    "archive": "Archive",
    "conversationhistory": "ConversationHistory",
}


def _get_permission(call: Call) -> Sequence[JsonObject]:
    """Get-MailboxPermission; the owner's own access is among the rows."""
    user, mailbox = call.mailbox(call.required("Identity"))
    own = MailboxPermission(user=_SELF, rights=["FullAccess", "ReadPermission"])
    wanted = (call.text("User") or "").lower()
    return [
        {
            "Identity": user.alias,
            "User": one.user,
            "AccessRights": [*one.rights],
            "IsInherited": one.inherited,
            "Deny": one.deny,
            "InheritanceType": "All",
        }
        for one in (own, *mailbox.permissions)
        if not wanted or one.user.lower() == wanted
    ]


def _get_send_as(call: Call) -> Sequence[JsonObject]:
    """Get-RecipientPermission: SendAs."""
    identity = call.text("Identity")
    mailboxes = [call.mailbox(identity)] if identity else call.state.mailboxes()
    rows: list[JsonObject] = []
    for user, mailbox in mailboxes:
        own = MailboxPermission(user=_SELF, rights=["SendAs"])
        for one in (own, *mailbox.send_as):
            rights: list[JsonValue] = [*one.rights]
            rows.append(
                {
                    "Identity": user.alias,
                    "Trustee": one.user,
                    "AccessControlType": "Deny" if one.deny else "Allow",
                    "AccessRights": rights,
                    "IsInherited": one.inherited,
                    "InheritanceType": "None",
                }
            )
    return rows


def _add_permission(call: Call) -> Sequence[JsonObject]:
    """Add-MailboxPermission and Add-RecipientPermission."""
    user, held, who = _permissions(call)
    rights = _rights(call) or ["FullAccess"]
    _drop(held, who, set(rights))
    held.append(MailboxPermission(user=who, rights=rights))
    call.changed(user.user_principal_name)
    return []


def _remove_permission(call: Call) -> Sequence[JsonObject]:
    """Remove-MailboxPermission and Remove-RecipientPermission."""
    user, held, who = _permissions(call)
    _drop(held, who, set(_rights(call)))
    call.changed(user.user_principal_name)
    return []


def _rights(call: Call) -> list[str]:
    send_as = call.cmdlet.endswith("RecipientPermission")
    return call.chosen("AccessRights", ("SendAs",) if send_as else _RIGHTS)


def _permissions(call: Call) -> tuple[User, list[MailboxPermission], str]:
    user, mailbox = call.mailbox(call.required("Identity"))
    send_as = call.cmdlet.endswith("RecipientPermission")
    who = call.recipient(call.required("Trustee" if send_as else "User"))
    name = who.user_principal_name if isinstance(who, User) else identity_name(who.mail or who.id)
    return user, mailbox.send_as if send_as else mailbox.permissions, name


def _drop(held: list[MailboxPermission], who: str, rights: set[str]) -> None:
    held[:] = [
        one for one in held if one.user.lower() != who.lower() or not rights & set(one.rights)
    ]


def _get_statistics(call: Call) -> Sequence[JsonObject]:
    """Get-MailboxFolderStatistics: the folders, with the ids by which they can be named."""
    user, mailbox = call.mailbox(call.required("Identity"))
    scope = (call.text("FolderScope") or "All").lower()
    rows: list[JsonObject] = [_statistics(user, _ROOT, f"/{_ROOT}", "Root", 0)]
    for folder in mailbox.folders:
        path = "/".join(["", *_path(mailbox, folder)])
        kind = _TYPES.get(folder.well_known or "", "User Created")
        rows.append(_statistics(user, folder.display_name, path, kind, folder.total_items))
    return [row for row in rows if scope in {"all", str(row["FolderType"]).lower()}]


def _statistics(user: User, name: str, path: str, kind: str, items: int) -> JsonObject:
    return {
        "Name": name,
        "Identity": f"{user.alias}{path.replace('/', chr(92))}",
        "FolderPath": path,
        "FolderId": _folder_id(user, path),
        "FolderType": kind,
        "ItemsInFolder": items,
        "ItemsInFolderAndSubfolders": items,
    }


def _folder_id(user: User, path: str) -> str:
    """Exchange's id of a folder, which is not Graph's."""
    return f"LgAAAA{stable_id('exchange folder', user.id, path).hex}"


def _path(mailbox: Mailbox, folder: Folder) -> list[str]:
    above = mailbox.folder(folder.parent) if folder.parent else None
    return [*(_path(mailbox, above) if above else ()), folder.display_name]


def _get_folder_permission(call: Call) -> Sequence[JsonObject]:
    """Get-MailboxFolderPermission. `Default` and `Anonymous` are on every folder."""
    identity = call.required("Identity")
    owner, _, named = identity.partition(":")
    user, mailbox = call.mailbox(owner)
    folder = _folder(call, user, mailbox, named, identity)
    held = [one for one in mailbox.folder_permissions if _is_of(mailbox, one, folder)]
    named_ones = {one.user.lower() for one in held}
    everybody = [
        FolderPermission(user=name, rights=["None"])
        for name in ("Default", "Anonymous")
        if name.lower() not in named_ones
    ]
    wanted = (call.text("User") or "").lower()
    return [
        {
            "Identity": one.user,
            "FolderName": folder.display_name if folder else _ROOT,
            "User": _display_name(call, one.user),
            "AccessRights": [*one.rights],
            "SharingPermissionFlags": None,
            "IsValid": True,
        }
        for one in (*everybody, *held)
        if not wanted or one.user.lower() == wanted
    ]


def _folder(call: Call, user: User, mailbox: Mailbox, named: str, identity: str) -> Folder | None:
    """A folder by path (`\\Inbox\\Reports`, in the mailbox's language) or id; the root is None."""
    wanted = named.strip("\\").replace("\\", "/")
    if not wanted or wanted == _folder_id(user, f"/{_ROOT}"):
        return None
    for folder in mailbox.folders:
        path = "/".join(_path(mailbox, folder))
        if wanted == _folder_id(user, f"/{path}") or wanted.casefold() == path.casefold():
            return folder
    raise not_found(identity)


def _is_of(mailbox: Mailbox, one: FolderPermission, folder: Folder | None) -> bool:
    if folder is None:
        return one.folder.lower() == "root"
    return mailbox.folder(one.folder) is folder


def _display_name(call: Call, named: str) -> str:
    """Folder permissions name a recipient by his display name; others stay as they are."""
    found = call.state.recipient(named)
    if found is None:
        return named
    return found.display_name if isinstance(found, (User, Group)) else found.name


CMDLETS = (
    cmdlet("Get-MailboxPermission", "Identity User Owner", _get_permission),
    cmdlet("Get-RecipientPermission", "Identity Trustee AccessRights", _get_send_as),
    cmdlet(
        "Add-MailboxPermission",
        "Identity User AccessRights InheritanceType AutoMapping Deny",
        _add_permission,
    ),
    cmdlet("Add-RecipientPermission", "Identity Trustee AccessRights", _add_permission),
    cmdlet(
        "Remove-MailboxPermission",
        "Identity User AccessRights InheritanceType",
        _remove_permission,
    ),
    cmdlet("Remove-RecipientPermission", "Identity Trustee AccessRights", _remove_permission),
    cmdlet(
        "Get-MailboxFolderStatistics",
        "Identity FolderScope IncludeAnalysis IncludeOldestAndNewestItems Archive",
        _get_statistics,
    ),
    cmdlet("Get-MailboxFolderPermission", "Identity User GroupMailbox", _get_folder_permission),
)
