"""Every answer of the simulated tenant is one that Microsoft's own models read without loss."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from types import UnionType
from typing import Literal, Union, get_args, get_origin

import httpx
import pytest
from pydantic import JsonValue
from starlette.routing import Match, Route

from sandbox.clock import Clock
from sandbox.scenario import load_scenario, scenarios
from sandbox.tenant.app import tenant_app
from sandbox.tenant.state import TenantState
from tests.sandbox.tenant.conftest import NOW
from tests.sandbox.tenant.examples import Example, reading, writing
from tests.sandbox.tenant.full import fields_of, full_state, parts_of
from tests.sandbox.tenant.microsofts_model import READABLE, later_members, lost

VERSIONS = (
    "v1.0",
    pytest.param(
        "beta",
        marks=pytest.mark.skipif(
            "beta" not in READABLE, reason="msgraph-beta-sdk is not installed"
        ),
    ),
)
NOTHING: tuple[object, ...] = (None, "", [], {})


@asynccontextmanager
async def opened(
    state: TenantState, clock: Clock | None = None
) -> AsyncGenerator[httpx.AsyncClient]:
    app = tenant_app(state, clock or Clock(NOW))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://tenant",
            headers={"Authorization": "Bearer token"},
        ) as client,
    ):
        yield client


async def asked(client: httpx.AsyncClient, version: str, example: Example) -> httpx.Response:
    return await client.request(
        example.method,
        f"/{version}/{example.path}",
        json=example.body,
        headers=example.headers,
    )


def rows_of(example: Example, body: JsonValue) -> list[JsonValue]:
    """What the model stands for: the whole answer, or the rows of one the SDK has no type for."""
    if example.path.endswith("/comments"):
        assert isinstance(body, dict)
        rows = body["value"]
        assert isinstance(rows, list)
        return rows
    return [body]


def routes() -> list[Route]:
    app = tenant_app(full_state(), Clock(NOW))
    return [
        route
        for route in app.router.routes
        if isinstance(route, Route) and route.path.startswith(("/v1.0/", "/beta/"))
    ]


def test_every_path_of_graph_has_an_example() -> None:
    state = full_state()
    examples = [
        {"type": "http", "method": each.method, "path": f"/{version}/{each.path.split('?')[0]}"}
        for each in (*reading(state), *writing(state))
        for version in each.versions
    ]
    without = {
        f"{method} {route.path}"
        for route in routes()
        for method in (route.methods or set()) - {"HEAD"}
        if not any(
            scope["method"] == method and route.matches(scope)[0] == Match.FULL
            for scope in examples
        )
    }
    assert without == set()


def test_the_full_tenant_leaves_no_field_empty() -> None:
    everything = [(part, name) for part in parts_of(full_state()) for name in fields_of(part)]
    filled = {(type(part), name) for part, name in everything if getattr(part, name) not in NOTHING}
    empty = {
        f"{type(part).__name__}.{name}"
        for part, name in everything
        if (type(part), name) not in filled
    }
    assert empty - {"Application.cmdlets", "TenantState.interruptions"} == {"TenantState.refusals"}


@pytest.mark.parametrize("version", VERSIONS)
async def test_nothing_that_a_full_tenant_says_is_lost(version: str) -> None:
    state = full_state()
    problems: list[str] = []
    async with opened(state) as client:
        for example in (*reading(state), *writing(state)):
            if version in example.versions:
                problems += await _problems(client, version, example)
    assert problems == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_value_that_a_scenario_may_use_is_one_of_microsofts(version: str) -> None:
    problems: set[str] = set()
    for state in _every_choice():
        async with opened(state) as client:
            client.headers["Prefer"] = "include-unknown-enum-members"
            for example in _with_choices(state, version):
                problems |= {*await _problems(client, version, example)}
    assert problems == set()


@pytest.mark.parametrize("version", VERSIONS)
async def test_members_that_came_later_are_named_only_to_those_who_ask(version: str) -> None:
    """Best practices for working with Microsoft Graph: evolvable enumerations."""
    named: set[str] = set()
    for state in _every_choice():
        async with opened(state) as client:
            for example in _with_choices(state, version):
                answer = await asked(client, version, example)
                if answer.status_code == 200 and example.model:
                    named |= {*later_members(version, example.model, answer.json())}
    assert named == set()


@pytest.mark.parametrize("name", [scenario.name for scenario in scenarios()])
async def test_nothing_that_a_scenario_says_is_lost(name: str) -> None:
    scenario = load_scenario(name)
    state = scenario.state()
    state.refusals.clear()
    state.interruptions.clear()
    state.delays.clear()
    problems: list[str] = []
    async with opened(state, Clock(scenario.now)) as client:
        for example in reading(state):
            # What beta says more than v1.0 stands in the sign-in log.
            for version in example.versions if "signIns" in example.path else ("v1.0",):
                if version in READABLE & {*example.versions}:
                    problems += await _problems(client, version, example)
    assert problems == []


async def test_a_batch_answers_what_each_request_would_be_answered_alone() -> None:
    state = full_state()
    examples = [each for each in reading(state) if "v1.0" in each.versions]
    async with opened(state) as client:
        for start in range(0, len(examples), 20):
            some = examples[start : start + 20]
            requests = [
                {"id": str(n), "method": "GET", "url": f"/{one.path}", "headers": one.headers}
                for n, one in enumerate(some)
            ]
            answer = await client.post("/v1.0/$batch", json={"requests": requests})
            parts = {row["id"]: row for row in answer.json()["responses"]}
            for n, one in enumerate(some):
                alone = await asked(client, "v1.0", one)
                assert parts[str(n)]["status"] == alone.status_code
                if alone.status_code == 200:
                    assert parts[str(n)]["body"] == alone.json()


async def _problems(client: httpx.AsyncClient, version: str, example: Example) -> list[str]:
    answer = await asked(client, version, example)
    if "identityProtection" in example.path and answer.status_code in {403, 404}:
        return []  # most users have no risk, and a tenant may not have bought to see it
    told = f"{example.method} /{version}/{example.path}"
    if answer.status_code != example.status:
        return [f"{told}: {answer.status_code} {answer.text}"]
    if not example.model:
        return []
    return [
        f"{told}: {each}"
        for row in rows_of(example, answer.json())
        for each in lost(version, example.model, row)
    ]


def _choices(state: TenantState) -> Iterator[tuple[object, str, tuple[str, ...]]]:
    """Every field of the state that takes one of several values."""
    for part in parts_of(state):
        for name, field in fields_of(part).items():
            union = get_origin(field.annotation) in {Union, UnionType}
            for kind in get_args(field.annotation) if union else [field.annotation]:
                if get_origin(kind) is Literal:
                    yield part, name, get_args(kind)


def _every_choice() -> Iterator[TenantState]:
    """Full tenants in which, between them, every such field has had each of its values."""
    for round_ in range(max(len(values) for _, _, values in _choices(full_state()))):
        state = full_state()
        for part, name, values in _choices(state):
            setattr(part, name, values[round_ % len(values)])
        yield state


def _with_choices(state: TenantState, version: str) -> list[Example]:
    """What is read of the one user who has everything, where there are such fields."""
    ana = state.users[0].id
    places = ("mailboxSettings", "messageRules", "signIns", "riskDetections", "$expand=alerts")
    return [
        each
        for each in reading(state)
        if version in each.versions
        and (
            each.path.startswith(f"users/{ana}?$select")
            or f"riskyUsers/{ana}" in each.path
            or any(place in each.path for place in places)
        )
        and not any(other.id in each.path for other in state.users[1:])
    ]
