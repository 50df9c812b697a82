"""Evaluates definition values: every expression in a JSON token is replaced by its value."""

from functools import partial

from .environment import Environment
from .errors import ExpressionError
from .functions import Invocation, find_function
from .syntax import Call, Expression, Literal, Node, Select, Template, parse_string
from .utf16 import joined
from .values import Json, JsonObject, get, key_of, to_text, type_name


def evaluate(token: Json, environment: Environment) -> Json:
    """Replace all expressions of a token, in keys of objects too.

    Raises ExpressionError (or ExpressionSyntaxError) with the message of the failing expression.
    """
    match token:
        case str():
            return evaluate_string(token, environment)
        case list():
            return [evaluate(element, environment) for element in token]
        case dict():
            return _object(token, environment)
        case _:
            return token


def _object(token: JsonObject, environment: Environment) -> Json:
    """Computed keys come after those that are written out, and cannot repeat one."""
    written = {key: value for key, value in token.items() if isinstance(parse_string(key), str)}
    evaluated = {
        str(parse_string(key)): evaluate(value, environment) for key, value in written.items()
    }
    for key, value in token.items():
        if key in written:
            continue
        name = to_text(evaluate_string(key, environment))
        if key_of(evaluated, name) is not None:
            raise ExpressionError(
                f"Unable to evaluate template language expression '{key}' as JSON property name: "
                f"the property with name '{name}' already exists."
            )
        evaluated[name] = evaluate(value, environment)
    return evaluated


def evaluate_string(text: str, environment: Environment) -> Json:
    """A string of a definition: plain text, one expression, or a text with expressions in it."""
    parsed = parse_string(text)
    match parsed:
        case str():
            return parsed
        case Expression():
            return _Evaluator(parsed.source, environment).value(parsed.root)
        case Template(parts=parts):
            return joined(
                "".join(
                    part
                    if isinstance(part, str)
                    else to_text(_Evaluator(part.source, environment).value(part.root))
                    for part in parts
                )
            )


class _Evaluator:
    def __init__(self, source: str, environment: Environment) -> None:
        self._source = source
        self._environment = environment

    def value(self, node: Node) -> Json:
        match node:
            case Literal(value=value):
                return value
            case Call(name=name, arguments=arguments):
                function = find_function(name)
                thunks = [partial(self.value, argument) for argument in arguments]
                return function(Invocation(function.name, thunks, self._environment))
            case Select():
                return self._select(node)

    def _select(self, node: Select) -> Json:
        base, key = self.value(node.base), self.value(node.key)
        if base is None:
            if node.null_safe:
                return None
            raise self._failure(f"property '{to_text(key)}' cannot be selected")
        if isinstance(base, dict):
            return self._property(base, key, node.null_safe)
        if isinstance(base, list):
            return self._element(base, key, node.null_safe)
        raise self._not_selectable(
            key, f"Property selection is not supported on values of type '{type_name(base)}'"
        )

    def _property(self, base: dict[str, Json], key: Json, null_safe: bool) -> Json:
        if not isinstance(key, str):
            raise self._not_selectable(key, "Object properties can only be selected by names")
        found = key_of(base, key)
        if found is not None:
            return base[found]
        if "/" in key and (value := get(base, *key.split("/"))) is not None:
            return value  # a name with slashes is a path when it is not a name
        if null_safe:
            return None
        raise self._failure(
            f"property '{key}' doesn't exist, available properties are '{', '.join(base)}'"
        )

    def _element(self, base: list[Json], key: Json, null_safe: bool) -> Json:
        if not isinstance(key, int) or isinstance(key, bool):
            raise self._not_selectable(
                key, "Array elements can only be selected using an integer index"
            )
        if 0 <= key < len(base):
            return base[key]
        if null_safe:
            return None
        raise self._failure(f"array index '{key}' is outside bounds (0, {len(base) - 1}) of array")

    def _not_selectable(self, key: Json, why: str) -> ExpressionError:
        """The reason is given only for a key that could select elsewhere."""
        could = isinstance(key, str | int) and not isinstance(key, bool)
        return self._failure(
            f"property '{to_text(key)}' cannot be selected{f'. {why}' if could else ''}"
        )

    def _failure(self, reason: str) -> ExpressionError:
        return ExpressionError(
            f"The template language expression '{self._source}' cannot be evaluated because "
            f"{reason}. Please see https://aka.ms/logicexpressions for usage details."
        )
