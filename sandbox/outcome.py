"""What a run of the playbook found and did, gathered from its record."""

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from sandbox.tenant.part import JsonObject
from sandbox.workflow import ActionRecord, Run, Status

_GRADES = ("Grade_after_approval", "Grade_with_changes", "Grade")
_READS = (
    "Get_organization",
    "List_inbox_rules",
    "Get_mailbox_forwarding",
    "List_transport_rules",
    "List_sign_ins",
    "Get_user_risk",
    "List_sign_ins_of_actor",
    "Get_user_risk_of_actor",
    "Run_hunt_of_actor",
    "Run_powers_hunt_of_actor",
    "Read",
    "Further_read",
)

_NOTHING: JsonObject = {}


class Outcome:
    """A finished run of the email-forwarding playbook."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.indicators = member(_body(run.named("Parse_incident")), "result")
        grades = (member(_body(run.named(name)), "result") for name in _GRADES)
        self.grade: JsonObject = next((each for each in grades if each), _NOTHING)
        self.changes = list(_changes(run.actions))

    @property
    def verdict(self) -> JsonObject:
        """The verdict of the last grade; empty when the alert could not be graded."""
        return member(self.grade, "verdict")

    @property
    def forwarder(self) -> str:
        """Whose mailbox it is about; empty when nobody was named."""
        found = member(self.indicators, "forwarder")
        return str(found.get("userPrincipalName") or found.get("mail") or "")

    @property
    def by_hand(self) -> list[str]:
        """What the grade leaves to a person, because no action does it."""
        told = member(self.grade, "plan").get("byHand")
        return [each for each in told if isinstance(each, str)] if isinstance(told, list) else []

    @property
    def evidence(self) -> JsonObject:
        """What each read answered last, gaps included, by action; the hunts and whoever else acted
        by their names."""
        found: JsonObject = {}
        for record in self.run.actions:
            if record.name in _READS and record.status is not Status.SKIPPED:
                answer = body_of(record)
                result = member(answer, "result")
                names = (answer.get("action") or record.name, result.get("hunt"))
                parts = (*names, self._actor(record))
                found[":".join(str(part) for part in parts if part)] = answer
        return found

    def _actor(self, record: ActionRecord) -> JsonValue:
        """About whom a read was, where it was about somebody other than the forwarder."""
        if not record.name.endswith("_of_actor"):
            return None
        *round_, place = record.iteration
        asked = (each for each in self.run.named("Who_acted") if list(each.iteration) == round_)
        actors = member(_body(asked), "result").get("actors")
        return actors[place] if isinstance(actors, list) else None

    @property
    def known(self) -> JsonObject:
        """What the last grade was made from, with what the changes answered: the request of
        `build_report`. Empty when nothing was read."""
        read = next((each.outputs for each in reversed(self.run.named("Case"))), None)
        if not isinstance(read, dict):
            return _NOTHING
        names = ("asOf", "indicators", "answers", "actors")
        changes = list[JsonValue](_change_answers(self.run.actions))
        return {**{name: read[name] for name in names if name in read}, "changes": changes}

    def document(self) -> JsonObject:
        """The outcome as `--json` writes it."""
        shown = (
            *("classification", "determination", "confidence", "summary"),
            *("findings", "weightiest", "changesIt"),
        )
        return {
            "indicators": self.indicators,
            "evidence": self.evidence,
            "verdict": {name: self.verdict.get(name) for name in shown},
            "questions": self.grade.get("questions") or [],
            "changes": list[JsonValue](self.changes),
            "byHand": list[JsonValue](self.by_hand),
            "timeline": self.grade.get("timeline") or [],
            "gaps": self.grade.get("gaps") or [],
            "run": {"id": self.run.id, "status": self.run.status.value},
        }


def body_of(record: ActionRecord) -> JsonObject:
    """The body of an HTTP action's answer; empty when there was none."""
    return member(record.outputs, "body")


def member(value: JsonValue, name: str) -> JsonObject:
    """A JSON object inside another; empty where it is not one."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _body(records: Iterable[ActionRecord]) -> JsonObject:
    """The last body among the records of one action."""
    answers = reversed(list(records))
    return next((body for record in answers if (body := body_of(record))), _NOTHING)


def _change_answers(records: Iterable[ActionRecord]) -> Iterator[JsonObject]:
    """What every change that was asked for answered, in the order of the answers."""
    for record in sorted(records, key=lambda each: each.end or each.start):
        answer = body_of(record)
        is_answered = "undoKind" in member(answer, "result")
        if is_answered or (answer.get("action") and _is_failed_change(record)):
            yield answer


def _changes(records: Iterable[ActionRecord]) -> Iterator[JsonObject]:
    """Every change that was asked for, in a few words each."""
    for answer in _change_answers(records):
        result = member(answer, "result")
        if "undoKind" in result:
            yield {
                "action": answer.get("action"),
                "target": result.get("target"),
                "status": answer.get("status"),
                "ledgerId": result.get("ledgerId"),
                "refusal": result.get("refusal"),
            }
        else:
            yield {
                "action": answer.get("action"),
                "target": answer.get("target"),
                "status": "failed",
                "ledgerId": None,
                "refusal": {"detail": answer.get("detail")},
            }


def _is_failed_change(record: ActionRecord) -> bool:
    judging = (*_READS, *_GRADES, "Suspect", "Who_acted", "Parse_incident")
    return record.status in (Status.FAILED, Status.TIMED_OUT) and record.name not in judging
