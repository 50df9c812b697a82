"""An alert that is younger than its logs: stopped at once, graded again as the logs catch up."""

from datetime import datetime, timedelta

import httpx

from sandbox.lab import Lab, play
from sandbox.outcome import Outcome
from sandbox.scenario import Scenario, load_scenario
from sandbox.tenant.faults import Refusal
from sandbox.workflow import Status
from tests.playbooks.plays import (
    Fault,
    Plays,
    bad_gateway,
    comments,
    faulty,
    findings,
    made,
    opened,
    operations,
    says,
    verdict_told,
)

_MINUTES = [timedelta(minutes=each) for each in (15, 60, 240)]


def late() -> Scenario:
    return load_scenario("late-logs")


async def test_the_rule_is_stopped_before_the_first_log_has_caught_up(plays: Plays) -> None:
    run = (await plays.ended("late-logs", "approve")).run
    first = run.named("Stop_at_once")[0]
    assert first.status is Status.SUCCEEDED
    assert first.start - run.start < timedelta(minutes=1)
    assert len(run.named("Grade")) > 1


async def test_it_is_graded_again_after_15_and_60_minutes_and_then_decided(plays: Plays) -> None:
    ended = await plays.ended("late-logs", "approve")
    run, outcome, told = ended.run, ended.outcome, comments(ended.lab)
    grades = run.named("Grade")
    after = [each.start - grades[0].start for each in grades[1:]]
    for waited, promised in zip(after, _MINUTES, strict=False):
        assert promised <= waited < promised + timedelta(minutes=2)
    assert len(grades) == 3, "the audit log came within the hour, so nobody waits four"
    assert outcome.verdict["classification"] == "truePositive"
    assert "sign_in_new_country" in findings(outcome)
    assert told.count("Undetermined so far") == 1


async def test_the_rule_that_the_reflex_stopped_is_not_changed_twice(plays: Plays) -> None:
    ended = await plays.ended("late-logs", "approve")
    assert operations(ended.lab).count("Disable-InboxRule") == 1
    assert made(ended.outcome).count("disable_inbox_rule") == 1


async def test_where_a_person_must_say_yes_nobody_waits_for_logs_before_asking() -> None:
    scenario = late()
    async with opened(scenario) as lab:
        run = await play(lab, scenario.trigger(), decide=says("approve"), containment="ask")
        stopped = operations(lab).count("Disable-InboxRule")
    asked = run.action("Request_approval")
    assert asked.start - run.start < timedelta(minutes=1)
    assert len(run.named("Grade")) == 1
    assert stopped == 1


async def test_logs_that_never_come_leave_it_to_an_analyst_after_four_hours() -> None:
    scenario = late()
    scenario.tenant.delays.update(
        {table: timedelta(days=2) for table in ("signIns", "CloudAppEvents")}
    )
    async with opened(scenario) as lab:
        run = await play(lab, scenario.trigger())
        told = comments(lab)
    grades = run.named("Grade")
    assert run.status is Status.SUCCEEDED
    assert len(grades) == 1 + len(_MINUTES)
    waited = grades[-1].start - grades[0].start
    assert _MINUTES[-1] <= waited < _MINUTES[-1] + timedelta(minutes=5)
    assert Outcome(run).verdict["classification"] == "undetermined"
    assert "Undetermined" in told


async def test_nobody_waits_for_a_log_that_was_refused() -> None:
    scenario = load_scenario("exchange-refused")
    async with opened(scenario) as lab:
        run = await play(lab, scenario.trigger())
    assert len(run.named("Grade")) == 1


async def test_a_source_that_fails_while_waiting_does_not_lose_the_verdict_so_far() -> None:
    scenario = late()
    async with opened(scenario) as lab:
        # In the middle of the second round the hunts begin to be refused.
        lab.state.refusals.append(Refusal(path="*unHuntingQuery", status=403, after=40))
        run = await play(lab, scenario.trigger())
        told = verdict_told(lab)
    assert run.status is Status.SUCCEEDED
    assert Outcome(run).verdict["classification"] == "undetermined"
    assert "forwarding_changes (CloudAppEvents) (forbidden)" in told
    assert operations(lab).count("Disable-InboxRule") == 1


async def test_a_round_that_could_not_be_graded_is_made_good_by_the_next() -> None:
    scenario = late()
    async with opened(scenario) as lab:
        grading = ungraded(lab, scenario.now + timedelta(minutes=10), scenario.now + _MINUTES[1])
        async with faulty(lab, grading) as network:
            run = await play(network, scenario.trigger())
    assert [each.status for each in run.named("Grade")] == [
        Status.SUCCEEDED,
        Status.FAILED,
        Status.SUCCEEDED,
    ]
    assert run.status is Status.SUCCEEDED
    assert Outcome(run).verdict["classification"] == "truePositive"


def ungraded(lab: Lab, since: datetime, until: datetime) -> Fault:
    """The Function App cannot grade between the two times."""

    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/api/grade-alert" and since <= lab.clock.now() < until:
            return bad_gateway()
        return None

    return fault
