"""What the playbook promises where the mailbox itself tells least: who acted, what is gone since,
what stays inside, what a person did by hand, and where a password really lives.
"""

from sandbox.lab import Lab, play
from sandbox.outcome import Outcome
from sandbox.scenario import Scenario, load_scenario
from sandbox.tenant.faults import Refusal
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

CONTAINMENT = {"Disable-InboxRule", "Remove-InboxRule", "Set-Mailbox", "Reset user password."}
SIGNED_OUT = "Update StsRefreshTokenValidFrom Timestamp."


async def played(scenario: Scenario) -> tuple[Lab, Outcome]:
    """The tenant and the outcome after the playbook ran and a person approved everything."""
    async with opened(scenario) as lab:
        return lab, Outcome(await play(lab, scenario.trigger(), decide=says("approve")))


async def as_written(plays: Plays, name: str) -> tuple[Lab, Outcome]:
    """The same of a scenario that no test has changed."""
    ended = await plays.ended(name, "approve")
    return ended.lab, ended.outcome


def changed(lab: Lab, operation: str) -> list[str]:
    """Whom or what the tenant's own record of an operation names."""
    return [change.target for change in lab.state.changes if change.operation == operation]


def answer(outcome: Outcome, question: str) -> str:
    """What the grade answers to a question."""
    questions = outcome.grade["questions"]
    assert isinstance(questions, list)
    found = [each for each in questions if isinstance(each, dict) and each["id"] == question]
    return str(found[0]["answer"])


async def test_forwarding_removed_before_the_alert_is_named_with_who_when_and_from_where(
    plays: Plays,
) -> None:
    lab, outcome = await as_written(plays, "removed-before-alert")
    found = findings(outcome)
    assert "gone since, was made on 26 Nov 2026 04:12 UTC and removed by" in found["removed_since"]
    for fact in ("made by hannah.vogt@alpineskihouse.com", "04:12 UTC", "from 203.0.113.209"):
        assert fact in found["change_made_by"]
    assert "deletes the mail it takes" in found["rule_deletes"], "read from its making alone"
    assert "gone since" in answer(outcome, "who_receives")
    assert "5 messages forwarded" in verdict_told(lab)


async def test_forwarding_that_is_gone_leaves_nothing_to_disable_but_the_intruder(
    plays: Plays,
) -> None:
    lab, _ = await as_written(plays, "removed-before-alert")
    assert {*operations(lab)} & CONTAINMENT == {"Reset user password."}
    assert set(changed(lab, SIGNED_OUT)) == {"hannah.vogt@alpineskihouse.com"}


async def test_without_the_audit_log_forwarding_that_is_gone_is_no_false_alarm() -> None:
    scenario = load_scenario("removed-before-alert")
    scenario.tenant.refusals.append(Refusal(path="*runHuntingQuery", status=403))
    lab, outcome = await played(scenario)
    assert outcome.verdict["classification"] == "undetermined"
    assert not {*operations(lab)} & CONTAINMENT
    assert "forwarding_changes" in words(comments(lab))


async def test_the_delegate_not_the_owner_is_signed_out(
    plays: Plays,
) -> None:
    lab, _ = await as_written(plays, "delegate-forward")
    delegate = "tomas.nygaard@woodgrovebank.com"
    assert set(changed(lab, SIGNED_OUT)) == {delegate}
    assert changed(lab, "Reset user password.") == [delegate]


async def test_the_rule_in_the_owners_mailbox_is_stopped_before_anybody_knows_who_made_it(
    plays: Plays,
) -> None:
    lab, run = await plays.ended("delegate-forward", "approve")
    assert changed(lab, "Disable-InboxRule") == ["ingrid.solheim@woodgrovebank.com: Board papers"]
    assert run.action("Stop_at_once").start < run.action("Who_acted").start


async def test_a_delegate_whose_sign_ins_are_as_ever_is_accused_of_nothing() -> None:
    scenario = load_scenario("delegate-forward")
    scenario.tenant.sign_ins.clear()
    lab, outcome = await played(scenario)
    assert outcome.verdict["classification"] == "undetermined"
    assert not changed(lab, SIGNED_OUT)
    assert "Disable-InboxRule" in operations(lab), "the reflex needs suspicion only"


