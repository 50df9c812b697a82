"""Who is in which group and role, directly and through other groups."""

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tenant.graph.bodies import refuse_unknown_parameters
from sandbox.tenant.graph.users import USER, find_user, user_resource
from sandbox.tenant.odata import (
    all_selected,
    body_of,
    context_url,
    counts,
    filtered,
    is_advanced,
    option,
    page,
    page_size,
    refuse_unknown_options,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.people import Contact, Group
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_text
from sandbox.tenant.state import TenantState

LIST = ("$filter", "$select", "$top", "$count", "$skiptoken")
"""Options of a collection of directory objects; of the documented ones, $search is missing."""
NAMED = {
    "id": by_text("eq", "in", advanced="ne"),
    "displayName": by_text("eq", "in", "ge", "le", "startswith", advanced="ne"),
}
"""How every directory object can be filtered by its name."""
_GROUP_PROPERTIES = (
    "displayName groupTypes id isAssignableToRole mail mailEnabled securityEnabled".split()
)
_ROLE_PROPERTIES = "description displayName id roleTemplateId".split()
# What is selected from a collection of directory objects is whatever any of its types has.
_MEMBERSHIP = Resource(
    "microsoft.graph.directoryObject",
    {*_GROUP_PROPERTIES, *_ROLE_PROPERTIES},
    "directory",
    NAMED,
)
_MEMBER = Resource(
    "microsoft.graph.directoryObject",
    {*USER.properties, *_GROUP_PROPERTIES},
    "directory",
    NAMED,
    default={*(USER.default or ()), *_GROUP_PROPERTIES},
)


class Memberships:
    """Groups and directory roles, from their members' side and from their own."""

    def __init__(self, state: TenantState) -> None:
        self._state = state

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        root, user = f"/{version}", f"/{version}/users/{{user}}"
        return [
            Route(f"{user}/transitiveMemberOf", self.member_of, methods=["GET"]),
            Route(f"{user}/transitiveMemberOf/{{cast}}", self.member_of, methods=["GET"]),
            Route(f"{user}/checkMemberGroups", self.check_groups, methods=["POST"]),
            Route(f"{user}/getMemberGroups", self.get_groups, methods=["POST"]),
            Route(f"{root}/groups/{{group}}/transitiveMembers", self.members, methods=["GET"]),
        ]

    async def member_of(self, request: Request) -> Response:
        """List a user's memberships, direct and transitive, optionally cast to one type.

        `$filter` and a cast need an advanced query.
        """
        refuse_unknown_options(request, LIST)
        user = find_user(self._state, request.path_params["user"])
        cast = request.path_params.get("cast")
        groups = [group_resource(group) for group in self._state.groups_of(user)]
        roles = [self._role_resource(name) for name in self._state.roles_of(user)]
        match cast:
            case None:
                rows, context = [*groups, *roles], "directoryObjects"
            case "microsoft.graph.group" | "graph.group":
                rows, context = groups, "groups"
            case "microsoft.graph.directoryRole" | "graph.directoryRole":
                rows, context = roles, "directoryRoles"
            case other:
                raise Problem(400, "BadRequest", f"Resource not found for the segment '{other}'.")
        if cast:
            _must_be_advanced(request)
            for row in rows:
                del row["@odata.type"]  # every row is of the type in the context
        return self._objects(request, context, rows, _MEMBERSHIP)

    async def check_groups(self, request: Request) -> Response:
        """directoryObject: checkMemberGroups, at most 20 at once."""
        refuse_unknown_options(request)
        user = find_user(self._state, request.path_params["user"])
        body = await body_of(request)
        refuse_unknown_parameters(body, ("groupIds",), "checkMemberGroups")
        match body:
            case {"groupIds": [*asked]} if 0 < len(asked) <= 20:
                mine = {group.id for group in self._state.groups_of(user)}
                return self._ids(request, [one for one in asked if one in mine])
            case _:
                raise Problem(
                    400, "Request_BadRequest", "Parameter 'groupIds' must hold 1 to 20 ids."
                )

    async def get_groups(self, request: Request) -> Response:
        """directoryObject: getMemberGroups."""
        refuse_unknown_options(request)
        user = find_user(self._state, request.path_params["user"])
        body = await body_of(request)
        refuse_unknown_parameters(body, ("securityEnabledOnly",), "getMemberGroups")
        match body:
            case {"securityEnabledOnly": bool(secure)}:
                groups = self._state.groups_of(user)
                wanted = [g.id for g in groups if g.kind == "security" or not secure]
                return self._ids(request, [*wanted])
            case _:
                raise Problem(
                    400, "Request_BadRequest", "Parameter 'securityEnabledOnly' is required."
                )

    async def members(self, request: Request) -> Response:
        """List group transitive members. `$filter` needs an advanced query."""
        refuse_unknown_options(request, LIST)
        named = request.path_params["group"]
        group = next((group for group in self._state.groups if group.id == named), None)
        if group is None:
            raise Problem(404, "Request_ResourceNotFound", f"Resource '{named}' does not exist.")
        return self._objects(request, "directoryObjects", self._members_of(group), _MEMBER)

    def _objects(
        self, request: Request, context: str, rows: list[JsonObject], resource: Resource
    ) -> Response:
        rows = filtered(request, rows, resource)
        if option(request, "$filter") is not None:
            _must_be_advanced(request)
        shown = all_selected(request, rows, resource)
        size = page_size(request, 100, 999)
        return JSONResponse(page(request, context, shown, size, count=counts(request)))

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
                rows.append(group_resource(other))
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


def _must_be_advanced(request: Request) -> None:
    """400 without `ConsistencyLevel: eventual` and `$count=true`."""
    if not is_advanced(request):
        raise Problem(400, "Request_UnsupportedQuery", "Unsupported Query.")


def group_resource(group: Group) -> JsonObject:
    """group resource type, as far as membership goes."""
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
