"""Other mailboxes that the same hand may have reached: who they are, and what to do about each."""

from pydantic import JsonValue

from evidence.forwarder import ForwarderFound, Forwarders
from evidence.inbox_rule import InboxRules
from evidence.mailbox_forwarding import MailboxForwarding
from tests.triage.builders import (
    AWAY,
    NOW,
    OWNER,
    PARTNER,
    THIEF,
    answers,
    approval,
    case_of,
    changes,
    days,
    envelope,
    further_answers,
    organization,
    outside,
    record,
    rule,
)
from triage.affected import AffectedMailbox, affected, others, unread

BOB = "bob@contoso.com"
HOSTILE = frozenset([THIEF])


def found(mailbox: str = BOB, *ways: str, **fields: object) -> ForwarderFound:
    values: dict[str, object] = {"recipients": (THIEF,), "messages": 3}
    return ForwarderFound.model_validate(
        {
            "mailbox": mailbox,
            "ways": ways or ("mailFlow",),
            "first_seen": NOW - days(1),
            "last_seen": NOW,
            **values,
            **fields,
        }
    )


def of_bob(*names: str, to: str = THIEF, made_days_ago: float | None = None) -> list[JsonValue]:
    """What the reads of Bob's mailbox answered, with a rule for each name."""
    rules = InboxRules(
        mailbox=BOB, rules=tuple(rule(each, forward_to=(outside(to),)) for each in names)
    )
    made = [
        record("New-InboxRule", NOW - days(ago), by=BOB, parameters={"Name": each, "ForwardTo": to})
        for each in names
        for ago in ([] if made_days_ago is None else [made_days_ago])
    ]
    return [
        envelope("get_organization", organization(approval(PARTNER))),
        answers()["list_transport_rules"],
        envelope("list_inbox_rules", rules),
        envelope("get_mailbox_forwarding", MailboxForwarding(mailbox=BOB)),
        envelope("run_hunt", changes(*made)),
    ]


def steps(other: AffectedMailbox) -> list[str]:
    return [step.action for step in (*other.plan.reflex, *other.plan.contain)]


def test_another_mailbox_whose_rule_leads_to_the_thief_gets_a_step_that_stops_it() -> None:
    other = affected(found(), NOW, of_bob("Copy"), HOSTILE)
    assert other.mailbox == BOB
    assert other.complete
    assert steps(other) == ["disable_inbox_rule"]
    [step] = (*other.plan.reflex, *other.plan.contain)
    assert step.request == {"mailbox": BOB, "rule": "id of Copy"}
    assert THIEF in step.why


def test_an_old_rule_to_the_thief_is_stopped_too_and_one_to_nobody_suspicious_is_not() -> None:
    old = affected(found(), NOW, of_bob("Copy", made_days_ago=20), HOSTILE)
    assert steps(old) == ["disable_inbox_rule"]
    undecided = affected(found(), NOW, of_bob("Copy", made_days_ago=20), frozenset())
    assert steps(undecided) == []
    approved = affected(found(recipients=()), NOW, of_bob("Orders", to=PARTNER), HOSTILE)
    assert steps(approved) == []


def test_nobody_is_judged_compromised_or_acquitted_whose_sign_ins_were_not_read() -> None:
    for given in (of_bob(), of_bob("Copy"), of_bob("Orders", to=PARTNER)):
        other = affected(found(), NOW, given, HOSTILE)
        assert other.classification == "undetermined"
        assert other.plan.destroy == ()
        assert any("triage_mailbox" in each for each in other.plan.by_hand)


def test_a_mailbox_that_could_not_be_read_is_still_listed_and_called_incomplete() -> None:
    refused: JsonValue = {"action": "list_inbox_rules", "status": 403, "detail": "No."}
    other = affected(found(), NOW, [refused], HOSTILE)
    assert not other.complete
    assert steps(other) == []
    left = unread(found(), "Too many.")
    assert (left.mailbox, left.summary, left.complete) == (BOB, "Too many.", False)
    assert left.plan.by_hand


def test_the_others_are_all_but_the_forwarder_and_those_who_only_wrote_there_by_hand() -> None:
    listed = Forwarders(
        since=NOW - days(21),
        until=NOW,
        recipients=(THIEF,),
        ip_addresses=(AWAY,),
        forwarders=(
            found(OWNER.upper()),
            found(BOB, "mailFlow", "sentByHand"),
            found("carol@contoso.com", "sentByHand"),
            found("admin@contoso.com", "transportRule"),
            found("dave@contoso.com", "mailboxForwarding"),
        ),
    )
    case = case_of(answers() | further_answers(find_forwarders=listed))
    assert [each.mailbox for each in others(case)] == [BOB, "dave@contoso.com"]
    assert others(case_of(answers())) == ()
