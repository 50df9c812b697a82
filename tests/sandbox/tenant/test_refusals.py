"""A misspelt name or value is refused, as Graph refuses it, and changes nothing."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from pydantic import JsonValue

from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.sandbox.tenant.examples import ADVANCED, ANA, RULES, Example, reading, writing
from tests.sandbox.tenant.full import full_state
from tests.sandbox.tenant.microsofts_model import lost
from tests.sandbox.tenant.test_microsofts_model import opened

EXAMPLES = full_state()
READING = reading(EXAMPLES)
WRITING = writing(EXAMPLES)
WITH_BODY = [each for each in WRITING if each.body is not None]
ALERT = "security/alerts_v2/fa01"
INCIDENT = "security/incidents/12"


@pytest.fixture
def full() -> TenantState:
    return full_state()


@pytest.fixture
async def graph(full: TenantState) -> AsyncIterator[httpx.AsyncClient]:
    async with opened(full) as client:
        yield client


def told(example: Example) -> str:
    return f"{example.method} {example.path}"


def varied(path: str, more: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{more}"


async def refused(
    graph: httpx.AsyncClient,
    full: TenantState,
    method: str,
    path: str,
    body: JsonValue = None,
    *,
    headers: dict[str, str] | None = None,
    version: str = "v1.0",
) -> str:
    """The message with which a request was refused in Graph's own shape, having done nothing."""
    before = full.model_dump_json(exclude={"refusals"})
    answer = await graph.request(method, f"/{version}/{path}", json=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert lost("v1.0", "models.o_data_errors.o_data_error:ODataError", answer.json()) == []
    error = answer.json()["error"]
    assert {"date", "request-id", "client-request-id"} == set(error["innerError"])
    assert error["code"]
    assert full.model_dump_json(exclude={"refusals"}) == before
    assert full.changes == []
    return error["message"]


@pytest.mark.parametrize("example", [e for e in READING if "v1.0" in e.versions], ids=told)
async def test_a_misspelt_select_filter_and_order_are_refused_everywhere(
    graph: httpx.AsyncClient, full: TenantState, example: Example
) -> None:
    path = example.path.partition("?")[0]
    for more in ("$select=dispalyName", "$filter=dispalyName eq 'x'", "$orderby=dispalyName"):
        asked = varied(path, f"{more}&$count=true" if example.headers == ADVANCED else more)
        message = await refused(graph, full, "GET", asked, headers=example.headers)
        assert "dispalyName" in message or more.partition("=")[0] in message


@pytest.mark.parametrize("example", READING, ids=told)
async def test_an_option_that_there_is_not_is_refused_and_other_parameters_are_ignored(
    graph: httpx.AsyncClient, full: TenantState, example: Example
) -> None:
    if "v1.0" in example.versions:
        assert "$slect" in await refused(graph, full, "GET", varied(example.path, "$slect=id"))
    version = example.versions[0]
    asked = f"/{version}/{varied(example.path, 'colour=red')}"
    answer = await graph.get(asked, headers=example.headers)
    assert answer.status_code in {200, 404}


@pytest.mark.parametrize("example", WRITING, ids=told)
async def test_query_options_are_for_reading_only(
    graph: httpx.AsyncClient, full: TenantState, example: Example
) -> None:
    path, version = varied(example.path, "$select=id"), example.versions[0]
    message = await refused(graph, full, example.method, path, example.body, version=version)
    assert "$select" in message


@pytest.mark.parametrize("example", [e for e in WITH_BODY if e.path != "$batch"], ids=told)
async def test_a_misspelt_property_of_a_body_is_refused_and_named(
    graph: httpx.AsyncClient, full: TenantState, example: Example
) -> None:
    body = {**(example.body or {}), "isEnabeld": True}
    version = example.versions[0]
    message = await refused(graph, full, example.method, example.path, body, version=version)
    assert "isEnabeld" in message or "isenabeld" in message


@pytest.mark.parametrize("example", WITH_BODY, ids=told)
@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'"text"'])
async def test_a_body_that_is_no_object_is_refused(
    graph: httpx.AsyncClient, full: TenantState, example: Example, content: bytes
) -> None:
    path = f"/{example.versions[0]}/{example.path}"
    answer = await graph.request(example.method, path, content=content)
    assert answer.status_code == 400
    assert full.changes == []


