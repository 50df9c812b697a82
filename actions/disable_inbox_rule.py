"""Stop one inbox rule from running. The rule stays in the mailbox, as evidence."""

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes
from actions.inbox_rule_switch import SWITCH_NEEDS, InboxRuleChange, switch_inbox_rule
from microsoft365.tenant import Tenant


class DisableInboxRule(InboxRuleChange):
    """Which rule to stop."""


@action(
    effect=Effect.CONTAIN,
    needs=SWITCH_NEEDS,
    undo=Undo.EXACT,
    techniques=["T1114.003", "T1564.008"],
)
async def disable_inbox_rule(request: DisableInboxRule, tenant: Tenant, changes: Changes) -> Change:
    """A rule that Graph calls read-only, and a hidden one, is disabled through Exchange."""
    return await switch_inbox_rule(request, tenant, changes, enabled=False)
