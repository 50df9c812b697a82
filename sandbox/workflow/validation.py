"""Finds what is wrong with a workflow before it runs, as the service does when one is saved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .controls import MOST_ROUNDS
from .definition import Action, Graph, Workflow, parse_duration
from .engine import HANDLERS
from .errors import DefinitionError, ExpressionSyntaxError
from .functions import NOT_SUPPORTED, find_function, is_function
from .retry import RetryPolicy
from .scanning import calls_in, expressions, named
from .structure import structure_problems
from .syntax import Call, calls
from .values import Json, as_object, get
from .variables import TYPES

_TRIGGERS = ("request", "recurrence", "apiconnectionwebhook")
_REFERENCES = ("actions", "outputs", "body", "actionoutputs", "actionbody")
_NAMING = (*_REFERENCES, "result", "items", "variables")
_KNOWN_ONLY_IN_A_RUN = (
    *_NAMING,
    *("trigger", "triggeroutputs", "triggerbody", "item", "workflow", "iterationindexes"),
)
_LOOPS = ("foreach", "until")
_WITH_ELEMENT = ("query", "select", "table")
_WITH_TIMEOUT = ("http", "httpwebhook", "apiconnection", "until")
_ASSIGNMENTS = (
    "setvariable",
    "incrementvariable",
    "decrementvariable",
    "appendtoarrayvariable",
    "appendtostringvariable",
)
_REQUIRED = {
    "if": ("expression",),
    "switch": ("expression",),
    "foreach": ("foreach",),
    "until": ("expression",),
}
_REQUIRED_INPUTS = {
    "http": ("method", "uri"),
    "httpwebhook": ("subscribe",),
    "apiconnection": ("host", "method", "path"),
    "parsejson": ("content",),
    "query": ("from", "where"),
    "select": ("from", "select"),
    "join": ("from", "joinWith"),
    "table": ("from", "format"),
    "terminate": ("runStatus",),
}
# "Limits and configuration reference for Azure Logic Apps"
_MOST_ACTIONS = 500
_MOST_PARAMETERS = 50
_MOST_OUTPUTS = 10
_MOST_VARIABLES = 250
_DEEPEST = 8


@dataclass(frozen=True)
class Problem:
    """What is wrong, and with which action, trigger or parameter."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True)
class _Place:
    """Where an action stands: what it may refer to, and the loops around it."""

    before: frozenset[str] = frozenset()
    loops: Mapping[str, str] = field(default_factory=dict[str, str])
    depth: int = 1


def validate(workflow: Workflow) -> list[Problem]:
    """All problems of a workflow; an empty list means that it can be run."""
    return list(_Validator(workflow).problems())


