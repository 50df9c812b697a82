"""List who else may read a mailbox, send as it, or send on its behalf."""

import asyncio

from actions.catalog import Effect, action
from actions.needs import Graph, exchange
from actions.requests import ReadRequest, Subject
from evidence import delegate
from evidence.delegate import MailboxDelegates
from evidence.reading import text
from microsoft365.delegates import (
    FOLDERS,
    FULL_ACCESS,
    MAILBOX,
    SEND_AS,
    identified,
    read_folder_access,
    read_full_access,
    read_mailbox,
    read_send_as,
)
from microsoft365.directory import find_user
from microsoft365.tenant import Tenant


class ListMailboxDelegates(ReadRequest):
    """Which mailbox."""

    mailbox: Subject


@action(
    effect=Effect.READ,
    needs=[Graph.DOMAIN_READ.need, Graph.USER_READ.need, *exchange("View-Only Recipients")],
    techniques=["T1098.002"],
)
async def list_mailbox_delegates(request: ListMailboxDelegates, tenant: Tenant) -> MailboxDelegates:
    """Rights on the whole mailbox, on its root, inbox and sent items, and to send in its name.

    As they are now, whatever `around` says; no Graph type carries them. The owner's own rights
    and those of Exchange itself are left out.
    """
    mailbox = await tenant.see(MAILBOX, read_mailbox(tenant, request.mailbox))
    see = tenant.see_of_known
    if mailbox is None:
        # A mailbox that nobody has is 404, also while Exchange refuses to say so.
        await tenant.see("Graph users", find_user(tenant, request.mailbox), leads_on=True)
        see = tenant.see
    address = text(mailbox, "PrimarySmtpAddress") or request.mailbox
    seen = await asyncio.gather(
        see(FULL_ACCESS, read_full_access(tenant, address)),
        see(SEND_AS, read_send_as(tenant, address)),
        see(FOLDERS, read_folder_access(tenant, address)),
    )
    on_behalf = delegate.from_mailbox(mailbox or {})
    found = (*(each for source in seen for each in source or ()), *on_behalf)
    return MailboxDelegates(
        mailbox=address.lower(),
        delegates=await identified(tenant, found),
    )
