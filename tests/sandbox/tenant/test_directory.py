"""The directory: domains, roles, groups and applications."""

import httpx

from sandbox.tenant.state import TenantState

ROLES = "roleManagement/directory"


async def test_domains_and_organisation_name_what_is_the_tenants_own(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.federated_domains.append("contoso.com")
    rows = (await tenant.get("/v1.0/domains")).json()["value"]
    assert [(row["id"], row["authenticationType"]) for row in rows] == [
        ("contoso.com", "Federated"),
        ("contoso.onmicrosoft.com", "Managed"),
    ]
    organization = (await tenant.get("/v1.0/organization")).json()["value"]
    assert [row["id"] for row in organization] == [state.id]


async def test_role_assignments_of_a_principal_can_show_the_role(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    mira = state.users[2]
    query = f"?$filter=principalId eq '{mira.id}'&$expand=roleDefinition"
    rows = (await tenant.get(f"/v1.0/{ROLES}/roleAssignments{query}")).json()["value"]
    assert [row["roleDefinition"]["displayName"] for row in rows] == ["Exchange Administrator"]


async def test_a_role_through_a_group_is_seen_only_transitively(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    joel, operators = state.users[1], state.groups[0]
    query = f"?$filter=principalId eq '{joel.id}'"
    assert (await tenant.get(f"/v1.0/{ROLES}/roleAssignments{query}")).json()["value"] == []
    path = f"/beta/{ROLES}/transitiveRoleAssignments{query}&$count=true"
    rows = (await tenant.get(path, headers={"ConsistencyLevel": "eventual"})).json()["value"]
    assert [row["principalId"] for row in rows] == [operators.id]
    assert (await tenant.get(path)).status_code == 404
    assert (await tenant.get(path.replace("beta", "v1.0"))).status_code == 400


async def test_memberships_can_be_cast_to_roles_or_groups(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    path = "/v1.0/users/joel@contoso.com/transitiveMemberOf"
    everything = (await tenant.get(path)).json()["value"]
    tenant.headers["ConsistencyLevel"] = "eventual"
    roles = (await tenant.get(f"{path}/microsoft.graph.directoryRole?$count=true")).json()["value"]
    groups = (await tenant.get(f"{path}/microsoft.graph.group?$count=true")).json()["value"]
    assert [row["displayName"] for row in roles] == ["Helpdesk Administrator"]
    assert [row["id"] for row in groups] == [state.groups[0].id]
    assert len(everything) == 2
    assert (await tenant.get(f"{path}/microsoft.graph.device")).status_code == 400


async def test_groups_are_checked_twenty_at_once(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    path, group = "/v1.0/users/joel@contoso.com", state.groups[0].id
    asked = {"groupIds": [group, state.groups[1].id]}
    assert (await tenant.post(f"{path}/checkMemberGroups", json=asked)).json()["value"] == [group]
    too_many = {"groupIds": [group] * 21}
    assert (await tenant.post(f"{path}/checkMemberGroups", json=too_many)).status_code == 400
    secure = {"securityEnabledOnly": True}
    assert (await tenant.post(f"{path}/getMemberGroups", json=secure)).json()["value"] == [group]


async def test_members_of_a_group_are_people_and_contacts(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    rows = (await tenant.get(f"/v1.0/groups/{state.groups[1].id}/transitiveMembers")).json()
    assert {row["displayName"] for row in rows["value"]} == {"Ana Bowman", "Partner"}
    assert (await tenant.get("/v1.0/groups/none/transitiveMembers")).status_code == 404


async def test_an_application_is_found_by_its_app_id(tenant: httpx.AsyncClient) -> None:
    direct = await tenant.get("/v1.0/servicePrincipals(appId='aaaaaaaa')")
    listed = await tenant.get("/v1.0/servicePrincipals?$filter=appId eq 'aaaaaaaa'")
    assert direct.json()["displayName"] == "Tool"
    assert [row["id"] for row in listed.json()["value"]] == [direct.json()["id"]]
    assert (await tenant.get("/v1.0/servicePrincipals(appId='b')")).status_code == 404
