"""Each of the analyst's questions is answered, or it says what was not seen. Silence is no "no"."""

import pytest
from pydantic import JsonValue

from evidence.hunt_result import HuntResult
from evidence.model import JsonObject
from evidence.sweep_rule import SweepRules
from tests.triage.builders import (
    AWAY,
    HOME,
    NOW,
    OWNER,
    THIEF,
    answers,
    at_home,
    case_of,
    changes,
    days,
    envelope,
    folder,
    forwarding,
    further_answers,
    hunt,
    indicators,
    minutes,
    new_rule,
    outside,
    record,
    rule,
    signed_in,
    transport,
    words,
)
from triage.case import CHANGES_HUNT
from triage.grade import grade
from triage.questions import QUESTIONS, Answer, Question

CHANGED = NOW - days(0.5)
MAIL_HUNTS = [
    hunt("who_forwarded_to", {"Sender": "bob@contoso.com", "Forwarded": 3, "Recipients": [THIEF]}),
    hunt("forwarded_mail_count", {"Recipient": THIEF, "Forwarded": 12, "SimplySent": 2}),
    hunt(
        "forwarded_mail_by_day",
        {"Period": "2026-03-08T00:00:00Z", "Recipient": THIEF, "Forwarded": 5},
        {"Period": "2026-03-09T00:00:00Z", "Recipient": THIEF, "Forwarded": 7},
    ),
    hunt("message_urls", {"Url": "https://phish.example/x"}),
    hunt("message_attachments", {"FileName": "invoice.pdf", "ThreatTypes": "Malware"}),
]


def ask(given: dict[str, JsonObject]) -> dict[str, Answer]:
    about = indicators(
        recipients=(THIEF,), forwarding_type="InboxRule", network_message_ids=("message",)
    )
    return {each.id: each for each in grade(case_of(given, about)).questions}


def rich() -> dict[str, JsonObject]:
    granted = record(
        "Add-MailboxPermission",
        CHANGED + minutes(5),
        ObjectId="bob",
        parameters={"User": "Rogue", "AccessRights": "FullAccess"},
    )
    given = answers(
        rules=[rule("Copy", conditions=words("invoice"), forward_to=(outside(),))],
        transports=[transport("Journal", to=outside("in@archive.example"))],
        sign_ins=[*at_home(), signed_in(CHANGED - minutes(9), AWAY, "RU")],
        audit=changes(new_rule("Copy", CHANGED), granted),
        hunts=MAIL_HUNTS,
    )
    sweeps = SweepRules(mailbox=OWNER, sweep_rules=())
    return given | {"list_sweep_rules": envelope("list_sweep_rules", sweeps)}


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("account_compromised", "RU"),
        ("past_behaviour", "2 addresses in NL and RU"),
        ("risky_sign_ins", "signed in from 198.51.100.66, in RU (usual until then: NL)"),
        ("who_receives", f"{THIEF}, outside; nobody answers for {THIEF}"),
        ("who_else_forwards", "bob@contoso.com"),
        ("how_much", f"12 messages forwarded to {THIEF} (besides 2 simply sent)"),
        ("how_often", "On 2 days between 08 Mar 2026 and 09 Mar 2026, at most 7 messages in a day"),
        ("urls", "hxxps://phish[.]example/x"),
        ("attachments", "invoice.pdf (Malware)"),
        ("forwarding_type", "Mail leaves by inbox rule and transport rule. The alert says inbox"),
        ("rule_conditions", "“invoice”"),
        ("rule_changes", f"10 Mar 2026 00:00 UTC: {OWNER} made inbox rule “Copy”, to {THIEF} from"),
        (
            "rule_address",
            f"{AWAY} in RU first appears in the sign-ins of ann@contoso.com on 09 Mar 2026 23:51",
        ),
        ("still_being_made", "made inbox rule “Copy”"),
        ("transport_rules_expected", "nobody answers for in@archive.example"),
        ("what_else", "gave Rogue FullAccess on bob"),
    ],
)
def test_the_answer_names_what_was_found(question: str, told: str) -> None:
    answer = ask(rich())[question]
    assert told in answer.answer
    assert answer.complete
    assert answer.sources


def everything() -> dict[str, JsonObject]:
    """Every source was asked, and none has anything to tell."""
    sources = {source for question in QUESTIONS for source in question.sources}
    hunts = sorted(sources - set(further_answers()) - set(answers()))
    return answers(hunts=[hunt(name) for name in hunts]) | further_answers()


