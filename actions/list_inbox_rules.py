"""List every inbox rule of a mailbox, hidden ones too, with where each sends mail."""

from actions.catalog import Effect, action
from actions.needs import Graph, exchange
from actions.requests import ReadRequest, Subject
from evidence.inbox_rule import InboxRules
from microsoft365.inbox_rules import inbox_rules
from microsoft365.tenant import Tenant


class ListInboxRules(ReadRequest):
    """Which mailbox."""

    mailbox: Subject


@action(
    effect=Effect.READ,
    needs=[
        Graph.MAILBOX_SETTINGS_READ.need,
        Graph.MAIL_READ_BASIC.need,
        Graph.USER_READ.need,
        Graph.DOMAIN_READ.need,
        *exchange("Mail Recipients"),
    ],
    techniques=["T1114.003", "T1564.008"],
)
async def list_inbox_rules(request: ListInboxRules, tenant: Tenant) -> InboxRules:
    """Graph's listing and Exchange's are made one; a rule says which of them showed it.

    The rules as they are now, whatever `around` says.
    """
    return InboxRules(mailbox=request.mailbox, rules=await inbox_rules(tenant, request.mailbox))
