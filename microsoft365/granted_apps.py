"""Applications and what they were granted: delegated permissions, application permissions."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.oauth2_permission_grants.oauth2_permission_grants_request_builder import (
    Oauth2PermissionGrantsRequestBuilder,
)
from msgraph.generated.service_principals.item.app_role_assigned_to.app_role_assigned_to_request_builder import (  # noqa: E501 - the SDK's own module name
    AppRoleAssignedToRequestBuilder,
)
from msgraph.generated.service_principals.service_principals_request_builder import (
    ServicePrincipalsRequestBuilder,
)

from evidence import granted_app
from evidence.granted_app import GrantedApp
from evidence.model import Gap, JsonObject
from evidence.reading import moment, text
from microsoft365.odata import literal
from microsoft365.tenant import Tenant

OF_USER = "Graph users/oauth2PermissionGrants"
FOR_EVERYBODY = "Graph oauth2PermissionGrants"
ASSIGNED = "Graph users/appRoleAssignments"
APPLICATIONS = "Graph servicePrincipals/appRoleAssignedTo"
PRINCIPALS = "Graph servicePrincipals"
# The APIs that open mail, by the ids that they have in every organisation: Microsoft Graph and
# Office 365 Exchange Online.
_MAIL_APIS = ("00000003-0000-0000-c000-000000000000", "00000002-0000-0ff1-ce00-000000000000")
_PAGE_SIZE = 999
"""The most of a page; by itself Graph sends a hundred (Graph: List servicePrincipals)."""
_IN_ONE_FILTER = 15
"""Values of an `in` (Graph: Use the $filter query parameter)."""


async def read_grants_of(tenant: Tenant, user_id: str) -> list[GrantedApp]:
    """What applications may do on behalf of the user alone. Raises MicrosoftError."""
    grants = tenant.graph.v1.users.by_user_id(user_id).oauth2_permission_grants
    request = grants.to_get_request_information()
    found = await tenant.graph.collection(request, cut=tenant.cut_short(OF_USER))
    return [granted_app.from_grant(each) for each in found]


async def read_mail_grants_for_everybody(tenant: Tenant) -> list[GrantedApp]:
    """What applications may do with mail on behalf of everybody. Raises MicrosoftError."""
    query = (
        Oauth2PermissionGrantsRequestBuilder.Oauth2PermissionGrantsRequestBuilderGetQueryParameters(
            filter=f"consentType eq {literal('AllPrincipals')}", top=_PAGE_SIZE
        )
    )
    request = tenant.graph.v1.oauth2_permission_grants.to_get_request_information(
        RequestConfiguration(query_parameters=query)
    )
    found = await tenant.graph.collection(request, cut=tenant.cut_short(FOR_EVERYBODY))
    grants = (granted_app.from_grant(each) for each in found)
    return [each for each in grants if each.mail_scopes and each.given_for == "everybody"]


async def read_assignments_of(tenant: Tenant, user_id: str) -> list[JsonObject]:
    """The applications assigned to the user, as his first consent to one does; with their dates.

    Source: Graph: List appRoleAssignments granted to a user. Raises MicrosoftError.
    """
    assigned = tenant.graph.v1.users.by_user_id(user_id).app_role_assignments
    request = assigned.to_get_request_information()
    return await tenant.graph.collection(request, cut=tenant.cut_short(ASSIGNED))


async def read_mail_applications(tenant: Tenant) -> list[GrantedApp]:
    """Applications that reach mail by themselves, without any user. Raises MicrosoftError.

    An API that the directory does not show is a gap: every organisation with mail has both.
    """
    wanted = ", ".join(literal(app_id) for app_id in _MAIL_APIS)
    apis = await _principals(
        tenant, f"appId in ({wanted})", ["id", "appId", "displayName", "appRoles"]
    )
    shown = {(text(api, "appId") or "").lower() for api in apis}
    for app_id in _MAIL_APIS:
        if app_id not in shown:
            detail = f"the API {app_id} was not listed, so that who may use it is not known"
            tenant.missed(Gap(source=APPLICATIONS, reason="notFound", detail=detail))
    listings = await asyncio.gather(
        *(tenant.see_of_known(APPLICATIONS, _assigned_on(tenant, api)) for api in apis)
    )
    found = (
        granted_app.from_assignment(each, api)
        for api, listing in zip(apis, listings, strict=True)
        for each in listing or ()
        if (text(each, "principalType") or "").lower() == "serviceprincipal"
    )
    return [each for each in found if each.mail_scopes]


async def _assigned_on(tenant: Tenant, api: JsonObject) -> list[JsonObject]:
    principal = tenant.graph.v1.service_principals.by_service_principal_id(text(api, "id") or "")
    query = AppRoleAssignedToRequestBuilder.AppRoleAssignedToRequestBuilderGetQueryParameters(
        top=_PAGE_SIZE
    )
    request = principal.app_role_assigned_to.to_get_request_information(
        RequestConfiguration(query_parameters=query)
    )
    return await tenant.graph.collection(request, cut=tenant.cut_short(APPLICATIONS))


def dated(apps: Iterable[GrantedApp], assigned: Iterable[JsonObject]) -> tuple[GrantedApp, ...]:
    """The grants; the user's own with the day on which the application was assigned to him."""
    first: dict[str, datetime] = {}
    for each in assigned:
        key, at = (text(each, "resourceId") or "").lower(), moment(each, "createdDateTime")
        if at is not None:
            first[key] = min(at, first.get(key, at))
    return tuple(
        each.model_copy(update={"granted": first.get(each.service_principal_id.lower())})
        if each.given_for == "user"
        else each
        for each in apps
    )


async def described(tenant: Tenant, apps: Sequence[GrantedApp]) -> tuple[GrantedApp, ...]:
    """The grants with what is known of the application and of the API. Raises MicrosoftError."""
    clients, apis = await asyncio.gather(
        # Without $select: what Graph sends of an application is more than it lets one select.
        _by_ids(tenant, (each.service_principal_id for each in apps), None),
        _by_ids(
            tenant, (each.resource for each in apps if _is_reference(each)), ["id", "displayName"]
        ),
    )

    def told(each: GrantedApp) -> GrantedApp:
        name = text(apis.get(each.resource.lower()), "displayName")
        named = each.model_copy(update={"resource": name or each.resource})
        principal = clients.get(each.service_principal_id.lower())
        return granted_app.with_principal(named, principal) if principal else named

    return tuple(map(told, apps))


def _is_reference(app: GrantedApp) -> bool:
    """Whether the API is still named by the id of its service principal."""
    return app.given_for != "application"


async def _by_ids(
    tenant: Tenant, ids: Iterable[str], select: list[str] | None
) -> dict[str, JsonObject]:
    wanted = sorted({each.lower() for each in ids if each})
    chunks = [
        wanted[start : start + _IN_ONE_FILTER] for start in range(0, len(wanted), _IN_ONE_FILTER)
    ]
    parts = await asyncio.gather(
        *(
            _principals(tenant, f"id in ({', '.join(map(literal, chunk))})", select)
            for chunk in chunks
        )
    )
    return {(text(each, "id") or "").lower(): each for part in parts for each in part}


async def _principals(tenant: Tenant, wanted: str, select: list[str] | None) -> list[JsonObject]:
    query = ServicePrincipalsRequestBuilder.ServicePrincipalsRequestBuilderGetQueryParameters(
        filter=wanted, select=select
    )
    request = tenant.graph.v1.service_principals.to_get_request_information(
        RequestConfiguration(query_parameters=query)
    )
    return await tenant.graph.collection(request)
