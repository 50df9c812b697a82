"""Functions that make a changed copy of an object."""

from ..values import Json, compact_json, key_of
from .invocation import Function, Invocation


def _add_property(call: Invocation) -> Json:
    base, name = call.object(0), _property_name(call)
    if key_of(base, name) is not None:
        raise call.failure(
            f"expects the property to not exist in the object. Unable to add property '{name}' "
            f"to '{compact_json(base)}' as it already exists"
        )
    return {**base, name: call.value(2)}


def _set_property(call: Invocation) -> Json:
    base, name = call.object(0), _property_name(call)
    found = key_of(base, name)
    others = {key: value for key, value in base.items() if key != found}
    return {**others, found or name: call.value(2)}  # a property that was there moves to the end


def _remove_property(call: Invocation) -> Json:
    base = call.object(0)
    found = key_of(base, _property_name(call))
    return {name: value for name, value in base.items() if name != found}


def _property_name(call: Invocation) -> str:
    name = call.text(1)
    if any(mark in name for mark in "[]."):
        raise call.failure(
            f"was given the property name '{name}'. The name cannot contain any of the following "
            "symbols: '[, ], .'"
        )
    return name


OBJECTS = (
    Function("addProperty", _add_property, 3, 3),
    Function("setProperty", _set_property, 3, 3),
    Function("removeProperty", _remove_property, 2, 2),
)
