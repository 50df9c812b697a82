"""Runs the workflow definition that an ARM template deploys, on a virtual clock."""

from .arm_functions import Deployment
from .connectors import ConnectorAnswer, ConnectorRequest, Operation, Operations
from .definition import Workflow, read_workflow
from .engine import CALL_LIMIT, run
from .errors import DefinitionError
from .record import ActionRecord, Failure, HttpAnswer, Observer, Retry, Run, Status
from .surroundings import TokenSource
from .template import load_template
from .validation import Problem, validate
from .values import Json
from .webhooks import Callbacks

__all__ = [
    "CALL_LIMIT",
    "ActionRecord",
    "Callbacks",
    "ConnectorAnswer",
    "ConnectorRequest",
    "DefinitionError",
    "Deployment",
    "Failure",
    "HttpAnswer",
    "Json",
    "Observer",
    "Operation",
    "Operations",
    "Problem",
    "Retry",
    "Run",
    "Status",
    "TokenSource",
    "Workflow",
    "load_template",
    "read_workflow",
    "run",
    "validate",
]
