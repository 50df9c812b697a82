"""Bodies of requests that Graph refuses, in the words of its OData reader."""

from collections.abc import Collection

from pydantic import ValidationError

from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem


def refused_body(error: ValidationError, kind: str) -> Problem:
    """400 for a property or value that the type `kind` does not have."""
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"])
    match first["type"]:
        case "extra_forbidden":
            message = unknown_property(where, kind)
        case "literal_error":
            message = f"Requested value '{first['input']}' was not found. Property: '{where}'."
        case _:
            message = f"Cannot convert the value of property '{where}' of type '{kind}'."
    return Problem(400, "RequestBodyRead", message)


def unknown_property(name: str, kind: str) -> str:
    """What the reader says of a property that the type does not have."""
    return (
        f"The property '{name}' does not exist on type '{kind}'. Make sure to only use property "
        "names that are defined by the type."
    )


def refuse_unknown_parameters(body: JsonObject, known: Collection[str], operation: str) -> None:
    """400 for a parameter that the action does not have."""
    for name in body:
        if name not in known:
            raise Problem(
                400,
                "BadRequest",
                f"The parameter '{name}' in the request payload is not a valid parameter for the "
                f"operation '{operation}'.",
            )
