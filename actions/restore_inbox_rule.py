"""Make a deleted inbox rule again; the way back from delete_inbox_rule."""

from pydantic import Field

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Inverse, Proposal
from actions.inbox_rule_switch import SWITCH_NEEDS
from actions.requests import MailboxChange
from evidence.model import JsonObject
from evidence.reading import text
from microsoft365.directory import find_user
from microsoft365.inbox_rules import create, find_same
from microsoft365.tenant import Tenant


class RestoreInboxRule(MailboxChange):
    """The rule as Graph showed it."""

    payload: JsonObject = Field(description="The messageRule, as the ledger kept it")


@action(effect=Effect.CONTAIN, needs=SWITCH_NEEDS, undo=Undo.EQUIVALENT, routed=False)
async def restore_inbox_rule(request: RestoreInboxRule, tenant: Tenant, changes: Changes) -> Change:
    """The rule gets a new id; it runs again if it was enabled when it was deleted."""
    owner = await find_user(tenant, request.mailbox)
    mailbox = owner.user_principal_name

    async def apply() -> JsonObject:
        return {"id": await create(tenant, mailbox, request.payload)}

    async def seen(_: JsonObject) -> JsonObject | None:
        found = await find_same(tenant, mailbox, request.payload)
        return {"id": found} if found else None

    return await changes.make(
        Proposal(
            target=f"inbox rule “{text(request.payload, 'displayName')}” of {mailbox}",
            account=owner,
            before={"exists": False},
            after={"exists": True},
            once=True,
            seen=seen,
            apply=apply,
            undo=lambda after: Inverse(
                action="delete_inbox_rule",
                request={"mailbox": mailbox, "rule": text(after, "id") or ""},
            ),
        )
    )
