"""Runs a workflow: actions start when those before them ended, parallel branches at once."""

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import cast

import httpx

from ..clock import Clock
from . import connector_action, controls, data_operations, http_action, webhook_action
from .connectors import Operations
from .definition import Action, Graph, Workflow
from .environment import ParametersOnly
from .errors import DefinitionError, ExpressionError, NotSupportedError
from .evaluation import evaluate
from .outcome import ActionFailed, Outcome, Terminated
from .record import Failure, Observer, Run, Status
from .redaction import Redactor
from .step import Handler, Step
from .surroundings import Frame, Session, Surroundings, TokenSource, trigger_json
from .timeline import Branches, Timeline
from .values import Json, get
from .webhooks import Callbacks

CALL_LIMIT = timedelta(seconds=120)
"""How long a Consumption workflow waits for one synchronous HTTP call."""

HANDLERS: Mapping[str, Handler] = {
    name.lower(): handler
    for handlers in (
        connector_action.HANDLERS,
        controls.HANDLERS,
        data_operations.HANDLERS,
        http_action.HANDLERS,
        webhook_action.HANDLERS,
    )
    for name, handler in handlers.items()
}
"""What executes an action, by the lower case of its type."""

_FAILED = Failure(code="ActionFailed", message="An action failed. No dependent actions succeeded.")
_Undone = (Status.FAILED, Status.TIMED_OUT)


async def run(
    workflow: Workflow,
    trigger_body: Json,
    *,
    http: httpx.AsyncClient,
    clock: Clock,
    callbacks: Callbacks | None = None,
    operations: Operations | None = None,
    token: TokenSource | None = None,
    on_action: Observer | None = None,
    someone_answers: bool = True,
    trigger_headers: Mapping[str, str] | None = None,
    call_limit: timedelta = CALL_LIMIT,
    chance: random.Random | None = None,
) -> Run:
    """Execute a workflow that was triggered with a body, and tell what it did.

    `callbacks` must be served by the caller when the workflow has webhooks. With
    `someone_answers=False` a webhook expires as soon as nothing else is left to do: the clock
    jumps over its timeout. `operations` answer connector actions, `token` gives the managed
    identity's tokens, `chance` draws the exponential retry intervals.

    Raises DefinitionError for a workflow without exactly one trigger or with a parameter unset.
    """
    timeline = Timeline(clock)
    parameters = workflow.parameters
    if len(workflow.triggers) != 1:
        raise DefinitionError("a workflow needs exactly one trigger to be run")
    if callbacks is None and someone_answers and _has_webhooks(workflow):
        raise DefinitionError("a workflow with webhooks needs callbacks that someone can answer")
    trigger = next(iter(workflow.triggers.values()))
    fired = trigger_json(trigger.name, trigger_body, trigger_headers or {}, clock.now())
    session = Session(
        workflow=workflow,
        http=http,
        timeline=timeline,
        redactor=Redactor(workflow.secrets),
        callbacks=callbacks or Callbacks("http://127.0.0.1"),
        operations=operations or {},
        token=token,
        observer=on_action,
        someone_answers=someone_answers,
        call_limit=call_limit,
        parameters=_evaluated(parameters, timeline),
        trigger=fired,
        random=chance or random.Random(),  # noqa: S311 - spreads retries
        started=timeline.now(),
    )
    return await _Engine(session).run()


def _evaluated(parameters: Mapping[str, Json], timeline: Timeline) -> dict[str, Json]:
    """Parameter values with their own expressions, which may use `parameters()` only."""
    here = ParametersOnly(parameters, timeline.now())
    return {name: evaluate(value, here) for name, value in parameters.items()}


def _has_webhooks(workflow: Workflow) -> bool:
    return any(action.type.lower() == "httpwebhook" for action in workflow.all_actions())


