"""What the parts of an action may be made of: conditions, cases, loops and options.

Microsoft's own validator refuses most of it; the rest is documented in "Schema reference guide for
trigger and action types in Azure Logic Apps".
"""

from collections.abc import Iterator

from .definition import Action
from .errors import DefinitionError
from .functions import is_function
from .functions.references import REFERENCES
from .syntax import parse_string
from .values import Json, as_object, get, type_name

_WITH_CONDITION = ("if", "until")
_OPTIONS = frozenset(
    """none sequential singleinstance asynchronous disableasyncpattern failwhenlimitsreached
    disableautomaticdecompression enableschemavalidation suppressworkflowheaders
    suppressworkflowheadersonresponse includeauthorizationheadersinoutputs
    persistrequestcontextforconcurrencycontrol""".split()
)
_NOT_IN_CONDITIONS = frozenset(function.name.lower() for function in REFERENCES)
# "Limits and configuration reference for Azure Logic Apps"
_MOST_CASES = 25
_LONGEST_NAME = 80
_LONGEST_DESCRIPTION = 256
_RUN_STATUSES = ("Succeeded", "Failed", "Cancelled")


def structure_problems(action: Action, kind: str) -> Iterator[str]:
    """What is wrong with an action's own shape, apart from what its expressions refer to."""
    if kind in _WITH_CONDITION and "expression" in action.raw:
        yield from _condition(action.raw["expression"])
    if kind == "switch":
        yield from _cases(action)
    if kind == "foreach" and not _is_source(action.raw.get("foreach")):
        yield "its 'foreach' must be an array or an expression"
    if unknown := action.operation_options - _OPTIONS:
        yield f"unknown operationOptions {sorted(unknown)}"
    repetitions = get(action.raw, "runtimeConfiguration", "concurrency", "repetitions")
    if "sequential" in action.operation_options and repetitions is not None:
        yield "it is sequential or has a concurrency, not both"
    if len(action.name) > _LONGEST_NAME:
        yield f"its name is longer than {_LONGEST_NAME} characters"
    description = action.raw.get("description")
    if isinstance(description, str) and len(description) > _LONGEST_DESCRIPTION:
        yield f"its description is longer than {_LONGEST_DESCRIPTION} characters"
    if kind == "terminate":
        status = get(action.inputs, "runStatus")
        if isinstance(status, str) and not _computed(status) and status not in _RUN_STATUSES:
            yield f"a run cannot be terminated as '{status}'"


def _is_source(elements: Json) -> bool:
    return elements is None or isinstance(elements, list) or _computed(elements)


def _condition(expression: Json) -> Iterator[str]:
    match expression:
        case dict():
            yield from _operator(expression)
        case str() if not _computed(expression):
            yield f"its 'expression' '{expression}' is not an expression"
        case str() | None:
            return
        case _:
            yield f"its 'expression' must be a string or an object, not {type_name(expression)}"


def _operator(condition: dict[str, Json]) -> Iterator[str]:
    """An object with one function, whose operands are values, expressions or such objects."""
    if len(condition) != 1:
        yield f"a condition object has exactly one operator, not {len(condition)}"
        return
    operator, operands = next(iter(condition.items()))
    if not is_function(operator) or operator.lower() in _NOT_IN_CONDITIONS:
        yield f"'{operator}' is no operator of a condition"
    if not isinstance(operands, list | dict):
        yield f"the operands of '{operator}' must be an array or an object"
    for operand in operands if isinstance(operands, list) else [operands]:
        if isinstance(operand, list):
            yield "a condition's operand cannot be an array: use createArray()"
        elif isinstance(operand, dict):
            yield from _operator(operand)


def _cases(action: Action) -> Iterator[str]:
    expression = action.raw.get("expression")
    if "expression" in action.raw and not _computed(expression):
        yield "its 'expression' is not an expression"
    if len(as_object(action.raw.get("cases"))) > _MOST_CASES:
        yield f"it has more than {_MOST_CASES} cases"
    values = [get(body, "case") for body in as_object(action.raw.get("cases")).values()]
    for value in values:
        if isinstance(value, bool) or not isinstance(value, str | int):
            yield f"a case is a string or an integer, not of type '{type_name(value)}'"
        elif _computed(value):
            yield f"the case '{value}' cannot be an expression"
    if len({type_name(value) for value in values}) > 1:
        yield "its cases must be of one type"
    if len({str(value) for value in values}) < len(values):
        yield "two of its cases are equal"


def _computed(value: Json) -> bool:
    """Whether a value is a string with an expression in it, sound or not."""
    if not isinstance(value, str):
        return False
    try:
        return not isinstance(parse_string(value), str)
    except DefinitionError:
        return True
