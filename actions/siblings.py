"""Asks one action on behalf of another: what comes back is what HTTP would have answered."""

import asyncio
import logging
import time
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from actions.catalog import AnyAction, catalog
from actions.envelope import enveloped, problem_body, problem_of
from actions.policy import Policy
from actions.problem import Problem, bad_field
from evidence.model import JsonObject
from evidence.reading import as_object
from microsoft365.errors import MicrosoftError
from microsoft365.tenant import Tenant

_LAST = 2.0
"""Seconds that a sibling has for computing, once its calls to Microsoft are over."""
_logger = logging.getLogger("mailwarden")


@dataclass(frozen=True)
class Reading:
    """A sibling to ask, and with what: its request as JSON."""

    action: str
    request: JsonObject
    about: str = ""
    """The account, where it is not the one that the whole is about."""

    @property
    def hunt(self) -> str:
        """Which hunt, where the sibling is `run_hunt`."""
        named = self.request.get("hunt")
        return named if isinstance(named, str) else ""


@dataclass(frozen=True)
class Answered:
    """What a sibling answered, or the problem that kept it from it."""

    reading: Reading
    answer: JsonObject
    seconds: float


async def ask(reading: Reading, tenant: Tenant, policy: Policy, seconds: float) -> Answered:
    """Asks a sibling, with gaps and a deadline of its own. It never raises: what goes wrong costs
    this answer and no other.
    """
    action = catalog()[reading.action]
    own = tenant.apart(seconds)
    begun = time.monotonic()
    try:
        async with asyncio.timeout(own.deadline.remaining + _LAST):
            answer = await _answer(action, reading.request, own, policy)
    except Problem as problem:
        answer = _problem(problem, reading, tenant)
    except MicrosoftError as error:
        answer = _problem(problem_of(error, action), reading, tenant)
    except TimeoutError:
        late = Problem(504, "Too late", f"{action.name} took more than {seconds:g} seconds")
        answer = _problem(late, reading, tenant)
    except Exception as error:
        # The text of an unforeseen error may hold anything, so only its type leaves the function.
        _logger.exception("%s failed, correlation id %s", action.name, tenant.correlation_id)
        unforeseen = Problem(500, "Internal error", f"Unforeseen {type(error).__name__}")
        answer = _problem(unforeseen, reading, tenant)
    return Answered(reading, answer, time.monotonic() - begun)


async def _answer(
    action: AnyAction, request: JsonObject, own: Tenant, policy: Policy
) -> JsonObject:
    try:
        asked = action.request.model_validate(request)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise bad_field(field, first["msg"]) from error
    given: dict[type[object], object] = {Tenant: own, Policy: policy}
    result = await action(asked, *(given[wanted] for wanted in action.takes))
    envelope = enveloped(action, result, own)
    # As long as a mailbox's sign-ins may be, no other request is to wait for their writing.
    return as_object(await asyncio.to_thread(to_jsonable_python, envelope, serialize_as_any=True))


def _problem(problem: Problem, reading: Reading, tenant: Tenant) -> JsonObject:
    body = problem_body(problem, reading.action, tenant.correlation_id)
    return {**body, "hunt": reading.hunt} if reading.hunt else body
