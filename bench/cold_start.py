"""A fresh process to its first inbox rules: ours against the SDK's typed answer."""

import re
import sys
import time
from collections import Counter
from collections.abc import Mapping
from statistics import median
from tempfile import TemporaryDirectory

from pydantic import BaseModel, JsonValue

from bench.ground import environment, first_line, python
from bench.measured import Figure, Measured, Progress
from bench.recorder import Recorder
from sandbox.clock import Clock
from sandbox.scenario import load_scenario
from sandbox.tenant.app import tenant_app
from sandbox.tenant.serve import serving

_OURS, _TYPED = "bench.first_answer", "bench.typed_answer"
_IMPORT_TIME = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|( +)(\S+)")
_PACKAGES_SHOWN = 6
_OWN = frozenset(
    "actions bench evidence function_app hunts ledger microsoft365 sandbox settings triage".split()
)
_MAILWARDEN = "mailwarden"
_BASELINE = (
    "GraphServiceClient's typed messageRules.get() behind the same imports (azure-functions, "
    "azure-identity, pydantic, tenacity, settings), bytecode warm, pairs in turn"
)


class _Told(BaseModel):
    """What a process said of itself: moments in seconds since the epoch."""

    begun: float
    started: float
    answered: float
    rules: int


class _Start(BaseModel):
    """One cold start, in milliseconds from the making of the process."""

    interpreter: float
    imports_and_app: float
    first_call_leaves: float
    upstream_and_answer: float

    @property
    def total(self) -> float:
        return (
            self.interpreter
            + self.imports_and_app
            + self.first_call_leaves
            + self.upstream_and_answer
        )


async def cold_start(progress: Progress, *, pairs: int = 5) -> Measured:
    """Both in turn, `pairs` times; the ratio is that of the medians."""
    scenario = load_scenario("hidden-forward")
    state = scenario.state()
    mailbox = state.users[0].user_principal_name
    upstream = Recorder(tenant_app(state, Clock(scenario.now)))
    ours: list[_Start] = []
    typed: list[_Start] = []
    with TemporaryDirectory(prefix="mailwarden-") as folder:
        async with serving(upstream) as url:
            environ = environment(state, url, folder)
            for module in (_OURS, _TYPED):  # so that the bytecode is warm
                await _start(module, mailbox, environ, upstream)
            for pair in range(pairs):
                progress("cold starts", pair, pairs)
                ours.append(await _start(_OURS, mailbox, environ, upstream))
                typed.append(await _start(_TYPED, mailbox, environ, upstream))
            packages = await _imports(mailbox, environ)
    progress("cold starts", pairs, pairs)
    return _measured(ours, typed, packages)


def _measured(ours: list[_Start], typed: list[_Start], packages: dict[str, float]) -> Measured:
    our_median = median(each.total for each in ours)
    typed_median = median(each.total for each in typed)
    phases: dict[str, JsonValue] = {
        "interpreter": median(each.interpreter for each in ours),
        "importsAndApp": median(each.imports_and_app for each in ours),
        "firstTokenAndRequest": median(each.first_call_leaves for each in ours),
        "upstreamAndAnswer": median(each.upstream_and_answer for each in ours),
    }
    return Measured(
        "cold-start",
        _BASELINE,
        (
            Figure("oursMs", "process start to first answer, ours", our_median, "ms"),
            Figure("typedMs", "process start to first answer, typed SDK", typed_median, "ms"),
            Figure("ratio", "ours / typed", our_median / typed_median, at_most=0.60),
            Figure("pairs", "pairs measured", len(ours)),
            Figure("oursEachMs", "ours, each", [each.total for each in ours], "ms"),
            Figure("typedEachMs", "typed SDK, each", [each.total for each in typed], "ms"),
            Figure("oursByPhaseMs", "where our time goes", phases, "ms"),
            Figure(
                "importsByPackageShare",
                "shares of the import time, each with what it imports in turn",
                {name: f"{share:.0%}" for name, share in packages.items()},
            ),
        ),
        (
            "Ours answers what both Graph and Exchange list, folders named and destinations "
            "resolved; the baseline lists what Graph shows.",
        ),
    )


async def _start(
    module: str, mailbox: str, environ: Mapping[str, str], upstream: Recorder
) -> _Start:
    upstream.calls.clear()
    # The process tells wall-clock time; calls upstream are kept on the monotonic clock.
    skew = time.time() - time.monotonic()
    made = time.time()
    process = await python("-m", module, mailbox, environ=dict(environ))
    told = _Told.model_validate_json(await first_line(process))
    await process.wait()
    if not told.rules:
        raise ChildProcessError(f"{module} was answered no rules")
    asked = upstream.calls[0].began + skew
    return _Start(
        interpreter=1000 * (told.begun - made),
        imports_and_app=1000 * (told.started - told.begun),
        first_call_leaves=1000 * (asked - told.started),
        upstream_and_answer=1000 * (told.answered - asked),
    )


async def _imports(mailbox: str, environ: Mapping[str, str]) -> dict[str, float]:
    """The share of our import time that each package takes, the largest first."""
    process = await python(
        "-X", "importtime", "-m", _OURS, mailbox, environ=dict(environ), errors=True
    )
    _, errors = await process.communicate()
    spent = _by_package(errors.decode(errors="replace"))
    total = spent.total() or 1
    shown = spent.most_common(_PACKAGES_SHOWN)
    rest = total - sum(each for _, each in shown)
    return {name: each / total for name, each in (*shown, ("others", rest))}


def _by_package(report: str) -> Counter[str]:
    """Microseconds by the package that our code imports, with all that it imports in turn.

    The report of `-X importtime` names a module after those that it imported, and indents these.
    """
    spent: Counter[str] = Counter()
    importers: list[tuple[int, str]] = []
    for microseconds, indent, module in reversed(_IMPORT_TIME.findall(report)):
        while importers and importers[-1][0] >= len(indent):
            importers.pop()
        importer = importers[-1][1] if importers else _MAILWARDEN
        package = _package(module) if importer == _MAILWARDEN else importer
        importers.append((len(indent), package))
        spent[package] += int(microseconds)
    return spent


def _package(module: str) -> str:
    parts = module.split(".")
    if parts[0] in _OWN:
        return _MAILWARDEN
    if parts[0] in sys.stdlib_module_names:
        return "standard library"
    return ".".join(parts[:2]) if parts[0] == "azure" else parts[0]
