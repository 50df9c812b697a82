"""Telling a run on a terminal: the alert, each step, the evidence, the verdict, the changes."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from sandbox.lab import Lab
from sandbox.outcome import Outcome, body_of, member
from sandbox.tenant.part import JsonObject
from sandbox.workflow import ActionRecord, Status

_STEPS = ("Http", "HttpWebhook", "ApiConnection")
_MARKS = {Status.SUCCEEDED: ("✓", "green"), Status.FAILED: ("✗", "red")}
_VERDICT_STYLES = {
    "truePositive": "bold white on red",
    "falsePositive": "bold black on green",
    "informationalExpectedActivity": "bold black on green",
    "undetermined": "bold black on yellow",
}
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
                f"  {self._at(record.end or record.start)} {_span(took):>8}  ", (mark, style), " "
            ),
            Text.assemble(f"{record.name.replace('_', ' '):<26} ", (_gist(record), "dim")),
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
        return f"+{_span((moment - self._began).total_seconds()):>8}"

    def incident(self, trigger: JsonObject) -> None:
        """The incident as Sentinel hands it over, and its alerts."""
        properties = member(member(trigger, "object"), "properties")
        alerts = [member(alert, "properties") for alert in _objects(properties.get("alerts"))]
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
                ("recipients", _listed(found.get("recipients"))),
                ("messages", _listed(found.get("networkMessageIds"))),
                ("forwarding type", str(found.get("forwardingType") or "")),
                ("not in the alert", _spelled(_listed(found.get("missing")))),
            ]
        )

    def evidence(self, answers: JsonObject) -> None:
        """The rules and forwarding that reads answered with; what was not seen is never "none"."""
        for title, lines, complete in _evidence(answers):
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
        """What was not seen, and why."""
        for gap in _objects(outcome.grade.get("gaps")):
            self.line(
                f"  not seen: {gap.get('source')} ({gap.get('reason')}): {gap.get('detail')}",
                "yellow",
            )

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
        for finding in _objects(verdict.get("findings")):
            weight = finding.get("weight")
            number = weight if isinstance(weight, int) else 0
            colour = "red" if number > 0 else "green" if number < 0 else "dim"
            self._put(
                Text(f"  {number:+4} ", style=colour),
                Text.assemble((f"{finding.get('family')}: ", "dim"), str(finding.get("sentence"))),
            )

        for advice in outcome.by_hand:
            self.line(f"  to do by hand: {advice}", "yellow")

    def questions(self, outcome: Outcome) -> None:
        """The playbook's questions and their answers."""
        for each in _objects(outcome.grade.get("questions")):
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
        for step in _objects(steps):
            self.line(f"    {step.get('action')}: {step.get('target')}. {step.get('why')}")

    def changes(self, outcome: Outcome) -> None:
        """What was changed, and what was refused."""
        for change in outcome.changes:
            status = str(change.get("status"))
            ledger = f"  ledger {str(change['ledgerId'])[:8]}" if change.get("ledgerId") else ""
            about = f": {_short(change['target'])}" if change.get("target") else ""
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


def _gist(record: ActionRecord) -> str:
    """What a step answered, in a few words."""
    answer = body_of(record)
    result = member(answer, "result")
    if record.type == "HttpWebhook" and record.status is Status.TIMED_OUT:
        return "nobody answered in time, which means no"
    if record.error is not None or record.status is Status.FAILED:
        told = [str(answer[name]) for name in ("target", "detail") if answer.get(name)]
        return ": ".join(told) or (record.error.message if record.error else "")
    if record.type == "HttpWebhook":
        return str(answer.get("status") or "")
    gaps = ", ".join(
        f"{gap.get('source')}: {gap.get('reason')}" for gap in _objects(answer.get("gaps"))
    )
    words = str(answer.get("status") or "")
    if "rules" in result:
        words = _counted(result["rules"], "rule") if result["rules"] or not gaps else ""
    elif "signIns" in result:
        addresses = _counted(result.get("history"), "address")
        words = f"{_counted(result['signIns'], 'sign-in')}, {addresses}"
    elif "hunt" in result:
        words = f"{result['hunt']}: {_counted(result.get('rows'), 'row')}"
    elif "verdict" in result:
        words = _judged(record.name, result)
    elif "target" in result:
        words = f"{words}: {_short(result.get('target'))}"
    elif "forwarder" in result:
        forwarder = member(result, "forwarder")
        named = forwarder.get("userPrincipalName") or forwarder.get("mail") or "nobody"
        recipients = _listed(result.get("recipients"))
        words = f"{named} forwards to {recipients}" if recipients else f"{named}, no recipient"
    elif "acceptedDomains" in result:
        words = f"{result.get('displayName')}: {_listed(result['acceptedDomains'])}"
    elif "keepsCopy" in result:
        words = "; ".join(_forwarding(result)) or ("" if gaps else "no forwarding")
    elif "detections" in result:
        words = f"risk {result.get('level')}, {_counted(result['detections'], 'detection')}"
    unseen = [f"not seen: {gaps}"] if gaps else []
    return "; ".join([words, *unseen] if words else unseen)


