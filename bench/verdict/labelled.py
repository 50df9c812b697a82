"""Labelled cases from files: every line becomes a case, or says why it cannot be one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

import yaml
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
)

from evidence.model import JsonObject
from evidence.reading import get, moment, text, texts

Kind = Literal["ual_event", "message_rule", "get_inboxrule", "alert", "incident", "case"]
Label = Literal["malicious", "benign", "unknown"]

_KINDS: dict[str, Kind] = {each: each for each in get_args(Kind)}
_LABELS: dict[str, Label] = {each: each for each in get_args(Label)}
_LONGEST_ID = 200
_ESCAPED = range(0xDC80, 0xDD00)
"""What `surrogateescape` makes of bytes that are no UTF-8."""
_SURROGATE = "\\ud"
"""How JSON begins to write one."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(ValueError):
    """A case that cannot be read; the text says why."""


class Context(BaseModel):
    """What is known of the tenant beside the case itself."""

    model_config = ConfigDict(frozen=True)

    accepted_domains: tuple[str, ...] = ()
    allowed_domains: tuple[str, ...] = ()
    """Whole domains to which forwarding is approved."""
    allowed_addresses: tuple[str, ...] = ()
    cmdlet: str = ""
    """The Exchange cmdlet that gave, or took, what the case holds; without its parameters."""
    mailbox: str = ""
    """Whose mailbox it is, where the case itself does not tell."""
    as_of: AwareDatetime | None = None
    """The moment of judgement."""


class LabelledCase(BaseModel):
    """One thing to judge, and what it is known to be."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: Kind
    data: JsonValue
    label: Label
    why: str = ""
    """Why the label is right."""
    hard: bool = False
    """Whether it is made to be mistaken for its opposite."""
    context: Context = Field(default_factory=Context)


@dataclass(frozen=True)
class Entry:
    """A case of a file, or the reason for which it is none."""

    id: str
    label: Label
    where: str
    """File and line, e.g. `cases.jsonl:12`."""
    case: LabelledCase | None = None
    unreadable: str = ""


def lines(path: Path) -> Iterator[Entry]:
    """The cases of a JSONL file, one a line; raises OSError where the file cannot be opened."""
    with path.open("rb") as file:
        utf_16 = file.read(2) in _UTF_16
    encoding = "utf-16" if utf_16 else "utf-8-sig"
    errors = "replace" if utf_16 else "surrogateescape"
    with path.open(encoding=encoding, errors=errors) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _entry_of_line(line, f"{path.name}:{number}")


def corpus(folder: Path) -> Iterator[Entry]:
    """The cases of the YAML files of a folder, each a list of cases."""
    for path in sorted(folder.glob("*.yaml")):
        listed = TypeAdapter(list[JsonValue]).validate_python(
            json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
        )
        for number, source in enumerate(listed, 1):
            yield _entry(source, f"{path.stem}:{number}")


def _entry_of_line(line: str, where: str) -> Entry:
    if any(ord(character) in _ESCAPED for character in line):
        return Entry(where, "unknown", where, unreadable="The line is not UTF-8")
    try:
        source: JsonValue = json.loads(line)
    except ValueError as error:
        return Entry(where, "unknown", where, unreadable=f"The line is not JSON: {_short(error)}")
    except RecursionError:
        return Entry(where, "unknown", where, unreadable="The line nests too deeply")
    return _entry(_without_surrogates(source) if _SURROGATE in line.lower() else source, where)


def _without_surrogates(source: JsonValue) -> JsonValue:
    """Half a character, which JSON can write and nothing else can take, becomes a question mark."""
    written = json.dumps(source, ensure_ascii=False).encode("utf-8", errors="replace")
    read: JsonValue = json.loads(written)
    return read


def _entry(source: JsonValue, where: str) -> Entry:
    named = printable(text(source, "id") or "")[:_LONGEST_ID] or where
    label = _LABELS.get((text(source, "label") or "").lower(), "unknown")
    try:
        case = _case(source, named, label)
    except Unreadable as error:
        return Entry(named, label, where, unreadable=str(error))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"][:3])
        return Entry(named, label, where, unreadable=printable(f"{field}: {first['msg']}"))
    return Entry(named, label, where, case=case)


def _case(source: JsonValue, named: str, label: Label) -> LabelledCase:
    if not isinstance(source, dict):
        raise Unreadable("The line is not a JSON object")
    written = get(source, "kind")
    kind = _KINDS.get(written.strip().lower()) if isinstance(written, str) else None
    if kind is None:
        what = "missing; it is" if written is None else f"{_short(written)!r} is not"
        raise Unreadable(printable(f"kind: {what} one of {', '.join(_KINDS)}"))
    data = get(source, "data")
    if not isinstance(data, dict | list) or not data:
        raise Unreadable("data: neither a JSON object nor a list of them")
    return LabelledCase(
        id=named,
        kind=kind,
        data=data,
        label=label,
        why=printable(text(source, "why") or ""),
        hard=get(source, "hard") is True,
        context=_context(get(source, "context")),
    )


def _context(source: JsonValue) -> Context:
    if source is not None and not isinstance(source, dict):
        raise Unreadable("context: not a JSON object")
    members: JsonObject = source or {}
    return Context(
        accepted_domains=_texts(members, "accepted_domains"),
        allowed_domains=_texts(members, "allowed_domains"),
        allowed_addresses=_texts(members, "allowed_addresses"),
        cmdlet=(text(members, "cmdlet") or "").partition(" ")[0],
        mailbox=text(members, "mailbox") or "",
        as_of=_moment(members, "as_of"),
    )


def _texts(members: JsonObject, name: str) -> tuple[str, ...]:
    """A list of texts; anything else would be read as an empty list, and so change the case."""
    found = texts(members, name)
    written = get(members, name)
    count = len(written) if isinstance(written, list) else 0 if written is None else 1
    if len(found) != count:
        raise Unreadable(f"context.{name}: not a list of texts")
    return found


def _moment(members: JsonObject, name: str) -> datetime | None:
    found = moment(members, name)
    if found is None and get(members, name) is not None:
        raise Unreadable(f"context.{name}: not a time")
    return found


def printable(written: str) -> str:
    """Text that a terminal and a file can take: no control characters, no lone surrogates."""
    return "".join(each if each.isprintable() else "�" for each in written)


def _short(value: object) -> str:
    return str(value)[:80]
