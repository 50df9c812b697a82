"""A mailbox triaged in one call: everything read at once, graded, and who else is affected."""

import json
from pathlib import Path

import pytest

from actions.catalog import catalog
from sandbox.scenario import load_scenario
from sandbox.tenant.faults import Interruption, Refusal
from sandbox.tenant.mailbox import InboxRule, Recipient, RuleActions
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import (
    ANA,
    ANA_ID,
    AROUND,
    JOEL,
    OpenLab,
    answered,
    as_object,
    mailbox_of,
    objects,
    operations,
    result_of,
)

TRIAGE = "triage-mailbox"
ASK: JsonObject = {"mailbox": ANA, "around": AROUND}
THIEF = "accounts.fabrikam@mail.example"
MESSAGE = "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b201"


def grade_of(result: JsonObject) -> JsonObject:
    return as_object(result["grade"])


def verdict_of(result: JsonObject) -> str:
    return str(as_object(grade_of(result)["verdict"])["classification"])


def source_of(result: JsonObject, name: str, about: str = "") -> JsonObject:
    named = (
        each
        for each in objects(result["sources"])
        if name in (each["action"], each["hunt"]) and each["about"] == about
    )
    return next(named)


def question_of(result: JsonObject, identifier: str) -> JsonObject:
    asked = objects(grade_of(result)["questions"])
    return next(each for each in asked if each["id"] == identifier)


