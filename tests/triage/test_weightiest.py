"""The answer names what weighed most, and what evidence would change it."""

import pytest

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
    case_of,
    changes,
    days,
    folder,
    forwarding,
    indicators,
    minutes,
    new_rule,
    organization,
    outside,
    rule,
    signed_in,
    words,
)
from triage.case import CHANGES_HUNT
from triage.grade import grade
from triage.verdict import Verdict

CREATED = NOW - days(1)


def verdict(given: dict[str, JsonObject]) -> Verdict:
    return grade(case_of(given)).verdict


def hostile() -> dict[str, JsonObject]:
    stealing = rule(
        ".", conditions=words("invoice"), redirect_to=(outside(),), move_to=folder("RSS Feeds")
    )
    harmless = rule("Clean", deletes=True, conditions=words("spam offer"))
    intruder = signed_in(CREATED - minutes(10), AWAY, "RU", session_id=SESSION)
    return answers(
        rules=[harmless, stealing],
        sign_ins=[*at_home(), intruder],
        audit=changes(new_rule(".", CREATED, SubjectOrBodyContainsWords="invoice")),
    )


def test_a_conviction_names_three_findings_of_the_convicted_rule_and_what_is_tied_to_it() -> None:
    result = verdict(hostile())
    assert result.classification == "truePositive"
    assert len(result.weightiest) == 3
    assert result.weightiest[0].id == "sign_in_new_country"
    assert all(each.way in result.convicted or each.links for each in result.weightiest)
    weights = [each.weight for each in result.weightiest]
    assert weights == sorted(weights, reverse=True)


def test_an_acquittal_names_its_benign_reason_first() -> None:
    given = answers(
        org=organization(approval()),
        smtp=forwarding(outside(PARTNER), when_changed=NOW - days(365)),
    )
    result = verdict(given)
    assert result.classification == "informationalExpectedActivity"
    assert {each.id for each in result.weightiest[:2]} == {"destination_approved", "old_and_quiet"}
    assert all(each.weight < 0 for each in result.weightiest)


def test_what_is_left_open_names_what_weighs_on_either_side() -> None:
    given = answers(rules=[rule("Copy", forward_to=(outside(),), conditions=words("lunch"))])
    result = verdict(given)
    assert result.classification == "undetermined"
    assert result.weightiest[0].id == "destination_external"
    assert any(each.weight < 0 for each in result.weightiest)


def test_each_kind_of_finding_is_named_once() -> None:
    copies = [rule(f"Copy {n}", forward_to=(outside(f"x{n}@evil.example"),)) for n in range(9)]
    result = verdict(answers(rules=copies))
    ids = [each.id for each in result.weightiest]
    assert len(ids) == len(set(ids))


def test_nothing_found_weighs_nothing() -> None:
    assert grade(case_of({}, indicators(title="A report"))).verdict.weightiest == ()


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("list_inbox_rules", "a rule that hides or sends mail may stand there"),
        ("list_sign_ins", "would convict, quiet ones acquit"),
        (CHANGES_HUNT, "who changed what, when and from where"),
        ("get_organization", "which are approved"),
    ],
)
def test_a_source_that_is_missing_is_named_with_what_it_would_tell(missing: str, told: str) -> None:
    given = answers(rules=[rule("Copy", forward_to=(outside(),))])
    del given[missing]
    assert any(missing in each and told in each for each in verdict(given).changes_it)


def test_until_when_a_lagging_source_is_complete_is_told() -> None:
    given = answers(rules=[rule("Copy", forward_to=(outside(),))])
    given[CHANGES_HUNT]["gaps"] = [
        {"source": "CloudAppEvents", "reason": "lag", "freshUntil": "2026-03-10T10:30:00Z"}
    ]
    assert any("10 Mar 2026 10:30 UTC" in each for each in verdict(given).changes_it)


def test_whose_approval_and_whose_word_would_settle_it_is_named() -> None:
    given = answers(
        rules=[rule("Copy", forward_to=(outside(),))],
        audit=changes(new_rule("Copy", CREATED, by="it@contoso.com")),
    )
    told = verdict(given).changes_it
    assert any(f"answers for {THIEF}" in each for each in told)
    assert any("Word from it@contoso.com" in each and "“Copy”" in each for each in told)


def test_a_rule_that_only_hides_is_asked_about_too() -> None:
    told = verdict(answers(rules=[rule("RSS", move_to=folder("RSS Feeds"))])).changes_it
    assert any(f"Word from {OWNER}" in each and "“RSS”" in each for each in told)


def test_what_would_overturn_a_conviction_is_the_makers_word_and_the_odd_sign_in_explained() -> (
    None
):
    told = verdict(hostile()).changes_it
    assert any(OWNER in each and "inbox rule “.”" in each for each in told)
    assert any("Proof that this was the user's own" in each and "RU" in each for each in told)


def test_what_would_end_an_acquittal_is_the_end_of_its_reason() -> None:
    given = answers(
        org=organization(approval()),
        smtp=forwarding(outside(PARTNER), when_changed=NOW - days(365)),
    )
    told = verdict(given).changes_it
    assert any(PARTNER in each and "2027-01-01" in each for each in told)
    assert any("unusual sign-in" in each for each in told)


def test_many_sources_that_bear_little_on_a_conviction_take_one_line() -> None:
    given = hostile()
    for action in ("get_user_alerts", "list_auth_methods", "trace_messages", "find_forwarders"):
        given[action] = {"action": action, "title": "Forbidden", "status": 403, "detail": "x" * 300}
    told = verdict(given).changes_it
    [others] = [each for each in told if "What else was not seen" in each]
    assert "get_user_alerts" in others
    assert all(len(each) < 300 and "xxx" not in each for each in told)


def test_a_source_with_several_gaps_is_told_once_and_why_in_words() -> None:
    given = answers(rules=[rule("Copy", forward_to=(outside(),))])
    given["list_transport_rules"]["gaps"] = [
        {"source": f"Exchange {cmdlet}", "reason": "forbidden", "detail": "HTTP 403 …"}
        for cmdlet in ("Get-TransportRule", "Get-JournalRule")
    ]
    [told] = [each for each in verdict(given).changes_it if "list_transport_rules" in each]
    assert told == (
        "The transport rules (list_transport_rules), not seen in full (access was refused): a rule "
        "of the organisation may copy its mail out."
    )
