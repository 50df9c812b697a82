"""The directory around users: the organisation, its domains, and who holds which role."""

from collections.abc import Iterator

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tenant.filtering import compile_filter
from sandbox.tenant.graph.memberships import group_resource
from sandbox.tenant.graph.users import user_resource
from sandbox.tenant.odata import (
    all_selected,
    context_url,
    counts,
    filtered,
    is_advanced,
    option,
    page,
    page_size,
    refuse_unknown_options,
    selected,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.people import SERVICE_PLANS, Group, User
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_text
from sandbox.tenant.state import TenantState

_DOMAIN = Resource(
    "microsoft.graph.domain",
    (
        "authenticationType availabilityStatus id isAdminManaged isDefault isInitial isRoot "
        "isVerified passwordNotificationWindowInDays passwordValidityPeriodInDays state "
        "supportedServices"
    ).split(),
    "directory",
)
_ORGANIZATION = Resource(
    "microsoft.graph.organization",
    (
        "assignedPlans countryLetterCode createdDateTime displayName id onPremisesSyncEnabled "
        "tenantType verifiedDomains"
    ).split(),
    "directory",
)
_EQUAL = by_text("eq", "in")
_ASSIGNMENT = Resource(
    "microsoft.graph.unifiedRoleAssignment",
    "directoryScopeId id principalId roleDefinitionId".split(),
    "directory",
    {"principalId": _EQUAL, "roleDefinitionId": _EQUAL, "directoryScopeId": _EQUAL},
)


class Directory:
    """Directory objects other than users and groups."""

    def __init__(self, state: TenantState) -> None:
        self._state = state

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        root = f"/{version}"
        routes = [
            Route(f"{root}/domains", self.domains, methods=["GET"]),
            Route(f"{root}/domains/{{domain}}", self.domain, methods=["GET"]),
            Route(f"{root}/organization", self.organization, methods=["GET"]),
            Route(
                f"{root}/roleManagement/directory/roleAssignments",
                self.role_assignments,
                methods=["GET"],
            ),
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
        refuse_unknown_options(request, ("$select", "$top", "$skiptoken"))
        rows = all_selected(request, map(self._domain, self._state.domains), _DOMAIN)
        return JSONResponse(page(request, "domains", rows, page_size(request, 100, 999)))

    async def domain(self, request: Request) -> Response:
        """Get domain."""
        refuse_unknown_options(request, ("$select",))
        wanted = request.path_params["domain"].lower()
        for name in self._state.domains:
            if name.lower() == wanted:
                row = selected(request, self._domain(name), _DOMAIN)
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
            {
                "service": "AADPremiumService",
                "servicePlanId": SERVICE_PLANS[name],
                "capabilityStatus": "Enabled",
                "assignedDateTime": "2024-02-05T09:00:00Z",
            }
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
        rows = [selected(request, row, _ORGANIZATION)]
        return JSONResponse(page(request, "organization", rows, 1))

    async def role_assignments(self, request: Request) -> Response:
        """List unifiedRoleAssignments: those of groups stand under the group's id."""
        refuse_unknown_options(request, ("$filter", "$expand", "$select", "$skiptoken"))
        expand = option(request, "$expand")
        if expand not in {None, "principal", "roleDefinition"}:
            raise _ASSIGNMENT.unknown(str(expand), "Parsing OData Select and Expand failed")
        found = filtered(request, [*self._assignments()], _ASSIGNMENT)
        shown = all_selected(request, found, _ASSIGNMENT)
        pairs = zip(found, shown, strict=True)
        rows = ({**one, **self._expanded(row, expand)} for row, one in pairs)
        return JSONResponse(page(request, "roleManagement/directory/roleAssignments", rows, 100))

    async def transitive_role_assignments(self, request: Request) -> Response:
        """List transitiveRoleAssignments (beta): 404 without `ConsistencyLevel: eventual`."""
        refuse_unknown_options(request, ("$filter", "$count", "$select"))
        if not counts(request):
            raise Problem(404, "Request_ResourceNotFound", "Resource not found.")
        wanted = option(request, "$filter")
        if not is_advanced(request) or wanted is None:
            raise Problem(400, "Request_UnsupportedQuery", "$count=true and $filter are required.")
        passes = compile_filter(wanted, _ASSIGNMENT)
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
        shown = all_selected(request, rows, _ASSIGNMENT)
        return JSONResponse(page(request, context, shown, max(len(rows), 1), count=True))

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

    def _expanded(self, row: JsonObject, relationship: str | None) -> JsonObject:
        """unifiedRoleAssignment resource type: relationships that can be expanded."""
        match relationship:
            case "principal":
                holder = self._state.user(str(row["principalId"]))
                groups = (g for g in self._state.groups if g.id == row["principalId"])
                if holder is None:
                    return {"principal": group_resource(next(groups))}
                kind: JsonObject = {"@odata.type": "#microsoft.graph.user"}
                return {"principal": kind | user_resource(holder)}
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
                return {"roleDefinition": definition}
            case _:
                return {}
