"""Time: each finding with a past that must and must not fire it."""

from datetime import datetime

import pytest
from pydantic import JsonValue

from evidence.destination import Destination
from evidence.hunt_result import HuntResult
from evidence.inbox_rule import RuleConditions
from evidence.indicators import AlertReference
from evidence.model import JsonObject
from evidence.sign_in import SignIns, history
from tests.triage.builders import (
    AWAY,
    HOME,
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
    envelope,
    folder,
    forwarding,
    hunt,
    indicators,
    inside,
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
from triage.case import CHANGES_HUNT, case_from_answers
from triage.finding import investigate
from triage.findings import find
from triage.grade import grade
from triage.plan import Plan

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
    assert "the audit log does not say." in ids["removed_since"].sentence


def stealing(at: datetime = CHANGED, operation: str = "New-InboxRule") -> JsonObject:
    """A rule's making; the mailbox does not show the rule any more."""
    parameters: JsonObject = {
        "Mailbox": OWNER,
        "Name": "Sync",
        "SubjectOrBodyContainsWords": "invoice;payment",
        "ForwardTo": THIEF,
        "DeleteMessage": "True",
    }
    return record(operation, at, ClientIP=AWAY, parameters=parameters)


def test_what_a_rule_did_that_is_gone_is_read_from_its_making() -> None:
    ids = found(answers(audit=changes(stealing())))
    assert "gone since, deletes the mail it takes" in ids["rule_deletes"].sentence
    assert "invoice" in ids["rule_payment_words"].sentence
    assert all(each.source.startswith("run_hunt") for each in ids["rule_deletes"].evidence)


def test_a_change_of_a_part_of_a_rule_does_not_tell_the_rest_of_it() -> None:
    ids = found(answers(audit=changes(stealing(operation="Set-InboxRule"))))
    assert {"destination_external", "rule_deletes"} <= set(ids)
    assert "rule_takes_everything" not in ids, "conditions that it does not name may be there"


def test_a_rule_that_is_gone_is_neither_disabled_nor_deleted_and_its_thief_is_contained() -> None:
    intruder = signed_in(CHANGED - minutes(5), AWAY, "RU")
    given = answers(sign_ins=[*at_home(), intruder], audit=changes(stealing()))
    result = grade(case_of(given))
    assert result.verdict.determination == "compromisedAccount"
    assert "is gone since" in result.verdict.summary
    steps = (*result.plan.reflex, *result.plan.contain, *result.plan.destroy)
    assert [step.action for step in steps] == ["revoke_sessions", "reset_credentials"]


def shared(address: str = "orders@contoso.com", **fields: object) -> Destination:
    return inside(address).model_copy(update={"kind": "sharedMailbox", **fields})


def by_the_owner(address: str = HOME, by: str = OWNER) -> HuntResult:
    return changes(new_rule("Orders", CHANGED, "orders@contoso.com", by=by, ClientIP=address))


def test_where_a_colleague_long_signs_in_is_not_where_the_owner_does() -> None:
    colleague = "tom@contoso.com"
    seen = [signed_in(NOW - days(each), AWAY) for each in range(20)]
    log = SignIns(
        user=colleague,
        since=NOW - days(30),
        until=NOW,
        history=history(seen),
        sign_ins=tuple(seen),
    )
    theirs = [envelope("list_sign_ins", log)]
    for address, benign in ((AWAY, False), (HOME, True)):
        given = answers(
            rules=[rule("Orders", redirect_to=(shared(),))], audit=by_the_owner(address)
        )
        case = case_from_answers(NOW, indicators(), list(given.values()), {colleague: theirs})
        ids = {finding.id for finding in find(investigate(case))}
        assert ("kept_in_shared_mailbox" in ids) is benign


def test_forwarding_to_a_shared_mailbox_set_up_by_the_owner_at_home_is_benign() -> None:
    given = answers(rules=[rule("Orders", redirect_to=(shared(),))], audit=by_the_owner())
    sentence = found(given)["kept_in_shared_mailbox"].sentence
    assert "orders@contoso.com, shared by colleagues inside the organisation" in sentence
    created = AlertReference(
        id="1", title="Creation of forwarding/redirect rule", kind="forwardingRuleCreated"
    )
    verdict = grade(case_of(given, indicators(alerts=(created,)))).verdict
    assert verdict.classification == "informationalExpectedActivity"
    outside_alert = AlertReference(
        id="2", title="Suspicious email forwarding activity", kind="suspiciousEmailForwarding"
    )
    verdict = grade(case_of(given, indicators(alerts=(outside_alert,)))).verdict
    assert verdict.classification == "falsePositive", "the alert spoke of an external account"


@pytest.mark.parametrize(
    "given",
    [
        answers(rules=[rule("Orders", redirect_to=(inside(),))], audit=by_the_owner()),
        answers(rules=[rule("Orders", redirect_to=(shared(), outside()))], audit=by_the_owner()),
        answers(
            rules=[rule("Orders", redirect_to=(shared(resolved=False),))], audit=by_the_owner()
        ),
        answers(
            rules=[rule("Orders", redirect_to=(shared(),), deletes=True)], audit=by_the_owner()
        ),
        answers(rules=[rule("Orders", redirect_to=(shared(),))], audit=by_the_owner(AWAY)),
        answers(
            rules=[rule("Orders", redirect_to=(shared(),))], audit=by_the_owner(by="it@contoso.com")
        ),
        answers(rules=[rule("Orders", redirect_to=(shared(),))]),
        answers(
            transports=[transport("Orders", to=shared())],
            audit=changes(
                record(
                    "New-TransportRule",
                    CHANGED,
                    ClientIP=HOME,
                    parameters={"Name": "Orders", "BlindCopyTo": "orders@contoso.com"},
                )
            ),
        ),
        answers(
            rules=[rule("Orders", redirect_to=(shared(),))],
            audit=by_the_owner(),
            sign_ins=[*at_home(), signed_in(CHANGED - minutes(9), AWAY, "RU")],
        ),
    ],
    ids=[
        "a colleague's mailbox",
        "an address outside, too",
        "not followed to its end",
        "and the mail is deleted",
        "from an address not in use",
        "by somebody else",
        "nobody knows by whom",
        "everybody's mail",
        "after an unusual sign-in",
    ],
)
def test_forwarding_inside_that_has_no_such_reason_acquits_nobody(
    given: dict[str, JsonObject],
) -> None:
    assert "kept_in_shared_mailbox" not in found(given)
    assert grade(case_of(given)).verdict.classification in ("undetermined", "truePositive")


SENT: JsonObject = {
    "Sender": OWNER,
    "Forwarded": 0,
    "SimplySent": 4,
    "SentByHand": 3,
    "Recipients": [THIEF],
    "FirstSeen": "2026-03-01T08:00:00Z",
}


def by_hand(**fields: JsonValue) -> HuntResult:
    return hunt("who_forwarded_to", SENT | fields)


def test_mail_to_the_alerts_recipient_that_nothing_forwards_was_sent_by_hand() -> None:
    sentence = found(answers(hunts=[by_hand()]))["sent_by_hand"].sentence
    assert f"{OWNER} sent 4 messages there by hand since 01 Mar 2026 08:00 UTC, 3 with" in sentence
    result = grade(case_of(answers(hunts=[by_hand()])))
    assert result.verdict.classification == "undetermined"
    assert "for people to say" in result.verdict.summary
    assert any(OWNER in each for each in result.verdict.changes_it)
    assert result.plan == Plan()


def refused(action: str, *hunts: HuntResult) -> dict[str, JsonObject]:
    given = answers(hunts=hunts)
    given[action]["gaps"] = [{"source": "Exchange", "reason": "forbidden"}]
    return given


@pytest.mark.parametrize(
    "given",
    [
        answers(hunts=[by_hand(Forwarded=1)]),
        answers(hunts=[hunt("who_forwarded_to", SENT, SENT | {"Sender": "ann", "Forwarded": 2})]),
        answers(hunts=[by_hand(SimplySent=0)]),
        answers(hunts=[by_hand(Sender="bob@contoso.com")]),
        answers(rules=[rule("Copy", forward_to=(outside(),))], hunts=[by_hand()]),
        answers(audit=changes(stealing()), hunts=[by_hand()]),
        refused("get_mailbox_forwarding", by_hand()),
        refused(CHANGES_HUNT, by_hand()),
    ],
    ids=[
        "some was forwarded",
        "some was forwarded from another of the owner's addresses",
        "none was sent",
        "by somebody else",
        "a rule leads there",
        "a rule led there",
        "the forwarding was not seen",
        "the audit log was not seen",
    ],
)
def test_mail_is_not_called_sent_by_hand_while_something_may_have_forwarded_it(
    given: dict[str, JsonObject],
) -> None:
    assert "sent_by_hand" not in found(given)


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
