"""Finds the expressions in a definition value, wherever they stand."""

from collections.abc import Iterator

from .errors import ExpressionSyntaxError
from .syntax import Call, Expression, Literal, Template, calls, parse_string
from .values import Json


def expressions(token: Json) -> Iterator[Expression | ExpressionSyntaxError]:
    """Every expression of a value, in keys too; a broken one comes as its error."""
    match token:
        case str():
            yield from _in_string(token)
        case list():
            for each in token:
                yield from expressions(each)
        case dict():
            for name, each in token.items():
                yield from _in_string(name)
                yield from expressions(each)
        case _:
            return


def calls_in(token: Json) -> Iterator[Call]:
    """Every function call of every sound expression of a value."""
    for expression in expressions(token):
        if isinstance(expression, Expression):
            yield from calls(expression.root)


def named(call: Call) -> str | None:
    """The first argument of a call, if it is written out as a string."""
    first = call.arguments[0] if call.arguments else None
    return first.value if isinstance(first, Literal) and isinstance(first.value, str) else None


def _in_string(text: str) -> Iterator[Expression | ExpressionSyntaxError]:
    try:
        parsed = parse_string(text)
    except ExpressionSyntaxError as error:
        yield error
        return
    if isinstance(parsed, Expression):
        yield parsed
    elif isinstance(parsed, Template):
        yield from (part for part in parsed.parts if isinstance(part, Expression))
