"""A labelled case as the playbook would have it: what it tells is answered, nothing else was asked.

Everything is read by the product's own parsers.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from bench.verdict import listing, record
from bench.verdict.answers import UNDATED, account, answer, organization
from bench.verdict.labelled import Context, LabelledCase, Unreadable, printable
from bench.verdict.whole import whole_case
from evidence.incident import UnknownIncident, parse_incident
from evidence.indicators import Indicators
from evidence.model import JsonObject
from evidence.reading import get
from triage.case import Case, case_from_answers

_SETTLED = timedelta(minutes=30)
"""How long after its last event a case is judged."""
_CHANGING = ("new-", "set-", "add-", "enable-", "disable-", "remove-", "update-")
_OF_A_PAGE = frozenset({"value", "@odata.context", "@odata.nextLink"})


def setting(case: LabelledCase) -> Case:
    """The case for judgement. Raises Unreadable where it does not hold what its kind promises."""
    parts, context = _parts(case.data), case.context
    if case.kind == "case":
        return whole_case(parts, context)
    if case.kind in ("alert", "incident"):
        return _alerted(parts, context)
    if case.kind == "ual_event" or (case.kind == "get_inboxrule" and _changes(context.cmdlet)):
        return _recorded(parts, context)
    mailbox = listing.owner(parts, context)
    if case.kind == "message_rule":
        listed = listing.by_graph(parts, mailbox)
    else:
        listed = listing.by_exchange(parts, mailbox, context.cmdlet)
    indicators = Indicators(forwarder=account(mailbox))
    return _case(context.as_of or UNDATED, indicators, context, [mailbox], [listed])


def _parts(data: JsonValue) -> list[JsonObject]:
    """One object or several; a page of Graph or Exchange holds them in `value`."""
    page = isinstance(data, dict) and "value" in data and data.keys() <= _OF_A_PAGE
    source = get(data, "value") if page else data
    parts = source if isinstance(source, list) else [source]
    found = [part for part in parts if isinstance(part, dict) and part]
    if not found or len(found) < len(parts):
        raise Unreadable("data: holds something that is no JSON object")
    return found


def _changes(cmdlet: str) -> bool:
    return cmdlet.lower().startswith(_CHANGING)


def _recorded(parts: Sequence[JsonObject], context: Context) -> Case:
    told = [record.told(part, context) for part in parts]
    if all(each.is_alert for each in told):
        return _alerted([each.event.raw for each in told], context)
    at = context.as_of or max(each.event.at for each in told) + _SETTLED
    domains = [name for each in told for name in each.named_domains]
    indicators = Indicators(forwarder=account(context.mailbox or told[0].mailbox))
    return _case(at, indicators, context, domains, list(record.answers(told, at)))


def _alerted(parts: Sequence[JsonObject], context: Context) -> Case:
    if len(parts) > 1:
        raise Unreadable("data: an incident is one JSON object")
    try:
        indicators = parse_incident(parts[0])
    except UnknownIncident as error:
        raise Unreadable(printable(f"data: {error}")) from error
    at = context.as_of or (indicators.last_activity or UNDATED) + _SETTLED
    return _case(at, indicators, context, [], [])


def _case(
    at: datetime,
    indicators: Indicators,
    context: Context,
    domains: Sequence[str],
    answers: Sequence[JsonObject],
) -> Case:
    tenant = organization(context, at, domains)
    known = [answer("get_organization", tenant)] if tenant else []
    given: list[JsonValue] = [*known, *answers]
    return case_from_answers(at, indicators, given)
