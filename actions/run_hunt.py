"""Ask one of the hunts its question, over a time around the moment."""

from datetime import timedelta

from pydantic import Field

from actions.catalog import Effect, action
from actions.needs import Graph, licence
from actions.problem import bad_field
from actions.requests import Identifier, ReadRequest
from evidence.hunt_result import HuntResult
from evidence.model import JsonObject
from microsoft365.hunting import TimeSpan, run, source
from microsoft365.kql import HuntArgumentError, hunts
from microsoft365.tenant import Tenant


class RunHunt(ReadRequest):
    """Which hunt, with what."""

    hunt: Identifier = Field(description="The name of a file in hunts/, without .kql")
    arguments: JsonObject = Field(
        default_factory=dict, description="The hunt's parameters, as its file names them"
    )
    days_before: int = Field(default=21, ge=1, le=30, description="How far back to look, in days")
    days_after: int = Field(default=1, ge=0, le=30, description="How far on to look, in days")


@action(
    effect=Effect.READ,
    needs=[
        Graph.THREAT_HUNTING_READ.need,
        licence("Microsoft Defender for Office 365 Plan 2"),
        licence("Microsoft Defender for Cloud Apps"),
    ],
    techniques=["T1114.003", "T1114.002"],
)
async def run_hunt(request: RunHunt, tenant: Tenant) -> HuntResult:
    """The gaps say when the row limit, the 30-day horizon, the deadline or lag cut the answer."""
    hunt = hunts().get(request.hunt)
    if hunt is None:
        raise bad_field("hunt", f"must be one of {', '.join(hunts())}")
    try:
        query = hunt.render(request.arguments)
    except HuntArgumentError as error:
        raise bad_field(f"arguments.{error.field}", error.message) from error
    span = TimeSpan(
        since=request.around - timedelta(days=request.days_before),
        until=request.around + timedelta(days=request.days_after),
        around=request.around,
    )
    result = await tenant.see(source(hunt), run(tenant, hunt, query, span))
    if result is not None:
        return result
    return HuntResult(hunt=hunt.name, since=span.since, until=span.until, columns=(), rows=())
