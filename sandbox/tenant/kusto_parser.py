"""Microsoft's own Kusto parser, where Node and its package are installed (`tools/kusto`)."""

import atexit
import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock, Timer

from pydantic import BaseModel, ConfigDict

from sandbox.tenant.kusto import Columns

_TOOL = Path(__file__).parents[2] / "tools" / "kusto"
_PACKAGE = _TOOL / "node_modules" / "@kusto" / "language-service-next"
_TIMEOUT = 30.0


class Diagnostic(BaseModel):
    """What the parser or binder found wrong."""

    model_config = ConfigDict(frozen=True)

    severity: str
    code: str
    message: str
    start: int
    length: int


class Checked(BaseModel):
    """A query as Kusto reads it: what is wrong, and the value of each string literal."""

    model_config = ConfigDict(frozen=True)

    diagnostics: tuple[Diagnostic, ...]
    literals: tuple[str, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics for which Kusto refuses the query."""
        return tuple(found for found in self.diagnostics if found.severity == "Error")


class KustoParser:
    """Judges queries of one database, whose tables and columns it is given."""

    def __init__(self, tables: Mapping[str, Columns]) -> None:
        self._database = json.dumps({"tables": {name: dict(tables[name]) for name in tables}})

    @staticmethod
    def missing() -> str | None:
        """Why the parser cannot run here, or None where it can."""
        if shutil.which("node") is None:
            return "Node is not installed"
        if not _PACKAGE.is_dir():
            return "Microsoft's parser is not installed: npm ci --prefix tools/kusto"
        return None

    def check(self, kql: str) -> Checked:
        """Parse and bind one query. Blocks; raises OSError when the parser does not answer."""
        return Checked.model_validate_json(_node().ask(self._database, json.dumps({"query": kql})))


class _Node:
    """The parser's process. It starts at the first question, which takes it half a second, and
    serves every database in turn."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._database = ""
        self._lock = Lock()

    def ask(self, database: str, question: str) -> str:
        """The answer to a question about a database. Raises OSError when there is none in time."""
        with self._lock:
            process = self._process or self._start()
            timer = Timer(_TIMEOUT, process.kill)
            timer.start()
            try:
                if database != self._database:
                    _tell(process, database)
                    self._database = database
                _tell(process, question)
                return _answer(process)
            except OSError:
                self._process = None
                raise
            finally:
                timer.cancel()

    def _start(self) -> subprocess.Popen[str]:
        node = shutil.which("node")
        if node is None:
            raise FileNotFoundError("Node is not installed")
        self._database = ""
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [node, str(_TOOL / "check.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        return self._process

    def close(self) -> None:
        """End the process; a later question starts a new one."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            with process:  # closing its input ends it
                pass


@cache
def _node() -> _Node:
    node = _Node()
    atexit.register(node.close)
    return node


def _tell(process: subprocess.Popen[str], message: str) -> None:
    if process.stdin is None:
        raise BrokenPipeError("the parser has no input")
    process.stdin.write(message + "\n")
    process.stdin.flush()


def _answer(process: subprocess.Popen[str]) -> str:
    answer = process.stdout.readline() if process.stdout else ""
    if not answer:
        raise BrokenPipeError("the parser ended without an answer")
    return answer
