"""Applications, and what they may do: on behalf of a user, of everybody, or by themselves."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tenant.applications import DEFAULT_ACCESS, Grant, ServicePrincipal
from sandbox.tenant.graph.memberships import LIST, NAMED
from sandbox.tenant.graph.users import find_user
from sandbox.tenant.odata import (
    all_selected,
    context_url,
    counts,
    filtered,
    page,
    page_size,
    refuse_unknown_options,
    selected,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.people import User
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_flag, by_text
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso

# servicePrincipal resource type; Advanced query capabilities on Microsoft Entra ID objects.
_PRINCIPAL = Resource(
    "microsoft.graph.servicePrincipal",
    (
        "accountEnabled appDisplayName appId appOwnerOrganizationId appRoleAssignmentRequired "
        "appRoles displayName homepage id replyUrls servicePrincipalNames servicePrincipalType "
        "tags verifiedPublisher"
    ).split(),
    "directory",
    {
        **NAMED,
        "accountEnabled": by_flag("eq", "in", advanced="ne"),
        "appId": by_text("eq", "in", advanced="ne"),
        "servicePrincipalType": by_text("eq", "in", advanced="ne"),
    },
)
# oAuth2PermissionGrant resource type: what says "Supports $filter (eq only)"; principalId is among
# them in the examples of List oauth2PermissionGrants.
_GRANT = Resource(
    "microsoft.graph.oAuth2PermissionGrant",
    "clientId consentType id principalId resourceId scope".split(),
    "directory",
    {"clientId": by_text("eq"), "consentType": by_text("eq"), "principalId": by_text("eq")},
)
_ASSIGNMENT = Resource(
    "microsoft.graph.appRoleAssignment",
    (
        "appRoleId createdDateTime id principalDisplayName principalId principalType "
        "resourceDisplayName resourceId"
    ).split(),
    "directory",
    {"resourceId": by_text("eq"), "principalDisplayName": by_text("eq", "startswith")},
)
_BETA_NAMES = {"createdDateTime": "creationTimestamp"}
_PAGED = ("$filter", "$select", "$top", "$skiptoken")


class Applications:
    """Service principals with the permissions that they hold."""

    def __init__(self, state: TenantState) -> None:
        self._state = state

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        root, user = f"/{version}", f"/{version}/users/{{user}}"
        principal = f"{root}/servicePrincipals/{{principal}}"
        by_app_id = f"{root}/servicePrincipals(appId='{{principal}}')"
        return [
            Route(f"{user}/oauth2PermissionGrants", self.grants_of_user, methods=["GET"]),
            Route(f"{user}/appRoleAssignments", self.assignments_of_user, methods=["GET"]),
            Route(f"{root}/oauth2PermissionGrants", self.grants, methods=["GET"]),
            Route(f"{root}/servicePrincipals", self.service_principals, methods=["GET"]),
            Route(by_app_id, self.service_principal, methods=["GET"]),
            Route(f"{by_app_id}/appRoleAssignedTo", self.assigned_to, methods=["GET"]),
            Route(principal, self.service_principal, methods=["GET"]),
            Route(f"{principal}/appRoleAssignedTo", self.assigned_to, methods=["GET"]),
            Route(f"{principal}/appRoleAssignments", self.assignments, methods=["GET"]),
        ]

    async def service_principals(self, request: Request) -> Response:
        """List servicePrincipals."""
        refuse_unknown_options(request, LIST)
        rows = [_principal_resource(one) for one in self._state.service_principals]
        rows = filtered(request, rows, _PRINCIPAL)
        rows = all_selected(request, rows, _PRINCIPAL)
        size = page_size(request, 100, 999)
        return JSONResponse(page(request, "servicePrincipals", rows, size, count=counts(request)))

    async def service_principal(self, request: Request) -> Response:
        """Get servicePrincipal, by its id or by its appId."""
        refuse_unknown_options(request, ("$select",))
        row = selected(request, _principal_resource(self._find(request)), _PRINCIPAL)
        context = context_url(request, "servicePrincipals/$entity")
        return JSONResponse({"@odata.context": context, **row})

    async def grants(self, request: Request) -> Response:
        """List oauth2PermissionGrants: everybody's and each user's."""
        refuse_unknown_options(request, _PAGED)
        return self._grant_page(request, map(self._grant, self._state.grants))

    async def grants_of_user(self, request: Request) -> Response:
        """List a user's delegated permission grants; those for everyone are not among them."""
        refuse_unknown_options(request, _PAGED)
        user = find_user(self._state, request.path_params["user"])
        return self._grant_page(request, map(self._grant, self._grants_of(user)))

    async def assignments_of_user(self, request: Request) -> Response:
        """List appRoleAssignments granted to a user: to each application that he consented to."""
        user = find_user(self._state, request.path_params["user"])
        assigned: dict[str, JsonObject] = {}
        for grant in self._grants_of(user):
            client = self._state.service_principal(grant.client)
            if client is not None:
                assigned.setdefault(client.id, _assignment(user, client, grant.created))
        return self._assignment_page(request, assigned.values())

    async def assigned_to(self, request: Request) -> Response:
        """List appRoleAssignments granted for a service principal: who may call this API, or was
        assigned to this application.
        """
        api = self._find(request)
        found = [row for row in self._application_permissions() if row["resourceId"] == api.id]
        for user in self._state.users:
            for grant in self._grants_of(user):
                if self._state.service_principal(grant.client) is api:
                    found.append(_assignment(user, api, grant.created))
                    break
        return self._assignment_page(request, found)

    async def assignments(self, request: Request) -> Response:
        """List appRoleAssignments granted to a service principal."""
        client = self._find(request)
        found = [row for row in self._application_permissions() if row["principalId"] == client.id]
        return self._assignment_page(request, found)

    def _find(self, request: Request) -> ServicePrincipal:
        named = request.path_params["principal"]
        by_app_id = "(appId='" in request.url.path
        found = self._state.service_principal(named)
        if (
            found is None
            or named.casefold() != (found.app_id if by_app_id else found.id).casefold()
        ):
            raise Problem(404, "Request_ResourceNotFound", f"Resource '{named}' does not exist.")
        return found

    def _grants_of(self, user: User) -> Iterator[Grant]:
        grants = self._state.grants
        return (g for g in grants if g.principal and self._state.user(g.principal) is user)

    def _grant(self, grant: Grant) -> JsonObject:
        user = self._state.user(grant.principal) if grant.principal else None
        client = self._state.service_principal(grant.client)
        api = self._state.service_principal(grant.resource)
        holder = user.id if user else grant.principal
        return {
            "id": stable_id("grant", grant.client, holder or "", grant.resource, grant.scope).hex,
            "clientId": client.id if client else grant.client,
            "consentType": "Principal" if holder else "AllPrincipals",
            "principalId": holder,
            "resourceId": api.id if api else grant.resource,
            "scope": grant.scope,
        }

    def _application_permissions(self) -> Iterator[JsonObject]:
        for one in self._state.app_role_assignments:
            client = self._state.service_principal(one.client)
            api = self._state.service_principal(one.resource)
            if client is not None and api is not None:
                yield _assignment(client, api, one.created, api.role_id(one.role))

    def _grant_page(self, request: Request, rows: Iterator[JsonObject]) -> Response:
        shown = all_selected(request, filtered(request, [*rows], _GRANT), _GRANT)
        size = page_size(request, 100, 999)
        return JSONResponse(page(request, "oauth2PermissionGrants", shown, size))

    def _assignment_page(self, request: Request, rows: Iterable[JsonObject]) -> Response:
        refuse_unknown_options(request, _PAGED)
        resource = _ASSIGNMENT
        if request.url.path.startswith("/beta/"):
            # appRoleAssignment resource type, beta: the same by another name.
            rows = [
                {_BETA_NAMES.get(name, name): value for name, value in row.items()} for row in rows
            ]
            names = [_BETA_NAMES.get(name, name) for name in resource.properties]
            resource = replace(resource, properties=names)
        shown = all_selected(request, filtered(request, [*rows], resource), resource)
        size = page_size(request, 100, 999)
        return JSONResponse(page(request, "appRoleAssignments", shown, size))


