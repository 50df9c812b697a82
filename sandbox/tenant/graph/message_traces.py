"""Exchange's message trace in Graph (List messageTraces; exchangeMessageTrace resource type)."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import AwareDatetime, JsonValue, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.odata import (
    context_url,
    evolved,
    filter_of,
    option,
    page,
    page_size,
    refuse_unknown_options,
)
from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Filter, Resource, by_text, by_time
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso
from sandbox.tenant.tracing import TracedMessage, traced_mail

_LONGEST = timedelta(days=10)
_KEPT = timedelta(days=90)
_WITHOUT_BOUNDS = timedelta(hours=48)
_LATER_MEMBERS = {"status": ("recalled",)}
_BOUND = re.compile(r"\breceivedDateTime\s+(ge|le)\s+([0-9TZ:.+-]+)", re.IGNORECASE)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_EXACT: Filter = by_text("eq")
_TRACE = Resource(
    "microsoft.graph.exchangeMessageTrace",
    (
        "fromIP id messageId receivedDateTime recipientAddress senderAddress size status subject "
        "toIP"
    ).split(),
    "outlook",
    {
        "fromIP": _EXACT,
        "id": _EXACT,
        "messageId": _EXACT,
        "receivedDateTime": by_time("ge", "le"),
        "recipientAddress": _EXACT,
        "senderAddress": _EXACT,
        "status": _EXACT,
        "subject": by_text("contains", "startswith", "endswith"),
        "toIP": _EXACT,
    },
)


class MessageTraces:
    """What became of mail, by Exchange's own account of it."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self, version: str) -> list[Route]:
        """Paths below v1.0; beta's older shape of them is another one."""
        if version != "v1.0":
            return []
        root = f"/{version}/admin/exchange/tracing/messageTraces"
        details = f"{root}/{{trace}}/getDetailsByRecipient(recipientAddress='{{recipient}}')"
        return [
            Route(root, self.traces, methods=["GET"]),
            Route(details, self.details, methods=["GET"]),
        ]

    async def traces(self, request: Request) -> Response:
        """List messageTraces, the newest first: ten days at a time of the last ninety."""
        refuse_unknown_options(request, ("$filter", "$top", "$skiptoken"))
        self._is_provisioned()
        size = page_size(request, 1000, 5000)
        since, until = self._window(option(request, "$filter") or "")
        test = filter_of(request, _TRACE)
        found = [one for one in self._traced() if since <= one.at <= until]
        found.sort(key=lambda one: one.at, reverse=True)
        rows = (row for one in found if test(row := _resource(one)))
        rows = (evolved(request, row, _LATER_MEMBERS) for row in rows)
        return JSONResponse(page(request, "admin/exchange/tracing/messageTraces", rows, size))

    async def details(self, request: Request) -> Response:
        """exchangeMessageTrace: getDetailsByRecipient."""
        refuse_unknown_options(request)
        self._is_provisioned()
        wanted = request.path_params["trace"].casefold()
        recipient = request.path_params["recipient"].replace("''", "'").casefold()
        rows: list[JsonValue] = [
            {
                "id": one.id,
                "messageId": one.message_id,
                "dateTime": iso(step.at),
                "event": step.event,
                "action": step.action,
                "description": step.description,
                "data": step.data,
            }
            for one in self._traced()
            if one.id.casefold() == wanted and one.recipient.casefold() == recipient
            for step in one.steps
        ]
        context = context_url(request, "Collection(microsoft.graph.exchangeMessageTraceDetail)")
        return JSONResponse({"@odata.context": context, "value": rows})

    def _traced(self) -> Iterator[TracedMessage]:
        """What arrived until now, as far as it shows yet."""
        shown = self._clock.now() - self._state.delays.get("messageTraces", timedelta())
        told, rows = self._state.message_traces or (), self._state.hunting.get("EmailEvents", ())
        return (one for one in traced_mail(told, rows) if one.at <= shown)

    def _is_provisioned(self) -> None:
        """Without the service principal of message trace nothing is answered.

        exchangeMessageTrace resource type, "Prerequisites"; the words are not documented.
        """
        if self._state.message_traces is None and "EmailEvents" not in self._state.hunting:
            raise Problem(403, "Forbidden", "Message trace is not provisioned in this tenant.")

    def _window(self, wanted: str) -> tuple[datetime, datetime]:
        now = self._clock.now()
        try:
            given = {
                bound.lower(): _MOMENT.validate_python(at) for bound, at in _BOUND.findall(wanted)
            }
        except ValidationError as problem:
            raise Problem(400, "BadRequest", "receivedDateTime is not a valid time.") from problem
        if not given:
            return now - _WITHOUT_BOUNDS, now
        if set(given) != {"ge", "le"}:
            message = "Both bounds of receivedDateTime must be specified."
            raise Problem(400, "BadRequest", message)
        since, until = given["ge"], given["le"]
        if until - since > _LONGEST:
            raise Problem(400, "BadRequest", "The time interval must not exceed 10 days.")
        if since < now - _KEPT:
            message = "The start must not be more than 90 days before the current date."
            raise Problem(400, "BadRequest", message)
        if until > now:
            raise Problem(400, "BadRequest", "The end must not be later than the current date.")
        return since, until


def _resource(one: TracedMessage) -> JsonObject:
    return {
        "id": one.id,
        "senderAddress": one.sender,
        "recipientAddress": one.recipient,
        "messageId": one.message_id,
        "receivedDateTime": iso(one.at),
        "subject": one.subject,
        "size": one.size,
        "fromIP": one.from_ip,
        "toIP": one.to_ip,
        "status": one.status,
    }
