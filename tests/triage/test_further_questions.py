"""What the further reads say: alerts, messages, delegates, applications, methods, others."""

from datetime import timedelta

import pytest

from evidence.auth_method import AuthMethod, AuthMethodChange, AuthMethods, RegisteredDevice
from evidence.delegate import Delegate, MailboxDelegates
from evidence.forwarder import ForwarderFound, Forwarders
from evidence.granted_app import AppConsents, GrantedApp
from evidence.indicators import AlertReference
from evidence.message import (
    MessageAttachment,
    MessageCopy,
    MessageDetail,
    MessageEvent,
    Messages,
    MessageUrl,
)
from evidence.message_trace import MessageTrace, TracedMessage
from evidence.model import JsonObject
from evidence.user_alert import UserAlert, UserAlerts
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
    further_answers,
    hunt,
    indicators,
    minutes,
    new_rule,
    outside,
    rule,
    signed_in,
)
from triage.grade import grade
from triage.questions import Answer

SINCE = NOW - days(30)
ALERTS = UserAlerts(
    user=OWNER,
    since=SINCE,
    until=NOW,
    alerts=(
        UserAlert(
            id="da1",
            title="Malware on a device",
            severity="high",
            status="new",
            created=NOW - days(2),
            devices=("LAPTOP-7",),
        ),
        UserAlert(id="own", title="The alert itself", created=NOW),
        UserAlert(id="da2", title="User restricted from sending email", created=NOW - days(1)),
    ),
)
MESSAGE = MessageDetail(
    network_message_id="message",
    subject="Contract",
    sender="ceo@partner.example",
    return_path="bounce@partner.example",
    sender_ip="192.0.2.80",
    sent=NOW - days(1),
    threats=("Phish",),
    campaigns=("Payroll",),
    similar=4,
    copies=(
        MessageCopy(
            at=NOW - days(1),
            recipient=OWNER,
            delivery_action="Delivered",
            delivery_location="Inbox",
            latest_location="Deleted items",
        ),
    ),
    urls=(
        MessageUrl(url="https://contoso.sharepoint.com/x", sensitive=True, clicks=2),
        MessageUrl(url="https://bad.example/", threat="Phish"),
    ),
    attachments=(MessageAttachment(name="deal.pdf", sensitive=True, threats=("Malware",)),),
    events=(MessageEvent(at=NOW - minutes(5), recipient=OWNER, action="SoftDelete", by="Mallory"),),
)
RESULTS: dict[str, JsonObject] = further_answers(
    get_user_alerts=ALERTS,
    get_message=Messages(since=SINCE, until=NOW, messages=(MESSAGE,)),
    list_mailbox_delegates=MailboxDelegates(
        mailbox=OWNER,
        delegates=(
            Delegate(
                right="fullAccess",
                who="Bob",
                address="bob@contoso.com",
                access_rights=("FullAccess",),
            ),
            Delegate(
                right="folder",
                who="Default",
                folder="Inbox",
                access_rights=("Reviewer",),
                everyone=True,
            ),
            Delegate(right="sendAs", who="x@evil.example", internal=False),
        ),
    ),
    list_app_consents=AppConsents(
        user=OWNER,
        apps=(
            GrantedApp(
                id="g1", app_id="a1", name="Outlook", first_party=True, mail_scopes=("Mail.Read",)
            ),
            GrantedApp(id="g2", app_id="a2", name="Mail Export", mail_scopes=("Mail.ReadWrite",)),
            GrantedApp(id="g3", app_id="a3", name="Calendar", scopes=("Calendars.Read",)),
        ),
    ),
    list_auth_methods=AuthMethods(
        user=OWNER,
        since=SINCE,
        until=NOW,
        methods=(AuthMethod(id="m1", kind="phoneAuthenticationMethod", name="+31 … 77"),),
        changes=(
            AuthMethodChange(
                id="c1",
                at=NOW - days(1),
                activity="User registered security info",
                actor=OWNER,
                ip_address=AWAY,
            ),
        ),
        devices=(
            RegisteredDevice(id="d1", name="DESKTOP-X", registered=NOW - days(1), managed=False),
        ),
    ),
    trace_messages=MessageTrace(
        since=NOW - days(10),
        until=NOW,
        messages=(
            TracedMessage(id="t1", at=NOW, recipient=THIEF, status="delivered"),
            TracedMessage(
                id="t2",
                at=NOW,
                recipient=THIEF,
                status="failed",
                refusal="550 5.7.520 Access denied",
            ),
        ),
    ),
    find_forwarders=Forwarders(
        since=SINCE,
        until=NOW,
        recipients=(THIEF,),
        ip_addresses=(AWAY,),
        forwarders=(
            ForwarderFound(
                mailbox=OWNER,
                ways=("mailFlow",),
                messages=9,
                first_seen=NOW - days(1),
                last_seen=NOW,
            ),
            ForwarderFound(
                mailbox="bob@contoso.com",
                recipients=(THIEF,),
                ways=("mailFlow", "inboxRule"),
                ip_addresses=(AWAY,),
                rules=("..",),
                messages=7,
                first_seen=NOW - days(1),
                last_seen=NOW,
            ),
        ),
    ),
)
HUNTS = [
    hunt("sent_mail_threats", {"Sender": OWNER, "Messages": 40, "Threatening": 31, "Phish": 31}),
    hunt(
        "sensitive_mail_sent",
        {"Subject": "Payroll", "Label": "Confidential", "InternetMessageId": "<1@contoso.com>"},
        {"Subject": "Payroll", "Policy": "IBAN", "InternetMessageId": "<1@contoso.com>"},
    ),
    hunt(
        "device_alerts",
        {"DeviceName": "LAPTOP-7", "Title": "Mimikatz", "AlertTime": "2026-03-09T10:00:00Z"},
        {"DeviceName": "PHONE-1"},
    ),
    hunt(
        "sign_in_anomalies",
        {"IPAddress": AWAY, "NewAddress": True, "SucceededSince": 1, "FailedSince": 4},
        {"IPAddress": "203.0.113.8", "NewAddress": True, "SucceededSince": 0, "FailedSince": 0},
    ),
    hunt(
        "refused_forwarding",
        {"Sender": OWNER, "Recipient": THIEF, "Delivered": 3, "Refused": 2, "Unknown": 1},
    ),
    hunt(
        "auto_forwarded_messages",
        {"Forwarder": OWNER, "Messages": 3},
        {"Forwarder": OWNER, "Messages": 4},
    ),
    hunt(
        "new_users_forwarding",
        {"Forwarder": OWNER, "FirstSeen": "2026-03-09T10:00:00Z", "Recipients": [THIEF]},
    ),
    hunt(
        "same_addresses",
        {"Address": AWAY, "Account": "bob@contoso.com", "SignIns": 2, "WaysOut": 1},
        {"Address": AWAY, "Alerts": ["Password spray"]},
    ),
    hunt(
        "mail_access",
        {"IPAddress": AWAY, "Client": "REST", "MessagesRead": 12, "WholeFolders": True},
    ),
    hunt(
        "mailbox_activity",
        {"Operation": "HardDelete", "Actor": OWNER, "IPAddress": AWAY, "Items": 3},
        {"Operation": "SendAs", "Actor": "bob@contoso.com", "Items": 1, "Subjects": ["Urgent"]},
    ),
    hunt("admin_roles", {"AssignedRoles": ["Exchange Administrator"]}),
    hunt(
        "account_changes",
        {
            "Timestamp": "2026-03-09T10:00:00Z",
            "Operation": "Add member to role.",
            "Actor": "admin@contoso.com",
            "IPAddress": AWAY,
            "Properties": '[{"Name": "Role.DisplayName", "NewValue": "\\"Global Reader\\""}]',
        },
        {"Operation": "Reset user password.", "Actor": "x", "ResultStatus": "Failure"},
    ),
]


