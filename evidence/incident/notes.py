"""What the reading of a body writes down: facts and mentions of people, each with its place."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

from evidence.addresses import network_address, smtp_address
from evidence.incident.body import Place
from evidence.indicators import Account, ForwardingType

_SEPARATORS = re.compile(r"[;,]")
_TOKEN = re.compile(r"[^\s<>\"'\[\]{}]{1,200}")


class Topic(StrEnum):
    """The indicator that a fact is about; the words are the field names of `Indicators`."""

    RECIPIENTS = "recipients"
    MESSAGES = "networkMessageIds"
    FORWARDING = "forwardingType"
    ADDRESSES = "ipAddresses"
    FIRST = "firstActivity"
    LAST = "lastActivity"


class Trust(IntEnum):
    """How well a fact is founded. Only the best founded facts of a topic are kept."""

    STATED = 0
    """Said in so many words: SRL, MTI, FT, the times of the activity."""
    SHOWN = 1
    """Seen in an entity, or in what the alert tells about an event."""
    IMPLIED = 2
    """Follows from something else, e.g. the recipient of a mail message from the message."""
    WORDED = 3
    """Read out of a description."""


class Fact(NamedTuple):
    """One value that a body holds."""

    topic: Topic
    trust: Trust
    value: str
    where: Place


class Role(StrEnum):
    """As what a body mentions an account."""

    FORWARDER = "forwarder"
    SUBJECT = "subject"
    """The user whom the alert's own data blob is about."""
    MAILBOX = "mailbox"
    COMPROMISED = "compromised"
    ACCOUNT = "account"
    SENDER = "sender"
    RECIPIENT = "recipient"
    WORDED = "worded"


class Mention(NamedTuple):
    """An account, as what it is mentioned, and where."""

    account: Account
    role: Role
    where: Place
    elsewhere: bool = False
    """In an alert of the incident that is not about forwarded mail."""


@dataclass
class Notes:
    """Everything read so far."""

    facts: list[Fact] = field(default_factory=list[Fact])
    mentions: list[Mention] = field(default_factory=list[Mention])

    def note(self, topic: Topic, trust: Trust, values: Iterable[str], where: Place) -> None:
        """Writes down values that stand at one place."""
        self.facts += [Fact(topic, trust, value, where) for value in values]

    def mention(self, account: Account | None, role: Role, where: Place) -> None:
        """Writes down that an account is mentioned; nothing for one without a name."""
        if account is not None:
            self.mentions.append(Mention(account, role, where))

    def best(self, topic: Topic) -> list[Fact]:
        """The best founded facts about a topic, each value once."""
        facts = [fact for fact in self.facts if fact.topic is topic]
        trust = min((fact.trust for fact in facts), default=Trust.WORDED)
        first: dict[str, Fact] = {}
        for fact in facts:
            if fact.trust is trust:
                first.setdefault(fact.value.casefold(), fact)
        return list(first.values())


def parts(value: str) -> list[str]:
    """The items of a list in one string, separated by semicolons or commas."""
    return [item for part in _SEPARATORS.split(value) if (item := part.strip())]


def smtp_addresses(value: str) -> Iterator[str]:
    """The mail addresses of a list in one string."""
    return (address for item in parts(value) if (address := smtp_address(item)))


def message_ids(value: str) -> Iterator[str]:
    """The network message ids of a list in one string: GUIDs, but any one word is taken."""
    return (item for part in parts(value) if _TOKEN.fullmatch(item := part.strip("{}")))


def ip_addresses(value: str) -> Iterator[str]:
    """The IP addresses of a list in one string, without ports; anything else is passed over."""
    return (address for item in parts(value) if (address := network_address(item)))


_FORWARDING: dict[str, ForwardingType] = {
    "inboxrule": "InboxRule",
    "inboxforwardingrule": "InboxRule",
    "smtp": "SMTP",
    "smtpforwarding": "SMTP",
    "mailboxforwarding": "SMTP",
    "etr": "ETR",
    "transportrule": "ETR",
    "exchangetransportrule": "ETR",
    "mailflowrule": "ETR",
}


def forwarding_type(value: str) -> ForwardingType | None:
    """Microsoft's word for a way of forwarding, however it is spelt."""
    return _FORWARDING.get(re.sub(r"[\W_]+", "", value).lower())
