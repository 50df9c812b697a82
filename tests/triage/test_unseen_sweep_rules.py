"""Sweep rules hide mail and send none out: what of them was not seen is never taken for gone."""

import pytest

from evidence.model import JsonObject
from evidence.sweep_rule import SweepRule, SweepRules
from tests.triage.builders import (
    NOW,
    OWNER,
    PARTNER,
    answers,
    approval,
    case_of,
    changes,
    days,
    envelope,
    forwarding,
    indicators,
    organization,
    outside,
    record,
)
from triage.finding import investigate
from triage.grade import grade

MADE = record(
    "New-SweepRule",
    NOW - days(1),
    parameters={"Name": "Bank", "Mailbox": OWNER, "Sender": "alerts@bank.example"},
)
FORBIDDEN: JsonObject = {
    "source": "Exchange Get-SweepRule",
    "reason": "forbidden",
    "detail": "Grant Mail Recipients.",
}
NONE = SweepRules(mailbox=OWNER, sweep_rules=())
SEEN = envelope("list_sweep_rules", NONE)
CUT_SHORT = envelope("list_sweep_rules", NONE, [FORBIDDEN])
REFUSED: JsonObject = {"action": "list_sweep_rules", "title": "Too late", "status": 504}
UNSEEN = [pytest.param(CUT_SHORT, id="gap"), pytest.param(REFUSED, id="problem"), None]
HIDING = ("other_ways", "rule_conditions")
SENDING = ("forwarding_type", "who_receives")


def with_listing(given: dict[str, JsonObject], listing: JsonObject | None) -> dict[str, JsonObject]:
    return given | ({"list_sweep_rules": listing} if listing else {})


@pytest.mark.parametrize("listing", UNSEEN)
def test_a_sweep_rule_of_the_audit_log_may_still_run_while_its_listing_is_unseen(
    listing: JsonObject | None,
) -> None:
    given = with_listing(answers(audit=changes(MADE)), listing)
    (way,) = investigate(case_of(given)).ways
    assert (way.kind, way.present, way.active) == ("sweep", None, True)


def test_only_a_listing_that_was_seen_says_that_it_is_gone() -> None:
    given = answers(audit=changes(MADE)) | {"list_sweep_rules": SEEN}
    given["list_inbox_rules"]["gaps"] = [{"source": "Exchange Get-InboxRule", "reason": "timeout"}]
    (way,) = investigate(case_of(given)).ways
    assert (way.present, way.active) == (False, False)


@pytest.mark.parametrize("listing", UNSEEN)
def test_what_hides_mail_is_not_answered_without_them_and_where_mail_goes_is(
    listing: JsonObject | None,
) -> None:
    given = with_listing(answers(), listing)
    told = {each.id: each for each in grade(case_of(given)).questions}
    assert [told[each].complete for each in HIDING] == [False, False]
    assert all("Get-SweepRule" in told[e].answer or "sweep_rules" in told[e].answer for e in HIDING)
    assert [told[each].complete for each in SENDING] == [True, True]


def test_with_them_what_hides_mail_is_answered() -> None:
    told = {e.id: e for e in grade(case_of(answers() | {"list_sweep_rules": SEEN})).questions}
    assert [told[each].complete for each in HIDING] == [True, True]


@pytest.mark.parametrize("listing", [CUT_SHORT, REFUSED])
def test_expected_forwarding_stays_expected_with_less_confidence(listing: JsonObject) -> None:
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    given = answers(org=organization(approval()), smtp=to_partner)
    about = indicators(recipients=(PARTNER,), forwarding_type="SMTP")
    sure = grade(case_of(given | {"list_sweep_rules": SEEN}, about)).verdict
    less = grade(case_of(with_listing(given, listing), about)).verdict
    assert sure.classification == less.classification == "informationalExpectedActivity"
    assert (sure.confidence, less.confidence) == ("high", "medium")
    assert any("keeps one sender's mail from the owner" in each for each in less.changes_it)


def test_one_that_keeps_a_colleagues_mail_away_acquits_nobody() -> None:
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    hiding = SweepRule(id="s", name="Bob", sender="bob@contoso.com")
    given = answers(org=organization(approval()), smtp=to_partner)
    given["list_sweep_rules"] = envelope(
        "list_sweep_rules", SweepRules(mailbox=OWNER, sweep_rules=(hiding,))
    )
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "undetermined"
    assert verdict.suspicious
