"""Who acted is kept apart from whose mailbox it is: delegates, and what betrays them."""

import pytest
from pydantic import JsonValue

from evidence import sign_in
from evidence.hunt_result import HuntResult
from evidence.model import Evidence, JsonObject
from evidence.organization import ApprovedDestination
from evidence.sign_in import SignIn, SignIns
from evidence.user_risk import RiskDetection, UserRisk
from tests.triage.builders import (
    AWAY,
    HOME,
    NOW,
    OWNER,
    SESSION,
    THIEF,
    answers,
    at_home,
    changes,
    days,
    envelope,
    forwarding,
    indicators,
    minutes,
    new_rule,
    organization,
    outside,
    record,
    rule,
    signed_in,
    transport,
    words,
)
from triage.case import CHANGES_HUNT, Case, case_from_answers
from triage.grade import Grade, grade

CREATED = NOW - days(1)
DELEGATE = "tom@contoso.com"
COPY = rule("Copy", forward_to=(outside(),))
BY_DELEGATE = new_rule("Copy", CREATED, by=DELEGATE, LogonType=2, MailboxOwnerUPN=OWNER)
INTRUDER = signed_in(CREATED - minutes(10), AWAY, "RU", session_id=SESSION)


def log(*seen: SignIn) -> SignIns:
    return SignIns(
        user=DELEGATE,
        since=NOW - days(30),
        until=NOW,
        history=sign_in.history(seen),
        sign_ins=seen,
    )


def about(
    *seen: SignIn, risk: UserRisk | None = None, audit: HuntResult | None = None
) -> list[JsonValue]:
    """What the reads answer about the delegate."""
    read: dict[str, Evidence] = {
        "list_sign_ins": log(*(seen or at_home())),
        "get_user_risk": risk or UserRisk(user=DELEGATE),
        "run_hunt": audit or changes(),
    }
    return [envelope(action, result) for action, result in read.items()]


def case(theirs: list[JsonValue] | None, *own: SignIn, made: JsonObject = BY_DELEGATE) -> Case:
    read = answers(rules=[COPY], sign_ins=[*at_home(), *own], audit=changes(made))
    actors = {} if theirs is None else {DELEGATE: theirs}
    return case_from_answers(NOW, indicators(), list(read.values()), actors)


def signed_out(result: Grade) -> list[JsonValue]:
    return [s.request["user"] for s in result.plan.contain if s.action == "revoke_sessions"]


def test_a_delegates_intruder_convicts_and_the_delegate_is_contained_not_the_owner() -> None:
    result = grade(case(about(*at_home(), INTRUDER)))
    assert result.verdict.classification == "truePositive"
    assert result.verdict.determination == "compromisedAccount"
    assert result.verdict.compromised == (DELEGATE,)
    assert signed_out(result) == [DELEGATE]
    assert [s.request["user"] for s in result.plan.destroy if "user" in s.request] == [DELEGATE]
    assert f"The account {DELEGATE} is compromised, and mail of {OWNER}" in result.verdict.summary


def test_the_owner_is_contained_too_where_the_same_intruder_signed_in_as_the_owner() -> None:
    result = grade(case(about(*at_home(), INTRUDER), INTRUDER))
    assert result.verdict.compromised == (OWNER, DELEGATE)


def test_an_owners_travel_at_the_time_of_a_delegates_change_contains_nobody() -> None:
    abroad = signed_in(CREATED - minutes(5), "203.0.113.99", "ES")
    result = grade(case(about(), abroad))
    assert result.verdict.classification == "undetermined"
    assert signed_out(result) == []


def test_whom_to_ask_about_is_whoever_else_set_up_a_way_out() -> None:
    assert grade(case(None)).actors == (DELEGATE,)


@pytest.mark.parametrize(
    "made",
    [
        new_rule("Copy", CREATED),
        new_rule("Copy", CREATED, by="NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)"),
        new_rule("Lunch", CREATED, None, by=DELEGATE),
        record("Set-Mailbox", CREATED, by=DELEGATE, ObjectId="ann", parameters={"Identity": "ann"}),
    ],
    ids=["the owner", "a service", "a rule that sends nothing", "another setting"],
)
def test_nobody_else_is_asked_about(made: JsonObject) -> None:
    assert grade(case(None, made=made)).actors == ()


