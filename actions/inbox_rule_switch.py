"""Switching an inbox rule on or off: what disable_inbox_rule and its inverse have in common."""

import asyncio

from pydantic import Field

from actions.change import Change, Changes, Inverse, Proposal
from actions.needs import PROTECTION, Graph, exchange
from actions.requests import Identifier, MailboxChange
from microsoft365.directory import find_user
from microsoft365.inbox_rules import CLIENT_RULES_WARNING, find_rule, in_graph, set_enabled
from microsoft365.tenant import Tenant

SWITCH_NEEDS = (
    *PROTECTION,
    Graph.MAILBOX_SETTINGS_READ_WRITE.need,
    *exchange("Mail Recipients"),
)


class InboxRuleChange(MailboxChange):
    """Which rule of which mailbox."""

    rule: Identifier = Field(description="The rule's id, as list_inbox_rules gave it")


async def switch_inbox_rule(
    request: InboxRuleChange, tenant: Tenant, changes: Changes, *, enabled: bool
) -> Change:
    """Sets whether the rule runs. The way back is the opposite switch."""
    # At the same time, since mail flows until the rule is off; an unknown owner is told first.
    owner, rule = await asyncio.gather(
        find_user(tenant, request.mailbox),
        find_rule(tenant, request.mailbox, request.rule),
        return_exceptions=True,
    )
    if isinstance(owner, BaseException):
        raise owner
    if isinstance(rule, BaseException):
        raise rule
    mailbox = owner.user_principal_name

    async def apply() -> None:
        await set_enabled(tenant, mailbox, rule, enabled=enabled)

    return await changes.make(
        Proposal(
            target=f"inbox rule “{rule.name}” of {mailbox}",
            account=owner,
            before={"enabled": rule.enabled},
            after={"enabled": enabled},
            already=rule.enabled is enabled,
            apply=apply,
            undo=lambda _: Inverse(
                action="disable_inbox_rule" if enabled else "enable_inbox_rule",
                request={"mailbox": mailbox, "rule": rule.id},
            ),
            warnings=() if in_graph(rule) else (CLIENT_RULES_WARNING,),
        )
    )
