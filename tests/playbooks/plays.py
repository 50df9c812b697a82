"""The playbook on a scenario: what its tests open, answer and look at."""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from html import unescape
from typing import NamedTuple

import httpx

from sandbox.clock import Clock
from sandbox.lab import Decide, Decision, Lab, laboratory, play
from sandbox.outcome import Outcome
from sandbox.scenario import Scenario, load_scenario
from sandbox.workflow import Run

Fault = Callable[[httpx.Request], httpx.Response | None]
"""What a request meets on its way; None lets it pass."""


@asynccontextmanager
async def opened(scenario: Scenario, **settings: str) -> AsyncGenerator[Lab]:
    """The scenario's tenant with the Function App on it; `settings` are MAILWARDEN_ variables."""
    async with laboratory(
        scenario.state(),
        Clock(scenario.now),
        approved=scenario.approved_destinations,
        protected=scenario.protected_accounts,
        settings=settings,
    ) as lab:
        yield lab


@asynccontextmanager
async def faulty(lab: Lab, fault: Fault) -> AsyncGenerator[Lab]:
    """The same lab, behind a network that answers some requests by itself."""
    async with httpx.AsyncClient(transport=_Network(fault), timeout=130) as http:
        yield replace(lab, http=http)


class _Network(httpx.AsyncHTTPTransport):
    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._fault(request)
        return await super().handle_async_request(request) if answer is None else answer


def answering(route: str, answer: Callable[[], httpx.Response], *, after: int = 0) -> Fault:
    """A fault of one route of the Function App, after that many calls that passed."""
    calls = 0

    def fault(request: httpx.Request) -> httpx.Response | None:
        nonlocal calls
        if request.url.path != f"/api/{route}":
            return None
        calls += 1
        return answer() if calls > after else None

    return fault


def bad_gateway() -> httpx.Response:
    """What the front end answers for a Function App that is down: no JSON."""
    return httpx.Response(502, html="<html><h1>502 Bad Gateway</h1></html>")


def says(decision: Decision) -> Decide:
    """A person who answers so."""

    async def decide() -> Decision:
        return decision

    return decide


class Ended(NamedTuple):
    """A scenario after the playbook has run: the tenant, closed by now, and the run."""

    lab: Lab
    run: Run

    @property
    def outcome(self) -> Outcome:
        """What the run came to."""
        return Outcome(self.run)


class Plays:
    """Scenarios just as they are written, each played once for all who only look at its end."""

    def __init__(self) -> None:
        self._ended: dict[tuple[str, Decision | None], Ended] = {}

    async def ended(self, name: str, decision: Decision | None = None) -> Ended:
        """The scenario, decided so by a person, or by nobody. Its tenant is not to be changed."""
        if (name, decision) not in self._ended:
            scenario = load_scenario(name)
            async with opened(scenario) as lab:
                decide = None if decision is None else says(decision)
                run = await play(lab, scenario.trigger(), decide=decide)
            self._ended[name, decision] = Ended(lab, run)
        return self._ended[name, decision]


def operations(lab: Lab) -> list[str]:
    """What was changed in the tenant, oldest first."""
    return [change.operation for change in lab.state.changes]


def comments(lab: Lab) -> str:
    """All comments of the incident."""
    return "\n".join(comment.message for comment in lab.state.incidents[0].sentinel_comments)


def made(outcome: Outcome, status: str = "done") -> list[str]:
    """The changes that ended with a status."""
    return [str(each["action"]) for each in outcome.changes if each["status"] == status]


def findings(outcome: Outcome) -> dict[str, str]:
    """What the verdict rests on: a sentence of each kind, by its id."""
    found = outcome.verdict["findings"]
    assert isinstance(found, list)
    return {str(each["id"]): str(each["sentence"]) for each in found if isinstance(each, dict)}


def words(comment: str) -> str:
    """A comment's text as a person reads it, without the marks."""
    return unescape(re.sub(r"<[^>]+>", " ", comment))


def verdict_told(lab: Lab) -> str:
    """The verdict as the incident's comments tell it in the end, with what was added to it."""
    messages = [comment.message for comment in lab.state.incidents[0].sentinel_comments]
    return words("\n".join(each for each in messages if each.startswith("<h3>Mailwarden: ")))
