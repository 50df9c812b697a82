"""An application that may act for a user or for the whole organisation, as Entra lists it now."""

import re
from collections.abc import Iterable
from datetime import datetime

from evidence.app_consent import GivenFor
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, moment, objects, text, texts

_MICROSOFT = frozenset(
    ["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"]
)
"""The tenants in which Microsoft registers its own applications (Verify first-party Microsoft
applications in sign-in reports)."""
# Microsoft Graph and Office 365 Exchange Online permissions that reach mail, the settings of a
# mailbox, or everything in Exchange.
_MAIL = re.compile(
    r"mail\.|mailboxsettings\.|mailbox(?:folder|item)\.|full_access_as_|ews\.|imap\.|pop\.|eas\.|"
    r"smtp\.send|exchange\.manage",
    re.IGNORECASE,
)


class GrantedApp(Evidence):
    """One grant to one application that is in force."""

    id: str
    """Of the oauth2PermissionGrant or appRoleAssignment."""
    app_id: str
    """Empty where the application's service principal could not be read."""
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
    granted: datetime | None = None
    """When it was assigned: to the user with his first consent, or as an application permission.
    A grant for everybody has no date."""
    created: datetime | None = None
    """When the service principal came into being here; None where Graph does not say."""
    enabled: bool = True
    reply_urls: tuple[str, ...] = ()
    raw: JsonObject = {}


class AppConsents(Evidence):
    """The answer of `list_app_consents`: the user's own grants, and those that open everybody's
    mail: given for everybody, or to an application of its own."""

    user: str
    apps: tuple[GrantedApp, ...]


def mail_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Those permissions that open mail, mailbox settings or all of Exchange.

    The address of the service before a permission is no part of its name.
    """
    return tuple(scope for scope in scopes if _MAIL.match(scope.rpartition("/")[2]))


def from_grant(payload: JsonObject) -> GrantedApp:
    """Reads an oAuth2PermissionGrant; whose application it is, `with_principal` adds."""
    everybody = (text(payload, "consentType") or "").lower() == "allprincipals"
    scopes = tuple(dict.fromkeys((text(payload, "scope") or "").split()))
    return GrantedApp(
        id=text(payload, "id") or "",
        app_id="",
        service_principal_id=text(payload, "clientId") or "",
        given_for="everybody" if everybody else "user",
        scopes=scopes,
        mail_scopes=mail_scopes(scopes),
        resource=text(payload, "resourceId") or "",
        raw=payload,
    )


def from_assignment(payload: JsonObject, api: JsonObject) -> GrantedApp:
    """Reads an appRoleAssignment of an application on an API, whose service principal names the
    roles. A role that it does not name keeps its id.
    """
    role = text(payload, "appRoleId") or ""
    named = {
        (text(each, "id") or "").lower(): text(each, "value") for each in objects(api, "appRoles")
    }
    scope = named.get(role.lower()) or role
    return GrantedApp(
        id=text(payload, "id") or "",
        app_id="",
        name=text(payload, "principalDisplayName") or "",
        service_principal_id=text(payload, "principalId") or "",
        given_for="application",
        scopes=(scope,) if scope else (),
        mail_scopes=mail_scopes([scope]),
        resource=text(payload, "resourceDisplayName") or text(api, "displayName") or "",
        granted=moment(payload, "createdDateTime"),
        raw=payload,
    )


def with_principal(app: GrantedApp, principal: JsonObject) -> GrantedApp:
    """The same grant with what the application's service principal says of it."""
    home = text(principal, "appOwnerOrganizationId") or ""
    return app.model_copy(
        update={
            "app_id": (text(principal, "appId") or "").lower(),
            "name": text(principal, "displayName") or text(principal, "appDisplayName") or app.name,
            "publisher": text(principal, "verifiedPublisher", "displayName") or "",
            "home_tenant_id": home,
            "first_party": home.lower() in _MICROSOFT,
            # Sent by Graph, though its reference does not list it.
            "created": moment(principal, "createdDateTime"),
            "enabled": flag(principal, "accountEnabled") is not False,
            "reply_urls": texts(principal, "replyUrls"),
        }
    )
