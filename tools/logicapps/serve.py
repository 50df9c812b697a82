"""Answers JSON lines with what Microsoft's Logic Apps engine makes of expressions and definitions.

Run by the interpreter of `.engine` (install.sh), never by the project's own.
"""
# ruff: noqa: ANN401 - what .NET hands over has no type here
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
# What is imported below exists in the .NET runtime, where no type checker sees it.

import json
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import clr_loader
import pythonnet

HERE = Path(__file__).parent


def package(name: str) -> Path:
    """The folder of an installed package."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"{name} is not installed: run install.sh")
    return Path(spec.submodule_search_locations[0])


pythonnet.load(
    clr_loader.get_coreclr(
        runtime_config=str(HERE / "runtimeconfig.json"),
        dotnet_root=str(package("dotnetcore2") / "bin"),
    )
)

import clr  # noqa: E402 - exists once the runtime is loaded

for library in (
    "Newtonsoft.Json",
    "Microsoft.WindowsAzure.ResourceStack",
    "Microsoft.Azure.Workflows.Templates",
):
    clr.AddReference(
        str(package("data_factory_testing_framework") / "_pythonnet" / "bin" / library)
    )

from Microsoft.Azure.Workflows.Templates.Engines import (  # noqa: E402
    TemplateEngine,
    TemplateValidationEngine,
)
from Microsoft.Azure.Workflows.Templates.Expressions import (  # noqa: E402
    TemplateExpressionEvaluationHelper,
)
from Microsoft.Azure.Workflows.Templates.Helpers import TemplateExpressionsHelper  # noqa: E402
from Microsoft.Azure.Workflows.Templates.Schema import (  # noqa: E402
    FlowTemplate,
    FlowTemplateParameter,
)
from Microsoft.WindowsAzure.ResourceStack.Common.Collections import (  # noqa: E402
    InsensitiveDictionary,
)
from Microsoft.WindowsAzure.ResourceStack.Common.Instrumentation import (  # noqa: E402
    RequestCorrelationContext,
)
from Microsoft.WindowsAzure.ResourceStack.Common.Json import JsonExtensions  # noqa: E402
from Newtonsoft.Json import (  # noqa: E402
    DateParseHandling,
    JsonTextReader,
    JsonTextWriter,
    StringEscapeHandling,
)
from Newtonsoft.Json.Linq import JToken, JValue  # noqa: E402
from System import Boolean, Func, String  # noqa: E402
from System import Exception as DotNetError  # noqa: E402
from System.IO import StringReader, StringWriter  # noqa: E402

SCHEMA_VERSION = "2016-06-01"


def token(value: object) -> Any:
    """A JSON value as the engine holds it; a string that looks like a date stays a string."""
    reader = JsonTextReader(StringReader(json.dumps(value)))
    reader.DateParseHandling = getattr(DateParseHandling, "None")
    return JToken.ReadFrom(reader)


def written(value: Any) -> str:
    """A value of the engine as JSON in ASCII: a string of .NET may hold half of a character."""
    text = StringWriter()
    writer = JsonTextWriter(text)
    writer.StringEscapeHandling = StringEscapeHandling.EscapeNonAscii
    value.WriteTo(writer)
    return str(text.ToString())


class Surroundings:
    """What an expression can ask for, out of a request's `surroundings`."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given

    def named(self, kind: str) -> Any:
        """A lookup by name, whose case does not count; what is not there is null."""
        values = {str(name).lower(): value for name, value in self._given.get(kind, {}).items()}

        def look_up(name: str | None) -> Any:
            key = (name or "").lower()
            return token(values[key]) if key in values else None

        return Func[String, JToken](look_up)

    def single(self, kind: str) -> Any:
        """A lookup without a name."""

        def look_up() -> Any:
            return token(self._given[kind]) if kind in self._given else None

        return Func[JToken](look_up)

    def helper(self) -> Any:
        """The engine's evaluation helper, bound to these surroundings; unset ones are refused."""
        helper = TemplateExpressionEvaluationHelper(False)
        helper.OnGetParameter = self.named("parameters")
        helper.OnGetVariable = self.named("variables")
        helper.OnGetAction = self.named("actions")
        helper.OnGetActionIsRepetitive = Func[String, Boolean](lambda _: False)
        helper.OnGetActionHasNonReferenceableAggregatedPartialContent = Func[String, Boolean](
            lambda _: False
        )
        helper.OnGetResult = self.named("results")
        trigger = self._given.get("trigger")
        helper.OnGetTrigger = Func[String, JToken](lambda _: token(trigger))
        helper.OnGetWorkflow = self.single("workflow")
        helper.OnGetIterationIndex = self.named("iterationIndexes")
        helper.OnGetItem = self.named("items")
        if "item" in self._given:
            helper.OnGetCurrentItem = self.single("item")
        if "callbackUrl" in self._given:
            helper.OnListCallbackUrl = Func[String](lambda: self._given["callbackUrl"])
        return helper


def evaluate(request: dict[str, Any]) -> dict[str, Any]:
    """Every expression of a value replaced by its own; `type` is the engine's name of its type."""
    context = Surroundings(request.get("surroundings", {})).helper().EvaluationContext
    value = TemplateExpressionsHelper.EvaluateTemplateLanguageExpressionsRecursive(
        token(request["evaluate"]), context
    )
    return shown(value)


def decide(request: dict[str, Any]) -> dict[str, Any]:
    """A condition that is written as an object."""
    context = Surroundings(request.get("surroundings", {})).helper().EvaluationContext
    value = TemplateExpressionsHelper.EvaluateTemplateLanguageExpression(
        token(request["decide"]), context
    )
    return shown(value)


def shown(value: Any) -> dict[str, Any]:
    """A value of the engine, and its type."""
    value = JValue.CreateNull() if value is None else value
    return {"value": written(value), "type": str(value.Type)}


def validate(request: dict[str, Any]) -> dict[str, Any]:
    """Nothing for a definition that the engine would save, with these parameters."""
    template = JsonExtensions.FromJson[FlowTemplate](json.dumps(request["validate"]))
    TemplateEngine.ValidateTemplate(template)
    given = InsensitiveDictionary[FlowTemplateParameter]()
    for name, value in request.get("parameters", {}).items():
        parameter = FlowTemplateParameter()
        parameter.Value = token(value)
        given[name] = parameter
    parameters = TemplateEngine.ResolveParameters(template, given)
    TemplateEngine.ProcessTemplateLanguageExpressions(template, parameters, None, None, None)
    TemplateValidationEngine.ValidateFlowTemplateDependencies(template, None)
    return {}


WORK: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "evaluate": evaluate,
    "decide": decide,
    "validate": validate,
}
"""What a request can ask, by the property that it has."""


def answer(line: str) -> dict[str, Any]:
    """What the engine says to one request."""
    request = json.loads(line)
    work = next(work for name, work in WORK.items() if name in request)
    try:
        return work(request)
    except DotNetError as error:
        return {"error": json.loads(written(JValue(error.Message))), "kind": error.GetType().Name}


def main() -> None:
    """Answer until the input ends."""
    context = RequestCorrelationContext()
    context.Initialize(
        "sub", None, SCHEMA_VERSION, "ua", None, None, None, None, SCHEMA_VERSION, None, None
    )
    RequestCorrelationContext.Current.SetContentVersion(SCHEMA_VERSION)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
