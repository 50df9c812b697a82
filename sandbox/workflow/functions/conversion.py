"""Functions that turn one type into another; binary content is base64 beside its content type."""

import base64
import binascii
import math
import re
from decimal import Decimal
from urllib.parse import quote, unquote_plus

from ..errors import ExpressionError
from ..json_text import read_json
from ..utf16 import joined, well_formed
from ..values import Json, binary, binary_content, is_number, to_text, type_name
from .invocation import Function, Invocation
from .number_parse import parse_decimal, parse_float

_OCTETS = "application/octet-stream"
_DATA_URI = re.compile(
    r"data:(?P<type>[^,]*?)(?P<base64>;base64)?,(?P<data>.*)", re.DOTALL | re.IGNORECASE
)
_UNICODE_ESCAPE = re.compile("%u([0-9a-fA-F]{4})")
_LONG = range(-(2**63), 2**63)


def _int(call: Invocation) -> Json:
    """Like the engine's, by way of a double: beyond 2^53 the last digits are lost."""
    value = call.value(0)
    number = parse_float(value) if isinstance(value, str) else _as_float(value)
    if number is None or number != math.floor(number) or int(number) not in _LONG:
        raise _cannot_convert(call)
    return int(number)


def _float(call: Invocation) -> Json:
    value = call.value(0)
    number = parse_float(value) if isinstance(value, str) else _as_float(value)
    if number is None:
        raise _cannot_convert(call)
    return number


def _as_float(value: Json) -> float | None:
    return float(value) if isinstance(value, bool | int | float | Decimal) else None


def _decimal(call: Invocation) -> Json:
    value = call.value(0)
    number = None
    if isinstance(value, str):
        number = parse_decimal(value)
    elif is_number(value):
        number = parse_decimal(to_text(value))  # one that needs an exponent is refused
    if number is None:
        raise _cannot_convert(call)
    return number


def _bool(call: Invocation) -> Json:
    value = call.value(0)
    if isinstance(value, bool | int | float | Decimal):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise _cannot_convert(call)


def _json(call: Invocation) -> Json:
    value = call.value(0)
    text = to_text(value) if binary_content(value) else call.text(0)
    try:
        return read_json(text)
    except ValueError as error:
        raise call.failure(
            f"parameter is not valid. The provided value '{text}' cannot be parsed: '{error}'"
        ) from error


def _array(call: Invocation) -> Json:
    value = call.value(0)
    return value if isinstance(value, list) else [value]


def _base64(call: Invocation) -> Json:
    value = call.value(0)
    if content := binary_content(value):
        return content[1]
    if not isinstance(value, str | list | dict):
        raise call.failure(
            "expects its parameter to be a string, an object or an array. The provided value is "
            f"of type '{type_name(value)}'"
        )
    return base64.b64encode(_bytes(value)).decode()


def _base64_bytes(call: Invocation) -> bytes:
    try:
        return base64.b64decode("".join(call.text(0).split()), validate=True)
    except binascii.Error as error:
        raise call.failure("was invoked with a value that is not base64") from error


def _base64_to_binary(call: Invocation) -> Json:
    _base64_bytes(call)
    return {"$content-type": _OCTETS, "$content": call.text(0)}


def _binary(call: Invocation) -> Json:
    return binary(_OCTETS, _bytes(_not_null(call)))


def _data_uri(call: Invocation) -> Json:
    value = _not_null(call)
    if content := binary_content(value):
        return f"data:{content[0]};base64,{content[1]}"
    kind = "text/plain" if isinstance(value, str) else "application/json"
    return f"data:{kind};charset=utf-8;base64,{base64.b64encode(_bytes(value)).decode()}"


def _data_uri_parts(call: Invocation) -> tuple[str, bytes]:
    text = call.text(0)
    match = _DATA_URI.fullmatch(text)
    if match is None:
        raise call.failure(f"expects a valid data URI. The provided value '{text}' is none")
    try:
        content = (
            base64.b64decode(match["data"], validate=True)
            if match["base64"]
            else unquote_plus(match["data"]).encode()
        )
    except binascii.Error as error:
        raise call.failure("was invoked with a value that is not base64") from error
    return match["type"] or "text/plain", content


def _uri_component(call: Invocation) -> Json:
    try:
        return quote(to_text(call.value(0)), safe="-_.~")
    except UnicodeEncodeError as error:
        raise call.failure("was invoked with half of a character") from error


def _bytes(value: Json) -> bytes:
    return well_formed(to_text(value)).encode()


def _not_null(call: Invocation) -> Json:
    value = call.value(0)
    if value is None:
        raise call.failure("expects a value, and was given null")
    return value


def _cannot_convert(call: Invocation) -> ExpressionError:
    return call.failure(
        "was invoked with a parameter that is not valid. The value cannot be converted to the "
        "target type"
    )


def _base64_to_string(call: Invocation) -> Json:
    return _base64_bytes(call).decode("utf-8", "replace")


def _data_uri_to_string(call: Invocation) -> Json:
    return _data_uri_parts(call)[1].decode("utf-8", "replace")


def _component_to_string(call: Invocation) -> Json:
    text = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), call.text(0))
    return joined(unquote_plus(text))


CONVERSION = (
    Function("int", _int, 1, 1),
    Function("float", _float, 1, 1),
    Function("decimal", _decimal, 1, 1),
    Function("bool", _bool, 1, 1),
    Function("string", lambda call: to_text(call.value(0)), 1, 1),
    Function("json", _json, 1, 1),
    Function("array", _array, 1, 1),
    Function("base64", _base64, 1, 1),
    Function("base64ToString", _base64_to_string, 1, 1),
    Function("decodeBase64", _base64_to_string, 1, 1),
    Function("base64ToBinary", _base64_to_binary, 1, 1),
    Function("binary", _binary, 1, 1),
    Function("dataUri", _data_uri, 1, 1),
    Function("dataUriToString", _data_uri_to_string, 1, 1),
    Function("decodeDataUri", _data_uri_to_string, 1, 1),
    Function("dataUriToBinary", lambda call: binary(*_data_uri_parts(call)), 1, 1),
    Function("uriComponent", _uri_component, 1, 1),
    Function("encodeUriComponent", _uri_component, 1, 1),
    Function("uriComponentToString", _component_to_string, 1, 1),
    Function("decodeUriComponent", _component_to_string, 1, 1),
    Function(
        "uriComponentToBinary",
        lambda call: binary(_OCTETS, unquote_plus(call.text(0)).encode()),
        1,
        1,
    ),
)
