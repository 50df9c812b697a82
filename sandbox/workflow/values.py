"""JSON values as the workflow engine sees them: their types, their text, their equality."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias, TypeGuard, cast

Json: TypeAlias = "bool | int | float | Decimal | str | list[Json] | JsonObject | None"
JsonObject: TypeAlias = dict[str, "Json"]
Number: TypeAlias = int | float | Decimal


_TYPE_NAMES: dict[type, str] = {
    type(None): "Null",
    bool: "Boolean",
    int: "Integer",
    float: "Float",
    Decimal: "Float",
    str: "String",
    list: "Array",
    dict: "Object",
}


def type_name(value: Json) -> str:
    """The engine's name of a value's type, as its error messages use it."""
    return _TYPE_NAMES[type(value)]


def to_text(value: Json) -> str:
    """A value inside a string: objects and arrays as compact JSON, null as nothing.

    Scalars are written as .NET writes them: `True`, `1E+30`, and `1` for 1.0.
    """
    match value:
        case None:
            return ""
        case bool():
            return "True" if value else "False"
        case str():
            return value
        case float():
            return _float_text(value)
        case int() | Decimal():
            return str(value)
        case list() | dict():
            return compact_json(value)


def compact_json(value: Json) -> str:
    """JSON without blanks, non-ASCII characters kept."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_json_default)


def equal(left: Json, right: Json) -> bool:
    """Equality as `equals` means it: types count, but 1 and 1.0 are one number."""
    if is_number(left) and is_number(right):
        return left == right
    return same(left, right)


def same(left: Json, right: Json) -> bool:
    """Deep equality in which an integer is never a float (as array members are compared)."""
    if type_name(left) != type_name(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left == right


def is_number(value: Json) -> TypeGuard[Number]:
    """Whether a value is an integer or a decimal number; a boolean is neither."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def key_of(value: Mapping[str, Json], name: str) -> str | None:
    """The key that a property name means: the engine ignores the case of properties."""
    if name in value:
        return name
    wanted = name.lower()
    return next((key for key in value if key.lower() == wanted), None)


def get(value: Json, *path: str) -> Json:
    """Follow property names as `?['a']?['b']` does; anything missing on the way is null."""
    for name in path:
        if not isinstance(value, dict):
            return None
        key = key_of(value, name)
        value = value[key] if key is not None else None
    return value


def as_object(value: Json) -> JsonObject:
    """The value if it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def as_json(value: object) -> Json:
    """What came out of a JSON parser, seen as JSON."""
    return cast("Json", value)


def texts(values: Sequence[str]) -> list[Json]:
    """Strings as a JSON array."""
    return list(values)


def _float_text(value: float) -> str:
    text = repr(value)
    if "e" not in text:
        return text.removesuffix(".0")
    mantissa, exponent = text.split("e")
    return f"{mantissa}E{exponent[0]}{exponent[1:].zfill(2)}"


def _json_default(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"not a JSON value: {type(value).__name__}")
