"""Parser of the Workflow Definition Language's expressions.

Grammar and escapes: "Schema reference guide for the Workflow Definition Language in Azure Logic
Apps". `@expr` as a whole string keeps the expression's type, `@{expr}` is put into a text, `@@`
at the start is an at-sign, and `@@{` an at-sign and a brace.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
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
      | (?P<number>[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(?!\w)
      | (?P<name>[A-Za-z_][\w]*)
      | (?P<mark>\?\.|\?\[|[()\[\],.])
    )""",
    re.VERBOSE,
)
_DIGITS = re.compile(r"[+-]?[\d.]+|[+-]")
_INTEGER = re.compile(r"[+-]?\d+")
_TOKEN_NAMES = {
    **{"(": "LeftParenthesis", ")": "RightParenthesis", ",": "Comma", ".": "Dot"},
    **{"[": "LeftSquareBracket", "]": "RightSquareBracket"},
    **{"?[": "QuestionMark", "?.": "QuestionMark"},
    **{"end": "EndOfData", "name": "Identifier", "string": "Literal", "number": "Integer"},
}
"""The engine's names of tokens, as its error messages use them."""
LONGEST_EXPRESSION = 8192
"""Characters, with the at-sign: "Limits and configuration reference for Azure Logic Apps"."""
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
    if len(source) + 1 > LONGEST_EXPRESSION:
        raise ExpressionSyntaxError(
            f"The template language expression limit exceeded: maximum '{LONGEST_EXPRESSION}' and "
            f"actual '{len(source) + 1}'."
        )
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
        if kind == "string":
            return Literal(text[1:-1].replace("''", "'"))
        if kind == "number":
            return Literal(_number(text))
        if kind == "name" and text.lower() in _CONSTANTS:
            return Literal(_CONSTANTS[text.lower()])
        if kind == "name":
            return self._selections(Call(text, self._arguments()))
        self._next -= 1
        raise self._unexpected("Identifier")

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

    def _scan(self) -> Iterator[tuple[str, str]]:
        position = 0
        source = self._source.rstrip()
        while position < len(source):
            match = _TOKEN.match(source, position)
            if match is None or match.lastgroup is None:
                raise self._unknown_token(position)
            text = match[match.lastgroup]
            if match.lastgroup == "number" and not _fits(text):
                raise self._not_a_number(text, match.start("number"))
            yield match.lastgroup, text
            position = match.end()
        yield "end", ""

    def _unknown_token(self, position: int) -> ExpressionSyntaxError:
        rest = self._source[position:].lstrip()
        start = len(self._source) - len(rest)
        digits = _DIGITS.match(rest)
        if digits and (not rest[digits.end() :] or rest[digits.end()].isspace()):
            return self._not_a_number(digits[0], start)
        start += digits.end() if digits else 0
        mark = self._source[start]
        if mark == "'":
            return self._invalid(
                f"the string constant at position '{start}' is not terminated. String constants "
                "must be enclosed within a pair of quotes"
            )
        return self._invalid(f"the string character '{mark}' at position '{start}' is not expected")

    def _not_a_number(self, text: str, position: int) -> ExpressionSyntaxError:
        return self._invalid(
            f"the value '{text}' at position '{position}' cannot be converted to number"
        )

    def _invalid(self, reason: str) -> ExpressionSyntaxError:
        return ExpressionSyntaxError(
            f"The template language expression '{self._source}' is not valid: {reason}."
        )

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
        actual = _TOKEN_NAMES.get(text) or _TOKEN_NAMES[kind]
        if kind == "number" and not _INTEGER.fullmatch(text):
            actual = "Float"
        return ExpressionSyntaxError(
            f"Unable to parse template language expression '{self._source}': expected token "
            f"'{expected}' and actual '{actual}'."
        )


def _fits(text: str) -> bool:
    return not _INTEGER.fullmatch(text) or int(text) in _LONG


def _number(text: str) -> int | float:
    return int(text) if _INTEGER.fullmatch(text) else float(text)
