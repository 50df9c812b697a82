"""What a rule does to mail, in the terms that judgement needs; used by findings and verdict."""

from collections.abc import Iterable, Iterator
from typing import Literal

from evidence import addresses
from evidence.inbox_rule import InboxRule, RuleConditions
from triage import folders
from triage.ways import Way

_IN_EVERY_MESSAGE = 1
"""The length of a word that practically every message holds: one letter, a dot, an at-sign."""
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


def unnamed_recipients(way: Way) -> tuple[str, ...]:
    """To whom a transport rule that is switched on sends mail without saying an address."""
    copies = way.transport.copies if way.transport and way.enabled else ()
    return tuple(
        f"each sender's manager ({copy.detail})"
        if copy.way == "AddManagerAsRecipientType"
        else f"the outbound connector “{copy.detail}”"
        for copy in copies
        if copy.destination is None
    )


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
        if way.rule is None or not covers(way.rule):
            continue
        others: dict[str, Way] = {}
        for sender in way.rule.conditions.senders:
            written = addresses.recipient(sender).address or sender.strip().lower()
            others |= serving.get(written.rstrip("@"), {})
        yield from ((way, other) for key, other in others.items() if key != way.key)
