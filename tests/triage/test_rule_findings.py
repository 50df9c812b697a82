"""What a rule does with mail: each finding with rules that must and must not fire it."""

import pytest

from evidence.inbox_rule import Folder, InboxRule, RuleConditions
from tests.triage.builders import (
    PARTNER,
    THIEF,
    answers,
    approval,
    folder,
    forwarding,
    inside,
    organization,
    outside,
    rule,
    transport,
    words,
)
from tests.triage.found import found


def sends(**fields: object) -> InboxRule:
    return rule("Rule", forward_to=(outside(),), **fields)


FIRES: list[tuple[str, InboxRule]] = [
    ("rule_takes_everything", sends()),
    ("rule_takes_everything", rule(deletes=True)),
    ("rule_takes_everything", sends(conditions=words("a", "e"))),
    ("rule_takes_everything", sends(conditions=RuleConditions(minimum_size=1))),
    ("rule_takes_everything", sends(conditions=RuleConditions(sender_contains=("@",)))),
    ("rule_payment_words", sends(conditions=words("Invoice"))),
    ("rule_payment_words", sends(conditions=words("Zahlungseingang"))),
    ("rule_payment_words", rule(conditions=words("Überweisung"), deletes=True)),
    ("rule_payment_words", sends(conditions=words("virement"))),
    ("rule_payment_words", sends(conditions=words("płatność"))),
    ("rule_payment_words", sends(conditions=words("IBAN"))),
    ("rule_payment_words", sends(conditions=words("お振込のご案内"))),
    ("rule_payment_words", sends(conditions=words("付款通知"))),
    ("rule_payment_words", sends(conditions=words("청구서"))),
    ("rule_payment_words", sends(conditions=words("Счёт на оплату"))),
    ("rule_payment_words", sends(conditions=words("hóa đơn"))),
    ("rule_payment_words", sends(conditions=words("חשבונית"))),
    ("rule_payment_words", sends(conditions=words("ödeme"))),
    (
        "rule_payment_words",
        rule(conditions=RuleConditions(from_addresses=("payroll@contoso.com",)), deletes=True),
    ),
    ("rule_security_words", rule(conditions=words("подозрительный вход"), deletes=True)),
    ("rule_security_words", rule(conditions=words("spam", "hacked"), deletes=True)),
    ("rule_hides_in_folder", rule(move_to=folder("Журнал бесед"))),
    ("rule_hides_in_folder", rule(move_to=folder("会話の履歴"))),
    ("rule_hides_in_folder", rule(move_to=folder("Histórico de Conversa"))),
    ("rule_deletes", rule(move_to=folder("Удалённые"))),
    ("rule_moves_aside", rule(move_to=folder("アーカイブ"))),
    ("rule_credential_words", sends(conditions=words("ﾊﾟｽﾜｰﾄﾞ"))),
    ("rule_security_words", rule(conditions=words("不審なサインイン"), deletes=True)),
    ("rule_credential_words", sends(conditions=words("mot de passe"))),
    ("rule_credential_words", rule(conditions=words("contraseña"), deletes=True)),
    ("rule_security_words", rule(conditions=words("phishing"), deletes=True)),
    ("rule_security_words", rule(conditions=words("do not reply"), deletes=True)),
    ("rule_security_words", rule(conditions=words("verdächtig"), deletes=True)),
    (
        "rule_security_words",
        rule(conditions=RuleConditions(sender_contains=("helpdesk",)), deletes=True),
    ),
    (
        "rule_payment_words",
        rule(conditions=RuleConditions(sender_contains=("@myworkday.com",)), deletes=True),
    ),
    ("rule_deletes", rule(deletes=True)),
    ("rule_deletes", rule(move_to=folder("Gelöschte Elemente"))),
    ("rule_deletes", rule(move_to=folder("x", "deleteditems"))),
    ("rule_hides_in_folder", rule(move_to=folder("RSS Subscriptions"))),
    ("rule_hides_in_folder", rule(move_to=folder(r"ann:\RSS-Feeds"))),
    ("rule_hides_in_folder", rule(move_to=folder("Flux RSS"))),
    ("rule_hides_in_folder", rule(move_to=Folder(id="RSS-Feeds", name=""))),
    ("rule_hides_in_folder", rule(move_to=Folder(id="conversationhistory", name=""))),
    ("rule_hides_in_folder", rule(move_to=folder("RSS フィード"))),
    ("rule_hides_in_folder", rule(move_to=folder("RSS订阅"))),
    ("rule_hides_in_folder", rule(move_to=folder("Informační kanály RSS"))),
    ("rule_hides_in_folder", rule(move_to=folder("?", "conversationhistory"))),
    ("rule_hides_in_folder", rule(move_to=folder("Notizen"))),
    ("rule_moves_aside", rule(move_to=folder("Archive"))),
    ("rule_moves_aside", rule(move_to=folder("Courrier indésirable"))),
    ("rule_marks_read", sends(marks_read=True)),
    ("rule_marks_read", rule(marks_read=True, deletes=True)),
    ("rule_nameless", rule(".")),
    ("rule_nameless", rule("  ")),
    ("rule_nameless", rule(";;;")),
    ("rule_hidden", rule(hidden=True)),
    ("rule_stops_others", sends(stops_processing=True)),
    ("rule_disabled", sends(enabled=False)),
]

