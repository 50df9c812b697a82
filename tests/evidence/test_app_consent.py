"""Access given to applications, read from Entra's records."""

import json
from datetime import UTC, datetime

import pytest

from evidence import app_consent, audit_event
from evidence.app_consent import AppConsent
from evidence.model import JsonObject
from tests.consents import app_permission, arrived, consented

AT = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
APP = "5e1f0d2c-7a3b-4c8e-9f10-2b6d7c8a9e01"
ANA = "ana@contoso.com"


def read(record: JsonObject) -> AppConsent:
    event = audit_event.from_record(record)
    assert event is not None
    found = app_consent.consent(event)
    assert found is not None
    return found


def test_the_three_records_of_a_consent_name_the_application_and_the_permissions() -> None:
    grant, role, consent = map(read, consented("Mail Tool", APP, "Mail.Read openid", AT, ANA))
    assert (consent.app_name, consent.app_id) == ("Mail Tool", APP)
    assert consent.scopes == ("Mail.Read", "openid")
    assert (consent.actor, consent.at, consent.ip_address) == (ANA, AT, "203.0.113.7")
    assert (consent.given_for, consent.by_admin) == ("user", False)
    assert grant.scopes == ("Mail.Read", "openid")
    # The grant's record names the service principal alone; that is how they belong together.
    assert (grant.app_id, grant.app_name) == ("", "")
    assert grant.object_id == role.object_id == consent.object_id != ""
    assert (role.app_id, role.scopes) == (APP, ())


def test_consent_for_everybody_is_told_from_consent_for_oneself() -> None:
    records = consented("Mail Tool", APP, "Mail.Read", AT, ANA, everybody=True)
    grant, _, consent = map(read, records)
    assert (grant.given_for, consent.given_for, consent.by_admin) == (
        "everybody",
        "everybody",
        True,
    )


def test_permissions_before_the_consent_are_not_taken_for_those_after_it() -> None:
    *_, record = consented("Mail Tool", APP, "Mail.Read", AT, ANA)
    before = "[[Id: x, ClientId: x, PrincipalId: , ResourceId: x, ConsentType: AllPrincipals, "
    text = json.dumps(record).replace("[] =>", f"{before}Scope: User.Read]] =>")
    assert read(json.loads(text)).scopes == ("Mail.Read",)
    assert read(json.loads(text)).given_for == "user"


def test_a_permission_without_a_user_is_one_of_the_application() -> None:
    found = read(app_permission("Backup", APP, "Mail.ReadWrite", AT, ANA))
    assert (found.app_name, found.app_id, found.given_for) == ("Backup", APP, "application")
    assert found.scopes == ("Mail.ReadWrite",)


def test_an_arrival_names_who_brought_it() -> None:
    event = audit_event.from_record(arrived("Mail Tool", APP, AT, ANA))
    assert event is not None
    found = app_consent.arrival(event)
    assert found is not None
    assert (found.app_id, found.app_name, found.actor, found.at) == (APP, "Mail Tool", ANA, AT)
    assert app_consent.consent(event) is None


@pytest.mark.parametrize("form", ["text", "quoted", "listed"])
def test_changed_properties_are_read_in_each_of_their_forms(form: str) -> None:
    *_, record = consented("Mail Tool", APP, "Mail.Read", AT, ANA, everybody=True)
    properties = record["ModifiedProperties"]
    assert isinstance(properties, list)
    for each in properties:
        assert isinstance(each, dict)
        if form == "quoted":
            each["NewValue"] = f'"{each["NewValue"]}"'
        elif form == "listed" and each["Name"] != "ConsentAction.Permissions":
            each["NewValue"] = json.dumps([each["NewValue"]], indent=2)
    if form == "text":
        record["ModifiedProperties"] = json.dumps(properties)
        record["Target"] = json.dumps(record["Target"])
    found = read(record)
    assert (found.by_admin, found.scopes, found.app_name) == (True, ("Mail.Read",), "Mail Tool")


def test_other_records_are_no_consent() -> None:
    event = audit_event.from_record(
        {"Operation": "Update user.", "CreationTime": "2026-11-17T09:00"}
    )
    assert event is not None
    assert app_consent.consent(event) is None
    assert app_consent.arrival(event) is None