def _judged(name: str, grade: JsonObject) -> str:
    """What a grade was asked for: who acted, what to stop on suspicion, or the verdict."""
    if name == "Who_acted":
        return _listed(grade.get("actors")) or "nobody else"
    if name == "Suspect":
        reflex = _objects(member(grade, "plan").get("reflex"))
        wanted = ", ".join(str(step.get("target")) for step in reflex)
        return f"to be stopped: {wanted}" if wanted else "nothing seen yet to be stopped"
    return str(member(grade, "verdict").get("classification"))


def _evidence(answers: JsonObject) -> Iterable[tuple[str, list[str], bool]]:
    """What kind, the things of it that were seen, and whether that is all of them."""

    def read(action: str) -> tuple[JsonObject, bool]:
        answer = member(answers, action)
        return member(answer, "result"), answer.get("complete") is True

    found, complete = read("list_inbox_rules")
    yield "Inbox rules", [_rule(rule) for rule in _objects(found.get("rules"))], complete
    found, complete = read("get_mailbox_forwarding")
    yield "Mailbox forwarding", _forwarding(found), complete
    found, complete = read("list_transport_rules")
    copying = [rule for rule in _objects(found.get("rules")) if _objects(rule.get("copies"))]
    yield "Transport rules that copy mail", [_transport_rule(rule) for rule in copying], complete


def _forwarding(forwarding: JsonObject) -> list[str]:
    ways = (member(forwarding, name) for name in ("forwardingAddress", "forwardingSmtpAddress"))
    kept = "a copy is kept" if forwarding.get("keepsCopy") else "no copy is kept"
    return [f"to {_destination(way)}, {kept}" for way in ways if way]


def _rule(rule: JsonObject) -> str:
    destinations = [
        _destination(each)
        for name in ("forwardTo", "forwardAsAttachmentTo", "redirectTo")
        for each in _objects(rule.get(name))
    ]
    does = [f"sends to {', '.join(destinations)}"] if destinations else []
    if rule.get("deletes"):
        does.append("deletes")
    if folder := member(rule, "moveTo"):
        does.append(f"moves to {folder.get('name')}")
    if rule.get("marksRead"):
        does.append("marks read")
    marks = [
        word
        for word, holds in (
            ("HIDDEN", rule.get("hidden") is True and not rule.get("system")),
            ("disabled", rule.get("enabled") is False),
            ("kept by Exchange", rule.get("system") is True),
        )
        if holds
    ]
    note = f" [{', '.join(marks)}]" if marks else ""
    return f"“{rule.get('name')}”{note}: {', '.join(does) or 'neither sends nor hides'}"


def _transport_rule(rule: JsonObject) -> str:
    copies = ", ".join(
        f"{copy.get('way')} {_destination(member(copy, 'destination')) or copy.get('detail')}"
        for copy in _objects(rule.get("copies"))
    )
    state = "" if rule.get("enabled") else " [disabled]"
    return f"“{rule.get('name')}”{state}: {copies}"


def _destination(destination: JsonObject) -> str:
    finals = ", ".join(map(_final, _objects(destination.get("finals"))))
    return finals or str(destination.get("written") or "")


def _final(final: JsonObject) -> str:
    notes = ["internal"] if final.get("internal") else []
    notes += [str(final["via"])] if final.get("via") else []
    return f"{final.get('address')} ({', '.join(notes)})" if notes else str(final.get("address"))


def _objects(value: JsonValue) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _listed(value: JsonValue) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else ""


def _counted(values: JsonValue, noun: str) -> str:
    number = len(_objects(values))
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _short(value: JsonValue) -> str:
    """A target without the path of an incident's ARM id."""
    words = str(value or "").split(" ")
    return " ".join(word.rpartition("/")[2] if "/" in word else word for word in words)


def _spelled(names: str) -> str:
    """Field names as words: `forwardingType` is the forwarding type."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", names)


def _span(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds:.2f} s"
