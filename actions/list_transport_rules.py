"""List what takes the whole organisation's mail: mail flow rules, journal rules, connectors."""

import asyncio

from actions.catalog import Effect, action
from actions.needs import Graph, exchange
from actions.requests import ReadRequest
from evidence.transport_rule import TransportRules
from microsoft365.mail_routes import (
    CONNECTORS,
    JOURNAL,
    read_connectors,
    read_journal_rules,
)
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
    """Mail flow rules with every way in which they copy mail out, and what copies or diverts it
    without any: journal rules and outbound connectors. As they are now, whatever `around` says.
    """
    del request
    rules, journal_rules, connectors = await asyncio.gather(
        tenant.see_of_known(EXCHANGE, read_transport_rules(tenant)),
        tenant.see_of_known(JOURNAL, read_journal_rules(tenant)),
        tenant.see_of_known(CONNECTORS, read_connectors(tenant)),
    )
    return TransportRules(
        rules=rules or (), journal_rules=journal_rules or (), connectors=connectors or ()
    )
