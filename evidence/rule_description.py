"""What a rule does, from the sentences in which `Get-InboxRule` describes it.

People list rules by name and description alone, and exports keep no more. Exchange writes one
condition or action a line, in the language of the session; only the English one is read.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from evidence.model import JsonObject
from evidence.reading import text

OTHER_CONDITION = "OtherCondition"
"""Stands for a condition whose sentence is not known: the rule has one all the same."""
_HEADINGS = ("if the message", "except if", "take the following action")
_QUOTED = re.compile(r"'([^']{1,500})'")
_CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "words in the subject or body": "SubjectOrBodyContainsWords",
        "words in the subject": "SubjectContainsWords",
        "words in the body": "BodyContainsWords",
        "words in the message header": "HeaderContainsWords",
        "words in the sender's address": "FromAddressContainsWords",
        "words in the recipient's address": "RecipientAddressContainsWords",
        "was received from": "From",
        "was sent to": "SentTo",
    }
)
_ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "forward the message as an attachment to": "ForwardAsAttachmentTo",
        "forward the message to": "ForwardTo",
        "redirect the message to": "RedirectTo",
        "move the message to": "MoveToFolder",
        "copy the message to": "CopyToFolder",
        "delete the message": "DeleteMessage",
        "mark the message as read": "MarkAsRead",
        "stop processing more rules": "StopProcessingRules",
    }
)
_FLAGS = frozenset(["DeleteMessage", "MarkAsRead", "StopProcessingRules"])
_FOLDERS = frozenset(["MoveToFolder", "CopyToFolder"])


def described(payload: JsonObject) -> JsonObject:
    """The properties of `Get-InboxRule` that a rule's `Description` tells of."""
    found: JsonObject = {}
    heading = ""
    for line in (text(payload, "Description") or "").splitlines():
        sentence = line.strip().removeprefix("and ")
        opened = next((each for each in _HEADINGS if sentence.lower().startswith(each)), "")
        heading = opened or heading
        if sentence and not opened:
            found |= _told(sentence, heading)
    return found


def _told(sentence: str, heading: str) -> JsonObject:
    is_action = heading.startswith("take")
    known = _ACTIONS if is_action else _CONDITIONS
    name = next((known[each] for each in known if each in sentence.lower()), None)
    # The words "sender's" hold a quotation mark of their own.
    values = _QUOTED.findall(sentence.replace("'s ", " "))
    if name in _FLAGS:
        return {name: True}
    if name is not None and values:
        written = values[0] if name in _FOLDERS else list(values)
        return {f"ExceptIf{name}" if heading.startswith("except") else name: written}
    return {OTHER_CONDITION: sentence} if heading.startswith("if") else {}
