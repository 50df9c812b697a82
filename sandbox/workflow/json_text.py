"""JSON as Newtonsoft's reader takes it, which forgives much that the standard does not.

Quotes may be single, names bare, commas trailing, brackets open at the end; there may be comments,
and whatever follows the value is not looked at. Not understood, and refused, is what no JSON value
could hold: `undefined`, a missing element, a constructor.
"""

import json
import re
from collections.abc import Callable

from .utf16 import joined
from .values import Json, JsonObject, as_json

_BLANK = re.compile(r"(?:\s+|/\*.*?\*/|//[^\n]*)*", re.DOTALL)
_NAME = re.compile(r"[\w$]+")
_NUMBER = re.compile(
    r"(?P<hex>0[xX][0-9a-fA-F]+)|(?P<octal>0[0-7]+)"
    r"|(?P<float>-?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|-?\d+[eE][+-]?\d+)|(?P<integer>-\d+|0(?!\d)|[1-9]\d*)"
)
_END_OF_WORD = re.compile(r"[\s,:\]}/]|$")
_STRING = re.compile(
    r"""(?P<quote>["'])(?P<body>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)""", re.DOTALL
)
_ESCAPE = re.compile(r"\\(?:u(?P<unit>[0-9a-fA-F]{4})|(?P<letter>.))", re.DOTALL)
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"} | {c: c for c in "\\/\"'"}
_WORDS: dict[str, Json] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}


def read_json(text: str) -> Json:
    """The value of a text, null for an empty one; raises ValueError."""
    try:
        return as_json(json.loads(text))
    except ValueError:
        return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Json:
        self._skip_blank()
        return None if self._ended() else self._value()

    def _value(self) -> Json:
        match self._text[self._at : self._at + 1]:
            case "{":
                return self._object()
            case "[":
                return self._array()
            case '"' | "'":
                return self._string()
            case _:
                return self._word()

    def _object(self) -> JsonObject:
        members: JsonObject = {}

        def member() -> None:
            name = self._string() if self._text[self._at] in "\"'" else self._take(_NAME)
            if not self._passes(":"):
                raise self._unexpected()
            self._skip_blank()
            members[name] = self._value()

        self._members("}", member)
        return members

    def _array(self) -> list[Json]:
        elements: list[Json] = []
        self._members("]", lambda: elements.append(self._value()))
        return elements

    def _members(self, end: str, read: Callable[[], None]) -> None:
        """Read members up to the closing bracket, or to the end of the text after a member."""
        self._at += 1
        self._skip_blank()
        while not self._passes(end):
            if self._ended():
                raise self._unexpected()
            read()
            if self._passes(end) or self._ended():
                return
            if not self._passes(","):
                raise self._unexpected()
            self._skip_blank()

    def _string(self) -> str:
        match = _STRING.match(self._text, self._at)
        if match is None:
            raise ValueError(f"the string at position {self._at} does not end")
        self._at = match.end()
        return joined(_ESCAPE.sub(self._escaped, match["body"]))

    def _escaped(self, match: re.Match[str]) -> str:
        if match["unit"]:
            return chr(int(match["unit"], 16))
        if match["letter"] not in _LETTERS:
            raise ValueError(f"bad escape sequence {match[0]}")
        return _LETTERS[match["letter"]]

    def _word(self) -> Json:
        word = next((word for word in _WORDS if self._text.startswith(word, self._at)), None)
        if word is not None:
            self._at += len(word)
        value = self._number() if word is None else _WORDS[word]
        if not _END_OF_WORD.match(self._text, self._at):
            raise self._unexpected()
        return value

    def _number(self) -> Json:
        match = _NUMBER.match(self._text, self._at)
        if match is None:
            raise self._unexpected()
        self._at = match.end()
        if match["float"]:
            return float(match[0])
        base = 16 if match["hex"] else 8 if match["octal"] else 10
        return int(match[0], base)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise self._unexpected()
        self._at = match.end()
        return match[0]

    def _passes(self, mark: str) -> bool:
        self._skip_blank()
        found = self._text.startswith(mark, self._at)
        self._at += len(mark) if found else 0
        return found

    def _skip_blank(self) -> None:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _ended(self) -> bool:
        return self._at >= len(self._text)

    def _unexpected(self) -> ValueError:
        what = f"character {self._text[self._at]!r}" if not self._ended() else "end"
        return ValueError(f"unexpected {what} at position {self._at}")
