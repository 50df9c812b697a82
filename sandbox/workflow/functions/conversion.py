"""Functions that turn one type into another; binary content is base64 beside its content type."""

import base64
import binascii
import json
import re
from decimal import Decimal, InvalidOperation
from urllib.parse import quote, unquote_plus

from ..errors import ExpressionError
from ..values import Json, as_json, compact_json, to_text, type_name
from .invocation import Function, Invocation

_OCTETS = "application/octet-stream"
_DATA_URI = re.compile(r"data:(?P<type>[^,]*?)(?P<base64>;base64)?,(?P<data>.*)", re.DOTALL)
_LONG = range(-(2**63), 2**63)


def binary(content_type: str, content: bytes) -> Json:
    """Binary content as the language represents it."""
    return {"$content-type": content_type, "$content": base64.b64encode(content).decode()}


def _int(call: Invocation) -> Json:
    value = call.value(0)
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float | Decimal) and value == int(value):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9][0-9,]*\s*", value):
        number = int(value.replace(",", ""))
        if number in _LONG:
            return number
    raise _cannot_convert(call)


def _float(call: Invocation) -> Json:
    value = call.value(0)
    try:
        if isinstance(value, str) and "_" not in value:
            return float(value.replace(",", ""))
        if isinstance(value, bool | int | float | Decimal):
            return float(value)
    except ValueError:
        pass
    raise _cannot_convert(call)


def _decimal(call: Invocation) -> Json:
    value = call.value(0)
    try:
        if isinstance(value, str) and "_" not in value:
            return Decimal(value.replace(",", "").strip())
        if isinstance(value, int | float | Decimal):
            return Decimal(str(value))
    except InvalidOperation:
        pass
    raise _cannot_convert(call)


def _bool(call: Invocation) -> Json:
    value = call.value(0)
    if isinstance(value, bool | int | float | Decimal):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise _cannot_convert(call)


def _json(call: Invocation) -> Json:
    text = call.text(0)
    if not text.strip():
        return None
    try:
        return as_json(json.loads(text))
    except ValueError as error:
        raise call.failure(
            f"parameter is not valid. The provided value '{text}' cannot be parsed: {error}"
        ) from error


def _array(call: Invocation) -> Json:
    value = call.value(0)
    return value if isinstance(value, list) else [value]


def _base64(call: Invocation) -> Json:
    return base64.b64encode(_content(call)).decode()


def _base64_bytes(call: Invocation) -> bytes:
    try:
        return base64.b64decode(call.text(0), validate=True)
    except binascii.Error as error:
        raise call.failure("was invoked with a value that is not base64") from error


def _data_uri(call: Invocation) -> Json:
    content = base64.b64encode(_content(call)).decode()
    kind = "text/plain" if isinstance(call.value(0), str) else "application/json"
    return f"data:{kind};charset=utf-8;base64,{content}"


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
    return match["type"] or "text/plain;charset=US-ASCII", content


def _uri_component(call: Invocation) -> Json:
    return quote(to_text(call.value(0)), safe="-_.~")


def _content(call: Invocation) -> bytes:
    value = call.value(0)
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, list | dict):
        return compact_json(value).encode()
    raise call.failure(
        "expects its parameter to be a string, an object or an array. The provided value is of "
        f"type '{type_name(value)}'"
    )


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
    return unquote_plus(call.text(0))


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
    Function("base64ToBinary", lambda call: binary(_OCTETS, _base64_bytes(call)), 1, 1),
    Function("binary", lambda call: binary(_OCTETS, _content(call)), 1, 1),
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
