"""An alert of Microsoft Defender XDR in whose evidence a user stands."""

from datetime import datetime

from evidence.model import Evidence, JsonObject


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
    """The user's in its evidence, e.g. `compromised`, `destination`; empty when none is stated."""
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
