"""How ids and enumerations read on a page."""

import re

from triage.questions import Answer
from triage.timeline import Entry

CLASSIFICATIONS = {
    "truePositive": "True positive",
    "falsePositive": "False positive",
    "informationalExpectedActivity": "Expected activity",
    "undetermined": "Undetermined",
}
SOURCE_STATES = {
    "complete": "complete",
    "partly": "not all seen",
    "unseen": "not seen",
    "notAsked": "not asked",
}
UNDO = {
    "exact": "Can be taken back exactly",
    "equivalent": "Can be taken back; a new id takes the place of the old",
    "none": "Cannot be taken back",
}
ANSWER_STATES = {
    "answered": "Answered",
    "partly": "Perhaps not all",
    "open": "Not known",
    "none": "Nothing to ask",
}
_KINDS = (
    ("sign-in", "sign_in"),
    ("change", "forwarding_changes"),
    ("risk", "risk"),
    ("app", "app"),
    ("method", "auth_method"),
    ("mail", "mail"),
    ("mail", "message"),
    ("mail", "forward"),
    ("alert", "alert"),
)
"""What an entry of the timeline is about, by a part of its source's name."""


_OUTCOMES = frozenset("done unchanged planned refused unknown failed".split())
"""Of changes: each has a sign of its own."""


def outcome(status: str) -> str:
    """The sign of a change's status, which the caller of the report told."""
    return status if status in _OUTCOMES else "unknown"


def spaced(name: str) -> str:
    """`compromisedAccount` and `reset_credentials` as words, without a capital."""
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", name).replace("_", " ").lower()


def titled(name: str) -> str:
    """An id as the beginning of a sentence: `Reset credentials`."""
    words = spaced(name)
    return words[:1].upper() + words[1:]


def source(action: str) -> str:
    """What an action or a hunt is about: `list_sign_ins` is `Sign-ins`."""
    found = re.fullmatch(r"(?:list|get|find|trace)_(.+)", action)
    about = titled(found[1]) if found else f"Hunt: {spaced(action)}"
    return about.replace("ign in", "ign-in").replace(" urls", " URLs")


def answer_state(answer: Answer) -> str:
    """A key of `ANSWER_STATES`."""
    if not answer.asked:
        return "none"
    if not answer.complete:
        return "partly" if answer.found else "open"
    return "answered"


def kind(entry: Entry) -> str:
    """What an entry of the timeline is about."""
    return next((kind for kind, part in _KINDS if part in entry.source), "other")
