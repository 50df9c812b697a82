"""The HTTP Webhook action: subscribe with a callback URL, wait to be called, or give up."""

import asyncio
from datetime import timedelta

from .evaluation import evaluate
from .http_action import call, send, shown
from .outcome import ActionFailed
from .record import Status
from .retry import timed_out
from .step import Handler, Step
from .values import Json, JsonObject, as_object
from .webhooks import Callback

_LONGEST_WAIT = timedelta(days=90)  # the longest that a Consumption run lasts


async def http_webhook(step: Step) -> Json:
    """Ends with what the callback was sent; after `limit.timeout` it is TimedOut.

    The unsubscribe request is sent when nobody called: on the timeout, or when the run ends.
    """
    session = step.session
    callback = session.callbacks.open(session.workflow.name, session.run_id, step.action.name)
    here = step.here.called_back_at(callback.url)
    try:
        subscribe = as_object(evaluate(step.raw_inputs().get("subscribe"), here))
        unsubscribe = as_object(evaluate(step.raw_inputs().get("unsubscribe"), here))
        step.inputs = {"subscribe": shown(subscribe), "unsubscribe": shown(unsubscribe)}
        await call(step, subscribe)
        await step.announce(Status.WAITING)
        try:
            return await _answer(step, callback)
        except (ActionFailed, asyncio.CancelledError):
            await _unsubscribe(step, unsubscribe)
            raise
    finally:
        session.callbacks.close(callback)


async def _answer(step: Step, callback: Callback) -> JsonObject:
    timeline = step.session.timeline
    due = step.deadline or timeline.now() + _LONGEST_WAIT
    if callback.answer.done():
        return callback.answer.result()
    if not step.session.someone_answers:
        # Nobody can answer: this wait is one for the timeout, and the clock may jump over it.
        await timeline.sleep_until(due)
        if callback.answer.done():
            return callback.answer.result()
        raise timed_out(step)
    try:
        async with asyncio.timeout((due - timeline.now()).total_seconds()):
            return await callback.answer
    except TimeoutError as error:
        raise timed_out(step) from error


async def _unsubscribe(step: Step, request: JsonObject) -> None:
    if request:
        await send(step, request)  # whatever it answers, the action has ended


HANDLERS: dict[str, Handler] = {"HttpWebhook": http_webhook}
