"""A fresh process to its first inbox rules, through the Function app, as Azure's worker runs it.

Says, in one line of JSON, when which part was done: seconds since the epoch.
"""

import asyncio
import json
import os
import sys
import time


async def _answer(mailbox: str) -> None:
    begun = time.time()
    from sandbox.worker import HttpCall, start_worker  # noqa: PLC0415 - part of what is measured

    worker = await start_worker(dict(os.environ))
    started = time.time()
    body = json.dumps({"mailbox": mailbox}).encode()
    call = HttpCall("POST", "http://localhost/api/list-inbox-rules", {}, {}, {}, body)
    answer = await worker.invoke("list_inbox_rules", "req", call)
    answered = time.time()
    if answer.status != 200:
        raise RuntimeError(answer.body.decode())
    rules = len(json.loads(answer.body)["result"]["rules"])
    told = {"begun": begun, "started": started, "answered": answered, "rules": rules}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    asyncio.run(_answer(sys.argv[1]))
