"""Access that was given to an application, as Entra's records in the audit log tell of it."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from evidence.addresses import is_object_id
from evidence.audit_event import AuditEvent
from evidence.model import Evidence, JsonObject
from evidence.reading import embedded, items, number, objects, text

GivenFor = Literal["user", "everybody", "application"]
"""On behalf of one user, of everybody, or as an application of its own, without any user."""

_NAME = 1
"""The type of a display name among the targets (Management Activity API: IdentityTypeValuePair)."""
_SERVICE_PRINCIPAL = "ServicePrincipal_"
_GRANT = re.compile(
    r"ClientId: (?P<client>[^,\]]*), PrincipalId: (?P<principal>[^,\]]*), "
    r"ResourceId: [^,\]]*, ConsentType: (?P<type>\w*), Scope: (?P<scope>[^,\]]*)"
)


class AppConsent(Evidence):
    """One act of giving an application access."""

    event_id: str
    at: datetime
    operation: str
    actor: str
    app_id: str = ""
    """The application's own id, the same in every organization; empty where a record lacks it."""
    object_id: str = ""
    """Of the application's service principal in this organization."""
    app_name: str = ""
    given_for: GivenFor = "user"
    scopes: tuple[str, ...] = ()
    by_admin: bool = False
    """Whether it was given with an administrator's rights."""
    ip_address: str | None = None
    """As the record has it: at times one of Microsoft's consent page, not the user's."""


class AppArrival(Evidence):
    """An application's service principal came into being in this organization."""

    event_id: str
    at: datetime
    actor: str
    app_id: str
    app_name: str = ""
    ip_address: str | None = None


def consent(event: AuditEvent) -> AppConsent | None:
    """Reads a record of one of the five operations that give access; None for any other."""
    match event.operation.lower():
        case "consent to application":
            return _consent(event)
        case "add delegated permission grant" | "add oauth2permissiongrant":
            return _delegated(event)
        case "add app role assignment to service principal":
            return _application(event)
        case "add app role assignment grant to user":
            return _given(event, "user", ())
        case _:
            return None


def arrival(event: AuditEvent) -> AppArrival | None:
    """Reads the record of a new service principal; None for any other."""
    app_id = event.object_id
    if event.operation.lower() != "add service principal" or not is_object_id(app_id):
        return None
    return AppArrival(
        event_id=event.id,
        at=event.at,
        actor=event.actor,
        app_id=app_id.lower(),
        app_name=_display_name(event.raw),
        ip_address=event.ip_address,
    )


def _consent(event: AuditEvent) -> AppConsent:
    """The permissions after the consent stand to the right of `=>`, those before to the left."""
    after = _changed(event.raw, "ConsentAction.Permissions").rpartition("=>")[2]
    grants = list(_GRANT.finditer(after))
    everybody = _changed(event.raw, "ConsentContext.OnBehalfOfAll").lower() == "true"
    app_only = _changed(event.raw, "ConsentContext.IsAppOnly").lower() == "true"
    everybody |= any(grant["type"] == "AllPrincipals" for grant in grants)
    given_for: GivenFor = "application" if app_only else "everybody" if everybody else "user"
    scopes = (scope for grant in grants for scope in grant["scope"].split())
    client = next((grant["client"] for grant in grants), "")
    return _given(event, given_for, scopes, client)


def _delegated(event: AuditEvent) -> AppConsent:
    """Its object is the resource; the application stands among what changed."""
    everybody = _changed(event.raw, "DelegatedPermissionGrant.ConsentType") == "AllPrincipals"
    return _of_client(
        event,
        "everybody" if everybody else "user",
        _changed(event.raw, "DelegatedPermissionGrant.Scope").split(),
    )


def _application(event: AuditEvent) -> AppConsent:
    return _of_client(event, "application", _changed(event.raw, "AppRole.Value").split())


def _of_client(event: AuditEvent, given_for: GivenFor, scopes: Iterable[str]) -> AppConsent:
    client = {
        "object_id": _changed(event.raw, "ServicePrincipal.ObjectID"),
        "app_id": _changed(event.raw, "ServicePrincipal.AppId").lower(),
        "app_name": _changed(event.raw, "ServicePrincipal.DisplayName"),
    }
    return _given(event, given_for, scopes).model_copy(update=client)


def _given(
    event: AuditEvent, given_for: GivenFor, scopes: Iterable[str], object_id: str = ""
) -> AppConsent:
    """The target of the record is the application."""
    return AppConsent(
        event_id=event.id,
        at=event.at,
        operation=event.operation,
        actor=event.actor,
        app_id=event.object_id.lower() if is_object_id(event.object_id) else "",
        object_id=object_id or _principal(event.raw),
        app_name=_display_name(event.raw),
        given_for=given_for,
        scopes=tuple(dict.fromkeys(scopes)),
        by_admin=_changed(event.raw, "ConsentContext.IsAdminConsent").lower() == "true",
        ip_address=event.ip_address,
    )


def _changed(record: JsonObject, name: str) -> str:
    """A property's new value: plain text, in quotation marks, or JSON text of a list of one."""
    for entry in objects({"list": embedded(record, "ModifiedProperties")}, "list"):
        if text(entry, "Name") == name:
            value = next(iter(items({"value": embedded(entry, "NewValue")}, "value")), None)
            return str(value).strip('"') if isinstance(value, str | bool) else ""
    return ""


def _targets(record: JsonObject) -> list[JsonObject]:
    return objects({"list": embedded(record, "Target")}, "list")


def _display_name(record: JsonObject) -> str:
    named = (text(entry, "ID") for entry in _targets(record) if number(entry, "Type") == _NAME)
    return next((name for name in named if name), "")


def _principal(record: JsonObject) -> str:
    """The object id of the service principal among the targets."""
    ids = (text(entry, "ID") or "" for entry in _targets(record))
    found = next((each for each in ids if each.startswith(_SERVICE_PRINCIPAL)), "")
    return found.removeprefix(_SERVICE_PRINCIPAL)
