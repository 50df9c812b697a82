"""Whoever triages by the playbook and whoever triages by one call has asked the same."""

import json
from typing import NamedTuple

import httpx
import pytest
from pydantic import JsonValue

from actions.catalog import Effect, catalog
from sandbox.lab import play
from sandbox.outcome import Outcome
from sandbox.scenario import load_scenario
from tests.labs import as_object, objects, result_of
from tests.playbooks.plays import faulty, opened

READS = {
    f"/api/{action.route}": action.name
    for action in catalog().values()
    if action.effect is Effect.READ and action.name != "parse_incident"
}


class Asked(NamedTuple):
    """An action or a hunt, and about whom, where that is not the one whom the alert names."""

    action: str
    hunt: str
    about: str


class Listener:
    """Hears what the playbook asks, and lets it pass."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, JsonValue]]] = []

    def __call__(self, request: httpx.Request) -> None:
        if (name := READS.get(request.url.path)) is not None:
            self.heard.append((name, as_object(json.loads(request.content))))

    def asked(self, actors: JsonValue) -> set[Asked]:
        others = [str(each) for each in actors] if isinstance(actors, list) else []
        found: set[Asked] = set()
        for name, body in self.heard:
            arguments = as_object(body.get("arguments", {}))
            whom = (body.get("user"), arguments.get("upn"))
            about = next((other for other in others if other in whom), "")
            found.add(Asked(name, str(body.get("hunt", "")), about))
        return found


@pytest.mark.parametrize(
    ("scenario", "acted"),
    [("lookalike-domain", []), ("transport-bcc", ["tomas.novak@relecloud.com"])],
)
async def test_the_playbook_asks_what_triage_mailbox_asks_and_nothing_else(
    scenario: str, acted: list[str]
) -> None:
    loaded = load_scenario(scenario)
    listener = Listener()
    async with opened(loaded) as lab:
        async with faulty(lab, listener) as overheard:
            outcome = Outcome(await play(overheard, loaded.trigger()))
        about = outcome.indicators
        triaged = await result_of(
            lab,
            "triage-mailbox",
            {
                "mailbox": outcome.forwarder,
                "around": listener.heard[0][1]["around"],
                "recipients": about["recipients"],
                "networkMessageIds": about["networkMessageIds"],
                "forwardingType": about["forwardingType"],
            },
        )
    grade = as_object(triaged["grade"])
    assert grade["actors"] == acted == outcome.grade["actors"]
    by_one_call = {
        Asked(str(each["action"]), str(each["hunt"]), str(each["about"]))
        for each in objects(triaged["sources"])
        if each["about"] in ("", *acted)
    }
    assert Asked("list_inbox_rules", "", "") in by_one_call
    assert {each.about for each in by_one_call} == {"", *acted}
    assert listener.asked(grade["actors"]) == by_one_call
