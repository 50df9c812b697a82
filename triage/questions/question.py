"""A question of the analyst's, what answers it, and its answer. What was not seen is no "no"."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evidence.model import Evidence
from triage.case import Case, CaseGap
from triage.finding import Finding, Investigation
from triage.verdict import Verdict
from triage.wording import listed, moment

Findings = tuple[Finding, ...]
Answering = Callable[[Investigation, Findings], Iterable[str]]
"""What the evidence has to say to a question: sentences, or none when nothing was found."""


class Answer(Evidence):
    """One question, answered as far as could be seen."""

    id: str
    question: str
    answer: str
    complete: bool
    """False: something that bears on the answer was not seen."""
    found: bool
    """Whether what was seen answers it; then what was not seen can only add to it."""
    asked: bool = True
    """False: there was nothing to ask about, and the answer says why."""
    sources: tuple[str, ...]
    """The actions and hunts that answer it."""
    unseen: tuple[str, ...] = ()
    """What of them was not seen, and why."""


def _always(_: Investigation) -> str:
    return ""


def _plainly(_: Investigation, __: Verdict) -> str:
    return ""


@dataclass(frozen=True)
class Question:
    """What Microsoft's playbooks have an analyst ask."""

    id: str
    wording: str
    covers: tuple[str, ...]
    """Ids of `playbook_items.ITEMS` that it answers, wholly or in part."""
    sources: tuple[str, ...]
    """Actions and hunts; only when all were seen whole is the answer complete."""
    found: Answering
    nothing: str
    """The answer when everything was seen and nothing found."""
    instead: tuple[str, ...] = ()
    """What answers it as well, where the sources do not."""
    beside: tuple[str, ...] = ()
    """Hunts that a source makes and that do not bear on the answer: their gaps do not count."""
    of_messages: tuple[str, ...] = ()
    """Further actions, which can be asked only where the alert names messages."""
    no_subject: Callable[[Investigation], str] = _always
    """Why there is nothing to ask about; empty when there is something."""
    silent: bool = False
    """Finding nothing does not mean that there is nothing: the answer is then not known."""
    opening: Callable[[Investigation, Verdict], str] = _plainly
    """What comes before what was found."""

    def answered(
        self, investigation: Investigation, findings: Findings, verdict: Verdict
    ) -> Answer:
        """The answer, which says what was not seen."""
        found = " ".join(dict.fromkeys(self.found(investigation, findings)))
        no_subject = "" if found else self.no_subject(investigation)
        unseen = () if no_subject else self._unseen(investigation.case)
        opened = f"{self.opening(investigation, verdict)}{found}" if found else ""
        if no_subject:
            said = no_subject
        elif unseen:
            missing = listed(unseen)
            said = (
                f"{opened} This may not be all: {missing}." if found else f"Not known: {missing}."
            )
        else:
            said = opened or self.nothing
        return Answer(
            id=self.id,
            question=self.wording,
            answer=said,
            complete=not unseen and not (self.silent and not found and not no_subject),
            found=bool(found),
            asked=not no_subject,
            sources=(*self.sources, *self.instead, *self.of_messages),
            unseen=unseen,
        )

    def _unseen(self, case: Case) -> tuple[str, ...]:
        further = self.of_messages if case.indicators.network_message_ids else ()
        unseen = unseen_of(case, (*self.sources, *further), self.beside)
        if not self.instead:
            return unseen
        return min(unseen, unseen_of(case, self.instead, self.beside), key=len)


def unseen_of(
    case: Case, sources: tuple[str, ...], beside: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """What of these actions and hunts was not seen, and why; `beside` names hunts to pass over."""
    passed_over = tuple(f"Hunt {hunt} (" for hunt in beside)
    reported = (
        _told(gap) for gap in case.gaps_of(*sources) if not gap.source.startswith(passed_over)
    )
    unasked = (f"{source} was not asked" for source in case.unasked(*sources))
    return tuple(dict.fromkeys((*reported, *unasked)))


def _told(gap: CaseGap) -> str:
    if gap.reason == "notAsked":
        return f"{gap.source} was not asked"
    if gap.reason == "lag" and gap.fresh_until is not None:
        return f"{gap.source} is complete only until {moment(gap.fresh_until)}"
    return f"{gap.source} could not be seen ({gap.reason})"
