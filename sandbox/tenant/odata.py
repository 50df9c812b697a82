"""The query options of OData as Graph takes them: $filter, $select, $orderby, $top and paging."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from pydantic import JsonValue, TypeAdapter, ValidationError
from starlette.requests import Request

from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem

Filters = Mapping[str, frozenset[str]]
Row = JsonObject
Test = Callable[[Row], bool]

_OBJECT = TypeAdapter(JsonObject)
_COMPARISONS: Mapping[type[ast._Comparator], str] = {  # pyright: ignore[reportPrivateUsage] - the library's base class
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.In: "in",
}


def ops(*names: str) -> frozenset[str]:
    """The operators that a property supports in $filter."""
    return frozenset(names)


async def body_of(request: Request) -> JsonObject:
    """The request's JSON object. Graph refuses anything else before it looks further."""
    try:
        return _OBJECT.validate_json(await request.body() or b"null")
    except ValidationError as problem:
        raise Problem(400, "BadRequest", "Empty Payload. JSON content expected.") from problem


def refuse_unknown_options(request: Request, allowed: Iterable[str]) -> None:
    """400 for a system query option that the method does not support."""
    for option in request.query_params:
        if option.startswith("$") and option not in allowed:
            raise Problem(
                400,
                "BadRequest",
                f"The query parameter '{option}' is not supported by this method.",
            )


def whole_number(request: Request, option: str, default: int, highest: int) -> int:
    """A numeric option such as $top, within the method's bounds."""
    text = request.query_params.get(option)
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise Problem(
            400,
            "BadRequest",
            f"Invalid value '{text}' for {option}: it must be between 1 and {highest}.",
        )
    return int(text)


def filtered(request: Request, rows: list[Row], filters: Filters) -> list[Row]:
    """The rows that $filter lets through. `filters`: operators by property path."""
    text = request.query_params.get("$filter")
    if text is None:
        return rows
    test = compile_filter(text, filters)
    return [row for row in rows if test(row)]


def compile_filter(text: str, filters: Filters) -> Test:
    """A $filter expression as a test of one row. Raises a 400 where Graph would."""
    try:
        tree: object = ODataParser().parse(ODataLexer().tokenize(text))  # pyright: ignore[reportUnknownMemberType] - sly is untyped
    except (ODataException, ValueError) as problem:
        raise Problem(400, "BadRequest", f"Invalid filter clause: {problem}") from problem
    return _test(tree, filters)


def _test(node: object, filters: Filters) -> Test:
    match node:
        case ast.BoolOp(op=op, left=left, right=right):
            one, other = _test(left, filters), _test(right, filters)
            if isinstance(op, ast.And):
                return lambda row: one(row) and other(row)
            return lambda row: one(row) or other(row)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _test(operand, filters)
            return lambda row: not inner(row)
        case ast.Compare(comparator=comparator, left=left, right=right):
            return _comparison(_COMPARISONS[type(comparator)], _path(left), right, filters)
        case ast.Call(func=ast.Identifier(name=name), args=[left, ast.String(val=prefix)]):
            if name.lower() != "startswith":
                raise _unsupported(name)
            path = _allowed(_path(left), "startswith", filters)
            return lambda row: str(_value(row, path) or "").casefold().startswith(prefix.casefold())
        case ast.CollectionLambda(
            owner=owner, operator=ast.Any(), lambda_=ast.Lambda(identifier=item, expression=inner)
        ):
            return _any(_path(owner), item.name, inner, filters)
        case _:
            raise _unsupported(type(node).__name__)


def _any(path: str, item: str, inner: object, filters: Filters) -> Test:
    """`collection/any(x: x eq 'value')`: the operators of the collection hold for its items."""
    allowed = {item: filters[path]} if path in filters else {}
    test = _test(inner, allowed)

    def matches(row: Row) -> bool:
        held = _value(row, path)
        return isinstance(held, list) and any(test({item: one}) for one in held)

    return matches


def _comparison(operator: str, path: str, right: object, filters: Filters) -> Test:
    _allowed(path, operator, filters)
    wanted = _literal(right)

    def matches(row: Row) -> bool:
        held = _comparable(_value(row, path), wanted)
        match operator:
            case "eq":
                return held == wanted
            case "ne":
                return held != wanted
            case "in":
                return isinstance(wanted, list) and held in wanted
            case _ if isinstance(held, datetime) and isinstance(wanted, datetime):
                return _ordered(operator, held.timestamp() - wanted.timestamp())
            case _ if isinstance(held, int) and isinstance(wanted, int):
                return _ordered(operator, held - wanted)
            case _:
                return False

    return matches


def _ordered(operator: str, difference: float) -> bool:
    return {
        "lt": difference < 0,
        "le": difference <= 0,
        "gt": difference > 0,
        "ge": difference >= 0,
    }[operator]


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
            raise _unsupported(type(node).__name__)


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
            raise _unsupported(type(node).__name__)


def _allowed(path: str, operator: str, filters: Filters) -> str:
    if path not in filters:
        raise Problem(400, "BadRequest", f"Could not find a filterable property named '{path}'.")
    if operator not in filters[path]:
        raise _unsupported(f"{operator} on '{path}'")
    return path


def _unsupported(what: str) -> Problem:
    return Problem(
        400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause: {what}."
    )


def _value(row: Row, path: str) -> JsonValue:
    held: JsonValue = row
    for step in path.split("/"):
        held = held.get(step) if isinstance(held, dict) else None
    return held


def selected(request: Request, row: Row, kind: str, default: Sequence[str] | None = None) -> Row:
    """The row with the properties of $select, or its default ones. `row` has every known one."""
    text = request.query_params.get("$select")
    if text is None:
        return row if default is None else {name: row[name] for name in default}
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in row:
            raise Problem(
                400, "BadRequest", f"Could not find a property named '{name}' on type '{kind}'."
            )
    return {name: held for name, held in row.items() if name == "id" or name in names}


def ordered(request: Request, rows: list[Row], allowed: Iterable[str]) -> list[Row]:
    """The rows in the order of $orderby, which takes one of the allowed properties."""
    text = request.query_params.get("$orderby")
    if text is None:
        return rows
    name, _, direction = text.strip().partition(" ")
    if name not in allowed or direction.strip() not in {"", "asc", "desc"}:
        raise Problem(400, "BadRequest", f"The $orderby expression '{text}' is not supported.")
    return sorted(rows, key=lambda row: str(_value(row, name)), reverse="desc" in direction)


def page(
    request: Request, context: str, rows: list[Row], size: int, option: str = "$skiptoken"
) -> JsonObject:
    """One page of a collection; the next link continues it through `$skiptoken` or `$skip`."""
    text = request.query_params.get(option, "0")
    if not text.isdecimal():
        raise Problem(400, "BadRequest", f"Invalid value '{text}' for {option}.")
    start = int(text)
    found: JsonObject = {"@odata.context": context_url(request, context)}
    if request.query_params.get("$count") == "true":
        found["@odata.count"] = len(rows)
    if start + size < len(rows):
        query = {**request.query_params, option: str(start + size)}
        found["@odata.nextLink"] = f"{request.url.replace(query='')}?{urlencode(query)}"
    found["value"] = [*rows[start : start + size]]
    return found


def context_url(request: Request, context: str) -> str:
    """The @odata.context of an answer."""
    version = request.url.path.split("/")[1]
    return f"https://graph.microsoft.com/{version}/$metadata#{context}"
