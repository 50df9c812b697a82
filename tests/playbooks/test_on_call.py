"""What the person on call meets: nobody answers, Mailwarden is paused, something is down."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from pydantic import JsonValue

from sandbox.lab import PLAYBOOK, Decide, Lab, play
from sandbox.outcome import Outcome
from sandbox.scenario import load_scenario
from sandbox.tenant.incident import Alert
from sandbox.tenant.part import JsonObject
from sandbox.workflow import ActionRecord, Deployment, Run, Status, load_template, run
from sandbox.workflow.sentinel import sentinel_operations
from sandbox.workflow.values import as_json
from tests.labs import call_as, incident_of, principal
from tests.playbooks.plays import (
    answering,
    bad_gateway,
    comments,
    faulty,
    made,
    opened,
    operations,
    says,
)

SOON = timedelta(minutes=15)


def lasted(run: Run) -> timedelta:
    return run.end - run.start


@pytest.mark.parametrize("setting", ["PAUSED", "DRY_RUN"])
async def test_where_nobody_can_be_asked_the_playbook_does_not_wait_for_an_answer(
    setting: str,
) -> None:
    scenario = load_scenario("hidden-forward")
    async with opened(scenario, **{f"MAILWARDEN_{setting}": "true"}) as lab:
        run = await play(lab, scenario.trigger(), decide=says("approve"))
        outcome = Outcome(run)
    assert run.action("Request_approval").code == "Conflict"
    assert lasted(run) < SOON
    assert run.status is Status.SUCCEEDED
    assert outcome.verdict["classification"] == "truePositive"
    assert made(outcome) == []


async def test_while_paused_the_analyst_still_reads_the_verdict_and_what_was_refused() -> None:
    scenario = load_scenario("hidden-forward")
    async with opened(scenario, MAILWARDEN_PAUSED="true") as lab:
        await play(lab, scenario.trigger(), decide=says("approve"))
    assert operations(lab) == ["Add comment"], "by the playbook's own identity"
    assert "True positive" in comments(lab)
    assert "Mailwarden is paused" in comments(lab)


@pytest.mark.parametrize(
    ("decide", "why"),
    [(None, "no answer came within 4 hours"), (says("reject"), "the answer was no")],
    ids=["nobody answers", "rejected"],
)
async def test_what_was_not_approved_is_told_in_the_incident(
    decide: Decide | None, why: str
) -> None:
    scenario = load_scenario("hidden-forward")
    async with opened(scenario) as lab:
        await play(lab, scenario.trigger(), decide=decide)
        told = comments(lab)
        await play(lab, scenario.trigger(), decide=decide)
    assert told.count(why) == 1
    assert comments(lab).count(why) == 1, "once, also when the incident is triaged again"


async def test_a_read_that_hangs_holds_up_neither_the_reflex_nor_the_run() -> None:
    scenario = load_scenario("hidden-forward")

    def fault(request: httpx.Request) -> httpx.Response | None:
        slow = ("/api/list-sign-ins", "/api/get-mailbox-forwarding")
        busy = httpx.Response(429, headers={"Retry-After": "60"}, json={"status": 429})
        return busy if request.url.path in slow else None

    async with opened(scenario) as lab, faulty(lab, fault) as network:
        run = await play(network, scenario.trigger())
    stopped = run.action("Stop_at_once")
    for read in ("List_sign_ins", "Get_mailbox_forwarding"):
        assert run.action(read).status is Status.TIMED_OUT
    assert stopped.start - run.start < timedelta(minutes=3)
    assert stopped.status is Status.SUCCEEDED
    assert run.action("Suspect").start >= (run.action("Get_mailbox_forwarding").end or run.end)
    assert run.status is Status.SUCCEEDED


async def test_the_reflex_does_not_wait_for_sign_ins_and_hunts() -> None:
    scenario = load_scenario("hidden-forward")
    busy = httpx.Response(429, headers={"Retry-After": "60"}, json={"status": 429})
    async with (
        opened(scenario) as lab,
        faulty(lab, answering("list-sign-ins", lambda: busy)) as network,
    ):
        run = await play(network, scenario.trigger())
    waited = run.action("List_sign_ins")
    assert waited.status is Status.TIMED_OUT
    assert waited.end is not None
    assert run.action("Stop_at_once").start < waited.end - timedelta(minutes=1)


async def test_without_any_verdict_the_run_fails_and_the_incident_says_so() -> None:
    scenario = load_scenario("hidden-forward")
    async with (
        opened(scenario) as lab,
        faulty(lab, answering("grade-alert", bad_gateway)) as network,
    ):
        run = await play(network, scenario.trigger())
    assert run.status is Status.FAILED
    assert run.error is not None
    assert run.error.code == "NotGraded"
    assert "grade_alert answered 502" in comments(lab)
    assert operations(lab) == ["Add comment"]


async def test_a_second_grade_that_fails_does_not_cost_the_verdict() -> None:
    scenario = load_scenario("hidden-forward")
    # Suspect, Who_acted and Grade are answered.
    fault = answering("grade-alert", bad_gateway, after=3)
    async with opened(scenario) as lab, faulty(lab, fault) as network:
        run = await play(network, scenario.trigger(), decide=says("approve"))
    assert run.action("Grade_with_changes").status is Status.FAILED
    assert "True positive" in comments(lab)
    assert "Reset user password." in operations(lab)
    assert "The approved changes were asked for" in comments(lab)


@pytest.mark.parametrize("answer", [bad_gateway, lambda: httpx.Response(403)])
async def test_a_comment_that_the_function_app_cannot_write_is_written_by_the_playbook(
    answer: Callable[[], httpx.Response],
) -> None:
    scenario = load_scenario("approved-partner")
    fault = answering("comment-incident", answer)
    async with opened(scenario) as lab, faulty(lab, fault) as network:
        run = await play(network, scenario.trigger())
    assert run.action("Write_the_verdict").status is Status.SUCCEEDED
    assert "Expected activity" in comments(lab)


async def test_a_change_that_meets_a_dead_function_app_is_left_to_do_and_the_run_goes_on() -> None:
    scenario = load_scenario("hidden-forward")
    fault = answering("revoke-sessions", bad_gateway)
    async with opened(scenario) as lab, faulty(lab, fault) as network:
        run = await play(network, scenario.trigger())
    assert run.status is Status.SUCCEEDED
    assert run.action("Contain").status is Status.FAILED, "red in the run history"
    assert "revoke_sessions" in comments(lab)
    assert "Disable-InboxRule" in operations(lab)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_or_a_missing_role_is_named_in_the_incident(status: int) -> None:
    scenario = load_scenario("hidden-forward")
    fault = answering("parse-incident", lambda: httpx.Response(status))
    async with opened(scenario) as lab, faulty(lab, fault) as network:
        run = await play(network, scenario.trigger())
    assert run.status is Status.FAILED
    assert f"parse_incident answered {status}" in comments(lab)
    assert "the function key" in comments(lab)


async def test_several_people_of_whom_none_is_the_forwarder_are_named_to_the_analyst() -> None:
    scenario = load_scenario("hidden-forward")
    first = scenario.incident.alerts[0]
    scenario.incident.alerts[:] = [
        Alert(title=first.title, forwarder=who, created=first.created, id=who, policy=first.policy)
        for who in ("ana.bowman@contoso.com", "joel.lindqvist@contoso.com")
    ]
    async with opened(scenario) as lab:
        run = await play(lab, scenario.trigger())
    assert run.status is Status.SUCCEEDED
    assert operations(lab) == ["Add comment"]
    told = comments(lab)
    assert "ana.bowman@contoso.com" in told
    assert "joel.lindqvist@contoso.com" in told


async def test_a_benign_verdict_on_one_person_acquits_nobody_else_in_the_incident() -> None:
    scenario = load_scenario("approved-partner")
    first = scenario.incident.alerts[0]
    scenario.incident.alerts.append(first.model_copy(update={"id": "another"}))
    trigger = scenario.trigger()
    body = trigger["object"]
    assert isinstance(body, dict)
    properties = body["properties"]
    assert isinstance(properties, dict)
    related = properties["relatedEntities"]
    assert isinstance(related, list)
    related.append(_account("mira.okafor@contoso.com"))
    async with opened(scenario) as lab:
        outcome = Outcome(await play(lab, trigger))
    assert outcome.indicators["otherAccounts"] != []
    assert outcome.verdict["classification"] == "informationalExpectedActivity"
    assert {alert.classification for alert in lab.state.incidents[0].alerts} == {"unknown"}
    assert lab.state.incidents[0].status == "active"
    assert "leaves this incident open" in comments(lab)


def _account(name: str) -> JsonValue:
    user, suffix = name.split("@")
    properties: JsonObject = {"accountName": user, "upnSuffix": suffix}
    return {"id": f"/entities/{name}", "kind": "Account", "properties": properties}


async def test_with_its_managed_identity_the_playbook_needs_no_key_and_cannot_approve() -> None:
    scenario = load_scenario("hidden-forward")
    playbook = principal("Actions.Read", "Actions.Contain", "Actions.Destroy")
    person = principal("Actions.Approve")
    audiences: list[str] = []

    async def token(audience: str) -> str:
        audiences.append(audience)
        return "of-the-playbook"

    def app_service(request: httpx.Request) -> httpx.Response | None:
        """App Service authentication: a token becomes the header that names the caller."""
        if request.headers.get("Authorization") == "Bearer of-the-playbook":
            assert "x-functions-key" not in request.headers
            request.headers.update(playbook)
        return None

    async with (
        opened(scenario, MAILWARDEN_AUTH="entra") as lab,
        faulty(lab, app_service) as network,
    ):
        answered: list[int] = []

        async def on_action(record: ActionRecord) -> None:
            if record.type == "HttpWebhook" and record.status is Status.WAITING:
                answered.append((await _answer(lab, playbook)).status_code)
                answered.append((await _answer(lab, person)).status_code)

        finished = await run(
            load_template(
                PLAYBOOK,
                {
                    "FunctionAppUrl": lab.functions_url,
                    "Authentication": "managedIdentity",
                    "FunctionAudience": "api://mailwarden",
                },
                Deployment(),
            ),
            as_json(scenario.trigger()),
            http=network.http,
            clock=lab.clock,
            callbacks=lab.callbacks,
            operations=sentinel_operations(lab.http, lab.tenant_url, token),
            token=token,
            on_action=on_action,
        )
    assert finished.status is Status.SUCCEEDED
    assert answered == [403, 200]
    assert "Reset user password." in operations(lab)
    assert "api://mailwarden" in audiences


async def _answer(lab: Lab, caller: dict[str, str]) -> httpx.Response:
    [question] = [
        comment.message.split("approval <b>")[1][:32]
        for comment in lab.state.incidents[0].sentinel_comments
        if "approval <b>" in comment.message
    ]
    body: JsonObject = {
        "question": question,
        "decision": "approve",
        "incident": incident_of(lab),
        "reason": "I rang her",
    }
    return await call_as(lab, caller, "answer-approval", body)
