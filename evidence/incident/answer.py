"""From the notes on a body to the indicators, with their places and what is missing."""

from collections.abc import Iterable
from datetime import datetime

from pydantic.alias_generators import to_camel

from evidence.incident.case import Case
from evidence.incident.forwarder import Choice, choose
from evidence.incident.notes import Fact, Notes, Role, Topic, Trust
from evidence.indicators import Found, Indicators


def to_indicators(case: Case, notes: Notes) -> Indicators:
    """Chooses the forwarder, keeps the best founded facts, and says what was not there."""
    forwarded_to = frozenset(
        fact.value
        for fact in notes.facts
        if fact.topic is Topic.RECIPIENTS and fact.trust is not Trust.IMPLIED
    )
    choice = choose(notes.mentions, forwarded_to)
    own = choice.forwarder.addresses if choice.forwarder else frozenset[str]()
    facts = {topic: notes.best(topic) for topic in Topic}
    # A message that the forwarder received is not one that was forwarded to it.
    facts[Topic.RECIPIENTS] = [
        fact
        for fact in facts[Topic.RECIPIENTS]
        if fact.trust is not Trust.IMPLIED or fact.value not in own
    ]
    facts[Topic.FIRST] = sorted(facts[Topic.FIRST], key=_time)[:1]
    facts[Topic.LAST] = sorted(facts[Topic.LAST], key=_time)[-1:]
    known = {
        "incident": case.incident,
        "title": case.title,
        "alerts": tuple(alert.reference for alert in case.alerts),
        "forwarder": choice.forwarder.account if choice.forwarder else None,
        "recipients": _values(facts[Topic.RECIPIENTS]),
        "network_message_ids": _values(facts[Topic.MESSAGES]),
        "forwarding_type": next(iter(_values(facts[Topic.FORWARDING])), None),
        "ip_addresses": _values(facts[Topic.ADDRESSES]),
        "first_activity": next(map(_time, facts[Topic.FIRST]), None),
        "last_activity": next(map(_time, facts[Topic.LAST]), None),
    }
    return Indicators.model_validate(
        known
        | {
            "classification": case.classification,
            "forwarder_reason": choice.reason,
            "other_accounts": tuple(person.account for person in choice.others),
            "found": (*_people(choice), *_found(facts.values())),
            "missing": tuple(to_camel(name) for name, value in known.items() if not value),
        }
    )


def _people(choice: Choice) -> list[Found]:
    found = [("otherAccounts", each.first_as(Role.ACCOUNT)) for each in choice.others]
    if choice.forwarder is not None:
        decisive = choice.forwarder.first_as(choice.role)
        found.insert(0, ("forwarder", decisive))
    return [
        Found(
            field=name,
            value=mention.account.subject or mention.account.display_name or "",
            where=str(mention.where),
        )
        for name, mention in found
    ]


def _found(facts: Iterable[Iterable[Fact]]) -> list[Found]:
    return [
        Found(field=fact.topic.value, value=fact.value, where=str(fact.where))
        for of_one_topic in facts
        for fact in of_one_topic
    ]


def _values(facts: Iterable[Fact]) -> tuple[str, ...]:
    return tuple(fact.value for fact in facts)


def _time(fact: Fact) -> datetime:
    return datetime.fromisoformat(fact.value)
