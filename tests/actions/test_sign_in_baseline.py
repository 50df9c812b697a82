"""What list_sign_ins says of the weeks before, and of applications; what it can not say."""

from datetime import datetime, timedelta

import pytest
from pydantic import JsonValue

from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.signin import Location, SignIn
from sandbox.tenant.state import TenantState
from tests.labs import ANA, JOEL, OpenLab, answered, as_object, gaps, objects

NOW = datetime.fromisoformat("2026-11-18T09:58:00Z")
AROUND = "2026-11-18T09:30:00Z"
"""The log is complete until then."""
HOME = "192.0.2.24"
THIEF = "203.0.113.77"
APP = "5f1d0c2e-6a57-4f0b-9f0c-5b1e8d7a0200"
INTERACTIVE = "Graph auditLogs/signIns (interactive)"
APPLICATIONS = "Graph auditLogs/signIns (service principals)"


def by_value(usual: JsonValue) -> dict[str, JsonObject]:
    return {str(each["value"]): each for each in objects(usual)}


def by_itself(hours: float, app: str = APP) -> SignIn:
    at = NOW - timedelta(hours=hours)
    return SignIn(service_principal="Mail reader", app_id=app, at=at, ip_address=THIEF)


async def test_the_baseline_is_what_succeeded_before_the_recent_days(open_lab: OpenLab) -> None:
    lab = await open_lab()

    answer = await answered(lab, "list-sign-ins", {"user": ANA, "around": AROUND})

    result = as_object(answer["result"])
    baseline = as_object(result["baseline"])
    around = datetime.fromisoformat(AROUND)
    assert answer["complete"] is True
    assert datetime.fromisoformat(str(baseline["until"])) == around - timedelta(days=7)
    assert baseline["since"] == result["since"]
    addresses = by_value(baseline["addresses"])
    assert HOME in addresses and THIEF not in addresses
    home = addresses[HOME]
    last = datetime.fromisoformat(str(home["lastSeen"]))
    assert last < around - timedelta(days=7)
    days, count = home["days"], home["count"]
    assert isinstance(days, int) and isinstance(count, int) and 10 < days <= count
    counted = [s for s in lab.state.sign_ins if s.user == ANA and s.error_code == 0]
    within = [s for s in counted if s.at < around - timedelta(days=7)]
    assert baseline["count"] == len(within)
    hours = baseline["hours"]
    assert isinstance(hours, list) and len(hours) == 24
    assert hours[3] == 0 and sum(int(str(each)) for each in hours) > 0
    for part in ("networks", "countries", "applications", "userAgents", "clients"):
        assert objects(baseline[part]), part


async def test_what_was_only_tried_is_in_the_history_and_in_no_baseline(open_lab: OpenLab) -> None:
    def tried(state: TenantState) -> None:
        state.sign_ins += [
            SignIn(user=ANA, at=NOW - timedelta(days=day), ip_address=THIEF, error_code=50126)
            for day in range(8, 20)
        ]

    lab = await open_lab(change=tried)
    found = as_object(
        (await answered(lab, "list-sign-ins", {"user": ANA, "around": AROUND}))["result"]
    )

    assert THIEF not in by_value(as_object(found["baseline"])["addresses"])
    assert THIEF in {str(each["ipAddress"]) for each in objects(found["history"])}


