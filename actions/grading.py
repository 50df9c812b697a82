"""What a judgement is asked with, and where it is computed: what grade_alert and build_report
share.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pydantic import Field, JsonValue, ValidationError

from actions.problem import Problem, bad_field
from actions.requests import Moment, Request
from evidence.indicators import Indicators
from evidence.model import JsonObject
from triage.case import Case, case_from_answers

_LONGEST = 90.0
"""Seconds for a judgement."""
_JUDGES = ThreadPoolExecutor(max_workers=2, thread_name_prefix="judge")
"""Threads of its own: a judgement computes, and neither the event loop nor tokens wait for it."""

_Asked = TypeVar("_Asked")
_Told = TypeVar("_Told")


class ActorAnswers(Request):
    """What the reads answered about somebody who set up a way out in another's mailbox."""

    user: str = Field(min_length=1, max_length=1024)
    answers: list[JsonValue] = Field(
        default_factory=list[JsonValue],
        max_length=20,
        description="Of list_sign_ins and get_user_risk, each as it came",
    )


class JudgeRequest(Request):
    """The answers as they stand, gaps and failures included."""

    as_of: Moment = Field(description="The moment of the alert")
    indicators: JsonObject = Field(description="The result of parse_incident")
    answers: list[JsonValue] = Field(
        default_factory=list[JsonValue],
        max_length=200,
        description="What the reads answered, each as it came; null for one that failed",
    )
    actors: list[ActorAnswers] = Field(
        default_factory=list[ActorAnswers],
        max_length=20,
        description="About those whom an earlier grade names as `actors`",
    )
    changes: list[JsonValue] = Field(
        default_factory=list[JsonValue],
        max_length=200,
        description="What changes answered since, each as it came: the comment tells of them",
    )


def case_of(request: JudgeRequest) -> Case:
    """The case that the answers make. Raises Problem 400 for indicators that are none."""
    try:
        indicators = Indicators.model_validate(request.indicators)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise bad_field(f"indicators.{field}", error.errors()[0]["msg"]) from error
    actors = {actor.user: actor.answers for actor in request.actors}
    return case_from_answers(request.as_of, indicators, request.answers, actors)


async def judged(judge: Callable[[_Asked], _Told], request: _Asked) -> _Told:
    """Judges in a thread. Raises Problem 413 for what takes too long, and what `judge` raises."""
    judging = asyncio.get_running_loop().run_in_executor(_JUDGES, judge, request)
    try:
        async with asyncio.timeout(_LONGEST):
            return await judging
    except TimeoutError as error:
        detail = f"The answers could not be judged within {_LONGEST:g} seconds"
        raise Problem(413, "The request is too large", detail) from error
