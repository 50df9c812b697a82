"""Stop the forwarding that is set on a mailbox itself."""

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Inverse, Proposal
from actions.needs import PROTECTION, exchange
from actions.requests import MailboxChange
from evidence.model import JsonObject
from microsoft365.directory import find_user
from microsoft365.mailbox import forwarding_state, read_forwarding, write_forwarding
from microsoft365.tenant import Tenant

FORWARDING_NEEDS = (*PROTECTION, *exchange("Mail Recipients"))


class ClearMailboxForwarding(MailboxChange):
    """Which mailbox."""


@action(effect=Effect.CONTAIN, needs=FORWARDING_NEEDS, undo=Undo.EXACT, techniques=["T1114.003"])
async def clear_mailbox_forwarding(
    request: ClearMailboxForwarding, tenant: Tenant, changes: Changes
) -> Change:
    """Clears ForwardingAddress and ForwardingSmtpAddress; both are kept for the way back."""
    owner = await find_user(tenant, request.mailbox)
    mailbox = owner.user_principal_name
    before = forwarding_state(await read_forwarding(tenant, mailbox))
    after: JsonObject = {
        "forwardingAddress": "",
        "forwardingSmtpAddress": "",
        "deliverToMailboxAndForward": False,
    }

    async def apply() -> None:
        await write_forwarding(tenant, mailbox, after)

    return await changes.make(
        Proposal(
            target=f"forwarding of mailbox {mailbox}",
            account=owner,
            before=before,
            after=after,
            already=not (before["forwardingAddress"] or before["forwardingSmtpAddress"]),
            apply=apply,
            undo=lambda _: Inverse(
                action="restore_mailbox_forwarding", request={"mailbox": mailbox, **before}
            ),
        )
    )
