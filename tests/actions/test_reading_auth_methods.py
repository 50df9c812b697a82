"""How a user proves who he is and what of it changed, as list_auth_methods shows it."""

from datetime import datetime, timedelta

import pytest

from sandbox.tenant.faults import Refusal
from sandbox.tenant.identity import AuthenticationMethod, DirectoryAudit, RegisteredDevice
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import (
    ANA,
    ANA_ID,
    AROUND,
    JOEL,
    MIRA,
    OpenLab,
    answered,
    as_object,
    gaps,
    objects,
    result_of,
)

ROUTE = "list-auth-methods"
OURS: JsonObject = {"user": ANA, "around": "2026-11-18T09:30:00Z"}
METHODS = "Graph authentication/methods"
AUDITS = "Graph auditLogs/directoryAudits"
DEVICES = "Graph registeredDevices"
THIEF = "203.0.113.77"


def taken_over(state: TenantState) -> None:
    ana = state.user(ANA)
    assert ana is not None
    ana.authentication_methods += [
        AuthenticationMethod(kind="phone", phone_number="+31 612345678"),
        AuthenticationMethod.model_validate(
            {
                "kind": "microsoftAuthenticator",
                "name": "SM-G960F",
                "created": "2026-11-18T08:44:00Z",
            }
        ),
    ]
    ana.devices.append(
        RegisteredDevice.model_validate(
            {
                "display_name": "DESKTOP-7",
                "operating_system_version": "10.0.26100.1",
                "registered": "2026-11-18T08:47:00Z",
                "is_managed": False,
            }
        )
    )
    audits: list[JsonObject] = [
        {
            "at": "2026-11-18T08:43:58Z",
            "activity": "User started security info registration",
            "user": ANA,
        },
        {
            "at": "2026-11-18T08:44:00Z",
            "activity": "User registered security info",
            "user": ANA,
            "ip_address": THIEF,
            "reason": "User registered Authenticator App with Notification and Code",
        },
        {
            "at": "2026-11-18T08:44:01Z",
            "activity": "Update user",
            "user": ANA,
            "app": "Azure MFA StrongAuthenticationService",
            "service": "Core Directory",
            "modified": [{"name": "StrongAuthenticationMethod", "new": "[{}]"}],
        },
        {
            "at": "2026-11-18T08:47:00Z",
            "activity": "Add registered owner to device",
            "user": ANA,
            "target": "DESKTOP-7",
            "target_type": "Device",
            "app": "Device Registration Service",
        },
        {
            "at": "2026-11-10T12:00:00Z",
            "activity": "Admin deleted security info",
            "user": ANA,
            "actor": MIRA,
            "result": "failure",
        },
        {"at": "2026-11-18T08:50:00Z", "activity": "Update user", "user": ANA},
        {
            "at": "2026-11-17T10:00:00Z",
            "activity": "Admin registered security info",
            "user": JOEL,
            "actor": ANA,
        },
    ]
    state.directory_audits += map(DirectoryAudit.model_validate, audits)


async def test_methods_devices_and_their_changes_are_listed(open_lab: OpenLab) -> None:
    lab = await open_lab(change=taken_over)

    answer = await answered(lab, ROUTE, OURS)

    assert answer["complete"] is True
    found = as_object(answer["result"])
    assert found["user"] == ANA
    assert [(each["kind"], each["name"]) for each in objects(found["methods"])] == [
        ("passwordAuthenticationMethod", ""),
        ("phoneAuthenticationMethod", "mobile …5678"),
        ("microsoftAuthenticatorAuthenticationMethod", "SM-G960F"),
    ]
    [device] = objects(found["devices"])
    assert (device["name"], device["system"]) == ("DESKTOP-7", "Windows 10.0.26100.1")
    assert (device["registered"], device["managed"]) == ("2026-11-18T08:47:00Z", False)
    changes = objects(found["changes"])
    assert [(each["activity"], each["actor"], each["succeeded"]) for each in changes] == [
        ("Add registered owner to device", "Device Registration Service", True),
        ("Update user", "Azure MFA StrongAuthenticationService", True),
        ("User registered security info", ANA, True),
        ("Admin deleted security info", MIRA, False),
    ]
    registered = changes[2]
    assert registered["ipAddress"] == THIEF
    assert "Authenticator App" in str(registered["what"])
    assert changes[0]["what"] == "DESKTOP-7"


async def test_whoever_registered_nothing_has_a_password(open_lab: OpenLab) -> None:
    lab = await open_lab()

    found = await result_of(lab, ROUTE, {**OURS, "user": ANA_ID})

    assert [each["kind"] for each in objects(found["methods"])] == ["passwordAuthenticationMethod"]
    assert (found["changes"], found["devices"]) == ([], [])


