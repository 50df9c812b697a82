"""Sweep and journal rules, connectors and flows are ways out like any other, with their changes."""

import pytest
from pydantic import JsonValue

from evidence.folder import Folder
from evidence.inbox_rule import InboxRules
from evidence.journal_rule import JournalRule
from evidence.model import JsonObject
from evidence.organization import ApprovedDestination
from evidence.outbound_connector import OutboundConnector
from evidence.sweep_rule import SweepRule, SweepRules
from evidence.transport_rule import MailCopy, TransportRule, TransportRules
from tests.triage.builders import (
    NOW,
    OWNER,
    THIEF,
    answers,
    approval,
    case_of,
    changes,
    days,
    envelope,
    inside,
    minutes,
    organization,
    outside,
    record,
    rule,
)
from triage.change import described
from triage.conduct import twins, unnamed_recipients
from triage.finding import investigate
from triage.grade import grade
from triage.ways import Way

CHANGED = NOW - days(1)


def journal(**fields: object) -> JournalRule:
    values = {"id": "g", "name": "All mail", "journal_address": outside(), "scope": "Global"}
    return JournalRule.model_validate(values | fields)


def connector(**fields: object) -> OutboundConnector:
    values = {"id": "g", "name": "Relay", "smart_hosts": ("mx.drop.example",)}
    return OutboundConnector.model_validate(values | fields)


def sweep(**fields: object) -> SweepRule:
    return SweepRule.model_validate({"id": "s", "name": "Bank", "sender": THIEF} | fields)


def found(
    *records: JsonObject,
    sweeps: tuple[SweepRule, ...] = (),
    journals: tuple[JournalRule, ...] = (),
    connectors: tuple[OutboundConnector, ...] = (),
    approved: tuple[ApprovedDestination, ...] = (),
    rules: tuple[TransportRule, ...] = (),
    gaps: tuple[tuple[str, str], ...] = (),
) -> tuple[Way, ...]:
    """The ways out, of complete answers unless `gaps` (action, source) say else."""
    given = given_answers(
        *records,
        sweeps=sweeps,
        journals=journals,
        connectors=connectors,
        approved=approved,
        rules=rules,
        gaps=gaps,
    )
    return investigate(case_of(given)).ways


def given_answers(
    *records: JsonObject,
    sweeps: tuple[SweepRule, ...] = (),
    journals: tuple[JournalRule, ...] = (),
    connectors: tuple[OutboundConnector, ...] = (),
    approved: tuple[ApprovedDestination, ...] = (),
    rules: tuple[TransportRule, ...] = (),
    gaps: tuple[tuple[str, str], ...] = (),
) -> dict[str, JsonObject]:
    given = answers(audit=changes(*records), org=organization(*approved))

    def missing(action: str) -> list[JsonObject]:
        return [
            {"source": source, "reason": "forbidden"} for each, source in gaps if each == action
        ]

    given["list_sweep_rules"] = envelope(
        "list_sweep_rules",
        SweepRules(mailbox=OWNER, sweep_rules=sweeps),
        missing("list_sweep_rules"),
    )
    flow = TransportRules(rules=rules, journal_rules=journals, connectors=connectors)
    given["list_transport_rules"] = envelope(
        "list_transport_rules", flow, missing("list_transport_rules")
    )
    return given


def cmdlet(operation: str, parameters: dict[str, JsonValue], **fields: JsonValue) -> JsonObject:
    return record(operation, CHANGED, by="admin@contoso.com", parameters=parameters, **fields)


def test_a_journal_rule_leads_outside_for_everybody() -> None:
    (way,) = found(journals=(journal(),))
    assert (way.kind, way.label, way.mailbox) == ("journal", "journal rule “All mail”", "")
    assert way.outside == way.unapproved == (THIEF,)
    assert way.organization_wide and way.by_hand_only and way.active


def test_a_journal_rule_to_an_archive_inside_or_approved_is_no_leak() -> None:
    (within,) = found(journals=(journal(journal_address=inside("archive@contoso.com")),))
    (approved,) = found(journals=(journal(),), approved=(approval(THIEF),))
    assert within.outside == ()
    assert (approved.outside, approved.unapproved) == ((THIEF,), ())


def test_one_mailboxs_approval_does_not_cover_everybodys_mail() -> None:
    mine = approval(THIEF, scope=OWNER)
    (everybody,) = found(journals=(journal(),), approved=(mine,))
    (only_hers,) = found(journals=(journal(recipient=OWNER),), approved=(mine,))
    assert (everybody.unapproved, only_hers.unapproved) == ((THIEF,), ())