async def test_where_the_delegates_sign_ins_cannot_be_read_the_verdict_names_whose() -> None:
    scenario = load_scenario("delegate-forward")
    delegate = scenario.tenant.user("tomas.nygaard@woodgrovebank.com")
    assert delegate is not None
    scenario.tenant.refusals.append(
        Refusal(path=f"*/users/{delegate.user_principal_name}", status=403)
    )
    lab, outcome = await played(scenario)
    assert outcome.verdict["classification"] == "undetermined"
    assert delegate.user_principal_name in words(comments(lab)).partition("Not seen")[2]


async def test_what_else_the_delegate_changed_is_looked_for_in_every_mailbox() -> None:
    scenario = load_scenario("delegate-forward")
    events = list(scenario.tenant.hunting["CloudAppEvents"])
    made_rule = next(event for event in events if event["ActionType"] == "UpdateInboxRules")
    record = made_rule["RawEventData"]
    assert isinstance(record, dict)
    elsewhere = record | {"Id": "another", "MailboxOwnerUPN": "karin.dahl@woodgrovebank.com"}
    events.append({**made_rule, "RawEventData": elsewhere})
    scenario.tenant.hunting["CloudAppEvents"] = events
    _, outcome = await played(scenario)
    assert "of karin.dahl@woodgrovebank.com" in answer(outcome, "what_else")


async def test_forwarding_to_a_shared_mailbox_of_the_tenant_is_closed_as_expected(
    plays: Plays,
) -> None:
    lab, outcome = await as_written(plays, "shared-mailbox")
    assert "orders@proseware.com" in findings(outcome)["kept_in_shared_mailbox"]
    incident = lab.state.incidents[0]
    assert (incident.sentinel_status, incident.sentinel_classification) == (
        "Closed",
        "BenignPositive",
    )
    assert not {*operations(lab)} & CONTAINMENT


async def test_a_shared_mailbox_that_sends_mail_on_outside_acquits_nobody() -> None:
    scenario = load_scenario("shared-mailbox")
    orders = scenario.tenant.user("orders@proseware.com")
    assert orders is not None
    assert orders.mailbox is not None
    orders.mailbox.forwarding_smtp_address = "orders.drop@mail.example"
    lab, outcome = await played(scenario)
    assert outcome.verdict["classification"] == "undetermined"
    assert "kept_in_shared_mailbox" not in findings(outcome)
    assert "orders.drop@mail.example" in verdict_told(lab)


async def test_forwarding_to_a_colleague_is_left_to_an_analyst() -> None:
    scenario = load_scenario("shared-mailbox")
    orders = scenario.tenant.user("orders@proseware.com")
    assert orders is not None
    assert orders.mailbox is not None
    orders.mailbox.kind = "UserMailbox"
    _, outcome = await played(scenario)
    assert outcome.verdict["classification"] == "undetermined"


async def test_mail_forwarded_by_hand_is_told_as_such_and_nobody_is_contained(
    plays: Plays,
) -> None:
    lab, outcome = await as_written(plays, "manual-forward")
    assert "by hand" in findings(outcome)["sent_by_hand"]
    assert "4 sent by a person" in answer(outcome, "how_much")
    assert {*operations(lab)} == {"Add comment", "Update incident"}
    assert made(outcome, "refused") == []
    assert lab.state.incidents[0].sentinel_status == "Active"


async def test_mail_forwarded_by_hand_asks_for_word_from_people(
    plays: Plays,
) -> None:
    lab, _ = await as_written(plays, "manual-forward")
    told = verdict_told(lab).partition("What would change this")[2]
    assert "Word from rafael.castellanos@wideworldimporters.com" in told


async def test_a_password_that_lives_on_premises_is_not_reset_and_who_must_do_it_is_told(
    plays: Plays,
) -> None:
    lab, outcome = await as_written(plays, "hybrid-account")
    assert "Reset user password." not in operations(lab)
    assert made(outcome, "refused") == ["reset_credentials"]
    by_hand = verdict_told(lab).partition("To do by hand")[2]
    assert "credentials of grace.adeyemi@tailspintoys.com" in by_hand
    assert "Reset it there, twice" in by_hand


async def test_all_that_the_cloud_can_do_for_a_synchronised_account_is_done(
    plays: Plays,
) -> None:
    lab, _ = await as_written(plays, "hybrid-account")
    assert set(changed(lab, SIGNED_OUT)) == {"grace.adeyemi@tailspintoys.com"}
    assert {"Disable-InboxRule", "Remove-InboxRule"} <= {*operations(lab)}
