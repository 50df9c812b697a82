"""What a run leaves behind: one record an action, in the terms of the run history."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, JsonValue


class Status(StrEnum):
    """The status of an action or a run. The last three occur in records of what goes on."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    SKIPPED = "Skipped"
    TIMED_OUT = "TimedOut"
    CANCELLED = "Cancelled"
    RUNNING = "Running"
    WAITING = "Waiting"


class Failure(BaseModel, frozen=True):
    """Why an action or a run did not succeed."""

    code: str
    message: str


class Retry(BaseModel, frozen=True):
    """One attempt that was followed by another."""

    at: datetime
    code: str
    waited_seconds: float


class ActionRecord(BaseModel, frozen=True):
    """One action, or one repetition of it.

    `iteration` counts the enclosing loops' rounds from 0, outermost first. `iterations` is the
    number of rounds of a loop. Times are those of the run's clock. Inputs and outputs hold no
    secure parameter's value, and are null where `secureData` hides them.
    """

    name: str
    type: str
    status: Status
    start: datetime
    end: datetime | None = None
    inputs: JsonValue = None
    outputs: JsonValue = None
    code: str | None = None
    error: Failure | None = None
    retries: tuple[Retry, ...] = ()
    iteration: tuple[int, ...] = ()
    iterations: int | None = None


class HttpAnswer(BaseModel, frozen=True):
    """What the workflow's Response action answered to its caller."""

    status_code: int
    headers: dict[str, str] = {}
    body: JsonValue = None


class Run(BaseModel, frozen=True):
    """A finished run; `actions` in the order in which they ended."""

    id: str
    workflow: str
    status: Status
    start: datetime
    end: datetime
    error: Failure | None = None
    response: HttpAnswer | None = None
    outputs: JsonValue = None
    actions: tuple[ActionRecord, ...] = ()

    def named(self, name: str) -> list[ActionRecord]:
        """The records of one action, one for each repetition."""
        return [record for record in self.actions if record.name == name]

    def action(self, name: str) -> ActionRecord:
        """The record of an action that ran once; raises KeyError if it did not."""
        found = self.named(name)
        if len(found) != 1:
            raise KeyError(f"{name}: {len(found)} records")
        return found[0]


Observer = Callable[[ActionRecord], Awaitable[None]]
"""Is told of every action when it starts, when it waits for a person, and when it ends."""
