"""Data operations: Compose, Parse JSON, Filter array, Select, Join, Create table; and variables."""

import csv
import html
import io
from collections.abc import Sequence
from typing import Any, cast

from jsonschema import Draft7Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

from .errors import ExpressionError
from .evaluation import evaluate
from .json_text import read_json
from .outcome import ActionFailed
from .step import Handler, Step
from .values import Json, JsonObject, get, to_text, type_name


async def compose(step: Step) -> Json:
    """Any value becomes the outputs."""
    return step.evaluate_inputs()


async def parse_json(step: Step) -> Json:
    """Content, or JSON in a string, is checked against a schema and becomes the body."""
    inputs = step.evaluate_object()
    content = inputs.get("content")
    if content is None:
        raise ActionFailed("InvalidTemplate", "The 'content' property must not be null or empty.")
    if isinstance(content, str):
        try:
            content = read_json(content)
        except ValueError as error:
            raise ActionFailed("InvalidJson", f"The content is not valid JSON: {error}.") from error
    schema = inputs.get("schema")
    if isinstance(schema, dict) and (errors := _schema_errors(content, schema)):
        raise ActionFailed(
            "SchemaValidationFailed",
            "Schema validation failed.",
            outputs={"body": content, "errors": errors},
        )
    return {"body": content}


async def filter_array(step: Step) -> Json:
    """`Query`: the elements for which `where` is true."""
    elements = _source(step)
    where = step.raw_inputs().get("where")
    kept: list[Json] = []
    for element in elements:
        decision = evaluate(where, step.here.at(element))
        if not isinstance(decision, bool):
            raise ExpressionError(
                f"The result of 'where' is of type '{type_name(decision)}', not a boolean."
            )
        if decision:
            kept.append(element)
    return {"body": kept}


async def select(step: Step) -> Json:
    """Each element becomes what `select` makes of it."""
    shape = step.raw_inputs().get("select")
    elements = _source(step)
    return {"body": [evaluate(shape, step.here.at(element)) for element in elements]}


async def join(step: Step) -> Json:
    """The elements as one string."""
    elements = _source(step)
    delimiter = step.evaluate(step.raw_inputs().get("joinWith"))
    return {"body": to_text(delimiter).join(to_text(element) for element in elements)}


async def table(step: Step) -> Json:
    """The elements as a CSV or HTML table, by given columns or by their own properties."""
    elements, raw = _source(step), step.raw_inputs()
    columns = raw.get("columns")
    if isinstance(columns, list):
        header = [to_text(step.evaluate(get(column, "header"))) for column in columns]
        rows = [
            [to_text(evaluate(get(column, "value"), step.here.at(each))) for column in columns]
            for each in elements
        ]
    else:
        header = list(elements[0]) if elements and isinstance(elements[0], dict) else []
        rows = [[to_text(get(element, name)) for name in header] for element in elements]
    form = to_text(step.evaluate(raw.get("format"))).upper()
    if form not in ("CSV", "HTML"):
        raise ExpressionError(f"The table format '{form}' is not CSV or HTML.")
    return {"body": _csv(header, rows) if form == "CSV" else _html(header, rows)}


async def initialize_variable(step: Step) -> Json:
    """Creates variables with their first values."""
    declared = step.evaluate_object().get("variables")
    for variable in declared if isinstance(declared, list) else []:
        name, kind = to_text(get(variable, "name")), to_text(get(variable, "type"))
        step.session.variables.initialize(name, kind, get(variable, "value"))
    return None


async def set_variable(step: Step) -> Json:
    """Gives a variable a new value."""
    name, value = _assignment(step)
    step.session.variables.set(name, value)
    return _shown(step, name)


async def increment_variable(step: Step) -> Json:
    """Adds to a number."""
    name, value = _assignment(step)
    step.session.variables.add(name, 1 if value is None else value)
    return _shown(step, name)


async def decrement_variable(step: Step) -> Json:
    """Subtracts from a number."""
    name, value = _assignment(step)
    amount = 1 if value is None else value
    if isinstance(amount, bool | str | list | dict):
        raise ExpressionError(
            f"The variable '{name}' cannot be decremented by a value of type '{type_name(amount)}'."
        )
    step.session.variables.add(name, -amount)
    return _shown(step, name)


async def append_to_array(step: Step) -> Json:
    """Adds an element to an array variable."""
    name, value = _assignment(step)
    step.session.variables.append(name, value, kind="array")
    return _shown(step, name)


async def append_to_string(step: Step) -> Json:
    """Adds to the end of a string variable."""
    name, value = _assignment(step)
    step.session.variables.append(name, to_text(value), kind="string")
    return _shown(step, name)


HANDLERS: dict[str, Handler] = {
    "Compose": compose,
    "ParseJson": parse_json,
    "Query": filter_array,
    "Select": select,
    "Join": join,
    "Table": table,
    "InitializeVariable": initialize_variable,
    "SetVariable": set_variable,
    "IncrementVariable": increment_variable,
    "DecrementVariable": decrement_variable,
    "AppendToArrayVariable": append_to_array,
    "AppendToStringVariable": append_to_string,
}


def _source(step: Step) -> list[Json]:
    elements = step.evaluate(step.raw_inputs().get("from"))
    step.inputs = {"from": elements}
    if not isinstance(elements, list):
        raise ExpressionError(
            f"The 'from' property value in the '{step.action.type}' action inputs is of type "
            f"'{type_name(elements)}'. The value must be an array."
        )
    return elements


def _assignment(step: Step) -> tuple[str, Json]:
    inputs = step.evaluate_object()
    return to_text(inputs.get("name")), inputs.get("value")


def _shown(step: Step, name: str) -> JsonObject:
    return {"body": {"name": name, "value": step.session.variables.get(name)}}


def _schema_errors(content: Json, schema: JsonObject) -> list[Json]:
    validator = validator_for(schema, default=Draft7Validator)
    try:
        validator.check_schema(schema)
    except SchemaError as error:
        raise ActionFailed("InvalidSchema", f"The schema is not valid: {error.message}") from error
    return [
        {
            "message": error.message,
            "path": ".".join(str(part) for part in error.absolute_path),
            "errorType": str(error.validator),
        }
        for error in validator(schema).iter_errors(cast("Any", content))
    ]


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([header, *rows])
    return out.getvalue()


def _html(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(each)}</{tag}>" for each in cells) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><thead>{row(header, 'th')}</thead><tbody>{body}</tbody></table>"
