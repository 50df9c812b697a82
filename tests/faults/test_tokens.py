"""A token that ends in the middle of a request is replaced once, and nothing runs in a circle."""

import json
import os
import time
from collections.abc import AsyncGenerator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.serve import serving
from tests.labs import ANA, OpenLab, answered, as_object, gaps, objects

ASKED: JsonObject = {"mailbox": ANA}
MANAGED = {"MAILWARDEN_STATIC_TOKEN": ""}
"""Without a fixed token, Mailwarden asks its managed identity."""


class Identity:
    """The identity endpoint of App Service, which gives `token-1`, `token-2` … for each resource.

    Source: How to use managed identities for App Service: REST endpoint reference.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.stuck = False
        """Whether it gives the token that it gave before, as App Service does for hours."""

    async def token(self, request: Request) -> Response:
        assert request.headers["x-identity-header"] == "secret"
        resource = request.query_params["resource"]
        self.asked.append(resource)
        number = 1 if self.stuck else self.asked.count(resource)
        token = {"access_token": f"token-{number}", "resource": resource, "token_type": "Bearer"}
        return JSONResponse({**token, "expires_on": str(int(time.time()) + 3600)})


@pytest.fixture
async def identity(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Identity]:
    """The Function App's managed identity, answering on loopback."""
    found = Identity()
    async with serving(Starlette(routes=[Route("/msi/token", found.token)])) as url:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "secret")
        yield found


@pytest.fixture
def environment(identity: Identity) -> dict[str, str]:
    """Where the Function App finds its identity, when it starts."""
    del identity
    return {name: os.environ[name] for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")}


def expired(*, after: int = 0, token: str = "token-1") -> Refusal:  # noqa: S107 - a pattern
    return Refusal(service="graph", status=401, after=after, token=token)


async def test_a_token_is_asked_for_once_however_many_calls_need_it(
    open_lab: OpenLab, identity: Identity, environment: dict[str, str]
) -> None:
    lab = await open_lab(settings={**MANAGED, **environment})

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert answer["complete"] is True
    assert len(identity.asked) == len(set(identity.asked)), "one for each host"
    assert lab.state.count() > 3


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_token_that_expires_mid_run_is_renewed_once(
    open_lab: OpenLab,
    identity: Identity,
    environment: dict[str, str],
    waits: list[float],
    after: int,
) -> None:
    """The SDK keeps the refused token: asked in the ordinary way, it would give it again."""
    lab = await open_lab(
        settings={**MANAGED, **environment},
        change=lambda state: state.refusals.append(expired(after=after)),
    )

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert answer["complete"] is True
    assert objects(as_object(answer["result"])["rules"])
    graph = identity.asked[0]
    assert identity.asked.count(graph) == 2
    assert lab.state.count(status=401) >= 1
    assert max(lab.state.count("/messageRules"), lab.state.count("/$batch")) <= 2
    assert waits == []


async def test_an_identity_that_has_no_other_token_is_not_asked_in_a_circle(
    open_lab: OpenLab, identity: Identity, environment: dict[str, str], waits: list[float]
) -> None:
    identity.stuck = True
    lab = await open_lab(
        settings={**MANAGED, **environment},
        change=lambda state: state.refusals.append(expired()),
    )

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert ("Graph messageRules", "forbidden") in gaps(answer)
    assert "Lifetime validation failed, the token is expired." in json.dumps(answer["gaps"])
    assert objects(as_object(answer["result"])["rules"]), "Exchange showed them"
    assert lab.state.count("/messageRules") == 1, "the same token is not sent twice"
    assert waits == []


async def test_a_new_token_that_is_refused_too_is_a_gap(
    open_lab: OpenLab, identity: Identity, environment: dict[str, str], waits: list[float]
) -> None:
    lab = await open_lab(
        settings={**MANAGED, **environment},
        change=lambda state: state.refusals.append(expired(token="*")),
    )

    answer = await answered(lab, "list-inbox-rules", ASKED)

    assert ("Graph messageRules", "forbidden") in gaps(answer)
    assert lab.state.count("/messageRules") == 2
    assert waits == []