def asked(*, nothing: bool = False, missed: str = "") -> dict[str, Answer]:
    about = indicators(
        recipients=(THIEF,),
        network_message_ids=("message",),
        alerts=(AlertReference(id="s1", provider_id="OWN", title="t", kind="other"),),
    )
    given = answers(
        rules=[
            rule("Copy", hidden=True, forward_to=(outside(),)),
            rule("Odd", other_actions=("ID_ACTION_CUSTOM",)),
        ],
        audit=changes(new_rule("Copy", NOW - timedelta(hours=12))),
        hunts=[hunt(each.hunt) for each in HUNTS] if nothing else HUNTS,
    )
    given |= further_answers() if nothing else RESULTS
    if missed:
        gap: JsonObject = {"source": missed, "reason": "lag"}
        given["get_message"] = {**given["get_message"], "complete": False, "gaps": [gap]}
    graded = grade(case_of(given, about))
    return {each.id: each for each in graded.questions}


TOLD = [
    ("other_alerts", "2 other alerts: “Malware on a device” of 08 Mar 2026 12:00 UTC (high, new)"),
    ("blocked_from_sending", "By the alert “User restricted from sending email” of 09 Mar"),
    ("sent_threats", f"31 of 40 messages from {OWNER}: 31 phish, 0 spam, 0 malware."),
    ("sensitive_mail", "1 message marked Confidential and IBAN: “Payroll”."),
    ("device_activity", "“Mimikatz” on LAPTOP-7 on 09 Mar 2026 10:00 UTC."),
    ("device_activity", "No alert about PHONE-1."),
    (
        "device_activity",
        "“Malware on a device” of 08 Mar 2026 12:00 UTC (high, new) names LAPTOP-7.",
    ),
    (
        "logons",
        f"{AWAY} with an application without a name: a new address (1 succeeded, 4 failed).",
    ),
    ("who_else_forwards", "bob@contoso.com."),
    (
        "others_affected",
        f"bob@contoso.com to {THIEF}, seen in mail flow and by an inbox rule, rules “..”, set up "
        f"from {AWAY} (7 messages, last 10 Mar 2026 12:00 UTC).",
    ),
    ("delivered", f"Forwarded from {OWNER} to {THIEF}: 3 delivered, 2 refused, 1 unknown."),
    ("delivered", "Message trace: 1 delivered and 1 refused as forwarding outside (5.7.520)."),
    ("auto_forwarded_report", f"1 mailbox: {OWNER} (7 messages)."),
    ("new_forwarders", f"{OWNER} since 09 Mar 2026 10:00 UTC, to {THIEF}."),
    (
        "message",
        "“Contract” from ceo@partner.example, return path bounce@partner.example, sent 09 Mar 2026 "
        f"12:00 UTC from 192.0.2.80, to {OWNER}.",
    ),
    ("similar_mail", "4 other messages like “Contract”."),
    (
        "urls",
        "hxxps://contoso[.]sharepoint[.]com/x (the organisation's own documents, opened 2 times)",
    ),
    ("urls", "hxxps://bad[.]example/ (Phish)"),
    ("attachments", "deal.pdf (Malware, sensitive)."),
    ("message_handling", f"“Contract” for {OWNER}: Delivered, now in Deleted items."),
    ("message_handling", f"10 Mar 2026 11:55 UTC: SoftDelete for {OWNER} by Mallory."),
    ("message_threats", "“Contract”: Phish. “Contract” belongs to the campaign “Payroll”."),
    ("mail_kind", "“Contract” holds deal.pdf and hxxps://contoso[.]sharepoint[.]com/x"),
    ("hidden_rules", "Inbox rule “Copy”."),
    ("rule_programs", "Inbox rule “Odd” has further actions: ID_ACTION_CUSTOM."),
    (
        "same_addresses",
        f"From {AWAY}, bob@contoso.com: 2 sign-ins and 1 change of rules or forwarding.",
    ),
    ("same_addresses", f"{AWAY} stands in Password spray."),
    ("mail_read", f"12 messages read from {AWAY} with REST, whole folders, so that all in them"),
    ("mail_deleted", f"3 messages deleted (HardDelete) by {OWNER} from {AWAY}."),
    ("mail_sent", "1 message sent (SendAs) by bob@contoso.com from an unknown address: “Urgent”."),
    ("mail_sent", f"Message trace since 28 Feb 2026 12:00 UTC: 2 messages to {THIEF}, 1 failed."),
    ("delegates", "Default (that is everybody): Reviewer on Inbox."),
    ("delegates", "bob@contoso.com: full access."),
    ("delegates", "x@evil.example: may send as the owner, from outside the organisation."),
    ("apps_in_force", "“Mail Export” (by an unverified publisher): Mail.ReadWrite."),
    ("auth_methods", "Registered: phone (+31 … 77)."),
    ("auth_methods", f"09 Mar 2026 12:00 UTC User registered security info by {OWNER} from {AWAY}"),
    ("registered_devices", "DESKTOP-X, registered 09 Mar 2026 12:00 UTC, not managed."),
    ("admin_roles", "Assigned: Exchange Administrator."),
    (
        "account_changes",
        f"10:00 UTC: Add member to role (Global Reader) by admin@contoso.com from {AWAY}",
    ),
    ("account_changes", "Reset user password by x (failed)."),
]


