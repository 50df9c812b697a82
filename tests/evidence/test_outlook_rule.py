"""A rule that Outlook wrote is read from its audit record, as far as the record tells of it."""

import json

import pytest
from pydantic import JsonValue

from evidence import audit_event, outlook_rule
from evidence.inbox_rule import InboxRule

THIEF = "thief@evil.example"


def rule(actions: JsonValue, **properties: str | None) -> InboxRule | None:
    """As a record has it: pairs, of which one without a value has its name alone."""
    written = actions if isinstance(actions, str) else json.dumps(actions)
    told = {"RuleOperation": "AddMailboxRule", "RuleActions": written, **properties}
    pairs: list[JsonValue] = [
        {"Name": name} if value is None else {"Name": name, "Value": value}
        for name, value in told.items()
    ]
    record: dict[str, JsonValue] = {"OperationProperties": pairs}
    return outlook_rule.from_properties("id", audit_event.parameters(record))


def read(actions: JsonValue, **properties: str | None) -> InboxRule:
    found = rule(actions, **properties)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"ActionType": "Forward", "Recipients": [THIEF]}, {"forward_to": THIEF}),
        ({"ActionType": "ForwardToRecipients", "Recipients": f"{THIEF};"}, {"forward_to": THIEF}),
        (
            {"ActionType": "Forward", "ForwardFlags": "ForwardAsAttachment", "Recipients": [THIEF]},
            {"forward_as_attachment_to": THIEF},
        ),
        (
            {"ActionType": "ForwardAsAttachmentToRecipients", "Recipients": [THIEF]},
            {"forward_as_attachment_to": THIEF},
        ),
        (
            {"ActionType": "RedirectToRecipientsAction", "Recipients": [THIEF]},
            {"redirect_to": THIEF},
        ),
        ({"ActionType": "Delegate", "Recipients": [THIEF]}, {"redirect_to": THIEF}),
        (
            {"ActionType": "Redirect", "Recipients": [{"Name": "T", "EmailAddress": THIEF}]},
            {"redirect_to": THIEF},
        ),
        ({"Recipients": [THIEF]}, {"forward_to": THIEF}),
        ({"ActionType": "SendSomehow", "Recipients": [THIEF]}, {"forward_to": THIEF}),
    ],
    ids=json.dumps,
)
def test_whoever_is_sent_mail_is_seen_by_whichever_action(
    action: JsonValue, expected: dict[str, str]
) -> None:
    found = read([action])
    ways = ("forward_to", "forward_as_attachment_to", "redirect_to")
    seen = {way: getattr(found, way)[0].address for way in ways if getattr(found, way)}
    assert seen == expected
    assert not found.hides


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ("Delete", "deletes"),
        ("PermanentDelete", "deletes"),
        ("HardDelete", "deletes"),
        ("MarkAsRead", "marks_read"),
        ("StopProcessingRules", "stops_processing"),
    ],
)
def test_what_else_it_does(action: str, field: str) -> None:
    found = read([{"ActionType": action}])
    flags = ("deletes", "marks_read", "stops_processing")
    assert [name for name in flags if getattr(found, name)] == [field]
    assert found.destinations == ()


def test_a_folder_is_known_by_name_or_only_by_id() -> None:
    by_id = read(
        [{"ActionType": "Move", "DestinationFolderId": "AAA", "FolderIsInThisStore": "True"}]
    )
    by_name = read([{"ActionType": "Move", "FolderName": "RSS Feeds"}, {"ActionType": "Copy"}])
    assert by_id.move_to is not None and (by_id.move_to.name, by_id.move_to.id) == ("", "AAA")
    assert by_name.move_to is not None and by_name.move_to.name == "RSS Feeds"
    assert by_name.copy_to is not None


def test_an_unknown_action_is_kept_and_not_taken_for_none() -> None:
    assert read([{"ActionType": "ID_ACTION_CUSTOM"}]).other_actions == ("ID_ACTION_CUSTOM",)
    assert read([{"Flags": 1}]).other_actions == ("(an action without a type)",)


def test_actions_told_as_a_sentence_still_say_to_whom() -> None:
    found = read(f"Forward to {THIEF}")
    assert [each.address for each in found.destinations] == [THIEF]


@pytest.mark.parametrize("blank", ["[]", "", "null", "{}", None])
def test_a_record_that_tells_of_no_action_tells_of_no_rule(blank: str | None) -> None:
    assert rule("[]", RuleActions=blank, RuleState=None, RuleName=None) is None


@pytest.mark.parametrize(
    ("state", "enabled", "stops"),
    [
        ("Enabled, ExitAfterExecution", True, True),
        ("Enabled", True, False),
        ("ExitAfterExecution", False, True),
        ("Disabled", False, False),
        (None, True, False),
    ],
)
def test_its_state(state: str | None, enabled: bool, stops: bool) -> None:
    found = read([{"ActionType": "Delete"}], RuleState=state)
    assert (found.enabled, found.stops_processing) == (enabled, stops)


@pytest.mark.parametrize("written", ["{}", "", None])
def test_without_a_condition_it_takes_everything(written: str | None) -> None:
    assert read([{"ActionType": "Delete"}], RuleCondition=written).conditions.none_set


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        (
            "{([RssServerLockStartTime=1, =/o=ExchangeLabs/cn=ann, DisplayType=0], "
            "((SenderSearchKey Equal SMTP:BANK@B.EXAMPLE)))}",
            "from_addresses",
            "bank@b.example",
        ),
        (
            "((SenderSearchKey Equal EX:/O=EXCHANGELABS/CN=ANN))",
            "from_addresses",
            "EX:/O=EXCHANGELABS/CN=ANN",
        ),
        ("{((Subject Contains invoice))}", "subject_contains", "invoice"),
        ("{((NormalizedSubject SubString past due))}", "subject_contains", "past due"),
        ("{((Body Contains wire))}", "body_contains", "wire"),
        ("something that nobody wrote down", "others", "RuleCondition"),
        ("{((HasAttachment Equal True))}", "others", "RuleCondition"),
    ],
)
def test_a_condition_is_read_or_at_least_there(written: str, field: str, value: str) -> None:
    conditions = read([{"ActionType": "Delete"}], RuleCondition=written).conditions
    assert getattr(conditions, field) == (value,)


def test_a_lock_of_the_rss_service_is_no_rss_folder() -> None:
    found = read(
        [{"ActionType": "Delete"}], RuleCondition="{([RssServerLockStartTime=1], ((x Equal y)))}"
    )
    assert found.move_to is None
