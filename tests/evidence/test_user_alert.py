"""Alerts about a user, by every kind of evidence in which he can stand."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from evidence import auth_method, delegate, granted_app, user_alert
from evidence.model import JsonObject
from evidence.user_alert import NotReadable

ANA = "ana@contoso.com"
ANA_ID = "8f4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31"
NAMES = {ANA, ANA_ID}
KIND = "#microsoft.graph.security."
ACCOUNT: JsonObject = {"azureAdUserId": ANA_ID, "userPrincipalName": None}


def alert(*evidence: JsonValue, **more: JsonValue) -> JsonObject:
    created = "2026-11-18T09:29:00Z"
    return {"id": "fa1", "createdDateTime": created, "evidence": [*evidence], **more}


@pytest.mark.parametrize(
    ("entry", "roles"),
    [
        ({"userAccount": ACCOUNT, "roles": ["compromised"]}, ("compromised",)),
        ({"userAccount": {"userPrincipalName": "ANA@contoso.com"}, "roles": []}, ()),
        ({"upn": ANA, "primaryAddress": "x@y.example", "roles": ["unknown"]}, ()),
        ({"primaryAddress": "Ana@Contoso.com", "roles": ["destination"]}, ("destination",)),
        ({"account": {"userAccount": ACCOUNT}, "roles": ["attacked"]}, ("attacked",)),
        ({"p2Sender": {"emailAddress": ANA}, "roles": ["suspicious"]}, ("sender",)),
        ({"recipientEmailAddress": ANA}, ("recipient",)),
        ({"senderFromAddress": ANA}, ("sender",)),
        ({"recipient": ANA, "sender": "x@y.example", "submitter": "b@c.example"}, ("recipient",)),
        ({"userAccount": ACCOUNT, "roles": "compromised"}, ("compromised",)),
    ],
)
def test_a_user_is_found_in_the_evidence(entry: JsonObject, roles: tuple[str, ...]) -> None:
    found = user_alert.from_graph(alert(entry), NAMES)

    assert found is not None and found.roles == roles


@pytest.mark.parametrize(
    "entry",
    [
        {"userAccount": {"userPrincipalName": "bo@contoso.com", "azureAdUserId": None}},
        {"userAccount": None, "upn": "", "primaryAddress": None},
        {"ipAddress": "203.0.113.7"},
        {"subject": ANA, "urls": [ANA]},
        {},
        None,
        "ana@contoso.com",
        [ANA],
    ],
)
def test_an_alert_about_others_is_not_his(entry: JsonValue) -> None:
    assert user_alert.from_graph(alert(entry), NAMES) is None
    assert user_alert.from_graph(alert(), NAMES) is None


@pytest.mark.parametrize("evidence", [None, {}, "none", 7])
def test_without_a_list_of_evidence_nobody_can_tell_whose_it_is(evidence: JsonValue) -> None:
    with pytest.raises(NotReadable):
        user_alert.from_graph({**alert(), "evidence": evidence}, NAMES)


def test_an_alert_is_dated_by_what_it_has() -> None:
    his: JsonObject = {"upn": ANA}
    undated = {**alert(his), "createdDateTime": None}

    found = user_alert.from_graph({**undated, "firstActivityDateTime": "2026-11-18T08:00Z"}, NAMES)
    assert found is not None and found.created.hour == 8
    with pytest.raises(NotReadable):
        user_alert.from_graph(undated, NAMES)


def test_what_else_stands_in_it_is_told() -> None:
    found = user_alert.from_graph(
        alert(
            {"upn": ANA},
            {"@odata.type": f"{KIND}deviceEvidence", "deviceDnsName": "lap-7", "hostName": "x"},
            {"@odata.type": f"{KIND}deviceEvidence", "hostName": "LAP-7"},
            {"@odata.type": f"{KIND}ipEvidence", "ipAddress": "203.0.113.7"},
            {"@odata.type": f"{KIND}deviceEvidence", "ipAddress": "10.0.0.1"},
            mitreTechniques=["T1114.003", None],
            serviceSource="microsoftDefenderForOffice365",
            incidentId=12,
        ),
        NAMES,
    )

    assert found is not None
    assert found.devices == ("lap-7",)
    assert found.ip_addresses == ("203.0.113.7",)
    assert (found.techniques, found.incident_id) == (("T1114.003",), "12")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "User Trustee AccessRights userAccount roles evidence createdDateTime id scope "
                "appRoles activityDisplayName activityDateTime initiatedBy targetResources".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=6), JSON) | JSON.filter(lambda x: isinstance(x, dict)))
def test_no_shape_makes_a_reader_fail(payload: JsonObject) -> None:
    delegate.from_mailbox_permission(payload)
    delegate.from_recipient_permission(payload)
    delegate.from_folder_permission(payload, "Inbox")
    delegate.from_mailbox({"GrantSendOnBehalfTo": [payload]})
    granted_app.from_assignment(payload, payload)
    granted_app.with_principal(granted_app.from_grant(payload), payload)
    auth_method.method_from_graph(payload)
    auth_method.device_from_graph(payload)
    auth_method.change_from_graph({**payload, "activityDisplayName": "Register device"})
    with suppress(NotReadable):
        user_alert.from_graph(payload, NAMES)
