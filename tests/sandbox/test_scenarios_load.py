"""Scenario files: what a user writes, and what is said when it is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.scenario import SCENARIOS, ScenarioError, load_scenario, scenarios

NAMES = sorted(file.stem for file in SCENARIOS.glob("*.yaml"))


def test_at_least_twelve_scenarios_come_with_the_sandbox_each_in_a_file_of_its_name() -> None:
    assert [scenario.name for scenario in scenarios()] == NAMES
    assert len(NAMES) >= 12
    assert all(scenario.title and "\n" not in scenario.title for scenario in scenarios())


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_is_a_whole_tenant_with_thirty_days_of_sign_ins(name: str) -> None:
    scenario = load_scenario(name)
    state = scenario.state()
    times = [row.at for row in state.sign_ins]
    assert max(times) <= scenario.now
    assert scenario.now - min(times) > timedelta(days=27)
    assert state.incidents[0].alerts[0].forwarder == state.users[0].user_principal_name
    assert {"EmailEvents", "CloudAppEvents", "AlertInfo"} <= set(state.hunting)


@pytest.mark.parametrize("name", NAMES)
def test_the_trigger_is_a_sentinel_incident_of_the_same_tenant(name: str) -> None:
    scenario = load_scenario(name)
    body = scenario.trigger()
    incident = body["object"]
    assert isinstance(incident, dict)
    properties = incident["properties"]
    assert isinstance(properties, dict)
    related = properties["relatedEntities"]
    assert isinstance(related, list)
    accounts = [
        row["properties"]
        for row in related
        if isinstance(row, dict)
        and row["kind"] == "Account"
        and isinstance(row["properties"], dict)
    ]
    assert [account["aadUserId"] for account in accounts] == [scenario.tenant.users[0].id]


def test_two_runs_of_a_scenario_share_nothing() -> None:
    scenario = load_scenario("hidden-forward")
    first, second = scenario.state(), scenario.state()
    first.users[0].account_enabled = False
    first.incidents[0].alerts[0].status = "resolved"
    assert second.users[0].account_enabled
    assert second.incidents[0].alerts[0].status == "new"
    assert [row.request_id for row in first.sign_ins] == [row.request_id for row in second.sign_ins]


def test_one_alert_names_recipients_itself_and_another_only_in_its_entities() -> None:
    named = load_scenario("hidden-forward").incident.alerts[0]
    bare = load_scenario("approved-partner").incident.alerts[0]
    assert {"SRL", "MTI", "FT", "Forwarder"} <= set(named.extended_properties)
    assert bare.extended_properties == {}
    assert bare.messages


def broken(tmp_path: Path, old: str, new: str) -> Path:
    text = (SCENARIOS / "exchange-refused.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (
            "forwarding_smtp_address:",
            "forwarding_adress:",
            "tenant.users.0.mailbox.forwarding_adress",
        ),
        ("status: 403", "status: 200", "tenant.refusals.0.status"),
        ("now: 2026-11-20T16:40:00Z", "now: 2026-11-20T16:40:00", "now"),
        ("classification: undetermined", "classification: bad", "expect.classification"),
        ("      forwarder: sofia.marchetti@", "      forwarder: nobody@", "nobody@contoso.com"),
        ("is_meeting_request: true", "is_meeting: true", "rules.0.conditions.is_meeting"),
    ],
)
def test_a_wrong_entry_is_named_with_file_and_field(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    path = broken(tmp_path, old, new)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert str(path) in str(caught.value)
    assert named in str(caught.value)


def test_an_unknown_scenario_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ScenarioError, match=", ".join(NAMES)):
        load_scenario("no-such-thing")


@pytest.mark.parametrize("name", ["folder", "folder.yaml"])
def test_a_folder_is_called_a_folder_and_a_missing_file_missing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir()
    with pytest.raises(ScenarioError) as caught:
        load_scenario(str(path))
    assert str(caught.value) == f"{path}: it is a folder, not a file"
    path.rmdir()
    with pytest.raises(ScenarioError, match="there is no such file"):
        load_scenario(str(path))


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "torn.yaml"
    path.write_text("name: [", encoding="utf-8")
    with pytest.raises(ScenarioError, match="torn"):
        load_scenario(path)
