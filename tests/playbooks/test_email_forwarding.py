"""What the email-forwarding playbook promises, played over HTTP against the simulated tenant."""

import pytest

from sandbox.lab import Decision, Lab, play
from sandbox.outcome import Outcome
from sandbox.scenario import load_scenario, scenarios
from sandbox.tenant.faults import Refusal
from sandbox.tenant.incident import Alert
from sandbox.workflow import Status
from tests.playbooks.plays import (
    Plays,
    comments,
    findings,
    made,
    opened,
    operations,
    says,
    verdict_told,
    words,
)

SCENARIOS = [scenario.name for scenario in scenarios()]


@pytest.mark.parametrize("name", SCENARIOS)
async def test_each_scenario_ends_as_an_experienced_analyst_would_expect(
    plays: Plays, name: str
) -> None:
    ended = await plays.ended(name, "approve")
    lab, run, outcome = ended.lab, ended.run, ended.outcome
    expect = load_scenario(name).expect
    assert run.status is Status.SUCCEEDED
    assert outcome.verdict["classification"] == expect.classification
    assert expect.determination in (None, outcome.verdict["determination"])
    assert expect.confidence in (None, outcome.verdict["confidence"])
    assert set(expect.findings) <= set(findings(outcome))
    assert [text for text in expect.told if text not in verdict_told(lab)] == []
    assert [text for text in expect.untold if text in words(comments(lab))] == []
    changes = [(str(e["action"]), str(e["target"]), str(e["status"])) for e in outcome.changes]
    for each in expect.changes:
        assert any(
            (each.action, each.status) == (action, status) and (each.target or "") in target
            for action, target, status in changes
        ), each
    assert set(made(outcome)) <= {each.action for each in expect.changes}
    assert not set(made(outcome)) & set(expect.unchanged)
    for spared in expect.untouched:
        assert [c for c in changes if c[2] == "done" and spared in c[1]] == []


async def test_the_hidden_rule_is_gone_and_the_decoy_beside_it_is_left_alone(
    plays: Plays,
) -> None:
    ended = await plays.ended("hidden-forward", "approve")
    lab, outcome = ended.lab, ended.outcome
    mailbox = next(box for user, box in lab.state.mailboxes() if "ana" in user.alias)
    rules = {rule.name: rule.enabled for rule in mailbox.rules}
    assert "." not in rules
    assert rules["Newsletters"] is True
    [told] = [line for line in outcome.by_hand if "Newsletters" in line]
    assert "same session" in told and "disable_inbox_rule" in told, "but a person is told of it"
    assert "Reset user password." in operations(lab)
    alert = lab.state.incidents[0].alerts[0]
    assert (alert.classification, alert.determination) == ("truePositive", "compromisedAccount")


async def test_forwarding_stops_before_the_slow_hunts_have_answered(plays: Plays) -> None:
    run = (await plays.ended("hidden-forward")).run
    stopped = run.action("Stop_at_once")
    hunted = max(each.end for each in run.named("Read") if each.end is not None)
    assert stopped.start < hunted
    assert stopped.start < run.action("Grade").start


@pytest.mark.parametrize("decision", [None, "reject"], ids=["nobody answers", "rejected"])
async def test_without_a_yes_nothing_irreversible_happens(
    plays: Plays, decision: Decision | None
) -> None:
    ended = await plays.ended("hidden-forward", decision)
    lab, outcome = ended.lab, ended.outcome
    assert "Remove-InboxRule" not in operations(lab)
    assert "Reset user password." not in operations(lab)
    assert "Disable-InboxRule" in operations(lab)
    assert "delete_inbox_rule" not in made(outcome)


async def test_nobody_answers_means_that_the_question_expires_after_its_hours(
    plays: Plays,
) -> None:
    run = (await plays.ended("hidden-forward")).run
    asked = run.action("Request_approval")
    assert asked.status is Status.TIMED_OUT
    assert asked.end is not None
    assert 4 * 3600 <= (asked.end - asked.start).total_seconds() < 4 * 3600 + 60
    assert run.status is Status.SUCCEEDED


async def test_with_containment_never_the_tenant_is_only_told_the_verdict() -> None:
    scenario = load_scenario("hidden-forward")
    async with opened(scenario) as lab:
        run = await play(lab, scenario.trigger(), decide=says("approve"), containment="never")
    assert set(operations(lab)) == {"Update alert", "Add comment", "Update incident"}
    assert Outcome(run).verdict["classification"] == "truePositive"


async def test_with_containment_ask_even_the_reversible_waits_for_a_person() -> None:
    scenario = load_scenario("hidden-forward")
    async with opened(scenario) as lab:
        await play(lab, scenario.trigger(), containment="ask")
        assert "Disable-InboxRule" not in operations(lab)
    async with opened(scenario) as lab:
        await play(lab, scenario.trigger(), decide=says("approve"), containment="ask")
        assert "Disable-InboxRule" in operations(lab)
        assert "Remove-InboxRule" in operations(lab)


