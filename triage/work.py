"""The work on an alert: what was done, what is left for Mailwarden, a person's yes, or a hand."""

from collections.abc import Iterable, Iterator, Sequence

from evidence.model import Evidence
from triage.deeds import MADE, Deed
from triage.plan import Plan, Step


class Work(Evidence):
    """The plan, held against what was done since it was made."""

    done: tuple[Deed, ...]
    """Each change once, in the order of the answers; planned and refused ones too."""
    failed: tuple[Deed, ...]
    """Refused for good, or failed, and not made since: a person has to see to it."""
    by_hand: tuple[str, ...]
    """What no action does, in sentences."""
    to_do: tuple[Step, ...]
    """What is not yet done of what needs nobody's approval."""
    to_approve: tuple[Step, ...]


def work(plan: Plan, done: Sequence[Deed] = ()) -> Work:
    """What is done and what is left."""
    return Work(
        done=tuple(_told_once([deed for deed in done if not deed.by_hand])),
        failed=tuple(deed for deed in done if deed.by_hand and not _was_made(deed, done)),
        by_hand=plan.by_hand,
        to_do=_open((*plan.reflex, *plan.contain), done),
        to_approve=_open(plan.destroy, done),
    )


def _open(steps: Iterable[Step], done: Iterable[Deed]) -> tuple[Step, ...]:
    """The steps that nothing settled; one that the reflex and the plan share is one step."""
    unsettled = (step for step in steps if not any(deed.settles(step) for deed in done))
    return tuple({(step.action, step.target): step for step in unsettled}.values())


def _was_made(refused: Deed, done: Iterable[Deed]) -> bool:
    """Whether what was refused or failed was made after all, when asked for again."""
    what = (refused.action, refused.target)
    return any(what == (deed.action, deed.target) and deed.status in MADE for deed in done)


def _told_once(done: Sequence[Deed]) -> Iterator[Deed]:
    """A change that was asked for again, and was there already, is told as it was made."""
    made = {(deed.action, deed.target) for deed in done if deed.status == "done"}
    for deed in done:
        if deed.status != "unchanged" or (deed.action, deed.target) not in made:
            yield deed
