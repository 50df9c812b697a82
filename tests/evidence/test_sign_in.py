"""Sign-ins, and what is known of the addresses behind them."""

from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from evidence import sign_in
from evidence.model import JsonObject
from evidence.sign_in import SignIn

FULL: JsonObject = {
    "id": "s1",
    "createdDateTime": "2026-05-04T09:00:00Z",
    "userPrincipalName": "adele@fabrikam.example",
    "ipAddress": "203.0.113.9",
    "location": {"city": "Amsterdam", "countryOrRegion": "NL", "geoCoordinates": None},
    "autonomousSystemNumber": 64500,
    "appDisplayName": "Office 365 Exchange Online",
    "clientAppUsed": "IMAP4",
    "authenticationProtocol": "ropc",
    "isInteractive": False,
    "status": {"errorCode": 50126, "failureReason": "Invalid username or password."},
    "riskLevelDuringSignIn": "high",
    "riskEventTypes_v2": ["anomalousToken"],
    "deviceDetail": {"isManaged": False},
    "sessionId": "session",
}


def read(**members: JsonValue) -> SignIn:
    found = sign_in.from_graph({**FULL, **members})
    assert found is not None
    return found


def test_a_failed_sign_in_of_a_legacy_client() -> None:
    found = read()
    assert not found.succeeded
    assert not found.interactive
    assert (found.country, found.city, found.network) == ("NL", "Amsterdam", 64500)
    assert (found.client, found.protocol) == ("IMAP4", "ropc")
    assert found.risk_events == ("anomalousToken",)
    assert found.managed_device is False
    assert found.raw == FULL


def test_where_a_sign_in_came_from_and_what_it_was_made_with() -> None:
    found = read(
        location={"geoCoordinates": {"altitude": None, "latitude": 52.37, "longitude": "4.9"}},
        uniqueTokenIdentifier="uti",
        incomingTokenType="primaryRefreshToken",
        originalTransferMethod="deviceCodeFlow",
        deviceDetail={"deviceId": "d-1"},
        riskState="dismissed",
    )
    assert (found.latitude, found.longitude) == (52.37, 4.9)
    assert (found.token_id, found.incoming_token) == ("uti", "primaryRefreshToken")
    assert (found.transfer_method, found.device_id) == ("deviceCodeFlow", "d-1")
    assert found.risk_state == "dismissed"


def test_none_is_how_graph_says_nothing() -> None:
    found = read(incomingTokenType="none", originalTransferMethod="none", riskState="none")
    assert (found.incoming_token, found.transfer_method, found.risk_state) == ("", "", "")
    places: list[JsonValue] = [{}, None, {"latitude": "x", "longitude": True}, {"latitude": "inf"}]
    for unknown in places:
        assert read(location={"geoCoordinates": unknown}).latitude is None


def test_an_application_as_itself_has_a_name_and_no_user() -> None:
    found = read(
        servicePrincipalName="Mail reader", servicePrincipalId="sp-1", userPrincipalName=""
    )
    assert (found.service_principal, found.user_principal_name) == ("Mail reader", "")
    assert read(servicePrincipalName="", servicePrincipalId="sp-1").service_principal == "sp-1"
    assert read().service_principal == ""


def test_error_code_zero_is_a_success() -> None:
    assert read(status={"errorCode": 0}).succeeded


@pytest.mark.parametrize("member", ["location", "status", "deviceDetail", "riskEventTypes_v2"])
def test_null_in_place_of_an_object(member: str) -> None:
    assert read(**{member: None}).id == "s1"


def test_one_without_a_time_is_none() -> None:
    assert sign_in.from_graph({"id": "s1", "createdDateTime": None}) is None


def test_the_history_counts_each_address_oldest_first() -> None:
    def at(hour: int, address: str | None, code: int, country: str = "") -> SignIn:
        return read(
            createdDateTime=f"2026-05-04T{hour:02}:00:00Z",
            ipAddress=address,
            status={"errorCode": code},
            location={"countryOrRegion": country},
        )

    history = sign_in.history(
        [
            at(9, "203.0.113.9", 0, "NL"),
            at(7, "203.0.113.9", 50126),
            at(5, "198.51.100.1", 0, "DE"),
            at(8, "203.0.113.9:443", 50126),
            at(6, None, 0),
        ]
    )
    assert [each.ip_address for each in history] == ["198.51.100.1", "203.0.113.9"]
    attacker = history[1]
    assert (attacker.successes, attacker.failures, attacker.country) == (1, 2, "NL")
    assert attacker.first_seen == datetime(2026, 5, 4, 7, tzinfo=UTC)
    assert attacker.last_seen == datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert attacker.in_use_since == datetime(2026, 5, 4, 9, tzinfo=UTC), "tried, and then right"
    assert sign_in.history([]) == ()
