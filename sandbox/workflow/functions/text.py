"""String functions: concat, replace, split and their like. None of them minds a culture."""

import re
import uuid
from collections.abc import Callable

from ..utf16 import cut, joined, length
from ..values import Json, texts, to_text
from .invocation import Function, Invocation
from .number_format import format_number
from .number_parse import parse_float


def _concat(call: Invocation) -> Json:
    return joined("".join(to_text(value) for value in call.values()))


def _substring(call: Invocation) -> Json:
    text, start = call.text(0), call.integer(1)
    units = length(text)
    if not 0 <= start < units:
        raise call.failure(
            "parameter is out of range: 'start index' must be non-negative integer and should be "
            "less than the length of the string"
        )
    count = call.integer(2) if len(call) > 2 else units - start
    if count < 0 or start + count > units:
        raise call.failure(
            "parameters are out of range: 'start index' and 'length' must be non-negative "
            "integers and their sum must be no larger than the length of the string"
        )
    return cut(text, start, start + count)


def _slice(call: Invocation) -> Json:
    text, start = call.text(0), call.integer(1)
    return cut(text, start, call.integer(2) if len(call) > 2 else None)


def _replace(call: Invocation) -> Json:
    text, old, new = call.text(0), call.text(1), call.text(2)
    if not old:
        raise call.failure("expects its second parameter not to be empty")
    return text.replace(old, new)


def _split(call: Invocation) -> Json:
    text, delimiter = call.text(0), call.text(1)
    return texts(text.split(delimiter) if delimiter else [text])


def _index_of(call: Invocation) -> Json:
    text, part = _folded(call.text(0)), _folded(call.text(1))
    return _unit_index(text, text.find(part))


def _last_index_of(call: Invocation) -> Json:
    text, part = _folded(call.text(0)), _folded(call.text(1))
    if not part:
        return max(length(text) - 1, 0)
    return _unit_index(text, text.rfind(part))


def _folded(text: str) -> str:
    """A text for comparisons that ignore case; no character changes its length."""
    return _map_case(text, str.lower)


def _unit_index(text: str, index: int) -> int:
    """The place of a character in UTF-16 units; -1 stays -1."""
    return index if index < 0 else length(text[:index])


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
    text, part, occurrence = _folded(call.text(0)), _folded(call.text(1)), call.integer(2)
    if occurrence == 0:
        raise call.failure(
            "expects its third parameter to be a non-zero integer. The provided value is '0'"
        )
    places = [place for place in range(max(len(text), 1)) if text.startswith(part, place)]
    index = occurrence - 1 if occurrence > 0 else occurrence
    return _unit_index(text, places[index]) if -len(places) <= index < len(places) else -1


def _is_int(call: Invocation) -> Json:
    text = call.text(0).strip()
    return bool(re.fullmatch(r"[+-]?[0-9]+", text)) and -(2**63) <= int(text) < 2**63


def _is_float(call: Invocation) -> Json:
    return parse_float(call.text(0)) is not None


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
    Function("indexOf", _index_of, 2, 2),
    Function("lastIndexOf", _last_index_of, 2, 2),
    Function("nthIndexOf", _nth_index_of, 3, 3),
    Function(
        "startsWith", lambda call: _folded(call.text(0)).startswith(_folded(call.text(1))), 2, 2
    ),
    Function("endsWith", lambda call: _folded(call.text(0)).endswith(_folded(call.text(1))), 2, 2),
    Function("isInt", _is_int, 1, 1),
    Function("isFloat", _is_float, 1, 1),
    Function("formatNumber", _format_number, 2, 3),
)
