"""Who else may open a mailbox or send in its name, which Exchange alone shows."""

import asyncio
from collections.abc import Iterable

from evidence import delegate
from evidence.addresses import is_internal, smtp_address
from evidence.delegate import Delegate
from evidence.model import Gap, JsonObject
from evidence.reading import text
from microsoft365.errors import NotFound
from microsoft365.organization import accepted_domains
from microsoft365.recipients import recipients_named
from microsoft365.tenant import Tenant

MAILBOX = "Exchange Get-Mailbox"
FULL_ACCESS = "Exchange Get-MailboxPermission"
SEND_AS = "Exchange Get-RecipientPermission"
FOLDERS = "Exchange Get-MailboxFolderStatistics"
FOLDER_ACCESS = "Exchange Get-MailboxFolderPermission"
# Whoever may read the root, the inbox or what was sent reads mail; calendars are shared by habit.
# Types, since the names are in the mailbox's language (Get-MailboxFolderStatistics, FolderScope).
_FOLDER_TYPES = {"root": "Root", "inbox": "Inbox", "sentitems": "SentItems"}
_GUEST = "#ext#"


async def read_mailbox(tenant: Tenant, mailbox: str) -> JsonObject:
    """The mailbox, with those who may send on its behalf. Raises NotFound, MicrosoftErrors."""
    return await tenant.exchange.one("Get-Mailbox", {"Identity": mailbox}, mailbox=mailbox)


async def read_full_access(tenant: Tenant, mailbox: str) -> tuple[Delegate, ...]:
    """Everybody else's rights on the whole mailbox. Raises MicrosoftError."""
    rows = await tenant.exchange.invoke(
        "Get-MailboxPermission",
        {"Identity": mailbox, "ResultSize": "Unlimited"},
        mailbox=mailbox,
        cut=tenant.cut_short(FULL_ACCESS),
    )
    return tuple(each for row in rows if (each := delegate.from_mailbox_permission(row)))


async def read_send_as(tenant: Tenant, mailbox: str) -> tuple[Delegate, ...]:
    """Everybody who may send as the mailbox. Raises MicrosoftError."""
    rows = await tenant.exchange.invoke(
        "Get-RecipientPermission",
        {"Identity": mailbox, "ResultSize": "Unlimited"},
        mailbox=mailbox,
        cut=tenant.cut_short(SEND_AS),
    )
    return tuple(each for row in rows if (each := delegate.from_recipient_permission(row)))


async def read_folder_access(tenant: Tenant, mailbox: str) -> tuple[Delegate, ...]:
    """Rights on the root of the mailbox, its inbox and its sent items; what of them could not be
    seen is a gap. Raises MicrosoftError where the folders cannot be listed.

    A folder is asked for by its id, since its name is in the language of the mailbox.
    """
    listing = await tenant.exchange.invoke(
        "Get-MailboxFolderStatistics", {"Identity": mailbox}, mailbox=mailbox
    )
    folders = {
        (text(row, "FolderType") or "").lower(): row for row in listing if text(row, "FolderId")
    }
    for kind, called in _FOLDER_TYPES.items():
        if kind not in folders:
            detail = f"the folder of type {called} is not among the mailbox's folders"
            tenant.missed(Gap(source=FOLDERS, reason="notFound", detail=detail))
    seen = await asyncio.gather(
        *(
            tenant.see(FOLDER_ACCESS, _folder(tenant, mailbox, folders[kind]))
            for kind in _FOLDER_TYPES
            if kind in folders
        )
    )
    return tuple(each for folder in seen for each in folder or ())


async def _folder(tenant: Tenant, mailbox: str, folder: JsonObject) -> tuple[Delegate, ...]:
    name = text(folder, "Name") or ""
    try:
        rows = await tenant.exchange.invoke(
            "Get-MailboxFolderPermission",
            {"Identity": f"{mailbox}:{text(folder, 'FolderId')}", "ResultSize": "Unlimited"},
            mailbox=mailbox,
        )
    except NotFound as error:
        tenant.missed(error.gap(FOLDER_ACCESS, f"Folder: {name}."))
        return ()
    return tuple(each for row in rows if (each := delegate.from_folder_permission(row, name)))


async def identified(tenant: Tenant, found: Iterable[Delegate]) -> tuple[Delegate, ...]:
    """The delegates with the address of each trustee, and whether it is the organisation's own.

    A trustee that cannot be found is a gap, never internal; a bare identifier of an account that
    is gone is neither.
    """
    delegates = delegate.distinct(found)
    if not delegates:
        return ()
    domains = await accepted_domains(tenant)
    known = await recipients_named(tenant, (each.who for each in delegates if _needs_lookup(each)))

    def told(each: Delegate) -> Delegate:
        found = known.get(each.who.lower())
        address = _address(found) if _needs_lookup(each) else each.address
        internal = is_internal(address, domains) if address and domains else None
        if each.everyone:
            internal = None
        return each.model_copy(update={"address": address, "internal": internal})

    return tuple(map(told, delegates))


def _needs_lookup(each: Delegate) -> bool:
    """A guest has a principal name of this organisation, and an address outside of it."""
    if each.everyone or each.of_deleted_account:
        return False
    return not each.address or _GUEST in each.address


def _address(recipient: JsonObject | None) -> str:
    """The address at which mail to a trustee arrives; empty when it cannot be told."""
    for name in ("ExternalEmailAddress", "PrimarySmtpAddress"):
        address = smtp_address(text(recipient, name) or "")
        if address:
            return address
    return ""
