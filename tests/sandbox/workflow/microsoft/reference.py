"""Microsoft's own Logic Apps engine in a process of its own, where it is installed."""

import json
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from threading import Timer

from pydantic import BaseModel, ConfigDict

from sandbox.workflow import Json

TOOL = Path(__file__).parents[4] / "tools" / "logicapps"
_ENGINE = TOOL / ".engine"
_TIMEOUT = 60.0  # seconds for a batch of questions


class Answer(BaseModel):
    """What the engine made of a request: JSON and its type, or an error and its kind."""

    model_config = ConfigDict(frozen=True)

    value: str | None = None
    type: str | None = None
    error: str | None = None
    kind: str | None = None


class ReferenceEngine:
    """One engine process; close it at the end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [_ENGINE / "bin" / "python", TOOL / "serve.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={"LD_LIBRARY_PATH": str(_ENGINE / "openssl" / "psycopg2_binary.libs")},
        )

    @staticmethod
    def missing() -> str | None:
        """Why the engine cannot run here, or None where it can."""
        if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            return "Microsoft's Logic Apps engine runs on Linux x86-64"
        if not (_ENGINE / "installed").is_file():
            return "Microsoft's Logic Apps engine is not installed: tools/logicapps/install.sh"
        return None

    def evaluate(self, token: Json, surroundings: Mapping[str, Json]) -> Answer:
        """Every expression of a definition's value, replaced by its own value."""
        return self._ask({"evaluate": token, "surroundings": dict(surroundings)})

    def decide(self, condition: Json, surroundings: Mapping[str, Json]) -> Answer:
        """The value of a condition that is written as an object."""
        return self._ask({"decide": condition, "surroundings": dict(surroundings)})

    def validate(self, definition: Json, parameters: Mapping[str, Json]) -> str | None:
        """Why a definition would not be saved, or None."""
        return self._ask({"validate": definition, "parameters": dict(parameters)}).error

    def close(self) -> None:
        """End the process."""
        with self._process:  # closing its input ends it
            pass

    def _ask(self, question: Mapping[str, Json]) -> Answer:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        timer = Timer(_TIMEOUT, self._process.kill)
        timer.start()
        try:
            stdin.write(json.dumps(question, default=float) + "\n")
            stdin.flush()
            line = stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise BrokenPipeError("Microsoft's engine ended without an answer")
        return Answer.model_validate_json(line)
