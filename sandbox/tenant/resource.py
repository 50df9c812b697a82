"""Resource types as queries see them: properties, what can be filtered and ordered by, refusals."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.tenant.problem import Problem

Service = Literal["directory", "outlook", "other"]


@dataclass(frozen=True)
class Filter:
    """How one property can be filtered by. `advanced` operators are for advanced queries only."""

    kind: type[str] | type[bool] | type[int] | type[datetime]
    operators: frozenset[str]
    advanced: frozenset[str] = frozenset()


def by_text(*operators: str, advanced: str = "") -> Filter:
    """A filter by a string, an enum value or a GUID."""
    return Filter(str, frozenset(operators), frozenset(advanced.split()))


def by_flag(*operators: str, advanced: str = "") -> Filter:
    """A filter by a Boolean."""
    return Filter(bool, frozenset(operators), frozenset(advanced.split()))


def by_number(*operators: str) -> Filter:
    """A filter by a whole number."""
    return Filter(int, frozenset(operators))


def by_time(*operators: str) -> Filter:
    """A filter by a date and time."""
    return Filter(datetime, frozenset(operators))


@dataclass(frozen=True)
class Resource:
    """A resource type with what its documentation lets queries do.

    Directory objects know advanced queries (Advanced query capabilities on Microsoft Entra ID
    objects); Outlook's always show their id and name their errors differently.
    """

    name: str
    properties: Collection[str]
    service: Service = "other"
    filters: Mapping[str, Filter] = field(default_factory=dict[str, Filter])
    orders: Collection[str] = ()
    default: Collection[str] | None = None
    """What is shown without $select; None is everything."""

    @property
    def short_name(self) -> str:
        """`User` of `microsoft.graph.user`."""
        name = self.name.rpartition(".")[2]
        return name[:1].upper() + name[1:]

    def unknown(self, name: str, clause: str) -> Problem:
        """A property that the type does not have; in words that Graph was seen to use."""
        code = "RequestBroker--ParseUri" if self.service == "outlook" else "BadRequest"
        message = f"{clause}: Could not find a property named '{name}' on type '{self.name}'."
        return Problem(400, code, message)

    def unfilterable(self, path: str) -> Problem:
        """A property that exists and that this filter cannot be applied to."""
        if self.service == "outlook":
            message = f"The property '{path}' does not support filtering."
            return Problem(400, "ErrorInvalidProperty", message)
        return Problem(
            400,
            "Request_UnsupportedQuery",
            "Unsupported or invalid query filter clause specified for property "
            f"'{path}' of resource '{self.short_name}'.",
        )
