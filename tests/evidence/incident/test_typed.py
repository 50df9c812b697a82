"""A responder without an incident types what is known, and typing errors are named."""

import pytest

from evidence.incident import UnknownIncident, parse_incident
from evidence.model import JsonObject


def test_plain_fields() -> None:
    found = parse_incident(
        {
            "forwarder": "adele@fabrikam.example",
            "recipients": "drop@gmail.com; b@woodgrove.example",
            "messageIds": ["4f1c0a5e-8a1b-4b57-2f55-08dd2b6a0001"],
            "forwardingType": "inbox rule",
            "ipAddresses": "203.0.113.9, 198.51.100.1",
            "incident": "/subscriptions/s/incidents/1",
            "lastActivity": "2026-05-04T09:02:11Z",
        }
    )
    assert found.forwarder is not None
    assert found.forwarder.user_principal_name == "adele@fabrikam.example"
    assert found.recipients == ("drop@gmail.com", "b@woodgrove.example")
    assert found.network_message_ids == ("4f1c0a5e-8a1b-4b57-2f55-08dd2b6a0001",)
    assert found.forwarding_type == "InboxRule"
    assert found.ip_addresses == ("203.0.113.9", "198.51.100.1")
    assert found.incident == "/subscriptions/s/incidents/1"
    assert str(found.last_activity) == "2026-05-04 09:02:11+00:00"
    assert found.missing == ("title", "alerts", "firstActivity")
    assert {each.where for each in found.found} == {
        "forwarder",
        "recipients",
        "messageIds",
        "forwardingType",
        "ipAddresses",
        "lastActivity",
    }


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("adele@fabrikam.example", "user_principal_name", "adele@fabrikam.example"),
        ("o'brien@fabrikam.example", "user_principal_name", "o'brien@fabrikam.example"),
        ("Adele <adele@fabrikam.example>", "user_principal_name", "adele@fabrikam.example"),
        (
            "B2B2B2B2-0000-4000-8000-00000000000B",
            "object_id",
            "B2B2B2B2-0000-4000-8000-00000000000B",
        ),
        ("Adele Vance", "display_name", "Adele Vance"),
        ({"userPrincipalName": "a@b.example"}, "user_principal_name", "a@b.example"),
    ],
)
def test_a_forwarder_by_any_of_its_names(typed: str | JsonObject, field: str, value: str) -> None:
    found = parse_incident({"forwarder": typed}).forwarder
    assert found is not None
    assert getattr(found, field) == value


def test_the_portals_short_names_are_taken() -> None:
    found = parse_incident({"SRL": "a@b.example", "mti": "id-1;id-2", "Ft": "etr"})
    assert found.recipients == ("a@b.example",)
    assert found.network_message_ids == ("id-1", "id-2")
    assert found.forwarding_type == "ETR"
    assert "forwarder" in found.missing


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"forwardingType": "pigeon"}, ["forwardingType", "pigeon", "InboxRule"]),
        ({"recipients": "a@b.example;adele"}, ["recipients", "adele"]),
        ({"recipients": [5]}, ["recipients", "5"]),
        ({"forwarder": 5}, ["forwarder", "5"]),
        ({"ipAddresses": "203.0.113.999"}, ["ipAddresses", "203.0.113.999"]),
        ({"lastActivity": "yesterday"}, ["lastActivity", "yesterday"]),
        ({"messageIds": "<a b>"}, ["messageIds", "<a b>"]),
    ],
)
def test_a_typing_error_is_named_with_its_field(body: JsonObject, words: list[str]) -> None:
    with pytest.raises(UnknownIncident) as error:
        parse_incident(body)
    assert all(word in str(error.value) for word in words)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"hello": "world"},
        {"object": {}},
        {"object": {"properties": {}}},
        {"properties": {"title": ""}},
        {"evidence": []},
        {"Entities": []},
        {"forwarder": ""},
        {"recipients": []},
        {"forwarder": None, "recipients": None},
    ],
)
def test_a_body_without_content_is_refused(body: JsonObject) -> None:
    with pytest.raises(UnknownIncident, match="holds nothing"):
        parse_incident(body)


@pytest.mark.parametrize("body", [[], [{"forwarder": "a@b.example"}], "text", 5, None])
def test_what_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(UnknownIncident, match="not a JSON object"):
        parse_incident(body)  # pyright: ignore[reportArgumentType] - that is the test
    assert issubclass(UnknownIncident, ValueError)
