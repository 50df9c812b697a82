"""Time: each finding with a past that must and must not fire it."""

import pytest

from evidence.inbox_rule import RuleConditions
from evidence.model import JsonObject
from tests.triage.builders import (
    AWAY,
    NOW,
    OWNER,
    PARTNER,
    THIEF,
    answers,
    approval,
    at_home,
    case_of,
    changes,
    days,
    folder,
    forwarding,
    minutes,
    new_rule,
    organization,
    outside,
    record,
    rule,
    signed_in,
    transport,
)
from tests.triage.found import found
from triage.case import CHANGES_HUNT
from triage.finding import investigate

CHANGED = NOW - days(1)


@pytest.mark.parametrize(("age", "fires"), [(800, True), (100, False)])
def test_what_is_old_and_quiet_speaks_for_a_benign_cause(age: int, fires: bool) -> None:
    ids = found(answers(smtp=forwarding(outside(), when_changed=NOW - days(age))))
    assert ("old_and_quiet" in ids) is fires
    assert all(ids[each].weight < 0 for each in ids if each == "old_and_quiet")


def test_old_is_not_quiet_after_a_risky_sign_in() -> None:
    risky = signed_in(NOW - days(2), AWAY, "RU", risk_events=("anomalousToken",))
    old = forwarding(outside(), when_changed=NOW - days(800))
    ids = found(answers(smtp=old, sign_ins=[*at_home(), risky]))
    assert "old_and_quiet" not in ids
    assert "sign_ins_quiet" not in ids


def test_old_is_not_quiet_while_the_sign_ins_are_unseen() -> None:
    given = answers(smtp=forwarding(outside(), when_changed=NOW - days(800)))
    del given["list_sign_ins"]
    assert "old_and_quiet" not in found(given)


def test_no_change_in_a_complete_audit_log_is_told() -> None:
    given = answers(rules=[rule("Copy", forward_to=(outside(),))])
    assert "not_changed_lately" in found(given)
    given[CHANGES_HUNT]["gaps"] = [{"source": "CloudAppEvents", "reason": "lag"}]
    assert "not_changed_lately" not in found(given)


def test_a_rule_that_was_removed_is_still_found_in_the_audit_log() -> None:
    removal = record(
        "Remove-InboxRule",
        CHANGED + minutes(60),
        parameters={"Identity": f"{OWNER}\\Copy", "Mailbox": OWNER},
    )
    ids = found(answers(audit=changes(new_rule("Copy", CHANGED), removal)))
    assert f"removed by {OWNER} on 09 Mar 2026 13:00" in ids["removed_since"].sentence
    assert THIEF in ids["destination_external"].sentence


@pytest.mark.parametrize(
    ("mailbox", "after"), [("bob@contoso.com", 60), (OWNER, -60)], ids=["another's", "earlier"]
)
def test_another_removal_is_not_taken_for_its_own(mailbox: str, after: float) -> None:
    removal = record(
        "Remove-InboxRule",
        CHANGED + minutes(after),
        by="admin@contoso.com",
        parameters={"Identity": f"{mailbox}\\Copy", "Mailbox": mailbox},
    )
    ids = found(answers(audit=changes(new_rule("Copy", CHANGED), removal)))
    assert "is no longer there." in ids["removed_since"].sentence


def test_a_rule_whose_listing_was_refused_is_not_called_removed() -> None:
    given = answers(audit=changes(new_rule("Copy", CHANGED)))
    given["list_inbox_rules"]["gaps"] = [{"source": "Exchange", "reason": "forbidden"}]
    ids = found(given)
    assert "removed_since" not in ids
    assert "destination_external" in ids


def test_an_admins_change_for_an_approved_destination_is_benign() -> None:
    for admin, fires in (("admin@contoso.com", True), (OWNER, False)):
        change = new_rule("Copy", CHANGED, PARTNER, by=admin)
        given = answers(
            org=organization(approval()),
            rules=[rule("Copy", forward_to=(outside(PARTNER),))],
            audit=changes(change),
        )
        assert ("admin_set_approved" in found(given)) is fires


def test_a_new_rule_that_only_files_is_benign_and_one_that_hides_is_not() -> None:
    change = changes(new_rule("Sort", CHANGED, None))
    conditions = RuleConditions(sender_contains=("x.example",))
    for target, fires in (("Projects", True), ("RSS Feeds", False)):
        made = rule("Sort", conditions=conditions, move_to=folder(target))
        assert ("only_files" in found(answers(rules=[made], audit=change))) is fires


