"""Kusto text, brought from how Microsoft reads it to how the local translator reads it.

The translator has no `column_ifexists`, drops `\\u` escapes and forgives a wrong case in names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Columns = Mapping[str, str]
"""Column name to Kusto type."""

_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*)
  | (?P<string>[hH]?(?:@"(?:[^"]|"")*" | @'(?:[^']|'')*' | ```.*?```
                     | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'))
  | (?P<name>[A-Za-z_]\w*)
  | (?P<number>\d\w*)
  | (?P<space>\s+)
  | (?P<mark>==|=~|=>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))"
)
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WRITTEN = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
# Words of the language that are also, in another case, names of columns.
_KEYWORDS = frozenset({"to", "type", "title", "context", "count", "id", "kind", "set", "state"})


class KustoError(Exception):
    """The query is refused; the message is worded as Kusto's are."""


@dataclass(frozen=True)
class Token:
    """A piece of the query: comment, string, name, number, space or mark."""

    kind: str
    text: str


def tokens(kql: str) -> list[Token]:
    """The query in pieces that, joined, are the query again."""
    return [Token(str(match.lastgroup), match.group()) for match in _TOKEN.finditer(kql)]


def string_value(written: str) -> str:
    """The text that a string literal stands for (Kusto documentation: the string data type)."""
    body = written.lstrip("hH")
    if body.startswith("```"):
        return body[3:-3]
    if body.startswith("@"):
        return body[2:-1].replace(body[1] * 2, body[1])
    # Characters beyond \uFFFF may be written as a surrogate pair.
    value = _ESCAPE.sub(_unescaped, body[1:-1])
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(match: re.Match[str]) -> str:
    four, eight, two, octal, other = match.groups()
    if other is not None:
        return _NAMED.get(other, other)
    return chr(int(octal, 8) if octal else int(four or eight or two, 16))


def localized(kql: str, tables: Mapping[str, Columns]) -> str:
    """The query as the translator understands it.

    Raises KustoError for a name in a wrong case, a management command, or no query at all.
    """
    pieces = tokens(kql)
    if not kql.strip():
        raise KustoError("The query is empty. Fix syntax errors in your query.")
    if kql.lstrip().startswith("."):
        raise KustoError("Management commands are not allowed. Fix syntax errors in your query.")
    _check_case(pieces, tables)
    plain = [
        Token("string", f'"{string_value(piece.text).translate(_WRITTEN)}"')
        if piece.kind == "string"
        else piece
        for piece in pieces
    ]
    return "".join(piece.text for piece in _without_column_ifexists(plain, tables))


def _check_case(pieces: list[Token], tables: Mapping[str, Columns]) -> None:
    used = {piece.text for piece in pieces if piece.text in tables} or set(tables)
    columns = {name for table in used for name in tables[table]}
    made = {name for _, name, after in _names(pieces) if after in ("=", ":")}
    right = {*tables, *columns, *made, *_KEYWORDS}
    folded = {name.casefold(): name for name in (*columns, *tables)}
    for before, name, after in _names(pieces):
        if name in right or before == "." or after == "(":
            continue
        meant = folded.get(name.casefold())
        if meant is not None:
            raise KustoError(unresolved(name, table=meant in tables))


def _names(pieces: list[Token]) -> Iterator[tuple[str, str, str]]:
    """Every name with what stands before and after it, comments and space aside."""
    significant = [piece for piece in pieces if piece.kind not in ("space", "comment")]
    for index, piece in enumerate(significant):
        if piece.kind == "name":
            before = significant[index - 1].text if index else ""
            after = significant[index + 1].text if index + 1 < len(significant) else ""
            yield before, piece.text, after


def unresolved(name: str, *, table: bool) -> str:
    """What Kusto says of a name that it does not know."""
    what = "table or column" if table else "scalar"
    return f"Failed to resolve {what} expression named '{name}'. Fix semantic errors in your query."


def _without_column_ifexists(pieces: list[Token], tables: Mapping[str, Columns]) -> list[Token]:
    """The pieces with every `column_ifexists(name, default)` decided by the tables at hand.

    The tables looked at are those named before it in the same statement and bracket; a column
    that the query itself made does not count.
    """
    everywhere = [piece.text for piece in pieces if piece.text in tables]
    scopes: list[list[str]] = [[]]
    decided: list[Token] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        if piece.kind == "name" and piece.text in ("column_ifexists", "columnifexists"):
            end = _closing(pieces, position)
            scope = [name for names in scopes for name in names] or everywhere
            known = {column for name in scope for column in tables[name]}
            decided += _decide(pieces[position:end], known)
            position = end
            continue
        match piece.text:
            case "(" | "[" | "{":
                scopes.append([])
            case ")" | "]" | "}" if len(scopes) > 1:
                scopes.pop()
            case ";":
                scopes[-1].clear()
            case name if piece.kind == "name" and name in tables:
                scopes[-1].append(name)
            case _:
                pass
        decided.append(piece)
        position += 1
    return decided


def _closing(pieces: list[Token], start: int) -> int:
    """The position after the bracket that closes the call at `start`."""
    depth = 0
    for position in range(start + 1, len(pieces)):
        match pieces[position].text:
            case "(":
                depth += 1
            case ")":
                depth -= 1
                if depth == 0:
                    return position + 1
            case _:
                pass
    raise KustoError("Missing closing bracket. Fix syntax errors in your query.")


def _decide(call: list[Token], known: Iterable[str]) -> list[Token]:
    """The column, or what stands after the comma, of one `column_ifexists` call."""
    names = [index for index, piece in enumerate(call) if piece.kind == "string"]
    commas = [index for index, piece in enumerate(call) if piece.text == ","]
    if not names or not commas or names[0] > commas[0]:
        raise KustoError(
            "column_ifexists(): argument #1 must be a literal. Fix semantic errors in your query."
        )
    column = string_value(call[names[0]].text)
    if column in known:
        return [Token("name", column)]
    default = call[commas[0] + 1 : -1]
    inner = [piece for piece in default if piece.kind != "space"]
    if inner and inner[0].text in ("column_ifexists", "columnifexists"):
        return _decide(inner, known)
    return [Token("mark", "("), *default, Token("mark", ")")]
