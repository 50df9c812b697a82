"""get_message: what a message was and what became of it, and what of that could not be seen."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import JsonValue

from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import ANA, AROUND, OpenLab, answered, as_object, gaps, objects

FIRST = "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b201"
THIRD = "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b203"
THIRD_BY_NAME = "DB8PR04MB6875A3@DB8PR04MB6875.eurprd04.prod.outlook.com"
DROP = "accounts.fabrikam@mail.example"
ANALYZED = "Graph security/collaboration/analyzedEmails"
LATER = "2026-11-18T08:00:00Z"
"""So long before the tenant's now that every table has arrived."""


def asked(*ids: str, around: str = LATER, **more: JsonValue) -> JsonObject:
    return {"messageIds": [*ids], "around": around, **more}


def later(state: TenantState) -> None:
    """The rows of the scenario's mail, half a day earlier, so that nothing is late."""
    for table in ("EmailEvents", "EmailAttachmentInfo", "EmailUrlInfo"):
        state.hunting[table] = [
            {**row, "Timestamp": f"2026-11-17T{str(row['Timestamp'])[11:]}"}
            for row in state.hunting[table]
        ]


def with_rows(table: str, *rows: JsonObject) -> Callable[[TenantState], None]:
    def change(state: TenantState) -> None:
        later(state)
        state.hunting[table] = [*state.hunting[table], *rows]

    return change


async def test_a_message_is_told_with_its_copies_files_and_addresses(open_lab: OpenLab) -> None:
    lab = await open_lab(change=later)

    answer = await answered(lab, "get-message", asked(FIRST, f"<{THIRD_BY_NAME}>"))

    assert (answer["complete"], gaps(answer)) == (True, [])
    told = {str(each["networkMessageId"]): each for each in messages(answer)}
    first, third = told[FIRST], told[THIRD]
    assert first["subject"] == "FW: Invoice 20417 and new bank details"
    assert first["returnPath"] == ANA
    (copy,) = objects(first["copies"])
    assert (copy["recipient"], copy["delivered"], copy["direction"]) == (DROP, True, "Outbound")
    assert "InboxRule" in str(copy["forwarding"])
    assert [each["name"] for each in objects(first["attachments"])] == ["Invoice-20417.pdf"]
    assert [each["url"] for each in objects(third["urls"])] == [
        "https://portal.fabrikam.example/deposits/884"
    ]
    assert (first["urls"], third["attachments"], first["similar"]) == ([], [], 0)


@pytest.mark.parametrize("written", [THIRD, THIRD.upper(), THIRD_BY_NAME, f"<{THIRD_BY_NAME}>"])
async def test_a_message_may_be_named_by_either_id(open_lab: OpenLab, written: str) -> None:
    lab = await open_lab(change=later)
    answer = await answered(lab, "get-message", asked(written))
    assert [each["networkMessageId"] for each in messages(answer)] == [THIRD]
    assert answer["complete"] is True


async def test_what_was_done_with_it_in_mailboxes_is_told_by_whom_and_from_where(
    open_lab: OpenLab,
) -> None:
    deleted: JsonObject = {
        "Timestamp": "2026-11-17T10:00:00Z",
        "ActionType": "HardDelete",
        "RawEventData": {
            "Operation": "HardDelete",
            "UserId": ANA,
            "MailboxOwnerUPN": ANA,
            "ClientIPAddress": "203.0.113.77",
            "AffectedItems": [{"InternetMessageId": f"<{THIRD_BY_NAME}>"}],
        },
    }
    lab = await open_lab(change=with_rows("CloudAppEvents", deleted))
    (message,) = messages(await answered(lab, "get-message", asked(THIRD)))
    (event,) = objects(message["events"])
    assert (event["action"], event["by"], event["inMailbox"]) == ("HardDelete", ANA, True)
    assert event["ipAddress"] == "203.0.113.77"


async def test_an_unknown_id_is_a_gap_and_the_others_are_told(open_lab: OpenLab) -> None:
    lab = await open_lab(change=later)
    answer = await answered(lab, "get-message", asked(FIRST, "no-such-message"))
    assert len(messages(answer)) == 1
    assert gaps(answer) == [("Hunt message (EmailEvents)", "notFound")]
    assert "no-such-message" in str(answer["gaps"])


async def test_a_message_that_may_not_have_arrived_yet_is_a_lag(open_lab: OpenLab) -> None:
    lab = await open_lab(change=lambda state: state.delays.update(EmailEvents=timedelta(hours=3)))
    answer = await answered(lab, "get-message", asked(THIRD, around=AROUND))
    assert messages(answer) == []
    late = [gap for gap in objects(answer["gaps"]) if "Hunt message " in str(gap["source"])]
    assert {str(gap["reason"]) for gap in late} == {"lag"}
    assert all(str(gap["freshUntil"]).startswith("2026-11-18T09:05") for gap in late)


async def test_what_the_mail_counts_and_no_list_names_is_a_gap(open_lab: OpenLab) -> None:
    def without_files(state: TenantState) -> None:
        later(state)
        state.hunting["EmailAttachmentInfo"] = []

    lab = await open_lab(change=without_files)
    answer = await answered(lab, "get-message", asked(FIRST))
    source = "Hunt message_attachments (EmailAttachmentInfo)"
    assert gaps(answer) == [(source, "unavailable")]


