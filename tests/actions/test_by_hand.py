"""What a responder with curl is promised."""

import json
import uuid
from collections.abc import AsyncGenerator

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import JsonValue

from actions.catalog import catalog
from sandbox.lab import Lab
from tests.labs import (
    ANA,
    AROUND,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    call_as,
    change,
    objects,
    operations,
    rule_named,
)


def assert_problem(response: httpx.Response, status: int) -> dict[str, JsonValue]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = as_object(response.json())
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["correlationId"] == response.headers["x-correlation-id"]
    return problem


def fields_of(problem: dict[str, JsonValue]) -> set[str]:
    return {str(error["field"]) for error in objects(problem["errors"])}


async def test_without_a_key_or_with_a_wrong_one_nobody_gets_in(open_lab: OpenLab) -> None:
    lab = await open_lab()
    body: dict[str, JsonValue] = {"mailbox": ANA}

    assert (await call_as(lab, {}, "list-inbox-rules", body)).status_code == 401
    wrong = {"x-functions-key": lab.key[:-1] + "x"}
    assert (await call_as(lab, wrong, "list-inbox-rules", body)).status_code == 401
    assert lab.state.requests == []


async def test_health_is_open_to_all(open_lab: OpenLab) -> None:
    lab = await open_lab()

    health = await lab.http.get(f"{lab.functions_url}/api/health")

    assert (health.status_code, health.json()) == (200, {"status": "ok"})


