"""Switching a transport rule on or off: what disable_transport_rule and its inverse share."""

from pydantic import Field

from actions.change import Change, Changes, Inverse, Proposal
from actions.needs import exchange
from actions.requests import ChangeRequest, Identifier
from microsoft365.tenant import Tenant
from microsoft365.transport_rules import find_transport_rule, set_enabled

TRANSPORT_NEEDS = exchange("Transport Rules")


class TransportRuleChange(ChangeRequest):
    """Which rule."""

    rule: Identifier = Field(description="The rule's id, as list_transport_rules gave it")


async def switch_transport_rule(
    request: TransportRuleChange, tenant: Tenant, changes: Changes, *, enabled: bool
) -> Change:
    """Sets whether the rule runs. The way back is the opposite switch."""
    rule = await find_transport_rule(tenant, request.rule)

    async def apply() -> None:
        await set_enabled(tenant, rule, enabled=enabled)

    return await changes.make(
        Proposal(
            target=f"transport rule “{rule.name}”",
            before={"enabled": rule.enabled},
            after={"enabled": enabled},
            already=rule.enabled is enabled,
            apply=apply,
            undo=lambda _: Inverse(
                action="disable_transport_rule" if enabled else "enable_transport_rule",
                request={"rule": rule.id},
            ),
        )
    )
