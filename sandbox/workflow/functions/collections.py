"""Functions over arrays, and over what else has members: strings and objects."""

from functools import cmp_to_key

from .. import utf16
from ..values import Json, JsonObject, key_of, same, to_text, type_name
from .invocation import Function, Invocation
from .ordering import compare_any

_RANGE_LIMIT = 100_000


def _length(call: Invocation) -> Json:
    members = _sequence(call, "an array or a string")
    return utf16.length(members) if isinstance(members, str) else len(members)


def _empty(call: Invocation) -> Json:
    value = call.value(0)
    if value is None:
        return True
    if isinstance(value, str | list | dict):
        return not value
    raise call.failure(
        "expects its parameter to be an object, an array or a string. The provided value is of "
        f"type '{type_name(value)}'"
    )


def _contains(call: Invocation) -> Json:
    collection, wanted = call.value(0), call.value(1)
    if isinstance(collection, str) and isinstance(wanted, str):
        return wanted in collection
    if isinstance(collection, dict) and isinstance(wanted, str):
        return key_of(collection, wanted) is not None
    if isinstance(collection, list):
        return any(same(member, wanted) for member in collection)
    raise call.failure(
        "expects a dictionary and a key, an array and a value, or a string and a substring. The "
        f"provided types '{type_name(collection)}' and '{type_name(wanted)}' are incompatible"
    )


def _first(call: Invocation) -> Json:
    members = _sequence(call, "an array or a string")
    if isinstance(members, str):
        return utf16.cut(members, 0, 1)
    return members[0] if members else None


def _last(call: Invocation) -> Json:
    members = _sequence(call, "an array or a string")
    if isinstance(members, str):
        return utf16.cut(members, -1)
    return members[-1] if members else None


def _take(call: Invocation) -> Json:
    members, count = _sequence(call, "an array or a string"), call.integer(1)
    return _part(members, 0, _count(call, count))


def _skip(call: Invocation) -> Json:
    members, count = _sequence(call, "an array or a string"), call.integer(1)
    return _part(members, _count(call, count), None)


def _chunk(call: Invocation) -> Json:
    members, size = _sequence(call, "an array or a string"), call.integer(1)
    if size < 1:
        raise call.failure("expects chunk size to be a positive integer")
    count = utf16.length(members) if isinstance(members, str) else len(members)
    return [_part(members, start, start + size) for start in range(0, count, size)]


def _part(members: str | list[Json], start: int, stop: int | None) -> str | list[Json]:
    if isinstance(members, str):
        return utf16.cut(members, start, stop)
    return members[start:stop]


def _union(call: Invocation) -> Json:
    values = call.values()
    if objects := _all_objects(values):
        merged: JsonObject = {}
        for each in objects:
            for name, value in each.items():
                merged[name] = value
        return merged
    return _distinct([member for array in _all_arrays(call, values) for member in array])


def _intersection(call: Invocation) -> Json:
    values = call.values()
    if objects := _all_objects(values):
        first, *others = objects
        return {
            name: value
            for name, value in first.items()
            if all(name in each and same(each[name], value) for each in others)
        }
    first_array, *other_arrays = _all_arrays(call, values)
    return _distinct(
        [m for m in first_array if all(any(same(m, o) for o in array) for array in other_arrays)]
    )


def _join(call: Invocation) -> Json:
    members, delimiter = call.array(0), call.text(1)
    return delimiter.join(to_text(member) for member in members)


def _sort(call: Invocation) -> Json:
    members = call.array(0)
    by = call.text(1) if len(call) > 1 else None

    def order(left: Json, right: Json) -> int:
        result = compare_any(_sort_key(call, left, by), _sort_key(call, right, by))
        if result is None:
            raise call.failure("failed to compare two elements in the array")
        return result

    return sorted(members, key=cmp_to_key(order))


def _sort_key(call: Invocation, member: Json, by: str | None) -> Json:
    if by is None:
        return member
    if not isinstance(member, dict) or (key := key_of(member, by)) is None:
        raise call.failure(
            f"did not find the named sortField '{by}' on one or more objects in the array"
        )
    return member[key]


def _range(call: Invocation) -> Json:
    start, count = call.integer(0), call.integer(1)
    if not 0 <= count <= _RANGE_LIMIT or start + count - 1 > 2**31 - 1:
        raise call.failure(
            f"parameters are out of range: 'count' must be a positive integer no larger than "
            f"'{_RANGE_LIMIT}' and the sum of 'start index' and 'count' must be no larger than "
            f"{2**31 - 1}"
        )
    return list(range(start, start + count))


def _sequence(call: Invocation, expected: str) -> str | list[Json]:
    value = call.value(0)
    if not isinstance(value, str | list):
        raise call.failure(
            f"expects its parameter to be {expected}. The provided value is of type "
            f"'{type_name(value)}'"
        )
    return value


def _count(call: Invocation, count: int) -> int:
    if count < 0:
        raise call.failure(
            "parameters are out of range: 'count' must be a positive integer. The provided value "
            f"is '{count}'"
        )
    return count


def _all_objects(values: list[Json]) -> list[JsonObject]:
    objects = [value for value in values if isinstance(value, dict)]
    return objects if len(objects) == len(values) else []


def _all_arrays(call: Invocation, values: list[Json]) -> list[list[Json]]:
    arrays = [value for value in values if isinstance(value, list)]
    if len(arrays) != len(values):
        found = ",".join(sorted({type_name(value) for value in values}))
        raise call.failure(f"expects arrays only or objects only, but found '{found}'")
    return arrays


def _distinct(values: list[Json]) -> list[Json]:
    kept: list[Json] = []
    for value in values:
        if not any(same(value, other) for other in kept):
            kept.append(value)
    return kept


COLLECTIONS = (
    Function("length", _length, 1, 1),
    Function("empty", _empty, 1, 1),
    Function("contains", _contains, 2, 2),
    Function("first", _first, 1, 1),
    Function("last", _last, 1, 1),
    Function("take", _take, 2, 2),
    Function("skip", _skip, 2, 2),
    Function("chunk", _chunk, 2, 2),
    Function("union", _union, 2, None),
    Function("intersection", _intersection, 2, None),
    Function("join", _join, 2, 2),
    Function("sort", _sort, 1, 2),
    Function("reverse", lambda call: call.array(0)[::-1], 1, 1),
    Function("range", _range, 2, 2),
    Function("createArray", lambda call: call.values(), 1, None),
)
