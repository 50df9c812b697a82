"""The table of expressions, and both engines' answers in its notation."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.workflow import Json, controls
from sandbox.workflow.errors import DefinitionError, ExpressionError
from sandbox.workflow.evaluation import evaluate
from sandbox.workflow.values import as_json, as_object, compact_json
from tests.sandbox.workflow.microsoft.given import Given
from tests.sandbox.workflow.microsoft.reference import Answer, ReferenceEngine

_HERE = Path(__file__).parent
SURROUNDINGS = as_object(as_json(json.loads((_HERE / "surroundings.json").read_text("utf-8"))))
FAILS = "fails"
_COMPARED = re.compile(
    r"The template language expression|Unable to |The template function '(item|listCallbackUrl)'"
)
"""Messages that say what is wrong with an expression; those of functions may be worded anew."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class Row:
    """One line: the expression as it is written there, and the answer."""

    written: str
    answer: str

    @property
    def token(self) -> Json:
        """The value of a definition that holds the expression."""
        if self.written[0] in '"{[':
            return as_json(json.loads(self.written))
        return f"@{self.written}"

    def __str__(self) -> str:
        return f"{self.written} => {self.answer}"


def families() -> dict[str, list[Row]]:
    """The rows by the heading they stand under."""
    found: dict[str, list[Row]] = {}
    rows: list[Row] = []
    _, *lines = (_HERE / "expressions.txt").read_text("utf-8").split("\n# ")
    for family in lines:
        name, *written = family.strip().split("\n")
        rows = [Row(*line.rsplit(" => ", 1)) for line in written]
        found[name] = rows
    return found


def by_microsoft(
    engine: ReferenceEngine, token: Json, surroundings: Mapping[str, Json] = SURROUNDINGS
) -> str:
    """What Microsoft's engine makes of a definition's value."""
    return _written(engine.evaluate(token, surroundings))


def decided_by_microsoft(
    engine: ReferenceEngine, condition: Json, surroundings: Mapping[str, Json]
) -> str:
    """What Microsoft's engine makes of a condition that is written as an object."""
    return _written(engine.decide(condition, surroundings))


def by_the_runner(token: Json, surroundings: Mapping[str, Json] = SURROUNDINGS) -> str:
    """What the sandbox's runner makes of a definition's value."""
    return _attempted(lambda: evaluate(token, Given(surroundings)))


def decided_by_the_runner(condition: Json, surroundings: Mapping[str, Json]) -> str:
    """What the sandbox's runner makes of a condition that is written as an object."""
    return _attempted(lambda: controls.condition(condition, Given(surroundings)))


def _written(answer: Answer) -> str:
    if answer.error is not None:
        return _failure(answer.error)
    text = answer.value or "null"
    if answer.type == "Float" and text.startswith('"'):
        return text.strip('"')  # Infinity and NaN are no JSON
    return _readable(text)


def _attempted(work: Callable[[], Json]) -> str:
    try:
        value = work()
    except (ExpressionError, DefinitionError) as error:
        return _failure(str(error))
    text = _NOT_ASCII.sub(lambda match: json.dumps(match[0])[1:-1], compact_json(value))
    if isinstance(value, float) and not math.isfinite(value):
        return text.strip('"')
    return _readable(text)


def _failure(message: str) -> str:
    shown = _COMPARED.match(message) and "\n" not in message
    return f"{FAILS}: {message}" if shown else FAILS


def _readable(text: str) -> str:
    """Escapes as characters, where those can be seen and stored."""
    return re.sub(r"(?:\\u[0-9a-f]{4})+", lambda match: _unescaped(match[0]), text)


def _unescaped(escapes: str) -> str:
    text = str(json.loads(f'"{escapes}"'))
    whole = not any("\ud800" <= each <= "\udfff" for each in text)
    return text if whole and text.isprintable() else escapes
