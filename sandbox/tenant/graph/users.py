"""Users: reading, disabling, a new password, ended sessions (user resource type)."""

import re

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.odata import (
    all_selected,
    body_of,
    context_url,
    counts,
    filtered,
    ordered,
    page,
    page_size,
    refuse_unknown_options,
    selected,
)
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import SKUS, User
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_flag, by_text, by_time
from sandbox.tenant.state import Change, TenantState
from sandbox.tenant.times import iso

_TYPE = "microsoft.graph.user"
_DEFAULT = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
# Properties of the resource type that the tenant has no values for.
_EMPTY = (
    "ageGroup",
    "city",
    "companyName",
    "country",
    "employeeHireDate",
    "employeeId",
    "employeeType",
    "externalUserState",
    "faxNumber",
    "legalAgeGroupClassification",
    "mobilePhone",
    "officeLocation",
    "onPremisesDistinguishedName",
    "onPremisesDomainName",
    "onPremisesImmutableId",
    "onPremisesLastSyncDateTime",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesUserPrincipalName",
    "passwordPolicies",
    "postalCode",
    "preferredDataLocation",
    "preferredLanguage",
    "state",
    "streetAddress",
    "usageLocation",
)
_NOT = "ne"
_LIKE = ("eq", "in", "ge", "le", "startswith")
# Advanced query capabilities on Microsoft Entra ID objects: user.
_FILTERS = {
    "id": by_text("eq", "in", advanced=_NOT),
    "userPrincipalName": by_text(*_LIKE, advanced="ne endswith"),
    "mail": by_text(*_LIKE, advanced="ne endswith"),
    "displayName": by_text(*_LIKE, advanced=_NOT),
    "mailNickname": by_text(*_LIKE, advanced=_NOT),
    "jobTitle": by_text(*_LIKE, advanced=_NOT),
    "department": by_text(*_LIKE, advanced=_NOT),
    "proxyAddresses": by_text("eq", "ge", "le", "startswith", advanced="endswith"),
    "accountEnabled": by_flag("eq", "in", advanced=_NOT),
    "onPremisesSyncEnabled": by_flag("eq", "in", advanced=_NOT),
    "userType": by_text("eq", "in", advanced=_NOT),
    "createdDateTime": by_time("eq", "ge", "le"),
}
# Of the documented options, $expand and $search are missing.
_OPTIONS = ("$filter", "$select", "$orderby", "$top", "$count", "$skiptoken")
# "Who can reset passwords" (Entra built-in roles): a User Administrator acts on accounts with
# none but these roles.
_WITHIN_USER_ADMINISTRATOR = {
    "Directory Readers",
    "Guest Inviter",
    "Helpdesk Administrator",
    "Message Center Reader",
    "Reports Reader",
    "User Administrator",
}
_MAY_ACT_ON_ADMINISTRATORS = {"Global Administrator", "Privileged Authentication Administrator"}
_PASSWORD_KEYS = {
    "password",
    "forceChangePasswordNextSignIn",
    "forceChangePasswordNextSignInWithMfa",
}


def find_user(state: TenantState, named: str) -> User:
    """The account with this id or UPN, or Graph's 404."""
    user = state.user(named)
    if user is None:
        raise Problem(
            404,
            "Request_ResourceNotFound",
            f"Resource '{named}' does not exist or one of its queried reference-property "
            "objects are not present.",
        )
    return user


def user_resource(user: User) -> JsonObject:
    """The user with all of its properties."""
    given, _, surname = user.display_name.partition(" ")
    return {
        **dict.fromkeys(_EMPTY),
        "id": user.id,
        "userPrincipalName": user.user_principal_name,
        "displayName": user.display_name,
        "givenName": given,
        "surname": surname or None,
        "mail": user.mail,
        "mailNickname": user.alias,
        "proxyAddresses": [*user.proxy_addresses],
        "otherMails": [],
        "imAddresses": [],
        "businessPhones": [],
        "identities": [],
        "accountEnabled": user.account_enabled,
        "userType": user.user_type,
        "creationType": None,
        "jobTitle": user.job_title,
        "department": user.department,
        "onPremisesSyncEnabled": user.on_premises_sync_enabled,
        "createdDateTime": user.created and iso(user.created),
        "deletedDateTime": None,
        "lastPasswordChangeDateTime": user.last_password_change and iso(user.last_password_change),
        "signInSessionsValidFromDateTime": user.sign_in_sessions_valid_from
        and iso(user.sign_in_sessions_valid_from),
        "securityIdentifier": None,
        "assignedLicenses": [
            {"disabledPlans": [], "skuId": SKUS.get(name, name)} for name in user.licences
        ],
        "passwordProfile": None,
    }


USER = Resource(
    _TYPE,
    tuple(user_resource(User(user_principal_name="", display_name=""))),
    "directory",
    _FILTERS,
    orders=("displayName", "userPrincipalName"),
    default=_DEFAULT,
)


