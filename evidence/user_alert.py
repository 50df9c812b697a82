"""An alert of Microsoft Defender XDR in whose evidence a user stands."""

from collections.abc import Collection, Iterator
from datetime import datetime

from evidence.model import Evidence, JsonObject
from evidence.reading import distinct, get, moment, objects, text, texts

# Where the types of evidence name an account (Graph: alertEvidence and the types derived from it).
_ACCOUNTS = (
    ("userAccount", "azureAdUserId"),
    ("userAccount", "userPrincipalName"),
    ("account", "userAccount", "azureAdUserId"),
    ("account", "userAccount", "userPrincipalName"),
    ("upn",),
    ("primaryAddress",),
    ("submitter",),
)
_SENDERS = (
    ("p1Sender", "emailAddress"),
    ("p2Sender", "emailAddress"),
    ("sender",),
    ("senderFromAddress",),
)
_RECIPIENTS = (("recipientEmailAddress",), ("recipient",))


class UserAlert(Evidence):
    """One alert."""

    id: str
    provider_id: str = ""
    title: str = ""
    severity: str = ""
    status: str = ""
    classification: str = ""
    determination: str = ""
    category: str = ""
    service_source: str = ""
    incident_id: str = ""
    created: datetime
    first_activity: datetime | None = None
    last_activity: datetime | None = None
    roles: tuple[str, ...] = ()
    """The user's in its evidence, e.g. `compromised`, `destination`; empty when none is stated.
    `sender` and `recipient` for the messages in it."""
    devices: tuple[str, ...] = ()
    """Names of devices in its evidence."""
    ip_addresses: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    url: str = ""
    raw: JsonObject = {}


class UserAlerts(Evidence):
    """The answer of `get_user_alerts`, newest first."""

    user: str
    since: datetime
    until: datetime
    alerts: tuple[UserAlert, ...]


class NotReadable(ValueError):
    """An alert without a time or without a list of evidence: nobody can tell whose it is."""


def from_graph(payload: JsonObject, names: Collection[str]) -> UserAlert | None:
    """Reads an alert (Graph: alerts_v2) in whose evidence the user of these names stands.

    `names` are every object id, principal name and address of the user, lower-cased. None for an
    alert about others. Raises NotReadable.
    """
    evidence = objects(payload, "evidence")
    if not isinstance(get(payload, "evidence"), list):
        raise NotReadable("the alert has no list of evidence")
    his = [(entry, found) for entry in evidence if (found := [*_parts(entry, names)])]
    if not his:
        return None
    created = (
        moment(payload, "createdDateTime")
        or moment(payload, "firstActivityDateTime")
        or moment(payload, "lastUpdateDateTime")
    )
    if created is None:
        raise NotReadable("the alert has no time")
    roles = (
        role
        for entry, found in his
        for role in (*(texts(entry, "roles") if "account" in found else ()), *found)
    )
    return UserAlert(
        id=text(payload, "id") or "",
        provider_id=text(payload, "providerAlertId") or "",
        title=text(payload, "title") or "",
        severity=text(payload, "severity") or "",
        status=text(payload, "status") or "",
        classification=text(payload, "classification") or "",
        determination=text(payload, "determination") or "",
        category=text(payload, "category") or "",
        service_source=text(payload, "serviceSource") or "",
        incident_id=text(payload, "incidentId") or "",
        created=created,
        first_activity=moment(payload, "firstActivityDateTime"),
        last_activity=moment(payload, "lastActivityDateTime"),
        roles=tuple(role for role in distinct(roles) if role not in ("account", "unknown")),
        devices=distinct(
            name
            for entry in evidence
            if (name := text(entry, "deviceDnsName") or text(entry, "hostName"))
        ),
        ip_addresses=distinct(
            address
            for entry in evidence
            if _is(entry, "ipEvidence") and (address := text(entry, "ipAddress"))
        ),
        techniques=texts(payload, "mitreTechniques"),
        url=text(payload, "alertWebUrl") or "",
        raw=payload,
    )


def _parts(entry: JsonObject, names: Collection[str]) -> Iterator[str]:
    """The parts that the user plays in one piece of evidence: `account`, `sender`, `recipient`."""
    for part, paths in (("account", _ACCOUNTS), ("sender", _SENDERS), ("recipient", _RECIPIENTS)):
        if any((text(entry, *path) or "").lower() in names for path in paths):
            yield part


def _is(entry: JsonObject, kind: str) -> bool:
    return (text(entry, "@odata.type") or "").endswith(f".{kind}")
