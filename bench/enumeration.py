"""Listing inbox rules: what one mailbox costs, and two hundred of them under throttling."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import httpx
from pydantic import TypeAdapter
from starlette.types import ASGIApp

from bench.crowd import crowded_user
from bench.ground import Ground, ground
from bench.measured import Figure, Measured, Progress
from bench.throttling import Ceiling, Throttling
from sandbox.clock import Clock
from sandbox.scenario import load_scenario
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import User

_AT_ONCE = 20
"""Mailboxes at a time: what a Logic App's Foreach does by default."""
_GRAPH = (60, 2.0)
_EXCHANGE = (30, 2.0)
"""Calls and seconds: what other applications leave of the ceilings."""
_OBJECT = TypeAdapter(JsonObject)
_BASELINE = (
    "Graph's listing, Exchange's, the accepted domains, then a folder lookup for each rule that "
    "names a folder, one after another"
)


@dataclass(frozen=True)
class _One:
    calls: int
    seconds: float


@dataclass(frozen=True)
class _Many:
    """What became of many mailboxes, asked at the same time."""

    asked: int
    complete: int
    answered: int
    """Calls upstream that were not refused."""
    refused: int
    fewest: int
    most: int
    """Calls for the mailbox that needed the most, refused ones included."""
    seconds: float

    @property
    def answered_each(self) -> float:
        return self.answered / self.asked


async def enumeration(
    progress: Progress,
    *,
    rules: int = 30,
    folders: int = 5,
    mailboxes: int = 200,
    latency: float = 0.12,
    repeats: int = 3,
) -> Measured:
    """`latency` seconds are added to each call upstream."""
    progress("one mailbox", 0, repeats)
    ours, naive = await _one_mailbox(progress, rules, folders, latency, repeats)
    many = await _many_mailboxes(progress, mailboxes)
    our_time = median(each.seconds for each in ours)
    naive_time = median(each.seconds for each in naive)
    return Measured(
        "enumerate",
        _BASELINE,
        (
            Figure("rules", "rules in the one mailbox", rules),
            Figure("folders", "folders that they move to", folders),
            Figure("latencyMs", "added to each call upstream", 1000 * latency, "ms"),
            Figure("upstreamCalls", "calls upstream", max(e.calls for e in ours), at_most=4),
            Figure("baselineCalls", "calls upstream, baseline", naive[0].calls),
            Figure("oursMs", "all rules of the mailbox", 1000 * our_time, "ms"),
            Figure("baselineMs", "all rules of the mailbox, baseline", 1000 * naive_time, "ms"),
            Figure("ratio", "ours / baseline", our_time / naive_time),
            Figure("mailboxes", f"mailboxes, {_AT_ONCE} at a time, throttled", many.asked),
            Figure("lost", "not answered completely", many.asked - many.complete, at_most=0),
            Figure("callsPerMailbox", "calls a mailbox, refused ones aside", many.answered_each),
            Figure("fewestCalls", "fewest calls of a mailbox, refused ones too", many.fewest),
            Figure("mostCalls", "most calls of a mailbox, refused ones too", many.most),
            Figure("refused", "calls that the tenant answered 429", many.refused),
            Figure("manyMs", "all of the mailboxes", 1000 * many.seconds, "ms"),
        ),
        (
            f"The tenant leaves Graph {_GRAPH[0]} and Exchange {_EXCHANGE[0]} calls in any "
            f"{_GRAPH[1]:.0f} s, and 4 at a time a mailbox; Retry-After says when to come back.",
        ),
    )


async def _one_mailbox(
    progress: Progress, rules: int, folders: int, latency: float, repeats: int
) -> tuple[list[_One], list[_One]]:
    scenario = load_scenario("hidden-forward")
    state = scenario.state()
    user = crowded_user("crowded", rules, folders)
    state.users.append(user)
    ours: list[_One] = []
    naive: list[_One] = []
    async with ground(state, Clock(scenario.now), latency=latency) as base:
        await _listed(base, user, rules)  # so that connections are open
        for repeat in range(repeats):
            progress("one mailbox", repeat, repeats)
            ours.append(await _listed(base, user, rules))
            naive.append(await _naively(base, user))
    return ours, naive


async def _listed(base: Ground, user: User, rules: int) -> _One:
    before = len(base.upstream.calls)
    began = time.monotonic()
    answer = await base.lab.call("list-inbox-rules", {"mailbox": user.user_principal_name})
    seconds = time.monotonic() - began
    if not _is_complete(answer, rules):
        raise OSError(f"list-inbox-rules answered {answer.text[:200]}")
    return _One(len(base.upstream.calls) - before, seconds)


async def _naively(base: Ground, user: User) -> _One:
    """What a client does that asks for each folder where a rule names it."""
    before = len(base.upstream.calls)
    folders = f"/v1.0/users/{user.user_principal_name}/mailFolders"
    exchange = f"/adminapi/beta/{base.lab.state.id}/InvokeCommand"
    parameters = {"Mailbox": user.user_principal_name, "IncludeHidden": True}
    cmdlet = {"CmdletInput": {"CmdletName": "Get-InboxRule", "Parameters": parameters}}
    headers = {"Authorization": "Bearer simulated"}
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=base.lab.tenant_url, headers=headers) as client:
        listed = (await client.get(f"{folders}/inbox/messageRules")).raise_for_status()
        (await client.post(exchange, json=cmdlet)).raise_for_status()
        (await client.get("/v1.0/domains")).raise_for_status()
        for rule in listed.json()["value"]:
            if folder := rule["actions"].get("moveToFolder"):
                (await client.get(f"{folders}/{folder}")).raise_for_status()
    return _One(len(base.upstream.calls) - before, time.monotonic() - began)


async def _many_mailboxes(progress: Progress, mailboxes: int) -> _Many:
    scenario = load_scenario("hidden-forward")
    state = scenario.state()
    users = [crowded_user(f"user{number:03}", 3, 2) for number in range(mailboxes)]
    state.users.extend(users)

    def busy(app: ASGIApp) -> ASGIApp:
        return Throttling(app, graph=Ceiling(*_GRAPH), exchange=Ceiling(*_EXCHANGE))

    async with ground(state, Clock(scenario.now), in_front=busy) as base:
        began = time.monotonic()
        answers = await _all_listed(progress, base, users)
        seconds = time.monotonic() - began
        calls = base.upstream.calls
        each = Counter(call.correlation_id for call in calls).values()
        refused = sum(call.status == 429 for call in calls)
        return _Many(
            asked=mailboxes,
            complete=sum(_is_complete(answer, 3) for answer in answers),
            answered=len(calls) - refused,
            refused=refused,
            fewest=min(each),
            most=max(each),
            seconds=seconds,
        )


async def _all_listed(
    progress: Progress, base: Ground, users: Sequence[User]
) -> list[httpx.Response]:
    at_once = asyncio.Semaphore(_AT_ONCE)
    done = 0

    async def one(user: User) -> httpx.Response:
        nonlocal done
        async with at_once:
            body: JsonObject = {"mailbox": user.user_principal_name}
            answer = await base.lab.call("list-inbox-rules", body)
        done += 1
        progress("mailboxes under throttling", done, len(users))
        return answer

    return await asyncio.gather(*map(one, users))


def _is_complete(answer: httpx.Response, rules: int) -> bool:
    """Whether every rule was seen, folders and destinations too; the junk rule comes on top."""
    if answer.status_code != 200:
        return False
    body = _OBJECT.validate_json(answer.content)
    match body:
        case {"complete": True, "result": {"rules": list(found)}}:
            return len(found) == rules + 1
        case _:
            return False
