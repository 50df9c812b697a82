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