class _Engine:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def run(self) -> Run:
        session, start = self._session, self._session.timeline.now()
        status, error, outputs = await self._run()
        if status is not Status.SKIPPED:
            await self._skip_rest()
        return Run(
            id=session.run_id,
            workflow=session.workflow.name,
            status=status,
            start=start,
            end=session.timeline.now(),
            error=error,
            response=session.response,
            outputs=session.redactor.value(outputs),
            actions=tuple(session.records),
        )

    async def _run(self) -> tuple[Status, Failure | None, dict[str, Json]]:
        timeline, frame = self._session.timeline, Frame()
        status, error = Status.SKIPPED, None
        outputs: dict[str, Json] = {}
        timeline.acquire()
        try:
            if self._triggered(frame):
                status, _ = await self.run_graph(self._session.workflow.actions, frame)
                error = _FAILED if status is Status.FAILED else None
                outputs = self._outputs(frame) if status is Status.SUCCEEDED else {}
        except* Terminated as group:
            first = _first(group)
            assert isinstance(first, Terminated)
            status, error = first.status, first.error
        except* ExpressionError as group:
            status = Status.FAILED
            error = Failure(code="InvalidTemplate", message=str(_first(group)))
        finally:
            timeline.release()
        return status, error, outputs

    async def run_graph(self, graph: Graph, frame: Frame) -> tuple[Status, tuple[Outcome, ...]]:
        """Run actions in the order of their `runAfter`; the status is that of the last ones."""
        ended: dict[str, Outcome] = {}
        waiting = {name: set(action.run_after) for name, action in graph.items()}

        async with Branches(self._session.timeline) as branches:

            async def branch(action: Action) -> None:
                reason = _unmet(action, ended)
                outcome = (
                    await self._execute(action, frame)
                    if reason is None
                    else await self._skip(action, frame, reason)
                )
                ended[action.name] = outcome
                for name, before in waiting.items():
                    if action.name in before:
                        before.remove(action.name)
                        if not before:
                            branches.spawn(branch(graph[name]))

            for action in graph.values():
                if not action.run_after:
                    branches.spawn(branch(action))
        if stuck := [name for name in graph if name not in ended]:
            raise DefinitionError(f"actions that can never start: {', '.join(stuck)}")
        return _graph_status(graph, ended), tuple(ended.values())

    async def _execute(self, action: Action, frame: Frame) -> Outcome:
        start = self._session.timeline.now()
        step = Step(self._session, action, frame, self.run_graph, start)
        if action.timeout is not None:
            step.deadline = start + action.timeout
        await step.announce(Status.RUNNING)
        try:
            outcome = await self._outcome(step)
        except BaseException:
            # The run was terminated or given up: what was under way is recorded as cancelled.
            await self._record(step, step.ended(Status.CANCELLED))
            raise
        for name, graph in action.parts.items():
            if name not in step.entered:
                await self._skip_all(graph, frame, action.name)
        frame.outcomes[action.name.lower()] = outcome
        await self._record(step, outcome)
        if step.terminate is not None:
            raise step.terminate
        return outcome

    async def _outcome(self, step: Step) -> Outcome:
        name = step.action.name
        handler = HANDLERS.get(step.action.type.lower())
        try:
            if handler is None:
                raise NotSupportedError(
                    f"The action type '{step.action.type}' is not supported by this runner."
                )
            return step.ended(Status.SUCCEEDED, outputs=await handler(step))
        except ActionFailed as failed:
            return step.ended(
                failed.status, outputs=failed.outputs, code=failed.code, error=failed.failure
            )
        except (ExpressionError, DefinitionError) as error:
            message = (
                f"Unable to process template language expressions in action '{name}' inputs at "
                f"line '0' and column '0': '{error}'."
            )
            failure = Failure(code="InvalidTemplate", message=message)
        except NotSupportedError as error:
            failure = Failure(code="NotSupportedBySandbox", message=str(error))
        return step.ended(Status.FAILED, code=failure.code, error=failure)

    async def _skip(self, action: Action, frame: Frame, reason: Failure) -> Outcome:
        start = self._session.timeline.now()
        step = Step(self._session, action, frame, self.run_graph, start)
        for graph in action.parts.values():
            await self._skip_all(graph, frame, action.name)
        outcome = step.ended(Status.SKIPPED, code=reason.code, error=reason)
        frame.outcomes[action.name.lower()] = outcome
        await self._record(step, outcome)
        return outcome

    async def _skip_all(self, graph: Graph, frame: Frame, container: str) -> None:
        for action in graph.values():
            reason = Failure(
                code="ActionBranchingConditionNotSatisfied",
                message=f"The execution of template action '{action.name}' skipped: the branching "
                f"condition for this action is not satisfied in '{container}'.",
            )
            await self._skip(action, frame, reason)

    async def _skip_rest(self) -> None:
        recorded = {record.name for record in self._session.records}
        for action in self._session.workflow.all_actions():
            if action.name not in recorded:
                step = Step(
                    self._session, action, Frame(), self.run_graph, self._session.timeline.now()
                )
                await self._record(step, step.ended(Status.SKIPPED, code="Terminated"))

    async def _record(self, step: Step, outcome: Outcome) -> None:
        record = step.record(outcome)
        self._session.records.append(record)
        await self._session.tell(record)

    def _triggered(self, frame: Frame) -> bool:
        """Whether all of the trigger's conditions hold; otherwise it starts no run."""
        trigger = next(iter(self._session.workflow.triggers.values()))
        conditions = trigger.raw.get("conditions")
        here = Surroundings(self._session, frame)
        return all(
            controls.condition(get(each, "expression"), here)
            for each in (conditions if isinstance(conditions, list) else [])
        )

    def _outputs(self, frame: Frame) -> dict[str, Json]:
        here = Surroundings(self._session, frame)
        return {
            name: evaluate(get(output, "value"), here)
            for name, output in self._session.workflow.outputs.items()
        }


def _unmet(action: Action, ended: Mapping[str, Outcome]) -> Failure | None:
    for before, statuses in action.run_after.items():
        actual = ended[before].status
        if actual not in statuses:
            return Failure(
                code="ActionConditionFailed",
                message=f"The execution of template action '{action.name}' is skipped: the "
                f"'runAfter' condition for action '{before}' is not satisfied. Expected status "
                f"values '{', '.join(statuses)}' and actual value '{actual}'.",
            )
    return None


def _graph_status(graph: Graph, ended: Mapping[str, Outcome]) -> Status:
    """Failed if a last action failed or timed out, or was skipped because of one that did."""
    followed = {before for action in graph.values() for before in action.run_after}

    def failed(name: str) -> bool:
        status = ended[name].status
        if status is Status.SKIPPED:
            return any(failed(before) for before in graph[name].run_after)
        return status in _Undone

    return (
        Status.FAILED
        if any(failed(name) for name in graph if name not in followed)
        else Status.SUCCEEDED
    )


def _first(error: BaseException) -> BaseException:
    if isinstance(error, BaseExceptionGroup):
        return _first(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    return error
