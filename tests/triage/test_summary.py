"""The summary: what somebody reads who reads nothing else."""

from evidence.inbox_rule import RuleConditions
from tests.triage.builders import (
    AWAY,
    NOW,
    OWNER,
    PARTNER,
    answers,
    approval,
    at_home,
    case_of,
    changes,
    hunt,
    minutes,
    new_rule,
    organization,
    outside,
    record,
    rule,
    signed_in,
)
from triage.grade import grade
from triage.wording import brief

CREATED = NOW - minutes(120)


def test_what_is_tied_to_a_change_is_not_called_nothing_unusual() -> None:
    given = answers(
        org=organization(approval()),
        rules=[rule("Copy", forward_to=(outside(PARTNER),))],
        sign_ins=[*at_home(), signed_in(CREATED - minutes(20), AWAY, "DE")],
        audit=changes(new_rule("Copy", CREATED, PARTNER)),
    )
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "undetermined"
    assert "Nothing unusual" not in verdict.summary
    assert f"signed in from {AWAY}, in DE" in verdict.summary


def test_an_application_with_a_long_list_of_permissions_leaves_the_summary_short() -> None:
    scopes = " ".join(f"Mail.Scope{number}" for number in range(40))
    consent = record(
        "Consent to application.",
        CREATED - minutes(30),
        ModifiedProperties=[
            {"Name": "ConsentAction.Permissions", "NewValue": f"ConsentType: Principal, {scopes}"}
        ],
        Target=[{"ID": "D0cuSign Viewer", "Type": 1}],
    )
    given = answers(
        rules=[rule("Copy", forward_to=(outside(),), conditions=RuleConditions())],
        sign_ins=[*at_home(), signed_in(CREATED - minutes(20), AWAY, "RU")],
        audit=changes(new_rule("Copy", CREATED)),
        hunts=[hunt("app_consents", {"RawEventData": consent})],
    )
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "truePositive"
    assert len(verdict.summary) < 500
    assert OWNER in verdict.summary


def test_a_long_sentence_is_cut_where_a_sentence_ends() -> None:
    assert brief("One rule. “Two” more. Three rules.", 25) == "One rule. “Two” more."
    assert brief("Inbox rule “. ” sends mail. More follows here.", 30) == (
        "Inbox rule “. ” sends mail."
    )


def test_a_single_sentence_that_is_too_long_is_cut_between_words() -> None:
    assert brief("word " * 100, 12) == "word word …"
    assert brief("short", 12) == "short"
