"""What every test may ask for: the recorded incidents, a lab, and its ledger."""

import asyncio
import atexit
import os
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from sandbox.clock import Clock
from sandbox.scenario import load_scenario
from sandbox.tenant.state import TenantState
from tests.labs import LedgerFile, OpenLab, StartWorker

if TYPE_CHECKING:
    from sandbox.lab import Lab

# The time that an example takes says more about the machine than about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two processes for each core: tests wait for limits and deadlines as long as they compute."""
    return 2 * (os.cpu_count() or 1)


def _silence_the_interpreters_end() -> None:
    """DuckDB's bindings list what lives on until the interpreter has ended, after every test."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


atexit.register(_silence_the_interpreters_end)

_SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--functions-worker",
        choices=["sandbox", "microsoft"],
        default="sandbox",
        help="what runs the Function app: the sandbox's worker, or azure-functions-runtime",
    )


def pytest_configure(config: pytest.Config) -> None:
    if _by_microsoft(config) and find_spec("azure_functions_runtime") is None:
        raise pytest.UsageError(
            "--functions-worker=microsoft needs Python 3.13 and the dependency group `runtime`"
        )


def _by_microsoft(config: pytest.Config) -> bool:
    return config.getoption("--functions-worker") == "microsoft"


@pytest.fixture(scope="session")
def start_worker(pytestconfig: pytest.Config) -> StartWorker:
    """Starts the worker that the command line chose."""
    from sandbox.worker import start_worker
    from tests.microsoft_worker import start_microsoft_worker

    return start_microsoft_worker if _by_microsoft(pytestconfig) else start_worker


@pytest.fixture(scope="session", autouse=True)
def _labs_run_on_it(  # pyright: ignore[reportUnusedFunction] - pytest asks for it
    request: pytest.FixtureRequest,
) -> Generator[None]:
    """Every lab's Function app runs on the chosen worker, whoever opens the lab."""
    with pytest.MonkeyPatch.context() as patch:
        if _by_microsoft(request.config):
            patch.setattr("sandbox.lab.start_worker", request.getfixturevalue("start_worker"))
        yield


@pytest.fixture
def shared_data() -> Path:
    """The folder of recorded audit logs, which is not part of the repository."""
    if not _SHARED_DATA.is_dir():
        pytest.skip("the recorded audit logs (../shared/data) are not beside the repository")
    return _SHARED_DATA


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, in seconds. A test does not sit through them, but the deadline
    of the request comes nearer by each.
    """
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr("microsoft365.deadline.sleep", note)
    monkeypatch.setattr("microsoft365.deadline.monotonic", lambda: time.monotonic() + sum(waited))
    return waited


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
