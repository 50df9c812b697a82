"""What every test may ask for: the recorded incidents, a lab, and its ledger."""

import atexit
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from sandbox.clock import Clock
from sandbox.scenario import load_scenario
from sandbox.tenant.state import TenantState
from tests.labs import LedgerFile, OpenLab

if TYPE_CHECKING:
    from sandbox.lab import Lab

# The time that an example takes says more about the machine than about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


def _silence_the_interpreters_end() -> None:
    """DuckDB's bindings list what lives on until the interpreter has ended, after every test."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


atexit.register(_silence_the_interpreters_end)

_SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The folder of recorded audit logs, which is not part of the repository."""
    if not _SHARED_DATA.is_dir():
        pytest.skip("the recorded audit logs (../shared/data) are not beside the repository")
    return _SHARED_DATA


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerFile:
    """The ledger of the labs that the test opens."""
    return LedgerFile(tmp_path / "ledger.sqlite3")


@pytest.fixture
async def open_lab(ledger: LedgerFile) -> AsyncGenerator[OpenLab]:
    """Opens labs, which are closed at the end of the test."""
    from sandbox.lab import laboratory

    async with AsyncExitStack() as stack:

        async def opened(
            scenario: str = "hidden-forward",
            *,
            settings: Mapping[str, str] | None = None,
            change: Callable[[TenantState], None] | None = None,
        ) -> "Lab":
            told = load_scenario(scenario)
            state = told.state()
            if change is not None:
                change(state)
            lab = laboratory(
                state,
                Clock(told.now),
                approved=told.approved_destinations,
                protected=told.protected_accounts,
                settings={"MAILWARDEN_LEDGER": f"sqlite:{ledger.path}", **(settings or {})},
            )
            return await stack.enter_async_context(lab)

        yield opened
