"""The rules of a mailbox, made one list of what Graph and Exchange each show of them."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias

from evidence.folder import Folder
from evidence.inbox_rule import InboxRule, RuleSource

_Likeness: TypeAlias = tuple[object, ...]


def merge(
    graph: Sequence[InboxRule] | None,
    exchange: Sequence[InboxRule] | None,
    *,
    cut_short: Collection[RuleSource] = (),
) -> tuple[InboxRule, ...]:
    """One list from both listings; None is a source that could not be asked.

    The two sources share no id, so a rule is recognised by its name, then by its place and by what
    it does. A rule that only `-IncludeHidden` shows is hidden from its owner's ordinary view. Of a
    listing that was `cut_short`, nobody knows what else it would have shown.
    """
    twins = _Twins(exchange or ())
    merged: list[InboxRule] = []
    for rule in graph or ():
        twin = twins.take(rule)
        if twin is not None:
            merged.append(_joined(rule, twin))
            continue
        hidden = None if exchange is None or "exchange" in cut_short else False
        merged.append(rule.model_copy(update={"hidden": hidden}))
    hidden = None if graph is None or "graph" in cut_short else True
    merged += [
        rule.model_copy(update={"hidden": rule.system or hidden}) for rule in twins.untaken()
    ]
    return tuple(sorted(merged, key=lambda rule: (rule.sequence is None, rule.sequence or 0)))


class _Twins:
    """The rules of one listing, each to be taken by the rule of the other that is most like it.

    Each likeness has a queue of its own, so that thousands of rules of one name are matched in one
    pass: anybody can make them.
    """

    def __init__(self, rules: Sequence[InboxRule]) -> None:
        self._rules = rules
        self._taken: set[int] = set()
        self._alike: dict[_Likeness, deque[int]] = {}
        for place, rule in enumerate(rules):
            for likeness in _likenesses(rule):
                self._alike.setdefault(likeness, deque()).append(place)

    def take(self, rule: InboxRule) -> InboxRule | None:
        """The first of those most like the rule; None without a namesake."""
        for likeness in _likenesses(rule):
            alike = self._alike.get(likeness, deque())
            while alike:
                place = alike.popleft()
                if place not in self._taken:
                    self._taken.add(place)
                    return self._rules[place]
        return None

    def untaken(self) -> Iterator[InboxRule]:
        """Those that have no twin."""
        return (rule for place, rule in enumerate(self._rules) if place not in self._taken)


def _likenesses(rule: InboxRule) -> tuple[_Likeness, ...]:
    """In what two rules may be alike, the most telling first; less than a name is nothing."""
    name, place, deeds = rule.name.strip(), rule.sequence, _signature(rule)
    return (name, place, deeds), (name, deeds), (name, place), (name,)


def _signature(rule: InboxRule) -> tuple[bool | int, ...]:
    return (
        rule.deletes,
        rule.move_to is not None,
        rule.marks_read,
        len(rule.destinations),
        len(rule.conditions.words),
    )


def _joined(rule: InboxRule, twin: InboxRule) -> InboxRule:
    """One rule from both sources: what one of them does not show of it, the other may."""
    return rule.model_copy(
        update={
            "hidden": False,
            "seen_by": ("graph", "exchange"),
            "exchange_id": twin.exchange_id,
            "in_error": rule.in_error or twin.in_error,
            "system": rule.system and twin.system,
            "conditions": twin.conditions if rule.conditions.none_set else rule.conditions,
            "exceptions": twin.exceptions if rule.exceptions.none_set else rule.exceptions,
            "forward_to": max(rule.forward_to, twin.forward_to, key=len),
            "forward_as_attachment_to": max(
                rule.forward_as_attachment_to, twin.forward_as_attachment_to, key=len
            ),
            "redirect_to": max(rule.redirect_to, twin.redirect_to, key=len),
            "deletes": rule.deletes or twin.deletes,
            "marks_read": rule.marks_read or twin.marks_read,
            "stops_processing": rule.stops_processing or twin.stops_processing,
            "move_to": _one_folder(rule.move_to, twin.move_to),
            "copy_to": _one_folder(rule.copy_to, twin.copy_to),
            "raw": {**rule.raw, **twin.raw},
        }
    )


def _one_folder(folder: Folder | None, named: Folder | None) -> Folder | None:
    """Graph gives the folder's id, Exchange its name."""
    if folder is None or named is None:
        return folder or named
    return folder.model_copy(update={"name": folder.name or named.name})
