"""Let a disabled inbox rule run again; the way back from disable_inbox_rule."""

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes
from actions.inbox_rule_switch import SWITCH_NEEDS, InboxRuleChange, switch_inbox_rule
from microsoft365.tenant import Tenant


class EnableInboxRule(InboxRuleChange):
    """Which rule to let run again."""


@action(effect=Effect.CONTAIN, needs=SWITCH_NEEDS, undo=Undo.EXACT, routed=False)
async def enable_inbox_rule(request: EnableInboxRule, tenant: Tenant, changes: Changes) -> Change:
    """The rule is as it was before it was disabled."""
    return await switch_inbox_rule(request, tenant, changes, enabled=True)
