"""Every change is in the ledger before it is sent, and is done once however often it is asked."""

import asyncio
from pathlib import Path

import pytest

from sandbox.lab import Lab
from sandbox.tenant.faults import Asked, Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState
from tests.labs import (
    ANA,
    JOEL,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    change,
    incident_of,
    operations,
    rule_named,
)


class Watching(Refusal):
    """Looks at the ledger at the moment a request of its kind arrives, and lets it pass."""

    def look(self, ledger: LedgerFile) -> "Watching":
        self._ledger = ledger
        self._seen: list[JsonObject] = []
        return self

    def meets(self, asked: Asked) -> bool:
        if super().meets(asked):
            self._seen = self._ledger.entries()
        return False

    @property
    def seen(self) -> list[JsonObject]:
        return self._seen


async def test_a_change_is_in_the_ledger_before_it_is_sent_and_ends_there_as_done(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    watching = Watching(method="PATCH", status=500).look(ledger)
    lab = await open_lab(change=lambda state: state.refusals.append(watching))
    rule = (await rule_named(lab, "Newsletters"))["id"]

    body = {**change(mailbox=ANA, rule=rule), "incident": "INC-77", "reason": "thief's rule"}
    done = as_object((await answered(lab, "disable-inbox-rule", body))["result"])

    [sent] = watching.seen
    assert (sent["status"], sent["action"], sent["incident"], sent["reason"]) == (
        "sending",
        "disable_inbox_rule",
        "INC-77",
        "thief's rule",
    )
    assert sent["before"] == {"enabled": True}
    assert sent["request"] == {"mailbox": ANA, "rule": rule}
    assert as_object(sent["undo"])["action"] == "enable_inbox_rule"
    [entry] = ledger.entries()
    assert (entry["id"], entry["status"], entry["error"]) == (done["ledgerId"], "done", "")
    assert entry["finishedAt"] is not None


@pytest.mark.parametrize(
    ("route", "field", "method"),
    [
        ("disable-inbox-rule", "rule", "PATCH"),
        ("delete-inbox-rule", "rule", "DELETE"),
        ("revoke-sessions", "", "POST"),
        ("reset-credentials", "", "PATCH"),
    ],
)
async def test_what_microsoft_refuses_answers_424_and_ends_in_the_ledger_as_failed(
    open_lab: OpenLab, ledger: LedgerFile, route: str, field: str, method: str
) -> None:
    refusal = Refusal(service="graph", method=method, path="*/users/*", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))
    rule = (await rule_named(lab, "Newsletters"))["id"]
    body = change(mailbox=ANA, rule=rule) if field else change(user=ANA)

    problem = await answered(lab, route, body, status=424)

    assert "Insufficient privileges" in str(problem["detail"])
    assert lab.state.changes == []
    [entry] = ledger.entries()
    assert entry["status"] == "failed"
    assert "Authorization_RequestDenied" in str(entry["error"])

    # What failed was not done, so it may be tried again.
    lab.state.refusals.clear()
    assert (await answered(lab, route, body))["status"] == "done"
    assert ledger.statuses(route.replace("-", "_")) == ["failed", "done"]


async def test_what_changed_since_it_was_read_answers_409(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    refusal = Refusal(service="graph", method="PATCH", status=412)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))
    rule = (await rule_named(lab, "Newsletters"))["id"]

    await answered(lab, "disable-inbox-rule", change(mailbox=ANA, rule=rule), status=409)

    assert ledger.statuses("disable_inbox_rule") == ["failed"]


