"""trace_messages: mail flow by Exchange's own record, and why mail was refused."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pydantic import JsonValue

from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from sandbox.tenant.tracing import FORWARDING_REFUSED, TracedMessage, TraceStatus
from tests.labs import ANA, ANA_ID, AROUND, JOEL, OpenLab, answered, as_object, gaps, objects

DROP = "accounts.fabrikam@mail.example"
SOURCE = "Graph admin/exchange/tracing/messageTraces"
DETAILS = "Graph exchangeMessageTrace: getDetailsByRecipient"
MOMENT = datetime.fromisoformat(AROUND)
EARLIER = (MOMENT - timedelta(hours=12)).isoformat()
"""So long before the tenant's now that all of its mail is traced."""


def traced(
    number: int,
    sender: str = ANA,
    *,
    recipient: str = DROP,
    before: timedelta = timedelta(days=1),
    status: TraceStatus = "delivered",
) -> TracedMessage:
    at = MOMENT - before - timedelta(seconds=number)
    reason = FORWARDING_REFUSED if status == "failed" else ""
    return TracedMessage(
        at=at, id=f"t{number}", sender=sender, recipient=recipient, status=status, reason=reason
    )


def only(*found: TracedMessage) -> Callable[[TenantState], None]:
    def change(state: TenantState) -> None:
        state.hunting["EmailEvents"] = []
        state.message_traces = [*found]

    return change


def messages(answer: JsonObject) -> list[JsonObject]:
    return objects(as_object(answer["result"])["messages"])


@pytest.mark.parametrize("sender", [ANA, ANA_ID, ANA.upper()])
async def test_mail_of_a_sender_newest_first(open_lab: OpenLab, sender: str) -> None:
    lab = await open_lab()
    answer = await answered(lab, "trace-messages", {"senders": [sender], "around": AROUND})
    found = messages(answer)
    assert answer["complete"] is True
    assert [each["recipient"] for each in found] == [DROP, DROP, DROP, "orders@fabrikam.example"]
    times = [str(each["at"]) for each in found]
    assert times == sorted(times, reverse=True)


def alias(state: TenantState, *aliases: str) -> None:
    ana = next(each for each in state.users if each.user_principal_name == ANA)
    ana.proxy_addresses += [f"smtp:{each}" for each in aliases]


async def test_mail_sent_from_an_alias_is_the_senders_too(open_lab: OpenLab) -> None:
    def change(state: TenantState) -> None:
        only(traced(1, "ana@contoso.com"), traced(2), traced(3, JOEL))(state)
        alias(state, "ana@contoso.com")

    lab = await open_lab(change=change)
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": EARLIER})
    assert [each["id"] for each in messages(answer)] == ["t1", "t2"]
    assert answer["complete"] is True


async def test_addresses_beyond_ten_are_a_gap_and_everybodys_own_comes_first(
    open_lab: OpenLab,
) -> None:
    def change(state: TenantState) -> None:
        only(traced(1), traced(2, JOEL))(state)
        alias(state, *(f"ana{number}@contoso.com" for number in range(10)))

    lab = await open_lab(change=change)
    answer = await answered(lab, "trace-messages", {"senders": [ANA, JOEL], "around": EARLIER})
    assert [each["id"] for each in messages(answer)] == ["t1", "t2"]
    assert gaps(answer) == [(SOURCE, "notAsked")]
    assert "ana9@contoso.com" in str(answer["gaps"])


async def test_refused_forwarding_is_told_with_its_reason(open_lab: OpenLab) -> None:
    lab = await open_lab(change=only(traced(1, status="failed"), traced(2)))
    answer = await answered(lab, "trace-messages", {"recipients": [DROP], "around": AROUND})
    failed, delivered = messages(answer)
    assert str(failed["refusal"]).startswith("550 5.7.520 Access denied")
    assert (delivered["status"], delivered["refusal"]) == ("delivered", "")


