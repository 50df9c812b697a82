"""Findings about the messages that the alert names: what they were, and what became of them."""

from collections.abc import Iterator

from evidence.message import MessageDetail
from triage.finding import Finding, Investigation, Reference
from triage.wording import counted, listed, quoted

_COLLECT = "T1114.003"
_REMOVED = ("delete", "purge")


def harmful(investigation: Investigation) -> Iterator[Finding]:
    """A message in which a threat was found: what went out was no ordinary mail."""
    for message in _messages(investigation):
        threats = (*message.threats, *(t for each in message.attachments for t in each.threats))
        threats = (*threats, *(each.threat for each in message.urls if each.threat))
        if threats:
            campaign = f", of the campaign {listed(message.campaigns)}" if message.campaigns else ""
            yield _finding(
                message,
                "message_harmful",
                5,
                f"In {_called(message)} threats were found: {listed(threats)}{campaign}.",
            )


def sensitive(investigation: Investigation) -> Iterator[Finding]:
    """What went out should not have."""
    for message in _messages(investigation):
        files = [each.name for each in message.attachments if each.sensitive]
        links = [each.url for each in message.urls if each.sensitive]
        if files or links:
            what = [f"the attachment {name}" for name in files]
            what += [f"a link to the organisation's own documents ({url})" for url in links]
            yield _finding(
                message,
                "message_sensitive",
                10,
                f"{_called(message)} carries {listed(what)}.",
            )


def removed(investigation: Investigation) -> Iterator[Finding]:
    """Somebody took the message out of the mailbox after it was delivered."""
    for message in _messages(investigation):
        taken = [
            each
            for each in message.events
            if any(word in each.action.lower() for word in _REMOVED)
            and each.by.lower() not in ("zap", "admin", "administrator", "microsoft")
        ]
        if taken:
            yield _finding(
                message,
                "message_removed",
                5,
                f"{_called(message)} was removed after delivery "
                f"({counted(len(taken), 'time')}: {listed(each.action for each in taken)}).",
            )


def _messages(investigation: Investigation) -> tuple[MessageDetail, ...]:
    found = investigation.case.messages
    return found.messages if found else ()


def _called(message: MessageDetail) -> str:
    return f"The message {quoted([message.subject or message.network_message_id])}"


def _finding(message: MessageDetail, identifier: str, weight: int, sentence: str) -> Finding:
    identity = message.network_message_id
    return Finding(
        id=identifier,
        sentence=sentence[0].upper() + sentence[1:],
        family="volume",
        weight=weight,
        evidence=(Reference(source="get_message", id=identity, text=message.subject),),
        techniques=(_COLLECT,),
    )


FINDINGS = (harmful, sensitive, removed)
