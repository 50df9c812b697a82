"""JSON values as the workflow engine sees them: their types, their text, their equality."""

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias, TypeGuard, cast

from .errors import ExpressionError

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
_WRITER = json.JSONEncoder(ensure_ascii=False)
_ESCAPED = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)
_LAST_PLAIN_EXPONENT = 16  # .NET writes 1E+16 with all its digits, and Python does not


def type_name(value: Json) -> str:
    """The engine's name of a value's type, as its error messages use it."""
    return _TYPE_NAMES[type(value)]


def to_text(value: Json) -> str:  # noqa: PLR0911 - one return for each type
    """A value inside a string: objects and arrays as compact JSON, null as nothing.

    Scalars are written as .NET writes them: `True`, `1E+20`, and `1` for 1.0. Binary content is
    decoded by the charset of its type; raises ExpressionError where it cannot be.
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
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case dict() if (content := binary_content(value)) is not None:
            return _decoded(*content)
        case list() | dict():
            return compact_json(value)


def binary(content_type: str, content: bytes) -> JsonObject:
    """Binary content as the language represents it: base64 beside its type."""
    return {"$content-type": content_type, "$content": base64.b64encode(content).decode()}


def binary_content(value: Json) -> tuple[str, str] | None:
    """The type and the base64 of binary content; None for any other value."""
    if not isinstance(value, dict):
        return None
    kind, content = value.get("$content-type"), value.get("$content")
    return (kind, content) if isinstance(kind, str) and isinstance(content, str) else None


def compact_json(value: Json) -> str:
    """JSON without blanks as Newtonsoft's writer has it: `1.0`, `1E+20`, non-ASCII text kept."""
    match value:
        case str():
            return _WRITER.encode(value).translate(_ESCAPED)
        case list():
            return f"[{','.join(map(compact_json, value))}]"
        case dict():
            members = (f"{compact_json(name)}:{compact_json(each)}" for name, each in value.items())
            return f"{{{','.join(members)}}}"
        case float() | Decimal():
            text = to_text(value)
            if not text.lstrip("-")[0].isdigit():
                return f'"{text}"'  # Infinity and NaN
            return text if any(mark in text for mark in ".E") else f"{text}.0"
        case _:
            return json.dumps(value)


def equal(left: Json, right: Json) -> bool:
    """Equality as `equals` means it: types count, but 1 and 1.0 are one number."""
    if is_number(left) and is_number(right):
        return _same_number(left, right)
    return same(left, right)


def same(left: Json, right: Json) -> bool:
    """Deep equality in which an integer is never a float (as array members are compared)."""
    if type_name(left) != type_name(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if is_number(left) and is_number(right):
        return _same_number(left, right)
    return left == right


def is_number(value: Json) -> TypeGuard[Number]:
    """Whether a value is an integer or a decimal number; a boolean is neither."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _same_number(left: Number, right: Number) -> bool:
    """Integers exactly, anything else to the precision of a double."""
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    return float(left) == float(right)


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
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    if "e" not in text:
        return text.removesuffix(".0")
    mantissa, exponent = text.split("e")
    if int(exponent) == _LAST_PLAIN_EXPONENT:
        return f"{Decimal(text):f}"
    return f"{mantissa.removesuffix('.0')}E{exponent[0]}{exponent[1:].zfill(2)}"


def _decoded(content_type: str, content: str) -> str:
    charset = _CHARSET.search(content_type)
    try:
        if "/" not in content_type:
            raise ValueError(content_type)
        return base64.b64decode(content, validate=True).decode(
            charset[1] if charset else "utf-8", "replace"
        )
    except (ValueError, LookupError) as error:
        raise ExpressionError(
            f"The content of type '{content_type}' cannot be converted to a string."
        ) from error