async def test_a_dry_run_says_what_it_would_change_and_changes_nothing() -> None:
    scenario = load_scenario("hidden-forward")
    async with opened(scenario) as lab:
        run = await play(lab, scenario.trigger(), decide=says("approve"), dry_run=True)
    outcome = Outcome(run)
    assert operations(lab) == []
    assert {"disable_inbox_rule", "revoke_sessions"} <= set(made(outcome, "planned"))
    assert made(outcome) == []


async def test_a_second_run_for_the_same_incident_changes_nothing_more() -> None:
    scenario = load_scenario("hidden-forward")
    async with opened(scenario) as lab:
        await play(lab, scenario.trigger(), decide=says("approve"))
        before = [operation for operation in operations(lab) if operation not in ("Add comment",)]
        second = await play(lab, scenario.trigger(), decide=says("approve"))
        after = [operation for operation in operations(lab) if operation not in ("Add comment",)]
    assert second.status is Status.SUCCEEDED
    assert after == before


async def test_an_administrators_mailbox_is_contained_only_when_a_person_approved_it() -> None:
    scenario = load_scenario("hidden-forward")
    victim = next(user for user in scenario.tenant.users if user.alias == "ana.bowman")
    victim.roles.append("Exchange Administrator")
    async with opened(scenario) as lab:
        outcome = Outcome(await play(lab, scenario.trigger()))
        assert "Disable-InboxRule" not in operations(lab)
        assert "disable_inbox_rule" in made(outcome, "refused")
    async with opened(scenario) as lab:
        await play(lab, scenario.trigger(), decide=says("approve"))
        assert "Disable-InboxRule" in operations(lab)


async def test_a_break_glass_account_is_never_changed() -> None:
    scenario = load_scenario("hidden-forward")
    scenario.protected_accounts.append("ana.bowman@contoso.com")
    async with opened(scenario) as lab:
        outcome = Outcome(await play(lab, scenario.trigger(), decide=says("approve")))
    assert set(operations(lab)) <= {"Update alert", "Add comment", "Update incident"}
    assert {"disable_inbox_rule", "revoke_sessions"} <= set(made(outcome, "refused"))


async def test_an_incident_stays_open_while_another_alert_of_it_is_not_graded_benign() -> None:
    scenario = load_scenario("approved-partner")
    first = scenario.incident.alerts[0]
    scenario.incident.alerts.append(
        Alert(title="Malware was detected", created=first.created, id="another", policy=None)
    )
    async with opened(scenario) as lab:
        outcome = Outcome(await play(lab, scenario.trigger()))
    assert outcome.verdict["classification"] == "informationalExpectedActivity"
    assert lab.state.incidents[0].status == "active"
    assert lab.state.incidents[0].alerts[0].status == "resolved"
    assert "update_incident" in made(outcome, "refused")


@pytest.mark.parametrize(
    ("path", "cmdlet", "unseen"),
    [
        ("/beta/auditLogs/signIns", "*", "list_sign_ins"),
        ("*runHuntingQuery", "*", "run_hunt"),
        ("*/messageRules", "*", "list_inbox_rules"),
        ("*", "Get-TransportRule", "list_transport_rules"),
    ],
)
async def test_a_read_that_fails_stops_neither_the_run_nor_passes_for_clean(
    path: str, cmdlet: str, unseen: str
) -> None:
    scenario = load_scenario("approved-partner")
    scenario.tenant.refusals.append(Refusal(path=path, cmdlet=cmdlet, status=403))
    async with opened(scenario) as lab:
        run = await play(lab, scenario.trigger())
    outcome = Outcome(run)
    assert run.status is Status.SUCCEEDED
    assert outcome.verdict["classification"] == "undetermined"
    gaps = outcome.grade["gaps"]
    assert isinstance(gaps, list)
    assert unseen in {str(gap["action"]) for gap in gaps if isinstance(gap, dict)}
    assert "not seen" in comments(lab).lower()


async def test_an_incident_that_names_nobody_is_answered_with_what_to_do() -> None:
    scenario = load_scenario("hidden-forward")
    trigger = scenario.trigger()
    body = trigger["object"]
    assert isinstance(body, dict)
    properties = body["properties"]
    assert isinstance(properties, dict)
    properties["relatedEntities"] = []
    properties["alerts"] = []
    async with opened(scenario) as lab:
        run = await play(lab, trigger)
    assert run.status is Status.SUCCEEDED
    assert "could not tell from this incident who forwards mail" in comments(lab)


async def test_a_function_app_that_does_not_answer_is_told_in_the_incident() -> None:
    scenario = load_scenario("hidden-forward")
    async with opened(scenario) as lab:
        dead = Lab(
            lab.state, lab.clock, lab.tenant_url, "http://127.0.0.1:9", "x", lab.callbacks, lab.http
        )
        run = await play(dead, scenario.trigger())
    assert run.status is Status.FAILED
    assert "could not read this incident" in comments(lab)


async def test_the_function_key_appears_nowhere_in_the_runs_record(plays: Plays) -> None:
    ended = await plays.ended("hidden-forward", "approve")
    assert ended.lab.key not in ended.run.model_dump_json()