SILENT: list[tuple[str, InboxRule]] = [
    ("rule_takes_everything", sends(conditions=words("minutes of the meeting"))),
    ("rule_takes_everything", sends(conditions=RuleConditions(minimum_size=5000))),
    ("rule_takes_everything", sends(conditions=RuleConditions(others=("hasAttachments",)))),
    ("rule_takes_everything", rule(marks_read=True)),
    ("rule_payment_words", rule(conditions=words("invoice"), move_to=folder("Invoices"))),
    ("rule_payment_words", sends(conditions=words("riverbank"))),
    ("rule_payment_words", sends(conditions=words("team lunch"))),
    ("rule_payment_words", sends(conditions=words("展示会のご案内"))),
    ("rule_hides_in_folder", rule(move_to=folder("RSSI measurements"))),
    (
        "rule_payment_words",
        rule(conditions=RuleConditions(sender_contains=("@myworkday.com",)), move_to=folder("HR")),
    ),
    ("rule_hides_in_folder", rule(move_to=Folder(id="AAMkAGVmMDEzMTM4LTZmYWU=", name=""))),
    ("rule_hides_in_folder", rule(move_to=folder("Press"))),
    ("rule_hides_in_folder", rule(move_to=folder(r"ann:\RSS\Customers"))),
    ("rule_security_words", rule(conditions=words("security alert"), move_to=folder("Alerts"))),
    ("rule_security_words", rule(conditions=words("newsletter"), deletes=True)),
    ("rule_security_words", rule(conditions=words("[SPAM]"), deletes=True)),
    (
        "rule_security_words",
        rule(conditions=RuleConditions(sender_contains=("spam.example",)), deletes=True),
    ),
    ("rule_payment_words", sends(conditions=words("plataforma"))),
    ("rule_payment_words", sends(conditions=words("расчёт"))),
    ("rule_deletes", rule(move_to=folder("Reading"))),
    ("rule_hides_in_folder", rule(move_to=folder("Projects"))),
    ("rule_hides_in_folder", rule(move_to=folder("Archive"))),
    ("rule_moves_aside", rule(move_to=folder("Projects"))),
    ("rule_hides_in_folder", rule(move_to=folder("RSS Feeds", "inbox"))),
    (
        "rule_hides_in_folder",
        rule(conditions=RuleConditions(others=("FromSubscription",)), move_to=folder("RSS Feeds")),
    ),
    ("rule_marks_read", rule(marks_read=True, move_to=folder("Reading"))),
    ("rule_nameless", rule("A")),
    ("rule_nameless", rule("日本")),
    ("rule_hidden", rule(hidden=None)),
    ("rule_stops_others", rule(stops_processing=True, move_to=folder("Reading"))),
    ("rule_disabled", rule(enabled=False)),
]


@pytest.mark.parametrize(("identifier", "made"), FIRES)
def test_it_fires(identifier: str, made: InboxRule) -> None:
    assert identifier in found(answers(rules=[made]))


@pytest.mark.parametrize(("identifier", "made"), SILENT)
def test_it_is_silent(identifier: str, made: InboxRule) -> None:
    assert identifier not in found(answers(rules=[made]))


