"""String functions: concat, replace, split and their like. None of them minds a culture."""

import re
import uuid
from collections.abc import Callable

from ..values import Json, texts, to_text
from .invocation import Function, Invocation
from .number_format import format_number


def _concat(call: Invocation) -> Json:
    return "".join(to_text(value) for value in call.values())


def _substring(call: Invocation) -> Json:
    text, start = call.text(0), call.integer(1)
    if not 0 <= start < len(text):
        raise call.failure(
            "parameter is out of range: 'start index' must be non-negative integer and should be "
            "less than the length of the string"
        )
    length = call.integer(2) if len(call) > 2 else len(text) - start
    if length < 0 or start + length > len(text):
        raise call.failure(
            "parameters are out of range: 'start index' and 'length' must be non-negative "
            "integers and their sum must be no larger than the length of the string"
        )
    return text[start : start + length]


def _slice(call: Invocation) -> Json:
    text, start = call.text(0), call.integer(1)
    return text[slice(start, call.integer(2) if len(call) > 2 else None)]


def _replace(call: Invocation) -> Json:
    text, old, new = call.text(0), call.text(1), call.text(2)
    if not old:
        raise call.failure("expects its second parameter not to be empty")
    return text.replace(old, new)


def _split(call: Invocation) -> Json:
    text, delimiter = call.text(0), call.text(1)
    return texts(text.split(delimiter) if delimiter else [text])


def _map_case(text: str, change: Callable[[str], str]) -> str:
    # .NET maps character by character: what would become two characters stays as it is.
    return "".join(mapped if len(mapped := change(each)) == 1 else each for each in text)


def _guid(call: Invocation) -> Json:
    made = uuid.uuid4()
    text = str(made)
    spelled = {
        "N": made.hex,
        "D": text,
        "B": f"{{{text}}}",
        "P": f"({text})",
        "X": _hexadecimal(made),
    }
    wanted = call.optional_text(0, "D")
    if wanted not in spelled:
        raise call.failure(
            f"format parameter '{wanted}' is not supported. The supported formats are: "
            "'N, D, B, P, X'"
        )
    return spelled[wanted]


def _hexadecimal(value: uuid.UUID) -> str:
    low = ",".join(f"0x{byte:02x}" for byte in value.bytes[8:])
    return (
        f"{{0x{value.time_low:08x},0x{value.time_mid:04x},0x{value.time_hi_version:04x},{{{low}}}}}"
    )


def _nth_index_of(call: Invocation) -> Json:
    text, part, occurrence = call.text(0).lower(), call.text(1).lower(), call.integer(2)
    if occurrence == 0:
        raise call.failure(
            "expects its third parameter to be a non-zero integer. The provided value is '0'"
        )
    places = [place for place in range(len(text)) if text.startswith(part, place)]
    index = occurrence - 1 if occurrence > 0 else occurrence
    return places[index] if -len(places) <= index < len(places) else -1


def _is_int(call: Invocation) -> Json:
    text = call.text(0).strip()
    return bool(re.fullmatch(r"[+-]?[0-9]+", text)) and -(2**63) <= int(text) < 2**63


def _is_float(call: Invocation) -> Json:
    try:
        float(call.text(0).replace(",", "").replace("_", "x"))
    except ValueError:
        return False
    return True


def _format_number(call: Invocation) -> Json:
    number, pattern = call.number(0), call.text(1)
    if call.optional_text(2, "en-US").lower() not in ("", "en-us"):
        raise call.failure("is supported by this runner for the locale 'en-US' only")
    text = format_number(number, pattern)
    if text is None:
        raise call.failure(
            f"format string '{pattern}' is not valid. The format string should be a numeric "
            "format string"
        )
    return text


TEXT = (
    Function("concat", _concat, 1, None),
    Function("substring", _substring, 2, 3),
    Function("slice", _slice, 2, 3),
    Function("replace", _replace, 3, 3),
    Function("split", _split, 2, 2),
    Function("guid", _guid, 0, 1),
    Function("toLower", lambda call: _map_case(call.text(0), str.lower), 1, 1),
    Function("toUpper", lambda call: _map_case(call.text(0), str.upper), 1, 1),
    Function("trim", lambda call: call.text(0).strip(), 1, 1),
    Function("indexOf", lambda call: call.text(0).lower().find(call.text(1).lower()), 2, 2),
    Function("lastIndexOf", lambda call: call.text(0).lower().rfind(call.text(1).lower()), 2, 2),
    Function("nthIndexOf", _nth_index_of, 3, 3),
    Function(
        "startsWith", lambda call: call.text(0).lower().startswith(call.text(1).lower()), 2, 2
    ),
    Function("endsWith", lambda call: call.text(0).lower().endswith(call.text(1).lower()), 2, 2),
    Function("isInt", _is_int, 1, 1),
    Function("isFloat", _is_float, 1, 1),
    Function("formatNumber", _format_number, 2, 3),
)
