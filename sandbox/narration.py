"""Telling a run on a terminal: the alert, each step, the evidence, the verdict, the changes."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from sandbox import gist
from sandbox.lab import Lab
from sandbox.mail_setup import set_up
from sandbox.outcome import Outcome, member
from sandbox.tenant.part import JsonObject
from sandbox.words import listed, objects, short, span, spelled
from sandbox.workflow import ActionRecord, Status

_STEPS = ("Http", "HttpWebhook", "ApiConnection", "Wait")
_MARKS = {Status.SUCCEEDED: ("✓", "green"), Status.FAILED: ("✗", "red")}
_VERDICT_STYLES = {
    "truePositive": "bold white on red",
    "falsePositive": "bold black on green",
    "informationalExpectedActivity": "bold black on green",
    "undetermined": "bold black on yellow",
}
_MOST_DOUBTS = 3
_NARROWEST = 20  # columns of text, however little room its lead leaves
_CHANGE_STYLES = {
    "done": "green",
    "unchanged": "dim",
    "planned": "cyan",
    "refused": "yellow",
    "unknown": "red",
    "failed": "red",
}


class Narrator:
    """Prints to a console; plain text when that is no terminal."""

    def __init__(self, console: Console, began: datetime) -> None:
        self._console = console
        self._began = began
        self._busy = console.status("")
        self._under_way: list[str] = []

    def title(self, text: str) -> None:
        """What is being told."""
        self._console.print()
        self._put("", Text(text, style="bold cyan"))

    def heading(self, text: str) -> None:
        """The start of a part."""
        self.title(text.upper())

    def line(self, text: str, style: str = "") -> None:
        """One line of text from anywhere; it is shown, never interpreted."""
        words = text.lstrip(" ")
        self._put(" " * (len(text) - len(words)), Text(words, style=style))

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names and values in two columns; what has no value is left out."""
        known = [(name, value) for name, value in rows if value]
        width = max((len(name) for name, _ in known), default=0)
        for name, value in known:
            self._put(Text(f"  {name:<{width}}  ", style="dim"), Text(value))

    def _put(self, lead: Text | str, text: Text) -> None:
        """A lead and its text, which goes on below itself where the terminal is too narrow."""
        first = Text(lead) if isinstance(lead, str) else lead
        width = max(self._console.width - first.cell_len, _NARROWEST)
        for line in text.wrap(self._console, width, overflow="fold") or [Text()]:
            self._console.print(Text.assemble(first, line), soft_wrap=True, highlight=False)
            first = Text(" " * first.cell_len)

    def steps(self) -> None:
        """The head of the playbook's steps."""
        self.line("  at           took    step", "dim")

    async def watch(self, record: ActionRecord) -> None:
        """One step of the playbook, as it ends; a terminal shows which are under way."""
        if record.type not in _STEPS or record.status is Status.SKIPPED:
            return
        self._work(record)
        if record.status in (Status.RUNNING, Status.CANCELLED):
            return
        if record.status is Status.WAITING:
            self.line(f"  {self._at(record.start)}            … waiting for a person's approval")
            return
        took = (record.end - record.start).total_seconds() if record.end else 0.0
        mark, style = _MARKS.get(record.status, ("…", "yellow"))
        self._put(
            Text.assemble(
                f"  {self._at(record.end or record.start)} {span(took):>8}  ", (mark, style), " "
            ),
            Text.assemble(f"{gist.step(record):<26} ", (gist.gist(record), "dim")),
        )

    def _work(self, record: ActionRecord) -> None:
        name = record.name.replace("_", " ")
        if record.status is Status.RUNNING:
            self._under_way.append(name)
        elif name in self._under_way:
            self._under_way.remove(name)
        if self._under_way and self._console.is_interactive:
            counted = Counter(self._under_way).items()
            names = ", ".join(f"{each} ({n})" if n > 1 else each for each, n in counted)
            self._busy.update(Text(names, style="dim", no_wrap=True, overflow="ellipsis"))
            self._busy.start()
        else:
            self._busy.stop()

    def stop(self) -> None:
        """The run has ended, in whatever way."""
        self._busy.stop()

    def _at(self, moment: datetime) -> str:
        return f"+{span((moment - self._began).total_seconds()):>8}"

    def incident(self, trigger: JsonObject) -> None:
        """The incident as Sentinel hands it over, and its alerts."""
        properties = member(member(trigger, "object"), "properties")
        alerts = [member(alert, "properties") for alert in objects(properties.get("alerts"))]
        self.facts(
            [
                ("incident", f"{properties.get('incidentNumber')} · {properties.get('title')}"),
                ("severity", str(properties.get("severity"))),
                ("created", str(properties.get("createdTimeUtc"))),
                *(
                    ("alert", f"{a.get('alertDisplayName')} ({a.get('productName')})")
                    for a in alerts
                ),
            ]
        )

    def indicators(self, outcome: Outcome) -> None:
        """Who forwards, to whom, which messages, in which way."""
        found = outcome.indicators
        shown = outcome.forwarder or "not named"
        self.facts(
            [
                ("forwarder", f"{shown} ({found.get('forwarderReason')})"),
                ("recipients", listed(found.get("recipients"))),
                ("messages", listed(found.get("networkMessageIds"))),
                ("forwarding type", str(found.get("forwardingType") or "")),
                ("not in the alert", spelled(listed(found.get("missing")))),
            ]
        )

    def evidence(self, answers: JsonObject) -> None:
        """The rules and forwarding that reads answered with; what was not seen is never "none"."""
        for title, lines, complete in set_up(answers):
            self.line(f"  {title}", "bold")
            for line in lines:
                self.line(f"    {line}")
            if not complete:
                self.line(
                    "    and perhaps more: not all was seen" if lines else "    not seen", "yellow"
                )
            elif not lines:
                self.line("    none")

    def gaps(self, outcome: Outcome) -> None:
        """What was not seen, and why; what two reads missed alike is told once."""
        told = (
            f"  not seen: {gap.get('source')} ({gap.get('reason')}): {gap.get('detail')}"
            for gap in objects(outcome.grade.get("gaps"))
        )
        for line in dict.fromkeys(told):
            self.line(line, "yellow")

    def verdict(self, outcome: Outcome) -> None:
        """The verdict with its findings, and the questions it rests on."""
        verdict = outcome.verdict
        if not verdict:
            self.line("  The alert could not be graded; the incident says so.", "bold red")
            return
        classification = str(verdict.get("classification"))
        style = _VERDICT_STYLES.get(classification, "bold")
        self._put(
            Text.assemble("  ", (f" {classification} ", style), " "),
            Text(f"{verdict.get('determination')}, confidence {verdict.get('confidence')}"),
        )
        self.line(f"  {verdict.get('summary')}")
        self._console.print()
        for finding in objects(verdict.get("findings")):
            weight = finding.get("weight")
            number = weight if isinstance(weight, int) else 0
            colour = "red" if number > 0 else "green" if number < 0 else "dim"
            self._put(
                Text(f"  {number:+4} ", style=colour),
                Text.assemble((f"{finding.get('family')}: ", "dim"), str(finding.get("sentence"))),
            )

        doubts = verdict.get("changesIt")
        if isinstance(doubts, list):
            for doubt in doubts[:_MOST_DOUBTS]:
                self.line(f"  would change it: {doubt}", "dim")
            if len(doubts) > _MOST_DOUBTS:
                self.line(f"  would change it: {len(doubts) - _MOST_DOUBTS} more", "dim")
        for advice in outcome.by_hand:
            self.line(f"  to do by hand: {advice}", "yellow")

    def questions(self, outcome: Outcome) -> None:
        """The playbook's questions and their answers."""
        for each in objects(outcome.grade.get("questions")):
            if each.get("complete") is True:
                mark, style = "✓", ""
            elif each.get("found") is True:
                mark, style = "+", ""  # an answer, to which what was not seen could only add
            else:
                mark, style = "?", "yellow"
            self.line(f"  {mark} {each.get('question')}", style)
            self.line(f"      {each.get('answer')}", "dim")

    def asked(self, steps: JsonValue) -> None:
        """What a person is asked to approve."""
        for step in objects(steps):
            self.line(f"    {step.get('action')}: {step.get('target')}. {step.get('why')}")

    def changes(self, outcome: Outcome) -> None:
        """What was changed, and what was refused."""
        for change in outcome.changes:
            status = str(change.get("status"))
            ledger = f"  ledger {str(change['ledgerId'])[:8]}" if change.get("ledgerId") else ""
            about = f": {short(change['target'])}" if change.get("target") else ""
            self._put(
                Text(f"  {status:<10}", style=_CHANGE_STYLES.get(status, "")),
                Text.assemble(f"{change.get('action')}{about}", (ledger, "dim")),
            )
            refusal = change.get("refusal")
            if isinstance(refusal, dict):
                told = f"{refusal.get('detail')} {refusal.get('instead') or ''}".rstrip()
                self.line(f"            {told}", "yellow")

    def tenant(self, lab: Lab) -> None:
        """What changed in the simulated tenant, in the words of its audit log."""
        if not lab.state.changes:
            self.line("  Nothing changed in the tenant.")
        for change in lab.state.changes:
            details = ", ".join(f"{name} {value}" for name, value in change.details.items())
            self._put(
                f"  {change.operation:<42} ",
                Text(f"{change.target}{f' ({details})' if details else ''}"),
            )