@pytest.mark.parametrize(
    ("fields", "listed"),
    [
        ({}, True),
        ({"smart_hosts": ()}, False),
        ({"for_transport_rules": True}, False),
        ({"enabled": False}, True),
    ],
)
def test_which_connectors_change_the_way_of_mail(fields: JsonObject, listed: bool) -> None:
    ways = found(connectors=(connector(**fields),))
    assert [way.kind for way in ways] == (["connector"] if listed else [])


def test_of_what_names_no_recipient_it_is_said_by_what_the_mail_goes() -> None:
    routed = TransportRule(
        id="g",
        name="Route",
        enabled=True,
        copies=(MailCopy(way="RouteMessageOutboundConnector", detail="Relay"),),
    )
    by_rule, relay = found(rules=(routed,), connectors=(connector(),))
    assert unnamed_recipients(by_rule) == ("the outbound connector “Relay”",)
    assert unnamed_recipients(relay) == ("the host mx.drop.example",)
    assert unnamed_recipients(relay.model_copy(update={"enabled": False})) == ()
    assert by_rule.outside == relay.outside == ()


def test_a_sweep_rule_hides_and_leads_nowhere() -> None:
    (way,) = found(sweeps=(sweep(),))
    assert (way.kind, way.mailbox, way.destinations) == ("sweep", OWNER, ())
    assert way.hides and way.by_hand_only and not way.organization_wide


@pytest.mark.parametrize(
    ("folder", "is_twin"),
    [(None, True), (Folder(name="Deleted Items"), True), (Folder(name="Newsletters"), False)],
)
def test_a_sweep_rule_may_remove_the_answers_to_forwarded_mail(
    folder: Folder | None, is_twin: bool
) -> None:
    given = given_answers(sweeps=(sweep(move_to=folder),))
    inbox = InboxRules(mailbox=OWNER, rules=(rule("Copy", forward_to=(outside(),)),))
    given["list_inbox_rules"] = envelope("list_inbox_rules", inbox)
    pairs = [(one.kind, other.kind) for one, other in twins(investigate(case_of(given)).ways)]
    assert pairs == ([("sweep", "InboxRule")] if is_twin else [])


@pytest.mark.parametrize(
    ("operation", "parameters", "kind", "addresses", "through"),
    [
        ("New-JournalRule", {"Name": "x", "JournalEmailAddress": THIEF}, "journal", (THIEF,), ()),
        (
            "New-OutboundConnector",
            {"Name": "x", "SmartHosts": "[203.0.113.66];mx.drop.example"},
            "connector",
            (),
            ("203.0.113.66", "mx.drop.example"),
        ),
        (
            "New-TransportRule",
            {"Name": "x", "GenerateIncidentReport": THIEF, "IncidentReportContent": "Sender"},
            "ETR",
            (THIEF,),
            (),
        ),
        (
            "New-TransportRule",
            {"Name": "x", "RouteMessageOutboundConnector": "Relay"},
            "ETR",
            (),
            ("Relay",),
        ),
        (
            "Set-TransportRule",
            {"Identity": "x", "ModerateMessageByUser": THIEF},
            "ETR",
            (THIEF,),
            (),
        ),
        ("Set-TransportRule", {"Identity": "x", "AddToRecipients": THIEF}, "ETR", (THIEF,), ()),
    ],
)
def test_what_was_set_up_and_is_gone_is_known_from_its_record(
    operation: str,
    parameters: dict[str, JsonValue],
    kind: str,
    addresses: tuple[str, ...],
    through: tuple[str, ...],
) -> None:
    (way,) = found(cmdlet(operation, parameters))
    assert (way.kind, way.name, way.present, way.mailbox) == (kind, "x", False, "")
    assert (way.outside, way.through) == (addresses, through)


@pytest.mark.parametrize(
    ("operation", "parameters", "refused"),
    [
        ("New-JournalRule", {"Name": "x", "JournalEmailAddress": THIEF}, "Get-JournalRule"),
        ("New-OutboundConnector", {"Name": "x", "SmartHosts": "a.b"}, "Get-OutboundConnector"),
        ("New-TransportRule", {"Name": "x", "CopyTo": THIEF}, "Get-TransportRule"),
    ],
)
def test_only_the_listing_that_would_show_it_says_whether_it_is_gone(
    operation: str, parameters: dict[str, JsonValue], refused: str
) -> None:
    cmdlets = ("Get-JournalRule", "Get-OutboundConnector", "Get-TransportRule")
    for each in cmdlets:
        (way,) = found(
            cmdlet(operation, parameters), gaps=(("list_transport_rules", f"Exchange {each}"),)
        )
        assert way.present is (None if each == refused else False)


