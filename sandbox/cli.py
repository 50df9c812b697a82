"""The command line of the sandbox: demo, replay, scenarios, serve, host."""

import argparse
import asyncio
import json
import logging
import os
import secrets
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from sandbox.clock import Clock
from sandbox.host import functions_host, load_function_app
from sandbox.lab import Decide, Decision, Lab, laboratory, play
from sandbox.narration import Narrator
from sandbox.outcome import Outcome
from sandbox.replay import ExportError, Replayed, load_export, rebuild
from sandbox.scenario import ScenarioError, load_scenario, scenarios
from sandbox.tenant.part import JsonObject
from sandbox.tenant.serve import serving
from sandbox.workflow import ActionRecord, Status

_PORT = 7071


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code is 0, or 2 for what the user got wrong."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    options = _parser().parse_args(arguments)
    # Piped output is not wrapped: a log or a grep wants whole lines.
    console = Console(width=None if sys.stdout.isatty() else 10_000)
    try:
        asyncio.run(options.command(options, console))
    except (ScenarioError, ExportError, StartError, OSError) as error:
        Console(stderr=True).print(f"[red]{error}[/]", soft_wrap=True, highlight=False)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


class StartError(Exception):
    """The Function App does not start with this environment."""


async def _demo(options: argparse.Namespace, console: Console) -> None:
    scenario = load_scenario(options.scenario)
    narrator = Narrator(console, scenario.now)
    narrator.heading(f"Mailwarden · {scenario.name}")
    narrator.line(f"  {scenario.title}")
    narrator.line(f"  {' '.join(scenario.story.split())}", "dim")
    await _triage(
        narrator,
        laboratory(
            scenario.state(),
            Clock(scenario.now),
            approved=scenario.approved_destinations,
            protected=scenario.protected_accounts,
        ),
        scenario.trigger(),
        options,
    )


async def _replay(options: argparse.Namespace, console: Console) -> None:
    replayed = _load(options, console)
    narrator = Narrator(console, replayed.moment)
    narrator.heading(f"Mailwarden · replay of {options.path.name}")
    _account(narrator, replayed)
    await _triage(
        narrator, laboratory(replayed.state, Clock(replayed.moment)), replayed.incident, options
    )


def _load(options: argparse.Namespace, console: Console) -> Replayed:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    # Progress goes to the terminal only; a pipe gets the result alone.
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading the export", total=None)
        export = load_export(options.path, lambda count: progress.update(task, completed=count))
        progress.update(task, description="Rebuilding the tenant")
        return rebuild(export, options.user, options.at)


def _account(narrator: Narrator, replayed: Replayed) -> None:
    """Which events made the tenant, and which did not."""
    account = replayed.account
    unused = ", ".join(f"{name} ({count})" for name, count in account.unused.most_common())
    attempts = ", ".join(f"{name} ({count})" for name, count in account.attempts.most_common())
    origins = {
        "alert": "the newest alert about the user's forwarding",
        "change": "no alert was found; the newest forwarding change of the user stands for it",
        "nothing": "no alert and no forwarding change was found; triaged at the end of the export",
    }
    narrator.facts(
        [
            ("moment of triage", f"{replayed.moment:%Y-%m-%d %H:%M:%S} UTC"),
            ("started by", origins[replayed.origin]),
            ("events used", f"{account.used:,}"),
            ("not used", f"{sum(account.unused.values()):,}{f': {unused}' if unused else ''}"),
            ("attempts only", attempts),
            (
                "after the moment",
                f"{account.after_the_moment:,}" if account.after_the_moment else "",
            ),
            ("duplicates", f"{account.duplicates:,}" if account.duplicates else ""),
            ("empty rows", f"{account.empty:,}" if account.empty else ""),
        ]
    )
    for broken in account.broken:
        narrator.line(f"  line {broken.line} cannot be read: {broken.reason}", "yellow")
    for identifier, problem in account.not_understood:
        narrator.line(f"  event {identifier} was not understood: {problem}", "yellow")