@pytest.mark.parametrize(("question", "told"), TOLD, ids=[f"{q}-{t[:20]}" for q, t in TOLD])
def test_the_answer_tells_what_was_read(question: str, told: str) -> None:
    answer = asked()[question]
    assert told in answer.answer
    assert answer.found


def test_what_is_not_there_is_not_told() -> None:
    given = asked()
    assert "The alert itself" not in given["other_alerts"].answer
    assert "Calendar" not in given["apps_in_force"].answer
    assert OWNER not in given["others_affected"].answer
    assert "203.0.113.8" not in given["logons"].answer


def test_where_the_reads_found_nothing_the_same_questions_are_complete_and_say_so() -> None:
    given = asked(nothing=True)
    told_otherwise = {"hidden_rules", "rule_programs", "admin_roles"}
    for question in {question for question, _ in TOLD} - told_otherwise:
        assert not given[question].found, question
        assert given[question].complete, question


def test_what_a_read_of_messages_missed_leaves_open_only_the_questions_that_it_bears_on() -> None:
    of_the_mail = ("message", "similar_mail", "message_threats")

    told = asked(nothing=True, missed="Hunt message_handling (CloudAppEvents)")
    assert not told["message_handling"].complete
    assert all(told[each].complete for each in of_the_mail)

    told = asked(nothing=True, missed="Hunt message (EmailEvents)")
    assert not any(told[each].complete for each in (*of_the_mail, "message_handling"))


