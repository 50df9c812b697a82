"""A person is asked, the first answer counts, and the waiting playbook is told."""

import asyncio
import json
import logging
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from pydantic import JsonValue

from ledger.model import Approval
from ledger.sqlite import SqliteLedger
from sandbox.lab import Lab
from sandbox.tenant.part import JsonObject
from tests.labs import (
    ANA,
    JOEL,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    change,
    incident_of,
    objects,
)

RESET: JsonObject = {
    "action": "reset_credentials",
    "request": {"user": ANA},
    "target": "Ana <Bowman>",
    "why": "her password was sprayed",
}


def question_about(lab: Lab, *steps: JsonObject, **fields: JsonValue) -> JsonObject:
    return {**change(steps=list(steps), **fields), "incident": incident_of(lab)}


async def asked(lab: Lab, **fields: JsonValue) -> str:
    answer = await answered(lab, "request-approval", question_about(lab, RESET, **fields))
    assert answer["status"] == "done"
    return str(as_object(as_object(answer["result"])["after"])["approval"])


def reply(lab: Lab, question: str, decision: str, reason: str = "I rang her") -> JsonObject:
    return {
        **change(question=question, decision=decision, reason=reason),
        "incident": incident_of(lab),
    }


async def test_the_question_stands_in_the_incidents_comments_with_its_id(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()

    question = await asked(lab)

    [comment] = lab.state.incidents[0].sentinel_comments
    assert re.findall(r"approval <b>([0-9a-f]{32})</b>", comment.message) == [question]
    assert "reset_credentials" in comment.message
    assert "Ana &lt;Bowman&gt;" in comment.message, "what is named is text, never HTML"
    assert "her password was sprayed" in comment.message
    assert "No answer means no" in comment.message


async def test_the_same_question_is_asked_once(open_lab: OpenLab, ledger: LedgerFile) -> None:
    lab = await open_lab()
    question = await asked(lab)

    again = await answered(lab, "request-approval", question_about(lab, RESET))

    assert again["status"] == "unchanged"
    assert as_object(as_object(again["result"])["after"])["approval"] == question
    assert len(lab.state.incidents[0].sentinel_comments) == len(ledger.approvals()) == 1


async def test_a_question_about_something_else_than_a_change_is_refused(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    wrong: list[tuple[JsonObject, str]] = [
        ({**RESET, "action": "format_disk"}, "format_disk is not an action"),
        ({**RESET, "action": "list_inbox_rules", "request": {"mailbox": ANA}}, "no approval"),
        ({**RESET, "request": {"usr": ANA}}, "user"),
        ({**RESET, "request": {"user": ANA, "dryRunn": True}}, "dryRunn"),
    ]

    for step, says in wrong:
        problem = await answered(lab, "request-approval", question_about(lab, step), status=400)
        assert "steps" in str(problem["detail"])
        assert says in str(problem["detail"])
    await answered(lab, "request-approval", question_about(lab), status=400)

    assert lab.state.changes == []
    assert ledger.approvals() == []


async def test_only_the_callback_of_a_logic_app_is_ever_called(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()

    for url in (
        "https://evil.example/workflows/x",
        "http://169.254.169.254/metadata/identity/oauth2/token",
        "http://127.0.0.1@evil.example/",
        "http://user:secret@127.0.0.1/",
        "file:///etc/passwd",
        "http://[::1",
        "127.0.0.1",
    ):
        body = question_about(lab, RESET, callbackUrl=url)
        problem = await answered(lab, "request-approval", body, status=400)
        assert [error["field"] for error in objects(problem["errors"])] == ["callbackUrl"], url

    assert lab.state.changes == []
    assert ledger.approvals() == []


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
async def test_the_first_answer_counts_and_the_playbook_is_told(
    open_lab: OpenLab, ledger: LedgerFile, decision: str, status: str
) -> None:
    lab = await open_lab()
    callback = lab.callbacks.open("email-forwarding", "08584400", "Ask")
    question = await asked(lab, callbackUrl=callback.url)

    answer = await answered(lab, "answer-approval", reply(lab, question, decision))
    assert answer["status"] == "done"
    async with asyncio.timeout(5):
        told = await callback.answer
    assert told["body"] == {
        "approval": question,
        "status": status,
        "decidedBy": "unknown",
        "comment": "I rang her",
    }

    other = "reject" if decision == "approve" else "approve"
    late = await answered(lab, "answer-approval", reply(lab, question, other))
    assert late["status"] == "unchanged"
    assert f"was {status} by unknown" in str(as_object(late["result"])["warnings"])
    same = await answered(lab, "answer-approval", reply(lab, question, decision))
    assert same["status"] == "unchanged"
    [stored] = ledger.approvals()
    assert (stored["status"], stored["comment"]) == (status, "I rang her")


@pytest.mark.parametrize(
    ("setting", "says"), [("PAUSED", "Mailwarden is paused"), ("DRY_RUN", "only plans")]
)
async def test_a_playbook_is_told_at_once_that_nobody_will_be_asked(
    open_lab: OpenLab, ledger: LedgerFile, setting: str, says: str
) -> None:
    lab = await open_lab(settings={f"MAILWARDEN_{setting}": "true"})
    callback = lab.callbacks.open("email-forwarding", "08584400", "Ask")

    body = question_about(lab, RESET, callbackUrl=callback.url)
    problem = await answered(lab, "request-approval", body, status=409)
    planned = await answered(lab, "request-approval", {**body, "dryRun": True}, status=200)

    assert says in str(problem["detail"])
    assert planned["status"] in ("planned", "refused"), "a dry run waits for nobody"
    assert ledger.approvals() == []
    assert lab.state.changes == []


async def test_an_answer_that_did_not_reach_the_playbook_can_be_given_again(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    callback = lab.callbacks.open("email-forwarding", "08584400", "Ask")
    lab.callbacks.close(callback)
    question = await asked(lab, callbackUrl=callback.url)
    body = reply(lab, question, "approve")

    response = await lab.call("answer-approval", body)
    assert response.status_code == 424, response.text
    assert "the playbook" in response.json()["detail"].lower()
    assert ledger.approvals()[0]["status"] == "approved"
    assert ledger.statuses("answer_approval") == ["failed"]

    assert (await lab.call("answer-approval", body)).status_code == 424, "it is told again"
    assert ledger.statuses("answer_approval") == ["failed", "failed"]


async def test_an_answer_of_another_incident_is_not_taken(open_lab: OpenLab) -> None:
    lab = await open_lab()
    question = await asked(lab)

    body = change(question=question, decision="approve")

    assert (await lab.call("answer-approval", body)).status_code == 404


async def test_after_its_time_a_question_cannot_be_answered(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    now = datetime.now(UTC)
    await SqliteLedger(ledger.path).ask(
        Approval(
            id="a" * 32,
            key="old",
            incident=incident_of(lab),
            reason="asked yesterday",
            steps=(),
            requested_at=now - timedelta(days=1),
            expires_at=now - timedelta(seconds=1),
        )
    )

    body = reply(lab, "a" * 32, "approve")
    problem = await answered(lab, "answer-approval", body, status=409)

    assert problem["title"] == "Expired"
    assert ledger.approvals()[0]["status"] == "pending"


async def test_an_approval_covers_each_of_its_steps_and_nothing_else(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    question = await asked(lab)
    await answered(lab, "answer-approval", reply(lab, question, "approve"))
    named: JsonObject = {"incident": incident_of(lab), "approval": question}

    for route, body in (
        ("reset-credentials", change(user=JOEL)),
        ("revoke-sessions", change(user=ANA)),
    ):
        assert (await lab.call(route, {**body, **named})).status_code == 403
    done = await answered(lab, "reset-credentials", {**change(user=ANA), **named})

    assert done["status"] == "done"
    authorities = {entry["action"]: entry["authority"] for entry in ledger.entries()}
    assert authorities["reset_credentials"] == f"approval {question}"


async def test_a_question_that_was_answered_with_no_may_be_asked_anew(open_lab: OpenLab) -> None:
    lab = await open_lab()
    first = await asked(lab)
    await answered(lab, "answer-approval", reply(lab, first, "reject"))

    again = await answered(lab, "request-approval", question_about(lab, RESET))

    assert again["status"] == "done"
    assert as_object(as_object(again["result"])["after"])["approval"] != first


async def test_the_callbacks_url_which_is_its_own_secret_stands_in_no_log_and_no_change(
    open_lab: OpenLab, ledger: LedgerFile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    lab = await open_lab()
    callback = lab.callbacks.open("email-forwarding", "08584400", "Ask")
    question = await asked(lab, callbackUrl=callback.url)

    await answered(lab, "answer-approval", reply(lab, question, "approve"))

    assert callback.url not in json.dumps(ledger.entries())
    assert urlsplit(callback.url).query not in caplog.text


async def test_an_incidents_id_may_be_written_in_another_case(open_lab: OpenLab) -> None:
    lab = await open_lab()
    question = await asked(lab)
    body = reply(lab, question, "approve")

    answer = await answered(
        lab, "answer-approval", {**body, "incident": str(body["incident"]).upper()}
    )

    assert answer["status"] == "done"
