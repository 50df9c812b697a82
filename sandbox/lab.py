"""Everything together on one machine: simulated tenant, Functions host, Logic Apps, a person."""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Literal, Self

import httpx
from starlette.applications import Starlette

from sandbox.clock import Clock
from sandbox.host import functions_host
from sandbox.scenario import ApprovedDestination
from sandbox.tenant.app import tenant_app
from sandbox.tenant.part import JsonObject
from sandbox.tenant.serve import serving
from sandbox.tenant.state import TenantState
from sandbox.worker import FUNCTION_APP, start_worker
from sandbox.workflow import (
    ActionRecord,
    Callbacks,
    Deployment,
    Observer,
    Run,
    Status,
    load_template,
    run,
)
from sandbox.workflow.sentinel import sentinel_operations
from sandbox.workflow.values import as_json

PLAYBOOK = FUNCTION_APP.parent / "playbooks" / "email-forwarding" / "azuredeploy.json"
Decision = Literal["approve", "reject"]
Decide = Callable[[], Awaitable[Decision]]
"""A person, asked once the question stands in the incident's comments."""
_ASKED = re.compile(r"approval <b>([0-9a-f]{32})</b>")
_TOKEN = "simulated"  # noqa: S105 - any bearer is good for the simulated tenant


@dataclass(frozen=True)
class Lab:
    """A tenant and a Function App that answer on loopback."""

    state: TenantState
    clock: Clock
    tenant_url: str
    functions_url: str
    key: str
    callbacks: Callbacks
    http: httpx.AsyncClient

    async def call(self, route: str, body: JsonObject) -> httpx.Response:
        """Calls an action with the key, as a responder does by hand."""
        return await self.http.post(
            f"{self.functions_url}/api/{route}", json=body, headers={"x-functions-key": self.key}
        )

    async def read_again(self, mailbox: str) -> JsonObject:
        """What the rules and the forwarding of a mailbox are now, by action."""
        answers: JsonObject = {}
        for action in ("list_inbox_rules", "get_mailbox_forwarding", "list_transport_rules"):
            about: JsonObject = {} if action == "list_transport_rules" else {"mailbox": mailbox}
            answer = await self.call(action.replace("_", "-"), about)
            answers[action] = answer.json()
        return answers


@asynccontextmanager
async def laboratory(
    state: TenantState,
    clock: Clock,
    *,
    approved: Sequence[ApprovedDestination] = (),
    protected: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    ports: tuple[int, int] = (0, 0),
) -> AsyncGenerator[Lab]:
    """Serves the tenant, the Function App on it, and the playbook's callbacks, until the end.

    `settings` are further MAILWARDEN_ variables; `ports` those of the Function App and the tenant,
    0 for any free one. Raises OSError if a port is taken.
    """
    key = secrets.token_urlsafe(24)
    with TemporaryDirectory(prefix="mailwarden-") as folder:
        approvals = Path(folder) / "approved.json"
        approvals.write_text(json.dumps([_approval(each) for each in approved]), encoding="utf-8")
        async with serving(tenant_app(state, clock), ports[1]) as tenant_url:
            environ = {
                "MAILWARDEN_TENANT_ID": state.id,
                "MAILWARDEN_GRAPH_URL": tenant_url,
                "MAILWARDEN_EXCHANGE_URL": tenant_url,
                "MAILWARDEN_ARM_URL": tenant_url,
                "MAILWARDEN_STATIC_TOKEN": _TOKEN,
                "MAILWARDEN_LEDGER": f"sqlite:{folder}/ledger.sqlite3",
                "MAILWARDEN_APPROVED_DESTINATIONS": str(approvals),
                "MAILWARDEN_PROTECTED_ACCOUNTS": ",".join(protected),
                **(settings or {}),
            }
            app = functions_host(await start_worker(environ), key=key)
            callbacks_app = Starlette()
            async with (
                serving(app, ports[0]) as functions_url,
                serving(callbacks_app) as callbacks_url,
                httpx.AsyncClient(timeout=130) as http,
            ):
                callbacks = Callbacks(callbacks_url)
                callbacks_app.mount("/", callbacks.app)
                yield Lab(state, clock, tenant_url, functions_url, key, callbacks, http)


async def play(
    lab: Lab,
    incident: JsonObject,
    *,
    decide: Decide | None = None,
    watch: Observer | None = None,
    containment: Literal["automatic", "ask", "never"] = "automatic",
    dry_run: bool = False,
) -> Run:
    """Runs the playbook on an incident. Without `decide` nobody answers, which means no."""
    workflow = load_template(
        PLAYBOOK,
        {
            "FunctionAppUrl": lab.functions_url,
            "FunctionKey": lab.key,
            "Containment": containment,
            "DryRun": dry_run,
        },
        Deployment(),
    )
    async with _Person(lab, incident, decide) as person:

        async def on_action(record: ActionRecord) -> None:
            if watch is not None:
                await watch(record)
            if record.type == "HttpWebhook" and record.status is Status.WAITING:
                person.is_asked()

        return await run(
            workflow,
            as_json(incident),
            http=lab.http,
            clock=lab.clock,
            callbacks=lab.callbacks,
            operations=sentinel_operations(lab.http, lab.tenant_url, _token),
            token=_token,
            on_action=on_action,
            someone_answers=decide is not None,
        )


class _Person:
    """Reads the question in the incident's comments, and answers it as the README says.

    An answer that fails ends the run, and a run that ends leaves no question open.
    """

    def __init__(self, lab: Lab, incident: JsonObject, decide: Decide | None) -> None:
        self._lab = lab
        self._incident = _arm_id(incident)
        self._decide = decide
        self._tasks = asyncio.TaskGroup()
        self._deciding: set[asyncio.Task[Decision]] = set()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        for each in self._deciding:
            each.cancel()  # the question ran out
        return await self._tasks.__aexit__(kind, error, traceback)

    def is_asked(self) -> None:
        if self._decide is not None:
            self._tasks.create_task(self._answer(self._decide))

    async def _answer(self, decide: Decide) -> None:
        deciding = asyncio.ensure_future(decide())
        self._deciding.add(deciding)
        decision = await deciding
        self._deciding.discard(deciding)
        comments = await self._lab.http.get(
            f"{self._lab.tenant_url}{self._incident}/comments?api-version=2025-09-01",
            headers={"Authorization": f"Bearer {_TOKEN}"},
        )
        question = _ASKED.findall(comments.text.encode().decode("unicode_escape"))[-1]
        body: JsonObject = {
            "question": question,
            "decision": decision,
            "incident": self._incident,
            "reason": "Answered in the sandbox",
        }
        (await self._lab.call("answer-approval", body)).raise_for_status()


async def _token(audience: str) -> str:
    """A managed identity's token; the simulated tenant takes any."""
    del audience
    return _TOKEN


def _arm_id(incident: JsonObject) -> str:
    found = incident.get("object")
    return str(found["id"]) if isinstance(found, dict) else ""


def _approval(approved: ApprovedDestination) -> JsonObject:
    return {
        "destination": approved.destination,
        "scope": approved.scope,
        "owner": approved.owner,
        "until": approved.until.date().isoformat(),
    }
