"""One case judged: what the verdict says of it, and what the rivals say."""

from dataclasses import dataclass

from pydantic import JsonValue

from bench.verdict.labelled import Entry, Label, LabelledCase, Unreadable, printable
from bench.verdict.rivals import RIVALS, seen
from bench.verdict.setting import setting
from triage.case import Case
from triage.finding import Investigation, investigate
from triage.findings import find
from triage.verdict import Classification, Confidence, Verdict, judge

BENIGN = ("falsePositive", "informationalExpectedActivity")


@dataclass(frozen=True)
class Judged:
    """What came of one case. One that could not be read is nobody's to clear: a person looks."""

    id: str
    label: Label
    where: str
    hard: bool = False
    classification: Classification = "undetermined"
    confidence: Confidence = "low"
    findings: tuple[str, ...] = ()
    suspicious: bool = True
    unreadable: str = ""
    """Why it could not be read or judged; empty for one that was judged."""
    broke: bool = False
    """The judgement itself failed, which it never may."""
    called: tuple[str, ...] = ()
    """The keys of the rivals that would have raised it."""

    @property
    def right(self) -> bool | None:
        """Whether it was told apart as its label says; None where the label does not say."""
        if self.label == "unknown":
            return None
        return not self.unreadable and self.suspicious == (self.label == "malicious")

    @property
    def cleared_wrongly(self) -> bool:
        """A malicious case that was graded benign."""
        return self.label == "malicious" and self.classification in BENIGN

    @property
    def convicted_wrongly(self) -> bool:
        """A benign case that was graded a true positive."""
        return self.label == "benign" and self.classification == "truePositive"

    def document(self) -> dict[str, JsonValue]:
        """As the JSON has it."""
        found: dict[str, JsonValue] = {
            "id": self.id,
            "label": self.label,
            "classification": self.classification,
            "confidence": self.confidence,
            "findings": list[JsonValue](self.findings),
            "suspicious": self.suspicious,
            "unreadable": bool(self.unreadable),
            "where": self.where,
        }
        return found | ({"reason": self.unreadable} if self.unreadable else {})


@dataclass(frozen=True)
class Opinion:
    """A verdict with what it was reached on."""

    case: Case
    investigation: Investigation
    verdict: Verdict


def opinion(labelled: LabelledCase) -> Opinion:
    """The verdict on a case. Raises Unreadable."""
    case = setting(labelled)
    investigation = investigate(case)
    return Opinion(case, investigation, judge(investigation, find(investigation)))


def judged(entry: Entry) -> Judged:
    """Judges an entry; whatever it holds, this never fails."""
    if entry.case is None:
        return Judged(entry.id, entry.label, entry.where, unreadable=entry.unreadable)
    hard = entry.case.hard
    try:
        found = opinion(entry.case)
        before_them = seen(found.case)
        called = tuple(each.key for each in RIVALS if each.calls(before_them))
    except Unreadable as error:
        return Judged(entry.id, entry.label, entry.where, hard, unreadable=str(error))
    except Exception as error:  # A case that breaks the judgement is a result, too.
        told = printable(f"The judgement failed: {type(error).__name__}: {str(error)[:200]}")
        return Judged(entry.id, entry.label, entry.where, hard, unreadable=told, broke=True)
    verdict = found.verdict
    return Judged(
        id=entry.id,
        label=entry.label,
        where=entry.where,
        hard=hard,
        classification=verdict.classification,
        confidence=verdict.confidence,
        findings=tuple(dict.fromkeys(each.id for each in verdict.findings)),
        suspicious=verdict.suspicious,
        called=called,
    )
