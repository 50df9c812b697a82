"""The forwarding properties of a mailbox, as `Get-Mailbox` shows them."""

import pytest
from pydantic import JsonValue

from evidence import mailbox_forwarding
from evidence.model import JsonObject


def test_when_both_are_set_mail_goes_to_the_recipient_object() -> None:
    read = mailbox_forwarding.from_exchange(
        "adele@fabrikam.example",
        {"ForwardingAddress": "Lee Gu", "ForwardingSmtpAddress": "smtp:drop@gmail.com"},
    )
    assert read.effective is not None
    assert (read.effective.name, read.effective.address) == ("Lee Gu", None)
    assert read.forwarding_smtp_address is not None
    assert read.forwarding_smtp_address.address == "drop@gmail.com"


@pytest.mark.parametrize("empty", ["", None, "  "])
def test_empty_is_no_forwarding(empty: JsonValue) -> None:
    read = mailbox_forwarding.from_exchange(
        "adele", {"ForwardingAddress": empty, "ForwardingSmtpAddress": empty}
    )
    assert read.effective is None


def test_forwarding_address_may_hold_an_address() -> None:
    read = mailbox_forwarding.from_exchange("adele", {"ForwardingAddress": "Drop@gmail.com"})
    assert read.effective is not None
    assert read.effective.address == "drop@gmail.com"
    assert not read.effective.resolved
    assert read.effective.external_addresses == ()


@pytest.mark.parametrize(
    ("members", "field", "value"),
    [
        ({"DeliverToMailboxAndForward": True}, "keeps_copy", True),
        ({"DeliverToMailboxAndForward": "False"}, "keeps_copy", False),
        ({}, "keeps_copy", False),
        ({"AuditEnabled": False}, "audit_enabled", False),
        ({}, "audit_enabled", None),
        ({"RecipientTypeDetails": "SharedMailbox"}, "recipient_type", "SharedMailbox"),
    ],
)
def test_properties(members: JsonObject, field: str, value: JsonValue) -> None:
    assert getattr(mailbox_forwarding.from_exchange("adele", members), field) == value
