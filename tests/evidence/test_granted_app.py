"""Grants to applications as Graph writes them."""

import pytest
from pydantic import JsonValue

from evidence import granted_app
from evidence.model import JsonObject

NOTHING: JsonObject = {}
GRANT: JsonObject = {
    "clientId": "85477313-ea43-4c7d-b8a4-54fed35d0b60",
    "consentType": "Principal",
    "id": "E3NHhUPqfUy4pFT",
    "principalId": "7d54cb02-aaa3-4016-9f9c-a4b49422dd9b",
    "resourceId": "27fb395a-fb00-45fe-865e-e71db689eea0",
    "scope": " Contacts.ReadWrite openid Mail.Read  Mail.Read profile",
}
API: JsonObject = {
    "id": "27fb395a-fb00-45fe-865e-e71db689eea0",
    "displayName": "Microsoft Graph",
    "appRoles": [
        {"id": "810C84A8-4A9E-49E6-BF7D-12D183F40D01", "value": "Mail.Read"},
        {"id": None, "value": None},
    ],
}
ASSIGNMENT: JsonObject = {
    "id": "41W1zT6z1U",
    "appRoleId": "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
    "createdDateTime": "2021-02-02T04:22:45.9480566Z",
    "principalDisplayName": "Mail Sync",
    "principalId": "cdb555e3-b33e-4fd5-a427-17fadacbdfa7",
    "principalType": "ServicePrincipal",
    "resourceDisplayName": "Microsoft Graph",
    "resourceId": "27fb395a-fb00-45fe-865e-e71db689eea0",
}


def test_a_users_own_grant() -> None:
    found = granted_app.from_grant(GRANT)

    assert found.given_for == "user"
    assert found.scopes == ("Contacts.ReadWrite", "openid", "Mail.Read", "profile")
    assert found.mail_scopes == ("Mail.Read",)
    assert found.raw == GRANT


@pytest.mark.parametrize("consent", ["AllPrincipals", "allprincipals"])
def test_a_grant_for_everybody(consent: str) -> None:
    given = {**GRANT, "consentType": consent, "principalId": None}

    assert granted_app.from_grant(given).given_for == "everybody"


@pytest.mark.parametrize("scope", [None, "", "   ", 7, [], {"a": 1}])
def test_a_grant_without_readable_scopes_opens_nothing(scope: JsonValue) -> None:
    assert granted_app.from_grant({**GRANT, "scope": scope}).mail_scopes == ()


def test_an_application_permission_is_called_by_its_name() -> None:
    found = granted_app.from_assignment(ASSIGNMENT, API)

    assert (found.given_for, found.scopes, found.mail_scopes) == (
        "application",
        ("Mail.Read",),
        ("Mail.Read",),
    )
    assert found.granted is not None and found.granted.year == 2021


@pytest.mark.parametrize("api", [NOTHING, {"appRoles": None}, {"appRoles": [7, "x", NOTHING]}])
def test_a_role_that_the_api_does_not_name_keeps_its_id(api: JsonObject) -> None:
    found = granted_app.from_assignment(ASSIGNMENT, api)

    assert found.scopes == ("810c84a8-4a9e-49e6-bf7d-12d183f40d01",)
    assert found.resource == "Microsoft Graph"


@pytest.mark.parametrize(
    ("scope", "opens"),
    [
        ("Mail.Read", True),
        ("mail.readwrite.shared", True),
        ("Mail.Send", True),
        ("https://outlook.office365.com/IMAP.AccessAsUser.All", True),
        ("EWS.AccessAsUser.All", True),
        ("full_access_as_app", True),
        ("full_access_as_user", True),
        ("Exchange.ManageAsApp", True),
        ("MailboxSettings.ReadWrite", True),
        ("SMTP.Send", True),
        ("User.Read", False),
        ("offline_access", False),
        ("Calendars.Read", False),
        ("email", False),
        ("Directory.Read.All", False),
    ],
)
def test_which_permissions_open_mail(scope: str, opens: bool) -> None:
    assert bool(granted_app.mail_scopes([scope])) is opens


@pytest.mark.parametrize(
    ("principal", "first_party", "publisher", "enabled"),
    [
        ({"appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a"}, True, "", True),
        ({"appOwnerOrganizationId": "F8CDEF31-A31E-4B4A-93E4-5F571E91255A"}, True, "", True),
        ({"verifiedPublisher": {"displayName": "Northwind"}}, False, "Northwind", True),
        ({"verifiedPublisher": None, "accountEnabled": False}, False, "", False),
        ({"verifiedPublisher": {"displayName": None}, "accountEnabled": "x"}, False, "", True),
    ],
)
def test_what_the_service_principal_says(
    principal: JsonObject, first_party: bool, publisher: str, enabled: bool
) -> None:
    app = granted_app.from_grant(GRANT)

    found = granted_app.with_principal(app, {"appId": "ABC", "displayName": "Tool", **principal})

    assert (found.app_id, found.name) == ("abc", "Tool")
    assert (found.first_party, found.publisher, found.enabled) == (first_party, publisher, enabled)
