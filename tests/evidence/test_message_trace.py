"""Message trace as Graph shows it, and why a message failed."""

import pytest
from pydantic import JsonValue

from evidence.message_trace import from_graph, is_from, refusal
from evidence.model import JsonObject

TRACE: JsonObject = {
    "id": "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b201",
    "senderAddress": "Ann@contoso.com",
    "recipientAddress": "Drop@evil.example",
    "messageId": "<one@contoso.com>",
    "receivedDateTime": "2026-11-18T09:07:19Z",
    "subject": "FW: Invoice",
    "size": 4096,
    "fromIP": "2001:db8::1",
    "toIP": "",
    "status": "delivered",
}
REFUSED = "550 5.7.520 Access denied, Your organization does not allow external forwarding."


def test_a_traced_message() -> None:
    told = from_graph(TRACE)
    assert told is not None
    assert (told.sender, told.recipient) == ("ann@contoso.com", "drop@evil.example")
    assert (told.status, told.size, told.from_ip, told.to_ip) == (
        "delivered",
        4096,
        "2001:db8::1",
        None,
    )
    assert told.raw == TRACE


@pytest.mark.parametrize("odd", [None, 7, True, "", "x", [], {}, -1.5])
def test_no_shape_is_a_crash(odd: JsonValue) -> None:
    for name in TRACE:
        told = from_graph({**TRACE, name: odd})
        assert told is None or told.at
    assert from_graph({**TRACE, "id": None}) is None
    assert from_graph({**TRACE, "receivedDateTime": "soon"}) is None
    assert refusal([{"event": odd, "description": odd, "data": odd}]) == ""


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ([{"event": "Fail", "description": f"Reason: [{{LED={REFUSED}}};{{MSG=}}]"}], REFUSED),
        ([{"event": "Fail", "data": f'<root><MEP String="{REFUSED}"/></root>'}], REFUSED),
        ([{"event": "FAIL", "description": "550-5.1.1 no such user"}], "550-5.1.1 no such user"),
        ([{"event": "Fail", "description": "Dropped by a rule"}], "Dropped by a rule"),
        ([{"event": "Receive", "description": REFUSED}], ""),
        (
            [
                {"event": "Defer", "description": "451 4.4.1 try again"},
                {"event": "Fail", "description": REFUSED},
                {"event": "Fail"},
            ],
            REFUSED,
        ),
        ([], ""),
    ],
)
def test_the_reason_is_the_last_that_was_given(details: list[JsonObject], reason: str) -> None:
    assert refusal(details) == reason


def test_forwarding_that_policy_refused_is_told_apart() -> None:
    told = from_graph(TRACE)
    assert told is not None
    assert told.model_copy(update={"refusal": REFUSED}).refused_as_forwarding
    assert not told.refused_as_forwarding


def test_a_rewritten_sender_is_still_the_sender() -> None:
    names = frozenset({"ann@contoso.com"})
    assert is_from("Ann@contoso.com", names)
    assert is_from("ann+SRS=44ldt=IX=supplier.example=author@contoso.com", names)
    assert not is_from("bob+SRS=44ldt=IX=contoso.com=ann@contoso.com", names)
    assert not is_from("ann@elsewhere.example", names)
    assert not is_from("", names)
