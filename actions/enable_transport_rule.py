"""Let a disabled transport rule run again; the way back from disable_transport_rule."""

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes
from actions.transport_rule_switch import (
    TRANSPORT_NEEDS,
    TransportRuleChange,
    switch_transport_rule,
)
from microsoft365.tenant import Tenant


class EnableTransportRule(TransportRuleChange):
    """Which rule to let run again."""


@action(effect=Effect.CONTAIN, needs=TRANSPORT_NEEDS, undo=Undo.EXACT, routed=False)
async def enable_transport_rule(
    request: EnableTransportRule, tenant: Tenant, changes: Changes
) -> Change:
    """The rule is as it was before it was disabled."""
    return await switch_transport_rule(request, tenant, changes, enabled=True)