async def test_without_defender_plan_2_analysed_mail_is_a_gap_that_names_the_licence(
    open_lab: OpenLab,
) -> None:
    def unlicensed(state: TenantState) -> None:
        later(state)
        state.licences.remove("THREAT_INTELLIGENCE")

    lab = await open_lab(change=unlicensed)
    answer = await answered(lab, "get-message", asked(FIRST, THIRD))
    assert gaps(answer) == [(ANALYZED, "license")]
    assert "Microsoft Defender for Office 365 Plan 2" in str(answer["gaps"])
    assert len(messages(answer)) == 2
    assert lab.state.count("analyzedEmails") == 1


async def test_an_analysis_that_answers_404_costs_its_own_facts_only(open_lab: OpenLab) -> None:
    def without(state: TenantState) -> None:
        later(state)
        state.refusals.append(Refusal(service="graph", path="*/analyzedEmails", status=404))

    lab = await open_lab(change=without)
    answer = await answered(lab, "get-message", asked(FIRST))
    assert len(messages(answer)) == 1
    assert gaps(answer) == [(ANALYZED, "notFound")]


async def test_more_messages_of_one_id_than_a_hunt_takes_are_cut_and_said_so(
    open_lab: OpenLab,
) -> None:
    def flooded(state: TenantState) -> None:
        later(state)
        (first,) = [r for r in state.hunting["EmailEvents"] if r["NetworkMessageId"] == FIRST]
        state.hunting["EmailEvents"] = [
            {**first, "NetworkMessageId": f"n{number}", "InternetMessageId": "<same@evil.example>"}
            for number in range(1010)
        ]

    lab = await open_lab(change=flooded)
    answer = await answered(lab, "get-message", asked("same@evil.example"))
    assert len(messages(answer)) == 1010
    assert ("Hunt message (EmailEvents)", "truncated") in gaps(answer)


async def test_where_hunting_is_refused_analysed_mail_still_tells(open_lab: OpenLab) -> None:
    def refused(state: TenantState) -> None:
        later(state)
        state.refusals.append(Refusal(service="graph", path="*/*runHuntingQuery", status=403))

    lab = await open_lab(change=refused)
    answer = await answered(lab, "get-message", asked(FIRST))
    (message,) = messages(answer)
    assert message["subject"] == "FW: Invoice 20417 and new bank details"
    assert [each["name"] for each in objects(message["attachments"])] == ["Invoice-20417.pdf"]
    assert message["similar"] is None
    reasons = dict(gaps(answer))
    assert reasons["Hunt message (EmailEvents)"] == "forbidden"
    assert reasons["Hunt message_handling (CloudAppEvents)"] == "notAsked"
    assert "ThreatHunting.Read.All" in str(answer["gaps"])


async def test_a_table_that_the_tenant_lacks_costs_its_own_facts_only(open_lab: OpenLab) -> None:
    def without_clicks(state: TenantState) -> None:
        later(state)
        del state.hunting["UrlClickEvents"]

    lab = await open_lab(change=without_clicks)
    answer = await answered(lab, "get-message", asked(FIRST))
    assert gaps(answer) == [("Hunt url_clicks (UrlClickEvents)", "unavailable")]
    assert len(messages(answer)) == 1


async def test_analysed_copies_come_in_pages(open_lab: OpenLab) -> None:
    def to_many(state: TenantState) -> None:
        later(state)
        (first,) = [r for r in state.hunting["EmailEvents"] if r["NetworkMessageId"] == FIRST]
        state.hunting["EmailEvents"] = [
            {**first, "RecipientEmailAddress": f"r{number}@evil.example"} for number in range(230)
        ]

    lab = await open_lab(change=to_many)
    answer = await answered(lab, "get-message", asked(FIRST))
    (message,) = messages(answer)
    assert len(objects(message["copies"])) == 230
    assert lab.state.count("analyzedEmails") == 3


async def test_many_messages_are_asked_in_one_go_and_too_many_are_refused(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=later)
    ids = [f"5d2a2c7e-6f1b-4c43-7a51-{number:012x}" for number in range(500)]
    answer = await answered(lab, "get-message", asked(FIRST, *ids[:60]))
    assert len(messages(answer)) == 1
    assert sorted({*gaps(answer)}) == [
        (ANALYZED, "truncated"),
        ("Hunt message (EmailEvents)", "notFound"),
    ]
    assert len(gaps(answer)) == 61
    assert lab.state.count("runHuntingQuery") <= 7
    assert lab.state.count("analyzedEmails") == 50
    problem = await answered(lab, "get-message", asked(FIRST, *ids), status=400)
    assert [error["field"] for error in objects(problem["errors"])] == ["messageIds"]


@pytest.mark.parametrize("ids", [[], [""], ["a\nb"], [7], "one", [".."]])
async def test_ids_that_are_none_are_refused_before_anything_is_asked(
    open_lab: OpenLab, ids: JsonValue
) -> None:
    lab = await open_lab()
    body: JsonObject = {"messageIds": ids, "around": AROUND}
    problem = await answered(lab, "get-message", body, status=400)
    assert str(objects(problem["errors"])[0]["field"]).startswith("messageIds")
    assert lab.state.requests == []


@pytest.mark.parametrize("hostile", ['"]) or true //', "' or networkMessageId ne '", "a'; b"])
async def test_an_id_is_never_a_part_of_a_query(open_lab: OpenLab, hostile: str) -> None:
    lab = await open_lab(change=later)
    answer = await answered(lab, "get-message", asked(hostile))
    assert messages(answer) == []
    assert sorted(gaps(answer)) == [
        ("Hunt message (EmailEvents)", "notFound"),
        ("Hunt message_handling (CloudAppEvents)", "notAsked"),
    ]


def messages(answer: JsonObject) -> list[JsonObject]:
    return objects(as_object(answer["result"])["messages"])
