"""Messages: what the hunting tables and Defender for Office 365 know of each of them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.security.collaboration.analyzed_emails.analyzed_emails_request_builder import (  # noqa: E501 - the SDK's own module name
    AnalyzedEmailsRequestBuilder,
)

from evidence.addresses import is_object_id
from evidence.message_rows import MessageRows, Rows, internet_ids, network_ids
from evidence.model import Gap, JsonObject
from evidence.reading import number
from microsoft365.hunting import TimeSpan, ask, source
from microsoft365.kql import MAX_ITEMS, hunts
from microsoft365.limits import Service
from microsoft365.odata import get_request, literal
from microsoft365.tenant import Tenant

ANALYZED = "Graph security/collaboration/analyzedEmails"
_PAGE_SIZE = 100
_MOST_ANALYZED = 50
"""Messages that Threat Explorer's API is asked about: each is a request of the 150 in a minute."""


async def read_rows(
    tenant: Tenant, asked: Sequence[str], copies: Rows | None, span: TimeSpan
) -> MessageRows:
    """What the hunts tell of the messages, given the rows of `message`; None where it was refused.

    Lists of addresses and files are asked for where there are any, since the mail's own row counts
    them.
    """
    ids = _askable(tenant, network_ids(copies) if copies else asked)
    names = _askable(tenant, internet_ids(copies or ()))
    urls, attachments, events, clicks, similar, handling = await asyncio.gather(
        _counted(tenant, "message_urls", span, ids=ids, copies=copies, column="UrlCount"),
        _counted(
            tenant, "message_attachments", span, ids=ids, copies=copies, column="AttachmentCount"
        ),
        ask(tenant, "message_events", span, message_ids=ids),
        ask(tenant, "url_clicks", span, message_ids=ids),
        ask(tenant, "similar_messages", span, message_ids=ids),
        _handling(tenant, names, span),
    )
    return MessageRows(
        messages=copies or (),
        urls=urls or (),
        attachments=attachments or (),
        events=events or (),
        clicks=clicks or (),
        similar=similar,
        handling=handling or (),
    )


def _askable(tenant: Tenant, ids: Sequence[str]) -> list[str]:
    """As many ids as a hunt takes: whoever writes mail may give one internet id to any number."""
    if len(ids) > MAX_ITEMS:
        detail = f"only the newest {MAX_ITEMS:,} of {len(ids):,} messages were asked about"
        tenant.missed(Gap(source=source(hunts()["message"]), reason="truncated", detail=detail))
    return [*ids[:MAX_ITEMS]]


async def _counted(
    tenant: Tenant, name: str, span: TimeSpan, *, ids: list[str], copies: Rows | None, column: str
) -> Rows | None:
    """The rows of a hunt for what `column` counts; fewer messages with rows than counted is a gap.

    An empty answer is complete where the mail's own rows say that there is nothing to list.
    """
    counts = [number(row, column) for row in copies or ()]
    if counts and not any(count is None or count for count in counts):
        return ()
    rows = await ask(tenant, name, span, message_ids=ids)
    if rows is None:
        return None
    counted = network_ids([row for row in copies or () if number(row, column)])
    listed = {each.lower() for each in network_ids(rows)}
    if missing := [each for each in counted if each.lower() not in listed]:
        detail = f"{column} is not 0 for {len(missing)} of the messages, and no row is there"
        tenant.missed(Gap(source=source(hunts()[name]), reason="unavailable", detail=detail))
    return rows


async def _handling(tenant: Tenant, names: Sequence[str], span: TimeSpan) -> Rows | None:
    """What was done with the messages in mailboxes, which knows them by their internet ids."""
    if names:
        return await ask(tenant, "message_handling", span, internet_message_ids=[*names])
    detail = "the internet message ids are not known, by which the audit log names messages"
    tenant.missed(Gap(source=source(hunts()["message_handling"]), reason="notAsked", detail=detail))
    return None


async def read_analyzed(
    tenant: Tenant, ids: Sequence[str], since: datetime, until: datetime
) -> dict[str, list[JsonObject]]:
    """What Defender for Office 365 knows of messages, by network message id.

    Only network message ids are asked for. A refusal, as for want of a licence, is a gap, and ends
    the asking.
    """
    every = [each for each in ids if is_object_id(each)]
    if len(every) > _MOST_ANALYZED:
        detail = f"only the first {_MOST_ANALYZED} of {len(every)} messages were asked about"
        tenant.missed(Gap(source=ANALYZED, reason="truncated", detail=detail))
    known = every[:_MOST_ANALYZED]
    found: dict[str, list[JsonObject]] = {}
    # The first alone: where it is refused, so are the others.
    for part in (known[:1], known[1:]):
        answers = await asyncio.gather(
            *(tenant.see_of_known(ANALYZED, _analyzed(tenant, each, since, until)) for each in part)
        )
        found |= {each: rows for each, rows in zip(part, answers, strict=True) if rows}
        if None in answers:
            break
    return found


async def _analyzed(
    tenant: Tenant, message_id: str, since: datetime, until: datetime
) -> list[JsonObject]:
    """The message's analysed copies (Graph: List analyzedEmails). Raises MicrosoftError."""
    query = AnalyzedEmailsRequestBuilder.AnalyzedEmailsRequestBuilderGetQueryParameters(
        filter=f"networkMessageId eq {literal(message_id)}", top=_PAGE_SIZE
    )
    request = tenant.graph.v1.security.collaboration.analyzed_emails.to_get_request_information(
        RequestConfiguration(query_parameters=query)
    )
    # The SDK does not know these two, which the reference names.
    url = f"{request.url}&startTime={literal(since)}&endTime={literal(until)}"
    return await tenant.graph.collection(
        get_request(url), Service.SECURITY, cut=tenant.cut_short(ANALYZED)
    )
