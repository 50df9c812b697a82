"""The state of a run, and what expressions see of it at one place in the workflow."""

import random
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from .connectors import Operations
from .definition import Workflow
from .errors import ExpressionError
from .outcome import Outcome, iso
from .record import ActionRecord, HttpAnswer, Observer
from .redaction import Redactor
from .timeline import Timeline
from .values import Json, JsonObject
from .variables import Variables
from .webhooks import Callbacks

TokenSource = Callable[[str], Awaitable[str]]
"""Gives the managed identity's bearer token for an audience."""


def _new_run_id() -> str:
    return uuid.uuid4().hex.upper()


@dataclass
class Session:
    """What all branches of one run share."""

    workflow: Workflow
    http: httpx.AsyncClient
    timeline: Timeline
    redactor: Redactor
    callbacks: Callbacks
    operations: Operations
    token: TokenSource | None
    observer: Observer | None
    someone_answers: bool
    call_limit: timedelta
    parameters: Mapping[str, Json]
    trigger: JsonObject
    random: random.Random
    started: datetime
    run_id: str = field(default_factory=_new_run_id)
    variables: Variables = field(default_factory=Variables)
    records: list[ActionRecord] = field(default_factory=list[ActionRecord])
    response: HttpAnswer | None = None

    async def tell(self, record: ActionRecord) -> None:
        """Show a record to the observer."""
        if self.observer is not None:
            await self.observer(record)


@dataclass(eq=False)
class Frame:
    """One round of a loop, or the workflow itself: its finished actions and its element."""

    parent: "Frame | None" = None
    loop: str | None = None
    index: int = 0
    item: Json = None
    has_item: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])

    def outward(self) -> Iterator["Frame"]:
        """This frame and those around it."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent

    @property
    def iteration(self) -> tuple[int, ...]:
        """The round of every loop around, outermost first."""
        return tuple(frame.index for frame in self.outward() if frame.loop)[::-1]

    def find(self, name: str) -> Outcome | None:
        """A finished action, in this round or around it."""
        return next(
            (
                each.outcomes[name.lower()]
                for each in self.outward()
                if name.lower() in each.outcomes
            ),
            None,
        )

    def loop_named(self, name: str) -> "Frame":
        """The round of a named loop; raises ExpressionError outside of it."""
        for frame in self.outward():
            if frame.loop is not None and frame.loop.lower() == name.lower():
                return frame
        raise ExpressionError(f"There is no loop '{name}' around this expression.")


class Surroundings:
    """The environment of expressions within one frame (see `environment.Environment`)."""

    def __init__(
        self,
        session: Session,
        frame: Frame,
        *,
        element: tuple[Json] | None = None,
        callback_url: str | None = None,
    ) -> None:
        self._session = session
        self._frame = frame
        self._element = element
        self._callback_url = callback_url

    def at(self, element: Json) -> "Surroundings":
        """The same place, with `item()` an element of a filter or a selection."""
        return Surroundings(self._session, self._frame, element=(element,))

    def called_back_at(self, url: str) -> "Surroundings":
        """The same place, with a URL for `listCallbackUrl()`."""
        return Surroundings(self._session, self._frame, callback_url=url)

    def now(self) -> datetime:
        """The run's present."""
        return self._session.timeline.now()

    def parameter(self, name: str) -> Json:
        """A parameter of the definition."""
        for key, value in self._session.parameters.items():
            if key.lower() == name.lower():
                return value
        raise ExpressionError(f"The workflow parameter '{name}' is not found.")

    def variable(self, name: str) -> Json:
        """A variable's value."""
        return self._session.variables.get(name)

    def action(self, name: str) -> JsonObject | None:
        """A finished action."""
        outcome = self._frame.find(name)
        return outcome.as_json(self._session.run_id) if outcome else None

    def trigger(self) -> JsonObject:
        """The trigger."""
        return self._session.trigger

    def item(self) -> Json:
        """The element of a filter, or of the innermost Foreach."""
        if self._element is not None:
            return self._element[0]
        for frame in self._frame.outward():
            if frame.has_item:
                return frame.item
        raise ExpressionError("The template function 'item' is not expected at this location.")

    def items(self, loop: str) -> Json:
        """The element of a named Foreach."""
        return self._frame.loop_named(loop).item

    def iteration_index(self, loop: str) -> int:
        """The round of a named loop."""
        return self._frame.loop_named(loop).index

    def result(self, scope: str) -> Json:
        """What happened directly in a finished scope or loop."""
        outcome = self._frame.find(scope)
        if outcome is None:
            raise ExpressionError(f"The scoped action '{scope}' has not run.")
        return [child.as_json(self._session.run_id) for child in outcome.children]

    def workflow(self) -> JsonObject:
        """The workflow and its run."""
        workflow, run_id = self._session.workflow, self._session.run_id
        return {
            "id": workflow.id,
            "name": workflow.name,
            "type": "Microsoft.Logic/workflows",
            "location": workflow.location,
            "tags": {},
            "run": {
                "id": f"{workflow.id}/runs/{run_id}",
                "name": run_id,
                "type": "Microsoft.Logic/workflows/runs",
            },
        }

    def callback_url(self) -> str:
        """The webhook's URL."""
        if self._callback_url is None:
            raise ExpressionError(
                "The template function 'listCallbackUrl' is not expected at this location."
            )
        return self._callback_url


def trigger_json(name: str, body: Json, headers: Mapping[str, str], now: datetime) -> JsonObject:
    """A trigger that fired, as `trigger()` shows it."""
    return {
        "name": name,
        "outputs": {"headers": dict(headers), "body": body},
        "startTime": iso(now),
        "endTime": iso(now),
        "status": "Succeeded",
    }
