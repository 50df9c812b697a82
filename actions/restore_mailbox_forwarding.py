"""Set a mailbox's forwarding as it was; the way back from clear_mailbox_forwarding."""

from pydantic import Field

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Inverse, Proposal
from actions.clear_mailbox_forwarding import FORWARDING_NEEDS
from actions.requests import MailboxChange
from microsoft365.directory import find_user
from microsoft365.mailbox import forwarding_state, read_forwarding, write_forwarding
from microsoft365.tenant import Tenant


class RestoreMailboxForwarding(MailboxChange):
    """The forwarding as it was; empty text for a property that was not set."""

    forwarding_address: str = Field(max_length=1024)
    forwarding_smtp_address: str = Field(max_length=1024)
    deliver_to_mailbox_and_forward: bool


@action(effect=Effect.CONTAIN, needs=FORWARDING_NEEDS, undo=Undo.EXACT, routed=False)
async def restore_mailbox_forwarding(
    request: RestoreMailboxForwarding, tenant: Tenant, changes: Changes
) -> Change:
    """Mail is forwarded again, as it was before clear_mailbox_forwarding."""
    owner = await find_user(tenant, request.mailbox)
    mailbox = owner.user_principal_name
    before = forwarding_state(await read_forwarding(tenant, mailbox))
    after = {name: value for name, value in request.change.items() if name != "mailbox"}

    async def apply() -> None:
        await write_forwarding(tenant, mailbox, after)

    return await changes.make(
        Proposal(
            target=f"forwarding of mailbox {mailbox}",
            account=owner,
            before=before,
            after=after,
            already=before == after,
            apply=apply,
            undo=lambda _: Inverse(action="clear_mailbox_forwarding", request={"mailbox": mailbox}),
        )
    )