def _assignment(
    holder: User | ServicePrincipal,
    resource: ServicePrincipal,
    created: datetime | None,
    role: str = DEFAULT_ACCESS,
) -> JsonObject:
    """appRoleAssignment resource type."""
    return {
        "id": stable_id("app role assignment", holder.id, resource.id, role).hex,
        "deletedDateTime": None,
        "appRoleId": role,
        "createdDateTime": created and iso(created),
        "principalDisplayName": holder.display_name,
        "principalId": holder.id,
        "principalType": type(holder).__name__,
        "resourceDisplayName": resource.display_name,
        "resourceId": resource.id,
    }


def _principal_resource(principal: ServicePrincipal) -> JsonObject:
    return {
        "id": principal.id,
        "deletedDateTime": None,
        "accountEnabled": principal.account_enabled,
        "appDisplayName": principal.display_name,
        "appId": principal.app_id,
        "appOwnerOrganizationId": principal.home_tenant,
        "appRoleAssignmentRequired": False,
        "displayName": principal.display_name,
        "homepage": None,
        "replyUrls": [*principal.reply_urls],
        "servicePrincipalNames": [principal.app_id],
        "servicePrincipalType": "Application",
        "tags": [],
        "verifiedPublisher": {"displayName": principal.publisher}
        if principal.publisher
        else {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
        "appRoles": [
            {
                "id": principal.role_id(role),
                "value": role,
                "displayName": role,
                "description": role,
                "isEnabled": True,
                "origin": "Application",
                "allowedMemberTypes": ["Application"],
            }
            for role in principal.roles
        ],
    }