def misspelt_values() -> Iterator[tuple[str, str, JsonObject]]:
    state = full_state()
    mailbox = state.users[0].mailbox
    assert mailbox is not None
    rule = next(rule for rule in mailbox.rules if not rule.hidden).graph_id
    for name in ("status", "classification", "determination"):
        yield ALERT, "PATCH", {name: "compromisedUser"}
    for name in ("status", "classification", "determination", "severity"):
        yield INCIDENT, "PATCH", {name: "closed"}
    for part in ("conditions", "exceptions"):
        yield f"{RULES}/{rule}", "PATCH", {part: {"importance": "urgent"}}
        yield f"{RULES}/{rule}", "PATCH", {part: {"sensitivity": "secret"}}
        yield f"{RULES}/{rule}", "PATCH", {part: {"messageActionFlag": "later"}}
        yield f"{RULES}/{rule}", "PATCH", {part: {"subjectContians": ["x"]}}
    yield f"{RULES}/{rule}", "PATCH", {"actions": {"markImportance": "urgent"}}
    yield f"{RULES}/{rule}", "PATCH", {"actions": {"forwrdTo": []}}
    yield RULES, "POST", {"displayName": "x", "sequence": "first"}
    yield ANA, "PATCH", {"accountEnabled": "no"}
    yield f"{ANA}/checkMemberGroups", "POST", {"groupIds": "one"}
    yield f"{ANA}/getMemberGroups", "POST", {"securityEnabledOnly": "yes"}


@pytest.mark.parametrize(("path", "method", "body"), [*misspelt_values()])
async def test_a_value_that_an_enumeration_or_a_type_does_not_have_is_refused(
    graph: httpx.AsyncClient, full: TenantState, path: str, method: str, body: JsonObject
) -> None:
    assert await refused(graph, full, method, path, body)


@pytest.mark.parametrize(
    "query",
    [
        "users?$filter=accountEnabled eq 'true'",
        "users?$filter=displayName eq 5",
        "users?$filter=mail lt 'a'",
        "users?$filter=contains(displayName,'a')",
        "users?$filter=displayName",
        "users?$filter=businessPhones/any(p: p eq '1')",
        "users?$filter=mail eq 'a' or",
        "users?$filter=passwordProfile eq 'x'",
        "auditLogs/signIns?$filter=createdDateTime ge '2026-11-18'",
        "auditLogs/signIns?$filter=createdDateTime gt 2026-11-18T00:00:00Z",
        "auditLogs/signIns?$filter=not(userId eq 'x')",
        "auditLogs/signIns?$filter=status/errorCode eq '0'",
        "auditLogs/signIns?$filter=userAgent eq 'x'",
        "auditLogs/signIns?$filter=sessionId eq 'x'",
        "auditLogs/signIns?$orderby=userId",
        "identityProtection/riskDetections?$orderby=activityDateTime",
        "security/alerts_v2?$filter=title eq 'x'",
        "security/alerts_v2?$filter=status ne 'new'",
        f"{ANA}/mailFolders?$filter=totalItemCount gt 3",
        "roleManagement/directory/roleAssignments?$filter=id eq 'x'",
        "roleManagement/directory/roleAssignments?$expand=roleDefinitions",
        f"{INCIDENT}?$expand=alert",
        "domains?$filter=id eq 'contoso.com'",
        "organization?$top=1",
    ],
)
async def test_what_a_property_does_not_support_is_refused(
    graph: httpx.AsyncClient, full: TenantState, query: str
) -> None:
    assert await refused(graph, full, "GET", query)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("users?$filter=accountEnabled ne false", 3),
        ("users?$filter=not(startswith(displayName,'Ana'))", 2),
        ("users?$filter=endswith(mail,'@contoso.com')", 3),
        ("users?$filter=userType eq 'Guest'&$orderby=displayName", 1),
        (f"{ANA}/transitiveMemberOf?$filter=displayName eq 'Team'", 1),
        (f"{ANA}/transitiveMemberOf/microsoft.graph.group", 3),
    ],
)
async def test_advanced_queries_need_their_header_and_their_count(
    graph: httpx.AsyncClient, full: TenantState, path: str, found: int
) -> None:
    """Advanced query capabilities on Microsoft Entra ID objects."""
    header = {"ConsistencyLevel": "eventual"}
    counted = varied(path, "$count=true")
    await refused(graph, full, "GET", path)
    await refused(graph, full, "GET", path, headers=header)
    await refused(graph, full, "GET", counted)
    answer = await graph.get(f"/v1.0/{counted}", headers=header)
    assert (len(answer.json()["value"]), answer.json()["@odata.count"]) == (found, found)


