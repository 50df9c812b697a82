"""A workflow definition read into actions, triggers and parameters."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from .errors import DefinitionError
from .values import Json, JsonObject, as_object

_DURATION = re.compile(
    r"P(?=.)(?:(?P<days>\d+)D)?(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
STATUSES = ("Succeeded", "Failed", "Skipped", "TimedOut")


@dataclass(frozen=True)
class Action:
    """One action: its type, when it runs, its inputs, and the actions within it.

    `parts` holds the nested graphs by name: `actions` of a scope or loop, `actions` and `else` of
    an If, `case NAME` and `default` of a Switch.
    """

    name: str
    type: str
    run_after: Mapping[str, tuple[str, ...]]
    inputs: Json
    raw: JsonObject
    parts: Mapping[str, "Graph"] = field(default_factory=dict[str, "Graph"])

    @property
    def timeout(self) -> timedelta | None:
        """`limit.timeout`, if given."""
        text = as_object(self.raw.get("limit")).get("timeout")
        return parse_duration(text) if isinstance(text, str) else None

    @property
    def operation_options(self) -> frozenset[str]:
        """`operationOptions`, in lower case."""
        text = self.raw.get("operationOptions")
        names = text.split(",") if isinstance(text, str) else []
        return frozenset(name.strip().lower() for name in names)

    @property
    def secure(self) -> frozenset[str]:
        """What `runtimeConfiguration.secureData` hides from the record: inputs, outputs."""
        secure = as_object(as_object(self.raw.get("runtimeConfiguration")).get("secureData"))
        names = secure.get("properties")
        return frozenset(str(name) for name in names) if isinstance(names, list) else frozenset()

    def nested(self) -> Iterator["Action"]:
        """All actions within this one, at any depth."""
        for graph in self.parts.values():
            for action in graph.values():
                yield action
                yield from action.nested()


Graph = Mapping[str, Action]


@dataclass(frozen=True)
class Trigger:
    """The trigger that starts the workflow."""

    name: str
    type: str
    inputs: Json
    raw: JsonObject


@dataclass(frozen=True)
class Parameter:
    """A parameter of the definition: its type, and its default if it has one."""

    type: str
    default: Json
    has_default: bool

    @property
    def secure(self) -> bool:
        """Whether its value must not be shown."""
        return self.type.lower() in ("securestring", "secureobject")


@dataclass(frozen=True)
class Workflow:
    """A workflow as it is deployed: its definition and the values of its parameters.

    `definition` is what was read, with the template's own expressions resolved.
    """

    name: str
    id: str
    location: str
    triggers: Mapping[str, Trigger]
    actions: Graph
    declared: Mapping[str, Parameter]
    values: Mapping[str, Json]
    outputs: JsonObject
    sensitive: tuple[str, ...] = ()
    definition: JsonObject = field(default_factory=dict[str, Json])

    @property
    def parameters(self) -> dict[str, Json]:
        """The value of every parameter, defaults included. A missing one raises DefinitionError."""
        values: dict[str, Json] = {}
        for name, parameter in self.declared.items():
            if name not in self.values and not parameter.has_default:
                raise DefinitionError(f"the workflow parameter '{name}' has no value")
            values[name] = self.values.get(name, parameter.default)
        return values

    @property
    def secrets(self) -> list[str]:
        """The texts that no record may show: secure values of the workflow and its template."""
        values = self.parameters
        secure = [values[name] for name, each in self.declared.items() if each.secure]
        return [*self.sensitive, *(text for value in secure for text in texts_in(value))]

    def all_actions(self) -> Iterator[Action]:
        """All actions, at any depth."""
        for action in self.actions.values():
            yield action
            yield from action.nested()


def read_workflow(
    definition: Json,
    *,
    name: str = "workflow",
    resource_id: str = "",
    location: str = "",
    values: Mapping[str, Json] | None = None,
    sensitive: tuple[str, ...] = (),
) -> Workflow:
    """Read a definition.

    Raises DefinitionError for one that is not shaped as the workflow schema wants it.
    """
    body = _object(definition, "definition")
    return Workflow(
        name=name,
        id=resource_id or f"/workflows/{name}",
        location=location,
        triggers={
            each: _trigger(each, _object(raw, f"trigger '{each}'"))
            for each, raw in _object(body.get("triggers", {}), "triggers").items()
        },
        actions=_graph(body.get("actions", {}), "actions"),
        declared={
            each: _parameter(_object(raw, f"parameter '{each}'"))
            for each, raw in _object(body.get("parameters", {}), "parameters").items()
        },
        values=dict(values or {}),
        outputs=_object(body.get("outputs", {}), "outputs"),
        sensitive=sensitive,
        definition=body,
    )


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours, minutes and seconds; raises DefinitionError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise DefinitionError(f"'{text}' is not an ISO 8601 duration such as PT30M")
    return timedelta(**{unit: float(number or 0) for unit, number in match.groupdict().items()})


def texts_in(value: Json) -> Iterator[str]:
    """Every string in a value that is not empty."""
    match value:
        case str() if value:
            yield value
        case list():
            for each in value:
                yield from texts_in(each)
        case dict():
            for each in value.values():
                yield from texts_in(each)
        case _:
            return


def _graph(raw: Json, where: str) -> Graph:
    return {
        name: _action(name, _object(each, f"action '{name}'"))
        for name, each in _object(raw, where).items()
    }


def _action(name: str, raw: JsonObject) -> Action:
    kind = raw.get("type")
    if not isinstance(kind, str):
        raise DefinitionError(f"action '{name}' has no type")
    run_after = _object(raw.get("runAfter", {}), f"runAfter of action '{name}'")
    return Action(
        name=name,
        type=kind,
        run_after={before: _statuses(name, each) for before, each in run_after.items()},
        inputs=raw.get("inputs"),
        raw=raw,
        parts=_parts(name, kind.lower(), raw),
    )


def _parts(name: str, kind: str, raw: JsonObject) -> dict[str, Graph]:
    parts: dict[str, Graph] = {}
    if kind in ("scope", "foreach", "until", "if"):
        parts["actions"] = _graph(raw.get("actions", {}), f"actions of '{name}'")
    if kind == "if":
        other = _object(raw.get("else", {}), f"else of '{name}'")
        parts["else"] = _graph(other.get("actions", {}), f"else of '{name}'")
    if kind == "switch":
        for case, body in _object(raw.get("cases", {}), f"cases of '{name}'").items():
            actions = _object(body, f"case '{case}' of '{name}'").get("actions", {})
            parts[f"case {case}"] = _graph(actions, f"case '{case}' of '{name}'")
        default = _object(raw.get("default", {}), f"default of '{name}'")
        parts["default"] = _graph(default.get("actions", {}), f"default of '{name}'")
    return parts


def _statuses(name: str, raw: Json) -> tuple[str, ...]:
    known = {status.lower(): status for status in STATUSES}
    if not isinstance(raw, list) or not raw:
        raise DefinitionError(f"runAfter of action '{name}' needs a list of statuses")
    unknown = [status for status in raw if str(status).lower() not in known]
    if unknown:
        raise DefinitionError(f"runAfter of action '{name}' names the unknown status {unknown[0]}")
    return tuple(known[str(status).lower()] for status in raw)


def _trigger(name: str, raw: JsonObject) -> Trigger:
    kind = raw.get("type")
    if not isinstance(kind, str):
        raise DefinitionError(f"trigger '{name}' has no type")
    return Trigger(name, kind, raw.get("inputs"), raw)


def _parameter(raw: JsonObject) -> Parameter:
    return Parameter(str(raw.get("type", "")), raw.get("defaultValue"), "defaultValue" in raw)


def _object(value: Json, where: str) -> JsonObject:
    if not isinstance(value, dict):
        raise DefinitionError(f"{where} must be an object")
    return value
