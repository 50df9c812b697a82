"""A change whose answer was lost may have been made: nobody says that it was, or was not."""

import asyncio
from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from sandbox.lab import Lab
from sandbox.tenant.faults import Interruption, Refusal
from sandbox.tenant.part import JsonObject
from tests.labs import (
    ANA,
    AROUND,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    change,
    incident_of,
    mailbox_of,
    operations,
    rule_named,
)

_REVOKE = "*/revokeSignInSessions"
CHANGES: Mapping[str, tuple[str, dict[str, str]]] = {
    "disable-inbox-rule": ("Disable-InboxRule", {"method": "PATCH", "path": "*/messageRules/*"}),
    "delete-inbox-rule": ("Remove-InboxRule", {"method": "DELETE", "path": "*/messageRules/*"}),
    "revoke-sessions": (
        "Update StsRefreshTokenValidFrom Timestamp.",
        {"path": _REVOKE},
    ),
    "reset-credentials": ("Reset user password.", {"path": _REVOKE}),
    "clear-mailbox-forwarding": ("Set-Mailbox", {"cmdlet": "Set-Mailbox"}),
    "comment-incident": ("Add comment", {"method": "PUT", "path": "*/comments/*"}),
}
"""Each change with the operation that shows it in the tenant, and the call that makes it."""


async def asked(lab: Lab, route: str) -> JsonObject:
    """The request of a change, as a responder would make it."""
    if route.endswith("inbox-rule"):
        rule = await rule_named(lab, "Newsletters")
        return change(mailbox=ANA, rule=rule["id"])
    if route == "clear-mailbox-forwarding":
        mailbox_of(lab.state).forwarding_smtp_address = "collector@mail.example"
        return change(mailbox=ANA)
    if route == "comment-incident":
        return {**change(message="<p>graded</p>"), "incident": incident_of(lab)}
    return change(user=ANA)


def said(answer: JsonObject) -> tuple[JsonValue, str]:
    """Status and warnings of a change."""
    result = as_object(answer["result"])
    return answer["status"], str(result["warnings"])


@pytest.mark.parametrize(
    "case", [*(("cut", route) for route in CHANGES), ("silence", "delete-inbox-rule")], ids=str
)
async def test_a_change_whose_answer_is_lost_is_unknown_and_settled_when_asked_again(
    open_lab: OpenLab,
    ledger: LedgerFile,
    waits: list[float],
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, str],
) -> None:
    fault, route = case
    operation, met = CHANGES[route]
    lab = await open_lab()
    body = await asked(lab, route)
    lost = Interruption.model_validate({"answer": fault, **met})
    monkeypatch.setattr("microsoft365.client._WHOLE_ANSWER", 1.0)
    lab.state.interruptions.append(lost)

    status, warnings = said(answer := await answered(lab, route, body))

    assert status == "unknown"
    assert "may have been made or not" in warnings and "Read it again" in warnings
    assert as_object(answer["result"])["after"] == {}
    assert ledger.statuses(route.replace("-", "_")) == ["unknown"]
    repeated = fault == "cut" and route != "delete-inbox-rule"
    assert lost.used == (6 if repeated else 1)
    assert len(waits) == lost.used - 1
    made = operations(lab).count(operation)
    assert made >= 1, "it was made in truth"

    lab.state.interruptions.clear()
    again = await answered(lab, route, {**body, "reason": "sent again by a Logic App"})

    assert again["status"] == "unchanged"
    assert operations(lab).count(operation) == made, "it is not made a second time"
    entry_id = as_object(answer["result"])["ledgerId"]
    assert as_object(again["result"])["ledgerId"] == entry_id
    [entry] = ledger.entries()
    assert (entry["id"], entry["status"]) == (entry_id, "done")
    if entry["undo"]:
        assert as_object(again["result"])["undo"] == entry["undo"], "the way back is not lost"


@pytest.mark.parametrize("route", CHANGES)
async def test_what_turns_out_not_to_have_been_made_is_made_when_asked_again(
    open_lab: OpenLab, ledger: LedgerFile, waits: list[float], route: str
) -> None:
    operation, met = CHANGES[route]
    lab = await open_lab()
    body = await asked(lab, route)
    lab.state.refusals.append(Refusal.model_validate({"status": 504, **met}))

    assert said(await answered(lab, route, body))[0] == "unknown"
    assert operation not in operations(lab) or route == "reset-credentials"
    assert len(waits) == (0 if route == "delete-inbox-rule" else 5)

    lab.state.refusals.clear()
    assert (await answered(lab, route, body))["status"] == "done"

    assert ledger.statuses(route.replace("-", "_")) == ["failed", "done"]
    assert "Not to be seen at" in str(ledger.entries()[0]["error"])