def test_rules_that_exchange_keeps_itself_are_passed_over() -> None:
    made = rule("Junk E-mail Rule", system=True, hidden=True, deletes=True)
    ids = found(answers(rules=[made]))
    assert not any(each.startswith("rule_") for each in ids)


@pytest.mark.parametrize(
    "sender", [THIEF, THIEF.upper(), f'"X" [SMTP:{THIEF}]', THIEF.partition("@")[0]]
)
def test_a_rule_that_deletes_what_the_collector_writes_covers_tracks(sender: str) -> None:
    deleting = rule("Clean", conditions=RuleConditions(from_addresses=(sender,)), deletes=True)
    for ways in (
        answers(rules=[deleting, rule("Copy", forward_to=(outside(),))]),
        answers(rules=[deleting], transports=[transport()]),
        answers(rules=[deleting], smtp=forwarding(outside())),
    ):
        ids = found(ways)
        assert "rule_covers_tracks" in ids
        assert "rule_tracks_covered" in ids
        assert THIEF in ids["rule_covers_tracks"].sentence


@pytest.mark.parametrize(
    "other",
    [
        rule("Other", conditions=RuleConditions(from_addresses=("x@y.example",)), deletes=True),
        rule("Domain", conditions=RuleConditions(sender_contains=("@evil.example",)), deletes=True),
        rule(
            "File", conditions=RuleConditions(from_addresses=(THIEF,)), move_to=folder("Collector")
        ),
    ],
)
def test_other_rules_beside_a_forward_cover_no_tracks(other: InboxRule) -> None:
    ids = found(answers(rules=[other, rule("Copy", forward_to=(outside(),))]))
    assert "rule_covers_tracks" not in ids


def test_deleting_mail_of_an_approved_partner_covers_no_tracks() -> None:
    deleting = rule("Clean", conditions=RuleConditions(from_addresses=(PARTNER,)), deletes=True)
    copying = rule("Copy", forward_to=(outside(PARTNER),))
    given = answers(org=organization(approval()), rules=[deleting, copying])
    assert "rule_covers_tracks" not in found(given)


@pytest.mark.parametrize(("keeps", "fires"), [(False, True), (True, False)])
def test_forwarding_without_a_copy_is_found(keeps: bool, fires: bool) -> None:
    ids = found(answers(smtp=forwarding(outside(), keeps_copy=keeps)))
    assert ("forwarding_keeps_no_copy" in ids) is fires


def test_internal_forwarding_without_a_copy_is_ordinary() -> None:
    given = answers(smtp=forwarding(inside(), keeps_copy=False))
    assert "forwarding_keeps_no_copy" not in found(given)


def test_a_finding_names_the_rule_and_the_evidence_it_rests_on() -> None:
    finding = found(answers(rules=[rule("Bills", deletes=True)]))["rule_deletes"]
    assert "“Bills”" in finding.sentence
    assert finding.evidence[0].source == "list_inbox_rules"
    assert finding.evidence[0].id == "id of Bills"
    assert finding.techniques == ("T1564.008",)


@pytest.mark.parametrize("name", ["Rss feeds", "RSS FEEDS", r"Ann:\\Inbox\\RSS Feeds"])
def test_folder_names_are_compared_without_case(name: str) -> None:
    assert "rule_hides_in_folder" in found(answers(rules=[rule(move_to=Folder(name=name))]))


def test_words_about_money_weigh_less_where_mail_is_passed_to_a_colleague() -> None:
    conditions = words("invoice")
    to_colleague = found(answers(rules=[rule(conditions=conditions, forward_to=(inside(),))]))
    out = found(answers(rules=[sends(conditions=conditions)]))
    hidden = found(
        answers(rules=[rule(conditions=conditions, forward_to=(inside(),), deletes=True)])
    )
    assert to_colleague["rule_payment_words"].weight < out["rule_payment_words"].weight
    assert hidden["rule_payment_words"].weight == out["rule_payment_words"].weight


def test_the_tick_that_outlook_sets_on_every_new_rule_weighs_nothing() -> None:
    tidy = rule(conditions=words("enter to win"), deletes=True, stops_processing=True)
    everything = rule(deletes=True, stops_processing=True)
    assert found(answers(rules=[tidy]))["rule_stops_others"].weight == 0
    assert found(answers(rules=[everything]))["rule_stops_others"].weight > 0
