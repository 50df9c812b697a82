"""The app that the Functions worker finds in function_app.py."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from actions.catalog import catalog
from sandbox.worker import Worker
from settings import SettingsError
from tests.labs import StartWorker
from tests.microsoft_worker import WorkerFailure

CLOUD = {
    "MAILWARDEN_TENANT_ID": "6c1f6d0a-58a1-4c0e-9c0f-9f6d1c2b7a10",
    "MAILWARDEN_LEDGER": "sqlite:/home/site/ledger.sqlite3",
}


DOES_NOT_START = (SettingsError, WorkerFailure)
"""Azure's worker reports the app's exception, the sandbox's lets it through."""


def triggers(worker: Worker) -> dict[str, dict[str, JsonValue]]:
    """The HTTP trigger of each function, by the function's name."""
    found: dict[str, dict[str, JsonValue]] = {}
    for name, raw_bindings in worker.functions.items():
        bindings = [json.loads(raw) for raw in raw_bindings]
        [trigger] = [each for each in bindings if each["type"] == "httpTrigger"]
        found[name] = trigger
    return found


async def test_each_action_is_a_function_of_its_name_with_a_route_in_dashes(
    start_worker: StartWorker,
) -> None:
    found = triggers(await start_worker(CLOUD))

    routed = {each.name for each in catalog().values() if each.routed}
    assert set(found) == routed | {"health", "openapi"}
    for name in routed:
        assert found[name]["route"] == name.replace("_", "-")
        assert found[name]["methods"] == ["POST"]


@pytest.mark.parametrize(("auth", "level"), [("key", "FUNCTION"), ("entra", "ANONYMOUS")])
async def test_functions_need_a_key_unless_app_service_stands_in_front(
    start_worker: StartWorker, auth: str, level: str
) -> None:
    environ = {**CLOUD, "MAILWARDEN_AUTH": auth, "WEBSITE_AUTH_ENABLED": "True"}

    found = triggers(await start_worker(environ))

    for name, trigger in found.items():
        open_to_all = name in ("health", "openapi")
        assert trigger["authLevel"] == ("ANONYMOUS" if open_to_all else level), name


async def test_a_mistake_in_the_settings_stops_the_start(start_worker: StartWorker) -> None:
    with pytest.raises(
        DOES_NOT_START, match=r"^(SettingsError: )?MAILWARDEN_TENANT_ID: Field required$"
    ):
        await start_worker({"MAILWARDEN_LEDGER": "sqlite:x"})


GOOD = {
    "destination": "archive.fabrikam.example",
    "scope": "*",
    "owner": "Mira Okafor",
    "until": "2027-06-30",
}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[", "Invalid JSON"),
        ("{}", "array"),
        (json.dumps([{**GOOD, "destination": "gmail.com"}]), "gmail.com is a free-mail domain"),
        (json.dumps([{**GOOD, "destination": "@Outlook.com"}]), "outlook.com is a free-mail"),
        (json.dumps([GOOD, {**GOOD, "until": "someday"}]), "1.until"),
        (json.dumps([{**GOOD, "until": "2027-13-01"}]), "0.until"),
        (json.dumps([{"destination": "a.example", "scope": "*", "owner": "x"}]), "0.until"),
        (
            json.dumps([{"destination": "a.example", "scope": "*", "until": "2027-01-01"}]),
            "0.owner",
        ),
    ],
)
async def test_a_mistake_in_the_approved_destinations_is_one_line_that_says_where(
    start_worker: StartWorker, tmp_path: Path, content: str, says: str
) -> None:
    file = tmp_path / "approved.json"
    file.write_text(content)

    with pytest.raises(DOES_NOT_START) as raised:
        await start_worker({**CLOUD, "MAILWARDEN_APPROVED_DESTINATIONS": str(file)})

    line = str(raised.value).removeprefix("SettingsError: ")
    assert line.startswith("MAILWARDEN_APPROVED_DESTINATIONS: ")
    assert says in line
    assert "\n" not in line


async def test_a_file_of_approved_destinations_that_is_not_there_stops_the_start(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(DOES_NOT_START, match="MAILWARDEN_APPROVED_DESTINATIONS: "):
            await start_worker({**CLOUD, "MAILWARDEN_APPROVED_DESTINATIONS": str(path)})


async def test_single_addresses_at_a_free_mail_domain_can_be_approved(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    file = tmp_path / "approved.json"
    file.write_text(json.dumps([{**GOOD, "destination": "partner@gmail.com"}]))

    await start_worker({**CLOUD, "MAILWARDEN_APPROVED_DESTINATIONS": str(file)})
