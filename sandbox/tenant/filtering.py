"""$filter: an OData expression as a test of one row (Use the $filter query parameter)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from pydantic import JsonValue

from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Filter, Resource

Test = Callable[[JsonObject], bool]

# `not(…)` outside of a string: the parser wants a blank after `not`.
_NOT_OF = re.compile(r"('(?:[^']|'')*')|\bnot\(", re.IGNORECASE)
# A list of one value: the parser wants a comma after it.
_LIST_OF_ONE = re.compile(
    r"\bin\s*\(\s*(?P<one>'(?:[^']|'')*'|[^\s',()]+)\s*\)|(?P<text>'(?:[^']|'')*')", re.IGNORECASE
)

_COMPARISONS: Mapping[type[ast._Comparator], str] = {  # pyright: ignore[reportPrivateUsage] - the library's base class
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.In: "in",
}
_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "contains": str.__contains__,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def compile_filter(text: str, resource: Resource, *, advanced: bool = False) -> Test:
    """The expression as a test of one row. Raises a 400 where Graph would."""
    return _Compiler(resource, advanced).test(_parsed(text))


def demanded(text: str, path: str) -> str | None:
    """The value, in lower case, that a property must be equal to in every row that passes."""
    return _demanded(_parsed(text), path)


def _demanded(node: object, path: str) -> str | None:
    match node:
        case ast.BoolOp(op=ast.And(), left=left, right=right):
            return _demanded(left, path) or _demanded(right, path)
        case ast.Compare(comparator=ast.Eq(), left=ast.Identifier(name=name), right=right):
            wanted = _literal(right)
            return wanted if name == path and isinstance(wanted, str) else None
        case _:
            return None


def _parsed(text: str) -> object:
    spaced = _NOT_OF.sub(lambda found: found[1] or "not (", text)
    spaced = _LIST_OF_ONE.sub(lambda found: found["text"] or f"in ({found['one']},)", spaced)
    try:
        return ODataParser().parse(ODataLexer().tokenize(spaced))  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - sly is untyped
    except (ODataException, ValueError) as problem:
        raise _invalid(str(problem)) from problem


@dataclass(frozen=True)
class _Compiler:
    resource: Resource
    advanced: bool

    def test(self, node: object) -> Test:
        match node:
            case ast.BoolOp(op=op, left=left, right=right):
                one, other = self.test(left), self.test(right)
                if isinstance(op, ast.And):
                    return lambda row: one(row) and other(row)
                return lambda row: one(row) or other(row)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.test(operand)
                self._may_negate(operand)
                return lambda row: not inner(row)
            case ast.Compare(comparator=comparator, left=left, right=right):
                return self._comparison(_COMPARISONS[type(comparator)], _path(left), right)
            case ast.Call(func=ast.Identifier(name=name), args=[left, ast.String(val=text)]):
                return self._match(name.lower(), _path(left), text.casefold())
            case ast.CollectionLambda(
                owner=owner,
                operator=ast.Any(),
                lambda_=ast.Lambda(identifier=item, expression=inner),
            ):
                return self._any(_path(owner), item.name, inner)
            case _:
                raise _invalid(f"{type(node).__name__} is not supported here")

    def _any(self, path: str, item: str, inner: object) -> Test:
        """`collection/any(x: x eq 'value')`: what the collection supports, its items support.

        Properties of complex items stand below the collection: `targetResources/id`.
        """
        below = f"{path}/"
        filters = {
            f"{item}/{name.removeprefix(below)}": known
            for name, known in self.resource.filters.items()
            if name.startswith(below)
        } or {item: self._known(path)}
        items = replace(self.resource, filters=filters, properties=(item,))
        test = _Compiler(items, self.advanced).test(inner)

        def matches(row: JsonObject) -> bool:
            held = value_at(row, path)
            return isinstance(held, list) and any(test({item: one}) for one in held)

        return matches

    def _match(self, function: str, path: str, text: str) -> Test:
        self._allowed(path, function)
        matches = _MATCHES[function]
        return lambda row: matches(str(value_at(row, path) or "").casefold(), text)

    def _comparison(self, operator: str, path: str, right: object) -> Test:
        wanted = _literal(right)
        if not _fits(wanted, self._allowed(path, operator)):
            raise _invalid(
                "A binary operator with incompatible types was detected. Found operand types "
                f"'{self.resource.name}/{path}' and '{type(right).__name__}' for '{operator}'."
            )

        def matches(row: JsonObject) -> bool:
            held = _comparable(value_at(row, path), wanted)
            match operator:
                case "eq":
                    return held == wanted
                case "ne":
                    return held != wanted
                case "in":
                    return isinstance(wanted, list) and held in wanted
                case _:
                    return _ordered(operator, held, wanted)

        return matches

    def _may_negate(self, operand: object) -> None:
        """`not` is an operator like `ne`, which few properties know."""
        if self.resource.service == "directory" and self.advanced:
            return
        match operand:
            case ast.Compare(left=left) | ast.Call(args=[left, *_]):
                self._allowed(_path(left), "ne")
            case ast.CollectionLambda(owner=owner):
                self._allowed(_path(owner), "ne")
            case _:
                raise _invalid("'not' is not supported here")

    def _allowed(self, path: str, operator: str) -> Filter:
        known = self._known(path)
        if operator in known.operators or (self.advanced and operator in known.advanced):
            return known
        raise self.resource.unfilterable(path)

    def _known(self, path: str) -> Filter:
        if path in self.resource.filters:
            return self.resource.filters[path]
        if path.partition("/")[0] in self.resource.properties:
            raise self.resource.unfilterable(path)
        raise self.resource.unknown(path, "Invalid filter clause")


def value_at(row: JsonObject, path: str) -> JsonValue:
    """The row's value at a path such as `status/errorCode`."""
    held: JsonValue = row
    for step in path.split("/"):
        held = held.get(step) if isinstance(held, dict) else None
    return held


