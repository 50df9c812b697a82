"""Microsoft's ceilings are held within the process."""

import asyncio
from collections import Counter

import httpx

from microsoft365.deadline import Deadline
from microsoft365.limits import Service
from tests.microsoft365.services import Connect, call


class Busy:
    """A slow service that counts how many calls it has at a time."""

    def __init__(self) -> None:
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answers after a moment."""
        name = request.url.path
        for each in (name, "all"):
            self.now[each] += 1
            self.most[each] = max(self.most[each], self.now[each])
        await asyncio.sleep(0.01)
        for each in (name, "all"):
            self.now[each] -= 1
        return httpx.Response(200, json={})


async def test_at_most_four_calls_are_in_flight_for_a_mailbox(connect: Connect) -> None:
    busy = Busy()
    client = connect(busy)
    mailboxes = ["ana@contoso.com", "ANA@contoso.com", "joel@contoso.com"]

    await asyncio.gather(
        *(
            client.send(
                call(f"/v1.0/{mailbox.lower()}", service=Service.OUTLOOK, mailbox=mailbox),
                Deadline(10),
                "run-1",
            )
            for mailbox in mailboxes * 8
        )
    )

    assert busy.most["/v1.0/ana@contoso.com"] == 4
    assert busy.most["/v1.0/joel@contoso.com"] == 4
    assert busy.most["all"] == 8, "one mailbox does not wait for another"


async def test_a_call_that_fails_gives_its_place_back(connect: Connect) -> None:
    def failing(_: httpx.Request) -> httpx.Response:
        return httpx.Response(403, json={})

    client = connect(failing)
    results = await asyncio.gather(
        *(
            client.send(
                call(service=Service.OUTLOOK, mailbox="ana@contoso.com"), Deadline(5), "run-1"
            )
            for _ in range(12)
        ),
        return_exceptions=True,
    )

    assert {type(result).__name__ for result in results} == {"Forbidden"}


async def test_a_service_is_not_called_faster_than_its_ceiling(connect: Connect) -> None:
    """Identity Protection takes one call a second and never says when to come back."""
    busy = Busy()
    client = connect(busy)
    loop = asyncio.get_running_loop()
    began = loop.time()

    await asyncio.gather(
        *(
            client.send(call(service=Service.IDENTITY_PROTECTION), Deadline(10), "run-1")
            for _ in range(3)
        )
    )

    assert loop.time() - began >= 1.9