def test_a_finding_about_a_delegate_says_so() -> None:
    detected = RiskDetection(type="anomalousToken", at=CREATED, ip_address=AWAY)
    risk = UserRisk(user=DELEGATE, level="medium", state="atRisk", detections=(detected,))
    found = grade(case(about(*at_home(), INTRUDER, risk=risk))).verdict.findings
    sentences = [f.sentence for f in found if f.family == "identity"]
    assert len(sentences) == 3
    assert all(DELEGATE in sentence for sentence in sentences)
    (made,) = [f.sentence for f in found if f.id == "change_made_by"]
    assert f"by {DELEGATE}, a delegate, not the forwarder, on" in made


def test_quiet_sign_ins_are_told_of_the_owner_though_the_delegates_are_not() -> None:
    found = grade(case(about(*at_home(), INTRUDER))).verdict.findings
    assert [f.account for f in found if f.id == "sign_ins_quiet"] == [OWNER]


@pytest.mark.parametrize(
    ("theirs", "unseen"),
    [
        ([], {"list_sign_ins", "get_user_risk", CHANGES_HUNT}),
        (about()[:1], {"get_user_risk", CHANGES_HUNT}),
        ([{"action": "list_sign_ins", "status": 403}, *about()[1:]], {"list_sign_ins"}),
    ],
    ids=["nothing came", "one answer", "refused"],
)
def test_what_was_not_read_of_a_delegate_is_a_gap_that_names_the_account(
    theirs: list[JsonValue], unseen: set[str]
) -> None:
    result = grade(case(theirs))
    assert {gap.asked for gap in result.gaps} == unseen
    assert all(DELEGATE in gap.source for gap in result.gaps)
    assert not result.complete


@pytest.mark.parametrize("theirs", [None, []], ids=["nobody asked", "nothing came"])
def test_who_acts_where_mail_may_go_is_not_held_for_honest_unread(
    theirs: list[JsonValue] | None,
) -> None:
    approved = ApprovedDestination(
        destination=THIEF, scope="*", owner="it@contoso.com", until=NOW.date()
    )
    read = answers(rules=[COPY], audit=changes(BY_DELEGATE), org=organization(approved))
    actors = {} if theirs is None else {DELEGATE: theirs}
    unread = grade(case_from_answers(NOW, indicators(), list(read.values()), actors))
    assert unread.verdict.classification == "undetermined"
    assert {gap.asked for gap in unread.gaps} == {"list_sign_ins", "get_user_risk", CHANGES_HUNT}
    assert all(DELEGATE in gap.source for gap in unread.gaps)

    asked = case_from_answers(NOW, indicators(), list(read.values()), {DELEGATE: about()})
    assert grade(asked).verdict.classification == "informationalExpectedActivity"


def test_a_rule_that_no_owner_would_make_holds_the_delegate_whose_sign_ins_were_not_read() -> None:
    stealing = rule("Copy", deletes=True, conditions=words("phish"), forward_to=(outside(),))
    read = answers(rules=[stealing], sign_ins=at_home(), audit=changes(BY_DELEGATE))
    result = grade(case_from_answers(NOW, indicators(), list(read.values())))
    assert result.verdict.determination == "compromisedAccount"
    assert signed_out(result) == [DELEGATE]


def test_one_account_written_in_two_ways_is_contained_once() -> None:
    later, shouted = CREATED + minutes(1), DELEGATE.upper()
    other = new_rule("Notes", later, by=shouted, LogonType=2, MailboxOwnerUPN=OWNER)
    rules = [COPY, rule("Notes", forward_to=(outside(),))]
    read = answers(rules=rules, sign_ins=at_home(), audit=changes(BY_DELEGATE, other))
    actors = {DELEGATE: about(*at_home(), INTRUDER)}
    result = grade(case_from_answers(NOW, indicators(), list(read.values()), actors))
    assert len(result.verdict.convicted) == 2
    assert len(signed_out(result)) == 1


