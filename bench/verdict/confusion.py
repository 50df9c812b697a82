"""How often detections call what is malicious, and leave alone what is benign."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from bench.measured import Grid
from bench.verdict.judging import BENIGN, Judged
from bench.verdict.rivals import RIVALS

_GRADES = ("true positive", "undetermined", "benign", "unreadable")


@dataclass(frozen=True)
class Detection:
    """Mailwarden or a rival, and whether it calls a case."""

    key: str
    name: str
    calls: Callable[[Judged], bool]


@dataclass(frozen=True)
class Confusion:
    """What a detection made of the labelled cases. What could not be read, nobody got right."""

    detection: Detection
    malicious_called: int
    malicious_missed: int
    benign_called: int
    benign_left: int
    unread: int
    hard: int
    """Cases that are made to be mistaken for their opposite, and were read."""
    hard_right: int

    @property
    def right(self) -> int:
        """The cases that were told apart as their labels say."""
        return self.malicious_called + self.benign_left

    @property
    def wrong(self) -> int:
        """All others, those that could not be read among them."""
        return self.malicious_missed + self.benign_called + self.unread

    @property
    def share_right(self) -> float:
        """Of all labelled cases; one where there is none."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    def document(self) -> dict[str, JsonValue]:
        """As the JSON has it."""
        return {
            "maliciousCalled": self.malicious_called,
            "maliciousMissed": self.malicious_missed,
            "benignCalled": self.benign_called,
            "benignLeft": self.benign_left,
            "shareRight": self.share_right,
            "hardRight": self.hard_right,
            "hard": self.hard,
        }


OURS = Detection("mailwarden", "Mailwarden", lambda each: each.suspicious)


def detections() -> tuple[Detection, ...]:
    """Mailwarden first, then its rivals."""
    return (OURS, *(Detection(each.key, each.name, _by(each.key)) for each in RIVALS))


def _by(key: str) -> Callable[[Judged], bool]:
    return lambda each: key in each.called


def confusion(detection: Detection, found: Iterable[Judged]) -> Confusion:
    """Counts a detection's calls on the labelled cases."""
    labelled = [each for each in found if each.label != "unknown"]
    read = [each for each in labelled if not each.unreadable]
    counts = Counter((each.label, detection.calls(each)) for each in read)
    hard = [each for each in read if each.hard]
    return Confusion(
        detection=detection,
        malicious_called=counts["malicious", True],
        malicious_missed=counts["malicious", False],
        benign_called=counts["benign", True],
        benign_left=counts["benign", False],
        unread=len(labelled) - len(read),
        hard=len(hard),
        hard_right=sum(detection.calls(each) == (each.label == "malicious") for each in hard),
    )


def confusion_grid(confusions: Sequence[Confusion]) -> Grid:
    """The detections side by side."""
    columns = (
        "detection",
        "malicious: called",
        "missed",
        "benign: called",
        "left alone",
        "right",
        "hard ones right",
    )
    rows = [
        (
            each.detection.name,
            str(each.malicious_called),
            str(each.malicious_missed),
            str(each.benign_called),
            str(each.benign_left),
            f"{each.share_right:.1%}",
            f"{each.hard_right} of {each.hard}",
        )
        for each in confusions
    ]
    return Grid("Who is called to look", columns, rows)


def grades_grid(found: Sequence[Judged]) -> Grid:
    """How Mailwarden graded the cases of each label."""
    counts = Counter((each.label, _grade(each)) for each in found)
    rows = [
        (label, *(str(counts[label, grade]) for grade in _GRADES))
        for label in ("malicious", "benign", "unknown")
    ]
    return Grid("How Mailwarden graded", ("label", *_GRADES), rows)


def _grade(judged: Judged) -> str:
    if judged.unreadable:
        return "unreadable"
    if judged.classification in BENIGN:
        return "benign"
    return {"truePositive": "true positive"}.get(judged.classification, "undetermined")