async def test_changes_past_the_first_page_are_read(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microsoft365.auth_methods._PAGE_SIZE", 40)

    def busy(state: TenantState) -> None:
        end = datetime.fromisoformat("2026-11-18T09:00:00Z")
        state.directory_audits += [
            DirectoryAudit(
                user=ANA, at=end - timedelta(hours=number), activity="User updated security info"
            )
            for number in range(100)
        ]

    lab = await open_lab(change=busy)
    answer = await answered(lab, ROUTE, OURS)

    assert len(objects(as_object(answer["result"])["changes"])) == 100
    assert answer["complete"] is True


async def test_only_what_changed_within_the_days_asked_for_is_told(open_lab: OpenLab) -> None:
    lab = await open_lab(change=taken_over)

    found = await result_of(lab, ROUTE, {**OURS, "daysBefore": 2})

    assert len(objects(found["changes"])) == 3
    assert (found["since"], found["until"]) == ("2026-11-16T09:30:00Z", "2026-11-19T09:30:00Z")


async def test_what_the_audit_log_does_not_hold_yet_is_a_gap_with_its_time(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=taken_over)

    answer = await answered(lab, ROUTE, {**OURS, "around": "2026-11-18T10:04:00Z"})

    assert gaps(answer) == [(AUDITS, "lag")]
    [gap] = objects(answer["gaps"])
    assert str(gap["freshUntil"]).startswith("2026-11-18T09:50:")


async def test_what_the_audit_log_no_longer_holds_is_a_gap(open_lab: OpenLab) -> None:
    lab = await open_lab(change=taken_over)

    answer = await answered(lab, ROUTE, {**OURS, "around": "2026-11-10T09:30:00Z"})

    assert gaps(answer) == [(AUDITS, "horizon")]


async def test_without_entra_p1_the_audit_log_holds_a_week_and_the_gap_names_the_licence(
    open_lab: OpenLab,
) -> None:
    def free(state: TenantState) -> None:
        taken_over(state)
        state.licences.clear()

    lab = await open_lab(change=free)
    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [(AUDITS, "license")]
    assert "Microsoft Entra ID P1" in str(answer["gaps"])
    assert "2026-11-11" in str(answer["gaps"])
    changes = objects(as_object(answer["result"])["changes"])
    assert [each["activity"] for each in changes][-1] == "User registered security info"


@pytest.mark.parametrize(
    ("path", "source", "empty"),
    [
        ("*/authentication/methods", METHODS, "methods"),
        ("*/directoryAudits", AUDITS, "changes"),
        ("*/registeredDevices", DEVICES, "devices"),
    ],
)
async def test_a_refused_source_costs_its_own_part_only(
    open_lab: OpenLab, path: str, source: str, empty: str
) -> None:
    def refused(state: TenantState) -> None:
        taken_over(state)
        state.refusals.append(Refusal(service="graph", path=path, status=403))

    lab = await open_lab(change=refused)
    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [(source, "forbidden")]
    assert "UserAuthenticationMethod.Read.All" in str(answer["gaps"])
    found = as_object(answer["result"])
    assert {name for name in ("methods", "changes", "devices") if found[name] == []} == {empty}


async def test_when_nobody_tells_the_licence_the_log_is_held_for_a_short_one(
    open_lab: OpenLab,
) -> None:
    def refused(state: TenantState) -> None:
        taken_over(state)
        state.refusals.append(Refusal(path="*/organization", status=403))

    lab = await open_lab(change=refused)

    assert gaps(await answered(lab, ROUTE, OURS)) == [(AUDITS, "license")]


async def test_when_graph_throttles_everything_the_answer_is_429(
    open_lab: OpenLab, waits: list[float]
) -> None:
    refusal = Refusal(service="graph", status=429, retry_after=20)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    await answered(lab, ROUTE, OURS, status=429)

    assert waits


async def test_an_account_that_nobody_has_is_404(open_lab: OpenLab) -> None:
    lab = await open_lab()

    await answered(lab, ROUTE, {"user": "nobody@contoso.com", "around": AROUND}, status=404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "user"),
        ({"user": "$count"}, "user"),
        ({**OURS, "daysBefore": 31}, "daysBefore"),
        ({**OURS, "days": 3}, "days"),
    ],
)
async def test_bad_input_names_its_field_and_asks_nobody(
    open_lab: OpenLab, body: JsonObject, field: str
) -> None:
    lab = await open_lab()

    problem = await answered(lab, ROUTE, body, status=400)

    assert [each["field"] for each in objects(problem["errors"])] == [field]
    assert lab.state.requests == []
