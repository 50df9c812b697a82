"""Who of the accounts that an incident names is the one whose mail is forwarded."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from evidence.addresses import domain, is_free_mail
from evidence.incident.notes import Mention, Role
from evidence.indicators import Account

_ONLY_IN_MESSAGES = frozenset({Role.SENDER, Role.RECIPIENT})
_SURE = frozenset({Role.FORWARDER, Role.SUBJECT})
_INVOLVED = frozenset({*_SURE, Role.MAILBOX, Role.COMPROMISED, Role.SENDER})


@dataclass
class Person:
    """One account, put together from all of its mentions."""

    mentions: list[Mention] = field(default_factory=list[Mention])
    outside: bool = False
    """To all appearance an account of somebody else's organisation."""

    @property
    def elsewhere(self) -> bool:
        """Named only by alerts that are not about forwarded mail."""
        return all(mention.elsewhere for mention in self.mentions)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """As what the account is mentioned."""
        return frozenset(mention.role for mention in self.mentions)

    @cached_property
    def account(self) -> Account:
        """The names from all mentions; the first of a kind wins."""
        known: dict[str, str] = {}
        for mention in self.mentions:
            for name, value in mention.account.model_dump(
                by_alias=False, exclude_none=True
            ).items():
                known.setdefault(name, value)
        return Account.model_validate(known)

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Its addresses, in lower case."""
        named = (self.account.user_principal_name, self.account.mail)
        return frozenset(address.lower() for address in named if address)

    def first_as(self, role: Role) -> Mention:
        """Its first mention in a role; the first at all where there is none in it."""
        return next((each for each in self.mentions if each.role is role), self.mentions[0])


class Choice(NamedTuple):
    """The forwarder, if one could be told, and everybody else."""

    forwarder: Person | None
    role: Role
    """The role that the forwarder was chosen for."""
    others: Sequence[Person]
    reason: str


class _Step(NamedTuple):
    role: Role
    reason: str
    even_recipients: bool = True

    def holds(self, person: Person) -> bool:
        """Whether the person shows this sign."""
        return self.role in person.roles and (
            self.even_recipients or Role.RECIPIENT not in person.roles
        )


_STEPS = (
    _Step(Role.FORWARDER, "The body names this account as the forwarder."),
    _Step(Role.SUBJECT, "The alert's own data is about this user."),
    _Step(Role.MAILBOX, "The alert is about the mailbox of this account.", even_recipients=False),
    _Step(Role.COMPROMISED, "The evidence calls this account compromised or attacked."),
    _Step(Role.MAILBOX, "The only mailbox in the alert belongs to this account."),
    _Step(Role.SENDER, "This account, named by the alert, sent the mail message in question."),
)
"""The strongest sign first. A step that several accounts pass leaves the choice to the next."""


def choose(mentions: Sequence[Mention], recipients: AbstractSet[str]) -> Choice:
    """Chooses the forwarder by evidence: never for standing first, never a mere recipient.

    `recipients` are the addresses that mail was forwarded to, in lower case.
    """
    people = _people(mentions)
    named = [p for p in people if p.roles - _ONLY_IN_MESSAGES - {Role.WORDED}]
    # Addresses in a description count only where the incident names nobody in any other way.
    named = named or [p for p in people if Role.WORDED in p.roles]
    _mark_outsiders(named)
    candidates = [p for p in named if _may_forward(p, recipients)]
    chosen, role, reason = _best(candidates, alone=len(named) == 1)
    return Choice(chosen, role, [p for p in named if p is not chosen], reason)


def _best(candidates: list[Person], *, alone: bool) -> tuple[Person | None, Role, str]:
    for step in _STEPS:
        passing = [person for person in candidates if step.holds(person)]
        if len(passing) == 1:
            return passing[0], step.role, step.reason
        candidates = passing or candidates
    if len(candidates) != 1:
        return None, Role.ACCOUNT, ""
    reason = (
        "This is the only account that the body names."
        if alone
        else "Of the accounts named, only this one is neither a recipient nor from outside."
    )
    return candidates[0], Role.ACCOUNT, reason


def _may_forward(person: Person, recipients: AbstractSet[str]) -> bool:
    if person.roles & _SURE:
        return True
    if person.elsewhere or person.addresses & recipients:
        return False
    if person.roles & {Role.MAILBOX, Role.COMPROMISED}:
        return True
    if person.outside:
        return False
    return Role.RECIPIENT not in person.roles or bool(person.roles & _INVOLVED)


def _mark_outsiders(people: Iterable[Person]) -> None:
    # The organisation's own domains are not known here, but its accounts carry an object id.
    own = {
        domain(address)
        for person in people
        if person.account.object_id
        for address in person.addresses
    }
    for person in people:
        name = person.account.user_principal_name or ""
        foreign = any(
            is_free_mail(address)
            or (own and not person.account.object_id and domain(address) not in own)
            for address in person.addresses
        )
        person.outside = foreign or "#ext#" in name.lower()


def _people(mentions: Sequence[Mention]) -> list[Person]:
    """Puts together the mentions that share an object id or an address, directly or by a third."""
    parent = list(range(len(mentions)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[str, int] = {}
    for index, mention in enumerate(mentions):
        for key in _keys(mention.account):
            known, new = root(first.setdefault(key, index)), root(index)
            parent[max(known, new)] = min(known, new)
    people: dict[int, Person] = {}
    for index, mention in enumerate(mentions):
        people.setdefault(root(index), Person()).mentions.append(mention)
    return list(people.values())


def _keys(account: Account) -> list[str]:
    named = (account.object_id, account.user_principal_name, account.mail)
    keys = [f"name:{name.lower()}" for name in named if name]
    return keys or [f"shown:{(account.display_name or '').casefold()}"]