async def test_the_log_keeps_thirty_days_so_an_older_alert_has_a_shorter_baseline(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()

    answer = await answered(lab, "list-sign-ins", {"user": ANA, "around": "2026-11-10T08:00:00Z"})
    baseline = as_object(as_object(answer["result"])["baseline"])
    assert answer["complete"] is True, "two weeks before it are enough"
    assert str(baseline["since"]).startswith("2026-10-19")

    answer = await answered(lab, "list-sign-ins", {"user": ANA, "around": "2026-10-31T08:00:00Z"})
    assert gaps(answer) == [(INTERACTIVE, "horizon")]


async def test_what_may_not_be_there_yet_says_until_when_the_log_is_complete(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()

    answer = await answered(lab, "list-sign-ins", {"user": JOEL, "around": "2026-11-18T10:05:00Z"})

    [gap] = objects(answer["gaps"])
    assert gap["reason"] == "lag"
    fresh = datetime.fromisoformat(str(gap["freshUntil"]))
    assert timedelta(minutes=14) < lab.clock.now() - fresh < timedelta(minutes=16)


async def test_a_log_that_cannot_be_read_leaves_no_baseline_rather_than_an_empty_one(
    open_lab: OpenLab,
) -> None:
    refusal = Refusal(service="graph", path="*/signIns", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    answer = await answered(lab, "list-sign-ins", {"user": ANA, "around": AROUND})

    assert as_object(answer["result"])["baseline"] is None
    assert {reason for _, reason in gaps(answer)} == {"forbidden"}


async def test_places_tokens_and_devices_of_a_sign_in_are_told(open_lab: OpenLab) -> None:
    def place(state: TenantState) -> None:
        state.sign_ins.append(
            SignIn(
                user=ANA,
                at=NOW - timedelta(minutes=30),
                ip_address="198.51.100.9",
                location=Location(city="Lagos", latitude=6.45, longitude=3.39),
                unique_token_identifier="uti-1",
                incoming_token_type="primaryRefreshToken",
                original_transfer_method="deviceCodeFlow",
            )
        )

    lab = await open_lab(change=place)
    found = as_object(
        (await answered(lab, "list-sign-ins", {"user": ANA, "around": AROUND}))["result"]
    )

    [entry] = [s for s in objects(found["signIns"]) if s["ipAddress"] == "198.51.100.9"]
    assert (entry["latitude"], entry["longitude"], entry["tokenId"]) == (6.45, 3.39, "uti-1")
    assert entry["incomingToken"] == "primaryRefreshToken"
    assert entry["transferMethod"] == "deviceCodeFlow"


async def test_applications_are_listed_as_themselves_where_the_caller_names_them(
    open_lab: OpenLab,
) -> None:
    other = "00000000-0000-4000-8000-000000000099"
    entries = [by_itself(1), by_itself(5), by_itself(2, other)]
    lab = await open_lab(change=lambda state: state.sign_ins.extend(entries))
    asked: JsonObject = {"user": ANA, "around": AROUND}

    found = as_object((await answered(lab, "list-sign-ins", asked))["result"])
    assert found["applicationSignIns"] == []

    found = as_object(
        (await answered(lab, "list-sign-ins", {**asked, "applications": [APP]}))["result"]
    )
    listed = objects(found["applicationSignIns"])
    assert [each["applicationId"] for each in listed] == [APP, APP]
    times = [str(each["at"]) for each in listed]
    assert times == sorted(times, reverse=True)
    assert {str(each["servicePrincipal"]) for each in listed} == {"Mail reader"}
    assert all(
        each["ipAddress"] != THIEF or each["userPrincipalName"]
        for each in objects(found["signIns"])
    )


async def test_the_applications_log_may_be_refused_alone(open_lab: OpenLab) -> None:
    # It is asked while the account is still being looked up.
    refusal = Refusal(path="*/signIns", status=403, times=1)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))
    body: JsonObject = {"user": ANA, "around": AROUND, "applications": [APP]}

    answer = await answered(lab, "list-sign-ins", body)

    assert gaps(answer) == [(APPLICATIONS, "forbidden")]
    assert as_object(answer["result"])["baseline"] is not None


@pytest.mark.parametrize("value", [["Mail reader"], ["x' or appId ne 'y"], APP, [APP] * 21])
async def test_an_application_is_named_by_its_id(open_lab: OpenLab, value: JsonValue) -> None:
    lab = await open_lab()
    body: JsonObject = {"user": ANA, "applications": value}

    problem = await answered(lab, "list-sign-ins", body, status=400)

    assert all(str(each["field"]).startswith("applications") for each in objects(problem["errors"]))
    assert lab.state.count() == 0
