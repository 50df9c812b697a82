"""List the sweep rules of a mailbox, which tidy one sender's mail away."""

from actions.catalog import Effect, action
from actions.needs import Graph, exchange
from actions.requests import ReadRequest, Subject
from evidence.sweep_rule import SweepRules
from microsoft365.directory import find_user
from microsoft365.sweep_rules import EXCHANGE, read_sweep_rules
from microsoft365.tenant import Tenant


class ListSweepRules(ReadRequest):
    """Which mailbox."""

    mailbox: Subject


@action(
    effect=Effect.READ,
    needs=[Graph.USER_READ.need, *exchange("Mail Recipients")],
    techniques=["T1564.008"],
)
async def list_sweep_rules(request: ListSweepRules, tenant: Tenant) -> SweepRules:
    """They send nothing on, but keep mail from the owner, and no listing of inbox rules has them.

    As they are now, whatever `around` says.
    """
    rules = await tenant.see(EXCHANGE, read_sweep_rules(tenant, request.mailbox))
    if rules is None:
        # A mailbox that nobody has is 404, also while Exchange refuses to say so.
        await tenant.see("Graph users", find_user(tenant, request.mailbox), leads_on=True)
    return SweepRules(mailbox=request.mailbox, sweep_rules=rules or ())
