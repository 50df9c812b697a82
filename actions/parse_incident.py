"""Find in an incident who forwards, to whom, which messages, and in which way."""

from pydantic import ConfigDict, Field

from actions.catalog import Effect, action
from actions.problem import bad_field
from actions.requests import Request
from evidence.incident import UnknownIncident
from evidence.incident import parse_incident as parse
from evidence.indicators import Indicators


class ParseIncident(Request):
    """The body as it came: of Sentinel's incident or alert trigger, an alert of Graph's
    `alerts_v2`, or the fields below, typed by a responder.
    """

    model_config = ConfigDict(extra="allow")

    forwarder: str = Field(default="", description="Who forwards: a UPN, an address or an id")


@action(effect=Effect.JUDGE)
async def parse_incident(request: ParseIncident) -> Indicators:
    """Says for each fact where it was found, and names what the body does not hold."""
    body = request.model_dump(mode="json", by_alias=True, exclude_unset=True)
    try:
        return parse(body)
    except UnknownIncident as error:
        raise bad_field(error.field or "(body)", error.message) from error