async def test_without_a_ledger_nothing_is_sent(open_lab: OpenLab, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lab = await open_lab(settings={"MAILWARDEN_LEDGER": f"sqlite:{tmp_path}/file/ledger"})
    rule = (await rule_named(lab, "Newsletters"))["id"]

    response = await lab.call("disable-inbox-rule", change(mailbox=ANA, rule=rule))

    assert response.status_code == 500
    assert str(tmp_path) not in response.text
    assert lab.state.changes == []


async def repeatable_changes(lab: Lab) -> dict[str, JsonObject]:
    """Changes whose result cannot be seen in the tenant, or takes its target away."""
    rule = (await rule_named(lab, "Newsletters"))["id"]
    return {
        "reset-credentials": change(user=ANA),
        "revoke-sessions": change(user=JOEL),
        "delete-inbox-rule": change(mailbox=ANA, rule=rule),
        "comment-incident": {**change(message="<p>seen</p>"), "incident": incident_of(lab)},
        "request-approval": change(steps=[{"action": "revoke_sessions", "request": {"user": ANA}}]),
    }


async def test_the_same_change_is_done_once_and_answers_with_its_first_ledger_entry(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()

    for route, body in (await repeatable_changes(lab)).items():
        first = await answered(lab, route, body)
        assert first["status"] == "done", route
        made = len(lab.state.changes)
        again = await answered(lab, route, {**body, "reason": "sent again by a Logic App"})
        assert again["status"] == "unchanged", route
        before, after = as_object(first["result"]), as_object(again["result"])
        assert after["ledgerId"] == before["ledgerId"], route
        assert after["after"] == before["after"], route
        assert len(lab.state.changes) == made, route


async def test_another_incident_or_another_target_is_another_change(open_lab: OpenLab) -> None:
    lab = await open_lab()

    for body in (change(user=ANA), change(user=JOEL), {**change(user=ANA), "incident": "INC-2"}):
        assert (await answered(lab, "revoke-sessions", body))["status"] == "done"

    assert len(lab.state.changes) == 3


@pytest.mark.parametrize("in_sentinel", [True, False])
async def test_the_same_comment_sent_at_the_same_time_is_written_once(
    open_lab: OpenLab, ledger: LedgerFile, in_sentinel: bool
) -> None:
    lab = await open_lab()
    incident = lab.state.incidents[0]
    named = incident_of(lab) if in_sentinel else incident.provider_id
    body = {**change(message="<p>graded</p>"), "incident": named}

    answers = await asyncio.gather(*(answered(lab, "comment-incident", body) for _ in range(5)))

    assert sorted(str(each["status"]) for each in answers) == ["done"] + ["unchanged"] * 4
    assert len({str(as_object(each["result"])["ledgerId"]) for each in answers}) == 1
    assert len(incident.sentinel_comments if in_sentinel else incident.comments) == 1
    assert len(ledger.entries()) == 1


async def test_a_reset_sent_at_the_same_time_is_done_once(open_lab: OpenLab) -> None:
    lab = await open_lab()

    answers = await asyncio.gather(
        *(answered(lab, "reset-credentials", change(user=ANA)) for _ in range(3))
    )

    assert sorted(str(each["status"]) for each in answers) == ["done", "unchanged", "unchanged"]
    assert operations(lab).count("Reset user password.") == 1


async def test_when_the_first_of_two_fails_the_second_is_still_tried(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    def first_fails(state: TenantState) -> None:
        path = "*/revokeSignInSessions"
        state.refusals.append(Refusal(service="graph", path=path, status=403, times=1))

    lab = await open_lab(change=first_fails)
    responses = await asyncio.gather(
        *(lab.call("revoke-sessions", change(user=ANA)) for _ in range(2))
    )

    assert sorted(response.status_code for response in responses) == [200, 424]
    assert sorted(str(status) for status in ledger.statuses("revoke_sessions")) == [
        "done",
        "failed",
    ]


async def test_a_change_whose_end_was_never_learned_asks_the_caller_to_come_back(
    open_lab: OpenLab, ledger: LedgerFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process may have ended between the sending and the answer."""
    lab = await open_lab()

    async def interrupted(*_: object) -> None:
        raise RuntimeError("the worker was stopped")

    with monkeypatch.context() as patch:
        patch.setattr("microsoft365.accounts.revoke_sessions", interrupted)
        assert (await lab.call("revoke-sessions", change(user=ANA))).status_code == 500
    assert ledger.statuses("revoke_sessions") == ["sending"]

    monkeypatch.setattr("actions.http._DEADLINE", 1.0)
    response = await lab.call("revoke-sessions", change(user=ANA))
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert lab.state.changes == []
