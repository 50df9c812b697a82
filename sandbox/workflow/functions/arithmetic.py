"""Mathematical functions: 64-bit integers stay integers, anything with a fraction makes floats."""

import operator
import random
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from ..values import Json, Number, is_number, to_text, type_name
from .invocation import Function, Invocation

_LONG = range(-(2**63), 2**63)
_OVERFLOW = "was invoked with parameters that caused arithmetic overflow"


def _binary(operation: Callable[[Any, Any], Number]) -> Callable[[Invocation], Json]:
    def body(call: Invocation) -> Json:
        left, right = _unified(call.number(0), call.number(1))
        try:
            result = operation(left, right)
        except (OverflowError, InvalidOperation) as error:
            raise call.failure(_OVERFLOW) from error
        except ZeroDivisionError as error:
            raise call.failure("attempts to divide by zero") from error
        if isinstance(result, int) and result not in _LONG:
            raise call.failure(_OVERFLOW)
        return result

    return body


def _unified(left: Number, right: Number) -> tuple[Number, Number]:
    """Decimal and float do not mix in Python; a decimal makes both decimal."""
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return Decimal(str(left)), Decimal(str(right))
    return left, right


def _divide(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    if isinstance(left, Decimal):
        return left / Decimal(right)
    return left / float(right)


def _remainder(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return left - right * int(_divide(left, right))
    if isinstance(left, Decimal):
        return left % Decimal(right)
    remainder = abs(left) % abs(float(right))
    return remainder if left >= 0 else -remainder


def _extreme(choose: Callable[[list[Any]], Number]) -> Callable[[Invocation], Json]:
    def body(call: Invocation) -> Json:
        values = call.values()
        if len(values) == 1 and isinstance(values[0], list):
            values = values[0]
        odd = [type_name(value) for value in values if not is_number(value)]
        if odd or not values:
            raise call.failure(
                "expects all of its parameters to be either integer or decimal numbers. Found "
                f"invalid parameter types: '{','.join(odd)}'"
            )
        whole = all(isinstance(value, int) for value in values)
        return choose(values if whole else [float(to_text(value)) for value in values])

    return body


def _rand(call: Invocation) -> Json:
    low, high = call.integer(0), call.integer(1)
    if low > high:
        raise call.failure(
            f"parameters are out of range: the value '{low}' provided for 'minimum' cannot be "
            f"greater than the value '{high}' provided for 'maximum'"
        )
    # The upper bound is exclusive; equal bounds yield that number.
    return random.randrange(low, max(high, low + 1))  # noqa: S311


ARITHMETIC = (
    Function("add", _binary(operator.add), 2, 2),
    Function("sub", _binary(operator.sub), 2, 2),
    Function("mul", _binary(operator.mul), 2, 2),
    Function("div", _binary(_divide), 2, 2),
    Function("mod", _binary(_remainder), 2, 2),
    Function("max", _extreme(max), 1, None),
    Function("min", _extreme(min), 1, None),
    Function("rand", _rand, 2, 2),
)
