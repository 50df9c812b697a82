"""Reads the Logic App out of an ARM template, as a deployment would resolve it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from .arm_functions import Deployment, arm_functions
from .definition import Workflow, read_workflow, texts_in
from .environment import ParametersOnly
from .errors import DefinitionError, ExpressionError, ExpressionSyntaxError
from .functions import Invocation
from .syntax import Call, Literal, Node, Select, parse_expression
from .values import Json, JsonObject, as_json, as_object, get, key_of, type_name

_WORKFLOWS = "microsoft.logic/workflows"
_TYPES = {
    "string": "String",
    "securestring": "String",
    "int": "Integer",
    "bool": "Boolean",
    "array": "Array",
    "object": "Object",
    "secureobject": "Object",
}


# Template functions know no run: what asks for one is refused.
_NOWHERE = ParametersOnly({}, datetime.min.replace(tzinfo=UTC))


def load_template(
    path: Path, parameters: Mapping[str, Json], deployment: Deployment | None = None
) -> Workflow:
    """Resolve a template's parameters and expressions and read its workflow.

    Raises DefinitionError for a missing, unknown or wrong parameter, an expression that the
    runner cannot resolve, or a template without exactly one `Microsoft.Logic/workflows`.
    """
    try:
        template = as_object(as_json(json.loads(path.read_text("utf-8"))))
    except ValueError as error:
        raise DefinitionError(f"{path.name} is not JSON: {error}") from error
    return _Template(template, parameters, deployment or Deployment()).workflow()


class _Template:
    def __init__(
        self, template: JsonObject, given: Mapping[str, Json], deployment: Deployment
    ) -> None:
        self._declared = as_object(template.get("parameters"))
        self._variables = as_object(template.get("variables"))
        self._resources = template.get("resources")
        self._given = given
        self._deployment = deployment
        self._functions = arm_functions(deployment)
        self._resolving: list[str] = []
        unknown = [name for name in given if key_of(self._declared, name) is None]
        if unknown:
            raise DefinitionError(f"the template has no parameter '{unknown[0]}'")

    def workflow(self) -> Workflow:
        resource = self._workflow_resource()
        name = self.value(resource.get("name"))
        if not isinstance(name, str):
            raise DefinitionError("the workflow's name must be a string")
        properties = as_object(self.value(resource.get("properties")))
        location = self.value(resource.get("location"))
        return read_workflow(
            properties.get("definition"),
            name=name,
            resource_id=self._deployment.resource_id("Microsoft.Logic/workflows", name),
            location=location if isinstance(location, str) else "",
            values={
                each: get(given, "value")
                for each, given in as_object(properties.get("parameters")).items()
            },
            sensitive=tuple(self._secrets()),
        )

    def value(self, token: Json) -> Json:
        """Resolve all expressions of a value; object keys stay as they are."""
        match token:
            case str():
                return self._string(token)
            case list():
                return [self.value(each) for each in token]
            case dict():
                return {name: self.value(each) for name, each in token.items()}
            case _:
                return token

    def _string(self, text: str) -> Json:
        if text.startswith("[["):
            return text[1:]
        if not (text.startswith("[") and text.endswith("]")):
            return text
        try:
            return self._node(parse_expression(text[1:-1]).root)
        except ExpressionSyntaxError as error:
            raise DefinitionError(f"cannot read the template expression {text}: {error}") from error
        except ExpressionError as error:
            raise DefinitionError(f"cannot resolve {text}: {error}") from error

    def _node(self, node: Node) -> Json:
        match node:
            case Literal(value=value):
                return value
            case Call(name=name, arguments=arguments):
                return self._call(name, arguments)
            case Select(base=base, key=key):
                return self._select(self._node(base), self._node(key))

    def _call(self, name: str, arguments: tuple[Node, ...]) -> Json:
        if name.lower() == "parameters":
            return self._parameter(str(self._node(arguments[0])))
        if name.lower() == "variables":
            return self._variable(str(self._node(arguments[0])))
        function = self._functions.get(name.lower())
        if function is None:
            raise DefinitionError(f"the runner does not know the ARM function '{name}'")
        thunks = [partial(self._node, argument) for argument in arguments]
        return function(Invocation(function.name, thunks, _NOWHERE))

    def _select(self, base: Json, key: Json) -> Json:
        if isinstance(base, list) and isinstance(key, int) and 0 <= key < len(base):
            return base[key]
        found = key_of(base, key) if isinstance(base, dict) and isinstance(key, str) else None
        if found is None or not isinstance(base, dict):
            raise DefinitionError(f"the template selects '{key}', which is not there")
        return base[found]

    def _parameter(self, name: str) -> Json:
        declared_name = key_of(self._declared, name)
        if declared_name is None:
            raise DefinitionError(f"the template has no parameter '{name}'")
        declared = as_object(self._declared[declared_name])
        given_name = key_of(self._given, name)
        if given_name is not None:
            value = self._given[given_name]
        elif "defaultValue" in declared:
            value = self._once(f"parameter '{name}'", declared["defaultValue"])
        else:
            raise DefinitionError(f"the template parameter '{declared_name}' has no value")
        _check(declared_name, declared, value)
        return value

    def _variable(self, name: str) -> Json:
        found = key_of(self._variables, name)
        if found is None:
            raise DefinitionError(f"the template has no variable '{name}'")
        return self._once(f"variable '{found}'", self._variables[found])

    def _once(self, what: str, token: Json) -> Json:
        if what in self._resolving:
            raise DefinitionError(f"the template's {what} refers to itself")
        self._resolving.append(what)
        try:
            return self.value(token)
        finally:
            self._resolving.pop()

    def _workflow_resource(self) -> JsonObject:
        listed = self._resources
        # Templates of languageVersion 2.0 name their resources; the names do not matter here.
        resources = list(listed.values()) if isinstance(listed, dict) else listed
        found = [
            resource
            for each in (resources if isinstance(resources, list) else [])
            if str((resource := as_object(each)).get("type")).lower() == _WORKFLOWS
            and self.value(resource.get("condition", True)) is not False
        ]
        if len(found) != 1:
            raise DefinitionError(f"the template must hold one workflow, found {len(found)}")
        if "copy" in found[0]:
            raise DefinitionError("a workflow in a copy loop is not supported by this runner")
        return found[0]

    def _secrets(self) -> list[str]:
        names = [
            name
            for name, declared in self._declared.items()
            if str(get(declared, "type")).lower() in ("securestring", "secureobject")
        ]
        values = [self._parameter(name) for name in names if self._has_value(name)]
        return [text for value in values for text in texts_in(value)]

    def _has_value(self, name: str) -> bool:
        given = key_of(self._given, name) is not None
        return given or "defaultValue" in as_object(self._declared[name])


def _check(name: str, declared: JsonObject, value: Json) -> None:
    kind = str(declared.get("type")).lower()
    if kind not in _TYPES:
        raise DefinitionError(f"the template parameter '{name}' has the unknown type '{kind}'")
    if type_name(value) != _TYPES[kind]:
        raise DefinitionError(
            f"the template parameter '{name}' must be a {kind}, not {type_name(value)}"
        )
    allowed = declared.get("allowedValues")
    if isinstance(allowed, list) and value not in allowed:
        raise DefinitionError(f"the template parameter '{name}' must be one of {allowed}")
    shortest, longest = declared.get("minLength"), declared.get("maxLength")
    if isinstance(value, str | list) and (
        (isinstance(shortest, int) and len(value) < shortest)
        or (isinstance(longest, int) and len(value) > longest)
    ):
        raise DefinitionError(f"the template parameter '{name}' has a wrong length: {len(value)}")