async def test_directory_objects_are_not_counted_without_the_header(
    graph: httpx.AsyncClient,
) -> None:
    ignored = await graph.get("/v1.0/users?$count=true")
    assert "@odata.count" not in ignored.json()


@pytest.mark.parametrize("example", [*READING, *WRITING], ids=told)
async def test_methods_that_a_path_does_not_have_are_405(
    graph: httpx.AsyncClient, full: TenantState, example: Example
) -> None:
    path = f"/{example.versions[-1]}/{example.path.partition('?')[0]}"
    answer = await graph.request("PUT", path, json={})
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "Request_BadRequest"
    assert full.changes == []


@pytest.mark.parametrize(
    ("path", "segment"),
    [
        ("userz", "userz"),
        (f"{ANA}/messageRules", "messageRules"),
        (f"{ANA}/mailFolders/inbox/rules/1", "rules"),
        ("security/alert_v2", "alert_v2"),
        ("roleManagement/directory/transitiveRoleAssignments", "transitiveRoleAssignments"),
        (f"{ANA}/transitiveMemberOf/microsoft.graph.gruop", "microsoft.graph.gruop"),
    ],
)
async def test_an_unknown_segment_is_named(
    graph: httpx.AsyncClient, full: TenantState, path: str, segment: str
) -> None:
    message = await refused(graph, full, "GET", path)
    assert message == f"Resource not found for the segment '{segment}'."


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("users/nobody@contoso.com", "Request_ResourceNotFound"),
        ("users/nobody@contoso.com/transitiveMemberOf", "Request_ResourceNotFound"),
        ("users/nobody@contoso.com/mailboxSettings", "ErrorInvalidUser"),
        (f"{ANA}/mailFolders/nowhere", "ErrorItemNotFound"),
        (f"{RULES}/AQAAAJ5dZp8=", "ErrorItemNotFound"),
        ("groups/none/transitiveMembers", "Request_ResourceNotFound"),
        ("domains/example.org", "Request_ResourceNotFound"),
        ("servicePrincipals(appId='none')", "Request_ResourceNotFound"),
        ("identityProtection/riskyUsers/none", "Request_ResourceNotFound"),
        ("security/alerts_v2/none", "ResourceNotFound"),
        ("security/incidents/999", "ResourceNotFound"),
    ],
)
async def test_what_does_not_exist_is_404_in_the_services_own_words(
    graph: httpx.AsyncClient, path: str, code: str
) -> None:
    answer = await graph.get(f"/v1.0/{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)
    assert lost("v1.0", "models.o_data_errors.o_data_error:ODataError", answer.json()) == []


async def test_a_part_of_a_batch_brings_its_own_headers(graph: httpx.AsyncClient) -> None:
    """Combine multiple HTTP requests using JSON batching."""
    path = f"/{ANA}/transitiveMemberOf/microsoft.graph.group?$count=true"
    outer = {"ConsistencyLevel": "eventual"}
    parts: list[JsonValue] = [
        {"id": "a", "method": "GET", "url": path},
        {"id": "b", "method": "GET", "url": path, "headers": {**outer}},
    ]
    answer = await graph.post("/v1.0/$batch", json={"requests": parts}, headers=outer)
    statuses = {row["id"]: row["status"] for row in answer.json()["responses"]}
    assert statuses == {"a": 400, "b": 200}


@pytest.mark.parametrize(
    "requests",
    [
        [{"id": "a", "method": "PATCH", "url": f"/{ANA}", "body": {"accountEnabled": False}}],
        [{"id": name, "method": "GET", "url": "/domains"} for name in ("a", "A")],
    ],
)
async def test_a_batch_is_refused_whole_for_a_body_without_a_type_and_ids_that_repeat(
    graph: httpx.AsyncClient, full: TenantState, requests: JsonValue
) -> None:
    answer = await graph.post("/v1.0/$batch", json={"requests": requests})
    assert answer.status_code == 400
    assert full.changes == []
