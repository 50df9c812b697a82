"""Retry policies of HTTP and connector actions.

"Handle errors and exceptions in Azure Logic Apps": without a policy of its own, an action is
retried four times at exponentially growing intervals that scale by 7.5 s between 5 and 45 s.
"""

import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from .definition import parse_duration
from .errors import DefinitionError
from .outcome import ActionFailed
from .record import Retry, Status
from .step import Step
from .values import Json, JsonObject, as_object, get

# "Limits and configuration reference for Azure Logic Apps"
_MOST_RETRIES = 90
_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(days=1)
_RETRIED = frozenset({408, 429})


@dataclass(frozen=True)
class Attempt:
    """One try: what was answered, or why nothing was."""

    status_code: int | None
    headers: JsonObject
    body: Json = None
    problem: str = ""

    @property
    def transient(self) -> bool:
        """Whether the engine tries again: no answer at all, 408, 429 or 5xx."""
        code = self.status_code
        return code is None or code in _RETRIED or code >= 500

    @property
    def code(self) -> str:
        """The name of the status, as in the `code` of the run history."""
        if self.status_code is None:
            return "HttpRequestFailed"
        return status_name(self.status_code)

    @property
    def outputs(self) -> JsonObject:
        """The action's outputs; a missing body is left out."""
        shown: JsonObject = {"statusCode": self.status_code, "headers": self.headers}
        return shown if self.body is None else {**shown, "body": self.body}

    def header(self, name: str) -> str | None:
        """A header by name, in any case."""
        value = get(self.headers, name)
        return value if isinstance(value, str) else None


@dataclass(frozen=True)
class RetryPolicy:
    """How often to try again, and how long to wait before it."""

    kind: str = "exponential"
    count: int = 4
    interval: timedelta = timedelta(seconds=7.5)
    minimum: timedelta = timedelta(seconds=5)
    maximum: timedelta = timedelta(seconds=45)

    @classmethod
    def read(cls, raw: Json) -> "RetryPolicy":
        """The `retryPolicy` of an action's inputs; raises DefinitionError."""
        if raw is None:
            return cls()
        policy = as_object(raw)
        kind, count = str(policy.get("type")).lower(), policy.get("count", 4)
        if kind == "default":
            return cls()
        if kind == "none":
            return cls("none", 0)
        if kind not in ("fixed", "exponential"):
            raise DefinitionError(
                f"the retry policy '{kind}' is not default, none, fixed or exponential"
            )
        if not isinstance(count, int) or not 1 <= count <= _MOST_RETRIES:
            raise DefinitionError(f"a retry policy's count is 1 to {_MOST_RETRIES}, not {count}")
        interval = _duration(policy.get("interval"), "PT7S")
        if not _SHORTEST_WAIT <= interval <= _LONGEST_WAIT:
            raise DefinitionError("a retry policy's interval is 5 seconds to 1 day")
        return cls(
            kind,
            count,
            interval,
            _duration(policy.get("minimumInterval"), "PT5S"),
            _duration(policy.get("maximumInterval"), "P1D"),
        )

    def waits(self, chance: random.Random) -> Iterator[timedelta]:
        """The waits before each retry; an exponential one is drawn from a growing range."""
        for retry in range(self.count):
            if self.kind == "fixed":
                yield self.interval
                continue
            low = self.interval * 2 ** (retry - 1) if retry else timedelta(0)
            high = self.interval * 2**retry
            drawn = timedelta(seconds=chance.uniform(low.total_seconds(), high.total_seconds()))
            yield min(max(drawn, self.minimum), self.maximum)


async def with_retries(
    step: Step, policy: RetryPolicy, send: Callable[[], Awaitable[Attempt]]
) -> Attempt:
    """Send until the answer is no transient one or the policy is exhausted.

    A `Retry-After` takes the place of the policy's wait. Raises ActionFailed, as TimedOut, if the
    next attempt would begin after the action's `limit.timeout`.
    """
    timeline = step.session.timeline
    for pause in policy.waits(step.session.random):
        attempt = await send()
        if not attempt.transient:
            return attempt
        asked = retry_after(attempt.header("retry-after"), timeline.now())
        waited = pause if asked is None else asked
        step.retries.append(
            Retry(at=timeline.now(), code=attempt.code, waited_seconds=waited.total_seconds())
        )
        await sleep_within_limit(step, waited)
    return await send()


async def sleep_within_limit(step: Step, span: timedelta) -> None:
    """Wait; raises ActionFailed, as TimedOut, when the action's `limit.timeout` is reached."""
    timeline = step.session.timeline
    if step.deadline is not None and timeline.now() + span > step.deadline:
        await timeline.sleep_until(step.deadline)
        raise timed_out(step)
    await timeline.sleep(span)


def timed_out(step: Step) -> ActionFailed:
    """The failure of an action that reached its `limit.timeout`."""
    return ActionFailed(
        "ActionTimedOut",
        f"The execution of template action '{step.action.name}' timed out.",
        status=Status.TIMED_OUT,
    )


def succeeded(attempt: Attempt) -> JsonObject:
    """The outputs of an answer; raises ActionFailed for a status of 400 or more, or for none."""
    if attempt.status_code is None:
        raise ActionFailed(attempt.code, attempt.problem)
    if attempt.status_code >= 400:
        raise ActionFailed(attempt.code, outputs=attempt.outputs)
    return attempt.outputs


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """The wait that a `Retry-After` header asks for, in seconds or as a date."""
    if text is None:
        return None
    if text.strip().isdigit():
        return timedelta(seconds=int(text))
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(when - now, timedelta(0))


def status_name(status_code: int) -> str:
    """A status as .NET names it: `NotFound`, `TooManyRequests`."""
    try:
        return "".join(HTTPStatus(status_code).phrase.title().split()).replace("-", "")
    except ValueError:
        return str(status_code)


def _duration(raw: Json, default: str) -> timedelta:
    return parse_duration(raw if isinstance(raw, str) else default)
