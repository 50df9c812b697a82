"""Mail folders as Graph shows them: mailFolder resource type."""

import base64

from sandbox.tenant.mailbox import Folder, Mailbox
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.people import User
from sandbox.tenant.problem import Problem

ROOT = "msgfolderroot"


def folder_id(user: User, name: str) -> str:
    """Graph's id of a folder: opaque, and the same on every run."""
    half = stable_id("folder", user.id, name).bytes
    return "AAMk" + base64.urlsafe_b64encode(half + stable_id(user.id).bytes).decode()


def _folder_name(folder: Folder) -> str:
    return folder.well_known or f"{folder.parent or ''}/{folder.display_name}"


def find_folder(user: User, mailbox: Mailbox, named: str) -> Folder | None:
    """A folder by id or well-known name, or by its display name."""
    for folder in mailbox.folders:
        if folder_id(user, _folder_name(folder)) == named:
            return folder
    return mailbox.folder(named)


def folder_reference(user: User, mailbox: Mailbox, named: str) -> str:
    """The id with which a rule names a folder; one for a deleted folder leads nowhere."""
    folder = find_folder(user, mailbox, named)
    return folder_id(user, _folder_name(folder) if folder else f"deleted/{named}")


def get_folder(user: User, mailbox: Mailbox, named: str) -> Folder:
    """The folder of a path, by id or well-known name, or Outlook's 404."""
    for folder in mailbox.folders:
        if named.lower() == folder.well_known or named == folder_id(user, _folder_name(folder)):
            return folder
    raise item_not_found()


def folder_resource(user: User, mailbox: Mailbox, folder: Folder, beta: bool) -> JsonObject:
    """A folder; only beta says its well-known name."""
    children = sum(other.parent == folder.display_name for other in mailbox.folders)
    parent = mailbox.folder(folder.parent) if folder.parent else None
    row: JsonObject = {
        "id": folder_id(user, _folder_name(folder)),
        "displayName": folder.display_name,
        "parentFolderId": folder_id(user, _folder_name(parent) if parent else ROOT),
        "childFolderCount": children,
        "unreadItemCount": folder.unread_items,
        "totalItemCount": folder.total_items,
        "isHidden": folder.hidden,
    }
    if beta:
        row["wellKnownName"] = folder.well_known
    return row


def root_resource(user: User, mailbox: Mailbox) -> JsonObject:
    """The folder above all others."""
    return {
        "id": folder_id(user, ROOT),
        "displayName": "Top of Information Store",
        "parentFolderId": folder_id(user, "root"),
        "childFolderCount": sum(folder.parent is None for folder in mailbox.folders),
        "unreadItemCount": 0,
        "totalItemCount": 0,
        "isHidden": False,
    }


def item_not_found() -> Problem:
    """Outlook's answer for a folder or rule that is not there."""
    return Problem(404, "ErrorItemNotFound", "The specified object was not found in the store.")
