"""An application that may act for a user or for the whole organisation, as Entra lists it now."""

from datetime import datetime

from evidence.app_consent import GivenFor
from evidence.model import Evidence, JsonObject


class GrantedApp(Evidence):
    """One grant to one application that is in force."""

    id: str
    """Of the oauth2PermissionGrant or appRoleAssignment."""
    app_id: str
    name: str = ""
    service_principal_id: str = ""
    given_for: GivenFor = "user"
    scopes: tuple[str, ...] = ()
    mail_scopes: tuple[str, ...] = ()
    """Those of the scopes that open mail, mailbox settings or all of Exchange."""
    resource: str = ""
    """Display name of the API, e.g. `Microsoft Graph`."""
    publisher: str = ""
    """Verified publisher's name; empty when it is not verified."""
    home_tenant_id: str = ""
    """The tenant that registered the application."""
    first_party: bool = False
    """Registered by Microsoft itself."""
    created: datetime | None = None
    """When the service principal came into being here."""
    enabled: bool = True
    reply_urls: tuple[str, ...] = ()
    raw: JsonObject = {}


class AppConsents(Evidence):
    """The answer of `list_app_consents`: the user's own grants, and those for everybody that open
    mail."""

    user: str
    apps: tuple[GrantedApp, ...]
