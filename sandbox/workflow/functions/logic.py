"""Logical functions. `if`, `and`, `or` and `coalesce` evaluate no more than they need."""

from collections.abc import Callable

from ..values import Json, equal, type_name
from .invocation import Function, Invocation
from .ordering import compare


def _and(call: Invocation) -> Json:
    return all(_condition(call, index) for index in range(len(call)))


def _or(call: Invocation) -> Json:
    return any(_condition(call, index) for index in range(len(call)))


def _if(call: Invocation) -> Json:
    return call.value(1) if call.boolean(0) else call.value(2)


def _coalesce(call: Invocation) -> Json:
    for index in range(len(call)):
        value = call.value(index)
        if value is not None:
            return value
    return None


def _equals(call: Invocation) -> Json:
    first, *others = call.values()
    return all(equal(first, other) for other in others)


def _condition(call: Invocation, index: int) -> bool:
    value = call.value(index)
    if not isinstance(value, bool):
        raise call.failure(
            "expects all of its parameters to be booleans. Found invalid parameter types: "
            f"'{type_name(value)}'"
        )
    return value


def _comparison(test: Callable[[int], bool]) -> Callable[[Invocation], Json]:
    def body(call: Invocation) -> Json:
        left, right = call.value(0), call.value(1)
        order = compare(left, right)
        if order is None:
            raise call.failure(
                "expects two numbers or two strings. The function was invoked with values of "
                f"type '{type_name(left)}' and '{type_name(right)}'"
            )
        return test(order)

    return body


LOGIC = (
    Function("and", _and, 1, None),
    Function("or", _or, 1, None),
    Function("not", lambda call: not call.boolean(0), 1, 1),
    Function("if", _if, 3, 3),
    Function("coalesce", _coalesce, 1, None),
    Function("equals", _equals, 2, None),
    Function("less", _comparison(lambda order: order < 0), 2, 2),
    Function("lessOrEquals", _comparison(lambda order: order <= 0), 2, 2),
    Function("greater", _comparison(lambda order: order > 0), 2, 2),
    Function("greaterOrEquals", _comparison(lambda order: order >= 0), 2, 2),
)
