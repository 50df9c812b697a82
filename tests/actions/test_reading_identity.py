"""Sign-ins, risk and hunts, with what they cannot show."""

from datetime import datetime, timedelta

import pytest
from pydantic import JsonValue

from microsoft365.kql import hunts
from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.signin import SignIn
from sandbox.tenant.state import TenantState
from tests.labs import ANA, ANA_ID, AROUND, JOEL, OpenLab, answered, as_object, gaps, objects

THIEF = "203.0.113.77"
INTERACTIVE = "Graph auditLogs/signIns (interactive)"
NON_INTERACTIVE = "Graph auditLogs/signIns (non-interactive)"


def at(moment: JsonValue) -> datetime:
    return datetime.fromisoformat(str(moment))


async def test_sign_ins_of_people_and_of_their_tokens_are_both_listed(open_lab: OpenLab) -> None:
    lab = await open_lab()

    answer = await answered(lab, "list-sign-ins", {"user": ANA, "around": "2026-11-18T09:30:00Z"})

    found = as_object(answer["result"])
    listed = objects(found["signIns"])
    assert answer["complete"] is True
    of_thief = [each for each in listed if each["ipAddress"] == THIEF]
    assert sorted(bool(each["interactive"]) for each in of_thief) == [False, False, True]
    session = "00ab9d1e-2c7f-4f86-b5d4-8d0a7c7e4f12"
    assert [each["sessionId"] for each in of_thief] == [session] * 3
    times = [at(each["at"]) for each in listed]
    assert times == sorted(times, reverse=True)
    assert min(times) >= at(AROUND) - timedelta(days=7)
    history = {str(each["ipAddress"]): each for each in objects(found["history"])}
    assert history[THIEF]["successes"] == 3
    assert at(history["192.0.2.24"]["firstSeen"]) < at(AROUND) - timedelta(days=20)
    assert all(each["userPrincipalName"] == ANA for each in listed)


async def test_without_entra_p1_the_sign_ins_are_a_gap_that_names_the_licence(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=lambda state: state.licences.clear())

    answer = await answered(lab, "list-sign-ins", {"user": ANA, "around": AROUND})

    assert sorted(gaps(answer)) == [(INTERACTIVE, "license"), (NON_INTERACTIVE, "license")]
    assert as_object(answer["result"])["signIns"] == []
    assert all("Microsoft Entra ID P1" in str(gap["detail"]) for gap in objects(answer["gaps"]))


async def test_what_the_log_no_longer_holds_is_a_gap(open_lab: OpenLab) -> None:
    lab = await open_lab()

    body: JsonObject = {"user": ANA, "around": "2026-11-01T08:00:00Z"}
    answer = await answered(lab, "list-sign-ins", body)

    assert gaps(answer) == [(INTERACTIVE, "horizon")]
    assert "2026-10-19" in str(answer["gaps"])


async def test_what_the_log_does_not_hold_yet_is_a_gap(open_lab: OpenLab) -> None:
    lab = await open_lab()

    quiet: JsonObject = {"user": JOEL, "around": "2026-11-18T10:05:00Z"}
    answer = await answered(lab, "list-sign-ins", quiet)

    assert gaps(answer) == [(INTERACTIVE, "lag")]


