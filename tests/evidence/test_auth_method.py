"""Authentication methods, devices and their changes as Graph writes them."""

import pytest
from pydantic import JsonValue

from evidence import auth_method
from evidence.model import JsonObject

NAMESPACE = "#microsoft.graph."


@pytest.mark.parametrize(
    ("payload", "kind", "name", "created"),
    [
        (
            {
                "@odata.type": f"{NAMESPACE}fido2AuthenticationMethod",
                "id": "-2_GRUg2",
                "displayName": "Red key",
                "creationDateTime": "2020-08-10T06:44:09Z",
            },
            "fido2AuthenticationMethod",
            "Red key",
            "2020-08-10",
        ),
        (
            {
                "@odata.type": f"{NAMESPACE}windowsHelloForBusinessAuthenticationMethod",
                "displayName": "Jordan's Surface Book",
                "createdDateTime": "2020-11-27T23:12:49Z",
            },
            "windowsHelloForBusinessAuthenticationMethod",
            "Jordan's Surface Book",
            "2020-11-27",
        ),
        (
            {
                "@odata.type": f"{NAMESPACE}phoneAuthenticationMethod",
                "phoneNumber": "+1 2065555555",
                "phoneType": "mobile",
            },
            "phoneAuthenticationMethod",
            "mobile …5555",
            None,
        ),
        (
            {
                "@odata.type": f"{NAMESPACE}phoneAuthenticationMethod",
                "phoneNumber": "+XX XXXXXXXX21",
                "phoneType": None,
            },
            "phoneAuthenticationMethod",
            "phone …21",
            None,
        ),
        (
            {
                "@odata.type": f"{NAMESPACE}emailAuthenticationMethod",
                "emailAddress": "ana@home.example",
            },
            "emailAuthenticationMethod",
            "ana@home.example",
            None,
        ),
        ({"@odata.type": f"{NAMESPACE}brandNewMethod"}, "brandNewMethod", "", None),
        ({}, "", "", None),
        ({"@odata.type": 7, "id": None, "createdDateTime": "soon"}, "7", "", None),
    ],
)
def test_a_method_of_every_type_is_read(
    payload: JsonObject, kind: str, name: str, created: str | None
) -> None:
    found = auth_method.method_from_graph(payload)

    assert (found.kind, found.name) == (kind, name)
    assert (f"{found.created:%Y-%m-%d}" if found.created else None) == created
    assert found.raw == payload


def record(activity: JsonValue, **more: JsonValue) -> JsonObject:
    return {
        "id": "1",
        "activityDisplayName": activity,
        "activityDateTime": "2026-11-18T08:44:00.1234567Z",
        "result": "success",
        **more,
    }


@pytest.mark.parametrize(
    "activity",
    [
        "User registered security info",
        "User deleted security info",
        "User changed default security info",
        "Admin registered security info",
        "User registered all required security info",
        "Register device",
        "Add registered owner to device",
        "Add registered users to device",
        "Add Passkey (device-bound)",
        "Add Windows Hello for Business credential",
        "Create application password for user",
    ],
)
def test_what_changes_a_method_or_a_device(activity: str) -> None:
    found = auth_method.change_from_graph(record(activity))

    assert found is not None and found.activity == activity


@pytest.mark.parametrize(
    "payload",
    [
        record("User started security info registration"),
        record("User cancelled security info registration"),
        record("User reviewed security info"),
        record("Update user"),
        record("Consent to application"),
        record(None),
        record("Update user", targetResources=[{"modifiedProperties": [{"displayName": "City"}]}]),
        {**record("User registered security info"), "activityDateTime": None},
        {},
    ],
)
def test_what_changes_neither(payload: JsonObject) -> None:
    assert auth_method.change_from_graph(payload) is None


def test_an_update_of_strong_authentication_is_a_change_of_a_method() -> None:
    modified: JsonObject = {"displayName": "StrongAuthenticationPhoneAppDetail", "newValue": "[]"}
    target: JsonObject = {"type": "User", "modifiedProperties": [modified]}

    assert auth_method.change_from_graph(record("Update user", targetResources=[target]))


@pytest.mark.parametrize(
    ("by", "actor", "address"),
    [
        (
            {"user": {"userPrincipalName": "a@b.example", "ipAddress": "192.0.2.4:443"}},
            "a@b.example",
            "192.0.2.4",
        ),
        (
            {"app": None, "user": {"id": "42", "userPrincipalName": None, "ipAddress": ""}},
            "42",
            None,
        ),
        ({"app": {"displayName": "Device Registration Service"}, "user": None}, None, None),
        ({"app": None, "user": None}, "", None),
        (None, "", None),
        ("somebody", "", None),
    ],
)
def test_who_did_it_and_from_where(by: JsonValue, actor: str | None, address: str | None) -> None:
    found = auth_method.change_from_graph(record("Register device", initiatedBy=by))

    assert found is not None
    assert found.actor == ("Device Registration Service" if actor is None else actor)
    assert found.ip_address == address


@pytest.mark.parametrize(("result", "succeeded"), [("success", True), ("failure", False)])
def test_an_attempt_is_no_change(result: str, succeeded: bool) -> None:
    found = auth_method.change_from_graph(record("Register device", result=result))

    assert found is not None and found.succeeded is succeeded


def test_what_was_registered_is_the_reason_or_the_target_besides_the_user() -> None:
    targets: JsonValue = [
        {"type": "User", "displayName": "Ana"},
        {"type": "Device", "displayName": "DESKTOP-7"},
    ]

    named = auth_method.change_from_graph(record("Register device", targetResources=targets))
    reasoned = auth_method.change_from_graph(
        record("User registered security info", resultReason="Phone", targetResources=targets)
    )

    assert named is not None and named.what == "DESKTOP-7"
    assert reasoned is not None and reasoned.what == "Phone"


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (
            {
                "@odata.type": f"{NAMESPACE}device",
                "displayName": "LAPTOP",
                "operatingSystem": "Windows",
                "operatingSystemVersion": "10.0.1",
                "isManaged": True,
                "isCompliant": None,
            },
            ("LAPTOP", "Windows 10.0.1", True, None),
        ),
        ({"id": "1", "displayName": None, "isManaged": "yes"}, ("", "", None, None)),
    ],
)
def test_a_device_is_read(payload: JsonObject, told: tuple[object, ...]) -> None:
    found = auth_method.device_from_graph(payload)

    assert found is not None
    assert (found.name, found.system, found.managed, found.compliant) == told


def test_other_objects_among_the_devices_are_passed_over() -> None:
    assert auth_method.device_from_graph({"@odata.type": f"{NAMESPACE}endpoint"}) is None