def test_a_listed_one_has_the_change_that_made_it() -> None:
    made = cmdlet("New-JournalRule", {"Name": "All mail", "JournalEmailAddress": THIEF})
    relay = cmdlet("Set-OutboundConnector", {"Identity": "Relay", "SmartHosts": "mx.drop.example"})
    off = cmdlet("Set-OutboundConnector", {"Identity": "Relay", "Enabled": "True"})
    first, second = found(made, relay, off, journals=(journal(),), connectors=(connector(),))
    assert first.change is not None and first.change.operation == "New-JournalRule"
    assert second.change is not None and second.change.sends is False
    assert second.change.through == ("mx.drop.example",)


def test_a_sweep_rule_that_is_gone_is_seen() -> None:
    made = record(
        "New-SweepRule",
        CHANGED,
        parameters={"Name": "Bank", "Mailbox": OWNER, "Sender": "a@bank.example"},
    )
    (way,) = found(made)
    assert (way.kind, way.present, way.hides) == ("sweep", False, True)


def flow(operation: str, at: int = 0, by: str = OWNER, **fields: JsonValue) -> JsonObject:
    members: JsonObject = {
        "FlowConnectorNames": "Office 365 Outlook, Gmail",
        "FlowDetailsUrl": "https://make.powerautomate.com/environments/e/flows/f-1/details",
        "ClientIP": "203.0.113.66",
        **fields,
    }
    return record(operation, CHANGED + minutes(at), by=by, **members)


def test_a_flow_that_reads_mail_is_a_way_out_that_no_listing_shows() -> None:
    (way,) = found(flow("CreateFlow"), flow("EditFlow", 5))
    assert (way.kind, way.label, way.present) == ("flow", "Power Automate flow “f-1”", None)
    assert way.change is not None and way.change.ip_address == "203.0.113.66"
    assert unnamed_recipients(way) == (
        "whatever “Office 365 Outlook” reaches",
        "whatever “Gmail” reaches",
    )


def test_a_deleted_flow_is_gone() -> None:
    (way,) = found(flow("CreateFlow"), flow("DeleteFlow", 5, FlowConnectorNames=None))
    assert way.present is False
    assert way.removal is not None


def test_a_flow_without_mail_or_of_somebody_else_is_no_way_out() -> None:
    other = flow("CreateFlow", FlowConnectorNames="SharePoint")
    theirs = flow("CreateFlow", by="tom@contoso.com")
    assert found(other, theirs) == ()


@pytest.mark.parametrize(
    ("operation", "parameters", "opened"),
    [
        ("Set-HostedOutboundSpamFilterPolicy", {"AutoForwardingMode": "On"}, True),
        ("Set-HostedOutboundSpamFilterPolicy", {"AutoForwardingMode": "Off"}, False),
        ("New-RemoteDomain", {"Name": "x", "AutoForwardEnabled": "True"}, True),
        ("Set-RemoteDomain", {"Identity": "Default", "AutoForwardEnabled": "False"}, False),
        ("Set-RemoteDomain", {"Identity": "Default"}, False),
    ],
)
def test_opening_the_organisation_to_forwarding_is_a_change_and_no_way_out(
    operation: str, parameters: dict[str, JsonValue], opened: bool
) -> None:
    given = given_answers(cmdlet(operation, parameters, ClientIP="203.0.113.66"))
    investigation = investigate(case_of(given))
    assert investigation.ways == ()
    told = [described(change) for change in investigation.changes]
    assert told == (
        ["admin@contoso.com opened automatic forwarding to the outside from 203.0.113.66"]
        if opened
        else []
    )


# --- what Outlook writes --------------------------------------------------------------------------


def outlook(*, at: int = 0, **properties: str) -> JsonObject:
    pairs: list[JsonValue] = [{"Name": name, "Value": value} for name, value in properties.items()]
    return record(
        "UpdateInboxRules",
        CHANGED + minutes(at),
        MailboxOwnerUPN=OWNER,
        OperationProperties=pairs,
    )


def test_a_rule_that_outlook_wrote_is_known_whole() -> None:
    actions = f'[{{"ActionType":"Forward","Recipients":["{THIEF}"]}},{{"ActionType":"Delete"}}]'
    (way,) = found(outlook(RuleOperation="AddMailboxRule", RuleName="..", RuleActions=actions))
    assert (way.name, way.outside, way.present) == ("..", (THIEF,), False)
    assert way.rule is not None and way.rule.deletes
    assert way.rule.conditions.none_set