async def test_a_log_that_is_too_long_says_how_far_back_it_was_read(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microsoft365.sign_ins.MOST_ITEMS", 1000)

    def busy(state: TenantState) -> None:
        end = datetime.fromisoformat("2026-11-18T09:50:00Z")
        state.sign_ins += [
            SignIn(user=ANA, at=end - timedelta(minutes=minute), ip_address="192.0.2.24")
            for minute in range(1200)
        ]

    lab = await open_lab(change=busy)
    answer = await answered(lab, "list-sign-ins", {"user": ANA, "around": AROUND})

    assert (INTERACTIVE, "truncated") in gaps(answer)
    assert "only the newest 1000 were read, back to 2026-11-1" in str(answer["gaps"])


async def test_what_was_not_read_of_one_kind_is_in_no_baseline(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microsoft365.sign_ins.MOST_ITEMS", 1000)
    newest = at("2026-11-18T09:20:00Z")
    oldest_read = newest - timedelta(minutes=23 * 999)

    def busy(state: TenantState) -> None:
        state.sign_ins = [
            SignIn(
                user=ANA,
                at=newest - timedelta(minutes=23 * number),
                ip_address="192.0.2.24",
                interactive=False,
            )
            for number in range(1500)
        ]
        state.sign_ins.append(SignIn(user=ANA, at=newest - timedelta(days=20), ip_address=THIEF))

    lab = await open_lab(change=busy)
    body: JsonObject = {"user": ANA, "around": "2026-11-18T09:30:00Z"}
    answer = await answered(lab, "list-sign-ins", body)

    # The newest thousand reach back for 16 days: further than a baseline needs, so no gap.
    assert gaps(answer) == []
    found = as_object(answer["result"])
    baseline = as_object(found["baseline"])
    assert at(found["since"]) == at(baseline["since"]) == oldest_read
    assert [each["value"] for each in objects(baseline["addresses"])] == ["192.0.2.24"]
    assert THIEF in {str(each["ipAddress"]) for each in objects(found["history"])}


async def test_risk_is_told_with_its_reasons(open_lab: OpenLab) -> None:
    lab = await open_lab()

    answer = await answered(lab, "get-user-risk", {"user": ANA, "around": AROUND})

    risk = as_object(answer["result"])
    assert (risk["level"], risk["state"], answer["complete"]) == ("medium", "atRisk", True)
    assert [each["type"] for each in objects(risk["detections"])] == ["anomalousToken"]


async def test_nothing_on_record_is_no_risk(open_lab: OpenLab) -> None:
    lab = await open_lab()

    answer = await answered(lab, "get-user-risk", {"user": JOEL, "around": AROUND})

    risk = as_object(answer["result"])
    assert (risk["level"], risk["state"], risk["detections"]) == ("none", "none", [])
    assert answer["complete"] is True


async def test_without_entra_p2_the_risk_is_unknown_and_not_none(open_lab: OpenLab) -> None:
    lab = await open_lab(change=lambda state: state.licences.remove("AAD_PREMIUM_P2"))

    answer = await answered(lab, "get-user-risk", {"user": ANA, "around": AROUND})

    assert as_object(answer["result"])["level"] == "unknown"
    assert {source for source, _ in gaps(answer)} == {
        "Graph identityProtection/riskyUsers",
        "Graph identityProtection/riskDetections",
    }
    assert all("Microsoft Entra ID P2" in str(gap["detail"]) for gap in objects(answer["gaps"]))


HUNT: JsonObject = {
    "hunt": "message_urls",
    "arguments": {"message_ids": ["5d2a2c7e-6f1b-4c43-7a51-08dd07c8b203"]},
    "around": AROUND,
}


MESSAGE_URLS = "Hunt message_urls (EmailUrlInfo)"


async def test_a_hunt_finds_its_rows_and_says_what_cut_them(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await open_lab()

    answer = await answered(lab, "run-hunt", HUNT)
    found = as_object(answer["result"])
    assert answer["complete"] is True
    assert [row["Url"] for row in objects(found["rows"])] == [
        "https://portal.fabrikam.example/deposits/884"
    ]
    assert {str(column["name"]) for column in objects(found["columns"])} >= {"Url"}

    beyond_30_days: JsonObject = {**HUNT, "daysBefore": 30, "around": "2026-11-10T00:00:00Z"}
    answer = await answered(lab, "run-hunt", beyond_30_days)
    assert gaps(answer) == [(MESSAGE_URLS, "horizon")]
    assert "2026-10-19" in str(answer["gaps"])

    monkeypatch.setattr("microsoft365.hunting.ROW_LIMIT", 1)
    answer = await answered(lab, "run-hunt", HUNT)
    assert gaps(answer) == [(MESSAGE_URLS, "truncated")]


async def test_a_hunt_that_cuts_its_own_answer_says_so(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = hunts()["auto_forwarded_messages"]
    assert "| top 10000 by" in report.body
    lab = await open_lab()
    body: JsonObject = {
        "hunt": report.name,
        "arguments": {"accepted_domains": ["contoso.com"]},
        "around": AROUND,
    }
    answer = await answered(lab, "run-hunt", body)
    assert (gaps(answer), len(objects(as_object(answer["result"])["rows"]))) == ([], 1)

    shorter = report.model_copy(update={"body": report.body.replace("top 10000", "top 1")})
    monkeypatch.setattr("actions.run_hunt.hunts", lambda: {report.name: shorter})
    answer = await answered(lab, "run-hunt", body)
    assert [reason for _, reason in gaps(answer)] == ["truncated"]
    assert "cut at 1 rows" in str(answer["gaps"])


async def test_an_unknown_hunt_or_argument_is_an_error_that_names_it(open_lab: OpenLab) -> None:
    lab = await open_lab()
    cases: list[tuple[JsonObject, str, str]] = [
        ({**HUNT, "hunt": "no_such_hunt"}, "hunt", "message_urls"),
        ({**HUNT, "hunt": "../settings"}, "hunt", "must be one of"),
        ({**HUNT, "arguments": {"message_ids": ["a"], "mesage": 1}}, "arguments.mesage", "not a"),
        ({**HUNT, "arguments": {}}, "arguments.message_ids", ""),
        ({**HUNT, "arguments": {"message_ids": 7}}, "arguments.message_ids", ""),
        ({**HUNT, "daysBefore": 31}, "daysBefore", "30"),
        ({**HUNT, "arguments": [1]}, "arguments", "JSON object"),
    ]

    for body, field, says in cases:
        problem = await answered(lab, "run-hunt", body, status=400)
        [error] = objects(problem["errors"])
        assert error["field"] == field
        assert says in str(error["message"])

    assert lab.state.requests == []


async def test_a_table_that_the_tenant_does_not_have_is_a_gap(open_lab: OpenLab) -> None:
    def without_urls(state: TenantState) -> None:
        del state.hunting["EmailUrlInfo"]

    lab = await open_lab(change=without_urls)

    answer = await answered(lab, "run-hunt", HUNT)

    assert gaps(answer) == [(MESSAGE_URLS, "unavailable")]
    assert "EmailUrlInfo" in str(answer["gaps"])
    assert as_object(answer["result"])["rows"] == []


async def test_a_hunt_that_finds_nothing_new_says_until_when_the_table_is_fresh(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    nothing: JsonObject = {**HUNT, "arguments": {"message_ids": ["no such message"]}}

    fresh = await answered(lab, "run-hunt", {**nothing, "around": "2026-11-18T10:00:00Z"})
    assert gaps(fresh) == [(MESSAGE_URLS, "lag")]
    old = await answered(lab, "run-hunt", {**nothing, "around": "2026-11-18T08:00:00Z"})
    assert gaps(old) == []


async def test_a_read_that_runs_into_its_deadline_says_so(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.http._DEADLINE", 0.3)

    def slow(state: TenantState) -> None:
        state.latency = 0.5

    lab = await open_lab(change=slow)
    answer = await answered(lab, "run-hunt", HUNT)

    assert gaps(answer) == [(MESSAGE_URLS, "timeout")]


async def test_a_user_may_be_named_by_id(open_lab: OpenLab) -> None:
    refusal = Refusal(service="graph", path="*/signIns", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    answer = await answered(lab, "list-sign-ins", {"user": ANA_ID, "around": AROUND})

    assert as_object(answer["result"])["user"] == ANA
    assert sorted(gaps(answer)) == [(INTERACTIVE, "forbidden"), (NON_INTERACTIVE, "forbidden")]
    assert all("AuditLog.Read.All" in str(gap["detail"]) for gap in objects(answer["gaps"]))


async def test_detections_that_are_no_longer_kept_are_a_gap(open_lab: OpenLab) -> None:
    lab = await open_lab()
    source = "Graph identityProtection/riskDetections"

    for around, missing in (("2026-11-17T08:00:00Z", []), ("2026-10-01T08:00:00Z", [source])):
        answer = await answered(lab, "get-user-risk", {"user": ANA, "around": around})
        assert [name for name, reason in gaps(answer) if reason == "horizon"] == missing


READS: list[tuple[str, JsonObject]] = [
    ("list-inbox-rules", {"mailbox": ANA}),
    ("list-sweep-rules", {"mailbox": ANA}),
    ("get-mailbox-forwarding", {"mailbox": ANA}),
    ("list-transport-rules", {}),
    ("get-organization", {}),
    ("list-sign-ins", {"user": ANA}),
    ("get-user-risk", {"user": ANA}),
    ("run-hunt", HUNT),
]


@pytest.mark.parametrize(("route", "body"), READS, ids=[route for route, _ in READS])
async def test_the_moment_in_question_may_be_any_that_a_log_can_be_asked_about(
    open_lab: OpenLab, route: str, body: JsonObject
) -> None:
    lab = await open_lab()

    for around in ("2000-01-01T00:00:00Z", "2100-12-31T23:59:59+14:00"):
        await answered(lab, route, {**body, "around": around})
    for around in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"):
        problem = await answered(lab, route, {**body, "around": around}, status=400)
        assert [each["field"] for each in objects(problem["errors"])] == ["around"]


async def test_a_moment_in_another_zone_is_answered_in_utc(open_lab: OpenLab) -> None:
    lab = await open_lab()

    answer = await answered(
        lab, "list-sign-ins", {"user": ANA, "around": "2026-11-18T10:30:00+01:00"}
    )

    assert as_object(answer["result"])["until"] == "2026-11-19T09:30:00Z"


@pytest.mark.parametrize("subject", ["delta", "$count", "ana.bowman", "../users"])
async def test_what_names_no_account_never_becomes_a_part_of_graphs_paths(
    open_lab: OpenLab, subject: str
) -> None:
    lab = await open_lab()

    problem = await answered(lab, "list-sign-ins", {"user": subject}, status=400)

    assert [each["field"] for each in objects(problem["errors"])] == ["user"]
    assert lab.state.count() == 0
