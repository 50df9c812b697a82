"""What was done about the alert, as the changing actions answered it."""

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from evidence.model import Evidence
from evidence.reading import text
from triage.plan import Step

_SETTLED = ("done", "unchanged")


class Deed(Evidence):
    """One change, made, planned, refused or failed."""

    action: str
    target: str
    status: str
    """`done`, `unchanged`, `planned`, `refused` or `failed`."""
    detail: str = ""
    """Why it was refused or failed."""

    def settles(self, step: Step) -> bool:
        """Whether nothing of the step is left to do."""
        same = self.action == step.action and self.target.casefold() == step.target.casefold()
        return same and self.status in _SETTLED


def deeds(answers: Iterable[JsonValue]) -> tuple[Deed, ...]:
    """Reads the answers of changes; a call that failed counts as failed, rubbish as nothing."""
    return tuple(_read(answers))


def _read(answers: Iterable[JsonValue]) -> Iterator[Deed]:
    for answer in answers:
        action = text(answer, "action")
        if action is None:
            continue
        target = text(answer, "result", "target")
        if target is None:
            why = text(answer, "detail") or text(answer, "title") or "no answer"
            yield Deed(action=action, target="", status="failed", detail=why)
        else:
            refusal = text(answer, "result", "refusal", "detail") or ""
            status = text(answer, "status") or "done"
            yield Deed(action=action, target=target, status=status, detail=refusal)
