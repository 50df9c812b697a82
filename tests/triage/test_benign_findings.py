"""Positive benign reasons, and the same with one thing that spoils them."""

from datetime import timedelta

import pytest
from pydantic import JsonValue

from evidence.inbox_rule import RuleConditions
from evidence.indicators import AlertReference
from evidence.model import JsonObject
from tests.triage.builders import (
    HOME,
    NOW,
    OWNER,
    THIEF,
    answers,
    case_of,
    changes,
    days,
    folder,
    hunt,
    indicators,
    new_rule,
    outside,
    record,
    rule,
)
from tests.triage.found import found
from triage.grade import grade

AT = NOW - days(1)
FILING = rule("News", conditions=RuleConditions(sender_contains=("news@shop.example",)),
              move_to=folder("Reading"))  # fmt: skip


def rewritten(
    count: int, apart: float = 0.1, properties: dict[str, str] | None = None
) -> list[JsonObject]:
    pairs: list[JsonValue] = [{"Name": k, "Value": v} for k, v in (properties or {}).items()]
    return [
        record(
            "UpdateInboxRules",
            AT + timedelta(seconds=number * apart),
            MailboxOwnerUPN=OWNER,
            ClientIP=HOME,
            Id=f"r{number}",
            OperationProperties=pairs,
        )
        for number in range(count)
    ]


def test_outlook_writing_all_rules_again_is_a_false_alarm() -> None:
    given = answers(rules=[FILING], audit=changes(*rewritten(400)))
    assert found(given)["outlook_resync"].weight < 0
    verdict = grade(case_of(given)).verdict
    assert (verdict.classification, verdict.determination) == ("falsePositive", "notMalicious")
    assert [each.id for each in verdict.weightiest][:1] == ["outlook_resync"]


def test_what_is_no_rewriting_of_all_rules_acquits_nobody() -> None:
    stealing = rule("Copy", forward_to=(outside(),))
    buried = rule("RSS", move_to=folder("RSS Feeds"))
    telling = {"RuleActions": f'[{{"ActionType":"Forward","Recipients":["{THIEF}"]}}]'}
    for given in (
        answers(rules=[FILING], audit=changes(*rewritten(5))),
        answers(rules=[FILING], audit=changes(*rewritten(30, apart=3600))),
        answers(rules=[stealing], audit=changes(*rewritten(400))),
        answers(rules=[buried], audit=changes(*rewritten(400))),
        answers(rules=[FILING], audit=changes(*rewritten(400, properties=telling))),
    ):
        assert "outlook_resync" not in found(given)
        assert grade(case_of(given)).verdict.classification != "falsePositive"


def test_the_rules_must_have_been_seen_for_it() -> None:
    given = answers(rules=[FILING], audit=changes(*rewritten(400)))
    given["list_inbox_rules"]["gaps"] = [{"source": "Exchange", "reason": "forbidden"}]
    assert "outlook_resync" not in found(given)


def cleared(value: str = "") -> JsonObject:
    parameters: JsonObject = {"Identity": OWNER, "ForwardingSmtpAddress": value}
    return record("Set-Mailbox", AT, ObjectId=OWNER, parameters=parameters)


def test_forwarding_that_was_only_taken_away_is_a_false_alarm() -> None:
    given = answers(audit=changes(cleared()))
    assert "forwarding_only_cleared" in found(given)
    assert grade(case_of(given)).verdict.classification == "falsePositive"


def test_an_alert_that_mail_was_forwarded_is_not_answered_by_the_clearing() -> None:
    alert = AlertReference(id="1", title="x", kind="suspiciousEmailForwarding")
    given = answers(audit=changes(cleared()))
    assert "forwarding_only_cleared" not in found(given, indicators(alerts=(alert,)))


def test_forwarding_that_was_set_before_it_was_cleared_is_none() -> None:
    earlier = cleared(THIEF) | {"CreationTime": (AT - days(1)).strftime("%Y-%m-%dT%H:%M:%S")}
    given = answers(audit=changes(earlier, cleared()))
    assert "forwarding_only_cleared" not in found(given)
    assert grade(case_of(given)).verdict.classification == "undetermined"


def test_an_outside_address_in_a_condition_is_no_destination() -> None:
    assert "news@shop.example" in found(answers(rules=[FILING]))["external_condition"].sentence
    ours = RuleConditions(from_addresses=("bob@contoso.com",))
    inside = FILING.model_copy(update={"conditions": ours})
    assert "external_condition" not in found(answers(rules=[inside]))
    hiding = FILING.model_copy(update={"move_to": folder("RSS Feeds")})
    assert "external_condition" not in found(answers(rules=[hiding]))


def test_an_alert_that_takes_a_condition_for_a_destination_is_a_false_alarm() -> None:
    parameters: JsonObject = {
        "Name": "News",
        "Mailbox": OWNER,
        "FromAddressContainsWords": "news@shop.example",
        "MoveToFolder": "Reading",
    }
    made = record("New-InboxRule", AT, ClientIP=HOME, parameters=parameters)
    alerted = indicators(recipients=("news@shop.example",))
    quiet = hunt("who_forwarded_to")
    row: JsonObject = {"Sender": OWNER, "SimplySent": 1, "Recipients": ["news@shop.example"],
                       "FirstSeen": AT.isoformat()}  # fmt: skip
    for flow, expected in (
        (quiet, "falsePositive"),
        (hunt("who_forwarded_to", row), "undetermined"),
    ):
        given = answers(rules=[FILING], audit=changes(made), hunts=[flow])
        assert grade(case_of(given, alerted)).verdict.classification == expected


@pytest.mark.parametrize("action", ["SendTextMessageNotificationTo", "ID_ACTION_CUSTOM"])
def test_a_rule_that_does_what_nobody_can_tell_is_not_said_only_to_file(action: str) -> None:
    made = changes(new_rule("Odd", NOW - days(1), None))
    filing = rule("Odd", move_to=folder("Projects"), other_actions=("assignCategories",))
    odd = rule("Odd", move_to=folder("Projects"), other_actions=(action,))
    assert "only_files" in found(answers(rules=[filing], audit=made))
    assert "only_files" not in found(answers(rules=[odd], audit=made))
    assert grade(case_of(answers(rules=[odd], audit=made))).verdict.classification == "undetermined"
