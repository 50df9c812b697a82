"""Microsoft's engine saves the playbooks, and reads their expressions as the runner does."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.host import FUNCTION_APP
from sandbox.lab import PLAYBOOK, play
from sandbox.scenario import load_scenario
from sandbox.workflow import Deployment, Json, Workflow, load_template
from sandbox.workflow.scanning import expressions
from sandbox.workflow.syntax import Expression
from sandbox.workflow.values import JsonObject, as_json, as_object, get
from tests.playbooks.plays import opened, says
from tests.sandbox.workflow.microsoft.given import Given
from tests.sandbox.workflow.microsoft.recording import Evaluation, Recording, surroundings_of
from tests.sandbox.workflow.microsoft.reference import ReferenceEngine
from tests.sandbox.workflow.microsoft.table import (
    by_microsoft,
    by_the_runner,
    decided_by_microsoft,
    decided_by_the_runner,
)

ROOT = FUNCTION_APP.parent
PLAYBOOKS = [
    path
    for path in sorted((ROOT / "playbooks").rglob("*.json"))
    if "Microsoft.Logic/workflows" in path.read_text("utf-8")
]
NAMES = [str(path.relative_to(ROOT / "playbooks")) for path in PLAYBOOKS]
SCENARIOS = ("hidden-forward", "transport-bcc")
"""An inbox rule and steps that a person approves; a rule of the whole organization."""
NOTHING: JsonObject = {"trigger": {}, "workflow": {}, "item": None, "callbackUrl": ""}


def deployed(path: Path) -> Workflow:
    """The workflow of a template, each parameter without a default filled by its type."""
    examples: JsonObject = {"string": "x", "securestring": "x", "int": 1, "bool": True}
    template = as_object(as_json(json.loads(path.read_text("utf-8"))))
    declared = as_object(template.get("parameters"))
    given: JsonObject = {
        name: examples[str(get(each, "type")).lower()]
        for name, each in declared.items()
        if "defaultValue" not in as_object(each)
    }
    return load_template(path, given, Deployment())


def expressions_of(path: Path) -> list[str]:
    """Every distinct string of a playbook's definition that has an expression in it."""
    return sorted(set(tokens(deployed(path).definition)))


def tokens(value: Json) -> Iterator[str]:
    """Every string of a value with an expression in it, in keys too."""
    match value:
        case str() if any(isinstance(each, Expression) for each in expressions(value)):
            yield value
        case list():
            for each in value:
                yield from tokens(each)
        case dict():
            for name, each in value.items():
                yield from tokens(name)
                yield from tokens(each)
        case _:
            return


def at_one_moment(token: Json) -> Json:
    """The same, with the present written out: the two engines have clocks of their own."""
    written = json.dumps(token).replace("utcNow()", "'2026-11-22T10:00:00.0000000Z'")
    return as_json(json.loads(written))


def differences(engine: ReferenceEngine, evaluations: list[Evaluation]) -> list[str]:
    """What the engines do not agree on."""
    found: list[str] = []
    for each in evaluations:
        token = at_one_moment(each.token)
        if isinstance(token, dict):
            theirs = decided_by_microsoft(engine, token, each.surroundings)
            ours = decided_by_the_runner(token, each.surroundings)
        else:
            theirs = by_microsoft(engine, token, each.surroundings)
            ours = by_the_runner(token, each.surroundings)
        if theirs != ours:
            found.append(f"{token}: {theirs} is {ours} here")
    return found


@pytest.mark.parametrize("path", PLAYBOOKS, ids=NAMES)
def test_microsofts_validator_saves_the_playbook(path: Path, microsoft: ReferenceEngine) -> None:
    workflow = deployed(path)
    assert microsoft.validate(workflow.definition, workflow.values) is None


@pytest.mark.parametrize("name", SCENARIOS)
async def test_what_a_run_evaluates_is_what_microsofts_engine_makes_of_it(
    name: str, microsoft: ReferenceEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, recording = load_scenario(name), Recording()
    async with opened(scenario) as lab:
        with monkeypatch.context() as patch:
            recording.start(patch)
            await play(lab, scenario.trigger(), decide=says("approve"))
    assert len(recording.found) > 50
    assert differences(microsoft, list(recording.found.values())) == []
    # And the expressions that this run did not come by, with what it left behind.
    left = Given({**NOTHING, **recording.everything()})
    every = [Evaluation(each, surroundings_of(each, left)) for each in expressions_of(PLAYBOOK)]
    assert differences(microsoft, every) == []


@pytest.mark.parametrize("path", PLAYBOOKS, ids=NAMES)
def test_where_everything_is_missing_the_engines_fail_alike(
    path: Path, microsoft: ReferenceEngine
) -> None:
    nothing = Given(NOTHING)
    every = [Evaluation(each, surroundings_of(each, nothing)) for each in expressions_of(path)]
    assert every
    assert differences(microsoft, every) == []