async def test_one_call_reads_everything_and_gives_the_verdict_and_changes_nothing(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    found = await result_of(lab, TRIAGE, ASK)

    assert verdict_of(found) == "truePositive"
    plan = as_object(grade_of(found)["plan"])
    assert [step["action"] for step in objects(plan["reflex"])] == ["disable_inbox_rule"]
    assert str(grade_of(found)["comment"]).startswith("<h3>Mailwarden: True positive")
    for name in ("list_inbox_rules", "list_sign_ins", "find_forwarders", "forwarding_changes"):
        assert source_of(found, name)["error"] == ""
    assert question_of(found, "how_much")["answer"] == f"3 messages forwarded to {THIEF}."
    assert as_object(found["indicators"])["forwarder"]
    assert (found["report"], found["answers"]) == ("", [])
    assert operations(lab) == []


async def test_the_account_may_be_named_by_its_id_and_is_called_by_its_name(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    found = await result_of(lab, TRIAGE, {"mailbox": ANA_ID, "around": AROUND})
    assert verdict_of(found) == "truePositive"
    [step] = objects(as_object(grade_of(found)["plan"])["reflex"])
    assert ANA in str(step["target"])


async def test_sources_that_refuse_cost_their_own_answers_only(
    open_lab: OpenLab, waits: list[float]
) -> None:
    del waits  # for the attempts after a 500
    refusals = [
        Refusal(service="graph", path="*/signIns", status=403),
        Refusal(service="graph", path="*/alerts_v2*", status=500),
        Refusal(service="exchange", cmdlet="Get-TransportRule", status=403),
    ]
    lab = await open_lab(change=lambda state: state.refusals.extend(refusals))
    answer = await answered(lab, TRIAGE, ASK)
    found = as_object(answer["result"])

    for source, question in (
        ("list_sign_ins", "past_behaviour"),
        ("get_user_alerts", "other_alerts"),
        ("list_transport_rules", "transport_rules_expected"),
    ):
        assert source_of(found, source)["complete"] is False
        assert question_of(found, question)["complete"] is False
    for question in ("rule_changes", "how_much", "hidden_rules", "delegates"):
        assert question_of(found, question)["complete"] is True
    assert verdict_of(found) in ("truePositive", "undetermined")

    refused = [gap for gap in objects(answer["gaps"]) if gap["reason"] == "forbidden"]
    assert {str(gap["source"]) for gap in refused} == {
        "Graph auditLogs/signIns (interactive)",
        "Graph auditLogs/signIns (non-interactive)",
        "Exchange Get-TransportRule",
    }
    assert "list_sign_ins needs AuditLog.Read.All" in str(refused)
    assert "triage_mailbox needs" not in str(refused)


async def test_without_hunting_nothing_is_taken_for_absent(open_lab: OpenLab) -> None:
    refusal = Refusal(service="graph", path="*unHuntingQuery", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))
    found = await result_of(lab, TRIAGE, ASK)

    for question in ("rule_changes", "who_else_forwards", "how_much", "mail_read", "app_consents"):
        asked = question_of(found, question)
        assert (asked["complete"], asked["found"]) == (False, False), question
        assert str(asked["answer"]).startswith("Not known")
    assert question_of(found, "who_receives")["complete"] is True
    assert found["affected"] == []
    assert source_of(found, "find_forwarders")["complete"] is False


async def test_a_source_that_is_slow_costs_its_own_answers_only(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = Interruption(service="graph", path="*/riskyUsers/*", answer="silence")
    monkeypatch.setattr("actions.triage_mailbox._FIRST", 8.0)
    lab = await open_lab(change=lambda state: state.interruptions.append(silent))
    found = await result_of(lab, TRIAGE, ASK)

    assert source_of(found, "get_user_risk")["complete"] is False
    assert question_of(found, "who_receives")["complete"] is True
    assert verdict_of(found) == "truePositive"


async def test_a_read_that_breaks_costs_its_own_answers_only_and_tells_no_secret(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    lab = await open_lab()
    monkeypatch.setattr("actions.get_user_risk.read_risk", broken)
    found = await result_of(lab, TRIAGE, ASK)

    source = source_of(found, "get_user_risk")
    assert (source["complete"], source["error"]) == (False, "Unforeseen RuntimeError")
    assert "hunter2" not in json.dumps(found)
    assert verdict_of(found) == "truePositive"
    assert question_of(found, "risky_sign_ins")["complete"] is False


async def test_of_an_account_that_does_not_exist_nothing_is_read(open_lab: OpenLab) -> None:
    lab = await open_lab()
    await answered(lab, TRIAGE, {"mailbox": "nobody@contoso.com"}, status=404)
    assert {request.path.split("/")[2] for request in lab.state.requests} == {"users"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mailbox", "ana"),
        ("recipients", ["no address"]),
        ("forwardingType", "carrier pigeon"),
        ("around", "yesterday"),
        ("unknown", 1),
    ],
)
async def test_bad_input_is_an_error_that_names_the_field(
    open_lab: OpenLab, field: str, value: str | list[str] | int
) -> None:
    lab = await open_lab()
    body: JsonObject = {**ASK, field: [*value] if isinstance(value, list) else value}
    problem = await answered(lab, TRIAGE, body, status=400)
    assert str(objects(problem["errors"])[0]["field"]).startswith(field)
    assert lab.state.count() == 0


def joel_is_hit_too(state: TenantState) -> None:
    """Joel's mail goes to the same address, by a rule of the same name."""
    thief = Recipient(name="X", address=THIEF)
    rule = InboxRule(name="..", actions=RuleActions(forward_to=[thief]))
    rule.identity = 1 << 63
    mailbox_of(state, JOEL).rules.append(rule)
    rows = [dict(row) for row in state.hunting["EmailEvents"]]
    copied = next(row for row in rows if row.get("RecipientEmailAddress") == THIEF)
    others = {
        "NetworkMessageId": "0d2a2c7e-6f1b-4c43-7a51-08dd07c8b2ff",
        "SenderFromAddress": JOEL,
        "SenderMailFromAddress": JOEL,
        "SenderDisplayName": "Joel Lindqvist",
        "SenderObjectId": "",
        "ForwardingInformation": json.dumps([{"Forwarder": JOEL, "ForwardingType": "InboxRule"}]),
    }
    state.hunting["EmailEvents"] = [*rows, {**copied, **others}]


async def test_every_other_mailbox_with_the_same_destination_is_listed_with_a_plan(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=joel_is_hit_too)
    found = await result_of(lab, TRIAGE, ASK)

    [joel] = objects(found["affected"])
    assert joel["mailbox"] == JOEL
    assert joel["complete"] is True
    assert as_object(joel["why"])["recipients"] == [THIEF]
    plan = as_object(joel["plan"])
    [step] = [*objects(plan["reflex"]), *objects(plan["contain"])]
    assert step["action"] == "disable_inbox_rule"
    request = {**as_object(step["request"]), "incident": "INC-1", "reason": "the same thief"}
    stopped = await answered(lab, str(step["route"]), request)
    assert stopped["status"] == "done"
    assert any(JOEL in str(each["about"]) for each in objects(found["sources"]))


async def test_what_is_refused_of_another_mailbox_makes_the_whole_incomplete(
    open_lab: OpenLab,
) -> None:
    def change(state: TenantState) -> None:
        joel_is_hit_too(state)
        path = f"*/{JOEL}/*/messageRules"
        state.refusals.append(Refusal(service="graph", path=path, status=403))

    lab = await open_lab(change=change)
    answer = await answered(lab, TRIAGE, ASK)
    found = as_object(answer["result"])

    [joel] = objects(found["affected"])
    assert joel["complete"] is False
    assert answer["complete"] is False
    [about] = [each for each in objects(answer["gaps"]) if each["reason"] == "forbidden"]
    assert about["source"] == f"Graph messageRules of {JOEL}"
    assert "list_inbox_rules needs" in str(about["detail"])
    # It is no gap of the grade, which is about the mailbox that was asked about.
    assert JOEL not in str(grade_of(found)["gaps"])


async def test_more_than_a_few_others_are_listed_and_said_not_to_be_read(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.triage_mailbox._MOST_OTHERS", 0)
    lab = await open_lab(change=joel_is_hit_too)
    answer = await answered(lab, TRIAGE, ASK)
    [joel] = objects(as_object(answer["result"])["affected"])
    assert (joel["mailbox"], joel["complete"]) == (JOEL, False)
    [gap] = [each for each in objects(answer["gaps"]) if each["source"] == "Other mailboxes"]
    assert (gap["reason"], JOEL in str(gap["detail"])) == ("notAsked", True)
    assert "Not read" in str(joel["summary"])
    assert as_object(joel["plan"])["byHand"]


async def test_the_evidence_can_be_had_and_graded_again_to_the_same_verdict(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    found = await result_of(lab, TRIAGE, {**ASK, "evidence": True, "report": True})

    body: JsonObject = {
        "asOf": AROUND,
        "indicators": found["indicators"],
        "answers": found["answers"],
        "actors": found["actors"],
    }
    again = await result_of(lab, "grade-alert", body)
    assert again == grade_of(found)
    assert str(found["report"]).lower().startswith("<!doctype html>")

    after = await result_of(lab, "grade-alert", {**body, "earlier": again})
    assert "Nothing is new" not in str(again["comment"])
    assert str(after["comment"]).startswith("<h3>Mailwarden: still True positive")


@pytest.mark.parametrize("scenario", ["exchange-refused", "delegate-forward", "transport-bcc"])
async def test_scenarios_come_to_the_verdict_of_the_playbook(
    open_lab: OpenLab, scenario: str
) -> None:
    told = load_scenario(scenario)
    lab = await open_lab(scenario)
    parsed = await result_of(lab, "parse-incident", told.trigger())
    forwarder = as_object(parsed["forwarder"])
    body: JsonObject = {
        "mailbox": forwarder["userPrincipalName"] or forwarder["mail"],
        "around": parsed["lastActivity"] or parsed["firstActivity"] or told.now.isoformat(),
        "recipients": parsed["recipients"],
        "networkMessageIds": parsed["networkMessageIds"],
    }
    found = await result_of(lab, TRIAGE, body)
    assert verdict_of(found) == told.expect.classification


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[{"rule": "x", "owner": "me", "until": "2027-01-01"}]', "0.reviewed"),
        ("[", "JSON"),
    ],
)
async def test_a_baseline_of_transport_rules_that_cannot_be_read_stops_the_start(
    open_lab: OpenLab, tmp_path: Path, content: str, says: str
) -> None:
    file = tmp_path / "rules.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(Exception, match="MAILWARDEN_APPROVED_TRANSPORT_RULES") as raised:
        await open_lab(settings={"MAILWARDEN_APPROVED_TRANSPORT_RULES": str(file)})
    assert says in str(raised.value)


async def test_the_approved_transport_rules_answer_whether_each_rule_is_expected(
    open_lab: OpenLab, tmp_path: Path
) -> None:
    file = tmp_path / "rules.json"
    approval = {
        "rule": "External sender banner",
        "owner": "Mail team",
        "reviewed": "2026-11-01T09:00:00Z",
        "until": "2027-06-30",
    }
    file.write_text(json.dumps([approval]), encoding="utf-8")
    lab = await open_lab(settings={"MAILWARDEN_APPROVED_TRANSPORT_RULES": str(file)})
    found = await result_of(lab, TRIAGE, ASK)
    answer = question_of(found, "transport_rules_expected")
    assert answer["answer"] == "1 of 1 rule as approved."


async def test_it_needs_what_each_of_its_reads_needs(open_lab: OpenLab) -> None:
    lab = await open_lab()
    found = await result_of(lab, TRIAGE, {**ASK, "networkMessageIds": [MESSAGE]})

    every = catalog()
    own = {(each.kind, each.name): each.optional for each in every[TRIAGE.replace("-", "_")].needs}
    asked = {str(each["action"]) for each in objects(found["sources"])}
    for name in asked:
        for need in every[name].needs:
            assert own[need.kind, need.name] <= need.optional, (name, need)
    assert {"get_message", "list_sign_ins", "trace_messages"} <= asked


async def test_without_the_own_domains_no_forwarding_inside_is_taken_for_outside(
    open_lab: OpenLab,
) -> None:
    def unknown(state: TenantState) -> None:
        state.refusals += [
            Refusal(service="graph", path="*/domains", status=403),
            Refusal(service="exchange", cmdlet="Get-AcceptedDomain", status=403),
        ]

    lab = await open_lab(change=unknown)
    found = await result_of(lab, TRIAGE, ASK)
    for hunt in ("auto_forwarded_messages", "new_users_forwarding"):
        assert "accepted_domains" in str(source_of(found, hunt)["error"])
    report = question_of(found, "auto_forwarded_report")
    assert report["complete"] is False