async def test_redirected_mail_is_its_forwarders_when_asked_by_both(open_lab: OpenLab) -> None:
    rewritten = "ana.bowman+SRS=44ldt=IX=supplier.example=author@contoso.com"
    lab = await open_lab(change=only(traced(1, rewritten), traced(2), traced(3, JOEL)))
    body: JsonObject = {"senders": [ANA], "recipients": [DROP], "around": AROUND}
    answer = await answered(lab, "trace-messages", body)
    assert [each["id"] for each in messages(answer)] == ["t1", "t2"]


async def test_more_than_ten_days_are_asked_for_in_parts_and_nothing_is_lost(
    open_lab: OpenLab,
) -> None:
    days = [0.01, 9.9, 10.1, 29, 44]
    found = [traced(n, before=timedelta(days=day)) for n, day in enumerate(days)]
    lab = await open_lab(change=only(*found))
    body: JsonObject = {"recipients": [DROP], "around": AROUND, "daysBefore": 45}
    answer = await answered(lab, "trace-messages", body)
    assert [each["id"] for each in messages(answer)] == ["t0", "t1", "t2", "t3", "t4"]
    assert answer["complete"] is True
    assert lab.state.count("messageTraces", status=200) == 6


async def test_pages_are_followed_to_the_end(open_lab: OpenLab) -> None:
    lab = await open_lab(change=only(*(traced(number) for number in range(2500))))
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": EARLIER})
    assert len(messages(answer)) == 2500
    assert answer["complete"] is True


async def test_a_listing_that_is_too_long_is_cut_and_says_so(open_lab: OpenLab) -> None:
    lab = await open_lab(change=only(*(traced(number) for number in range(5200))))
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": EARLIER})
    assert len(messages(answer)) == 5000
    assert gaps(answer) == [(SOURCE, "truncated")]


async def test_beyond_90_days_nothing_is_kept_and_the_answer_says_so(open_lab: OpenLab) -> None:
    lab = await open_lab(change=only(traced(1)))
    around = (MOMENT - timedelta(days=20)).isoformat()
    body: JsonObject = {"senders": [ANA], "around": around, "daysBefore": 90, "daysAfter": 30}
    answer = await answered(lab, "trace-messages", body)
    assert gaps(answer) == [(SOURCE, "horizon")]
    assert [each["id"] for each in messages(answer)] == ["t1"]


async def test_a_moment_before_all_that_is_kept_is_a_gap(open_lab: OpenLab) -> None:
    lab = await open_lab()
    for side in ("senders", "recipients"):
        asked: JsonObject = {side: [ANA], "around": "2026-01-01T00:00:00Z"}
        answer = await answered(lab, "trace-messages", asked)
        assert messages(answer) == []
        assert {reason for _, reason in gaps(answer)} <= {"horizon", "unavailable"}
        assert gaps(answer)


async def test_silence_about_the_last_minutes_is_a_lag(open_lab: OpenLab) -> None:
    lab = await open_lab()
    nobody: JsonObject = {"recipients": ["nobody@elsewhere.example"]}
    fresh = await answered(lab, "trace-messages", {**nobody, "around": AROUND})
    assert gaps(fresh) == [(SOURCE, "lag")]
    assert "freshUntil" in str(fresh["gaps"])
    old = await answered(lab, "trace-messages", {**nobody, "around": "2026-11-18T07:00:00Z"})
    assert (gaps(old), messages(old)) == ([], [])


async def test_older_mail_does_not_show_that_the_newest_has_been_traced(open_lab: OpenLab) -> None:
    lab = await open_lab(change=only(traced(1)))
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": AROUND})
    assert [each["id"] for each in messages(answer)] == ["t1"]
    assert gaps(answer) == [(SOURCE, "lag")]
    # What has just been traced does.
    just_now = traced(2, before=timedelta())
    lab = await open_lab(change=only(just_now, traced(1)))
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": AROUND})
    assert gaps(answer) == []


async def test_a_trace_that_answers_404_is_a_gap(open_lab: OpenLab) -> None:
    refusal = Refusal(service="graph", path="*/messageTraces", status=404)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": EARLIER})
    assert gaps(answer) == [(SOURCE, "notFound")]


