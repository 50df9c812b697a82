"""An inbox rule as a client wrote it, read from the properties of an `UpdateInboxRules` record.

No document describes these properties: `RuleActions` is JSON text of a list, each entry with an
ActionType; `RuleCondition` is text in MAPI's own terms; a changed rule is often told by its RuleId
alone. What cannot be read is kept as an action or a condition of unknown kind, never left out.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import JsonValue

from evidence.destination import Destination, unresolved
from evidence.folder import Folder
from evidence.inbox_rule import InboxRule, RuleConditions
from evidence.model import JsonObject
from evidence.reading import distinct, embedded, get, items, objects, text

_NOTHING = frozenset(["", "{}", "()", "[]", "null"])
# `(SenderSearchKey Equal SMTP:A@B.EXAMPLE)`, `(Subject Contains invoice)`.
_PREDICATE = re.compile(r"\((?P<property>\w+) (?P<relation>\w+) (?P<value>[^()]{1,500})\)")
_WORDS_IN = {"subject": "subject_contains", "body": "body_contains", "header": "header_contains"}
_SENDERS = ("sender", "from", "sentrepresenting")
_ELSE = ("delete", "move", "copy", "read", "stop")
"""Words in the types of actions that send nothing."""


def from_properties(identifier: str, properties: Mapping[str, str]) -> InboxRule | None:
    """The rule that a record tells of; None where it does not say what the rule does."""
    told = {name.lower(): value for name, value in properties.items()}
    actions = embedded({"actions": told.get("ruleactions", "")}, "actions")
    entries = _entries(actions)
    if not entries:
        return None
    state = told.get("rulestate", "").lower()
    return InboxRule(
        id=identifier,
        name=told.get("rulename", "").strip(),
        enabled=not state or ("enabled" in state and "disabled" not in state),
        seen_by=(),
        conditions=_conditions(told.get("rulecondition", "")),
        forward_to=_recipients(entries, "forward"),
        forward_as_attachment_to=_recipients(entries, "attach"),
        redirect_to=_recipients(entries, "redirect"),
        deletes=any("delete" in _kind(entry) for entry in entries),
        move_to=_folder(entries, "move"),
        copy_to=_folder(entries, "copy"),
        marks_read=any("read" in _kind(entry) for entry in entries),
        stops_processing="exit" in state or any("stop" in _kind(entry) for entry in entries),
        other_actions=tuple(_others(entries)),
    )


def _entries(actions: JsonValue) -> list[JsonObject]:
    """The actions; text that is no JSON is one whose kind and recipients are that text."""
    if isinstance(actions, str):
        told = actions.strip() not in _NOTHING
        return [{"ActionType": actions, "Recipients": actions}] if told else []
    return [entry for entry in objects({"list": actions}, "list") if entry]


def _kind(entry: JsonObject) -> str:
    return (text(entry, "ActionType") or text(entry, "Type") or "").lower()


def _sending(entry: JsonObject) -> Literal["redirect", "attach", "forward"] | None:
    """How an action sends mail on; one of unknown type that names recipients sends to them."""
    kind = _kind(entry)
    if "redirect" in kind or "delegate" in kind:
        return "redirect"
    if "attach" in kind + (text(entry, "ForwardFlags") or "").lower():
        return "attach"
    return None if any(word in kind for word in _ELSE) and "forward" not in kind else "forward"


def _recipients(
    entries: list[JsonObject], verb: Literal["redirect", "attach", "forward"]
) -> tuple[Destination, ...]:
    written = (each for entry in entries if _sending(entry) == verb for each in _written(entry))
    return tuple(unresolved(each) for each in distinct(written))


def _written(entry: JsonObject) -> Iterator[str]:
    """The recipients of an action, given as texts, as objects, or as one text with semicolons."""
    told = get(entry, "Recipients") or get(entry, "Recipient") or get(entry, "Addresses")
    for each in items({"list": told}, "list"):
        if isinstance(each, dict):
            address = text(each, "EmailAddress") or text(each, "Address") or text(each, "Name")
            yield address or "(no address)"
        else:
            written = text({"written": each}, "written") or ""
            yield from (part.strip() for part in written.split(";") if part.strip())


def _folder(entries: list[JsonObject], verb: str) -> Folder | None:
    for entry in entries:
        if verb in _kind(entry):
            named = text(entry, "FolderName") or text(entry, "Folder")
            path = named or text(entry, "DestinationFolder") or ""
            return Folder(name=path, id=text(entry, "DestinationFolderId"))
    return None


def _others(entries: list[JsonObject]) -> Iterator[str]:
    known = (*_ELSE, "forward", "redirect", "delegate")
    for entry in entries:
        if not any(word in _kind(entry) for word in known):
            yield text(entry, "ActionType") or text(entry, "Type") or "(an action without a type)"


def _conditions(written: str) -> RuleConditions:
    """What can be told of a condition; the rest of it is a condition all the same."""
    if written.strip() in _NOTHING:
        return RuleConditions()
    found: dict[str, list[str]] = {}
    for predicate in _PREDICATE.finditer(written):
        named, value = predicate["property"].lower(), predicate["value"].strip()
        field = next((each for name, each in _WORDS_IN.items() if name in named), None)
        if named.startswith(_SENDERS):
            found.setdefault("from_addresses", []).append(_address(value))
        elif field is not None:
            found.setdefault(field, []).append(value)
    if not found:
        return RuleConditions(others=("RuleCondition",))
    return RuleConditions.model_validate({name: distinct(each) for name, each in found.items()})


def _address(value: str) -> str:
    """An address as MAPI writes it in a search key: `SMTP:A@B.EXAMPLE`, upper-cased."""
    kind, separator, address = value.partition(":")
    return address.lower() if separator and kind.upper() == "SMTP" else value
