"""List the organisation's mail flow rules, with every way in which they copy mail out."""

from actions.catalog import Effect, action
from actions.needs import Graph, exchange
from actions.requests import ReadRequest
from evidence.transport_rule import TransportRules
from microsoft365.tenant import Tenant
from microsoft365.transport_rules import EXCHANGE, read_transport_rules


class ListTransportRules(ReadRequest):
    """Nothing to say but when."""


@action(
    effect=Effect.READ,
    needs=[
        Graph.DOMAIN_READ.need,
        *exchange("View-Only Configuration", "View-Only Recipients"),
    ],
    techniques=["T1114.003", "T1564.008"],
)
async def list_transport_rules(request: ListTransportRules, tenant: Tenant) -> TransportRules:
    """The rules as they are now, whatever `around` says."""
    del request
    rules = await tenant.see(EXCHANGE, read_transport_rules(tenant))
    return TransportRules(rules=rules or ())
