"""The KQL that leaves Mailwarden: the hunts of `hunts/`, and values written as Kusto literals."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Annotated, cast

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
)

MAX_TEXT = 2_000
"""Characters in one text: a message id has at most 998, an address 320."""
MAX_ITEMS = 1_000
"""Texts in one list."""

_NAMED_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONGEST = timedelta(days=10_675_199)
"""Kusto counts a timespan in 64 bits of 100 nanoseconds (Kusto: The timespan data type)."""
_HEADER_LINE = re.compile(r"//( {2,})?\s*(.*)")
_TOP = re.compile(r"^\| top (\d+) by ", re.MULTILINE)
_DURATION = TypeAdapter(timedelta)


class KqlValueError(ValueError):
    """A value that cannot be written as a KQL literal."""


class HuntArgumentError(ValueError):
    """An argument that a hunt does not take; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class HuntFileError(ValueError):
    """A `.kql` file whose header cannot be read."""


def literal(value: object) -> str:
    """The value as one Kusto literal (Kusto documentation: "Scalar data types").

    Takes text, a list of texts, a boolean, a 64-bit integer, an aware datetime or a timedelta.
    Quotes, backslashes and everything that is not printable are escaped.

    Raises KqlValueError for any other type, and for what no literal can hold: NUL, lone
    surrogates, a datetime without zone, an integer or timespan beyond 64 bits, text or lists too
    long.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return _long(value)
        case str():
            return _text(value)
        case datetime():
            return _datetime(value)
        case timedelta():
            return _timespan(value)
        case list() | tuple():
            return _dynamic(cast("list[object] | tuple[object, ...]", value))
        case _:
            raise KqlValueError(f"a {type(value).__name__} cannot be written as KQL")


def _text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise KqlValueError(f"text is longer than {MAX_TEXT:,} characters")
    return f'"{"".join(map(_character, value))}"'


def _character(character: str) -> str:
    code = ord(character)
    if code == 0:
        raise KqlValueError("text contains a NUL character")
    if 0xD800 <= code <= 0xDFFF:
        raise KqlValueError("text contains a lone surrogate")
    if character in _NAMED_ESCAPES:
        return _NAMED_ESCAPES[character]
    # Kusto's \u has four digits; beyond them no character ends a line or a literal.
    if character.isprintable() or code > 0xFFFF:
        return character
    return f"\\u{code:04x}"


def _dynamic(values: list[object] | tuple[object, ...]) -> str:
    if len(values) > MAX_ITEMS:
        raise KqlValueError(f"list has more than {MAX_ITEMS:,} values")
    texts: list[str] = []
    for value in values:
        if not isinstance(value, str):
            raise KqlValueError("list holds something else than text")
        texts.append(_text(value))
    return f"dynamic([{', '.join(texts)}])"


def _long(value: int) -> str:
    # The smallest 64-bit integer is Kusto's null.
    if not -(2**63) < value < 2**63:
        raise KqlValueError("integer does not fit 64 bits")
    return f"long({value})"


def _datetime(value: datetime) -> str:
    if value.utcoffset() is None:
        raise KqlValueError("datetime has no time zone")
    try:
        at = value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise KqlValueError("datetime lies outside the calendar") from error
    return f"datetime({at.isoformat(timespec='microseconds')}Z)"


def _timespan(value: timedelta) -> str:
    if not -_LONGEST <= value <= _LONGEST:
        raise KqlValueError("timespan does not fit 64 bits")
    sign = "-" if value < timedelta(0) else ""
    size = abs(value)
    minutes, seconds = divmod(size.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"timespan({sign}{size.days}.{hours:02}:{minutes:02}:{seconds:02}.{size.microseconds:06})"
    )


class ParameterType(StrEnum):
    """What a hunt's parameter holds."""

    STRING = "string"
    STRINGS = "strings"
    BOOL = "bool"
    INT = "int"
    DATETIME = "datetime"
    TIMESPAN = "timespan"


_ARGUMENTS: Mapping[ParameterType, TypeAdapter[object]] = MappingProxyType(
    {
        ParameterType.STRING: TypeAdapter(StrictStr),
        ParameterType.STRINGS: TypeAdapter(list[StrictStr]),
        ParameterType.BOOL: TypeAdapter(StrictBool),
        ParameterType.INT: TypeAdapter(StrictInt),
        ParameterType.DATETIME: TypeAdapter(AwareDatetime),
        ParameterType.TIMESPAN: TypeAdapter(timedelta),
    }
)
_NULLS = MappingProxyType({ParameterType.DATETIME: "datetime(null)"})
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


