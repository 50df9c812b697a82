"""find_forwarders: who else forwards to the same recipients, or was set to from one address."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import ANA, ANA_ID, AROUND, JOEL, MIRA, OpenLab, answered, as_object, gaps, objects

DROP = "accounts.fabrikam@mail.example"
THIEF = "203.0.113.77"
FLOW = "Hunt who_forwarded_to (EmailEvents)"
SET_UP = "Hunt who_set_forwarding_to (CloudAppEvents)"
RECIPIENT = "Exchange Get-Recipient"


def rule_event(operation: str, actor: str, ip: str = THIEF, **record: JsonValue) -> JsonObject:
    return {
        "Timestamp": "2026-11-18T08:10:00Z",
        "ActionType": operation,
        "RawEventData": {
            "CreationTime": "2026-11-18T08:10:00",
            "Operation": operation,
            "UserId": actor,
            "ClientIP": ip,
            **record,
        },
    }


def with_events(*events: JsonObject) -> Callable[[TenantState], None]:
    def change(state: TenantState) -> None:
        state.hunting["CloudAppEvents"] = [*state.hunting["CloudAppEvents"], *events]

    return change


def found(answer: JsonObject) -> dict[str, JsonObject]:
    listed = objects(as_object(answer["result"])["forwarders"])
    return {str(each["mailbox"]): each for each in listed}


async def test_mail_flow_and_audit_events_make_one_forwarder(open_lab: OpenLab) -> None:
    lab = await open_lab()
    body: JsonObject = {"recipients": [DROP.upper()], "ipAddresses": [THIEF], "around": AROUND}
    answer = await answered(lab, "find-forwarders", body)
    (ana,) = found(answer).values()
    assert answer["complete"] is True
    assert (ana["mailbox"], ana["objectId"], ana["messages"]) == (ANA, ANA_ID, 3)
    assert ana["ways"] == ["mailFlow", "inboxRule"]
    assert ana["ipAddresses"] == [THIEF]
    assert "." in str(ana["rules"])
    assert str(ana["firstSeen"]) < str(ana["lastSeen"])


async def test_others_are_found_by_the_address_from_which_their_rules_were_made(
    open_lab: OpenLab,
) -> None:
    by_thief = rule_event("UpdateInboxRules", JOEL, f"[::ffff:{THIEF}]:443", MailboxOwnerUPN=JOEL)
    elsewhere = rule_event("New-InboxRule", MIRA, "198.51.100.9")
    lab = await open_lab(change=with_events(by_thief, elsewhere))
    body: JsonObject = {"ipAddresses": [f"{THIEF}:51234"], "around": AROUND}
    answer = await answered(lab, "find-forwarders", body)
    assert set(found(answer)) == {ANA, JOEL}
    assert lab.state.count("runHuntingQuery") == 1


async def test_a_mailbox_named_by_its_alias_is_told_by_its_address(open_lab: OpenLab) -> None:
    set_by_admin = rule_event(
        "Set-Mailbox",
        MIRA,
        "192.0.2.24",
        ObjectId="NAMPR01/Hosted/contoso.onmicrosoft.com/joel.lindqvist",
        Parameters=[{"Name": "ForwardingSmtpAddress", "Value": f"smtp:{DROP}"}],
    )
    lab = await open_lab(change=with_events(set_by_admin))
    answer = await answered(lab, "find-forwarders", {"recipients": [DROP], "around": AROUND})
    joel = found(answer)[JOEL]
    assert (joel["ways"], joel["setUpBy"]) == (["mailboxForwarding"], [MIRA])
    assert answer["complete"] is True


async def test_a_mailbox_whose_name_leads_nowhere_is_listed_and_a_gap(open_lab: OpenLab) -> None:
    gone = rule_event("New-InboxRule", MIRA, ObjectId="NAMPR01/contoso/gone.person\\.")
    lab = await open_lab(change=with_events(gone))
    answer = await answered(lab, "find-forwarders", {"ipAddresses": [THIEF], "around": AROUND})
    assert "gone.person" in found(answer)
    assert gaps(answer) == [(RECIPIENT, "unresolved")]


@pytest.mark.parametrize(("refused", "left"), [("EmailEvents", SET_UP), ("CloudAppEvents", FLOW)])
async def test_each_source_costs_its_own_answer_only(
    open_lab: OpenLab, refused: str, left: str
) -> None:
    def without(state: TenantState) -> None:
        del state.hunting[refused]

    lab = await open_lab(change=without)
    answer = await answered(lab, "find-forwarders", {"recipients": [DROP], "around": AROUND})
    (gap,) = gaps(answer)
    assert gap[1] == "unavailable"
    assert gap[0] in {FLOW, SET_UP} - {left}
    assert set(found(answer)) == {ANA}


async def test_a_refusal_of_hunting_is_two_gaps_and_nobody_is_acquitted(open_lab: OpenLab) -> None:
    refusal = Refusal(service="graph", path="*runHuntingQuery", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))
    answer = await answered(lab, "find-forwarders", {"recipients": [DROP], "around": AROUND})
    assert sorted(gaps(answer)) == [(FLOW, "forbidden"), (SET_UP, "forbidden")]
    assert answer["complete"] is False


async def test_silence_about_the_last_hour_is_a_lag(open_lab: OpenLab) -> None:
    lab = await open_lab()
    body: JsonObject = {"recipients": ["nobody@elsewhere.example"], "around": AROUND}
    answer = await answered(lab, "find-forwarders", body)
    assert sorted(gaps(answer)) == [(FLOW, "lag"), (SET_UP, "lag")]
    assert all(gap["freshUntil"] for gap in objects(answer["gaps"]))
    quiet = {**body, "around": "2026-11-18T06:00:00Z"}
    assert gaps(await answered(lab, "find-forwarders", quiet)) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "recipients"),
        ({"recipients": ["nobody"]}, "recipients.0"),
        ({"recipients": ['"]) | take 9 //']}, "recipients.0"),
        ({"recipients": ["A <a@b.example>"]}, "recipients.0"),
        ({"recipients": [f"r{n}@a.example" for n in range(101)]}, "recipients"),
        ({"ipAddresses": ["not one"]}, "ipAddresses.0"),
        ({"ipAddresses": ["203.0.113.0/24"]}, "ipAddresses.0"),
        ({"recipients": [DROP], "daysBefore": 31}, "daysBefore"),
    ],
)
async def test_a_wrong_request_is_one_clear_error(
    open_lab: OpenLab, body: JsonObject, field: str
) -> None:
    lab = await open_lab()
    problem = await answered(lab, "find-forwarders", {**body, "around": AROUND}, status=400)
    assert [error["field"] for error in objects(problem["errors"])] == [field]
    assert lab.state.requests == []
