"""The verdict and the plan that an experienced analyst would expect, case by case."""

import pytest

from evidence.inbox_rule import InboxRule, RuleConditions
from evidence.model import JsonObject
from tests.triage.builders import (
    AWAY,
    HOME,
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
    inside,
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
from triage.case import CHANGES_HUNT
from triage.grade import Grade, grade

CREATED = NOW - days(1)
STOP = ("disable_inbox_rule", {"mailbox": OWNER, "rule": "id of Invoices"})
FORBIDDEN: JsonObject = {
    "source": "Exchange Get-InboxRule -IncludeHidden",
    "reason": "forbidden",
    "detail": "Grant Exchange.ManageAsApp.",
}


def hostile() -> dict[str, JsonObject]:
    """A hidden rule steals payment mail, made minutes after a sign-in from a new country."""
    stealing = rule(
        "Invoices",
        hidden=True,
        conditions=words("invoice", "payment"),
        redirect_to=(outside(),),
        move_to=folder("RSS Feeds"),
        marks_read=True,
    )
    decoy = rule("Newsletters", conditions=words("newsletter"), move_to=folder("Reading"))
    intruder = signed_in(CREATED - minutes(10), AWAY, "RU", session_id=SESSION)
    return answers(
        rules=[decoy, stealing],
        sign_ins=[*at_home(), intruder],
        audit=changes(new_rule("Invoices", CREATED)),
    )


def steps(grade_: Grade) -> dict[str, list[tuple[str, JsonObject]]]:
    return {
        name: [(step.action, step.request) for step in getattr(grade_.plan, name)]
        for name in ("reflex", "contain", "destroy")
    }


def test_a_hidden_rule_after_a_sign_in_from_a_new_country_is_a_takeover() -> None:
    result = grade(case_of(hostile(), indicators(recipients=(THIEF,))))
    verdict = result.verdict
    assert (verdict.classification, verdict.determination) == ("truePositive", "compromisedAccount")
    assert verdict.confidence == "high"
    assert verdict.suspicious
    assert result.complete
    assert steps(result) == {
        "reflex": [STOP],
        "contain": [STOP, ("revoke_sessions", {"user": OWNER})],
        "destroy": [
            ("delete_inbox_rule", {"mailbox": OWNER, "rule": "id of Invoices"}),
            ("reset_credentials", {"user": OWNER}),
        ],
    }
    link = next(f for f in verdict.findings if f.id == "sign_in_new_country").links[0]
    assert link.by == "session"


def test_the_summary_tells_who_what_and_why() -> None:
    summary = grade(case_of(hostile())).verdict.summary
    for named in (OWNER, "Invoices", THIEF, AWAY, "RU", "10 minutes before"):
        assert named in summary


def test_forwarding_to_an_approved_partner_for_a_year_is_expected() -> None:
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    given = answers(org=organization(approval()), smtp=to_partner)
    result = grade(case_of(given, indicators(recipients=(PARTNER,), forwarding_type="SMTP")))
    verdict = result.verdict
    assert verdict.classification == "informationalExpectedActivity"
    assert verdict.determination == "confirmedActivity"
    assert verdict.confidence == "high"
    assert not verdict.suspicious
    assert steps(result) == {"reflex": [], "contain": [], "destroy": []}


def test_an_external_rule_with_exchange_refused_is_left_open_and_the_gap_named() -> None:
    seen = rule("Invoices", hidden=None, seen_by=("graph",), redirect_to=(outside(),))
    given = answers(rules=[seen], audit=changes(new_rule("Invoices", CREATED, ClientIP=HOME)))
    given["list_inbox_rules"] |= {"gaps": [FORBIDDEN], "complete": False}
    given["get_mailbox_forwarding"] = {
        "action": "get_mailbox_forwarding",
        "title": "Forbidden",
        "status": 403,
    }
    result = grade(case_of(given))
    verdict = result.verdict
    assert verdict.classification == "undetermined"
    assert verdict.determination == "notEnoughDataToValidate"
    assert verdict.suspicious
    assert "Get-InboxRule -IncludeHidden (forbidden)" in verdict.summary
    assert any("access was refused" in each for each in verdict.changes_it)
    assert any("Exchange.ManageAsApp" in each.in_words for each in result.gaps)
    assert steps(result) == {"reflex": [STOP], "contain": [], "destroy": []}
    assert not result.complete


def test_a_rule_that_can_have_no_honest_purpose_convicts_alone() -> None:
    given = hostile()
    given["list_sign_ins"] = answers()["list_sign_ins"]
    result = grade(case_of(given))
    assert result.verdict.classification == "truePositive"
    assert result.verdict.determination == "maliciousUserActivity"
    assert steps(result)["contain"] == [STOP]
    assert steps(result)["destroy"] == []


def test_without_sign_ins_such_a_rule_is_held_for_an_intruders() -> None:
    given = hostile()
    del given["list_sign_ins"]
    verdict = grade(case_of(given)).verdict
    assert (verdict.classification, verdict.determination) == ("truePositive", "compromisedAccount")
    assert verdict.confidence == "medium"


def test_such_a_rule_does_not_convict_alone_while_the_rules_are_not_all_seen() -> None:
    given = hostile()
    given["list_sign_ins"] = answers()["list_sign_ins"]
    given["list_inbox_rules"]["gaps"] = [FORBIDDEN]
    assert grade(case_of(given)).verdict.classification == "undetermined"


def test_forwarding_to_oneself_without_intrusion_is_stopped_and_no_password_reset() -> None:
    own = rule("To my phone", forward_to=(outside("ann.home@gmail.com"),))
    change = new_rule("To my phone", CREATED, "ann.home@gmail.com", ClientIP=HOME)
    result = grade(case_of(answers(rules=[own], audit=changes(change))))
    assert result.verdict.classification == "undetermined"
    assert result.verdict.determination == "unknown"
    assert steps(result) == {
        "reflex": [("disable_inbox_rule", {"mailbox": OWNER, "rule": "id of To my phone"})],
        "contain": [],
        "destroy": [],
    }


def test_a_new_employee_who_mistypes_a_password_is_no_intruder() -> None:
    first = NOW - days(1)
    typed = [signed_in(first + minutes(each), error_code=50126) for each in range(4)]
    own = rule("Home", forward_to=(outside("ann.home@gmail.com"),))
    change = new_rule("Home", first + minutes(60), "ann.home@gmail.com", ClientIP=HOME)
    given = answers(
        rules=[own],
        sign_ins=[*typed, signed_in(first + minutes(5))],
        audit=changes(change),
    )
    assert grade(case_of(given)).verdict.classification == "undetermined"


def test_another_network_in_the_usual_country_does_not_convict_a_plain_forward() -> None:
    cafe = signed_in(CREATED - minutes(10), AWAY, "NL", network=64501, session_id=SESSION)
    own = rule("Home", forward_to=(outside("ann.home@gmail.com"),))
    given = answers(
        rules=[own],
        sign_ins=[*at_home(), cafe],
        audit=changes(new_rule("Home", CREATED, "ann.home@gmail.com")),
    )
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "undetermined"
    assert verdict.suspicious


def test_an_approved_destination_does_not_acquit_a_change_from_a_new_country() -> None:
    to_partner = rule("Partner", forward_to=(outside(PARTNER),))
    intruder = signed_in(CREATED - minutes(10), AWAY, "RU", session_id=SESSION)
    given = answers(
        org=organization(approval()),
        rules=[to_partner],
        sign_ins=[*at_home(), intruder],
        audit=changes(new_rule("Partner", CREATED, PARTNER)),
    )
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "undetermined"
    assert verdict.suspicious


def test_old_forwarding_to_a_free_mail_address_with_quiet_sign_ins_is_expected() -> None:
    old = forwarding(outside("ann.home@gmail.com"), when_changed=NOW - days(800))
    verdict = grade(case_of(answers(smtp=old))).verdict
    assert verdict.classification == "informationalExpectedActivity"
    assert {"old_and_quiet", "sign_ins_quiet"} <= {each.id for each in verdict.findings}


def test_a_new_rule_that_only_files_mail_is_a_false_alarm() -> None:
    filing = rule(
        "Partner mail",
        conditions=RuleConditions(sender_contains=("partner.example",)),
        move_to=folder("Partner"),
    )
    change = new_rule("Partner mail", CREATED, None, ClientIP=HOME)
    result = grade(case_of(answers(rules=[filing], audit=changes(change))))
    assert result.verdict.classification == "falsePositive"
    assert result.verdict.determination == "notMalicious"
    assert steps(result) == {"reflex": [], "contain": [], "destroy": []}


def test_a_recipient_that_nothing_explains_is_no_false_alarm() -> None:
    filing = rule("Partner mail", move_to=folder("Partner"))
    change = new_rule("Partner mail", CREATED, None, ClientIP=HOME)
    given = answers(rules=[filing], audit=changes(change))
    verdict = grade(case_of(given, indicators(recipients=(THIEF,)))).verdict
    assert verdict.classification == "undetermined"


def test_nothing_found_is_not_a_reason_to_acquit() -> None:
    verdict = grade(case_of(answers())).verdict
    assert (verdict.classification, verdict.determination) == ("undetermined", "unknown")
    assert not verdict.suspicious


def test_the_admin_who_set_up_a_stolen_forwarding_is_contained_too() -> None:
    admin = "admin@contoso.com"
    set_up = record(
        "Set-Mailbox",
        CREATED,
        by=admin,
        ObjectId="ann",
        ClientIP=AWAY,
        parameters={"Identity": "ann", "ForwardingSmtpAddress": f"smtp:{THIEF}"},
    )
    intruder = signed_in(CREATED - minutes(10), AWAY, "RU")
    given = answers(
        smtp=forwarding(outside()), sign_ins=[*at_home(), intruder], audit=changes(set_up)
    )
    result = grade(case_of(given))
    assert result.verdict.compromised == (OWNER, admin)
    assert steps(result)["contain"] == [
        ("clear_mailbox_forwarding", {"mailbox": OWNER}),
        ("revoke_sessions", {"user": OWNER}),
        ("revoke_sessions", {"user": admin}),
    ]
    assert ("reset_credentials", {"user": admin}) in steps(result)["destroy"]


def test_an_admins_travel_does_not_convict_through_the_users_sign_ins() -> None:
    """Time alone ties an anomaly only to what the same person changed."""
    set_up = record(
        "Set-Mailbox",
        CREATED,
        by="admin@contoso.com",
        ObjectId="ann",
        ClientIP="192.0.2.5",
        parameters={"Identity": "ann", "ForwardingSmtpAddress": f"smtp:{THIEF}"},
    )
    abroad = signed_in(CREATED - minutes(10), AWAY, "RU")
    given = answers(
        smtp=forwarding(outside()), sign_ins=[*at_home(), abroad], audit=changes(set_up)
    )
    assert grade(case_of(given)).verdict.classification == "undetermined"


def test_an_old_transport_rule_of_the_organisation_does_not_spoil_an_acquittal() -> None:
    journal = transport("Archive", to=outside("in@archive.example"), when_changed=NOW - days(900))
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    given = answers(org=organization(approval()), smtp=to_partner, transports=[journal])
    assert grade(case_of(given)).verdict.classification == "informationalExpectedActivity"


@pytest.mark.parametrize(
    "missing",
    [
        "get_organization",
        "list_inbox_rules",
        "get_mailbox_forwarding",
        "list_transport_rules",
        "list_sign_ins",
        CHANGES_HUNT,
    ],
)
def test_the_partner_is_not_acquitted_while_a_source_is_missing(missing: str) -> None:
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    given = answers(org=organization(approval()), smtp=to_partner)
    del given[missing]
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "undetermined"
    assert verdict.determination == "notEnoughDataToValidate"
    assert any(missing in each for each in verdict.changes_it)


def test_mail_that_stays_inside_neither_acquits_nor_convicts() -> None:
    given = answers(rules=[rule("To Bob", forward_to=(inside(),))])
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "undetermined"
    assert not verdict.suspicious


def test_a_way_out_without_a_benign_reason_spoils_the_acquittal_of_another() -> None:
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    unexplained = rule(
        "To a shop", conditions=words("lunch"), forward_to=(outside("orders@shop.example"),)
    )
    given = answers(org=organization(approval()), smtp=to_partner, rules=[unexplained])
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "undetermined"
    assert not verdict.suspicious


def test_a_gap_beside_the_evidence_that_counts_lowers_the_confidence_only() -> None:
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    given = answers(org=organization(approval()), smtp=to_partner)
    del given["get_user_risk"]
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "informationalExpectedActivity"
    assert verdict.confidence == "medium"


def test_a_journey_that_no_change_is_tied_to_does_not_spoil_an_acquittal() -> None:
    to_partner = forwarding(outside(PARTNER), when_changed=NOW - days(365))
    abroad = signed_in(NOW - days(3), AWAY, "ES")
    given = answers(org=organization(approval()), smtp=to_partner, sign_ins=[*at_home(), abroad])
    result = grade(case_of(given)).verdict
    assert result.classification == "informationalExpectedActivity"
    assert "sign_in_new_country" in {each.id for each in result.findings}


@pytest.mark.parametrize(
    "made",
    [
        rule("Bin", conditions=words("phishing"), deletes=True, forward_to=(outside(),)),
        rule(".", conditions=words("invoice"), deletes=True, forward_to=(outside(),)),
        rule(
            "Bills",
            hidden=True,
            conditions=words("iban"),
            move_to=folder("RSS Feeds"),
            forward_to=(outside(),),
        ),
        rule("All", hidden=True, deletes=True, forward_to=(outside(),)),
    ],
    ids=["security notices", "nameless, money", "hidden, money", "hidden, everything"],
)
def test_rules_that_can_have_no_honest_purpose(made: InboxRule) -> None:
    assert grade(case_of(answers(rules=[made]))).verdict.classification == "truePositive"


@pytest.mark.parametrize(
    "made",
    [
        rule("Bills", conditions=words("invoice"), deletes=True, forward_to=(outside(),)),
        rule("Bills", hidden=True, conditions=words("invoice"), forward_to=(outside(),)),
        rule(".", forward_to=(outside("ann.home@gmail.com"),)),
        rule("Bin", conditions=words("phishing"), deletes=True),
        rule(
            "To the SOC",
            conditions=words("phishing"),
            move_to=folder("Archive"),
            forward_to=(outside(),),
        ),
        rule(".", conditions=words("invoice"), deletes=True, forward_to=(inside(),)),
    ],
    ids=[
        "to a bookkeeper",
        "hidden, kept",
        "nameless",
        "sends nothing",
        "archived",
        "stays inside",
    ],
)
def test_rules_that_may_have_an_honest_purpose_are_suspicious_only(made: InboxRule) -> None:
    verdict = grade(case_of(answers(rules=[made]))).verdict
    assert verdict.classification == "undetermined"
    assert verdict.suspicious


def test_a_weak_tie_convicts_only_the_most_suspicious_rules() -> None:
    network = signed_in(CREATED - minutes(10), AWAY, "NL", network=64501, session_id=SESSION)
    to = "x@gmail.com"
    for name, expected in ((";;", "truePositive"), ("Home", "undetermined")):
        stealing = rule(name, conditions=words("invoice"), forward_to=(outside(to),))
        given = answers(
            rules=[stealing],
            sign_ins=[*at_home(), network],
            audit=changes(new_rule(name, CREATED, to)),
        )
        assert grade(case_of(given)).verdict.classification == expected


def test_many_anomalies_of_one_kind_weigh_as_one() -> None:
    grants = [
        record(
            "Add-MailboxPermission",
            CREATED + minutes(each),
            ObjectId="shared",
            parameters={"User": f"colleague{each}", "AccessRights": "FullAccess"},
        )
        for each in range(1, 5)
    ]
    given = answers(
        rules=[rule("Shop", conditions=words("lunch"), forward_to=(outside(),))],
        audit=changes(new_rule("Shop", CREATED, ClientIP="192.0.2.9"), *grants),
    )
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "undetermined"
    assert len([each for each in verdict.findings if each.links]) == len(grants)