class Users:
    """The users collection."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        return [
            Route(f"/{version}/users", self.list, methods=["GET"]),
            Route(f"/{version}/users/{{user}}", self.get, methods=["GET"]),
            Route(f"/{version}/users/{{user}}", self.update, methods=["PATCH"]),
            Route(
                f"/{version}/users/{{user}}/revokeSignInSessions",
                self.revoke_sessions,
                methods=["POST"],
            ),
        ]

    async def list(self, request: Request) -> Response:
        """List users: pages of 100, at most 999."""
        refuse_unknown_options(request, _OPTIONS)
        size = page_size(request, 100, 999)
        rows = filtered(request, [user_resource(user) for user in self._state.users], USER)
        rows = all_selected(request, ordered(request, rows, USER), USER)
        return JSONResponse(page(request, "users", rows, size, count=counts(request)))

    async def get(self, request: Request) -> Response:
        """Get user."""
        refuse_unknown_options(request, ("$select",))
        user = find_user(self._state, request.path_params["user"])
        row = selected(request, user_resource(user), USER)
        return JSONResponse({"@odata.context": context_url(request, "users/$entity"), **row})

    async def update(self, request: Request) -> Response:
        """Update user: `accountEnabled` and `passwordProfile`, which are all that it may write."""
        refuse_unknown_options(request)
        user = find_user(self._state, request.path_params["user"])
        body = await body_of(request)
        # The type's own annotation, which OData JSON allows in any resource.
        body.pop("@odata.type", None)
        known = user_resource(user)
        if unknown := [name for name in body if name not in known]:
            raise _invalid(
                f"Property '{unknown[0]}' does not exist as a declared property or extension "
                "property."
            )
        if set(body) - {"accountEnabled", "passwordProfile"}:
            raise _denied()  # that would need User.ReadWrite.All
        if not body:
            raise _invalid("The request has no properties to update.")
        self._may_act_on(user)
        enabled = body.get("accountEnabled", user.account_enabled)
        if not isinstance(enabled, bool):
            raise _invalid("Invalid value specified for property 'accountEnabled'.")
        force = _password(body["passwordProfile"]) if "passwordProfile" in body else None
        if force is not None and user.on_premises_sync_enabled:
            raise _invalid(
                "Unable to update the specified properties for on-premises mastered Directory "
                "Sync objects or objects currently undergoing migration."
            )
        now = self._clock.now()
        if "accountEnabled" in body:
            user.account_enabled = enabled
            operation = "Enable account." if enabled else "Disable account."
            self._note(operation, user, {"accountEnabled": enabled})
        if force is not None:
            user.last_password_change = now
            user.force_change_password = force
            self._note("Reset user password.", user, {"forceChangePasswordNextSignIn": force})
        return Response(status_code=204)

    async def revoke_sessions(self, request: Request) -> Response:
        """user: revokeSignInSessions."""
        refuse_unknown_options(request)
        user = find_user(self._state, request.path_params["user"])
        user.sign_in_sessions_valid_from = self._clock.now()
        self._note("Update StsRefreshTokenValidFrom Timestamp.", user, {})
        return JSONResponse({"@odata.context": context_url(request, "Edm.Boolean"), "value": True})

    def _may_act_on(self, user: User) -> None:
        """Sensitive actions on an administrator need more than a User Administrator's role."""
        mine = set(self._state.application.roles)
        theirs = set(self._state.roles_of(user))
        if mine & _MAY_ACT_ON_ADMINISTRATORS:
            return
        if "User Administrator" not in mine or theirs - _WITHIN_USER_ADMINISTRATOR:
            raise _denied()

    def _note(self, operation: str, user: User, details: dict[str, JsonValue]) -> None:
        self._state.changes.append(
            Change(self._clock.now(), operation, user.user_principal_name, details)
        )


def _password(profile: JsonValue) -> bool:
    """Whether the new password must be changed at the next sign-in. Raises if it is unfit."""
    if not isinstance(profile, dict) or set(profile) - _PASSWORD_KEYS:
        raise _invalid("Invalid value specified for property 'passwordProfile'.")
    password = profile.get("password")
    flags = [profile.get(key, False) for key in sorted(_PASSWORD_KEYS - {"password"})]
    if not isinstance(password, str) or not all(isinstance(flag, bool) for flag in flags):
        raise _invalid("Invalid value specified for property 'passwordProfile'.")
    kinds = sum(bool(re.search(kind, password)) for kind in ("[a-z]", "[A-Z]", "[0-9]", r"[^\w\s]"))
    if not 8 <= len(password) <= 256 or kinds < 3:
        raise _invalid(
            "The specified password does not comply with password complexity requirements. "
            "Please provide a different password."
        )
    return any(flags)


def _invalid(message: str) -> Problem:
    return Problem(400, "Request_BadRequest", message)


def _denied() -> Problem:
    return Problem(
        403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
    )
