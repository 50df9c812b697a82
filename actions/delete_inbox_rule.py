"""Remove one inbox rule from its mailbox, for good."""

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Inverse, Proposal
from actions.inbox_rule_switch import SWITCH_NEEDS, InboxRuleChange
from evidence.model import JsonObject
from microsoft365.directory import find_user
from microsoft365.errors import MicrosoftError
from microsoft365.inbox_rules import (
    CLIENT_RULES_WARNING,
    RuleGone,
    delete,
    find_rule,
    in_graph,
)
from microsoft365.tenant import Tenant

_NOT_REMADE = (
    "Graph does not show this rule, so it cannot be made again; its settings are in the ledger."
)


class DeleteInboxRule(InboxRuleChange):
    """Which rule to remove."""


@action(
    effect=Effect.DESTROY,
    needs=SWITCH_NEEDS,
    undo=Undo.EQUIVALENT,
    techniques=["T1114.003", "T1564.008"],
)
async def delete_inbox_rule(request: DeleteInboxRule, tenant: Tenant, changes: Changes) -> Change:
    """The ledger keeps the whole rule; one that Graph showed can be made again, with a new id."""
    owner = await find_user(tenant, request.mailbox)
    mailbox = owner.user_principal_name
    try:
        rule = await find_rule(tenant, mailbox, request.rule)
    except MicrosoftError as error:
        # A Logic App re-sends a request whose answer was lost: the rule is gone because of it.
        if earlier := await changes.earlier(gone=isinstance(error, RuleGone)):
            return earlier
        raise
    payload: JsonObject = rule.raw.get("graph", {})

    async def apply() -> None:
        await delete(tenant, mailbox, rule)

    def undo(_: JsonObject) -> Inverse:
        request: JsonObject = {"mailbox": mailbox, "payload": payload}
        return Inverse(action="restore_inbox_rule", request=request)

    return await changes.make(
        Proposal(
            target=f"inbox rule “{rule.name}” of {mailbox}",
            account=owner,
            before={"exists": True, "rule": dict(rule.raw)},
            after={"exists": False},
            apply=apply,
            undo=undo if payload else None,
            warnings=(
                *(() if in_graph(rule) else (CLIENT_RULES_WARNING,)),
                *(() if payload else (_NOT_REMADE,)),
            ),
        )
    )
