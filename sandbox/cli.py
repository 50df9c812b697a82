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

import httpx
from rich.console import Console
from rich.text import Text

from sandbox.account import account
from sandbox.clock import Clock
from sandbox.host import functions_host
from sandbox.lab import Decide, Decision, Lab, laboratory, play
from sandbox.narration import Narrator
from sandbox.outcome import Outcome
from sandbox.progress import Stages
from sandbox.replay import Export, ExportError, Replayed, load_export, rebuild
from sandbox.scenario import ScenarioError, load_scenario, scenarios
from sandbox.tenant.part import JsonObject
from sandbox.tenant.serve import serving
from sandbox.worker import start_worker
from sandbox.workflow import ActionRecord, Status

_PORT = 7071


class StartError(Exception):
    """The Function App does not start with this environment."""


class ReportError(Exception):
    """No report could be made of a run."""


class _Output(Console):
    """What is told to whoever reads: a terminal, or a pipe, which is not wrapped."""

    def __init__(self) -> None:
        super().__init__(width=None if sys.stdout.isatty() else 10_000)

    def on_broken_pipe(self) -> None:
        """The reader has left, as `head` does: the run goes on, and nothing more is told."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code is 0, or 2 for what the user got wrong."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    options = _parser().parse_args(arguments)
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")  # not every encoding has every sign
    try:
        options.command(options, _Output())
    except (ScenarioError, ExportError, StartError, ReportError) as error:
        return _refused(str(error))
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        return _refused(f"{named}{error.strerror or error}")
    except KeyboardInterrupt:
        console = Console(stderr=True)
        # A terminal has just shown ^C, without ending the line.
        console.print("\nStopped." if console.is_terminal else "Stopped.")
        return 130
    return 0


def _refused(message: str) -> int:
    Console(stderr=True).print(Text(message, style="red"), soft_wrap=True)
    return 2


def _demo(options: argparse.Namespace, console: Console) -> None:
    scenario = load_scenario(options.scenario)
    narrator = Narrator(console, scenario.now)
    narrator.title(f"Mailwarden · {scenario.name}")
    narrator.line(f"  {scenario.title}")
    narrator.line(f"  {' '.join(scenario.story.split())}", "dim")
    lab = laboratory(
        scenario.state(),
        Clock(scenario.now),
        approved=scenario.approved_destinations,
        protected=scenario.protected_accounts,
    )
    asyncio.run(_triage(narrator, lab, scenario.trigger(), options))


def _replay(options: argparse.Namespace, console: Console) -> None:
    export, replayed = _load(options)
    narrator = Narrator(console, replayed.moment)
    narrator.title(f"Mailwarden · replay of {options.path.name}")
    account(narrator, export, replayed, options.at)
    lab = laboratory(replayed.state, Clock(replayed.moment))
    asyncio.run(_triage(narrator, lab, replayed.incident, options))


def _load(options: argparse.Namespace) -> tuple[Export, Replayed]:
    # Told on the error stream, so that a pipe gets the result alone.
    stages = Stages(Console(stderr=True))
    with stages.stage("Reading the export") as told:
        export = load_export(options.path, told)
    with stages.stage("Rebuilding the tenant") as told:
        replayed = rebuild(export, options.user, options.at, told)
    return export, replayed


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
    narrator.steps()

    async def watch(record: ActionRecord) -> None:
        if record.name == "Steps_to_approve" and record.status is Status.SUCCEEDED:
            narrator.asked(record.outputs)
        await narrator.watch(record)

    async with lab as running:
        try:
            run = await play(running, incident, decide=_decide(options), watch=watch)
        finally:
            narrator.stop()
        outcome = Outcome(run)
        narrator.heading("What the alert names")
        narrator.indicators(outcome)
        narrator.heading("Evidence")
        narrator.evidence(outcome.evidence)
        narrator.gaps(outcome)
        narrator.heading("Verdict")
        narrator.verdict(outcome)
        narrator.heading("Questions")
        narrator.questions(outcome)
        narrator.heading("Changes")
        narrator.changes(outcome)
        if outcome.forwarder:
            narrator.heading("Final state, read again")
            narrator.evidence(await running.read_again(outcome.forwarder))
        narrator.heading("The tenant's own record")
        narrator.tenant(running)
        reported = await running.call("build-report", outcome.known) if options.report else None
    if options.json is not None:
        options.json.write_text(json.dumps(outcome.document(), indent=2), encoding="utf-8")
    if reported is not None:
        options.report.write_text(_page(reported), encoding="utf-8")


def _page(answer: httpx.Response) -> str:
    """The page that build_report answered with. Raises ReportError when it made none."""
    if not answer.is_success:
        raise ReportError(f"There is no report: {answer.json()['detail']}")
    return answer.json()["result"]["html"]


def _decide(options: argparse.Namespace) -> Decide | None:
    """The person: as the flags say, else whoever sits at the terminal, else nobody."""

    async def as_told() -> Decision:
        return options.decision

    async def at_the_terminal() -> Decision:
        answer = await _typed("    Approve these changes? [y/N] ")
        return "approve" if answer.strip().lower() in ("y", "yes") else "reject"

    if options.decision is not None:
        return as_told
    return at_the_terminal if sys.stdin.isatty() and sys.stdout.isatty() else None


async def _typed(question: str) -> str:
    """A line from the terminal. Unlike `input` in a thread, Ctrl-C ends it; Ctrl-D is no answer."""
    if os.name == "nt":
        # Windows consoles cannot be watched; there, Ctrl-C takes effect after Enter.
        return await asyncio.to_thread(input, question)
    sys.stdout.write(question)
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()
    loop.add_reader(sys.stdin, lambda: line.done() or line.set_result(sys.stdin.readline()))
    try:
        typed = await line
    finally:
        loop.remove_reader(sys.stdin)
    if not typed.endswith("\n"):
        sys.stdout.write("\n")
    return typed


def _scenarios(options: argparse.Namespace, console: Console) -> None:
    del options
    found = scenarios()
    width = max(len(each.name) for each in found)
    for each in found:
        console.print(f"{each.name:<{width}}  {each.title}", highlight=False, markup=False)


def _serve(options: argparse.Namespace, console: Console) -> None:
    scenario = load_scenario(options.scenario)

    async def serve() -> None:
        async with laboratory(
            scenario.state(),
            Clock(scenario.now),
            approved=scenario.approved_destinations,
            protected=scenario.protected_accounts,
            ports=(options.port, 0),
        ) as lab:
            _print_address(console, lab.functions_url, lab.key)
            _print(console, f"tenant: {lab.tenant_url} ({scenario.name}: {scenario.title})")
            _print(
                console,
                f"moment: {scenario.now:%Y-%m-%dT%H:%M:%SZ} (there it is that time now; tell it to "
                'reads as "around")',
            )
            await _until_stopped(console)

    asyncio.run(serve())


def _host(options: argparse.Namespace, console: Console) -> None:
    key = secrets.token_urlsafe(24)

    async def serve() -> None:
        try:
            worker = await start_worker(dict(os.environ))
        except Exception as error:
            # The front door says in one line which setting is wrong; the host adds nothing to it.
            raise StartError(str(error)) from error
        async with serving(functions_host(worker, key=key), options.port) as url:
            _print_address(console, url, key)
            await _until_stopped(console)

    asyncio.run(serve())


def _print(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _print_address(console: Console, url: str, key: str) -> None:
    _print(console, f"Functions host: {url}/api")
    _print(console, f"x-functions-key: {key}")


async def _until_stopped(console: Console) -> None:
    _print(console, "Ctrl-C stops it.")
    await asyncio.Event().wait()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time such as 2026-11-18T10:05 or 2026-11-18T10:05+01:00"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _upn(text: str) -> str:
    name, at, domain = text.strip().rpartition("@")
    if not (name and at and domain):
        raise argparse.ArgumentTypeError(f"{text!r} is not a name such as a.user@contoso.com")
    return text.strip()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number from 0 (any free port) to 65535"
        )
    return int(text)


def _new_file(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a file in a folder that exists")
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="play a scenario through the playbook")
    demo.add_argument("--scenario", default="hidden-forward", help="a name, or a YAML file")
    _add_outcome(demo)
    demo.set_defaults(command=_demo)

    replay = commands.add_parser("replay", help="triage a user from an audit-log export")
    replay.add_argument("path", type=Path, help="CSV or JSON, as any tool exports it")
    replay.add_argument(
        "--user", required=True, type=_upn, metavar="UPN", help="whom to triage: a.user@contoso.com"
    )
    replay.add_argument(
        "--at",
        type=_moment,
        metavar="TIME",
        help="the moment of triage, ISO 8601, in UTC unless it has a zone; else 24 hours after the "
        "newest forwarding alert or change of the user, or the end of the export",
    )
    _add_outcome(replay)
    replay.set_defaults(command=_replay)

    listing = commands.add_parser("scenarios", help="list the scenarios, one line each")
    listing.set_defaults(command=_scenarios)

    serve = commands.add_parser(
        "serve", help="simulated tenant and Functions host, to call by hand"
    )
    serve.add_argument("--scenario", default="hidden-forward", help="a name, or a YAML file")
    serve.add_argument("--port", type=_port, default=_PORT, help=f"default: {_PORT}")
    serve.set_defaults(command=_serve)

    host = commands.add_parser("host", help="only the Functions host, on the configured URLs")
    host.add_argument("--port", type=_port, default=_PORT, help=f"default: {_PORT}")
    host.set_defaults(command=_host)
    return parser


def _add_outcome(parser: argparse.ArgumentParser) -> None:
    answers = parser.add_mutually_exclusive_group()
    answers.add_argument(
        "--approve",
        dest="decision",
        action="store_const",
        const="approve",
        help="answer yes when the playbook asks; else whoever sits at the terminal is asked",
    )
    answers.add_argument(
        "--reject", dest="decision", action="store_const", const="reject", help="answer no"
    )
    parser.add_argument("--json", type=_new_file, metavar="FILE", help="write the outcome as JSON")
    parser.add_argument(
        "--report", type=_new_file, metavar="FILE", help="write the report, one HTML page"
    )
