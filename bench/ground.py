"""What benches stand on: the simulated tenant here, the Function App in a process of its own."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bench.recorder import Recorder
from bench.worker import NO_CEILINGS
from sandbox.clock import Clock
from sandbox.lab import Lab
from sandbox.tenant.app import tenant_app
from sandbox.tenant.serve import serving
from sandbox.tenant.state import TenantState
from sandbox.workflow import Callbacks

ROOT = Path(__file__).resolve().parent.parent
_NOT_KEPT = ("MAILWARDEN_", "PYTHONDONTWRITEBYTECODE")
_START = 60.0
"""Seconds within which a child process has to be up."""


@dataclass(frozen=True)
class Ground:
    """A lab whose Function App runs in another process."""

    lab: Lab
    upstream: Recorder
    worker: int
    """The process id of the Function App."""


class _Address(BaseModel):
    url: str
    key: str


@asynccontextmanager
async def ground(
    state: TenantState,
    clock: Clock,
    *,
    latency: float = 0.0,
    ceilings: bool = True,
    in_front: Callable[[ASGIApp], ASGIApp] | None = None,
) -> AsyncGenerator[Ground]:
    """Tenant and Function App, until the end. `latency` in seconds is added to calls upstream.

    Without `ceilings` the Function App does not hold itself to Microsoft's documented limits.
    `in_front` puts something before the tenant, throttling say.
    """
    tenant: ASGIApp = tenant_app(state, clock)
    upstream = Recorder(in_front(tenant) if in_front else tenant, latency)
    callbacks_app = Starlette()
    with TemporaryDirectory(prefix="mailwarden-") as folder:
        async with (
            serving(upstream) as tenant_url,
            serving(callbacks_app) as callbacks_url,
            httpx.AsyncClient(timeout=130) as http,
            _worker(environment(state, tenant_url, folder), ceilings=ceilings) as (address, pid),
        ):
            callbacks = Callbacks(callbacks_url)
            callbacks_app.mount("/", callbacks.app)
            lab = Lab(state, clock, tenant_url, address.url, address.key, callbacks, http)
            yield Ground(lab, upstream, pid)


def environment(state: TenantState, tenant_url: str, folder: str) -> dict[str, str]:
    """The environment of a Function App on the tenant; its ledger is in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_KEPT)}
    return {
        **kept,
        # Bytecode is kept for as long as the folder, whatever this machine's way with it.
        "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
        "MAILWARDEN_TENANT_ID": state.id,
        "MAILWARDEN_GRAPH_URL": tenant_url,
        "MAILWARDEN_EXCHANGE_URL": tenant_url,
        "MAILWARDEN_ARM_URL": tenant_url,
        "MAILWARDEN_STATIC_TOKEN": "simulated",
        "MAILWARDEN_LEDGER": f"sqlite:{folder}/ledger.sqlite3",
    }


async def python(*arguments: str, environ: dict[str, str], errors: bool = False) -> Process:
    """A new Python process at the project's root; its input and output, `errors` too, are pipes."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env=environ,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE if errors else None,
    )


async def first_line(process: Process) -> bytes:
    """The first line that a process says. Raises ChildProcessError if it says none in time."""
    if process.stdout is None:
        raise ChildProcessError("the process has no output")
    try:
        async with asyncio.timeout(_START):
            line = await process.stdout.readline()
    except TimeoutError:
        line = b""
    if not line:
        raise ChildProcessError("a process that was to be measured did not start")
    return line


@asynccontextmanager
async def _worker(
    environ: dict[str, str], *, ceilings: bool
) -> AsyncGenerator[tuple[_Address, int]]:
    options = () if ceilings else (NO_CEILINGS,)
    process = await python("-m", "bench.worker", *options, environ=environ)
    try:
        yield _Address.model_validate_json(await first_line(process)), process.pid
    finally:
        if process.stdin is not None:
            process.stdin.close()  # which is how the worker learns of the end
        try:
            async with asyncio.timeout(_START):
                await process.wait()
        except TimeoutError:
            process.kill()
