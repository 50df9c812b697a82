"""Tell what messages were: sender, recipients, addresses, files, threats, what became of them."""

import asyncio
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from actions.catalog import Effect, action
from actions.needs import Graph, licence
from actions.requests import Identifier, ReadRequest
from evidence.analyzed_email import from_graph, merged
from evidence.message import MessageDetail, Messages
from evidence.message_rows import Rows, bare_id, from_rows, network_ids
from evidence.model import Gap
from evidence.reading import distinct
from microsoft365.hunting import TimeSpan, ask, source
from microsoft365.kql import hunts
from microsoft365.messages import read_analyzed, read_rows
from microsoft365.tenant import Tenant

_MOST = 500


class GetMessage(ReadRequest):
    """Which messages."""

    message_ids: Annotated[
        list[Identifier],
        Field(
            min_length=1,
            max_length=_MOST,
            description="Network message ids (the alert's MTI), or internet message ids",
        ),
    ]
    days_before: int = Field(default=21, ge=1, le=30, description="How far back to look, in days")
    days_after: int = Field(default=1, ge=0, le=30, description="How far on to look, in days")


@action(
    effect=Effect.READ,
    needs=[
        Graph.THREAT_HUNTING_READ.need,
        Graph.SECURITY_ANALYZED_MESSAGE_READ.wish,
        licence("Microsoft Defender for Office 365 Plan 2"),
        licence("Microsoft Defender for Cloud Apps"),
    ],
    techniques=["T1114.003", "T1566"],
)
async def get_message(request: GetMessage, tenant: Tenant) -> Messages:
    """The hunting tables' word goes first; what they lack is taken from Threat Explorer's API.

    A message of which nothing was found is a gap. What was read, moved or deleted in a mailbox is
    told as far as the audit log names messages.
    """
    span = TimeSpan(
        since=request.around - timedelta(days=request.days_before),
        until=request.around + timedelta(days=request.days_after),
        around=request.around,
    )
    asked = distinct(form for each in request.message_ids for form in _written(each))
    copies, analysed = await asyncio.gather(
        ask(tenant, "message", span, message_ids=[*asked]),
        read_analyzed(tenant, asked, span.since, span.until),
    )
    rows = await read_rows(tenant, asked, copies, span)
    found = [
        merged(from_rows(each, rows), from_graph(each, analysed.get(each, ())))
        for each in distinct((*network_ids(copies or ()), *analysed))
    ]
    _not_found(tenant, request, copies, found, span)
    return Messages(since=span.since, until=span.until, messages=tuple(found))


def _written(identifier: str) -> tuple[str, ...]:
    """An internet message id stands in angle brackets, which people leave out."""
    return (identifier, f"<{bare_id(identifier)}>") if "@" in identifier else (identifier,)


def _not_found(
    tenant: Tenant,
    request: GetMessage,
    copies: Rows | None,
    found: list[MessageDetail],
    span: TimeSpan,
) -> None:
    """A gap for every message that nobody knows; a hunt that was refused has its own."""
    if copies is None or tenant.graph.now is None:
        return
    known = {bare_id(name).lower() for each in found for name in _names(each)}
    unknown = [each for each in request.message_ids if bare_id(each).lower() not in known]
    hunt = hunts()["message"]
    fresh_until = tenant.graph.now - hunt.lag
    late = span.around > fresh_until
    for each in unknown:
        detail = f"no message {each} between {span.since:%Y-%m-%d} and {span.until:%Y-%m-%d}"
        tenant.missed(
            Gap(
                source=source(hunt),
                reason="lag" if late else "notFound",
                detail=f"{detail}; it may not have arrived yet" if late else detail,
                fresh_until=fresh_until if late else None,
            )
        )


def _names(message: MessageDetail) -> tuple[str, str]:
    return message.network_message_id, message.internet_message_id
