"""Each bench on a small scale: its counts, and the JSON that it promises. Times are not judged."""

import json

import pytest
from pydantic import JsonValue, TypeAdapter

from bench.cold_start import cold_start
from bench.enumeration import enumeration
from bench.measured import Measured
from bench.memory import memory
from bench.triage import triage

_OBJECT = TypeAdapter(dict[str, JsonValue])


def quietly(what: str, done: int, of: int) -> None:
    """Nobody watches."""
    del what, done, of


def number(document: dict[str, JsonValue], key: str) -> float:
    value = document[key]
    assert isinstance(value, int | float), f"{key} is {value!r}"
    return value


def documented(measured: Measured) -> dict[str, JsonValue]:
    """The JSON, as somebody reads it who has nothing else."""
    document = _OBJECT.validate_json(json.dumps(measured.document()))
    assert document["bench"] == measured.bench
    assert document["baseline"]
    assert {figure.key for figure in measured.figures} <= document.keys()
    return document


async def test_a_cold_start_is_compared_with_the_typed_sdk() -> None:
    document = documented(await cold_start(quietly, pairs=1))

    assert number(document, "ratio") == pytest.approx(
        number(document, "oursMs") / number(document, "typedMs")
    )
    shares = document["importsByPackageShare"]
    assert isinstance(shares, dict)
    assert {"mailwarden", "azure", "msgraph"} & shares.keys()


async def test_reads_do_not_wait_for_each_other_and_forwarding_stops_soon() -> None:
    measured = await triage(quietly, latency=0.02, repeats=1, rules=5, rest=0)
    document = documented(measured)

    assert number(document, "upstreamCalls") > number(document, "fewRulesUpstreamCalls")
    assert number(document, "fewRulesUpstreamCalls") <= 90
    assert number(document, "fewRulesRoundTrips") < number(document, "fewRulesUpstreamCalls") / 2
    path = document["stopPath"]
    assert isinstance(path, list)
    assert path[-1] == "Disable-InboxRule"
    assert number(document, "stopRoundTrips") == len(path) <= 6


async def test_many_rules_cost_four_calls_and_no_mailbox_is_lost_under_throttling() -> None:
    document = documented(await enumeration(quietly, mailboxes=25, latency=0, repeats=1))

    assert document["rules"] == 30
    assert number(document, "upstreamCalls") <= 4
    assert number(document, "baselineCalls") == 33
    assert document["lost"] == 0
    assert number(document, "refused") > 0
    assert number(document, "callsPerMailbox") <= 4


async def test_the_memory_of_a_worker_is_followed() -> None:
    document = documented(await memory(quietly, triages=8, warm_up=4, every=2))

    curve = document["curveMb"]
    assert isinstance(curve, list)
    assert len(curve) == 4
    assert number(document, "growthMb") == pytest.approx(
        number(document, "endMb") - number(document, "warmMb")
    )
