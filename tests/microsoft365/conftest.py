"""A service of Microsoft's as a function, and the product's client that talks to it."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from microsoft365.client import Endpoints, Microsoft365
from tests.microsoft365.services import Answering, Connect, CountingCredential


@pytest.fixture
def credential() -> CountingCredential:
    """An identity that counts the tokens it gives."""
    return CountingCredential()


@pytest.fixture
async def connect(credential: CountingCredential) -> AsyncGenerator[Connect]:
    """The client, talking to a function that answers as the services do."""
    opened: list[httpx.AsyncClient] = []

    def connected(answering: Answering) -> Microsoft365:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answering), timeout=5)
        opened.append(http)
        return Microsoft365(Endpoints(tenant_id="contoso"), credential, http)

    yield connected
    for http in opened:
        await http.aclose()
