"""What holds whatever evidence is missing, broken or hostile."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from evidence.inbox_rule import InboxRule, RuleConditions
from evidence.model import JsonObject
from tests.triage.builders import (
    AWAY,
    NOW,
    OWNER,
    PARTNER,
    SESSION,
    THIEF,
    answers,
    approval,
    at_home,
    changes,
    days,
    folder,
    forwarding,
    hunt,
    indicators,
    inside,
    minutes,
    new_rule,
    organization,
    outside,
    rule,
    signed_in,
    transport,
)
from tests.triage.test_comment import ALLOWED, tags
from triage.case import CHANGES_HUNT, Case, case_from_answers
from triage.comment import LIMIT
from triage.grade import Grade, grade
from triage.verdict import Determination

NEEDED = (
    "list_inbox_rules",
    "get_mailbox_forwarding",
    "list_transport_rules",
    "get_organization",
    "list_sign_ins",
    CHANGES_HUNT,
)
BENIGN = ("falsePositive", "informationalExpectedActivity")
REASONS = {
    "destination_approved",
    "old_and_quiet",
    "admin_set_approved",
    "only_files",
    "out_of_office",
}
CHANGED = NOW - days(1)
DAMAGE: list[JsonValue] = [
    None,
    "<html>",
    {"statusCode": 500},
    [],
    {"action": "list_sign_ins", "status": 403},
]

targets = st.sampled_from([outside(), outside(PARTNER), outside("a@gmail.com"), inside()])
names = st.one_of(st.sampled_from([".", "", "Copy", "<script>"]), st.text(max_size=30))
terms = st.lists(st.sampled_from(["invoice", "phish", "a", "lunch", "passwort"]), max_size=2)


@st.composite
def rules(draw: st.DrawFn) -> InboxRule:
    return rule(
        draw(names),
        enabled=draw(st.booleans()),
        hidden=draw(st.sampled_from([None, True, False])),
        system=draw(st.integers(0, 5)) == 0,
        conditions=RuleConditions(
            subject_contains=tuple(draw(terms)),
            from_addresses=draw(st.sampled_from([(), (THIEF,)])),
        ),
        forward_to=tuple(draw(st.lists(targets, max_size=2))),
        deletes=draw(st.booleans()),
        move_to=draw(st.sampled_from([None, folder("RSS Feeds"), folder("Reading")])),
        marks_read=draw(st.booleans()),
    )


@st.composite
def whole_answers(draw: st.DrawFn) -> dict[str, JsonObject]:
    """A mailbox of which everything was seen, anything between clean and taken over."""
    target = draw(st.one_of(st.none(), targets))
    sign_ins = at_home() if draw(st.booleans()) else []
    if draw(st.booleans()):
        sign_ins.append(signed_in(CHANGED - minutes(9), AWAY, "RU", session_id=SESSION))
    records = [new_rule(draw(names), CHANGED)] if draw(st.booleans()) else []
    when = draw(st.sampled_from([None, NOW - days(2), NOW - days(900)]))
    copying = transport(draw(names), to=draw(targets), when_changed=when)
    return answers(
        org=draw(st.sampled_from([organization(), organization(approval())])),
        rules=draw(st.lists(rules(), max_size=3)),
        smtp=forwarding(target, when_changed=when),
        transports=[copying] if draw(st.booleans()) else [],
        sign_ins=sign_ins,
        audit=changes(*records),
        hunts=[hunt("message_urls", {"Url": draw(st.text(max_size=20))})],
    )


def judged(given_answers: list[JsonValue]) -> tuple[Case, Grade]:
    about = indicators(recipients=(PARTNER,))
    case = case_from_answers(NOW, about, given_answers)
    return case, grade(case)


@settings(max_examples=150, deadline=None)
@given(
    whole_answers(),
    st.sets(st.sampled_from(NEEDED)),
    st.lists(st.sampled_from(DAMAGE), max_size=3),
)
def test_no_combination_of_missing_evidence_fails_or_acquits(
    whole: dict[str, JsonObject], taken: set[str], damage: list[JsonValue]
) -> None:
    kept: list[JsonValue] = [answer for key, answer in whole.items() if key not in taken]
    case, result = judged([*damage, *kept])
    if taken:
        assert result.verdict.classification not in BENIGN
        assert case.missing_evidence
    assert result.verdict.determination in get_args(Determination)
    assert len(result.comment) <= LIMIT
    assert tags(result.comment) <= ALLOWED


@settings(max_examples=150, deadline=None)
@given(whole_answers())
def test_an_acquittal_has_a_reason_and_changes_nothing(whole: dict[str, JsonObject]) -> None:
    _, result = judged(list(whole.values()))
    plan = result.plan
    if result.verdict.classification in BENIGN:
        assert REASONS & {finding.id for finding in result.verdict.findings}
        assert not result.verdict.suspicious
        assert (plan.reflex, plan.contain, plan.destroy) == ((), (), ())
    if result.verdict.classification == "undetermined":
        assert (plan.contain, plan.destroy) == ((), ())
    if result.verdict.classification == "truePositive":
        assert result.verdict.suspicious
        assert result.verdict.convicted


@settings(max_examples=100, deadline=None)
@given(whole_answers())
def test_the_plan_names_only_what_is_there(whole: dict[str, JsonObject]) -> None:
    case, result = judged(list(whole.values()))
    rule_ids = (
        {each.id for each in case.inbox_rules.rules if not each.system}
        if case.inbox_rules
        else set[str]()
    )
    guids = {each.id for each in case.transport_rules.rules} if case.transport_rules else set[str]()
    plan = result.plan
    for step in (*plan.reflex, *plan.contain, *plan.destroy):
        assert step.route == step.action.replace("_", "-")
        if step.action.endswith("inbox_rule"):
            assert step.request["rule"] in rule_ids
        if step.action == "disable_transport_rule":
            assert step.request["rule"] in guids
    assert all(step.action != "disable_transport_rule" for step in plan.reflex)
    assert all(
        not step.request.get("user") or step.request["user"] == OWNER for step in plan.destroy
    )


@settings(max_examples=60, deadline=None)
@given(whole_answers())
def test_findings_come_weightiest_first_and_rest_on_evidence(whole: dict[str, JsonObject]) -> None:
    _, result = judged(list(whole.values()))
    weights = [abs(finding.weight) for finding in result.verdict.findings]
    assert weights == sorted(weights, reverse=True)
    keys = {charge.way for charge in result.verdict.charges}
    for finding in result.verdict.findings:
        assert finding.sentence.endswith(".")
        assert not finding.way or finding.way in keys


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
        max_size=5,
    )
)
def test_rubbish_alone_is_graded_undetermined(rubbish: list[JsonValue]) -> None:
    _, result = judged(rubbish)
    assert result.verdict.classification == "undetermined"
    assert not result.complete


@settings(max_examples=60, deadline=None)
@given(whole_answers())
def test_a_grade_survives_the_way_over_http(whole: dict[str, JsonObject]) -> None:
    _, result = judged(list(whole.values()))
    assert Grade.model_validate_json(result.model_dump_json()) == result
