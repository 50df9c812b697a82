"""What the hunts on mail flow say of the outside addresses."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from evidence.forwarder import ForwarderFound
from evidence.model import JsonObject
from evidence.reading import distinct, embedded, moment, number, text, texts
from triage.case import Case
from triage.forwarder import forwarder_names

SENDERS_HUNT = "who_forwarded_to"
COUNT_HUNT = "forwarded_mail_count"
DAYS_HUNT = "forwarded_mail_by_day"
URLS_HUNT = "message_urls"
ATTACHMENTS_HUNT = "message_attachments"


def rows(case: Case, hunt: str) -> tuple[JsonObject, ...]:
    """The rows of a hunt; none when it was not run."""
    return case.hunts[hunt].rows if hunt in case.hunts else ()


def other_forwarders(case: Case, *recipients: str) -> tuple[str, ...]:
    """Who besides the forwarder forwards to any of these addresses."""
    own = forwarder_names(case)
    wanted = {recipient.lower() for recipient in recipients}
    hunted = (
        sender
        for row in rows(case, SENDERS_HUNT)
        if (sender := text(row, "Sender")) and number(row, "Forwarded")
        if wanted & {each.lower() for each in _recipients(row)}
    )
    found = (
        each.mailbox
        for each in others_found(case)
        if each.forwards and wanted & {recipient.lower() for recipient in each.recipients}
    )
    return distinct(each for each in (*hunted, *found) if each.lower() not in own)


def others_found(case: Case) -> list[ForwarderFound]:
    """Whom `find_forwarders` found besides the forwarder, those with the most mail first."""
    own = forwarder_names(case)
    found = case.forwarders.forwarders if case.forwarders else ()
    return [
        each for each in found if own.isdisjoint((each.mailbox.lower(), each.object_id.lower()))
    ]


def first_seen(case: Case, recipient: str) -> datetime | None:
    """When mail of anybody's was first seen going to an address, as far as was looked back."""
    wanted = recipient.lower()
    hunted = (
        moment(row, "FirstSeen")
        for row in rows(case, SENDERS_HUNT)
        if wanted in {each.lower() for each in _recipients(row)}
    )
    found = (
        each.first_seen
        for each in (case.forwarders.forwarders if case.forwarders else ())
        if wanted in {name.lower() for name in each.recipients}
    )
    return min(filter(None, (*hunted, *found)), default=None)


class SentByHand(NamedTuple):
    """Ordinary mail of the forwarder to addresses to which nothing of theirs was forwarded."""

    recipients: tuple[str, ...]
    messages: int
    with_forwarded_subject: int
    first: datetime | None


def sent_by_hand(case: Case) -> SentByHand | None:
    """What the forwarder sent to the hunted addresses by hand; None when any was forwarded."""
    own = forwarder_names(case)
    # One row a sender, and a mailbox has several addresses to send from.
    theirs = [r for r in rows(case, SENDERS_HUNT) if (text(r, "Sender") or "").lower() in own]
    messages = sum(number(row, "SimplySent") or 0 for row in theirs)
    if not messages or any(number(row, "Forwarded") for row in theirs):
        return None
    return SentByHand(
        recipients=distinct(each for row in theirs for each in _recipients(row)),
        messages=messages,
        with_forwarded_subject=sum(number(row, "SentByHand") or 0 for row in theirs),
        first=min(filter(None, (moment(row, "FirstSeen") for row in theirs)), default=None),
    )


def forwarded_count(case: Case, recipients: Iterable[str]) -> int:
    """How many messages the hunt saw being forwarded to these addresses."""
    wanted = {recipient.lower() for recipient in recipients}
    return sum(
        number(row, "Forwarded") or 0
        for row in rows(case, COUNT_HUNT)
        if (text(row, "Recipient") or "").lower() in wanted
    )


def forwarded_by_day(case: Case) -> Iterator[tuple[datetime, int]]:
    """How many messages were forwarded in each period that had any, oldest first."""
    days = [(moment(row, "Period"), number(row, "Forwarded")) for row in rows(case, DAYS_HUNT)]
    yield from sorted((day, count) for day, count in days if day and count)


def _recipients(row: JsonObject) -> tuple[str, ...]:
    return texts({"list": embedded(row, "Recipients")}, "list")