class HuntParameter(BaseModel):
    """A value that a hunt is asked with."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    type: ParameterType
    meaning: str
    required: bool
    default: JsonValue = None

    def render(self, arguments: Mapping[str, object]) -> str:
        """The `let` that gives the parameter its value; raises HuntArgumentError."""
        if self.name not in arguments:
            if self.required:
                raise HuntArgumentError(self.name, "is required")
            return self._let(self.default)
        value = arguments[self.name]
        if self.required and value in ("", [], ()):
            raise HuntArgumentError(self.name, "must not be empty")
        return self._let(value)

    def _let(self, value: object) -> str:
        if value is None and not self.required and self.type in _NULLS:
            return f"let {self.name} = {_NULLS[self.type]};"
        # Numbers would otherwise pass for seconds.
        if self.type in (ParameterType.DATETIME, ParameterType.TIMESPAN) and not isinstance(
            value, str | datetime | timedelta
        ):
            raise HuntArgumentError(self.name, f"must be a {self.type} in ISO 8601")
        try:
            return f"let {self.name} = {literal(_ARGUMENTS[self.type].validate_python(value))};"
        except ValidationError as error:
            detail = error.errors()[0]["msg"]
            raise HuntArgumentError(self.name, f"must be {self.type}: {detail}") from error
        except KqlValueError as error:
            raise HuntArgumentError(self.name, str(error)) from error


class Hunt(BaseModel):
    """One question in KQL, as its file in `hunts/` states it."""

    model_config = ConfigDict(frozen=True)

    name: str
    answers: str
    """The question, in one sentence."""
    parameters: tuple[HuntParameter, ...]
    one_of: tuple[str, ...]
    """Parameters of which at least one must be given; empty where that is not asked."""
    tables: tuple[str, ...]
    lag: timedelta
    """How long after an event its row may still be missing."""
    lag_basis: str
    """Where the lag is known from, or that it is an estimate."""
    source: str
    body: str

    @property
    def most_rows(self) -> int | None:
        """At how many rows the hunt cuts its own answer, by its `top`; None where it does not."""
        top = _TOP.search(self.body)
        return int(top.group(1)) if top else None

    def render(self, arguments: Mapping[str, object]) -> str:
        """The query for these arguments: one `let` a parameter, then the hunt's own text.

        Raises HuntArgumentError for an unknown, missing or mistyped argument.
        """
        known = {parameter.name for parameter in self.parameters}
        for name in arguments:
            if name not in known:
                raise HuntArgumentError(name, f"is not a parameter of {self.name}")
        if self.one_of and not any(arguments.get(name) for name in self.one_of):
            raise HuntArgumentError(self.one_of[0], f"give one of {', '.join(self.one_of)}")
        lets = [parameter.render(arguments) for parameter in self.parameters]
        return "\n".join([*lets, self.body])


@cache
def hunts() -> Mapping[str, Hunt]:
    """Every hunt by name, read once from the `hunts` package. Raises HuntFileError."""
    files = sorted(resources.files("hunts").iterdir(), key=lambda file: file.name)
    found = [
        parse_hunt(file.name.removesuffix(".kql"), file.read_text(encoding="utf-8"))
        for file in files
        if file.name.endswith(".kql")
    ]
    return MappingProxyType({hunt.name: hunt for hunt in found})


def parse_hunt(name: str, text: str) -> Hunt:
    """Read a hunt from its file: comment lines `// key: value`, then KQL. Raises HuntFileError."""
    fields: list[tuple[str, str]] = []
    lines = text.splitlines()
    length = 0
    for length, line in enumerate(lines):  # noqa: B007 - the header's length is wanted
        comment = _HEADER_LINE.match(line)
        if comment is None:
            break
        indent, content = comment.groups()
        if indent and fields:
            key, value = fields[-1]
            fields[-1] = (key, f"{value} {content}")
        else:
            key, _, value = content.partition(":")
            fields.append((key.strip(), value.strip()))
    try:
        return _hunt(name, fields, "\n".join(lines[length:]).strip())
    except (KeyError, ValueError) as error:
        raise HuntFileError(f"{name}.kql: {error}") from error


def _hunt(name: str, fields: list[tuple[str, str]], body: str) -> Hunt:
    single = dict(fields)
    lag, _, basis = single["lag"].partition(" — ")
    return Hunt(
        name=name,
        answers=single["answers"],
        parameters=tuple(_parameter(value) for key, value in fields if key == "parameter"),
        one_of=_names(single.get("one of", "")),
        tables=_names(single["tables"]),
        lag=_DURATION.validate_python(lag),
        lag_basis=basis,
        source=single["source"],
        body=body,
    )


def _parameter(text: str) -> HuntParameter:
    declared, *notes = text.split(" — ")
    name, _, kind = declared.partition(":")
    default = next((note for note in notes[1:] if note.startswith("default ")), None)
    return HuntParameter(
        name=name.strip(),
        type=ParameterType(kind.strip()),
        meaning=notes[0],
        required=default is None,
        default=None if default is None else _JSON.validate_json(default.removeprefix("default ")),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
