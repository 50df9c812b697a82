"""A rule of which only the name and the description were kept."""

import pytest

from evidence import inbox_rule
from evidence.inbox_rule import InboxRule
from evidence.model import JsonObject
from evidence.rule_description import OTHER_CONDITION


def described(*lines: str, **members: str | None) -> InboxRule:
    payload: JsonObject = {"Name": "Rule", "Description": "\r\n".join(lines), **members}
    return inbox_rule.from_exchange(payload)


def test_conditions_actions_and_exceptions_are_told_apart() -> None:
    rule = described(
        "If the message:",
        "\tthe message was received from 'Ann Lee'",
        "\tand the message includes specific words in the subject or body 'invoice' or 'wire'",
        "Take the following actions:",
        "\tmove the message to the following folder 'RSS Feeds'",
        "\tand mark the message as Read",
        "\tand stop processing more rules on this message",
        "Except if the message:",
        "\tthe message includes specific words in the subject 'news'",
    )
    assert rule.conditions.from_addresses == ("Ann Lee",)
    assert rule.conditions.subject_or_body_contains == ("invoice", "wire")
    assert rule.exceptions.subject_contains == ("news",)
    assert rule.move_to is not None
    assert rule.move_to.name == "RSS Feeds"
    assert rule.marks_read
    assert rule.stops_processing
    assert not rule.deletes


@pytest.mark.parametrize(
    ("sentence", "member"),
    [
        ("forward the message to 'smtp:drop@evil.example'", "forward_to"),
        ("forward the message as an attachment to 'drop@evil.example'", "forward_as_attachment_to"),
        ("redirect the message to 'drop@evil.example'", "redirect_to"),
    ],
)
def test_where_mail_goes(sentence: str, member: str) -> None:
    rule = described("Take the following actions:", f"\t{sentence}")
    (destination,) = getattr(rule, member)
    assert destination.address == "drop@evil.example"
    assert rule.conditions.none_set


def test_words_in_the_senders_address() -> None:
    sentence = "\tthe message includes specific words in the sender's address 'bank.example'"
    rule = described(
        "If the message:", sentence, "Take the following actions:", "delete the message"
    )
    assert rule.conditions.sender_contains == ("bank.example",)
    assert rule.deletes


def test_a_condition_that_is_not_known_is_a_condition_all_the_same() -> None:
    rule = described(
        "If the message:", "\tis flagged", "Take the following actions:", "\tdelete the message"
    )
    assert rule.conditions.others == (OTHER_CONDITION,)


def test_properties_outweigh_the_description_and_the_listing_is_kept_as_it_was() -> None:
    rule = described("Take the following actions:", "\tdelete the message", MoveToFolder="Bills")
    assert not rule.deletes
    kept = described("Take the following actions:", "\tdelete the message")
    assert "DeleteMessage" not in kept.raw["exchange"]


@pytest.mark.parametrize("text", ["", "Wenn die Nachricht:", "delete the message"])
def test_what_is_no_english_description_tells_nothing(text: str) -> None:
    rule = described(text)
    assert not rule.hides
    assert rule.conditions.none_set
