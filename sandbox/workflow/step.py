"""One execution of one action: what its handler gets to work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from .definition import Action, Graph
from .errors import DefinitionError
from .evaluation import evaluate
from .outcome import Outcome, Terminated
from .record import ActionRecord, Failure, Retry, Status
from .surroundings import Frame, Session, Surroundings
from .values import Json, JsonObject, as_object

RunGraph = Callable[[Graph, Frame], Awaitable[tuple[Status, tuple[Outcome, ...]]]]


@dataclass
class Step:
    """The action, its place, and what it leaves for the record."""

    session: Session
    action: Action
    frame: Frame
    run_graph: RunGraph
    start: datetime
    deadline: datetime | None = None
    inputs: Json = None
    retries: list[Retry] = field(default_factory=list[Retry])
    iterations: int | None = None
    entered: set[str] = field(default_factory=set[str])
    children: list[Outcome] = field(default_factory=list[Outcome])
    terminate: Terminated | None = None

    @property
    def here(self) -> Surroundings:
        """The environment of the action's expressions."""
        return Surroundings(self.session, self.frame)

    def evaluate(self, token: Json) -> Json:
        """Evaluate a value of the definition at this place."""
        return evaluate(token, self.here)

    def evaluate_inputs(self) -> Json:
        """Evaluate the action's inputs, and record them."""
        self.inputs = self.evaluate(self.action.inputs)
        return self.inputs

    def evaluate_object(self) -> JsonObject:
        """Evaluate inputs that must be an object; raises DefinitionError otherwise."""
        inputs = self.evaluate_inputs()
        if not isinstance(inputs, dict):
            raise DefinitionError(f"the inputs of action '{self.action.name}' must be an object")
        return inputs

    def raw_inputs(self) -> JsonObject:
        """The inputs as they stand in the definition, for actions that evaluate piece by piece."""
        return as_object(self.action.inputs)

    async def run_part(self, name: str, frame: Frame | None = None) -> Status:
        """Run a nested graph, in this frame or in a round of a loop."""
        self.entered.add(name)
        status, outcomes = await self.run_graph(self.action.parts[name], frame or self.frame)
        self.children.extend(outcomes)
        return status

    def ended(
        self,
        status: Status,
        *,
        outputs: Json = None,
        code: str | None = None,
        error: Failure | None = None,
    ) -> Outcome:
        """The outcome of the action, as of now."""
        return Outcome(
            self.action.name,
            status,
            self.start,
            self.session.timeline.now(),
            self.inputs,
            outputs,
            code,
            error,
            tuple(self.children),
        )

    def record(self, outcome: Outcome) -> ActionRecord:
        """What may be shown of the action: no secrets, and nothing that `secureData` hides."""
        redactor, secure = self.session.redactor, self.action.secure
        error = outcome.error
        return ActionRecord(
            name=outcome.name,
            type=self.action.type,
            status=outcome.status,
            start=outcome.start,
            end=None if outcome.status in _UNDER_WAY else outcome.end,
            inputs=None if "inputs" in secure else redactor.value(outcome.inputs),
            outputs=None if "outputs" in secure else redactor.value(outcome.outputs),
            code=outcome.code,
            error=Failure(code=error.code, message=redactor.text(error.message)) if error else None,
            retries=tuple(self.retries),
            iteration=self.frame.iteration,
            iterations=self.iterations,
        )

    async def announce(self, status: Status) -> None:
        """Tell the observer that the action has started, or waits."""
        await self.session.tell(self.record(self.ended(status)))


_UNDER_WAY = (Status.RUNNING, Status.WAITING)

Handler = Callable[[Step], Awaitable[Json]]
"""Executes an action: returns its outputs, or raises ActionFailed."""
