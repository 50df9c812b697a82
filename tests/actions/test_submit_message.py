"""submit_message: a wrongly judged message is reported to Microsoft, once, and on record."""

from typing import TYPE_CHECKING

import pytest
from pydantic import JsonValue

from sandbox.tenant.faults import Interruption, Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import (
    ANA,
    ANA_ID,
    JOEL,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    change,
    objects,
    operations,
)

if TYPE_CHECKING:
    from sandbox.lab import Lab

MESSAGE = "<DB8PR04MB6875A0@DB8PR04MB6875.eurprd04.prod.outlook.com>"
"""An ordinary mail that Ana sent."""


def reported(**fields: JsonValue) -> JsonObject:
    told: JsonObject = {"mailbox": ANA, "internetMessageId": MESSAGE, "category": "phishing"}
    return change(**{**told, **fields})


def result(answer: JsonObject) -> JsonObject:
    return as_object(answer["result"])


async def submitted(lab: "Lab", body: JsonObject) -> JsonObject:
    return result(await answered(lab, "submit-message", body))


@pytest.mark.parametrize("mailbox", [ANA, ANA_ID])
@pytest.mark.parametrize("message", [MESSAGE, MESSAGE.strip("<>")])
async def test_a_message_is_reported_with_what_it_is(
    open_lab: OpenLab, ledger: LedgerFile, mailbox: str, message: str
) -> None:
    lab = await open_lab()
    told = await submitted(lab, reported(mailbox=mailbox, internetMessageId=message))
    assert (told["status"], told["undoKind"], told["undo"]) == ("done", "none", None)
    (held,) = lab.state.submissions
    assert (held.category, held.recipient, held.found) == ("phishing", ANA, True)
    assert held.internet_message_id == MESSAGE
    assert as_object(told["after"])["submission"] == held.id
    assert ledger.statuses("submit_message") == ["done"]


async def test_a_dry_run_reports_nothing(open_lab: OpenLab, ledger: LedgerFile) -> None:
    lab = await open_lab()
    told = await submitted(lab, reported(dryRun=True))
    assert told["status"] == "planned"
    assert (lab.state.submissions, operations(lab), ledger.entries()) == ([], [], [])


async def test_the_same_report_is_made_once(open_lab: OpenLab) -> None:
    lab = await open_lab()
    first, again = [await submitted(lab, reported()) for _ in range(2)]
    assert first["ledgerId"] == again["ledgerId"]
    assert len(lab.state.submissions) == 1


async def test_a_paused_mailwarden_reports_nothing(open_lab: OpenLab) -> None:
    lab = await open_lab(settings={"MAILWARDEN_PAUSED": "true"})
    told = await submitted(lab, reported())
    assert told["status"] == "refused"
    assert lab.state.submissions == []


async def test_a_message_that_is_not_there_is_not_found(open_lab: OpenLab) -> None:
    lab = await open_lab()
    for body in (reported(internetMessageId="<none@x>"), reported(mailbox=JOEL)):
        await answered(lab, "submit-message", body, status=404)
    await answered(lab, "submit-message", reported(mailbox="nobody@contoso.com"), status=404)
    assert lab.state.submissions == []


async def test_what_microsoft_refuses_is_said_and_recorded(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    refusal = Refusal(service="graph", method="POST", path="*/emailThreats", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))
    problem = await answered(lab, "submit-message", reported(), status=424)
    assert "ThreatSubmission.ReadWrite.All" in str(problem)
    assert ledger.statuses("submit_message") == ["failed"]


async def test_a_report_whose_answer_was_lost_is_settled_and_not_made_twice(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    def lost(state: TenantState) -> None:
        state.interruptions.append(
            Interruption(method="POST", path="*/emailThreats", times=1, answer="cut")
        )

    lab = await open_lab(change=lost)
    assert (await submitted(lab, reported()))["status"] == "unknown"
    await submitted(lab, reported())
    assert len(lab.state.submissions) == 1
    assert ledger.statuses("submit_message") == ["done"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"category": "bad"}, "category"),
        ({"internetMessageId": ""}, "internetMessageId"),
        ({"internetMessageId": "a\nb"}, "internetMessageId"),
        ({"mailbox": "nobody"}, "mailbox"),
        ({"more": 1}, "more"),
    ],
)
async def test_a_wrong_request_is_one_clear_error(
    open_lab: OpenLab, fields: dict[str, JsonValue], field: str
) -> None:
    lab = await open_lab()
    problem = await answered(lab, "submit-message", reported(**fields), status=400)
    assert [error["field"] for error in objects(problem["errors"])] == [field]
    assert lab.state.requests == []


async def test_an_id_is_never_a_part_of_the_filter(open_lab: OpenLab) -> None:
    lab = await open_lab()
    hostile = "x' or internetMessageId ne 'y"
    await answered(lab, "submit-message", reported(internetMessageId=hostile), status=404)
    assert lab.state.submissions == []