async def test_a_refusal_names_what_to_grant(open_lab: OpenLab) -> None:
    refusal = Refusal(service="graph", path="*/messageTraces", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": AROUND})
    assert gaps(answer) == [(SOURCE, "forbidden")]
    assert "ExchangeMessageTrace.Read.All" in str(answer["gaps"])
    assert "Global Reader" in str(answer["gaps"])
    assert "8bd644d1-64a1-4d4b-ae52-2e0cbf64e373" in str(answer["gaps"])
    assert messages(answer) == []


async def test_a_tenant_without_message_trace_is_no_tenant_without_mail(open_lab: OpenLab) -> None:
    def without(state: TenantState) -> None:
        del state.hunting["EmailEvents"]

    lab = await open_lab(change=without)
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": AROUND})
    assert gaps(answer) == [(SOURCE, "forbidden")]


async def test_what_came_before_a_later_refusal_is_kept(open_lab: OpenLab) -> None:
    refusal = Refusal(service="graph", path="*/messageTraces", status=403, after=2)
    change = only(traced(1), traced(2, before=timedelta(days=25)))

    def refused(state: TenantState) -> None:
        change(state)
        state.refusals.append(refusal)

    lab = await open_lab(change=refused)
    body: JsonObject = {"senders": [ANA], "around": EARLIER, "daysBefore": 30}
    answer = await answered(lab, "trace-messages", body)
    assert [each["id"] for each in messages(answer)] == ["t1"]
    assert gaps(answer) == [(SOURCE, "forbidden")]


async def test_only_the_newest_failed_messages_are_looked_into(open_lab: OpenLab) -> None:
    lab = await open_lab(change=only(*(traced(n, status="failed") for n in range(25))))
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": EARLIER})
    assert [bool(each["refusal"]) for each in messages(answer)] == [True] * 20 + [False] * 5
    assert gaps(answer) == [(DETAILS, "truncated")]


async def test_details_that_are_refused_leave_the_messages(open_lab: OpenLab) -> None:
    change = only(traced(1, status="failed"))
    refusal = Refusal(service="graph", path="*getDetailsByRecipient*", status=404)

    def refused(state: TenantState) -> None:
        change(state)
        state.refusals.append(refusal)

    lab = await open_lab(change=refused)
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": EARLIER})
    assert gaps(answer) == [(DETAILS, "notFound")]
    assert [each["status"] for each in messages(answer)] == ["failed"]


async def test_throttling_is_waited_out(open_lab: OpenLab) -> None:
    refusal = Refusal(service="graph", path="*/messageTraces", status=429, times=1, retry_after=0)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))
    answer = await answered(lab, "trace-messages", {"senders": [ANA], "around": AROUND})
    assert answer["complete"] is True
    assert len(messages(answer)) == 4


async def test_an_address_is_never_a_part_of_the_filter(open_lab: OpenLab) -> None:
    brien = "o'brien@mail.example"
    lab = await open_lab(change=only(traced(1, recipient=brien, status="failed"), traced(2)))
    answer = await answered(lab, "trace-messages", {"recipients": [brien], "around": AROUND})
    (found,) = messages(answer)
    assert (found["recipient"], "5.7.520" in str(found["refusal"])) == (brien, True)
    hostile = "x' or recipientAddress ne 'y@z.example"
    answer = await answered(lab, "trace-messages", {"recipients": [hostile], "around": AROUND})
    assert messages(answer) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "senders"),
        ({"senders": [], "recipients": []}, "senders"),
        ({"senders": ["nobody"]}, "senders.0"),
        ({"recipients": [f"r{n}@a.example" for n in range(11)]}, "recipients"),
        ({"senders": [ANA], "daysBefore": 91}, "daysBefore"),
    ],
)
async def test_a_wrong_request_is_one_clear_error(
    open_lab: OpenLab, body: JsonObject, field: str
) -> None:
    lab = await open_lab()
    problem = await answered(lab, "trace-messages", {**body, "around": AROUND}, status=400)
    assert [error["field"] for error in objects(problem["errors"])] == [field]
    assert lab.state.requests == []


async def test_an_object_id_that_is_nobodys_is_not_found(open_lab: OpenLab) -> None:
    lab = await open_lab()
    nobody: JsonValue = ["00000000-0000-4000-8000-000000000000"]
    await answered(lab, "trace-messages", {"senders": nobody, "around": AROUND}, status=404)
