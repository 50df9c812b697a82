"""Message trace: mail flow as Exchange itself records it, through Graph."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.admin.exchange.tracing.message_traces.message_traces_request_builder import (
    MessageTracesRequestBuilder,
)

from evidence import message_trace
from evidence.message_trace import TracedMessage
from evidence.model import Gap, JsonObject
from microsoft365.errors import NotFound
from microsoft365.hunting import TimeSpan
from microsoft365.limits import Service
from microsoft365.odata import literal
from microsoft365.tenant import Tenant

SOURCE = "Graph admin/exchange/tracing/messageTraces"
DETAILS = "Graph exchangeMessageTrace: getDetailsByRecipient"
_WINDOW = timedelta(days=10)
_KEPT = timedelta(days=90)
"""Longest interval of one request and how far back it may begin (Graph: List messageTraces)."""
_SKEW = timedelta(minutes=10)
"""How far the clocks of a caller and of Microsoft may be apart: an interval must not end later than
now, by Microsoft's clock."""
_LAG = timedelta(hours=1)
"""After which a message shows; an estimate, Microsoft documents no figure."""
_PREREQUISITE = (
    "Message trace also needs the service principal of Microsoft's application "
    "8bd644d1-64a1-4d4b-ae52-2e0cbf64e373 in the tenant."
)
"""Until it is there, and for hours after, everything is refused (Graph: List messageTraces)."""
_PAGE_SIZE = 1000
_MOST_DETAILS = 20
"""Failed messages that are looked into: each is a request of the hundred in five minutes."""


async def read_traces(tenant: Tenant, filters: str, span: TimeSpan) -> list[TracedMessage]:
    """The traced messages that an OData filter names within the time, newest first.

    A refusal, an interval that is no longer kept and one that is not complete yet are gaps.
    """
    edge = max(span.since, span.around - _SKEW)
    found = await _back(tenant, filters, span.since, edge)
    if found is None or tenant.graph.now is None:
        return []
    until = min(span.until, tenant.graph.now)
    newest = await _back(tenant, filters, edge, until) if until > edge else []
    every = [*(newest or []), *found]
    fresh = tenant.graph.now - _LAG
    # A message that is newer shows that the trace is not as late as it may be.
    if span.around > fresh and not any(each.at > fresh for each in every):
        detail = f"mail after {fresh:%Y-%m-%d %H:%M} UTC may not have been traced yet"
        tenant.missed(Gap(source=SOURCE, reason="lag", detail=detail, fresh_until=fresh))
    return every


async def _back(
    tenant: Tenant, filters: str, since: datetime, until: datetime
) -> list[TracedMessage] | None:
    """Interval by interval from the newest back; None where already the first was refused."""
    found: list[TracedMessage] | None = None
    end = until
    while end > (start := max(_kept_since(tenant, since), end - _WINDOW)):
        reading = _interval(tenant, filters, start, end)
        part = await tenant.see_of_known(SOURCE, reading, if_forbidden=_PREREQUISITE)
        if part is None:
            return found
        found = [*(found or []), *part]
        end = start
    return found if found is not None else []


def _kept_since(tenant: Tenant, since: datetime) -> datetime:
    """The beginning, not before what is kept, as soon as Microsoft's clock is known."""
    if tenant.graph.now is None or since >= (kept := tenant.graph.now - _KEPT):
        return since
    # A minute on, since the clock goes on until the request arrives.
    kept += timedelta(minutes=1)
    detail = f"messages are traced for 90 days: nothing before {kept:%Y-%m-%d %H:%M} UTC"
    tenant.missed(Gap(source=SOURCE, reason="horizon", detail=detail))
    return kept


async def _interval(
    tenant: Tenant, filters: str, since: datetime, until: datetime
) -> list[TracedMessage]:
    query = MessageTracesRequestBuilder.MessageTracesRequestBuilderGetQueryParameters(
        filter=(
            f"receivedDateTime ge {literal(since)} and receivedDateTime le {literal(until)}"
            f" and {filters}"
        ),
        top=_PAGE_SIZE,
    )
    request = tenant.graph.v1.admin.exchange.tracing.message_traces.to_get_request_information(
        RequestConfiguration(query_parameters=query)
    )
    cut = tenant.cut_short(SOURCE, f"They are of {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}.")
    payloads = await tenant.graph.collection(request, Service.MESSAGE_TRACE, cut=cut)
    return [each for payload in payloads if (each := message_trace.from_graph(payload))]


async def with_refusals(
    tenant: Tenant, messages: Sequence[TracedMessage]
) -> tuple[TracedMessage, ...]:
    """The messages, the newest failed ones with the reason why they failed."""
    failed = [each for each in messages if each.status.lower() == "failed"]
    if len(failed) > _MOST_DETAILS:
        detail = (
            f"only the newest {_MOST_DETAILS} of {len(failed)} failed messages were looked into"
        )
        tenant.missed(Gap(source=DETAILS, reason="truncated", detail=detail))
    asked = failed[:_MOST_DETAILS]
    reasons = await asyncio.gather(*(_reason(tenant, each) for each in asked))
    told = {
        (each.id, each.recipient): reason
        for each, reason in zip(asked, reasons, strict=True)
        if reason
    }
    return tuple(
        each.model_copy(update={"refusal": told.get((each.id, each.recipient), "")})
        for each in messages
    )


async def _reason(tenant: Tenant, message: TracedMessage) -> str:
    try:
        details = await tenant.see(DETAILS, _details(tenant, message))
    except NotFound as error:
        tenant.missed(error.gap(DETAILS, f"Message {message.id} to {message.recipient}."))
        return ""
    return message_trace.refusal(details or ())


async def _details(tenant: Tenant, message: TracedMessage) -> list[JsonObject]:
    """Graph: exchangeMessageTrace: getDetailsByRecipient. Raises MicrosoftError."""
    traces = tenant.graph.v1.admin.exchange.tracing.message_traces
    # The SDK puts the address between quotes as it is.
    quoted = message.recipient.replace("'", "''")
    request = (
        traces.by_exchange_message_trace_id(message.id)
        .get_details_by_recipient_with_recipient_address(quoted)
        .to_get_request_information()
    )
    return await tenant.graph.collection(
        request, Service.MESSAGE_TRACE, cut=tenant.cut_short(DETAILS)
    )
