"""Actions run, are skipped and fail as in a Logic App."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.workflow import ActionRecord, DefinitionError, Run, Status

RunActions = Callable[..., Awaitable[Run]]


def compose(value: object, **after: list[str]) -> dict[str, Any]:
    return {"type": "Compose", "inputs": value, "runAfter": after}


def failing(**after: list[str]) -> dict[str, Any]:
    return compose("@int('x')", **after)


def statuses(run: Run) -> dict[str, str]:
    return {record.name: str(record.status) for record in run.actions}


def set_(name: str, value: object, **after: list[str]) -> dict[str, Any]:
    return {
        "type": "SetVariable",
        "inputs": {"name": name, "value": value},
        "runAfter": after,
    }


def variable(name: str, kind: str, value: object = None) -> dict[str, Any]:
    declared = {"name": name, "type": kind} | ({} if value is None else {"value": value})
    return {"type": "InitializeVariable", "inputs": {"variables": [declared]}, "runAfter": {}}


async def test_actions_follow_one_another(run_actions: RunActions) -> None:
    run = await run_actions(
        {
            "Second": compose("@concat(outputs('First'), 'b')", First=["Succeeded"]),
            "First": compose("@triggerBody()?['x']"),
        },
        body={"x": "a"},
        outputs={"said": {"type": "String", "value": "@outputs('Second')"}},
    )
    assert run.status == Status.SUCCEEDED
    assert [record.name for record in run.actions] == ["First", "Second"]
    assert run.action("Second").outputs == "ab"
    assert run.outputs == {"said": "ab"}


async def test_a_failure_skips_what_wanted_success_and_runs_what_wanted_failure(
    run_actions: RunActions,
) -> None:
    run = await run_actions(
        {
            "A": failing(),
            "B": compose(1, A=["Succeeded"]),
            "Caught": compose("@actions('A')?['error']?['code']", A=["Failed"]),
        }
    )
    assert statuses(run) == {"A": "Failed", "B": "Skipped", "Caught": "Succeeded"}
    # B was skipped because of the failure: a last action that fails the run.
    assert run.status == Status.FAILED
    assert run.action("Caught").outputs == "InvalidTemplate"
    skipped = run.action("B").error
    assert skipped is not None
    assert skipped.code == "ActionConditionFailed"


async def test_a_handled_failure_is_no_failure_of_the_run(run_actions: RunActions) -> None:
    run = await run_actions(
        {
            "A": failing(),
            "Handler": compose(1, A=["Failed"]),
            "Always": compose(2, Handler=["Succeeded", "Failed", "Skipped", "TimedOut"]),
        }
    )
    assert run.status == Status.SUCCEEDED
    fine = await run_actions({"A": compose(1), "Handler": compose(1, A=["Failed", "TimedOut"])})
    assert (fine.status, statuses(fine)["Handler"]) == (Status.SUCCEEDED, "Skipped")


async def test_every_condition_of_run_after_must_hold(run_actions: RunActions) -> None:
    run = await run_actions(
        {
            "Good": compose(1),
            "Bad": failing(),
            "Both": compose(1, Good=["Succeeded"], Bad=["Succeeded"]),
            "Either": compose(1, Good=["Succeeded"], Bad=["Succeeded", "Failed"]),
        }
    )
    assert statuses(run)["Both"] == "Skipped"
    assert statuses(run)["Either"] == "Succeeded"


@pytest.mark.parametrize(
    "expression",
    [
        "@equals(triggerBody(), 1)",
        {"and": [{"equals": ["@triggerBody()", 1]}, {"not": {"greater": ["@triggerBody()", 5]}}]},
        {"or": [{"equals": ["@triggerBody()", 9]}, {"less": ["@triggerBody()", 2]}]},
    ],
)
async def test_if_takes_one_branch_and_skips_the_other(
    run_actions: RunActions, expression: object
) -> None:
    actions = {
        "Check": {
            "type": "If",
            "expression": expression,
            "actions": {"Yes": compose("y")},
            "else": {"actions": {"No": compose("n")}},
            "runAfter": {},
        }
    }
    yes = await run_actions(actions, body=1)
    assert statuses(yes) == {"Yes": "Succeeded", "No": "Skipped", "Check": "Succeeded"}
    no = await run_actions(actions, body=7)
    assert statuses(no) == {"No": "Succeeded", "Yes": "Skipped", "Check": "Succeeded"}


async def test_a_condition_must_be_a_boolean(run_actions: RunActions) -> None:
    check = {"type": "If", "expression": "@triggerBody()", "actions": {"Yes": compose(1)}}
    run = await run_actions({"Check": check}, body="true")
    assert statuses(run) == {"Yes": "Skipped", "Check": "Failed"}


async def test_switch_takes_the_equal_case_or_the_default(run_actions: RunActions) -> None:
    actions = {
        "Which": {
            "type": "Switch",
            "expression": "@triggerBody()",
            "cases": {
                "One": {"case": "approve", "actions": {"Approved": compose(1)}},
                "Two": {"case": "reject", "actions": {"Rejected": compose(1)}},
            },
            "default": {"actions": {"Neither": compose(1)}},
        }
    }
    assert statuses(await run_actions(actions, body="reject"))["Rejected"] == "Succeeded"
    run = await run_actions(actions, body="REJECT")
    assert statuses(run) == {
        "Neither": "Succeeded",
        "Approved": "Skipped",
        "Rejected": "Skipped",
        "Which": "Succeeded",
    }


async def test_a_scope_fails_with_its_actions_and_result_lists_them(
    run_actions: RunActions,
) -> None:
    run = await run_actions(
        {
            "Try": {
                "type": "Scope",
                "actions": {
                    "Ok": compose("fine"),
                    "Bad": failing(Ok=["Succeeded"]),
                    "Late": compose(1, Bad=["Succeeded"]),
                },
            },
            "Failures": {
                "type": "Query",
                "inputs": {"from": "@result('Try')", "where": "@equals(item()['status'],'Failed')"},
                "runAfter": {"Try": ["Failed"]},
            },
            "Names": {
                "type": "Select",
                "inputs": {
                    "from": "@body('Failures')",
                    "select": {"name": "@item()['name']", "code": "@item()?['error']?['code']"},
                },
                "runAfter": {"Failures": ["Succeeded"]},
            },
        }
    )
    assert run.status == Status.SUCCEEDED
    assert run.action("Names").outputs == {"body": [{"name": "Bad", "code": "InvalidTemplate"}]}


async def test_foreach_gives_each_round_its_own_element_and_outputs(
    run_actions: RunActions,
) -> None:
    run = await run_actions(
        {
            "All": {
                "type": "Foreach",
                "foreach": "@triggerBody()",
                "actions": {
                    "Double": compose("@mul(item(), 2)"),
                    "Said": compose("@{items('All')}:@{outputs('Double')}", Double=["Succeeded"]),
                },
            }
        },
        body=[1, 2, 3],
    )
    assert run.action("All").iterations == 3
    said = {record.iteration: record.outputs for record in run.named("Said")}
    assert said == {(0,): "1:2", (1,): "2:4", (2,): "3:6"}


@pytest.mark.parametrize(
    ("configuration", "most", "minutes"),
    [
        ({}, 20, 2),
        ({"runtimeConfiguration": {"concurrency": {"repetitions": 5}}}, 5, 5),
        ({"operationOptions": "Sequential"}, 1, 25),
    ],
)
async def test_foreach_runs_so_many_rounds_at_once(
    run_actions: RunActions, clock: Clock, configuration: dict[str, Any], most: int, minutes: int
) -> None:
    running: set[tuple[int, ...]] = set()
    highest = 0

    async def watch(record: ActionRecord) -> None:
        nonlocal highest
        if record.name == "Pause":
            if record.status == Status.RUNNING:
                running.add(record.iteration)
            else:
                running.remove(record.iteration)
            highest = max(highest, len(running))

    pause = {"type": "Wait", "inputs": {"interval": {"count": 1, "unit": "Minute"}}}
    run = await run_actions(
        {
            "All": {
                "type": "Foreach",
                "foreach": "@range(0, 25)",
                "actions": {"Pause": pause},
                **configuration,
            }
        },
        on_action=watch,
    )
    assert highest == most
    assert timedelta(0) <= run.end - run.start - timedelta(minutes=minutes) < timedelta(seconds=5)


async def test_a_failing_round_fails_the_loop_but_not_the_other_rounds(
    run_actions: RunActions,
) -> None:
    run = await run_actions(
        {
            "All": {
                "type": "Foreach",
                "foreach": ["1", "x", "3"],
                "actions": {"Int": compose("@int(item())")},
            }
        }
    )
    assert [record.status for record in run.named("Int")].count(Status.SUCCEEDED) == 2
    assert run.action("All").status == Status.FAILED


async def test_foreach_over_what_is_no_array_fails(run_actions: RunActions) -> None:
    loop = {"type": "Foreach", "foreach": "@triggerBody()", "actions": {"In": compose(1)}}
    run = await run_actions({"All": loop}, body=None)
    error = run.action("All").error
    assert error is not None
    assert "of type 'Null'" in error.message
    assert statuses(run)["In"] == "Skipped"


async def test_until_goes_round_until_its_condition_holds(run_actions: RunActions) -> None:
    run = await run_actions(
        {
            "Count": variable("n", "integer", 0),
            "Loop": {
                "type": "Until",
                "expression": "@equals(outputs('Seen'), 3)",
                "actions": {
                    "More": {
                        "type": "IncrementVariable",
                        "inputs": {"name": "n", "value": 1},
                    },
                    "Seen": compose("@variables('n')", More=["Succeeded"]),
                },
                "runAfter": {"Count": ["Succeeded"]},
            },
            "After": compose("@outputs('Seen')", Loop=["Succeeded"]),
        }
    )
    assert run.action("Loop").iterations == 3
    assert run.action("After").outputs == 3


@pytest.mark.parametrize(
    ("limit", "rounds"), [({"count": 4}, 4), ({"count": 60, "timeout": "PT5M"}, 5)]
)
async def test_until_stops_at_its_limits(
    run_actions: RunActions, limit: dict[str, Any], rounds: int
) -> None:
    loop = {
        "type": "Until",
        "expression": "@false",
        "limit": limit,
        "actions": {
            "Pause": {"type": "Wait", "inputs": {"interval": {"count": 1, "unit": "Minute"}}}
        },
    }
    run = await run_actions({"Loop": loop})
    assert (run.action("Loop").status, run.action("Loop").iterations) == ("Succeeded", rounds)
    strict = await run_actions({"Loop": {**loop, "operationOptions": "FailWhenLimitsReached"}})
    assert strict.status == Status.FAILED


async def test_variables_belong_to_the_run_and_keep_their_type(run_actions: RunActions) -> None:
    run = await run_actions(
        {
            "List": variable("list", "array"),
            "Text": variable("text", "string", "a"),
            "Number": variable("number", "float", 1.5),
            "Fill": {
                "type": "Foreach",
                "foreach": [1, 2],
                "operationOptions": "Sequential",
                "actions": {
                    "Add": {
                        "type": "AppendToArrayVariable",
                        "inputs": {"name": "list", "value": "@item()"},
                    },
                    "Say": {
                        "type": "AppendToStringVariable",
                        "inputs": {"name": "text", "value": "@item()"},
                    },
                    "Less": {"type": "DecrementVariable", "inputs": {"name": "number", "value": 1}},
                },
                "runAfter": {name: ["Succeeded"] for name in ("List", "Text", "Number")},
            },
            "Seen": compose(
                ["@variables('list')", "@variables('text')", "@variables('NUMBER')"],
                Fill=["Succeeded"],
            ),
            "Wrong": set_("text", ["no", "string"], Seen=["Succeeded"]),
        }
    )
    assert run.action("Seen").outputs == [[1, 2], "a12", -0.5]
    error = run.action("Wrong").error
    assert error is not None
    assert "of type 'String'" in error.message
    assert "of type 'Array'" in error.message


async def test_terminate_ends_the_run_at_once(run_actions: RunActions) -> None:
    run = await run_actions(
        {
            "Long": {"type": "Wait", "inputs": {"interval": {"count": 1, "unit": "Day"}}},
            "Never": compose(1, Long=["Succeeded"]),
            "Short": {"type": "Wait", "inputs": {"interval": {"count": 1, "unit": "Hour"}}},
            "Scope": {
                "type": "Scope",
                "actions": {
                    "Stop": {
                        "type": "Terminate",
                        "inputs": {
                            "runStatus": "Failed",
                            "runError": {"code": "Enough", "message": "Stopped by hand"},
                        },
                    }
                },
                "runAfter": {"Short": ["Succeeded"]},
            },
        }
    )
    assert run.status == Status.FAILED
    assert run.error is not None
    assert (run.error.code, run.error.message) == ("Enough", "Stopped by hand")
    assert statuses(run) == {
        "Short": "Succeeded",
        "Stop": "Succeeded",
        "Scope": "Cancelled",
        "Long": "Cancelled",
        "Never": "Skipped",
    }
    assert run.end - run.start < timedelta(hours=2)


async def test_response_answers_the_caller_once(run_actions: RunActions) -> None:
    reply = {
        "type": "Response",
        "inputs": {"statusCode": 201, "headers": {"X-A": "b"}, "body": {"said": "@triggerBody()"}},
    }
    run = await run_actions(
        {"Reply": reply, "Again": {**reply, "runAfter": {"Reply": ["Succeeded"]}}}, body=5
    )
    assert run.response is not None
    assert (run.response.status_code, run.response.body) == (201, {"said": 5})
    assert run.action("Again").status == Status.FAILED


async def test_an_answer_after_120_seconds_comes_too_late(run_actions: RunActions) -> None:
    def waiting(seconds: int) -> dict[str, Any]:
        wait = {"type": "Wait", "inputs": {"interval": {"count": seconds, "unit": "Second"}}}
        reply = {
            "type": "Response",
            "inputs": {"statusCode": 200},
            "runAfter": {"W": ["Succeeded"]},
        }
        return {"W": wait, "Reply": reply}

    in_time = await run_actions(waiting(110))
    assert in_time.response is not None
    late = await run_actions(waiting(121))
    assert late.response is None
    assert (late.status, late.action("Reply").code) == (Status.FAILED, "ActionResponseTimedOut")


async def test_foreach_over_nothing_succeeds_and_its_result_is_empty(
    run_actions: RunActions,
) -> None:
    run = await run_actions(
        {
            "All": {"type": "Foreach", "foreach": [], "actions": {"In": compose(1)}},
            "Seen": compose("@result('All')", All=["Succeeded"]),
        }
    )
    assert run.action("All").iterations == 0
    assert run.action("Seen").outputs == []


async def test_the_result_of_a_loop_lists_the_actions_of_every_round(
    run_actions: RunActions,
) -> None:
    run = await run_actions(
        {
            "All": {
                "type": "Foreach",
                "foreach": ["1", "x"],
                "operationOptions": "Sequential",
                "actions": {"Int": compose("@int(item())")},
            },
            "Seen": {
                "type": "Select",
                "inputs": {"from": "@result('All')", "select": "@item()?['status']"},
                "runAfter": {"All": ["Failed"]},
            },
        }
    )
    assert run.status == Status.SUCCEEDED
    assert run.action("Seen").outputs == {"body": ["Succeeded", "Failed"]}


async def test_an_until_whose_last_round_failed_fails_at_its_limit(run_actions: RunActions) -> None:
    loop = {
        "type": "Until",
        "expression": "@equals(actions('In')?['status'], 'Succeeded')",
        "limit": {"count": 2},
        "actions": {"In": failing()},
    }
    run = await run_actions({"Loop": loop})
    assert (run.action("Loop").status, run.action("Loop").iterations) == ("Failed", 2)


async def test_what_timed_out_is_neither_failed_nor_skipped(run_actions: RunActions) -> None:
    def accepted(_: httpx.Request) -> httpx.Response:
        return httpx.Response(202, headers={"Location": "/jobs/1", "Retry-After": "60"})

    call = {
        "type": "Http",
        "inputs": {"method": "POST", "uri": "http://api/x"},
        "limit": {"timeout": "PT3M"},
    }
    run = await run_actions(
        {
            "Call": call,
            "Failed": compose(1, Call=["Failed"]),
            "Skipped": compose(1, Call=["Skipped"]),
            "Late": compose("@actions('Call')?['code']", Call=["TimedOut"]),
        },
        answer=accepted,
    )
    assert statuses(run) == {
        "Call": "TimedOut",
        "Failed": "Skipped",
        "Skipped": "Skipped",
        "Late": "Succeeded",
    }
    assert run.action("Late").outputs == "ActionTimedOut"


async def test_the_clock_jumps_when_every_branch_waits(run_actions: RunActions) -> None:
    wait = {"type": "Wait", "inputs": {"interval": {"count": 3, "unit": "Day"}}}
    until = {"type": "Wait", "inputs": {"until": {"timestamp": "2026-11-23T10:00:00Z"}}}
    run = await run_actions({"Three": wait, "One": until, "After": compose(1, One=["Succeeded"])})
    assert [record.name for record in run.actions] == ["One", "After", "Three"]
    assert run.action("After").start - run.start < timedelta(days=1, seconds=5)
    assert timedelta(days=3) <= run.end - run.start < timedelta(days=3, seconds=5)


async def test_a_trigger_condition_that_does_not_hold_starts_no_run(
    run_actions: RunActions,
) -> None:
    run = await run_actions(
        {"A": compose(1)},
        body=1,
        trigger={"conditions": [{"expression": "@equals(triggerBody(), 2)"}]},
    )
    assert (run.status, run.actions) == (Status.SKIPPED, ())


async def test_the_observer_sees_each_step_as_it_happens(run_actions: RunActions) -> None:
    seen: list[tuple[str, str]] = []

    async def watch(record: ActionRecord) -> None:
        seen.append((record.name, str(record.status)))

    await run_actions({"A": compose(1), "B": compose(1, A=["Failed"])}, on_action=watch)
    assert seen == [("A", "Running"), ("A", "Succeeded"), ("B", "Skipped")]


async def test_actions_that_wait_for_each_other_are_refused(run_actions: RunActions) -> None:
    circle = {"A": compose(1, B=["Succeeded"]), "B": compose(1, A=["Succeeded"])}
    with pytest.raises(DefinitionError, match="A, B"):
        await run_actions(circle, invalid=True)
    inside = await run_actions({"S": {"type": "Scope", "actions": circle}}, invalid=True)
    assert inside.action("S").code == "InvalidTemplate"


async def test_an_unknown_action_type_fails_by_name(run_actions: RunActions) -> None:
    run = await run_actions({"A": {"type": "Xslt", "inputs": {}}}, invalid=True)
    error = run.action("A").error
    assert error is not None
    assert "'Xslt' is not supported" in error.message
