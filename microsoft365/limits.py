"""Microsoft's documented ceilings, held for one process; the handling of 429 does the rest."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum
from weakref import WeakValueDictionary

from aiolimiter import AsyncLimiter


class Service(Enum):
    """A part of Microsoft 365 with limits of its own: calls in a number of seconds.

    Source: Microsoft Graph service-specific throttling limits. Exchange publishes no number.
    """

    DIRECTORY = (1000, 10)
    OUTLOOK = (10_000, 600)
    SIGN_IN_LOGS = (5, 10)
    IDENTITY_PROTECTION = (1, 1)
    SECURITY = (150, 60)
    HUNTING = (45, 60)
    MESSAGE_TRACE = (100, 300)
    EXCHANGE = (100, 10)
    RESOURCE_MANAGER = (250, 60)

    @property
    def label(self) -> str:
        """The service's name for people."""
        names = {Service.EXCHANGE: "Exchange", Service.RESOURCE_MANAGER: "Azure Resource Manager"}
        return names.get(self, "Graph")


_IN_FLIGHT_PER_MAILBOX = 4
_EXCHANGE_IN_FLIGHT = 10


class Limits:
    """One limiter a service, and the calls in flight for each mailbox."""

    def __init__(self) -> None:
        self._rates = {service: AsyncLimiter(*service.value) for service in Service}
        self._exchange = asyncio.Semaphore(_EXCHANGE_IN_FLIGHT)
        # Only mailboxes with a call in flight are kept, so 40,000 of them cost nothing.
        self._mailboxes: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def slot(self, service: Service, mailbox: str | None) -> AsyncGenerator[None]:
        """Waits for permission to make one call of the service for the mailbox."""
        async with AsyncExitStack() as held:
            if mailbox is not None:
                await held.enter_async_context(self._for_mailbox(mailbox))
            if service is Service.EXCHANGE:
                await held.enter_async_context(self._exchange)
            await held.enter_async_context(self._rates[service])
            yield

    def _for_mailbox(self, mailbox: str) -> asyncio.Semaphore:
        found = self._mailboxes.get(mailbox.lower())
        if found is None:
            found = asyncio.Semaphore(_IN_FLIGHT_PER_MAILBOX)
            self._mailboxes[mailbox.lower()] = found
        return found