@pytest.mark.parametrize(
    ("by", "held"),
    [("NT AUTHORITY\\SYSTEM (w3wp)", ()), (OWNER, (OWNER,)), (DELEGATE, (DELEGATE,))],
    ids=["nobody knows who", "the forwarder", "somebody else"],
)
def test_nobody_owns_a_transport_rule_so_the_forwarder_is_not_held_for_another_hand(
    by: str, held: tuple[str, ...]
) -> None:
    """Two addresses used for the change: one of the organisation's, none of the forwarder's."""
    made = record(
        "New-TransportRule",
        CREATED,
        by=by,
        ClientIP=AWAY,
        parameters={"Name": ".", "BlindCopyTo": THIEF},
    )
    grant = record(
        "Set-AdminAuditLogConfig",
        CREATED,
        by=by,
        ClientIP=AWAY,
        parameters={"UnifiedAuditLogIngestionEnabled": "False"},
    )
    read = answers(transports=[transport(".")], sign_ins=at_home(), audit=changes(made, grant))
    actors = {DELEGATE: about()} if by == DELEGATE else {}
    result = grade(case_from_answers(NOW, indicators(), list(read.values()), actors))
    assert result.verdict.determination == "compromisedAccount"
    assert result.verdict.compromised == held


def test_what_else_a_delegate_changed_is_told_and_whose_mailbox_it_was() -> None:
    in_bobs = new_rule("Copy", CREATED + minutes(9), by=DELEGATE, MailboxOwnerUPN="bob@contoso.com")
    audit = HuntResult(
        hunt=CHANGES_HUNT,
        since=NOW - days(30),
        until=NOW,
        columns=(),
        rows=({"RawEventData": in_bobs, "OnMailbox": True},),
    )
    result = grade(case(about(audit=audit)))
    told = {answer.id: answer.answer for answer in result.questions}
    assert "made inbox rule “Copy” of bob@contoso.com" in told["what_else"]
    assert "bob@contoso.com" not in told["rule_changes"], "the hunt spoke of another mailbox"


def test_what_a_delegate_changed_elsewhere_is_not_denied_before_anybody_looked() -> None:
    told = {answer.id: answer.answer for answer in grade(case(None)).questions}
    assert f"What {DELEGATE} changed elsewhere was not looked at." in told["what_else"]


def test_an_address_is_compared_with_the_sign_ins_of_whoever_acted() -> None:
    at_the_office = new_rule("Copy", CREATED, by=DELEGATE, ClientIP=HOME)
    told = {a.id: a.answer for a in grade(case(about(INTRUDER), made=at_the_office)).questions}
    assert f"{HOME} does not appear in the sign-ins of {DELEGATE}." in told["rule_address"]


DESK = "203.0.113.90"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("Set-HostedOutboundSpamFilterPolicy", {"AutoForwardingMode": "On"}),
        ("Add-MailboxPermission", {"Identity": OWNER, "User": "x#EXT#@contoso.onmicrosoft.com"}),
        ("Set-MailboxAuditBypassAssociation", {"AuditBypassEnabled": "True", "Identity": "svc"}),
    ],
)
def test_an_administrators_work_at_a_desk_in_long_use_does_not_convict_them(
    operation: str, parameters: JsonObject
) -> None:
    admin = "admin@contoso.com"
    at_desk = [
        signed_in(NOW - days(28) + days(each), DESK, user_principal_name=admin)
        for each in range(28)
    ]
    where: JsonObject = {"ClientIP": DESK, "SessionId": "a day's work"}
    to: JsonObject = {"Identity": OWNER, "ForwardingSmtpAddress": f"smtp:{THIEF}"}
    done = changes(
        record("Set-Mailbox", NOW - days(0.1), by=admin, parameters=to, ObjectId=OWNER, **where),
        record(operation, NOW - days(0.1), by=admin, parameters=parameters, **where),
    )
    log = SignIns(
        user=admin,
        since=NOW - days(30),
        until=NOW,
        history=sign_in.history(at_desk),
        sign_ins=tuple(at_desk),
    )
    theirs = [
        envelope("list_sign_ins", log),
        envelope("get_user_risk", UserRisk(user=admin)),
        envelope("run_hunt", done),
    ]
    given = answers(smtp=forwarding(outside()), audit=done)
    verdict = grade(
        case_from_answers(NOW, indicators(), list(given.values()), {admin: theirs})
    ).verdict
    assert verdict.classification == "undetermined"
    assert not verdict.compromised
    assert verdict.suspicious
