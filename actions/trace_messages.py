"""Trace mail by sender or recipient: was it delivered, or refused, and why?"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from actions.catalog import Effect, action
from actions.needs import Graph, entra
from actions.problem import bad_field
from actions.requests import ReadRequest, Subject
from evidence.addresses import is_object_id
from evidence.message_trace import MessageTrace, TracedMessage, is_from
from evidence.model import Gap
from evidence.reading import distinct
from microsoft365.directory import find_user
from microsoft365.errors import NotFound
from microsoft365.hunting import TimeSpan
from microsoft365.message_traces import SOURCE, read_traces, with_refusals
from microsoft365.odata import literal
from microsoft365.tenant import Tenant

_MOST = 10


class TraceMessages(ReadRequest):
    """Whose mail, to whom. Senders or recipients, or both."""

    senders: Annotated[list[Subject], Field(max_length=_MOST)] = Field(
        default_factory=list[Subject], description="Who sent or forwarded it"
    )
    recipients: Annotated[list[Subject], Field(max_length=_MOST)] = Field(
        default_factory=list[Subject], description="Whom it went to"
    )
    days_before: int = Field(default=10, ge=1, le=90, description="How far back to look, in days")
    days_after: int = Field(default=1, ge=0, le=30, description="How far on to look, in days")


@action(
    effect=Effect.READ,
    needs=[
        Graph.EXCHANGE_MESSAGE_TRACE_READ.need,
        Graph.USER_READ.need,
        # Not documented, and met in practice: the permission alone is answered with 403.
        entra("Global Reader", optional=True),
    ],
    techniques=["T1114.003"],
)
async def trace_messages(request: TraceMessages, tenant: Tenant) -> MessageTrace:
    """Redirected mail leaves under a rewritten sender, and is seen when asked by recipient alone or
    by both; asked by sender alone, only what bears an address of that very sender is.
    """
    if not request.senders and not request.recipients:
        raise bad_field("senders", "give senders, recipients, or both")
    span = TimeSpan(
        since=request.around - timedelta(days=request.days_before),
        until=request.around + timedelta(days=request.days_after),
        around=request.around,
    )
    senders = await asyncio.gather(*(_names_of(tenant, each) for each in request.senders))
    recipients = await asyncio.gather(*(_names_of(tenant, each) for each in request.recipients))
    # By recipient there are fewer, and the sender of redirected mail cannot be asked for.
    asked = "recipientAddress" if recipients else "senderAddress"
    filters = [f"{asked} eq {literal(each)}" for each in _within(tenant, recipients or senders)]
    parts = await asyncio.gather(*(read_traces(tenant, each, span) for each in filters))
    wanted = frozenset(name for names in senders for name in names)
    found = {
        (each.id, each.recipient): each
        for part in parts
        for each in part
        if not wanted or is_from(each.sender, wanted)
    }
    messages = await with_refusals(tenant, sorted(found.values(), key=_at, reverse=True))
    return MessageTrace(since=span.since, until=span.until, messages=messages)


def _at(message: TracedMessage) -> tuple[object, str]:
    return message.at, message.id


def _within(tenant: Tenant, accounts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The addresses to ask for: everybody's own, then the others as far as there is room.

    Mail from or to an address that was not asked for is not seen: a gap.
    """
    own = [each[0] for each in accounts]
    every = distinct((*own, *(name for each in accounts for name in each[1:])))
    if left := every[_MOST:]:
        detail = f"at most {_MOST} addresses are asked for; not {', '.join(left)}"
        tenant.missed(Gap(source=SOURCE, reason="notAsked", detail=detail))
    return every[:_MOST]


async def _names_of(tenant: Tenant, subject: str) -> tuple[str, ...]:
    """The addresses of an account, its own first; whoever is no account has the one address.

    Raises NotFound for an object id that is nobody's: message trace knows addresses alone.
    """
    try:
        user = await tenant.see("Graph users", find_user(tenant, subject), leads_on=True)
    except NotFound:
        if is_object_id(subject):
            raise
        user = None
    if user is None:
        return (subject.lower(),)
    primary = (user.mail or user.user_principal_name).lower()
    return distinct((primary, *user.addresses, user.user_principal_name.lower()))
