"""What takes the organisation's mail elsewhere without a transport rule: journal rules and outbound
connectors (Exchange: Get-JournalRule, Get-OutboundConnector)."""

from evidence import journal_rule, outbound_connector
from evidence.journal_rule import JournalRule
from evidence.outbound_connector import OutboundConnector
from microsoft365.destinations import resolved
from microsoft365.tenant import Tenant

JOURNAL = "Exchange Get-JournalRule"
CONNECTORS = "Exchange Get-OutboundConnector"


async def read_journal_rules(tenant: Tenant) -> tuple[JournalRule, ...]:
    """Every journal rule, its address followed to its last addresses. Raises MicrosoftError."""
    listing = await tenant.exchange.invoke("Get-JournalRule", {}, cut=tenant.cut_short(JOURNAL))
    found = [journal_rule.from_exchange(each) for each in listing]
    known = await resolved(tenant, (r.journal_address for r in found if r.journal_address))
    return tuple(
        rule.model_copy(update={"journal_address": known.get(address.written, address)})
        if (address := rule.journal_address)
        else rule
        for rule in found
    )


async def read_connectors(tenant: Tenant) -> tuple[OutboundConnector, ...]:
    """Every outbound connector. Raises MicrosoftError."""
    cut = tenant.cut_short(CONNECTORS)
    listing = await tenant.exchange.invoke("Get-OutboundConnector", {}, cut=cut)
    return tuple(map(outbound_connector.from_exchange, listing))
