"""Plain fields that a responder types when there is no incident to hand over."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from evidence.incident.body import Place, UnknownIncident, plain
from evidence.incident.entities import account_named, account_of
from evidence.incident.notes import (
    Notes,
    Role,
    Topic,
    Trust,
    forwarding_type,
    ip_addresses,
    message_ids,
    parts,
    smtp_addresses,
)
from evidence.model import JsonObject
from evidence.reading import items, moment, text


def read_typed(body: JsonObject, notes: Notes) -> str | None:
    """Writes down what a responder typed, and returns the incident's id.

    What cannot be understood is not passed over, since a typing error would go unnoticed: it
    raises UnknownIncident with the name of the field.
    """
    incident: str | None = None
    known = {name for name in body if plain(name) in _KNOWN}
    for name in body:
        key = plain(name)
        if known and name not in known:
            raise UnknownIncident("is not a field of an incident that is typed", name)
        if key in _INCIDENT:
            incident = text(body, name)
        elif key in _FORWARDER:
            _read_forwarder(body, name, notes)
        elif key in _FIELDS:
            _read_field(_FIELDS[key], body, name, notes)
    return incident


class _Field(NamedTuple):
    topics: tuple[Topic, ...]
    read: Callable[[str], Iterable[str]]
    noun: str


def _forwarding_types(value: str) -> list[str]:
    kind = forwarding_type(value)
    return [kind] if kind else []


def _times(value: str) -> list[str]:
    at = moment(value)
    return [at.isoformat()] if at else []


_INCIDENT = frozenset({"incident", "incidentid"})
_FORWARDER = frozenset({"forwarder", "mailbox", "user", "account"})
_RECIPIENTS = _Field((Topic.RECIPIENTS,), smtp_addresses, "a mail address")
_MESSAGES = _Field((Topic.MESSAGES,), message_ids, "a network message id")
_FORWARDING = _Field((Topic.FORWARDING,), _forwarding_types, "one of InboxRule, SMTP and ETR")
_ADDRESSES = _Field((Topic.ADDRESSES,), ip_addresses, "an IP address")
_TIME = "a time such as 2026-01-31T12:00:00Z"
_FIELDS = {
    **dict.fromkeys(("recipients", "recipient", "srl", "rl"), _RECIPIENTS),
    **dict.fromkeys(
        ("messageids", "messageid", "networkmessageids", "networkmessageid", "mti"), _MESSAGES
    ),
    **dict.fromkeys(("forwardingtype", "ft"), _FORWARDING),
    **dict.fromkeys(("ipaddresses", "ipaddress", "ips", "ip"), _ADDRESSES),
    "firstactivity": _Field((Topic.FIRST,), _times, _TIME),
    "lastactivity": _Field((Topic.LAST,), _times, _TIME),
    **dict.fromkeys(("time", "at"), _Field((Topic.FIRST, Topic.LAST), _times, _TIME)),
}


_KNOWN = _INCIDENT | _FORWARDER | _FIELDS.keys()


def _read_field(field: _Field, body: JsonObject, name: str, notes: Notes) -> None:
    for value in _words(body, name):
        found = list(field.read(value))
        if not found:
            raise UnknownIncident(f"{value[:80]!r} is not {field.noun}", name)
        for topic in field.topics:
            notes.note(topic, Trust.STATED, found, Place().to(name))


def _read_forwarder(body: JsonObject, name: str, notes: Notes) -> None:
    where = Place().to(name)
    accounts = [read[0] for item in items(body, name) if (read := account_of(item))]
    if not accounts:
        accounts = [account_named(word) for word in _words(body, name)]
    for account in accounts:
        notes.mention(account, Role.FORWARDER, where)


def _words(body: JsonObject, name: str) -> Iterator[str]:
    """The items of a typed list, whether it was typed as a list or as one string."""
    for item in items(body, name):
        if isinstance(item, str):
            yield from parts(item)
        elif item is not None:
            raise UnknownIncident(f"{str(item)[:80]!r} is not text", name)
