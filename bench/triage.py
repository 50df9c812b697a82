"""The way of an alert: how long the reads take together, and how soon forwarding is stopped."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import httpx
from pydantic import JsonValue

from bench.crowd import crowd_with_recipients
from bench.ground import Ground, ground
from bench.measured import Figure, Measured, Progress
from bench.recorder import UpstreamCall, chain, round_trips
from sandbox.clock import Clock
from sandbox.lab import play
from sandbox.scenario import Scenario, load_scenario
from sandbox.workflow import ActionRecord, Run, Status

_SCENARIO = "hidden-forward"
_FOLDERS = 5
_CEILINGS_RECOVER = 5.0
"""Seconds until the ceilings of the logs allow as much again as one triage asks."""
_BEFORE_THE_REFLEX = ("Get_organization", "List_inbox_rules", "Get_mailbox_forwarding")
_STOPS = ("Disable-InboxRule", "Set-Mailbox", "Disable-TransportRule")
_SENT_AGAIN = frozenset({"accept", "authorization", "content-type", "prefer"})
_BASELINE = (
    "the same calls, sent one after another to the same tenant over one connection; what was asked "
    "before is answered as before, so that the tenant's own computing counts on neither side"
)


@dataclass(frozen=True)
class _Reads:
    """The read phase of one run, from the trigger to the grade."""

    seconds: float
    calls: Sequence[UpstreamCall]


@dataclass(frozen=True)
class _Compared:
    """A read phase, and its calls one after another; in seconds."""

    together: float
    in_sequence: float
    calls: Sequence[UpstreamCall]


@dataclass(frozen=True)
class _Stop:
    """The way from the trigger to the moment at which mail no longer flows."""

    seconds: float
    path: Sequence[UpstreamCall]


async def triage(
    progress: Progress,
    *,
    latency: float = 0.12,
    repeats: int = 3,
    rules: int = 30,
    rest: float = _CEILINGS_RECOVER,
) -> Measured:
    """`latency` seconds are added to each call upstream; `rest` seconds lie between two runs.

    The read phase is measured on a mailbox with `rules` more rules, each of which hands mail on,
    and once on the scenario's own.
    """
    scenario = load_scenario(_SCENARIO)
    steps = repeats + 3
    progress("read phase, few rules", 0, steps)
    async with ground(scenario.state(), Clock(scenario.now), latency=latency) as base:
        await _warmed(base, scenario)
        few = await _compare(base, scenario, rest)
        progress("stopping the forwarding", 1, steps)
        base.upstream.remembers = False
        await asyncio.sleep(rest)
        stop = await _stopped(base, scenario)
    state = scenario.state()
    crowd_with_recipients(state, state.users[0], rules, _FOLDERS)
    many: list[_Compared] = []
    progress("read phase, many rules", 2, steps)
    async with ground(state, Clock(scenario.now), latency=latency) as base:
        await _warmed(base, scenario)
        for repeat in range(repeats):
            progress("read phase, many rules", repeat + 3, steps)
            many.append(await _compare(base, scenario, rest))
    progress("read phase", steps, steps)
    return _measured(latency, rules, many, few, stop)


async def _warmed(base: Ground, scenario: Scenario) -> None:
    await _read_phase(base, scenario)
    base.upstream.remembers = True


async def _compare(base: Ground, scenario: Scenario, rest: float) -> _Compared:
    await asyncio.sleep(rest)
    reads = await _read_phase(base, scenario)
    return _Compared(reads.seconds, await _replayed(base, reads.calls), reads.calls)


def _measured(
    latency: float, rules: int, many: list[_Compared], few: _Compared, stop: _Stop
) -> Measured:
    together = median(each.together for each in many)
    sequence = median(each.in_sequence for each in many)
    path = [_label(call) for call in stop.path]
    return Measured(
        "triage",
        _BASELINE,
        (
            Figure("latencyMs", "added to each call upstream", 1000 * latency, "ms"),
            Figure("rules", "rules in the mailbox that hand mail on", rules),
            Figure("readPhaseMs", "trigger to grade, reads together", 1000 * together, "ms"),
            Figure("inSequenceMs", "the same calls in sequence", 1000 * sequence, "ms"),
            Figure("ratio", "together / in sequence", together / sequence, at_most=0.25),
            Figure("upstreamCalls", "calls upstream, trigger to grade", len(many[-1].calls)),
            Figure(
                "roundTrips",
                "round trips on the critical path, trigger to grade",
                round_trips(many[-1].calls),
            ),
            Figure("fewRulesReadPhaseMs", "with two rules: together", 1000 * few.together, "ms"),
            Figure(
                "fewRulesInSequenceMs", "with two rules: in sequence", 1000 * few.in_sequence, "ms"
            ),
            Figure("fewRulesRatio", "with two rules: ratio", few.together / few.in_sequence),
            Figure("fewRulesUpstreamCalls", "with two rules: calls upstream", len(few.calls)),
            Figure("fewRulesRoundTrips", "with two rules: round trips", round_trips(few.calls)),
            Figure(
                "stopRoundTrips",
                "round trips from the alert to the forwarding stopped",
                len(path),
                at_most=6,
            ),
            Figure("stopMs", "alert to the forwarding stopped", 1000 * stop.seconds, "ms"),
            Figure("stopPath", "those round trips", list[JsonValue](path)),
        ),
        (
            "Identity Protection takes one call a second, and risk is read with two: of every "
            "read phase, about a second is that wait. Nobody waits for it to stop forwarding.",
        ),
    )


async def _read_phase(base: Ground, scenario: Scenario) -> _Reads:
    """The playbook as it is, told to change nothing."""
    graded = 0.0

    async def watch(record: ActionRecord) -> None:
        nonlocal graded
        if record.name == "Grade" and record.status is Status.SUCCEEDED:
            graded = time.monotonic()

    base.upstream.calls.clear()
    began = time.monotonic()
    await play(base.lab, scenario.trigger(), watch=watch, containment="never", dry_run=True)
    if not graded:
        raise OSError("the playbook did not come to a grade")
    calls = [call for call in base.upstream.calls if call.began < graded]
    return _Reads(graded - began, calls)


async def _replayed(base: Ground, calls: Sequence[UpstreamCall]) -> float:
    """The seconds that the calls take one after another."""
    async with httpx.AsyncClient(base_url=base.lab.tenant_url, timeout=130) as client:
        began = time.monotonic()
        for call in calls:
            sent = {name: each for name, each in call.headers.items() if name in _SENT_AGAIN}
            answer = await client.request(
                call.method, call.target, content=call.body or None, headers=sent
            )
            if answer.status_code != call.status:
                raise OSError(f"{call.target} answered {answer.status_code}, not {call.status}")
        return time.monotonic() - began


async def _stopped(live: Ground, scenario: Scenario) -> _Stop:
    """Runs the playbook with containment, and follows the calls that the first stop waited for.

    Each action is given a correlation id of its own, which its calls upstream carry. Of the reads
    that the reflex waits for, the one with the longest chain counts.
    """

    async def name(request: httpx.Request) -> None:
        request.headers["x-correlation-id"] = uuid.uuid4().hex

    live.lab.http.event_hooks = {"request": [name]}
    live.upstream.calls.clear()
    began = time.monotonic()
    run = await play(live.lab, scenario.trigger(), containment="automatic")
    reads = [_calls_of(live, run, name) for name in _BEFORE_THE_REFLEX]
    reading = max((chain(calls) for calls in reads), key=len)
    stopping = chain(_calls_of(live, run, "Stop_at_once"))
    for number, call in enumerate(stopping, 1):
        if call.method == "PATCH" or call.cmdlet in _STOPS:
            return _Stop(call.ended - began, (*reading, *stopping[:number]))
    raise OSError("the playbook did not stop the forwarding")


def _calls_of(live: Ground, run: Run, action: str) -> list[UpstreamCall]:
    identifier = _correlation_id(run.named(action)[0]) if run.named(action) else ""
    return [call for call in live.upstream.calls if call.correlation_id == identifier]


def _correlation_id(record: ActionRecord) -> str:
    match record.outputs:
        case {"body": {"correlationId": str(identifier)}}:
            return identifier
        case _:
            raise OSError(f"{record.name} did not answer: {record.status}")


def _label(call: UpstreamCall) -> str:
    name = call.target.partition("?")[0].rstrip("/").rpartition("/")[2]
    return call.cmdlet or f"{call.method} {name}"
