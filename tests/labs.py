"""A whole lab in a test, and the words with which tests speak of it."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import httpx
from pydantic import JsonValue, PrivateAttr, TypeAdapter

from sandbox.tenant.faults import Asked, Refusal
from sandbox.tenant.mailbox import InboxRule, Mailbox
from sandbox.tenant.part import JsonObject
from sandbox.tenant.state import TenantState

if TYPE_CHECKING:
    # At run time only the tests that open a lab load all that it is made of.
    from sandbox.lab import Lab
    from sandbox.worker import Worker

TENANT = "6c1f6d0a-58a1-4c0e-9c0f-9f6d1c2b7a10"
ANA = "ana.bowman@contoso.com"
ANA_ID = "8f4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31"
JOEL = "joel.lindqvist@contoso.com"
MIRA = "mira.okafor@contoso.com"
EMERGENCY = "emergency.access@contoso.onmicrosoft.com"
ALERT = "fa5d2a2c7e-6f1b-4c43-9a00-08dd07c9c001"
AROUND = "2026-11-18T09:58:20Z"
"""The moment of the hidden-forward scenario's incident."""

_OBJECT = TypeAdapter(JsonObject)


class OpenLab(Protocol):
    """Opens a scenario's tenant with the Function App on it, until the end of the test."""

    async def __call__(
        self,
        scenario: str = "hidden-forward",
        *,
        settings: Mapping[str, str] | None = None,
        change: Callable[[TenantState], None] | None = None,
    ) -> Lab:
        """`settings` are MAILWARDEN_ variables, `change` alters the tenant beforehand."""
        ...


class StartWorker(Protocol):
    """Starts a worker on an app, whose module sees `environ` as the whole environment."""

    async def __call__(self, environ: Mapping[str, str], path: Path = ...) -> Worker:
        """Raises what the worker says of an app that does not start."""
        ...


class LedgerFile:
    """What the ledger's SQLite file holds, read past the product."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[JsonObject]:
        """Every change, oldest first."""
        return self._documents("SELECT document FROM entries ORDER BY at")

    def approvals(self) -> list[JsonObject]:
        """Every question."""
        return self._documents("SELECT document FROM approvals")

    def statuses(self, action: str) -> list[JsonValue]:
        """How the changes of an action ended, oldest first."""
        return [entry["status"] for entry in self.entries() if entry["action"] == action]

    def _documents(self, query: str) -> list[JsonObject]:
        if not self.path.exists():
            return []
        with closing(sqlite3.connect(self.path)) as database:
            return [_OBJECT.validate_json(row[0]) for row in database.execute(query)]


def incident_of(lab: Lab) -> str:
    """The ARM id of the scenario's incident."""
    return f"{lab.state.workspace.path}/Incidents/{lab.state.incidents[0].id}"


def change(**fields: JsonValue) -> JsonObject:
    """The body of a change: who asks and why, with what is changed."""
    return {"incident": "INC-1", "reason": "mail is being sent out", **fields}


async def answered(lab: Lab, route: str, body: JsonObject, status: int = 200) -> JsonObject:
    """The JSON of an answer, whose status is as expected."""
    response = await lab.call(route, body)
    assert response.status_code == status, response.text
    return _OBJECT.validate_json(response.content)


async def result_of(lab: Lab, route: str, body: JsonObject) -> JsonObject:
    """The `result` of an action that answers 200."""
    return as_object((await answered(lab, route, body))["result"])


def as_object(value: JsonValue) -> JsonObject:
    """A JSON object, or a failed test."""
    assert isinstance(value, dict), value
    return value


def objects(value: JsonValue) -> list[JsonObject]:
    """A list of JSON objects, or a failed test."""
    assert isinstance(value, list), value
    return [as_object(item) for item in value]


def gaps(answer: JsonObject) -> list[tuple[str, str]]:
    """The gaps of an answer as (source, reason)."""
    return [(str(gap["source"]), str(gap["reason"])) for gap in objects(answer["gaps"])]


async def rule_named(lab: Lab, name: str, mailbox: str = ANA) -> JsonObject:
    """A rule as list_inbox_rules gives it."""
    listed = await result_of(lab, "list-inbox-rules", {"mailbox": mailbox})
    return next(rule for rule in objects(listed["rules"]) if rule["name"] == name)


def principal(*roles: str, tenant: str = TENANT, name: str = "rosa@contoso.com") -> dict[str, str]:
    """The header in which App Service names a signed-in caller with these app roles."""
    claims = [
        {"typ": "http://schemas.microsoft.com/identity/claims/tenantid", "val": tenant},
        {"typ": "preferred_username", "val": name},
        *({"typ": "roles", "val": role} for role in roles),
    ]
    document = {"auth_typ": "aad", "name_typ": "name", "role_typ": "roles", "claims": claims}
    return {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(document).encode()).decode()}


async def call_as(
    lab: Lab, headers: Mapping[str, str], route: str, body: JsonObject
) -> httpx.Response:
    """Calls an action with headers of one's own, and no key."""
    return await lab.http.post(f"{lab.functions_url}/api/{route}", json=body, headers=dict(headers))


def operations(lab: Lab) -> Sequence[str]:
    """What was changed in the tenant, oldest first, as the audit log names it."""
    return [change.operation for change in lab.state.changes]


class Meanwhile(Refusal):
    """What somebody else does at the moment a request of its kind arrives, which is let pass."""

    status: int = 500
    _deed: Callable[[], object] = PrivateAttr()

    def does(self, deed: Callable[[], object]) -> Self:
        """Sets what is done, once."""
        self._deed = deed
        return self

    def meets(self, asked: Asked) -> bool:
        """Does it; the request itself goes well."""
        if self.used == 0 and super().meets(asked):
            self._deed()
        return False


def mailbox_of(state: TenantState, owner: str = ANA) -> Mailbox:
    """The mailbox of an account that has one."""
    user = state.user(owner)
    assert user is not None and user.mailbox is not None
    return user.mailbox


def with_rules(*rules: InboxRule) -> Callable[[TenantState], None]:
    """Puts Ana's rules in place of those of the scenario."""

    def change(state: TenantState) -> None:
        for place, rule in enumerate(rules):
            if rule.identity < 0:
                rule.identity = (1 << 63) + place
        mailbox_of(state).rules[:] = rules

    return change
