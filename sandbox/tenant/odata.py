"""The query options of OData as Graph takes them: $filter, $select, $orderby, $top and paging.

Sources: Use query parameters to customize responses; Paging Microsoft Graph data in your app;
Advanced query capabilities on Microsoft Entra ID objects.
"""

import base64
import binascii
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from sandbox.tenant.filtering import Test, compile_filter, value_at
from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource

Row = JsonObject

_OBJECT = TypeAdapter(JsonObject)
_OPTIONS = frozenset(
    "$count $expand $filter $orderby $search $select $skip $skiptoken $top".split()
)
_PAGE = b"page:"


async def body_of(request: Request) -> JsonObject:
    """The request's JSON object. Graph refuses anything else before it looks further."""
    try:
        return _OBJECT.validate_json(await request.body() or b"null")
    except ValidationError as problem:
        raise Problem(400, "BadRequest", "Empty Payload. JSON content expected.") from problem


def option(request: Request, name: str) -> str | None:
    """A system query option. Its name may be in any case, and on beta lack the `$`."""
    for given, value in request.query_params.items():
        if _named(request, given) == name:
            return value
    return None


def refuse_unknown_options(request: Request, allowed: Iterable[str] = ()) -> None:
    """400 for a system query option that the method does not support; writes support none.

    Other query parameters are ignored.
    """
    for given in request.query_params:
        name = _named(request, given)
        if name.startswith("$") and name not in allowed:
            raise Problem(
                400,
                "BadRequest",
                f"The query parameter '{given}' is not supported by this method.",
            )


def _named(request: Request, given: str) -> str:
    name = given.lower()
    if request.url.path.startswith("/beta/") and f"${name}" in _OPTIONS:
        return f"${name}"
    return name


def is_advanced(request: Request) -> bool:
    """Whether it is an advanced query: `ConsistencyLevel: eventual` and `$count=true`."""
    return counts(request) and option(request, "$count") == "true"


def counts(request: Request) -> bool:
    """Whether directory objects are counted. Without the header `$count=true` is ignored."""
    return request.headers.get("consistencylevel", "").lower() == "eventual"


def page_size(request: Request, default: int, highest: int) -> int:
    """`$top`, within the method's bounds. The words are those of the directory."""
    text = option(request, "$top")
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise Problem(
            400,
            "Request_UnsupportedQuery",
            f"Invalid page size specified: '{text}'. Must be between 1 and {highest} inclusive.",
        )
    return int(text)


def filter_of(request: Request, resource: Resource) -> Test:
    """What $filter lets through; everything without one."""
    text = option(request, "$filter")
    if text is None:
        return lambda _: True
    return compile_filter(text, resource, advanced=is_advanced(request))


def filtered(request: Request, rows: list[Row], resource: Resource) -> list[Row]:
    """The rows that $filter lets through."""
    test = filter_of(request, resource)
    return [row for row in rows if test(row)]


def selected(request: Request, row: Row, resource: Resource) -> Row:
    """The row with the properties of $select, or its default ones."""
    names = _selection(request, resource)
    return row if names is None else _only(row, names)


def all_selected(request: Request, rows: Iterable[Row], resource: Resource) -> Iterator[Row]:
    """The rows, each with the properties of $select; a wrong name is refused even without rows."""
    names = _selection(request, resource)
    return (row if names is None else _only(row, names) for row in rows)


def _selection(request: Request, resource: Resource) -> frozenset[str] | None:
    """The names of the properties to show; None is all."""
    text = option(request, "$select")
    if text is None:
        return None if resource.default is None else frozenset(resource.default)
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in resource.properties:
            raise resource.unknown(name, "Parsing OData Select and Expand failed")
    return frozenset([*names, "id"] if resource.service == "outlook" else names)


def _only(row: Row, names: frozenset[str]) -> Row:
    return {name: held for name, held in row.items() if name in names or name.startswith("@")}


class Order(NamedTuple):
    """What $orderby asks for."""

    name: str
    descending: bool


def order_of(request: Request, resource: Resource) -> Order | None:
    """The order that is asked for: one of the properties that can be ordered by."""
    text = option(request, "$orderby")
    if text is None:
        return None
    name, _, direction = text.strip().partition(" ")
    if name.partition("/")[0] not in resource.properties:
        raise resource.unknown(name, "Parsing OData OrderBy failed")
    way = direction.strip().lower()
    if name not in resource.orders or way not in {"", "asc", "desc"}:
        raise Problem(400, "BadRequest", f"The $orderby expression '{text}' is not supported.")
    if resource.service == "directory" and option(request, "$filter") and not is_advanced(request):
        message = "Sorting not supported for current query."
        raise Problem(400, "Request_UnsupportedQuery", message)
    return Order(name, way == "desc")


def ordered(request: Request, rows: list[Row], resource: Resource) -> list[Row]:
    """The rows in the order that is asked for."""
    order = order_of(request, resource)
    if order is None:
        return rows
    return sorted(
        rows, key=lambda row: str(value_at(row, order.name) or ""), reverse=order.descending
    )


def evolved(request: Request, row: Row, later: Mapping[str, Collection[str]]) -> Row:
    """The row, its enumerations without the members that came later, unless the caller wants them.

    `later`: those members by property. Source: Best practices for working with Microsoft Graph,
    handling future members in evolvable enumerations.
    """
    if "include-unknown-enum-members" in request.headers.get("prefer", ""):
        return row
    unknown = {name: "unknownFutureValue" for name in later if row.get(name) in later[name]}
    return {**row, **unknown}


def page(
    request: Request,
    context: str,
    rows: Iterable[Row],
    size: int,
    *,
    skips: bool = False,
    count: bool = False,
) -> JsonObject:
    """One page of a collection. Its next link holds an opaque `$skiptoken`, or `$skip` if it skips.

    `count`: whether `$count=true` is heard; with tokens it is answered on the first page only.
    Without a count no more rows are made than the page needs.
    """
    start = _skipped(request) if skips else _token(request)
    found: JsonObject = {"@odata.context": context_url(request, context)}
    if count and option(request, "$count") == "true" and (skips or start == 0):
        rows = [*rows]
        found["@odata.count"] = len(rows)
    shown = [*islice(rows, start, start + size + 1)]
    if len(shown) > size:
        following = str(start + size) if skips else _opaque(start + size)
        name = "$skip" if skips else "$skiptoken"
        others = {k: v for k, v in request.query_params.items() if _named(request, k) != name}
        query = urlencode({**others, name: following})
        found["@odata.nextLink"] = f"{request.url.replace(query='')}?{query}"
    found["value"] = [*shown[:size]]
    return found


def _skipped(request: Request) -> int:
    text = option(request, "$skip") or "0"
    if not text.isdecimal():
        raise Problem(400, "BadRequest", f"Invalid value '{text}' for $skip query option found.")
    return int(text)


def _opaque(start: int) -> str:
    return base64.urlsafe_b64encode(_PAGE + str(start).encode()).decode().rstrip("=")


def _token(request: Request) -> int:
    text = option(request, "$skiptoken")
    if text is None:
        return 0
    try:
        held = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        held = b""
    number = held.removeprefix(_PAGE)
    if number == held or not number.isdigit():
        raise Problem(400, "BadRequest", "The specified $skiptoken is not valid.")
    return int(number)


def context_url(request: Request, context: str) -> str:
    """The @odata.context of an answer."""
    version = request.url.path.split("/")[1]
    return f"https://graph.microsoft.com/{version}/$metadata#{context}"
