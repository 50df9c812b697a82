"""A Functions host in a process of its own, for as long as its standard input is open."""

import asyncio
import json
import os
import secrets
import sys

from aiolimiter import AsyncLimiter

from sandbox.host import functions_host
from sandbox.tenant.serve import serving
from sandbox.worker import start_worker

NO_CEILINGS = "--no-ceilings"
"""Do not wait for Microsoft's ceilings: for benches that would take an hour of waiting."""


async def _serve() -> None:
    key = secrets.token_urlsafe(24)
    worker = await start_worker(dict(os.environ))
    async with serving(functions_host(worker, key=key)) as url:
        sys.stdout.write(json.dumps({"url": url, "key": key}) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


async def _at_once(self: AsyncLimiter, amount: float = 1) -> None:
    del self, amount


if __name__ == "__main__":
    if NO_CEILINGS in sys.argv:
        AsyncLimiter.acquire = _at_once
    asyncio.run(_serve())
