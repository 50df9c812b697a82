"""Sweep rules of a mailbox, which neither Graph nor `Get-InboxRule` lists (Get-SweepRule)."""

from evidence import sweep_rule
from evidence.sweep_rule import SweepRule
from microsoft365.tenant import Tenant

EXCHANGE = "Exchange Get-SweepRule"


async def read_sweep_rules(tenant: Tenant, mailbox: str) -> tuple[SweepRule, ...]:
    """Every sweep rule of the mailbox. Raises NotFound, MicrosoftErrors."""
    rows = await tenant.exchange.invoke(
        "Get-SweepRule",
        {"Mailbox": mailbox, "ResultSize": "Unlimited"},
        mailbox=mailbox,
        cut=tenant.cut_short(EXCHANGE),
    )
    return tuple(map(sweep_rule.from_exchange, rows))
