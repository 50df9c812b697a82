"""What each kind of case comes to be, before it is judged."""

import pytest
from pydantic import JsonValue

from bench.verdict.labelled import Context, Kind, LabelledCase, Unreadable
from bench.verdict.setting import setting
from triage.applications import CONSENTS_HUNT
from triage.case import CHANGES_HUNT, Case

DOMAINS = Context(accepted_domains=("contoso.com",))
RECORD: dict[str, JsonValue] = {
    "CreationTime": "2026-02-03T08:52:31",
    "Operation": "New-InboxRule",
    "UserId": "ann@contoso.com",
    "OrganizationName": "contoso.onmicrosoft.com",
    "Parameters": [{"Name": "ForwardTo", "Value": "x@storage.example"}],
}


def case_of(kind: Kind, data: JsonValue, context: Context = DOMAINS) -> Case:
    return setting(LabelledCase(id="1", kind=kind, data=data, label="unknown", context=context))


def reasons(case: Case) -> set[str]:
    return {gap.reason for gap in case.gaps}


def test_a_record_is_what_the_hunt_found_and_nothing_else_was_asked() -> None:
    case = case_of("ual_event", RECORD)

    assert [row["RawEventData"] for row in case.hunts[CHANGES_HUNT].rows] == [RECORD]
    assert case.indicators.forwarder is not None
    assert case.indicators.forwarder.user_principal_name == "ann@contoso.com"
    assert case.inbox_rules is None
    assert reasons(case) == {"notAsked"}


def test_a_record_tells_its_tenant_where_the_context_does_not() -> None:
    case = case_of("ual_event", RECORD, Context())

    assert case.organization is not None
    assert case.organization.accepted_domains == ("contoso.onmicrosoft.com", "contoso.com")


def test_a_record_without_time_is_judged_all_the_same() -> None:
    undated = {name: value for name, value in RECORD.items() if name != "CreationTime"}

    for record in (undated, undated | {"CreationTime": "2026-02-03T08:52:65"}):
        assert case_of("ual_event", record).hunts[CHANGES_HUNT].rows


def test_parameters_alone_are_those_of_the_cmdlet_that_the_context_names() -> None:
    context = Context(accepted_domains=("contoso.com",), cmdlet="Set-Mailbox")
    case = case_of(
        "ual_event", {"Identity": "ann", "ForwardingSmtpAddress": "x@y.example"}, context
    )

    (row,) = case.hunts[CHANGES_HUNT].rows
    record = row["RawEventData"]
    assert isinstance(record, dict)
    assert record["Operation"] == "Set-Mailbox"


def test_a_consent_is_what_its_own_hunt_found() -> None:
    record = RECORD | {"Operation": "Consent to application.", "ObjectId": "app"}

    assert CONSENTS_HUNT in case_of("ual_event", record).hunts


def test_a_sign_in_of_the_audit_log_stands_in_the_sign_in_log() -> None:
    record: dict[str, JsonValue] = {
        "CreationTime": "2026-02-03T08:52:31",
        "Operation": "UserLoginFailed",
        "UserId": "ann@contoso.com",
        "ClientIP": "192.0.2.1",
        "ErrorNumber": "50126",
    }
    case = case_of("ual_event", record)

    assert case.sign_ins is not None
    assert [(e.ip_address, e.error_code) for e in case.sign_ins.sign_ins] == [("192.0.2.1", 50126)]


def test_allow_lists_are_approvals_but_not_of_a_whole_free_mail_domain() -> None:
    context = Context(
        accepted_domains=("contoso.com",),
        allowed_domains=("partner.example", "gmail.com"),
        allowed_addresses=("desk@gmail.com",),
    )
    case = case_of("ual_event", RECORD, context)

    assert case.organization is not None
    approved = [each.destination for each in case.organization.approved_destinations]
    assert approved == ["partner.example", "desk@gmail.com"]


@pytest.mark.parametrize(
    ("cmdlet", "data", "field"),
    [
        ("", {"RuleIdentity": "1", "Name": "News"}, "inbox_rules"),
        ("Get-InboxRule", {"RuleIdentity": "1", "Name": "News"}, "inbox_rules"),
        ("Get-SweepRule", {"Name": "News", "Sender": "a@b.example"}, "sweep_rules"),
        ("", {"ForwardingSmtpAddress": "a@b.example"}, "forwarding"),
        ("Get-Mailbox", {"UserPrincipalName": "ann@contoso.com"}, "forwarding"),
        ("Get-EXOMailbox", {"UserPrincipalName": "ann@contoso.com"}, "forwarding"),
        ("Get-TransportRule", {"Guid": "1", "Name": "Banner"}, "transport_rules"),
        (
            "Get-JournalRule",
            {"Name": "All", "JournalEmailAddress": "a@b.example"},
            "transport_rules",
        ),
        ("Get-OutboundConnector", {"Name": "Relay"}, "transport_rules"),
        ("Get-MailboxPermission", {"User": "bo@contoso.com"}, "delegates"),
        ("Get-RecipientPermission", {"Trustee": "bo@contoso.com"}, "delegates"),
        ("Get-MailboxFolderPermission", {"User": "bo@contoso.com"}, "delegates"),
    ],
)
def test_what_exchange_shows_is_the_answer_of_the_action_that_asks_for_it(
    cmdlet: str, data: dict[str, JsonValue], field: str
) -> None:
    context = Context(accepted_domains=("contoso.com",), cmdlet=cmdlet)

    assert getattr(case_of("get_inboxrule", data, context), field) is not None


def test_a_cmdlet_that_changes_something_is_a_record_whatever_the_kind() -> None:
    context = Context(accepted_domains=("contoso.com",), cmdlet="New-InboxRule")

    assert case_of("get_inboxrule", {"ForwardTo": "x@y.example"}, context).hunts[CHANGES_HUNT].rows


def test_graphs_listing_alone_leaves_hidden_rules_unseen() -> None:
    page: JsonValue = {"value": [{"id": "1", "displayName": "A"}, {"id": "2", "displayName": "B"}]}
    case = case_of("message_rule", page)

    assert case.inbox_rules is not None
    assert [rule.name for rule in case.inbox_rules.rules] == ["A", "B"]
    assert {rule.hidden for rule in case.inbox_rules.rules} == {None}
    assert [gap.source for gap in case.gaps_of("list_inbox_rules")] == ["Exchange Get-InboxRule"]


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("ual_event", {"Name": "."}, "names no operation"),
        ("message_rule", {"a": 1}, "no inbox rule"),
        ("message_rule", [{"id": "1"}, 7], "no JSON object"),
        ("alert", {"a": 1}, "holds nothing that an incident"),
        ("incident", [{"title": "A"}, {"title": "B"}], "one JSON object"),
        ("case", {"as_of": "2026-01-01T00:00:00Z"}, "data.incident"),
        ("case", {"as_of": "soon", "incident": {}}, "data.as_of"),
    ],
)
def test_what_does_not_hold_what_its_kind_promises_is_told(
    kind: Kind, data: JsonValue, told: str
) -> None:
    with pytest.raises(Unreadable, match=told):
        case_of(kind, data)
