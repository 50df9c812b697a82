"""What was done about the alert, as the changing actions answered it."""

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from evidence.model import Evidence
from evidence.reading import get, text
from triage.plan import Step

MADE = ("done", "unchanged")
"""It is now as it was to be."""
_UNKNOWN = "no answer came, so it may have been made or not: look, or send the same request again"


class Deed(Evidence):
    """One change: made, planned, refused, failed, or nobody knows."""

    action: str
    target: str
    status: str
    """`done`, `unchanged`, `planned`, `refused`, `unknown` or `failed`."""
    detail: str = ""
    """Why it was refused and what to do instead, why it failed, or what to do about what is
    unknown."""
    by_hand: bool = False
    """Refused for good, whoever approves, or failed: a person has to see to it."""
    ledger_id: str = ""
    """By which `undo` takes it back; empty where there is no way back."""
    entry: str = ""
    """The id of its entry in the ledger, whether or not there is a way back."""
    undo: str = ""
    """How far it can be undone: `exact`, `equivalent` or `none`; empty when unknown."""

    def settles(self, step: Step) -> bool:
        """Whether nothing of the step is left for Mailwarden to do."""
        same = self.action == step.action and self.target.casefold() == step.target.casefold()
        return same and (self.by_hand or self.status in MADE)


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
            failed = text(answer, "target") or ""
            yield Deed(
                action=action, target=failed, status="failed", detail=why, by_hand=bool(failed)
            )
        else:
            status = text(answer, "status") or "done"
            refusal = get(answer, "result", "refusal")
            why = " ".join(filter(None, (text(refusal, "detail"), text(refusal, "instead"))))
            yield Deed(
                action=action,
                target=target,
                status=status,
                detail=_UNKNOWN if status == "unknown" else why,
                by_hand=status == "refused" and text(refusal, "liftedBy") is None,
                ledger_id=_way_back(answer) if status in MADE else "",
                entry=text(answer, "result", "ledgerId") or "",
                undo=text(answer, "result", "undoKind") or "",
            )


def _way_back(answer: JsonValue) -> str:
    undoable = text(answer, "result", "undoKind") in ("exact", "equivalent")
    return (text(answer, "result", "ledgerId") or "") if undoable else ""
