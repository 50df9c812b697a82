"""Reads a body: tells its kind, walks through the parts that count, and answers the indicators."""

from collections.abc import Iterable

from evidence.incident import defender, sentinel
from evidence.incident.answer import to_indicators
from evidence.incident.body import Place, UnknownIncident, walk
from evidence.incident.case import Case, Part
from evidence.incident.details import read_detail
from evidence.incident.entities import read_entity
from evidence.incident.notes import Notes, Topic, Trust
from evidence.incident.typed import read_typed
from evidence.indicators import Indicators
from evidence.model import JsonObject

_SHAPES = (
    sentinel.read_incident,
    sentinel.read_alert,
    defender.read_incident,
    defender.read_alert,
)
_BY_INBOX_RULE = frozenset({"suspiciousInboxForwardingRule", "suspiciousInboxManipulationRule"})


def parse_incident(body: JsonObject) -> Indicators:
    """Reads the body of an incident or alert.

    It may be what Sentinel's incident trigger or alert trigger sends, an incident of Azure
    Resource Manager, an alert or an incident of Defender XDR from Graph, or the plain fields
    `forwarder`, `recipients`, `messageIds`, `forwardingType`, `ipAddresses`, `firstActivity`,
    `lastActivity` and `incident`. Raises UnknownIncident for anything else, for a body in which
    there is nothing, and for a typed field that cannot be understood.
    """
    if not isinstance(body, dict):  # pyright: ignore[reportUnnecessaryIsInstance] - it is JSON
        raise UnknownIncident("The body is not a JSON object")
    notes = Notes()
    case = next((case for read in _SHAPES if (case := read(body)) is not None), None)
    if case is None:
        case = Case(read_typed(body, notes), "", (), Part({}, Place()))
    else:
        _read_case(case, notes)
    if not (case.incident or case.title or case.alerts or notes.facts or notes.mentions):
        members = ", ".join(name[:40] for name in list(body)[:10])
        raise UnknownIncident(
            "The body holds nothing that an incident, an alert or a responder would tell; "
            f"its members are: {members or 'none'}"
        )
    return to_indicators(case, notes)


def _read_case(case: Case, notes: Notes) -> None:
    _read_parts(case.telling, notes)
    for alert in case.alerts:
        if alert.reference.kind in _BY_INBOX_RULE:
            notes.note(Topic.FORWARDING, Trust.IMPLIED, ["InboxRule"], alert.part.place)
    elsewhere = Notes()
    _read_parts(case.others, elsewhere)
    notes.mentions += [mention._replace(elsewhere=True) for mention in elsewhere.mentions]


def _read_parts(parts: Iterable[Part], notes: Notes) -> None:
    for content, place in parts:
        for node in walk(content, place):
            read_entity(node, notes)
            read_detail(node, notes)
