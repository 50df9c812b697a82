"""Managed connectors: the operations that a caller provides, by method and path."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from .values import Json, JsonObject


@dataclass(frozen=True)
class ConnectorRequest:
    """What an ApiConnection action sends to its connector."""

    connection: str
    method: str
    path: str
    queries: JsonObject
    headers: JsonObject
    body: Json


@dataclass(frozen=True)
class ConnectorAnswer:
    """What the connector answers; 4xx and 5xx fail the action, some of them after retries."""

    status_code: int = 200
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Operation = Callable[[ConnectorRequest], Awaitable[ConnectorAnswer]]
Operations = Mapping[tuple[str, str], Operation]
"""Operations by (METHOD, /path), the path as the connector's definition spells it.

The Microsoft Sentinel connector's are `("POST", "/Incidents/Comment")` with `incidentArmId` and
`message`, and `("PUT", "/Incidents")`. An action whose operation is not here fails by name.
"""


def find_operation(operations: Operations, method: str, path: str) -> Operation | None:
    """The operation of a method and path, whose case does not count."""
    wanted = (method.upper(), path.lower())
    return next(
        (
            operation
            for (verb, where), operation in operations.items()
            if (verb.upper(), where.lower()) == wanted
        ),
        None,
    )