def test_a_rule_that_only_hides_and_is_gone_is_a_way_too() -> None:
    actions = '[{"ActionType":"Move","FolderName":"RSS Feeds"}]'
    (way,) = found(
        outlook(RuleOperation="AddMailboxRule", RuleName=".", RuleActions=actions),
        record(
            "New-InboxRule",
            CHANGED,
            parameters={"Name": "mark", "Mailbox": OWNER, "MarkAsRead": "True"},
        ),
    )
    assert (way.name, way.hides, way.outside) == (".", True, ())


def test_a_resynchronisation_tells_of_no_way_out() -> None:
    blank = [
        outlook(
            at=each,
            RuleOperation="ModifyMailboxRule",
            RuleId=str(-each),
            RuleActions="[]",
            RuleCondition="{}",
        )
        for each in range(50)
    ]
    given = given_answers(*blank)
    investigation = investigate(case_of(given))
    assert investigation.ways == ()
    assert len(investigation.changes) == 50
    assert "inbox rule that the record does not name" in described(investigation.changes[0])


def test_a_rule_that_still_stands_is_not_told_twice() -> None:
    hiding = rule("mine", deletes=True)
    made = record(
        "New-InboxRule",
        CHANGED,
        parameters={"Name": "Mine", "Mailbox": OWNER, "DeleteMessage": "True"},
    )
    later = record(
        "Set-InboxRule",
        CHANGED + minutes(5),
        parameters={"Identity": "Mine", "Mailbox": OWNER, "MarkAsRead": "True"},
    )
    ways = investigate(case_of(answers(rules=[hiding], audit=changes(made, later)))).ways
    assert [way.present for way in ways] == [True]


@pytest.mark.parametrize("named", ["Drop", "contoso.com/Drop"])
def test_forwarding_to_a_contact_by_name_is_a_way_whose_end_is_unknown(named: str) -> None:
    set_up = record("Set-Mailbox", CHANGED, ObjectId="ann", parameters={"ForwardingAddress": named})
    (way,) = found(set_up)
    assert (way.kind, way.outside) == ("SMTP", ())
    assert [each.label for each in way.destinations] == ["Drop"]


def test_clearing_forwarding_is_no_way_out() -> None:
    cleared = record(
        "Set-Mailbox",
        CHANGED,
        ObjectId="ann",
        parameters={"ForwardingSmtpAddress": "", "ForwardingAddress": "$null"},
    )
    ways = found(cleared)
    assert [way.kind for way in ways if way.outside or way.destinations] == []


def test_what_no_action_stops_is_left_to_a_person_and_never_planned() -> None:
    ways = given_answers(
        cmdlet("New-JournalRule", {"Name": "All mail", "JournalEmailAddress": THIEF}),
        flow("CreateFlow"),
        journals=(journal(),),
        connectors=(connector(),),
        # It removes what comes back from the very address to which everybody's mail goes.
        sweeps=(sweep(),),
    )
    graded = grade(case_of(ways))
    assert graded.verdict.classification == "truePositive"
    steps = (*graded.plan.reflex, *graded.plan.contain, *graded.plan.destroy)
    assert {step.action for step in steps} <= {"revoke_sessions", "reset_credentials"}
    told = " ".join(graded.plan.by_hand)
    assert "Disable-SweepRule" in told
    assert "Disable-JournalRule" in told
    assert THIEF in told


def test_a_journal_rule_or_connector_alone_convicts_nobody() -> None:
    graded = grade(case_of(given_answers(journals=(journal(),), connectors=(connector(),))))
    assert graded.verdict.classification == "undetermined"
    assert graded.plan.reflex == ()


@pytest.mark.parametrize(
    ("parameters", "object_id", "name"),
    [
        ({"Name": "Given"}, "contoso.com/ann\\Other", "Given"),
        ({"Mailbox": OWNER}, "contoso.com/ann\\.", "."),
        ({"Identity": "Forward and delete", "Mailbox": OWNER}, "ann", "Forward and delete"),
        ({"Mailbox": OWNER}, "Alone", "Alone"),
    ],
)
def test_a_rule_is_named_by_what_the_record_says_of_the_rule(
    parameters: dict[str, JsonValue], object_id: str, name: str
) -> None:
    made = record(
        "New-InboxRule",
        CHANGED,
        ObjectId=object_id,
        parameters={**parameters, "ForwardTo": THIEF, "DeleteMessage": "True"},
    )
    (way,) = found(made)
    assert way.name == name
    assert way.rule is not None and way.rule.name == name