class _Validator:
    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._actions = {action.name.lower(): action for action in workflow.all_actions()}
        self._variables = {
            str(name).lower()
            for action in workflow.all_actions()
            if action.type.lower() == "initializevariable"
            for name in _declared(action)
        }

    def problems(self) -> Iterator[Problem]:
        yield from self._parameters()
        yield from self._triggers()
        yield from self._names()
        yield from self._graph(self._workflow.actions, _Place())
        everywhere = _Place(before=frozenset(self._actions))
        for name, output in self._workflow.outputs.items():
            yield from self._expressions(f"output '{name}'", output, everywhere, element=False)

    def _parameters(self) -> Iterator[Problem]:
        workflow = self._workflow
        for what, count, most in (
            ("parameters", len(workflow.declared), _MOST_PARAMETERS),
            ("outputs", len(workflow.outputs), _MOST_OUTPUTS),
            ("variables", len(self._variables), _MOST_VARIABLES),
        ):
            if count > most:
                yield Problem(what, f"a workflow has at most {most} of them, not {count}")
        for name, parameter in workflow.declared.items():
            if name not in workflow.values and not parameter.has_default:
                yield Problem(f"parameter '{name}'", "has no value")
        for name in workflow.values:
            if name not in workflow.declared:
                yield Problem(f"parameter '{name}'", "is not declared in the definition")

    def _triggers(self) -> Iterator[Problem]:
        if len(self._workflow.triggers) != 1:
            yield Problem("triggers", "a workflow needs exactly one trigger")
        for trigger in self._workflow.triggers.values():
            where = f"trigger '{trigger.name}'"
            if trigger.type.lower() not in _TRIGGERS:
                yield Problem(where, f"its type '{trigger.type}' is not supported by this runner")
            if "splitOn" in trigger.raw:
                yield Problem(where, "splitOn is not supported by this runner")
            # A trigger's callback URL and body are known to it, but no action is.
            yield from self._expressions(where, trigger.raw, _Place(), element=False)

    def _names(self) -> Iterator[Problem]:
        seen: set[str] = set()
        count = 0
        for action in self._workflow.all_actions():
            count += 1
            if action.name.lower() in seen:
                yield Problem(_action(action), "another action has the same name")
            seen.add(action.name.lower())
        if count > _MOST_ACTIONS:
            yield Problem("actions", f"a workflow has at most {_MOST_ACTIONS} actions, not {count}")

    def _graph(self, graph: Graph, place: _Place) -> Iterator[Problem]:
        for action in graph.values():
            for before in action.run_after:
                if before not in graph:
                    yield Problem(_action(action), f"runs after '{before}', which is not beside it")
        cyclic = _cyclic(graph)
        for name in sorted(cyclic):
            yield Problem(_action(graph[name]), "runs after itself, by way of others")
        if place.depth > _DEEPEST:
            yield Problem("actions", f"are nested more than {_DEEPEST} levels deep")
        for name, action in graph.items():
            earlier = set[str]() if name in cyclic else _ancestors(graph, name)
            visible = {each for before in earlier for each in _visible(graph[before])}
            yield from self._action(
                action,
                _Place(place.before | visible, place.loops, place.depth),
            )

    def _action(self, action: Action, place: _Place) -> Iterator[Problem]:
        where, kind = _action(action), action.type.lower()
        if kind not in HANDLERS:
            yield Problem(where, f"its type '{action.type}' is not supported by this runner")
            return
        yield from self._shape(action, kind)
        yield from self._assignment(action, kind, place)
        if kind == "terminate" and place.loops:
            yield Problem(where, "a Terminate action cannot stand in a loop")
        if kind == "response" and not self._has_request_trigger():
            yield Problem(where, "a Response action needs a Request trigger")
        if kind == "response" and place.loops:
            yield Problem(where, "a Response action cannot stand in a loop")
        own = {name: value for name, value in action.raw.items() if name not in _CONTAINED}
        inside = _loops_within(action, place)
        # The condition of an Until is evaluated inside of it.
        within = _Place(place.before | set(_visible(action)), inside, place.depth)
        yield from self._expressions(
            where,
            own,
            within if kind == "until" else place,
            element=kind in _WITH_ELEMENT,
            callback=kind == "httpwebhook",
        )
        for case in as_object(action.raw.get("cases")).values():
            yield from self._expressions(where, get(case, "case"), place, element=False)
        for graph in action.parts.values():
            yield from self._graph(graph, _Place(place.before, inside, place.depth + 1))

    def _shape(self, action: Action, kind: str) -> Iterator[Problem]:
        where = _action(action)
        for name in _REQUIRED.get(kind, ()):
            if name not in action.raw:
                yield Problem(where, f"has no '{name}'")
        inputs = as_object(action.inputs)
        for name in _REQUIRED_INPUTS.get(kind, ()):
            if name not in inputs:
                yield Problem(where, f"has no '{name}' in its inputs")
        yield from self._limits(action, kind)
        policy = inputs.get("retryPolicy", get(inputs, "subscribe", "retryPolicy"))
        if policy is not None and not list(expressions(policy)):
            try:
                RetryPolicy.read(policy)
            except DefinitionError as error:
                yield Problem(where, str(error))
        if "secureData" in as_object(action.raw.get("runtimeConfiguration")) and not action.secure:
            yield Problem(where, "secureData must name what it hides in its 'properties'")
        if unknown := action.secure - {"inputs", "outputs"}:
            yield Problem(where, f"secureData knows inputs and outputs, not {sorted(unknown)}")
        yield from (Problem(where, each) for each in structure_problems(action, kind))

    def _limits(self, action: Action, kind: str) -> Iterator[Problem]:
        where, timeout = _action(action), get(action.raw, "limit", "timeout")
        if timeout is not None:
            if kind not in _WITH_TIMEOUT:
                yield Problem(where, f"limit.timeout is not honoured for {action.type} actions")
            try:
                if isinstance(timeout, str) and not timeout.startswith("@"):
                    parse_duration(timeout)
            except DefinitionError as error:
                yield Problem(where, str(error))
        count = get(action.raw, "limit", "count")
        if kind == "until" and isinstance(count, int) and not 1 <= count <= MOST_ROUNDS:
            yield Problem(where, f"an Until goes round 1 to {MOST_ROUNDS} times")
        repetitions = get(action.raw, "runtimeConfiguration", "concurrency", "repetitions")
        if isinstance(repetitions, int) and not 1 <= repetitions <= 50:
            yield Problem(where, "a loop's concurrency is 1 to 50")

    def _assignment(self, action: Action, kind: str, place: _Place) -> Iterator[Problem]:
        where = _action(action)
        if kind == "initializevariable":
            if place.depth > 1:
                yield Problem(where, "a variable can be initialized at the top level only")
            listed = as_object(action.inputs).get("variables")
            for variable in listed if isinstance(listed, list) else []:
                if str(get(variable, "type")).lower() not in TYPES:
                    yield Problem(where, f"unknown variable type '{get(variable, 'type')}'")
        elif kind in _ASSIGNMENTS:
            name = str(as_object(action.inputs).get("name"))
            if name.lower() not in self._variables:
                yield Problem(where, f"the variable '{name}' is not initialized anywhere")
            value = as_object(action.inputs).get("value")
            if any(
                call.name.lower() == "variables" and (named(call) or "").lower() == name.lower()
                for call in calls_in(value)
            ):
                yield Problem(where, f"the variable '{name}' cannot be updated from itself")

    def _expressions(
        self, where: str, token: Json, place: _Place, *, element: bool, callback: bool = False
    ) -> Iterator[Problem]:
        for expression in expressions(token):
            if isinstance(expression, ExpressionSyntaxError):
                yield Problem(where, str(expression))
                continue
            for call in calls(expression.root):
                yield from self._call(where, call, place, element)
                if call.name.lower() == "listcallbackurl" and not (
                    callback or where.startswith("trigger")
                ):
                    yield Problem(where, "listCallbackUrl() belongs into a webhook")

    def _call(self, where: str, call: Call, place: _Place, element: bool) -> Iterator[Problem]:
        name, argument = call.name.lower(), named(call)
        if not is_function(name):
            reason = "not supported by this runner" if name in NOT_SUPPORTED else "not defined"
            yield Problem(where, f"the function '{call.name}' is {reason}")
            return
        function = find_function(name)
        if not function.accepts(len(call.arguments)):
            yield Problem(
                where,
                f"the function '{function.name}' takes {function.arity}, not {len(call.arguments)}",
            )
        if name == "item" and not element and "foreach" not in place.loops.values():
            yield Problem(where, "item() stands outside of a loop, filter or selection")
        if argument is not None:
            yield from self._reference(where, name, argument, place)
        elif name in _NAMING and any(
            each.name.lower() in _KNOWN_ONLY_IN_A_RUN
            for argument in call.arguments
            for each in calls(argument)
        ):
            yield Problem(where, f"{call.name}() needs a name that does not depend on the run")

    def _reference(self, where: str, function: str, name: str, place: _Place) -> Iterator[Problem]:
        key = name.lower()
        if function in (*_REFERENCES, "result"):
            if key not in self._actions:
                yield Problem(where, f"refers to the action '{name}', which does not exist")
            elif function == "result" and not self._actions[key].parts:
                yield Problem(where, f"result('{name}') needs a scope, a condition or a loop")
            elif key not in place.before:
                yield Problem(where, f"refers to the action '{name}', which does not run before it")
        elif function == "variables" and key not in self._variables:
            yield Problem(where, f"refers to the variable '{name}', which is not initialized")
        elif function == "parameters" and key not in {n.lower() for n in self._workflow.declared}:
            yield Problem(where, f"refers to the parameter '{name}', which is not declared")
        elif function == "items" and place.loops.get(key) != "foreach":
            yield Problem(where, f"items('{name}') stands outside of that Foreach")
        elif function == "iterationindexes" and place.loops.get(key) != "until":
            yield Problem(where, f"iterationIndexes('{name}') stands outside of that Until")

    def _has_request_trigger(self) -> bool:
        return any(each.type.lower() == "request" for each in self._workflow.triggers.values())


_CONTAINED = ("actions", "else", "cases", "default", "runAfter", "type")


def _action(action: Action) -> str:
    return f"action '{action.name}'"


def _declared(action: Action) -> list[Json]:
    listed = as_object(action.inputs).get("variables")
    return [get(variable, "name") for variable in listed] if isinstance(listed, list) else []


def _visible(action: Action) -> Iterator[str]:
    """What can be referred to once an action has ended: nothing from within a Foreach."""
    yield action.name.lower()
    if action.type.lower() != "foreach":
        for graph in action.parts.values():
            for nested in graph.values():
                yield from _visible(nested)


def _loops_within(action: Action, place: _Place) -> Mapping[str, str]:
    kind = action.type.lower()
    return {**place.loops, action.name.lower(): kind} if kind in _LOOPS else place.loops


def _ancestors(graph: Graph, name: str) -> set[str]:
    found: set[str] = set()
    pending = list(graph[name].run_after)
    while pending:
        before = pending.pop()
        if before in graph and before not in found:
            found.add(before)
            pending.extend(graph[before].run_after)
    return found


def _cyclic(graph: Graph) -> set[str]:
    return {name for name in graph if name in _ancestors(graph, name)}
