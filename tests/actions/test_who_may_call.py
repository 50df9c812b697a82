"""With AUTH=entra the caller's app roles decide; with AUTH=key the key does."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from actions.caller import Role
from actions.change import change_key
from ledger.model import Approval, ApprovalStatus, ApprovedStep
from ledger.sqlite import SqliteLedger
from sandbox.lab import Lab
from tests.labs import (
    ANA,
    JOEL,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    call_as,
    change,
    principal,
    rule_named,
)

ENTRA = {"MAILWARDEN_AUTH": "entra"}
READ, CONTAIN, DESTROY, APPROVE = (role.value for role in Role)
DELETION = change(mailbox=ANA, rule="the rule")


def encoded(document: JsonValue) -> dict[str, str]:
    return {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(document).encode()).decode()}


async def status_as(lab: Lab, headers: dict[str, str], route: str, **body: JsonValue) -> int:
    return (await call_as(lab, headers, route, body)).status_code


async def test_who_is_not_signed_in_to_this_tenant_is_turned_away(open_lab: OpenLab) -> None:
    lab = await open_lab(settings=ENTRA)
    whole = json.loads(base64.b64decode(principal(READ)["X-MS-CLIENT-PRINCIPAL"]))

    for what, headers in {
        "no principal": {},
        "a key instead": {"x-functions-key": lab.key},
        "another tenant": principal(READ, tenant="11111111-2222-3333-4444-555555555555"),
        "no base64": {"X-MS-CLIENT-PRINCIPAL": "{}"},
        "no JSON": {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(b"roles=Actions.Read").decode()},
        "no object": encoded([whole]),
        "no claims": encoded({**whole, "claims": None}),
        "no tenant": encoded({**whole, "claims": [{"typ": "roles", "val": READ}]}),
        "another identity provider": encoded({**whole, "auth_typ": "github"}),
        "a name only": {"X-MS-CLIENT-PRINCIPAL-NAME": "rosa@contoso.com"},
    }.items():
        assert await status_as(lab, headers, "get-organization") == 401, what

    assert lab.state.requests == []


async def test_each_effect_needs_its_own_role(open_lab: OpenLab, ledger: LedgerFile) -> None:
    lab = await open_lab(settings=ENTRA)
    rule = change(mailbox=ANA, rule="no such rule")
    question = change(question="0" * 32, decision="approve")
    steps: list[JsonValue] = [{"action": "revoke_sessions", "request": {"user": JOEL}}]

    for needed, route, body in (
        (READ, "get-organization", {}),
        (READ, "parse-incident", {"forwarder": ANA}),
        (CONTAIN, "disable-inbox-rule", rule),
        (CONTAIN, "comment-incident", change(message="<p>x</p>")),
        (CONTAIN, "request-approval", change(steps=steps, dryRun=True)),
        (DESTROY, "delete-inbox-rule", rule),
        (DESTROY, "reset-credentials", change(user=JOEL)),
        (APPROVE, "answer-approval", question),
    ):
        others = {READ, CONTAIN, DESTROY, APPROVE} - {needed}
        assert await status_as(lab, principal(*others), route, **body) == 403, route
        assert await status_as(lab, principal(), route, **body) == 403, route
        if needed != DESTROY:
            assert await status_as(lab, principal(needed), route, **body) != 403, route

    assert lab.state.changes == []
    assert ledger.entries() == []


async def test_reading_says_nothing_of_rights_to_a_caller_without_them(open_lab: OpenLab) -> None:
    lab = await open_lab(settings=ENTRA)

    answer = await call_as(lab, principal(READ), "disable-inbox-rule", {"nonsense": True})

    assert answer.status_code == 403
    assert "Actions.Contain" in answer.json()["detail"]


def approval(
    *,
    status: ApprovalStatus = "approved",
    minutes: int = 60,
    incident: str = "INC-1",
    **request: JsonValue,
) -> Approval:
    """A question about deleting a rule, as it stands in the ledger."""
    now = datetime.now(UTC)
    wanted: dict[str, JsonValue] = {"mailbox": ANA, "rule": "the rule", **request}
    return Approval(
        id=change_key("approval", status + incident, {**wanted, "minutes": minutes})[:32],
        key=change_key("request_approval", status + incident, {**wanted, "minutes": minutes}),
        incident=incident,
        reason="asked in a test",
        steps=(ApprovedStep(action="delete_inbox_rule", request=wanted),),
        requested_at=now - timedelta(hours=2),
        expires_at=now + timedelta(minutes=minutes),
        status=status,
    )


async def test_nothing_is_destroyed_without_a_granted_approval_for_this_very_change(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab(settings=ENTRA)
    caller = principal(DESTROY)
    store = SqliteLedger(ledger.path)

    async def refused(given: str) -> str:
        body = {**DELETION, "approval": given}
        answer = await call_as(lab, caller, "delete-inbox-rule", body)
        assert answer.status_code == 403, answer.text
        return answer.json()["detail"]

    assert "needs a granted approval" in await refused("")
    assert "does not exist" in await refused("f" * 32)
    for stored, why in (
        (approval(status="pending"), "is pending"),
        (approval(status="rejected"), "is rejected"),
        (approval(minutes=-1), "ran out at"),
        (approval(rule="another rule"), "covers another change"),
        (approval(mailbox=JOEL), "covers another change"),
        (approval(incident="INC-2"), "covers another change"),
    ):
        asked = await store.ask(stored)
        assert why in await refused(asked.id)

    assert lab.state.changes == []
    assert ledger.entries() == []


async def test_what_was_approved_may_be_destroyed_and_the_ledger_names_the_caller(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab(settings=ENTRA)
    listed = await call_as(lab, principal(READ), "list-inbox-rules", {"mailbox": ANA})
    rule = next(r for r in listed.json()["result"]["rules"] if r["name"] == "Newsletters")["id"]
    granted = await SqliteLedger(ledger.path).ask(approval(rule=rule))

    body = change(mailbox=ANA, rule=rule, approval=granted.id)
    caller = principal(DESTROY, name="soar@contoso.com")
    answer = await call_as(lab, caller, "delete-inbox-rule", body)

    assert answer.json()["status"] == "done", answer.text
    [entry] = ledger.entries()
    assert entry["caller"] == "soar@contoso.com"
    assert entry["authority"] == f"approval {granted.id}"


async def test_who_may_approve_may_destroy_directly(open_lab: OpenLab, ledger: LedgerFile) -> None:
    lab = await open_lab(settings=ENTRA)
    listed = await call_as(lab, principal(READ), "list-inbox-rules", {"mailbox": ANA})
    rule = next(r for r in listed.json()["result"]["rules"] if r["name"] == "Newsletters")["id"]

    caller = principal(DESTROY, APPROVE, name="rosa@contoso.com")
    answer = await call_as(lab, caller, "delete-inbox-rule", change(mailbox=ANA, rule=rule))

    assert answer.json()["status"] == "done", answer.text
    [entry] = ledger.entries()
    assert (entry["caller"], entry["authority"]) == ("rosa@contoso.com", "app roles")


async def test_a_plan_may_be_seen_without_an_approval(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab(settings=ENTRA)

    body = change(user=JOEL, dryRun=True)
    answer = await call_as(lab, principal(DESTROY), "reset-credentials", body)

    assert answer.json()["status"] == "planned", answer.text
    assert lab.state.changes == []
    assert ledger.entries() == []


async def test_an_approval_is_asked_for_answered_and_used_by_three_callers(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab(settings=ENTRA)
    reset: dict[str, JsonValue] = {"user": JOEL}
    steps: list[JsonValue] = [{"action": "reset_credentials", "request": reset}]
    asked = await call_as(lab, principal(CONTAIN), "request-approval", change(steps=steps))
    question = asked.json()["result"]["after"]["approval"]
    wanted = change(**reset, approval=question)

    assert await status_as(lab, principal(DESTROY), "reset-credentials", **wanted) == 403
    answer = change(question=question, decision="approve")
    approver = principal(APPROVE, name="rosa@contoso.com")
    assert await status_as(lab, approver, "answer-approval", **answer) == 200
    assert await status_as(lab, principal(DESTROY), "reset-credentials", **wanted) == 200

    callers = {entry["action"]: entry["authority"] for entry in ledger.entries()}
    assert callers["reset_credentials"] == f"approval {question}"
    assert ledger.approvals()[0]["decidedBy"] == "rosa@contoso.com"


@pytest.mark.parametrize("roles", [(), (READ, CONTAIN, DESTROY, APPROVE)])
async def test_with_a_key_the_principal_header_proves_nothing(
    open_lab: OpenLab, ledger: LedgerFile, roles: tuple[str, ...]
) -> None:
    lab = await open_lab()
    rule = (await rule_named(lab, "Newsletters"))["id"]
    body = change(mailbox=ANA, rule=rule)
    forged = principal(*roles, name="ceo@contoso.com")

    assert (await call_as(lab, forged, "disable-inbox-rule", body)).status_code == 401
    keyed = {**forged, "x-functions-key": lab.key}
    answer = await call_as(lab, keyed, "disable-inbox-rule", body)

    assert answer.json()["status"] == "done"
    [entry] = ledger.entries()
    assert (entry["caller"], entry["authority"]) == ("unknown", "function key")


async def test_with_a_key_destroying_needs_no_approval_but_a_wrong_one_is_refused(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    rule = (await rule_named(lab, "Newsletters"))["id"]

    body = change(mailbox=ANA, rule=rule, approval="f" * 32)
    assert (await lab.call("delete-inbox-rule", body)).status_code == 403
    done = await answered(lab, "delete-inbox-rule", change(mailbox=ANA, rule=rule))
    assert as_object(done["result"])["status"] == "done"
