"""The function library of the Workflow Definition Language.

Meaning and arity: "Reference guide to workflow expression functions in Azure Logic Apps and
Power Automate".
"""

from types import MappingProxyType

from ..errors import ExpressionError
from .arithmetic import ARITHMETIC
from .collections import COLLECTIONS
from .conversion import CONVERSION
from .dates import DATES
from .invocation import Function, Invocation
from .logic import LOGIC
from .objects import OBJECTS
from .references import REFERENCES
from .text import TEXT
from .uris import URIS

__all__ = ["NOT_SUPPORTED", "Function", "Invocation", "find_function", "is_function"]

NOT_SUPPORTED = frozenset(
    name.lower()
    for name in (
        "xml",
        "xpath",
        "appsetting",
        "formDataValue",
        "formDataMultiValues",
        "multipartBody",
        "triggerFormDataValue",
        "triggerFormDataMultiValues",
        "triggerMultipartBody",
    )
)
"""Documented functions that this runner does not have, in lower case."""

_FUNCTIONS = MappingProxyType(
    {
        function.name.lower(): function
        for function in (
            *TEXT,
            *COLLECTIONS,
            *LOGIC,
            *ARITHMETIC,
            *CONVERSION,
            *DATES,
            *OBJECTS,
            *URIS,
            *REFERENCES,
        )
    }
)


def is_function(name: str) -> bool:
    """Whether this runner has a function of that name, in any case."""
    return name.lower() in _FUNCTIONS


def find_function(name: str) -> Function:
    """The function of a name, in any case; raises ExpressionError if there is none."""
    function = _FUNCTIONS.get(name.lower())
    if function is None:
        reason = (
            "is not supported by this runner"
            if name.lower() in NOT_SUPPORTED
            else "is not defined or not valid"
        )
        raise ExpressionError(f"The template function '{name}' {reason}.")
    return function
