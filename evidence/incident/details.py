"""What an alert says under names of its own: SRL, RL, MTI, FT, the forwarder, addresses, times.

No public sample shows under which names, or in which of its parts (custom details, additional
data, extended properties, the audit log's `Data`), an alert carries what the portal calls SRL, RL,
MTI and FT. So every name is compared without case, blanks and signs, wherever it stands.
"""

from evidence.incident.body import Node, member_place
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
from evidence.incident.prose import read_prose
from evidence.indicators import ForwardingType
from evidence.reading import moment, text

_RECIPIENTS = dict.fromkeys(
    "srl rl suspiciousrecipientslist suspiciousrecipientlist suspiciousrecipients recipientslist "
    "recipientlist".split(),
    Trust.STATED,
) | dict.fromkeys(
    # The parameters of the cmdlets that set up forwarding, and what hunts name their columns.
    "recipients forwardedto forwardto forwardasattachmentto redirectto forwardingsmtpaddress "
    "forwardingaddress redirectmessageto blindcopyto forwardingrecipients destinations".split(),
    Trust.SHOWN,
)
_MESSAGES = dict.fromkeys(("mti", "messagetraceid", "networkmessageid"), Trust.STATED) | {
    # A cluster also holds mail that is only similar.
    "networkmessageids": Trust.SHOWN
}
_FORWARDING = frozenset({"ft", "forwardingtype"})
_OPERATION = frozenset({"operation", "actiontype", "op", "activity", "activitytype"})
_FORWARDING_BY_OPERATION: dict[str, ForwardingType] = {
    "new-inboxrule": "InboxRule",
    "set-inboxrule": "InboxRule",
    "updateinboxrules": "InboxRule",
    "set-mailbox": "SMTP",
    "new-transportrule": "ETR",
    "set-transportrule": "ETR",
}
_ADDRESSES = dict.fromkeys(
    "ip ips ipaddress ipaddresses address clientip clientipaddress actoripaddress "
    "sourceip sourceipaddress".split(),
    Trust.SHOWN,
) | {
    # The server that a message came from is seldom the place that somebody signed in from.
    "senderip": Trust.IMPLIED,
}
_FORWARDER = frozenset(
    "forwarder forwardinguser forwardingaccount forwardingmailbox forwardedby".split()
)
_TIMES = {
    "starttimeutc": (Topic.FIRST, Trust.STATED),
    "starttime": (Topic.FIRST, Trust.STATED),
    "firstactivitydatetime": (Topic.FIRST, Trust.STATED),
    "ts": (Topic.FIRST, Trust.STATED),
    "endtimeutc": (Topic.LAST, Trust.STATED),
    "endtime": (Topic.LAST, Trust.STATED),
    "lastactivitydatetime": (Topic.LAST, Trust.STATED),
    "te": (Topic.LAST, Trust.STATED),
    "firstactivitytimeutc": (Topic.FIRST, Trust.SHOWN),
    "lastactivitytimeutc": (Topic.LAST, Trust.SHOWN),
    # An alert is made after what it tells of: its making is the latest possible end.
    "timegenerated": (Topic.LAST, Trust.WORDED),
    "createdtimeutc": (Topic.LAST, Trust.WORDED),
    "createddatetime": (Topic.LAST, Trust.WORDED),
}
_MESSAGE_TIMES = frozenset({"receivedate", "receiveddatetime"})
_PROSE = frozenset({"description", "alertdescription"})


def read_detail(node: Node, notes: Notes) -> None:
    """Writes down what a simple value tells by its name; most names tell nothing."""
    if isinstance(node.value, dict):
        _read_object(node, notes)
        return
    if not isinstance(node.value, str | int) or isinstance(node.value, bool):
        return
    key, value, where = node.key, str(node.value).strip(), node.place
    if key in _RECIPIENTS:
        notes.note(Topic.RECIPIENTS, _RECIPIENTS[key], smtp_addresses(value), where)
    elif key in _MESSAGES:
        notes.note(Topic.MESSAGES, _MESSAGES[key], message_ids(value), where)
    elif key in _ADDRESSES:
        notes.note(Topic.ADDRESSES, _ADDRESSES[key], ip_addresses(value), where)
    elif key in _FORWARDING:
        kind = forwarding_type(value)
        notes.note(Topic.FORWARDING, Trust.STATED, [kind] if kind else [], where)
    elif key in _OPERATION:
        kind = _FORWARDING_BY_OPERATION.get(value.lower())
        notes.note(Topic.FORWARDING, Trust.SHOWN, [kind] if kind else [], where)
    elif key in _FORWARDER:
        for name in parts(value):
            notes.mention(account_named(name), Role.FORWARDER, where)
    elif key in _TIMES or key in _MESSAGE_TIMES:
        _read_time(node, notes)
    elif key in _PROSE:
        read_prose(value, where, notes)


def _read_object(node: Node, notes: Notes) -> None:
    if node.key in _FORWARDER:
        read = account_of(node.value)
        if read is not None:
            notes.mention(read[0], Role.FORWARDER, member_place(node.place, node.value, *read[1]))
    # The audit log's blob on an alert: `f3u` is a user, `eid` the entity and `etype` its type.
    about = text(node.value, "f3u")
    if about is not None:
        where = member_place(node.place, node.value, "f3u")
        notes.mention(account_named(about), Role.SUBJECT, where)
    for name, type_name in (("eid", "etype"), ("AlertEntityId", "EntityType")):
        entity = text(node.value, name)
        if entity is None:
            continue
        kind = (text(node.value, type_name) or "").lower()
        where = member_place(node.place, node.value, name)
        if kind == "user":
            notes.mention(account_named(entity), Role.SUBJECT, where)
        elif kind == "recipients":
            notes.note(Topic.RECIPIENTS, Trust.SHOWN, smtp_addresses(entity), where)


def _read_time(node: Node, notes: Notes) -> None:
    at = moment(node.value)
    if at is None:
        return
    if node.key in _MESSAGE_TIMES:
        for topic in (Topic.FIRST, Topic.LAST):
            notes.note(topic, Trust.IMPLIED, [at.isoformat()], node.place)
    else:
        topic, trust = _TIMES[node.key]
        notes.note(topic, trust, [at.isoformat()], node.place)