def test_what_was_seen_and_is_not_there_is_said_so() -> None:
    given = ask(everything())
    # A list of identities without the account says nothing of its roles.
    assert [each.id for each in given.values() if not each.complete] == ["admin_roles"]
    assert given["admin_roles"].answer.startswith("Not known")
    assert given["who_else_forwards"].answer.startswith("Nobody else")
    assert given["transport_rules_expected"].answer == "There is no transport rule."
    assert given["how_much"].answer.startswith("None")
    assert given["delegates"].answer == "Nobody besides the owner."


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_each_of_its_sources_that_was_not_asked_leaves_a_question_open(question: Question) -> None:
    about = indicators(recipients=(THIEF,), network_message_ids=("message",))
    made = changes(new_rule("Copy", CHANGED))
    for source in (*question.sources, *question.of_messages):
        given = everything() | {CHANGES_HUNT: envelope("run_hunt", made)}
        for known in (source, *question.instead):
            given.pop(known, None)
        asked = {each.id: each for each in grade(case_of(given, about)).questions}
        assert not asked[question.id].complete
        assert any(source in unseen for unseen in asked[question.id].unseen)


def test_without_any_answer_no_question_is_answered_with_no() -> None:
    for answer in ask({}).values():
        assert not answer.complete
        assert answer.answer.startswith("Not known") or "This may not be all" in answer.answer


@pytest.mark.parametrize(
    ("taken", "question"),
    [
        ("list_sign_ins", "account_compromised"),
        ("get_user_risk", "risky_sign_ins"),
        ("list_transport_rules", "transport_rules_expected"),
        ("get_organization", "who_receives"),
        (CHANGES_HUNT, "rule_changes"),
        ("message_urls", "urls"),
        ("who_forwarded_to", "who_else_forwards"),
    ],
)
def test_a_missing_source_leaves_its_question_open(taken: str, question: str) -> None:
    given = rich()
    del given[taken]
    answer = ask(given)[question]
    assert not answer.complete
    assert taken in answer.answer


def test_a_partial_answer_says_that_it_may_not_be_all() -> None:
    given = rich()
    lagging: JsonObject = {"source": "CloudAppEvents", "reason": "lag"}
    given[CHANGES_HUNT]["gaps"] = [lagging]
    answer = ask(given)["rule_changes"]
    assert "“Copy”" in answer.answer
    assert "CloudAppEvents could not be seen (lag)" in answer.answer
    assert not answer.complete


def test_an_address_without_sign_ins_is_told_apart_from_a_usual_one() -> None:
    unknown = answers(audit=changes(new_rule("Copy", CHANGED)))
    usual = answers(audit=changes(new_rule("Copy", CHANGED, ClientIP=HOME)))
    assert f"{AWAY} does not appear" in ask(unknown)["rule_address"].answer
    assert f"{HOME} in NL first appears" in ask(usual)["rule_address"].answer


def test_where_nothing_is_sent_and_nobody_named_no_hunt_is_missing() -> None:
    hiding = answers(rules=[rule("Hide", move_to=folder("RSS Feeds"))])
    about = indicators(forwarding_type="InboxRule")
    asked = {each.id: each for each in grade(case_of(hiding, about)).questions}
    for question in ("who_else_forwards", "how_much", "how_often"):
        assert asked[question].complete
        assert asked[question].answer.startswith("The alert names no recipient, and nothing")
    assert asked["urls"].answer == asked["attachments"].answer == "The alert names no message."
    assert asked["forwarding_type"].answer == (
        "Nothing that is in place sends mail outside. The alert says inbox rule."
    )


def test_while_a_listing_is_missing_nobody_says_that_nothing_is_sent() -> None:
    unseen = answers()
    del unseen["list_transport_rules"]
    about = indicators(forwarding_type="InboxRule")
    asked = {each.id: each for each in grade(case_of(unseen, about)).questions}
    assert not asked["who_else_forwards"].complete
    assert not asked["forwarding_type"].complete
    assert "Nothing that is in place" not in asked["forwarding_type"].answer


def test_mail_forwarded_on_one_day_is_told_of_that_day() -> None:
    one = hunt("forwarded_mail_by_day", {"Period": "2026-03-08T00:00:00Z", "Forwarded": 5})
    assert ask(answers(hunts=[one]))["how_often"].answer == "On 08 Mar 2026 only, 5 messages."


