"""What a rule does to mail, in the terms that judgement needs; used by findings and verdict."""

from collections.abc import Iterable, Iterator
from typing import Literal

from evidence import addresses
from evidence.inbox_rule import InboxRule, RuleConditions
from triage import folders
from triage.change import WayKind
from triage.ways import Way

_IN_EVERY_MESSAGE = 1
"""The length of a word that practically every message holds: one letter, a dot, an at-sign."""
_MARKS = frozenset(
    "assigncategories applycategory applysystemcategory deletesystemcategory markimportance "
    "pinmessage".split()
)
"""Actions of Graph's and of Exchange's that mark a message where it lies."""
_NEGLIGIBLE_SIZE = 1
"""Kilobytes; no message is smaller."""


def deletes(rule: InboxRule) -> bool:
    """Whether the rule deletes mail, be it by moving it to Deleted Items."""
    moved_away = rule.move_to is not None and folders.is_deleted_items(rule.move_to)
    return rule.deletes or moved_away


def buries(rule: InboxRule) -> Literal["buried", "quiet"] | None:
    """Whether mail goes to a folder that nobody reads, or to one seldom read.

    A rule on RSS subscriptions may use their folder.
    """
    if rule.move_to is None or "fromsubscription" in {o.lower() for o in rule.conditions.others}:
        return None
    if folders.is_buried(rule.move_to):
        return "buried"
    return "quiet" if folders.is_quiet(rule.move_to) else None


def covers(rule: InboxRule) -> bool:
    """Whether the owner will not see the mail: deleted, or put where nobody looks."""
    return deletes(rule) or buries(rule) == "buried"


def untold_actions(rule: InboxRule) -> tuple[str, ...]:
    """What a rule does besides, and not merely to mark mail: a program, a form, a text message."""
    return tuple(name for name in rule.other_actions if name.lower() not in _MARKS)


def sends_or_hides(rule: InboxRule) -> bool:
    """Whether conditions matter: an ordinary filing rule may look for invoices."""
    return bool(rule.destinations) or deletes(rule) or buries(rule) is not None


def matches_everything(conditions: RuleConditions) -> bool:
    """Whether every message meets the conditions."""
    if conditions.none_set:
        return True
    rest = (*conditions.sent_to_addresses, *conditions.from_addresses, *conditions.others)
    looked_for = (*conditions.words, *conditions.sender_contains, *conditions.recipient_contains)
    if rest or (conditions.minimum_size or 0) > _NEGLIGIBLE_SIZE:
        return False
    return all(len(word.strip()) <= _IN_EVERY_MESSAGE for word in looked_for)


_THROUGH: dict[WayKind, str] = {
    "ETR": "the outbound connector “{}”",
    "connector": "the host {}",
    "flow": "whatever “{}” reaches",
}


def unnamed_recipients(way: Way) -> tuple[str, ...]:
    """To whom a way that is switched on sends mail without saying an address."""
    if not way.active:
        return ()
    copies = way.transport.copies if way.transport else ()
    managers = [
        f"each sender's manager ({copy.detail})"
        for copy in copies
        if copy.way == "AddManagerAsRecipientType"
    ]
    written = _THROUGH.get(way.kind, "{}")
    return (*managers, *(written.format(name) for name in way.through))


def nameless(way: Way) -> bool:
    """Whether the name has no letter and no digit."""
    return not any(character.isalnum() for character in way.name)


def twins(ways: Iterable[Way]) -> Iterator[tuple[Way, Way]]:
    """Each rule that removes what comes from an outside address, with a way that sends there.

    The rule's condition must mean that address, and not merely its domain.
    """
    found = tuple(ways)
    serving: dict[str, dict[str, Way]] = {}
    for way in found:
        for address in way.unapproved:
            for name in (address.lower(), address.partition("@")[0]):
                serving.setdefault(name, {})[way.key] = way
    for way in found:
        others: dict[str, Way] = {}
        for sender in _covered_senders(way):
            written = addresses.recipient(sender).address or sender.strip().lower()
            others |= serving.get(written.rstrip("@"), {})
        yield from ((way, other) for key, other in others.items() if key != way.key)


def _covered_senders(way: Way) -> tuple[str, ...]:
    """Whose mail a rule, or a sweep rule that puts it into Deleted Items, keeps from the owner."""
    if way.sweep is not None:
        folder = way.sweep.move_to
        unread = folder is None or folders.is_deleted_items(folder) or folders.is_buried(folder)
        return (way.sweep.sender,) if unread and way.sweep.sender else ()
    return way.rule.conditions.senders if way.rule is not None and covers(way.rule) else ()
