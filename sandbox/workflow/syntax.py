"""Parser of the Workflow Definition Language's expressions.

Grammar and escapes: "Schema reference guide for the Workflow Definition Language in Azure Logic
Apps". `@expr` as a whole string keeps the expression's type, `@{expr}` is put into a text, `@@`
at the start is an at-sign, and `@@{` an at-sign and a brace.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from .errors import ExpressionSyntaxError
from .values import Json


@dataclass(frozen=True)
class Literal:
    """A string, a number, `true`, `false` or `null`."""

    value: Json


@dataclass(frozen=True)
class Call:
    """A function call; `name` stands as it was written."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Select:
    """A property or an element of a value; `null_safe` forgives what is missing."""

    base: "Node"
    key: "Node"
    null_safe: bool


Node: TypeAlias = Literal | Call | Select


@dataclass(frozen=True)
class Expression:
    """One expression with the text it was parsed from."""

    source: str
    root: Node


@dataclass(frozen=True)
class Template:
    """A string with expressions in it: texts and expressions in turn."""

    parts: tuple[str | Expression, ...]


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^']|'')*')
      | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])
      | (?P<name>[A-Za-z_][\w]*)
      | (?P<mark>\?\.|\?\[|[()\[\],.])
    )""",
    re.VERBOSE,
)
_CONSTANTS: dict[str, Json] = {"true": True, "false": False, "null": None}
_LONG = range(-(2**63), 2**63)


@lru_cache(maxsize=4096)
def parse_string(text: str) -> str | Expression | Template:
    """Read a string of a definition: plain text, one typed expression, or a template."""
    if text.startswith("@") and len(text) > 1:
        if text[1] == "@":
            return text[1:]
        if text[1] != "{":
            return parse_expression(text[1:])
    if "@{" not in text:
        return text
    return _parse_template(text)


@lru_cache(maxsize=4096)
def parse_expression(source: str) -> Expression:
    """Parse one expression, without its at-sign.

    Raises ExpressionSyntaxError.
    """
    return Expression(source, _Parser(source).whole())


def calls(node: Node) -> Iterator[Call]:
    """Every function call of an expression, from the outside in."""
    match node:
        case Call(arguments=arguments):
            yield node
            for argument in arguments:
                yield from calls(argument)
        case Select(base=base, key=key):
            yield from calls(base)
            yield from calls(key)
        case Literal():
            return


def _parse_template(text: str) -> str | Template:
    parts: list[str | Expression] = []
    plain = ""
    position = 0
    while position < len(text):
        if text.startswith("@@{", position):
            plain += "@{"
            position += 3
        elif text.startswith("@{", position):
            end = _closing_brace(text, position)
            parts.extend(filter(None, (plain,)))
            parts.append(parse_expression(text[position + 2 : end]))
            plain = ""
            position = end + 1
        else:
            plain += text[position]
            position += 1
    if not any(isinstance(part, Expression) for part in parts):
        return plain
    parts.extend(filter(None, (plain,)))
    return Template(tuple(parts))


def _closing_brace(text: str, start: int) -> int:
    quoted = False
    for index in range(start + 2, len(text)):
        if text[index] == "'":
            quoted = not quoted
        elif text[index] == "}" and not quoted:
            return index
    raise ExpressionSyntaxError(
        f"The template language expression '{text}' is not valid: the string interpolation "
        f"segment starting at position '{start}' is not terminated. Make sure that every '@{{' "
        "is followed by its '}'."
    )


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = list(self._scan())
        self._next = 0

    def whole(self) -> Node:
        node = self._node()
        if self._kind() != "end":
            raise self._unexpected("EndOfData")
        return node

    def _node(self) -> Node:
        kind, text = self._take()
        node: Node
        if kind == "string":
            node = Literal(text[1:-1].replace("''", "'"))
        elif kind == "number":
            node = Literal(self._number(text))
        elif kind == "name" and text.lower() in _CONSTANTS:
            node = Literal(_CONSTANTS[text.lower()])
        elif kind == "name":
            node = Call(text, self._arguments())
        else:
            self._next -= 1
            raise self._unexpected("Identifier")
        return self._selections(node)

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(", "LeftParenthesis")
        if self._text() == ")":
            self._take()
            return ()
        arguments = [self._node()]
        while self._text() == ",":
            self._take()
            arguments.append(self._node())
        self._expect(")", "RightParenthesis")
        return tuple(arguments)

    def _selections(self, node: Node) -> Node:
        while (mark := self._text()) in ("[", "?[", ".", "?."):
            self._take()
            null_safe = mark.startswith("?")
            if mark.endswith("["):
                node = Select(node, self._node(), null_safe)
                self._expect("]", "RightSquareBracket")
            else:
                kind, name = self._take()
                if kind != "name":
                    self._next -= 1
                    raise self._unexpected("Identifier")
                node = Select(node, Literal(name), null_safe)
        return node

    def _number(self, text: str) -> Json:
        if re.fullmatch(r"[+-]?\d+", text):
            number = int(text)
            if number not in _LONG:
                raise ExpressionSyntaxError(
                    f"The template language expression '{self._source}' is not valid: the value "
                    f"'{text}' cannot be converted to number."
                )
            return number
        return float(Decimal(text))

    def _scan(self) -> Iterator[tuple[str, str]]:
        position = 0
        source = self._source.rstrip()
        while position < len(source):
            match = _TOKEN.match(source, position)
            if match is None or match.lastgroup is None:
                raise ExpressionSyntaxError(
                    f"The template language expression '{self._source}' is not valid: the string "
                    f"character '{source[position:].lstrip()[0]}' at position '{position}' is "
                    "not expected."
                )
            yield match.lastgroup, match[match.lastgroup]
            position = match.end()
        yield "end", ""

    def _kind(self) -> str:
        return self._tokens[self._next][0]

    def _text(self) -> str:
        kind, text = self._tokens[self._next]
        return text if kind == "mark" else ""

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _expect(self, mark: str, name: str) -> None:
        if self._text() != mark:
            raise self._unexpected(name)
        self._take()

    def _unexpected(self, expected: str) -> ExpressionSyntaxError:
        kind, text = self._tokens[self._next]
        actual = "EndOfData" if kind == "end" else text
        return ExpressionSyntaxError(
            f"Unable to parse template language expression '{self._source}': expected token "
            f"'{expected}' and actual '{actual}'."
        )