def test_every_question_has_its_own_id() -> None:
    asked = grade(case_of(answers())).questions
    assert len({each.id for each in asked}) == len(asked) >= 15


def test_forwarding_by_the_mailbox_itself_is_named() -> None:
    answer = ask(answers(smtp=forwarding(outside())))["forwarding_type"].answer
    assert "Mail leaves by mailbox forwarding." in answer


def test_a_hunt_that_failed_under_its_name_is_told_with_its_reason() -> None:
    given = rich()
    failed = envelope("run_hunt", None, [{"source": "EmailUrlInfo", "reason": "license"}])
    given["message_urls"] = failed | {"hunt": "message_urls"}
    assert "EmailUrlInfo could not be seen (license)" in ask(given)["urls"].answer


def test_where_nobody_signed_in_unusually_no_sign_in_is_called_risky() -> None:
    given = answers(audit=changes(new_rule("Copy", CHANGED, ClientIP=HOME)))
    assert ask(given)["risky_sign_ins"].answer.startswith("Neither Identity Protection nor")


def test_an_account_that_is_held_is_answered_with_yes_whatever_else_was_not_seen() -> None:
    given = rich()
    lagging: JsonObject = {"source": "riskyUsers", "reason": "license"}
    given["get_user_risk"]["gaps"] = [lagging]
    answer = ask(given)["account_compromised"]
    assert answer.answer.startswith(f"Yes: {OWNER} signed in from {AWAY}")
    assert "This may not be all: riskyUsers could not be seen (license)." in answer.answer
    assert answer.found
    assert not answer.complete


def test_where_no_account_is_held_nobody_says_yes() -> None:
    untied = answers(sign_ins=[*at_home(), signed_in(NOW - days(3), AWAY, "RU")])
    answer = ask(untied)["account_compromised"]
    assert answer.found
    assert not answer.answer.startswith("Yes")
    assert not ask(answers())["account_compromised"].found
    assert not ask({})["account_compromised"].found


def test_where_nobody_set_up_a_way_out_there_is_nobody_to_ask_about() -> None:
    alone = ask(answers())["what_else"]
    assert alone.answer.startswith("There was no change to judge")
    assert alone.complete
    made = answers(audit=changes(new_rule("Copy", CHANGED)))
    assert ask(made)["what_else"].answer == "Nothing else in the time that the hunt covers."
    unseen = answers()
    del unseen[CHANGES_HUNT]
    assert ask(unseen)["what_else"].answer.startswith("Not known")


def test_one_address_is_told_in_the_singular() -> None:
    one = ask(answers())["past_behaviour"].answer
    assert "from 1 address in NL. It is not unusual." in one
    two = [*at_home(), *(signed_in(NOW - days(28 - each), "192.0.2.9") for each in range(20))]
    told = ask(answers(sign_ins=two))["past_behaviour"].answer
    assert "from 2 addresses in NL. None of them is unusual." in told


def set_forwarding(on_mailbox: bool, **parameters: JsonValue) -> HuntResult:
    made = record(
        "Set-Mailbox", CHANGED, by="admin@contoso.com", ObjectId="ann", parameters=parameters
    )
    return hunt(CHANGES_HUNT, {"RawEventData": made, "OnMailbox": on_mailbox})


def test_whose_forwarding_was_set_and_to_whom_is_told_as_far_as_it_is_known() -> None:
    path = "EURPR02A008.PROD.OUTLOOK.COM/contoso.onmicrosoft.com/Archive"
    by_name = ask(answers(audit=set_forwarding(True, ForwardingAddress=path)))["rule_changes"]
    assert "set mailbox forwarding of ann@contoso.com, to Archive." in by_name.answer
    to = f"smtp:{THIEF}"
    by_address = ask(answers(audit=set_forwarding(True, ForwardingSmtpAddress=to)))["rule_changes"]
    assert f"set mailbox forwarding of ann@contoso.com, to {THIEF}." in by_address.answer
    unsure = ask(answers(audit=set_forwarding(False, ForwardingAddress=path)))["rule_changes"]
    assert "set mailbox forwarding of ann, to Archive." in unsure.answer


def test_where_the_alert_names_no_message_none_is_missing() -> None:
    given = everything()
    del given["get_message"]
    asked = {each.id: each for each in grade(case_of(given)).questions}
    assert asked["mail_kind"].complete
    assert asked["message"].complete
    assert not asked["message"].asked
