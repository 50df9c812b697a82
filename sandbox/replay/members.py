"""The members of a JSON document of any size, read in pieces; a broken one costs only itself."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, TextIO

CONTAINERS = frozenset({"value", "values", "results", "records", "hits", "rows", "data", "events"})
"""Names, in lower case, under which services give their records: Graph, Splunk, Elastic …"""
_PIECE = 1 << 20
_LONGEST = 8 << 20
"""Characters of one record; an object that is longer holds many of them."""
_SHOWN = 80
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[\s,]*")
_CONTAINER = re.compile(rf'"(?:{"|".join(sorted(CONTAINERS))})"\s*:\s*[\[{{]', re.IGNORECASE)
_HEAD = 1 << 16
"""Characters of an object within which a name of its records has to stand."""


class Member(NamedTuple):
    """The text of a member, and the line on which it begins."""

    line: int
    text: str


def members(file: TextIO) -> Iterator[Member]:
    """Every value of the document: of its list, of the lists under the names above, or itself.

    What cannot be read is given by its beginning, and the reading goes on with what follows it.
    """
    return _Reader(file).members()


class _Reader:
    """A window on the file that moves on; nothing before `place` is needed again."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._place = 0
        self._line = 1
        self._counted = 0
        self._ended = False

    def members(self) -> Iterator[Member]:
        while self._skip():
            if self._text[self._place] in "[]}:":
                self._place += 1
                continue
            line, start = self._line, self._place
            end = self._end_of_value()
            start, self._place = self._place, end or self._place
            if end is None and _CONTAINER.search(self._text, start, start + _HEAD):
                self._place += 1  # what it holds is read as the document's own
            elif end is None:
                yield Member(line, self._text[start : start + _SHOWN])
                self._leave_broken()
            elif not self._pass_name(self._text[start:end]):
                yield Member(line, self._text[start:end])

    def _pass_name(self, value: str) -> bool:
        """Whether it names what follows, which is then passed over unless it holds records."""
        if not value.startswith('"') or not self._skip() or self._text[self._place] != ":":
            return False
        self._place += 1
        if self._skip() and json.loads(value).lower() not in CONTAINERS:
            self._place = self._end_of_value() or self._place
        return True

    def _end_of_value(self) -> int | None:
        """Where the value at this place ends; None if it does not, or only too far away."""
        while True:
            try:
                _, end = _DECODER.raw_decode(self._text, self._place)
            except (ValueError, RecursionError):
                end = None
            # A number at the end of the window may go on in the next piece.
            if end is not None and (end < len(self._text) or self._ended):
                return end
            if len(self._text) - self._place >= _LONGEST or not self._more():
                return end

    def _leave_broken(self) -> None:
        """On to where the next object may begin, be it one inside the broken one."""
        self._place += 1
        while (found := self._text.find("{", self._place)) < 0:
            self._place = len(self._text)
            if not self._more():
                return
        self._place = found

    def _skip(self) -> bool:
        """Past space and commas; whether anything is left."""
        while True:
            if match := _SPACE.match(self._text, self._place):
                self._place = match.end()
            if self._place < len(self._text):
                self._count_lines()
                return True
            if not self._more():
                return False

    def _more(self) -> bool:
        """Drop what was read and read another piece; whether there was one."""
        if self._ended:
            return False
        self._count_lines()
        piece = self._file.read(_PIECE)
        self._text = self._text[self._place :] + piece
        self._place = self._counted = 0
        self._ended = not piece
        return bool(piece)

    def _count_lines(self) -> None:
        self._line += self._text.count("\n", self._counted, self._place)
        self._counted = self._place
