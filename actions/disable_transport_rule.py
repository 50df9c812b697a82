"""Stop one mail flow rule of the organisation. It stays in its place, as evidence."""

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes
from actions.transport_rule_switch import (
    TRANSPORT_NEEDS,
    TransportRuleChange,
    switch_transport_rule,
)
from microsoft365.tenant import Tenant


class DisableTransportRule(TransportRuleChange):
    """Which rule to stop."""


@action(
    effect=Effect.CONTAIN,
    needs=TRANSPORT_NEEDS,
    undo=Undo.EXACT,
    techniques=["T1114.003", "T1564.008"],
)
async def disable_transport_rule(
    request: DisableTransportRule, tenant: Tenant, changes: Changes
) -> Change:
    """It concerns everybody's mail, so the reflex never uses it."""
    return await switch_transport_rule(request, tenant, changes, enabled=False)
