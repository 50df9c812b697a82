"""Read the forwarding set on a mailbox itself, and where the mail ends up."""

from actions.catalog import Effect, action
from actions.needs import Graph, exchange
from actions.requests import ReadRequest, Subject
from evidence.mailbox_forwarding import MailboxForwarding
from microsoft365.directory import find_user
from microsoft365.mailbox import EXCHANGE, read_forwarding, with_destinations
from microsoft365.tenant import Tenant


class GetMailboxForwarding(ReadRequest):
    """Which mailbox."""

    mailbox: Subject


@action(
    effect=Effect.READ,
    needs=[Graph.DOMAIN_READ.need, Graph.USER_READ.need, *exchange("View-Only Recipients")],
    techniques=["T1114.003"],
)
async def get_mailbox_forwarding(
    request: GetMailboxForwarding, tenant: Tenant
) -> MailboxForwarding:
    """No Graph type carries these properties, so Exchange is the only source.

    The forwarding as it is now, whatever `around` says.
    """
    found = await tenant.see(EXCHANGE, read_forwarding(tenant, request.mailbox))
    if found is None:
        await _must_exist(tenant, request.mailbox)
        return MailboxForwarding(mailbox=request.mailbox, seen=False)
    return await with_destinations(tenant, found)


async def _must_exist(tenant: Tenant, mailbox: str) -> None:
    """A mailbox that nobody has is 404, also while Exchange refuses to say so."""
    await tenant.see("Graph users", find_user(tenant, mailbox), leads_on=True)
