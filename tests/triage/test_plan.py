"""What is recommended: at once, after the verdict, and with a person's approval."""

import pytest

from evidence.inbox_rule import InboxRule, RuleConditions
from evidence.indicators import Account, AlertReference, Indicators
from evidence.model import JsonObject
from evidence.organization import Organization
from tests.triage.builders import (
    HOME,
    NOW,
    OWNER,
    PARTNER,
    THIEF,
    answers,
    approval,
    case_of,
    changes,
    days,
    forwarding,
    indicators,
    inside,
    new_rule,
    organization,
    outside,
    rule,
    transport,
)
from triage.case import CHANGES_HUNT
from triage.grade import grade
from triage.plan import Step

RECENT = NOW - days(2)
COPY = rule("Copy", forward_to=(outside(),))


def reflex(given: dict[str, JsonObject], about: Indicators | None = None) -> list[Step]:
    return list(grade(case_of(given, about)).plan.reflex)


def with_change(
    *rules: InboxRule, age: float = 2, to: str = THIEF, org: Organization | None = None
) -> dict[str, JsonObject]:
    """A mailbox with these rules, and an audit record of one called "Copy"."""
    audit = changes(new_rule("Copy", NOW - days(age), to, ClientIP=HOME))
    return answers(rules=rules, org=org, audit=audit)


def test_a_new_external_rule_is_stopped_on_suspicion() -> None:
    (step,) = reflex(with_change(COPY))
    assert step.action == "disable_inbox_rule"
    assert step.route == "disable-inbox-rule"
    assert step.request == {"mailbox": OWNER, "rule": "id of Copy"}
    assert step.target == f"inbox rule “Copy” of {OWNER}"
    assert THIEF in step.why
    assert "08 Mar 2026" in step.why


@pytest.mark.parametrize(
    "given",
    [
        with_change(COPY, age=8),
        with_change(rule("Copy", enabled=False, forward_to=(outside(),))),
        with_change(rule("Copy", forward_to=(inside(),))),
        with_change(
            rule("Copy", forward_to=(outside(PARTNER),)), to=PARTNER, org=organization(approval())
        ),
        answers(rules=[COPY]),
        answers(transports=[transport(when_changed=RECENT)]),
    ],
    ids=["old", "off", "internal", "approved", "age unknown, not named", "transport rule"],
)
def test_nothing_else_is_touched_on_suspicion(given: dict[str, JsonObject]) -> None:
    assert reflex(given) == []


def alert(kind: str) -> Indicators:
    return indicators(
        alerts=(AlertReference.model_validate({"id": "1", "title": "t", "kind": kind}),)
    )


@pytest.mark.parametrize(
    ("about", "acts"),
    [
        (indicators(recipients=(THIEF,)), True),
        (indicators(recipients=("somebody@else.example",)), False),
        (indicators(forwarding_type="InboxRule"), True),
        (indicators(forwarding_type="SMTP"), False),
        (alert("suspiciousEmailForwarding"), True),
        (alert("suspiciousInboxForwardingRule"), True),
        (alert("other"), False),
    ],
)
def test_of_unknown_age_only_what_the_alert_is_about_is_stopped(
    about: Indicators, acts: bool
) -> None:
    given = answers(rules=[COPY])
    assert bool(reflex(given, about)) is acts
    del given[CHANGES_HUNT]
    assert bool(reflex(given, about)) is acts


def test_mailbox_forwarding_is_cleared_on_suspicion_unless_it_is_old() -> None:
    about = indicators(recipients=(THIEF,), forwarding_type="SMTP")
    for age, acts in ((2, True), (60, False)):
        given = answers(smtp=forwarding(outside(), when_changed=NOW - days(age)))
        steps = [(step.action, step.request) for step in reflex(given, about)]
        assert steps == ([("clear_mailbox_forwarding", {"mailbox": OWNER})] if acts else [])


def test_an_unread_list_of_approvals_does_not_let_mail_flow_and_is_said() -> None:
    given = with_change(rule("Copy", forward_to=(outside(),)))
    del given["get_organization"]
    (step,) = reflex(given)
    assert "could not be read" in step.why


def test_requests_name_the_account_by_its_object_id_and_people_read_its_name() -> None:
    covering = RuleConditions(from_addresses=(THIEF,))
    given = answers(rules=[COPY, rule(".", conditions=covering, deletes=True)])
    del given["list_sign_ins"]
    account = Account(user_principal_name=OWNER, object_id="0b1e")
    result = grade(case_of(given, Indicators(forwarder=account)))
    (revoke,) = [s for s in result.plan.contain if s.action == "revoke_sessions"]
    assert revoke.request == {"user": "0b1e"}
    assert revoke.target == f"sessions of {OWNER}"


def test_a_step_of_the_reflex_is_the_same_step_when_it_contains() -> None:
    given = with_change(rule("Copy", hidden=True, deletes=True, forward_to=(outside(),)))
    plan = grade(case_of(given)).plan
    assert plan.reflex
    assert plan.contain[0] == plan.reflex[0]


def test_a_convicted_rule_that_is_off_already_is_not_switched_off_again() -> None:
    off = rule("Copy", enabled=False, hidden=True, deletes=True, forward_to=(outside(),))
    given = with_change(off)
    del given["list_sign_ins"]
    plan = grade(case_of(given)).plan
    assert [step.action for step in plan.contain] == ["revoke_sessions"]
    assert [step.action for step in plan.destroy] == ["delete_inbox_rule", "reset_credentials"]
    assert "on-premises Active Directory" in plan.destroy[1].why, "told before anybody is asked"


def test_the_step_calls_the_mailbox_as_the_change_will_so_that_it_is_seen_to_be_settled() -> None:
    about = indicators(recipients=(THIEF,), forwarding_type="SMTP")
    alias = forwarding(outside(), mailbox="ann.smith@contoso.com", when_changed=NOW - days(2))

    (step,) = reflex(answers(smtp=alias), about)

    assert step.request == {"mailbox": "ann.smith@contoso.com"}
    assert step.target == f"forwarding of mailbox {OWNER}"
