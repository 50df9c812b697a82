"""The directory around users: domains, roles, groups, applications and what they were granted."""

from collections.abc import Iterator

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tenant.graph.users import find_user, user_resource
from sandbox.tenant.odata import (
    body_of,
    compile_filter,
    context_url,
    filtered,
    ops,
    page,
    refuse_unknown_options,
    selected,
    whole_number,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.people import Contact, Group, ServicePrincipal, User
from sandbox.tenant.problem import Problem
from sandbox.tenant.state import TenantState

_LIST = ("$filter", "$select", "$top", "$count", "$expand", "$skiptoken")
_ASSIGNMENT = {
    "principalId": ops("eq"),
    "roleDefinitionId": ops("eq"),
    "directoryScopeId": ops("eq"),
}
_PRINCIPAL = {
    "appId": ops("eq", "in"),
    "id": ops("eq", "in"),
    "displayName": ops("eq", "startswith"),
}


class Directory:
    """Directory objects other than users."""

    def __init__(self, state: TenantState) -> None:
        self._state = state

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        root, user = f"/{version}", f"/{version}/users/{{user}}"
        routes = [
            Route(f"{root}/domains", self.domains, methods=["GET"]),
            Route(f"{root}/domains/{{domain}}", self.domain, methods=["GET"]),
            Route(f"{root}/organization", self.organization, methods=["GET"]),
            Route(
                f"{root}/roleManagement/directory/roleAssignments",
                self.role_assignments,
                methods=["GET"],
            ),
            Route(f"{user}/transitiveMemberOf", self.member_of, methods=["GET"]),
            Route(f"{user}/transitiveMemberOf/{{cast}}", self.member_of, methods=["GET"]),
            Route(f"{user}/checkMemberGroups", self.check_groups, methods=["POST"]),
            Route(f"{user}/getMemberGroups", self.get_groups, methods=["POST"]),
            Route(f"{user}/oauth2PermissionGrants", self.grants, methods=["GET"]),
            Route(f"{root}/groups/{{group}}/transitiveMembers", self.members, methods=["GET"]),
            Route(
                f"{root}/servicePrincipals(appId='{{app_id}}')",
                self.service_principal,
                methods=["GET"],
            ),
            Route(f"{root}/servicePrincipals", self.service_principals, methods=["GET"]),
        ]
        if version == "beta":  # rbacApplication: transitiveRoleAssignments is not in v1.0
            routes.append(
                Route(
                    f"{root}/roleManagement/directory/transitiveRoleAssignments",
                    self.transitive_role_assignments,
                    methods=["GET"],
                )
            )
        return routes

    async def domains(self, request: Request) -> Response:
        """List domains."""
        refuse_unknown_options(request, ("$select", "$top"))
        rows = [
            selected(request, self._domain(name), "microsoft.graph.domain")
            for name in self._state.domains
        ]
        return JSONResponse(page(request, "domains", rows, max(len(rows), 1)))

    async def domain(self, request: Request) -> Response:
        """Get domain."""
        refuse_unknown_options(request, ("$select",))
        wanted = request.path_params["domain"].lower()
        for name in self._state.domains:
            if name.lower() == wanted:
                row = selected(request, self._domain(name), "microsoft.graph.domain")
                context = context_url(request, "domains/$entity")
                return JSONResponse({"@odata.context": context, **row})
        message = f"Resource '{wanted}' does not exist or one of its queried reference-property"
        raise Problem(404, "Request_ResourceNotFound", f"{message} objects are not present.")

    def _domain(self, name: str) -> JsonObject:
        federated = {each.lower() for each in self._state.federated_domains}
        return {
            "id": name,
            "authenticationType": "Federated" if name.lower() in federated else "Managed",
            "availabilityStatus": None,
            "isAdminManaged": True,
            "isDefault": name == self._state.domains[0],
            "isInitial": name.endswith(".onmicrosoft.com"),
            "isRoot": True,
            "isVerified": True,
            "supportedServices": ["Email", "OfficeCommunicationsOnline"],
            "passwordNotificationWindowInDays": 14,
            "passwordValidityPeriodInDays": 2147483647,
            "state": None,
        }

    async def organization(self, request: Request) -> Response:
        """List organization: always one."""
        refuse_unknown_options(request, ("$select",))
        plans: list[JsonValue] = [
            {"service": "AADPremiumService", "servicePlanName": name, "capabilityStatus": "Enabled"}
            for name in self._state.licences
        ]
        row: JsonObject = {
            "id": self._state.id,
            "displayName": self._state.name,
            "tenantType": "AAD",
            "countryLetterCode": "NL",
            "createdDateTime": "2019-03-11T10:20:30Z",
            "onPremisesSyncEnabled": any(u.on_premises_sync_enabled for u in self._state.users)
            or None,
            "assignedPlans": plans,
            "verifiedDomains": [
                {
                    "name": name,
                    "isDefault": name == self._state.domains[0],
                    "isInitial": name.endswith(".onmicrosoft.com"),
                    "type": "Managed",
                    "capabilities": "Email, OfficeCommunicationsOnline",
                }
                for name in self._state.domains
            ],
        }
        rows = [selected(request, row, "microsoft.graph.organization")]
        return JSONResponse(page(request, "organization", rows, 1))

    async def role_assignments(self, request: Request) -> Response:
        """List unifiedRoleAssignments: those of groups stand under the group's id."""
        refuse_unknown_options(request, _LIST)
        rows = filtered(request, [*self._assignments()], _ASSIGNMENT)
        rows = [self._expanded(request, row) for row in rows]
        return JSONResponse(
            page(request, "roleManagement/directory/roleAssignments", rows, _size(request))
        )

    async def transitive_role_assignments(self, request: Request) -> Response:
        """List transitiveRoleAssignments (beta): 404 without `ConsistencyLevel: eventual`."""
        refuse_unknown_options(request, ("$filter", "$count", "$select"))
        if request.headers.get("consistencylevel", "").lower() != "eventual":
            raise Problem(404, "Request_ResourceNotFound", "Resource not found.")
        if request.query_params.get("$count") != "true" or "$filter" not in request.query_params:
            raise Problem(400, "Request_UnsupportedQuery", "$count=true and $filter are required.")
        passes = compile_filter(request.query_params["$filter"], _ASSIGNMENT)
        direct = [*self._assignments()]
        rows: list[JsonObject] = []
        for user in self._state.users:
            holders = {user.id, *(group.id for group in self._state.groups_of(user))}
            # The filter asks for the member; the answer names who holds the role.
            rows += [
                row
                for row in direct
                if row["principalId"] in holders and passes({**row, "principalId": user.id})
            ]
        context = "roleManagement/directory/transitiveRoleAssignments"
        return JSONResponse(page(request, context, rows, max(len(rows), 1)))

    async def member_of(self, request: Request) -> Response:
        """List a user's memberships, direct and transitive, optionally cast to one type."""
        refuse_unknown_options(request, _LIST)
        user = find_user(self._state, request.path_params["user"])
        groups = [_group_resource(group) for group in self._state.groups_of(user)]
        roles = [self._role_resource(name) for name in self._state.roles_of(user)]
        match request.path_params.get("cast"):
            case None:
                rows = [*groups, *roles]
            case "microsoft.graph.group" | "graph.group":
                rows = groups
            case "microsoft.graph.directoryRole" | "graph.directoryRole":
                rows = roles
            case other:
                raise Problem(400, "BadRequest", f"Resource not found for the segment '{other}'.")
        rows = [selected(request, row, "microsoft.graph.directoryObject") for row in rows]
        return JSONResponse(page(request, "directoryObjects", rows, _size(request)))

    async def check_groups(self, request: Request) -> Response:
        """directoryObject: checkMemberGroups, at most 20 at once."""
        user = find_user(self._state, request.path_params["user"])
        match await body_of(request):
            case {"groupIds": [*asked]} if 0 < len(asked) <= 20:
                mine = {group.id for group in self._state.groups_of(user)}
                return self._ids(request, [one for one in asked if one in mine])
            case _:
                raise Problem(
                    400, "Request_BadRequest", "Parameter 'groupIds' must hold 1 to 20 ids."
                )

    async def get_groups(self, request: Request) -> Response:
        """directoryObject: getMemberGroups."""
        user = find_user(self._state, request.path_params["user"])
        match await body_of(request):
            case {"securityEnabledOnly": bool(secure), **rest} if not rest:
                groups = self._state.groups_of(user)
                wanted = [g.id for g in groups if g.kind == "security" or not secure]
                return self._ids(request, [*wanted])
            case _:
                raise Problem(
                    400, "Request_BadRequest", "Parameter 'securityEnabledOnly' is required."
                )

    async def members(self, request: Request) -> Response:
        """List a group's members, direct and transitive."""
        refuse_unknown_options(request, _LIST)
        named = request.path_params["group"]
        group = next((group for group in self._state.groups if group.id == named), None)
        if group is None:
            raise Problem(404, "Request_ResourceNotFound", f"Resource '{named}' does not exist.")
        rows = [selected(request, row, "microsoft.graph.user") for row in self._members_of(group)]
        return JSONResponse(page(request, "directoryObjects", rows, _size(request)))

    async def service_principal(self, request: Request) -> Response:
        """Get servicePrincipal by appId."""
        refuse_unknown_options(request, ("$select",))
        for principal in self._state.service_principals:
            if principal.app_id.lower() == request.path_params["app_id"].lower():
                row = selected(
                    request, _principal_resource(principal), "microsoft.graph.servicePrincipal"
                )
                context = context_url(request, "servicePrincipals/$entity")
                return JSONResponse({"@odata.context": context, **row})
        raise Problem(
            404,
            "Request_ResourceNotFound",
            f"Resource '{request.path_params['app_id']}' does not exist.",
        )

    async def service_principals(self, request: Request) -> Response:
        """List servicePrincipals."""
        refuse_unknown_options(request, _LIST)
        rows = [_principal_resource(one) for one in self._state.service_principals]
        rows = filtered(request, rows, _PRINCIPAL)
        rows = [selected(request, row, "microsoft.graph.servicePrincipal") for row in rows]
        return JSONResponse(page(request, "servicePrincipals", rows, _size(request)))

    async def grants(self, request: Request) -> Response:
        """List a user's delegated permission grants; those for everyone are not among them."""
        refuse_unknown_options(request, ("$select", "$top"))
        user = find_user(self._state, request.path_params["user"])
        rows: list[JsonObject] = [
            {
                "id": stable_id("grant", grant.client, user.id, grant.scope).hex,
                "clientId": grant.client,
                "consentType": "Principal",
                "principalId": user.id,
                "resourceId": grant.resource,
                "scope": grant.scope,
            }
            for grant in self._state.grants
            if grant.principal and self._state.user(grant.principal) is user
        ]
        return JSONResponse(page(request, "oauth2PermissionGrants", rows, _size(request)))

    def _assignments(self) -> Iterator[JsonObject]:
        holders: list[User | Group] = [*self._state.users, *self._state.groups]
        for holder in holders:
            for role in holder.roles:
                yield {
                    "id": stable_id("role assignment", holder.id, role).hex,
                    "principalId": holder.id,
                    "directoryScopeId": "/",
                    "roleDefinitionId": self._state.role_template(role),
                }

    def _expanded(self, request: Request, row: JsonObject) -> JsonObject:
        match request.query_params.get("$expand"):
            case None:
                return row
            case "roleDefinition":
                wanted = row["roleDefinitionId"]
                names = {role for one in self._state.users for role in one.roles}
                names |= {role for one in self._state.groups for role in one.roles}
                name = next(n for n in names if self._state.role_template(n) == wanted)
                definition: JsonObject = {
                    "id": wanted,
                    "templateId": wanted,
                    "displayName": name,
                    "isBuiltIn": True,
                    "isEnabled": True,
                }
                return {**row, "roleDefinition": definition}
            case other:
                raise Problem(400, "BadRequest", f"Could not expand '{other}'.")

    def _role_resource(self, name: str) -> JsonObject:
        return {
            "@odata.type": "#microsoft.graph.directoryRole",
            "id": str(stable_id("directory role", name)),
            "displayName": name,
            "description": None,
            "roleTemplateId": self._state.role_template(name),
        }

    def _members_of(self, group: Group) -> list[JsonObject]:
        users = [user for user in self._state.users if group in self._state.groups_of(user)]
        rows: list[JsonObject] = [
            {"@odata.type": "#microsoft.graph.user", **user_resource(user)} for user in users
        ]
        for other in self._state.groups:
            if group in self._state.groups_of(other):
                rows.append(_group_resource(other))
        for name in group.members:
            held = self._state.recipient(name)
            if isinstance(held, Contact):
                rows.append(
                    {
                        "@odata.type": "#microsoft.graph.orgContact",
                        "id": held.id,
                        "displayName": held.name,
                        "mail": held.external_address,
                    }
                )
        return rows

    def _ids(self, request: Request, ids: list[JsonValue]) -> Response:
        context = context_url(request, "Collection(Edm.String)")
        return JSONResponse({"@odata.context": context, "value": ids})


def _size(request: Request) -> int:
    return whole_number(request, "$top", 100, 999)


def _group_resource(group: Group) -> JsonObject:
    return {
        "@odata.type": "#microsoft.graph.group",
        "id": group.id,
        "displayName": group.display_name,
        "mail": group.mail,
        "mailEnabled": group.kind != "security",
        "securityEnabled": group.kind == "security",
        "groupTypes": ["Unified"] if group.kind == "microsoft365" else [],
        "isAssignableToRole": bool(group.roles) or None,
    }


def _principal_resource(principal: ServicePrincipal) -> JsonObject:
    return {
        "id": principal.id,
        "appId": principal.app_id,
        "displayName": principal.display_name,
        "servicePrincipalType": "Application",
        "accountEnabled": True,
        "appRoles": [],
    }
