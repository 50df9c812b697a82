"""What the playbook's tests may ask for."""

from collections.abc import Generator

import pytest
from aiolimiter import AsyncLimiter

from microsoft365 import limits
from tests.playbooks.plays import Plays


@pytest.fixture(scope="session")
def plays() -> Plays:
    """Scenarios that are played once for every test that only looks at how they ended."""
    return Plays()


@pytest.fixture(scope="module", autouse=True)
def hours_that_the_virtual_clock_skips() -> Generator[None]:
    """Limits count real seconds, and in these runs hours pass within one: so they allow more."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(limits, "AsyncLimiter", _generous)
        yield


def _generous(rate: float, period: float) -> AsyncLimiter:
    return AsyncLimiter(rate * 20, period)