def test_an_out_of_office_reply_is_benign() -> None:
    reply = rule("Microsoft.Exchange.OOF.InternalSenders.Global", system=True)
    junk = rule("Junk E-mail Rule", system=True)
    assert "out_of_office" in found(answers(rules=[reply]))
    assert "out_of_office" not in found(answers(rules=[junk]))


def _change_of(name: str, *given: JsonObject) -> str:
    rules = [rule("Copy", forward_to=(outside(name),))]
    way = investigate(case_of(answers(rules=rules, audit=changes(*given)))).ways[0]
    return way.change.at.isoformat() if way.change else ""


def test_of_rules_with_one_name_the_destination_tells_which_change_made_it() -> None:
    mine = new_rule("Copy", CHANGED)
    other = new_rule("Copy", CHANGED + minutes(9), "other@evil.example")
    assert _change_of(THIEF, mine, other) == CHANGED.isoformat()


@pytest.mark.parametrize(
    "elsewhere",
    [
        new_rule("Other", CHANGED),
        record(
            "New-InboxRule",
            CHANGED,
            by="bob@contoso.com",
            ObjectId="bob\\Copy",
            parameters={"Name": "Copy", "ForwardTo": THIEF},
        ),
        new_rule("Copy", CHANGED, None),
        new_rule("Copy", CHANGED) | {"ResultStatus": "False"},
        record("Disable-InboxRule", CHANGED, parameters={"Identity": "Copy", "Mailbox": OWNER}),
        record(
            "Set-InboxRule",
            CHANGED,
            parameters={"Identity": "Copy", "Mailbox": OWNER, "Enabled": "False"},
        ),
        record("UpdateInboxRules", CHANGED, MailboxOwnerUPN=OWNER),
    ],
    ids=["another name", "another mailbox", "sends nothing", "failed", "off", "set off", "blank"],
)
def test_changes_of_something_else_are_not_taken_for_the_rules_own(elsewhere: JsonObject) -> None:
    assert _change_of(THIEF, elsewhere) == ""


def test_switching_a_rule_off_does_not_hide_who_made_it() -> None:
    off = record(
        "Disable-InboxRule",
        CHANGED + minutes(30),
        by="responder@contoso.com",
        parameters={"Identity": "Copy", "Mailbox": OWNER},
    )
    assert _change_of(THIEF, new_rule("Copy", CHANGED), off) == CHANGED.isoformat()


def test_a_change_after_the_alert_counts_too() -> None:
    later = NOW + minutes(5)
    assert _change_of(THIEF, new_rule("Copy", later)) == later.isoformat()


def test_a_change_by_outlook_is_known_by_name_or_destination() -> None:
    by_name = record(
        "UpdateInboxRules",
        CHANGED,
        MailboxOwnerUPN=OWNER,
        OperationProperties=[
            {"Name": "RuleOperation", "Value": "AddMailboxRule"},
            {"Name": "RuleName", "Value": "Copy"},
        ],
    )
    by_destination = record(
        "UpdateInboxRules",
        CHANGED,
        MailboxOwnerUPN=OWNER,
        OperationProperties=[{"Name": "RuleActions", "Value": f'[{{"Recipients":["{THIEF}"]}}]'}],
    )
    assert _change_of(THIEF, by_name) == CHANGED.isoformat()
    assert _change_of(THIEF, by_destination) == CHANGED.isoformat()


def test_a_mailbox_that_only_the_hunt_recognises_is_the_forwarders() -> None:
    change = record(
        "Set-Mailbox",
        CHANGED,
        by="admin@contoso.com",
        ObjectId="legacy-alias",
        parameters={"ForwardingSmtpAddress": f"smtp:{THIEF}"},
    )
    for known, expected in ((True, CHANGED), (False, None)):
        audit = changes(change)
        rows = ({**audit.rows[0], "OnMailbox": known},)
        given = answers(smtp=forwarding(outside()), audit=audit.model_copy(update={"rows": rows}))
        way = investigate(case_of(given)).ways[0]
        assert (way.change.at if way.change else None) == expected


def test_the_last_change_of_a_transport_rule_may_come_from_its_listing() -> None:
    made = transport(when_changed=NOW - days(3))
    way = investigate(case_of(answers(transports=[made]))).ways[0]
    assert way.changed_at == NOW - days(3)
