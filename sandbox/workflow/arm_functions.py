"""The functions of Azure Resource Manager templates that a playbook's template may use.

"ARM template functions". A conservative set: what can be computed without a deployment.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from .errors import DefinitionError
from .functions import Function, Invocation, find_function
from .values import Json, JsonObject, to_text


@dataclass(frozen=True)
class Deployment:
    """Where a template is deployed to."""

    subscription_id: str = "00000000-0000-0000-0000-000000000000"
    resource_group: str = "mailwarden"
    location: str = "westeurope"
    tenant_id: str = "00000000-0000-0000-0000-000000000000"

    def subscription(self) -> JsonObject:
        """The object that `subscription()` returns."""
        return {
            "id": f"/subscriptions/{self.subscription_id}",
            "subscriptionId": self.subscription_id,
            "tenantId": self.tenant_id,
        }

    def group(self) -> JsonObject:
        """The object that `resourceGroup()` returns."""
        return {
            "id": f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}",
            "name": self.resource_group,
            "location": self.location,
        }

    def resource_id(self, *parts: str) -> str:
        """`resourceId([subscription], [group], type, name…)` of a type and its names."""
        index = next((i for i, part in enumerate(parts) if "/" in part), None)
        if index is None or index > 2:
            raise DefinitionError(f"resourceId{parts} names no resource type")
        given = parts[:index]
        group = given[-1] if given else self.resource_group
        subscription = given[0] if len(given) > 1 else self.subscription_id
        scope = f"/subscriptions/{subscription}/resourceGroups/{group}"
        return scope + _provider_path(*parts[index:])

    def subscription_resource_id(self, *parts: str) -> str:
        """`subscriptionResourceId([subscription], type, name…)`."""
        given = "/" not in parts[0]
        subscription = parts[0] if given else self.subscription_id
        return f"/subscriptions/{subscription}" + _provider_path(*parts[1 if given else 0 :])


_SHARED = (
    *("add", "and", "array", "base64", "base64ToString", "bool", "coalesce", "contains"),
    *("createArray", "dataUri", "div", "empty", "endsWith", "equals", "first", "greater"),
    *("greaterOrEquals", "if", "indexOf", "int", "intersection", "join", "json", "last"),
    *("lastIndexOf", "length", "less", "lessOrEquals", "max", "min", "mod", "mul", "not", "or"),
    *("range", "replace", "skip", "split", "startsWith", "string", "sub", "substring", "take"),
    *("toLower", "toUpper", "trim", "union", "uriComponent", "uriComponentToString"),
)
"""Functions that mean in a template what they mean in a workflow."""


def arm_functions(deployment: Deployment) -> Mapping[str, Function]:
    """The functions by the lower case of their names, bound to a deployment."""

    def texts(call: Invocation) -> list[str]:
        return [call.text(index) for index in range(len(call))]

    own = (
        Function("concat", _concat, 1, None),
        Function("createObject", _create_object, 0, None),
        Function("environment", lambda call: _PUBLIC_CLOUD, 0, 0),
        Function("false", lambda call: False, 0, 0),
        Function("format", _format, 1, None),
        Function("null", lambda call: None, 0, 0),
        Function("resourceGroup", lambda call: deployment.group(), 0, 0),
        Function("resourceId", lambda call: deployment.resource_id(*texts(call)), 2, None),
        Function("subscription", lambda call: deployment.subscription(), 0, 0),
        Function(
            "subscriptionResourceId",
            lambda call: deployment.subscription_resource_id(*texts(call)),
            2,
            None,
        ),
        Function("tenant", lambda call: {"tenantId": deployment.tenant_id}, 0, 0),
        Function("true", lambda call: True, 0, 0),
        Function("uri", lambda call: urljoin(call.text(0), call.text(1)), 2, 2),
    )
    shared = [find_function(name) for name in _SHARED]
    return {function.name.lower(): function for function in (*shared, *own)}


_PUBLIC_CLOUD: JsonObject = {
    "name": "AzureCloud",
    "authentication": {
        "loginEndpoint": "https://login.microsoftonline.com/",
        "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
        "tenant": "common",
    },
    "resourceManager": "https://management.azure.com/",
    "suffixes": {"storage": "core.windows.net", "keyvaultDns": ".vault.azure.net"},
}


def _provider_path(kind: str, *names: str) -> str:
    provider, *types = kind.split("/")
    if len(types) != len(names):
        raise DefinitionError(f"'{kind}' needs {len(types)} names, not {len(names)}")
    pairs = "".join(f"/{each}/{name}" for each, name in zip(types, names, strict=True))
    return f"/providers/{provider}{pairs}"


def _concat(call: Invocation) -> Json:
    values = call.values()
    arrays = [value for value in values if isinstance(value, list)]
    if arrays and len(arrays) == len(values):
        return [member for array in arrays for member in array]
    return "".join(to_text(value) for value in values)


def _create_object(call: Invocation) -> Json:
    if len(call) % 2:
        raise call.failure("needs a value for every name")
    return {call.text(index): call.value(index + 1) for index in range(0, len(call), 2)}


def _format(call: Invocation) -> Json:
    def placeholder(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        index = int(match[1]) + 1
        if index >= len(call):
            raise call.failure(f"has no value for {match[0]}")
        return to_text(call.value(index))

    return re.sub(r"\{\{|\}\}|\{(\d+)\}", placeholder, call.text(0))