async def test_of_two_at_the_same_time_the_second_is_not_made_once_the_first_is_unknown(
    open_lab: OpenLab, ledger: LedgerFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second waits for the first, and what it saw of the tenant is older than that."""
    lab = await open_lab()
    lost = Interruption(answer="silence", path=_REVOKE)
    lab.state.interruptions.append(lost)
    monkeypatch.setattr("microsoft365.client._WHOLE_ANSWER", 0.5)

    answers = await asyncio.gather(
        *(answered(lab, "revoke-sessions", change(user=ANA)) for _ in range(2))
    )

    assert [answer["status"] for answer in answers] == ["unknown"] * 2
    assert lost.used == 1
    [entry] = ledger.entries()
    assert [as_object(answer["result"])["ledgerId"] for answer in answers] == [entry["id"]] * 2


async def test_a_change_that_the_deadline_cuts_off_is_unknown(
    open_lab: OpenLab, ledger: LedgerFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await open_lab()
    body = await asked(lab, "disable-inbox-rule")
    lab.state.interruptions.append(Interruption(answer="silence", method="PATCH"))
    monkeypatch.setattr("actions.http._DEADLINE", 0.8)

    assert (await answered(lab, "disable-inbox-rule", body))["status"] == "unknown"
    assert ledger.statuses("disable_inbox_rule") == ["unknown"]


async def test_a_change_that_never_left_has_failed_and_is_not_unknown(
    open_lab: OpenLab, ledger: LedgerFile, waits: list[float]
) -> None:
    """A throttled write was refused before anything was done, however often it was tried."""
    lab = await open_lab()
    body = await asked(lab, "delete-inbox-rule")
    busy = Refusal(method="DELETE", status=429, retry_after=1)
    lab.state.refusals.append(busy)

    await answered(lab, "delete-inbox-rule", body, status=429)

    assert ledger.statuses("delete_inbox_rule") == ["failed"]
    assert (busy.used, waits) == (6, [1] * 5)


async def test_a_change_of_unknown_outcome_is_not_undone_blindly(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    body = await asked(lab, "delete-inbox-rule")
    lab.state.interruptions.append(Interruption(answer="cut", method="DELETE"))
    lost = as_object((await answered(lab, "delete-inbox-rule", body))["result"])

    undoing = change(ledgerId=lost["ledgerId"])
    problem = await answered(lab, "undo", undoing, status=409)
    assert "Nobody knows" in str(problem["detail"])

    lab.state.interruptions.clear()
    await answered(lab, "delete-inbox-rule", body)
    assert (await answered(lab, "undo", undoing))["status"] == "done"
    assert "Newsletters" in [rule.name for rule in mailbox_of(lab.state).rules]
    assert ledger.statuses("delete_inbox_rule") == ["done"]


@pytest.mark.parametrize("exchange", [403, 404, None])
@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
async def test_a_lost_deletion_is_settled_only_once_the_rule_is_seen_to_be_gone(
    open_lab: OpenLab, ledger: LedgerFile, exchange: int | None, made: bool
) -> None:
    """A mailbox that Graph does not know says nothing of its rules, nor does Exchange alone."""
    lab = await open_lab()
    body = await asked(lab, "delete-inbox-rule")
    path = "*/messageRules/*"
    if made:
        lab.state.interruptions.append(Interruption(answer="cut", method="DELETE", path=path))
    else:
        lab.state.refusals.append(Refusal(method="DELETE", path=path, status=504))
    assert said(await answered(lab, "delete-inbox-rule", body))[0] == "unknown"
    lab.state.interruptions.clear()
    lab.state.refusals.clear()

    unknown_user = Refusal(path="*/messageRules", status=404, code="ErrorInvalidUser")
    lab.state.refusals.append(unknown_user)
    if exchange is not None:
        lab.state.refusals.append(Refusal(cmdlet="Get-InboxRule", status=exchange))
    if made or exchange is not None:
        await answered(lab, "delete-inbox-rule", body, status=404)
        assert ledger.statuses("delete_inbox_rule") == ["unknown"], "nobody saw whether it is gone"

    lab.state.refusals.clear()
    again = await answered(lab, "delete-inbox-rule", body)
    assert again["status"] == ("unchanged" if made else "done")
    assert ledger.statuses("delete_inbox_rule") == (["done"] if made else ["failed", "done"])


async def test_a_rule_made_again_without_an_answer_is_found_and_not_made_twice(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    body = await asked(lab, "delete-inbox-rule")
    deleted = as_object((await answered(lab, "delete-inbox-rule", body))["result"])
    undoing = change(ledgerId=deleted["ledgerId"])
    lab.state.interruptions.append(Interruption(answer="cut", method="POST", path="*/messageRules"))

    assert (await answered(lab, "undo", undoing))["status"] == "unknown"
    lab.state.interruptions.clear()
    again = await answered(lab, "undo", undoing)

    assert again["status"] == "unchanged"
    [rule] = [each for each in mailbox_of(lab.state).rules if each.name == "Newsletters"]
    assert as_object(as_object(again["result"])["after"])["id"] == rule.graph_id
    assert ledger.statuses("restore_inbox_rule") == ["done"]


async def test_the_comment_says_that_nobody_knows(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await open_lab()
    body = await asked(lab, "disable-inbox-rule")
    monkeypatch.setattr("microsoft365.client._ATTEMPTS", 1)
    lab.state.interruptions.append(Interruption(answer="cut", method="PATCH"))
    lost = await answered(lab, "disable-inbox-rule", body)

    graded = await answered(
        lab,
        "grade-alert",
        {
            "asOf": AROUND,
            "indicators": {"alertIds": [], "recipients": [], "messageIds": []},
            "answers": [],
            "changes": [lost],
        },
    )

    comment = str(as_object(graded["result"])["comment"])
    assert "unknown" in comment
    assert "it may have been made or not" in comment
