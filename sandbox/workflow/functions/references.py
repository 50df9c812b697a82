"""Functions that refer to the run: its trigger, actions, parameters, variables and loops."""

from ..errors import ExpressionError
from ..values import Json, get
from .invocation import Function, Invocation


def _action(call: Invocation) -> Json:
    return call.environment.action(call.text(0))


def _outputs(call: Invocation) -> Json:
    return get(_action(call), "outputs")


def _body(call: Invocation) -> Json:
    return get(_action(call), "outputs", "body")


def _own_action(call: Invocation) -> Json:
    # What an action knows of itself is there for tracked properties only.
    raise ExpressionError("The template function 'action' is not expected at this location.")


REFERENCES = (
    Function("action", _own_action, 0, 0),
    Function("parameters", lambda call: call.environment.parameter(call.text(0)), 1, 1),
    Function("variables", lambda call: call.environment.variable(call.text(0)), 1, 1),
    Function("actions", _action, 1, 1),
    Function("outputs", _outputs, 1, 1),
    Function("actionOutputs", _outputs, 1, 1),
    Function("body", _body, 1, 1),
    Function("actionBody", _body, 1, 1),
    Function("trigger", lambda call: call.environment.trigger(), 0, 0),
    Function("triggerOutputs", lambda call: get(call.environment.trigger(), "outputs"), 0, 0),
    Function("triggerBody", lambda call: get(call.environment.trigger(), "outputs", "body"), 0, 0),
    Function("item", lambda call: call.environment.item(), 0, 0),
    Function("items", lambda call: call.environment.items(call.text(0)), 1, 1),
    Function("iterationIndexes", lambda call: call.environment.iteration_index(call.text(0)), 1, 1),
    Function("result", lambda call: call.environment.result(call.text(0)), 1, 1),
    Function("workflow", lambda call: call.environment.workflow(), 0, 0),
    Function("listCallbackUrl", lambda call: call.environment.callback_url(), 0, 0),
)
