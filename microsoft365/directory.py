"""Users of the directory: who is meant, and what kind of account it is."""

from datetime import datetime

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.users.item.check_member_groups.check_member_groups_post_request_body import (
    CheckMemberGroupsPostRequestBody,
)
from msgraph.generated.users.item.transitive_member_of.graph_directory_role.graph_directory_role_request_builder import (  # noqa: E501 - the SDK's own module name
    GraphDirectoryRoleRequestBuilder,
)
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from evidence.addresses import domain
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, moment, text, texts
from microsoft365.errors import NotFound, Unavailable
from microsoft365.odata import literal
from microsoft365.tenant import Tenant

_PROPERTIES = [
    "id",
    "userPrincipalName",
    "mail",
    "proxyAddresses",
    "onPremisesSyncEnabled",
    "signInSessionsValidFromDateTime",
    "lastPasswordChangeDateTime",
]


class DirectoryUser(Evidence):
    """An account, as much of it as a change needs to know (Graph: Get user)."""

    id: str
    user_principal_name: str
    mail: str | None = None
    addresses: tuple[str, ...] = ()
    """Every SMTP address, lower-cased."""
    synchronised: bool = False
    """Mastered in on-premises Active Directory."""
    sessions_valid_from: datetime | None = None
    password_set_at: datetime | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every name by which the account can be meant, lower-cased."""
        own = (self.id, self.user_principal_name, self.mail or "", *self.addresses)
        return frozenset(name.lower() for name in own if name)


async def find_user(tenant: Tenant, subject: str) -> DirectoryUser:
    """The account behind a UPN, an object id or any SMTP address of it.

    Raises NotFound when there is none, and other MicrosoftErrors.
    """
    by_name = tenant.graph.v1.users.by_user_id(subject).to_get_request_information(
        RequestConfiguration(
            query_parameters=UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(
                select=_PROPERTIES
            )
        )
    )
    try:
        return _user(await tenant.graph.object(by_name))
    except NotFound:
        if "@" not in subject:
            raise
    wanted = literal(f"smtp:{subject}")
    by_address = tenant.graph.v1.users.to_get_request_information(
        RequestConfiguration(
            query_parameters=UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
                filter=f"mail eq {literal(subject)} or proxyAddresses/any(p:p eq {wanted})",
                select=_PROPERTIES,
                top=2,
            )
        )
    )
    found = await tenant.graph.collection(by_address)
    if len(found) != 1:
        raise NotFound("Graph", 404, "Request_ResourceNotFound", f"no account named {subject}")
    return _user(found[0])


async def admin_roles(tenant: Tenant, user: DirectoryUser) -> tuple[str, ...]:
    """The Entra directory roles that the account holds now, through groups too.

    Source: Graph: List a user's transitive memberships. Raises MicrosoftError.
    """
    # A cast of memberships is an advanced query, which needs the count and this header.
    query = GraphDirectoryRoleRequestBuilder.GraphDirectoryRoleRequestBuilderGetQueryParameters(
        count=True
    )
    headers = HeadersCollection()
    headers.add("ConsistencyLevel", "eventual")
    roles_of = tenant.graph.v1.users.by_user_id(user.id).transitive_member_of.graph_directory_role
    request = roles_of.to_get_request_information(
        RequestConfiguration(query_parameters=query, headers=headers)
    )
    roles = await tenant.graph.collection(request)
    return tuple(text(role, "displayName") or text(role, "id") or "?" for role in roles)


async def groups_among(
    tenant: Tenant, user: DirectoryUser, group_ids: tuple[str, ...]
) -> tuple[str, ...]:
    """Which of at most 20 groups the account is in, through other groups too.

    Source: Graph: directoryObject: checkMemberGroups. Raises MicrosoftError.
    """
    asked = tenant.graph.v1.users.by_user_id(user.id).check_member_groups
    request = asked.to_post_request_information(
        CheckMemberGroupsPostRequestBody(group_ids=list(group_ids))
    )
    answer = await tenant.graph.send(request)
    return texts(answer.body, "value")


async def is_federated(tenant: Tenant, user: DirectoryUser) -> bool:
    """Whether the account signs in elsewhere, so that no password in the cloud counts.

    Source: Graph: Get domain, `authenticationType`. Raises MicrosoftError.
    """
    name = domain(user.user_principal_name)
    request = tenant.graph.v1.domains.by_domain_id(name).to_get_request_information()
    found = await tenant.graph.object(request)
    return (text(found, "authenticationType") or "").lower() == "federated"


def _user(payload: JsonObject) -> DirectoryUser:
    """Raises Unavailable for an account without names: nobody could tell if it is protected."""
    identifier, name = text(payload, "id"), text(payload, "userPrincipalName")
    if identifier is None or name is None:
        raise Unavailable("Graph", 200, "unreadable", "the answer is no user")
    addresses = (a for a in texts(payload, "proxyAddresses") if a.lower().startswith("smtp:"))
    return DirectoryUser(
        id=identifier,
        user_principal_name=name,
        mail=text(payload, "mail"),
        addresses=tuple(address[5:].lower() for address in addresses),
        synchronised=flag(payload, "onPremisesSyncEnabled") is True,
        sessions_valid_from=moment(payload, "signInSessionsValidFromDateTime"),
        password_set_at=moment(payload, "lastPasswordChangeDateTime"),
    )
