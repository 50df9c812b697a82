"""Advanced hunting: one query in, its rows out, and what cut them short."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from msgraph.generated.security.microsoft_graph_security_run_hunting_query import (
    run_hunting_query_post_request_body as request_body,
)
from pydantic import ValidationError

from evidence.hunt_result import HuntColumn, HuntResult
from evidence.model import Gap, JsonObject
from microsoft365.errors import Unavailable
from microsoft365.hunting_rows import HuntingAnswer
from microsoft365.kql import Hunt, hunts
from microsoft365.limits import Service
from microsoft365.tenant import Tenant

HORIZON = timedelta(days=30)
ROW_LIMIT = 100_000
"""Rows of an answer and days back (Graph: security: runHuntingQuery)."""


@dataclass(frozen=True)
class TimeSpan:
    """The time that a hunt looks at."""

    since: datetime
    until: datetime
    around: datetime
    """The moment in question: rows about it must have arrived."""

    def __str__(self) -> str:
        """As the API writes it: ISO 8601, start and end."""
        start, end = (f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (self.since, self.until))
        return f"{start}/{end}"


async def run(tenant: Tenant, hunt: Hunt, query: str, span: TimeSpan) -> HuntResult:
    """Runs a rendered hunt over a time. What cut the answer short is a gap of the tenant.

    Raises MicrosoftError.
    """
    body = request_body.RunHuntingQueryPostRequestBody(query=query, timespan=str(span))
    builder = tenant.graph.v1.security.microsoft_graph_security_run_hunting_query
    answer = await tenant.graph.send(builder.to_post_request_information(body), Service.HUNTING)
    try:
        found = HuntingAnswer.model_validate(answer.body)
    except ValidationError as error:
        label = Service.HUNTING.label
        raise Unavailable(label, answer.status, "unreadable", "no hunting answer") from error
    rows = found.rows()
    for gap in _cuts(hunt, span, len(rows), answer.at):
        tenant.missed(gap)
    return HuntResult(
        hunt=hunt.name,
        since=span.since,
        until=span.until,
        columns=tuple(HuntColumn(name=each.name, type=each.type) for each in found.columns),
        rows=rows,
    )


async def ask(
    tenant: Tenant, name: str, span: TimeSpan, **arguments: object
) -> tuple[JsonObject, ...] | None:
    """The rows of the hunt of that name; None where it was refused, which is a gap."""
    hunt = hunts()[name]
    asking = run(tenant, hunt, hunt.render(arguments), span)
    found = await tenant.see_of_known(source(hunt), asking)
    return None if found is None else found.rows


def source(hunt: Hunt) -> str:
    """How the hunt is named among the sources of evidence."""
    return f"Hunt {hunt.name} ({', '.join(hunt.tables)})"


def _cuts(hunt: Hunt, span: TimeSpan, rows: int, now: datetime) -> list[Gap]:
    """What the answer cannot hold, by Microsoft's own clock."""
    gaps: list[Gap] = []
    most = min(ROW_LIMIT, hunt.most_rows or ROW_LIMIT)
    if rows >= most:
        detail = f"the answer was cut at {most:,} rows; take a shorter time"
        gaps.append(Gap(source=source(hunt), reason="truncated", detail=detail))
    horizon = now - HORIZON
    # The clocks of a request and its answer differ by seconds; an hour is what matters here.
    if span.since < horizon - timedelta(hours=1):
        detail = f"advanced hunting keeps 30 days: nothing before {horizon:%Y-%m-%d %H:%M} UTC"
        gaps.append(Gap(source=source(hunt), reason="horizon", detail=detail))
    fresh_until = now - hunt.lag
    if rows == 0 and span.around > fresh_until:
        detail = f"events after {fresh_until:%Y-%m-%d %H:%M} UTC may not have arrived yet"
        gaps.append(Gap(source=source(hunt), reason="lag", detail=detail, fresh_until=fresh_until))
    return gaps