def test_a_hostile_url_in_a_message_cannot_be_clicked() -> None:
    assert "http://" not in asked()["urls"].answer
    assert "https://" not in asked()["urls"].answer


def test_logons_that_defenders_table_lacks_are_told_from_the_sign_in_log() -> None:
    strange = signed_in(NOW - days(0.1), AWAY, "RU")
    given = answers(sign_ins=[*at_home(), strange], hunts=[hunt("sign_in_anomalies")])
    answer = {e.id: e for e in grade(case_of(given)).questions}["logons"]
    assert "the sign-in log has" in answer.answer
    assert AWAY in answer.answer
    long_ago = answers(
        sign_ins=[*at_home(), signed_in(NOW - days(6), AWAY, "RU")],
        hunts=[hunt("sign_in_anomalies")],
    )
    answer = {e.id: e for e in grade(case_of(long_ago)).questions}["logons"]
    assert AWAY not in answer.answer


def test_from_where_a_sign_in_only_failed_the_user_did_not_sign_in() -> None:
    failed = signed_in(NOW - days(0.1), AWAY, "RU", error_code=50126)
    given = answers(sign_ins=[*at_home(), failed])
    answer = {e.id: e for e in grade(case_of(given)).questions}["past_behaviour"]
    assert "signed in from 1 address in NL" in answer.answer


@pytest.mark.parametrize(("address", "start"), [(HOME, f"Yes: {HOME}"), (AWAY, f"No: {AWAY}")])
def test_whether_an_address_is_usual_is_answered_yes_or_no(address: str, start: str) -> None:
    made = changes(new_rule("Copy", NOW - days(0.1), ClientIP=address))
    answer = {e.id: e for e in grade(case_of(answers(audit=made))).questions}["rule_address"]
    assert answer.answer.startswith(start)


def test_quiet_sign_ins_are_no_honest_explanation_of_forwarding() -> None:
    given = answers(rules=[rule("Copy", forward_to=(outside(),))])
    answer = {e.id: e for e in grade(case_of(given)).questions}["legitimate"]
    assert answer.answer == "None was found."


def test_signs_that_do_not_convict_do_not_read_as_a_yes() -> None:
    given = answers(sign_ins=[*at_home(), signed_in(NOW - days(0.1), AWAY, "RU")])
    answer = {e.id: e for e in grade(case_of(given)).questions}["account_compromised"]
    assert answer.answer.startswith("Not proven; what was noticed: ")


def test_categories_are_no_program_that_a_rule_starts() -> None:
    marks = rule("Blue", other_actions=("assignCategories", "MarkImportance"))
    answer = {e.id: e for e in grade(case_of(answers(rules=[marks]))).questions}["rule_programs"]
    assert not answer.found
