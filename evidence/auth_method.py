"""How a user proves who he is: methods, their changes, and the devices registered to him."""

from datetime import datetime

from evidence.addresses import network_address
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, moment, objects, text

_KEPT_DIGITS = 4
# Microsoft Entra audit log categories and activities: what registers, changes or removes a way to
# prove an identity, or a device. Names are added over the years, hence parts of them.
_ABOUT = (
    "app password",
    "application password",
    "fido2",
    "passkey",
    "phone sign-in",
    "register device",
    "registered owner",
    "registered users",
    "security info",
    "strong authentication",
    "temporary access pass",
    "windows hello",
)
_UNDECIDED = (" started ", " cancelled ", " canceled ", " reviewed ")
"""A registration that was begun, broken off or only looked at changes nothing."""
_STRONG = "strongauthentication"
"""`Update user` sets properties of this name when a method changes."""


class AuthMethod(Evidence):
    """One registered method."""

    id: str
    kind: str
    """The type without its namespace, e.g. `phoneAuthenticationMethod`."""
    name: str = ""
    """What tells it from others: a device's name, the last digits of a phone number."""
    created: datetime | None = None
    raw: JsonObject = {}


class AuthMethodChange(Evidence):
    """A method or device was registered, changed or deleted, as Entra's audit log tells."""

    id: str
    at: datetime
    activity: str
    """`activityDisplayName`, e.g. `User registered security info`."""
    what: str = ""
    """`resultReason` or the target, in Entra's words."""
    actor: str = ""
    ip_address: str | None = None
    succeeded: bool = True
    raw: JsonObject = {}


class RegisteredDevice(Evidence):
    """A device that the user registered."""

    id: str
    name: str = ""
    system: str = ""
    registered: datetime | None = None
    managed: bool | None = None
    compliant: bool | None = None
    raw: JsonObject = {}


class AuthMethods(Evidence):
    """The answer of `list_auth_methods`."""

    user: str
    since: datetime
    until: datetime
    """Span of the changes."""
    methods: tuple[AuthMethod, ...]
    changes: tuple[AuthMethodChange, ...] = ()
    """Newest first."""
    devices: tuple[RegisteredDevice, ...] = ()


def method_from_graph(payload: JsonObject) -> AuthMethod:
    """Reads an authenticationMethod of any type, also of one that is not known yet."""
    return AuthMethod(
        id=text(payload, "id") or "",
        kind=(text(payload, "@odata.type") or "").rpartition(".")[2],
        name=_name(payload),
        # Security keys have been seen with the other spelling (Graph: List methods, example).
        created=moment(payload, "createdDateTime") or moment(payload, "creationDateTime"),
        raw=payload,
    )


def change_from_graph(payload: JsonObject) -> AuthMethodChange | None:
    """Reads a directoryAudit; None for one that changes neither a method nor a device, and for
    one without a time.
    """
    activity = text(payload, "activityDisplayName") or ""
    at = moment(payload, "activityDateTime")
    if at is None or not (_is_about_methods(activity) or _changes_methods(payload)):
        return None
    by = "initiatedBy"
    actor = (
        text(payload, by, "user", "userPrincipalName")
        or text(payload, by, "app", "displayName")
        or text(payload, by, "user", "id")
        or text(payload, by, "app", "servicePrincipalName")
    )
    return AuthMethodChange(
        id=text(payload, "id") or "",
        at=at,
        activity=activity,
        what=_what(payload),
        actor=actor or "",
        ip_address=network_address(text(payload, by, "user", "ipAddress")),
        succeeded=(text(payload, "result") or "success").lower() == "success",
        raw=payload,
    )


def device_from_graph(payload: JsonObject) -> RegisteredDevice | None:
    """Reads a registered device; None for the other kinds of object among them."""
    kind = text(payload, "@odata.type") or "device"
    if kind.rpartition(".")[2] != "device":
        return None
    system = (text(payload, "operatingSystem"), text(payload, "operatingSystemVersion"))
    return RegisteredDevice(
        id=text(payload, "id") or "",
        name=text(payload, "displayName") or "",
        system=" ".join(word for word in system if word),
        registered=moment(payload, "registrationDateTime"),
        managed=flag(payload, "isManaged"),
        compliant=flag(payload, "isCompliant"),
        raw=payload,
    )


def _name(payload: JsonObject) -> str:
    named = text(payload, "displayName") or text(payload, "emailAddress")
    if named:
        return named
    digits = [each for each in text(payload, "phoneNumber") or "" if each.isdecimal()]
    if not digits:
        return text(payload, "model") or ""
    kind = text(payload, "phoneType") or "phone"
    return f"{kind} …{''.join(digits[-_KEPT_DIGITS:])}"


def _is_about_methods(activity: str) -> bool:
    lowered = activity.lower()
    undecided = any(word in f" {lowered} " for word in _UNDECIDED)
    return not undecided and any(word in lowered for word in _ABOUT)


def _changes_methods(payload: JsonObject) -> bool:
    return any(
        (text(changed, "displayName") or "").lower().startswith(_STRONG)
        for target in objects(payload, "targetResources")
        for changed in objects(target, "modifiedProperties")
    )


def _what(payload: JsonObject) -> str:
    targets = objects(payload, "targetResources")
    # The user is a target, too; what was registered tells more.
    named = [
        name
        for target in targets
        if (text(target, "type") or "").lower() != "user" and (name := text(target, "displayName"))
    ]
    return text(payload, "resultReason") or ", ".join(named)
