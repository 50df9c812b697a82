"""Every way in which a transport rule can copy mail out is seen."""

import pytest
from pydantic import JsonValue

from evidence import transport_rule
from evidence.model import JsonObject
from evidence.transport_rule import TransportRule

# As every rule shows them, whether or not it has a condition.
DEFAULTS: JsonObject = {
    "State": "Enabled",
    "Mode": "Enforce",
    "SenderAddressLocation": "Header",
    "RecipientAddressType": "Resolved",
    "From": None,
    "SentTo": [],
    "HasNoClassification": False,
    "AttachmentIsUnsupported": False,
    "DeleteMessage": False,
}


def rule(**members: JsonValue) -> TransportRule:
    return transport_rule.from_exchange({"Guid": "g", "Name": ".", **DEFAULTS, **members})


@pytest.mark.parametrize(
    "way",
    [
        "RedirectMessageTo",
        "BlindCopyTo",
        "CopyTo",
        "AddToRecipients",
        "ModerateMessageByUser",
        "GenerateIncidentReport",
    ],
)
@pytest.mark.parametrize("several", [True, False])
def test_ways_that_name_a_recipient(way: str, several: bool) -> None:
    written: JsonValue = ["drop@gmail.com", "Finance"] if several else "drop@gmail.com"
    read = rule(**{way: written})
    assert {copy.way for copy in read.copies} == {way}
    assert read.destinations[0].address == "drop@gmail.com"
    assert len(read.destinations) == (2 if several else 1)


@pytest.mark.parametrize(
    ("way", "detail"),
    [("AddManagerAsRecipientType", "Bcc"), ("RouteMessageOutboundConnector", "To Woodgrove")],
)
def test_ways_that_name_no_recipient(way: str, detail: str) -> None:
    (copy,) = rule(**{way: detail}).copies
    assert (copy.way, copy.detail, copy.destination) == (way, detail, None)


def test_several_ways_at_once() -> None:
    read = rule(BlindCopyTo=["a@b.example"], AddManagerAsRecipientType="To", CopyTo=["c@d.example"])
    assert {copy.way for copy in read.copies} == {
        "BlindCopyTo",
        "AddManagerAsRecipientType",
        "CopyTo",
    }


def test_a_rule_that_copies_nothing() -> None:
    assert rule(PrependSubject="[External]", CopyTo=[], BlindCopyTo=None).copies == ()


def test_a_rule_without_conditions_takes_every_message() -> None:
    assert rule(BlindCopyTo="drop@gmail.com").unconditional


@pytest.mark.parametrize(
    "condition",
    [
        {"SubjectOrBodyContainsWords": ["password"]},
        {"From": ["ceo@fabrikam.example"]},
        {"SentToScope": "NotInOrganization"},
        {"RecipientDomainIs": ["woodgrove.example"]},
        {"ContentCharacterSetContainsWords": ["gb2312"]},
        {"ADComparisonAttribute": "Department"},
        {"HasSenderOverride": True},
    ],
)
def test_a_condition_limits_a_rule(condition: JsonObject) -> None:
    assert not rule(**condition).unconditional


def test_words_and_people() -> None:
    read = rule(
        SubjectOrBodyContainsWords=["password", "payment"],
        AttachmentContainsWords=["iban"],
        From=["ceo@fabrikam.example"],
    )
    assert read.words == ("password", "payment", "iban")
    assert read.people == ("ceo@fabrikam.example",)


@pytest.mark.parametrize(
    ("members", "field", "value"),
    [
        ({"State": "Disabled"}, "enabled", False),
        ({"State": "Enabled"}, "enabled", True),
        ({"SetAuditSeverity": "DoNotAudit"}, "audited", False),
        ({"SetAuditSeverity": "High"}, "audited", True),
        ({"DeleteMessage": True}, "deletes", True),
        ({"DeleteMessage": "False"}, "deletes", False),
        ({"Priority": "0"}, "priority", 0),
        ({"Guid": None, "Identity": "."}, "id", "."),
        ({"LastModifiedBy": "Adele"}, "last_modified_by", "Adele"),
    ],
)
def test_properties(members: JsonObject, field: str, value: JsonValue) -> None:
    assert getattr(rule(**members), field) == value