def _ordered(operator: str, held: object, wanted: object) -> bool:
    match held, wanted:
        case datetime(), datetime():
            difference = held.timestamp() - wanted.timestamp()
        case int(), int():
            difference = held - wanted
        case str(), str():
            difference = (held > wanted) - (held < wanted)
        case _:
            return False
    return {
        "lt": difference < 0,
        "le": difference <= 0,
        "gt": difference > 0,
        "ge": difference >= 0,
    }[operator]


def _fits(wanted: object, known: Filter) -> bool:
    """Whether the literal is of the property's type; null is of every type."""
    if isinstance(wanted, list):
        return all(_fits(each, known) for each in cast("list[object]", wanted))
    return wanted is None or type(wanted) is known.kind


def _literal(node: object) -> object:
    match node:
        case ast.String(val=text) | ast.GUID(val=text):
            return text.casefold()
        case ast.Integer(val=number):
            return int(number)
        case ast.Boolean(val=truth):
            return truth.lower() == "true"
        case ast.Null():
            return None
        case ast.DateTime(val=moment):
            return datetime.fromisoformat(moment)
        case ast.List(val=items):
            return [_literal(item) for item in items]
        case _:
            raise _invalid(f"{type(node).__name__} is not supported here")


def _comparable(held: JsonValue, wanted: object) -> object:
    if isinstance(held, str):
        return datetime.fromisoformat(held) if isinstance(wanted, datetime) else held.casefold()
    return held


def _path(node: object) -> str:
    match node:
        case ast.Identifier(name=name):
            return name
        case ast.Attribute(owner=owner, attr=attribute):
            return f"{_path(owner)}/{attribute}"
        case _:
            raise _invalid(f"{type(node).__name__} is not supported here")


def _invalid(why: str) -> Problem:
    return Problem(400, "BadRequest", f"Invalid filter clause: {why}")