async def test_the_openapi_document_is_valid_and_has_every_action_that_has_a_route(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()

    response = await lab.http.get(f"{lab.functions_url}/api/openapi.json")
    document = as_object(response.json())

    OpenAPIV31SpecValidator(document).validate()  # pyright: ignore[reportUnknownMemberType, reportArgumentType] - the library is loosely typed
    routed = {f"/api/{each.route}" for each in catalog().values() if each.routed}
    assert set(as_object(document["paths"])) == routed
    for path in routed:
        # The document does not promise a route that the app does not have.
        body: dict[str, JsonValue] = {"noSuchField": 1}
        assert (await lab.call(path.removeprefix("/api/"), body)).status_code != 404


BAD_CHANGES: dict[str, tuple[dict[str, JsonValue], set[str]]] = {
    "an unknown field": (change(mailbox=ANA, rule="x", mailbx="y"), {"mailbx"}),
    "missing fields": ({"mailbox": ANA}, {"incident", "reason", "rule"}),
    "wrong types": (change(mailbox=[ANA], rule={"id": "x"}), {"mailbox", "rule"}),
    "a switch that is no switch": (change(mailbox=ANA, rule="x", dryRun="perhaps"), {"dryRun"}),
    "names in snake case": (change(mailbox=ANA, rule="x", dry_run=True), {"dry_run"}),
    "null for a text": (change(mailbox=ANA, rule=None), {"rule"}),
    "nothing": ({}, {"incident", "reason", "mailbox", "rule"}),
    "a reason that says nothing": (change(mailbox=ANA, rule="x", reason=" - "), {"reason"}),
    "a control character": (change(mailbox="ana\n@contoso.com", rule="x"), {"mailbox"}),
    "a text without end": (change(mailbox="a" * 400, rule="x"), {"mailbox"}),
}


async def test_a_body_that_is_not_valid_is_refused_naming_the_fields_and_changes_nothing(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()

    for what, (body, fields) in BAD_CHANGES.items():
        problem = assert_problem(await lab.call("disable-inbox-rule", body), 400)
        assert fields_of(problem) == fields, what
        assert all(field in str(problem["detail"]) for field in fields), what

    assert lab.state.requests == []
    assert ledger.entries() == []


async def post_raw(lab: Lab, route: str, content: bytes) -> httpx.Response:
    return await lab.http.post(
        f"{lab.functions_url}/api/{route}",
        content=content,
        headers={"x-functions-key": lab.key, "content-type": "application/json"},
    )


async def test_a_body_that_is_no_json_object_is_refused(open_lab: OpenLab) -> None:
    lab = await open_lab()

    for content in (b"{", b"mailbox=ana", b"\xff\xfe", b"[" * 100_000):
        problem = assert_problem(await post_raw(lab, "list-inbox-rules", content), 400)
        assert problem["detail"] == "The body is no JSON", content[:10]
    for content in (b"[]", b'"ana"', b"null", b"7"):
        problem = assert_problem(await post_raw(lab, "list-inbox-rules", content), 400)
        assert fields_of(problem) == {"(body)"}, content
        assert problem["detail"] == "(body): Input should be a JSON object", content


async def test_a_chunked_body_which_the_functions_host_drops_is_told_apart_from_none(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()

    async def chunks() -> AsyncGenerator[bytes]:
        yield b'{"mailbox": '
        yield json.dumps(ANA).encode() + b"}"

    url, key = f"{lab.functions_url}/api/list-inbox-rules", {"x-functions-key": lab.key}
    chunked = await lab.http.post(url, content=chunks(), headers=key)
    assert_problem(chunked, 411)
    assert lab.state.requests == []

    empty = await lab.http.post(url, content=b"", headers=key)
    assert fields_of(assert_problem(empty, 400)) == {"mailbox"}


async def test_a_moment_without_a_time_zone_is_refused(open_lab: OpenLab) -> None:
    lab = await open_lab()

    body: dict[str, JsonValue] = {"mailbox": ANA, "around": "2026-11-18T09:00:00"}
    problem = assert_problem(await lab.call("list-inbox-rules", body), 400)

    assert fields_of(problem) == {"around"}


async def test_half_of_a_character_is_an_error_of_the_request(open_lab: OpenLab) -> None:
    """JSON can write a lone surrogate, which is no text."""
    lab = await open_lab()
    bodies: dict[str, dict[str, JsonValue]] = {
        "list-inbox-rules": {"mailbox": "\ud800@contoso.com"},
        "parse-incident": {"forwarder": ANA, "recipients": ["\ud800@mail.example"]},
        "grade-alert": {"asOf": AROUND, "indicators": {"\udfff": "\ud800"}},
        "run-hunt": {"hunt": "who_forwarded_to", "arguments": {"recipients": ["\ud800"]}},
    }

    for route, body in bodies.items():
        response = await post_raw(lab, route, json.dumps(body).encode())
        assert response.status_code == 400, f"{route}: {response.text}"


async def test_a_mailbox_or_account_that_nobody_has_is_not_found(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()

    for nobody in ("nobody@contoso.com", "a?b#c%2e@contoso.com", str(uuid.uuid4())):
        for route in ("list-inbox-rules", "get-mailbox-forwarding"):
            assert_problem(await lab.call(route, {"mailbox": nobody}), 404)
        for route in ("list-sign-ins", "get-user-risk"):
            assert_problem(await lab.call(route, {"user": nobody}), 404)
        for route in ("reset-credentials", "revoke-sessions"):
            assert_problem(await lab.call(route, change(user=nobody)), 404)
        body = change(mailbox=nobody)
        assert_problem(await lab.call("clear-mailbox-forwarding", body), 404)
        body = change(mailbox=nobody, rule="x")
        assert_problem(await lab.call("disable-inbox-rule", body), 404)

    assert lab.state.changes == []
    assert ledger.entries() == []


async def test_a_rule_alert_or_incident_that_is_not_there_is_not_found(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    grade: dict[str, JsonValue] = {"classification": "unknown", "determination": "unknown"}
    elsewhere = f"{lab.state.workspace.path}/Incidents/{uuid.uuid4()}"

    for route, body in (
        ("disable-inbox-rule", change(mailbox=ANA, rule="no such rule")),
        ("delete-inbox-rule", change(mailbox=ANA, rule="no such rule")),
        ("disable-transport-rule", change(rule="no such rule")),
        ("classify-alert", change(alert="fa-nothing", **grade)),
        ("comment-incident", {**change(message="<p>x</p>"), "incident": elsewhere}),
        ("comment-incident", {**change(message="<p>x</p>"), "incident": "99999"}),
        ("update-incident", {**change(status="Active"), "incident": elsewhere}),
        ("answer-approval", change(question="0" * 32, decision="approve")),
        ("undo", change(ledgerId="0" * 32)),
    ):
        assert_problem(await lab.call(route, body), 404)

    assert lab.state.changes == []
    assert ledger.entries() == []


async def test_a_dry_run_plans_then_the_change_is_done_then_it_is_unchanged(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    rule = (await rule_named(lab, "Newsletters"))["id"]
    body = change(mailbox=ANA, rule=rule)

    planned = await answered(lab, "disable-inbox-rule", {**body, "dryRun": True})
    assert planned["status"] == "planned"
    assert as_object(planned["result"])["undo"] == {
        "action": "enable_inbox_rule",
        "request": {"mailbox": ANA, "rule": rule},
    }
    assert lab.state.changes == []
    assert ledger.entries() == []

    done = await answered(lab, "disable-inbox-rule", body)
    assert done["status"] == "done"
    told = as_object(done["result"])
    assert (told["before"], told["after"]) == ({"enabled": True}, {"enabled": False})
    assert told["undoKind"] == "exact"
    assert operations(lab) == ["Disable-InboxRule"]
    assert [entry["id"] for entry in ledger.entries()] == [told["ledgerId"]]

    again = await answered(lab, "disable-inbox-rule", body)
    assert again["status"] == "unchanged"
    assert len(lab.state.changes) == len(ledger.entries()) == 1


async def test_every_answer_bears_the_correlation_id_of_its_request(open_lab: OpenLab) -> None:
    lab = await open_lab()

    async def sent(given: str | None) -> httpx.Response:
        headers = {"x-functions-key": lab.key}
        if given is not None:
            headers["X-Correlation-Id"] = given
        return await call_as(lab, headers, "get-organization", {})

    echoed = await sent("08584400-run.7")
    assert echoed.json()["correlationId"] == "08584400-run.7"
    assert echoed.headers["x-correlation-id"] == "08584400-run.7"
    for unfit in (None, "", "a b", "x" * 200, "<script>"):
        made = (await sent(unfit)).json()["correlationId"]
        assert str(uuid.UUID(made)) == made


async def test_what_cannot_be_foreseen_answers_500_without_telling_anything(
    open_lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("Bearer eyJ-a-secret")

    monkeypatch.setattr("microsoft365.organization._name", broken)
    lab = await open_lab()

    problem = assert_problem(await lab.call("get-organization", {}), 500)

    assert "secret" not in str(problem)
    assert "Traceback" not in str(problem)