async def _triage(
    narrator: Narrator,
    lab: AbstractAsyncContextManager[Lab],
    incident: JsonObject,
    options: argparse.Namespace,
) -> None:
    """Runs the playbook on the incident and tells of it."""
    narrator.heading("Alert")
    narrator.incident(incident)
    narrator.heading("Playbook")

    async def watch(record: ActionRecord) -> None:
        if record.name == "Steps_to_approve" and record.status is Status.SUCCEEDED:
            narrator.asked(record.outputs)
        await narrator.watch(record)

    async with lab as running:
        run = await play(running, incident, decide=_decide(options), watch=watch)
        outcome = Outcome(run)
        narrator.heading("What the alert names")
        narrator.indicators(outcome)
        narrator.heading("Evidence")
        narrator.evidence(outcome)
        narrator.heading("Verdict")
        narrator.verdict(outcome)
        narrator.heading("Questions")
        narrator.questions(outcome)
        narrator.heading("Changes")
        narrator.changes(outcome)
        narrator.heading("The tenant's own record")
        narrator.tenant(running)
    if options.json is not None:
        options.json.write_text(json.dumps(outcome.document(), indent=2), encoding="utf-8")


def _decide(options: argparse.Namespace) -> Decide | None:
    """The person: as the flags say, else whoever sits at the terminal, else nobody."""

    async def as_told() -> Decision:
        return options.decision

    async def at_the_terminal() -> Decision:
        answer = await asyncio.to_thread(input, "    Approve these changes? [y/N] ")
        return "approve" if answer.strip().lower() in ("y", "yes") else "reject"

    if options.decision is not None:
        return as_told
    return at_the_terminal if sys.stdin.isatty() and sys.stdout.isatty() else None


async def _scenarios(options: argparse.Namespace, console: Console) -> None:
    del options
    found = scenarios()
    width = max(len(each.name) for each in found)
    for each in found:
        console.print(f"{each.name:<{width}}  {each.title}", highlight=False, markup=False)


async def _serve(options: argparse.Namespace, console: Console) -> None:
    scenario = load_scenario(options.scenario)
    async with laboratory(
        scenario.state(),
        Clock(scenario.now),
        approved=scenario.approved_destinations,
        protected=scenario.protected_accounts,
        ports=(options.port, 0),
    ) as lab:
        _print_address(console, lab.functions_url, lab.key)
        console.print(f"tenant: {lab.tenant_url} ({scenario.name}: {scenario.title})")
        await _until_stopped()


async def _host(options: argparse.Namespace, console: Console) -> None:
    key = secrets.token_urlsafe(24)
    try:
        app = load_function_app(dict(os.environ))
    except Exception as error:
        # The front door says in one line which setting is wrong; the host adds nothing to it.
        raise StartError(str(error)) from error
    async with serving(functions_host(app, key=key), options.port) as url:
        _print_address(console, url, key)
        await _until_stopped()


def _print_address(console: Console, url: str, key: str) -> None:
    for line in (f"Functions host: {url}/api", f"x-functions-key: {key}"):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


async def _until_stopped() -> None:
    await asyncio.Event().wait()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="play a scenario through the playbook")
    demo.add_argument("--scenario", default="hidden-forward", help="a name, or a YAML file")
    _add_outcome(demo)
    demo.set_defaults(command=_demo)

    replay = commands.add_parser("replay", help="triage a user from an audit-log export")
    replay.add_argument("path", type=Path, help="CSV with an AuditData column, or JSON lines")
    replay.add_argument("--user", required=True, help="the user principal name to triage")
    replay.add_argument("--at", type=_moment, help="the moment of triage, ISO 8601")
    _add_outcome(replay)
    replay.set_defaults(command=_replay)

    listing = commands.add_parser("scenarios", help="list the scenarios, one line each")
    listing.set_defaults(command=_scenarios)

    serve = commands.add_parser(
        "serve", help="simulated tenant and Functions host, to call by hand"
    )
    serve.add_argument("--scenario", default="hidden-forward", help="a name, or a YAML file")
    serve.add_argument("--port", type=int, default=_PORT)
    serve.set_defaults(command=_serve)

    host = commands.add_parser("host", help="only the Functions host, on the configured URLs")
    host.add_argument("--port", type=int, default=_PORT)
    host.set_defaults(command=_host)
    return parser


def _add_outcome(parser: argparse.ArgumentParser) -> None:
    answers = parser.add_mutually_exclusive_group()
    answers.add_argument("--approve", dest="decision", action="store_const", const="approve")
    answers.add_argument("--reject", dest="decision", action="store_const", const="reject")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome as JSON")
