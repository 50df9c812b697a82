"""How a user proves who he is: methods, their changes, and the devices registered to him."""

from datetime import datetime

from evidence.model import Evidence, JsonObject


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
