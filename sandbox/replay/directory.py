"""Entra's part of the audit log (RecordType 8): roles, groups, consents, passwords, accounts."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from sandbox.replay.audit import directory_users, first_value, is_guid, text
from sandbox.replay.people import People
from sandbox.tenant.applications import Grant, ServicePrincipal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import Group, User
from sandbox.tenant.state import TenantState

_GRANT = re.compile(
    r"ClientId: (?P<client>[^,\]]+), PrincipalId: (?P<principal>[^,\]]*), "
    r"ResourceId: (?P<resource>[^,\]]+), ConsentType: (?P<type>\w+), Scope: (?P<scope>[^,\]]*)"
)


class DirectoryReplay:
    """Makes directory changes again on the tenant that is being rebuilt."""

    def __init__(self, state: TenantState, people: People) -> None:
        self._state = state
        self._people = people
        self._operations: Mapping[str, Callable[[datetime, JsonObject], None]] = {
            "add member to role": self._add_role,
            "remove member from role": self._remove_role,
            "add group": self._add_group,
            "add member to group": self._add_member,
            "consent to application": self._consent,
            "add service principal": self._add_principal,
            "reset user password": self._password,
            "change user password": self._password,
            "update stsrefreshtokenvalidfrom timestamp": self._revoked,
            "disable account": self._disabled,
            "enable account": self._enabled,
            "update user": self._updated,
            "add user": self._added,
        }

    def knows(self, operation: str) -> bool:
        """Whether the operation changes something that the tenant keeps."""
        return _name(operation) in self._operations

    def apply(self, operation: str, at: datetime, data: JsonObject) -> None:
        """Make the change."""
        self._operations[_name(operation)](at, data)

    def _target(self, data: JsonObject) -> User | None:
        upn = text(data, "ObjectId")
        pairs = dict(directory_users({"Target": data.get("Target")}))
        if "@" not in upn:
            upn = next(iter(pairs), "")
        return self._people.met(upn, pairs.get(upn, "")) if upn else None

    def _add_role(self, _: datetime, data: JsonObject) -> None:
        role = _changed(data, "Role.DisplayName")
        user = self._target(data)
        if user and role and role not in user.roles:
            user.roles.append(role)

    def _remove_role(self, _: datetime, data: JsonObject) -> None:
        role = _changed(data, "Role.DisplayName", "OldValue") or _changed(data, "Role.DisplayName")
        user = self._target(data)
        if user and role in user.roles:
            user.roles.remove(role)

    def _add_group(self, _: datetime, data: JsonObject) -> None:
        group_id = text(data, "ObjectId").removeprefix("Group_")
        mail = _changed(data, "Mail") or None
        unified = _changed(data, "GroupType") == "Unified"
        kind = "microsoft365" if unified else "distribution" if mail else "security"
        name = _changed(data, "DisplayName") or group_id
        self._state.groups.append(Group(id=group_id, display_name=name, mail=mail, kind=kind))

    def _add_member(self, _: datetime, data: JsonObject) -> None:
        user = self._target(data)
        group_id = _changed(data, "Group.ObjectID")
        if user is None or not group_id:
            return
        group = next((one for one in self._state.groups if one.id == group_id), None)
        if group is None:
            name = _changed(data, "Group.DisplayName") or group_id
            group = Group(id=group_id, display_name=name, kind="security")
            self._state.groups.append(group)
        group.members.append(user.user_principal_name)

    def _consent(self, at: datetime, data: JsonObject) -> None:
        self._add_principal(at, data)
        # What was granted before stands to the left of the arrow.
        granted = _changed(data, "ConsentAction.Permissions").rpartition("=>")[2]
        for match in _GRANT.finditer(granted):
            everyone = match["type"] == "AllPrincipals"
            self._state.grants.append(
                Grant(
                    client=match["client"],
                    principal=None if everyone else text(data, "UserId"),
                    resource=match["resource"],
                    scope=match["scope"].strip(),
                    created=at,
                )
            )

    def _add_principal(self, _: datetime, data: JsonObject) -> None:
        app_id = text(data, "ObjectId")
        names = [text(entry, "ID") for entry in _entries(data) if entry.get("Type") == 1]
        ids = [text(entry, "ID") for entry in _entries(data)]
        object_id = next((one[17:] for one in ids if one.startswith("ServicePrincipal_")), "")
        if is_guid(app_id) and all(one.app_id != app_id for one in self._state.service_principals):
            self._state.service_principals.append(
                ServicePrincipal(
                    app_id=app_id, display_name=names[0] if names else app_id, id=object_id
                )
            )

    def _password(self, at: datetime, data: JsonObject) -> None:
        if user := self._target(data):
            user.last_password_change = at

    def _revoked(self, at: datetime, data: JsonObject) -> None:
        if user := self._target(data):
            user.sign_in_sessions_valid_from = at

    def _disabled(self, _: datetime, data: JsonObject) -> None:
        if user := self._target(data):
            user.account_enabled = False

    def _enabled(self, _: datetime, data: JsonObject) -> None:
        if user := self._target(data):
            user.account_enabled = True

    def _updated(self, _: datetime, data: JsonObject) -> None:
        user = self._target(data)
        enabled = _changed(data, "AccountEnabled").lower()
        if user and enabled:
            user.account_enabled = enabled == "true"
        if user and (name := _changed(data, "DisplayName")):
            user.display_name = name

    def _added(self, at: datetime, data: JsonObject) -> None:
        self._updated(at, data)
        if user := self._target(data):
            user.created = at


def _name(operation: str) -> str:
    return operation.strip().rstrip(".").lower()


def _changed(data: JsonObject, name: str, side: str = "NewValue") -> str:
    properties = data.get("ModifiedProperties")
    for entry in properties if isinstance(properties, list) else []:
        if isinstance(entry, dict) and entry.get("Name") == name:
            return first_value(entry.get(side))
    return ""


def _entries(data: JsonObject) -> list[JsonObject]:
    listed = data.get("Target")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
