"""What the alert's messages were, what they hold, and what became of them."""

from collections.abc import Iterator

from evidence.message import MessageDetail
from evidence.reading import text
from triage import mail_flow
from triage.finding import Investigation
from triage.questions.account import SENSITIVE_HUNT, sensitive_mail
from triage.questions.question import Findings, Question
from triage.questions.subjects import no_messages
from triage.wording import counted, listed, moment, quoted

_WORD_FINDINGS = ("rule_payment_words", "rule_credential_words", "rule_security_words")
_MOST = 10
_AFTERWARDS = ("message_events", "message_handling", "url_clicks")
_PARTS = ("message_urls", "message_attachments")
_LIKE = "similar_messages"
"""Hunts of `get_message`: what became of messages, what they carry, and which look like them."""


def _messages(investigation: Investigation) -> tuple[MessageDetail, ...]:
    found = investigation.case.messages
    return found.messages if found else ()


def _name(message: MessageDetail) -> str:
    return f"“{message.subject}”" if message.subject else "A message without a subject"


def _what(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Subject, sender, return path, time, origin and recipients of each."""
    for message in _messages(investigation):
        sender = f" from {message.sender}" if message.sender else ""
        path = f", return path {message.return_path}" if message.return_path else ""
        sent = f", sent {moment(message.sent)}" if message.sent else ""
        origin = f" from {message.sender_ip}" if message.sender_ip else ""
        copies = listed(copy.recipient for copy in message.copies)
        to = f", to {copies}" if copies else ""
        yield f"{_name(message)}{sender}{path}{sent}{origin}{to}."


def _similar(investigation: Investigation, _: Findings) -> list[str]:
    """How many others look like each."""
    return [
        f"{counted(message.similar, 'other message')} like {_name(message)}."
        for message in _messages(investigation)
        if message.similar
    ]


def _urls(investigation: Investigation, _: Findings) -> Iterator[str]:
    """The addresses in the messages, made unclickable, with what is known of them."""
    rows = mail_flow.rows(investigation.case, mail_flow.URLS_HUNT)
    plain = [_defanged(url) for row in rows if (url := text(row, "Url"))]
    known = {
        _defanged(each.url): _remarks(
            each.threat,
            "the organisation's own documents" if each.sensitive else "",
            f"opened {counted(each.clicks, 'time')}" if each.clicks else "",
        )
        for message in _messages(investigation)
        for each in message.urls
    }
    told = [f"{url}{known.get(url, '')}" for url in dict.fromkeys((*known, *plain))]
    if told:
        yield f"{listed(told, _MOST)}."


def _attachments(investigation: Investigation, _: Findings) -> Iterator[str]:
    """The files attached to the messages, with what was found in them."""
    known = {
        each.name: _remarks(*each.threats, "sensitive" if each.sensitive else "")
        for message in _messages(investigation)
        for each in message.attachments
    }
    for row in mail_flow.rows(investigation.case, mail_flow.ATTACHMENTS_HUNT):
        if name := text(row, "FileName"):
            known[name] = known.get(name) or _remarks(text(row, "ThreatTypes") or "")
    if known:
        yield f"{listed((f'{name}{about}' for name, about in known.items()), _MOST)}."


def _remarks(*about: str) -> str:
    said = ", ".join(filter(None, about))
    return f" ({said})" if said else ""


def _defanged(url: str) -> str:
    return url.replace("http", "hxxp", 1).replace(".", "[.]")


def _handling(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Where each copy ended, and who read, moved or deleted it."""
    for message in _messages(investigation):
        for copy in message.copies:
            now = copy.latest_location or copy.delivery_location
            if copy.delivery_action or now:
                where = f", now in {now}" if now else ""
                action = copy.delivery_action or "of unknown delivery"
                yield f"{_name(message)} for {copy.recipient}: {action}{where}."
        for event in message.events:
            by = f" by {event.by}" if event.by else ""
            at = f" for {event.recipient}" if event.recipient else ""
            result = f" ({event.result})" if event.result else ""
            yield f"{moment(event.at)}: {event.action}{at}{by}{result}."


def _threats(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Threats found in each, and the campaign it belongs to."""
    for message in _messages(investigation):
        if message.threats:
            yield f"{_name(message)}: {listed(message.threats)}."
        if message.campaigns:
            yield f"{_name(message)} belongs to the campaign {quoted(message.campaigns)}."


def _kind(investigation: Investigation, findings: Findings) -> Iterator[str]:
    """What the rules look for, and what in the messages is sensitive."""
    yield from (f.sentence for f in findings if f.id in _WORD_FINDINGS)
    for message in _messages(investigation):
        holds = [
            *(each.name for each in message.attachments if each.sensitive),
            *(_defanged(each.url) for each in message.urls if each.sensitive),
        ]
        if holds:
            yield f"{_name(message)} holds {listed(holds)}, which is sensitive."
    yield from sensitive_mail(investigation, findings)


QUESTIONS = (
    Question(
        "mail_kind",
        "What kind of mail is forwarded: is it sensitive?",
        ("forwarding.mail_kind",),
        ("list_inbox_rules", SENSITIVE_HUNT),
        _kind,
        "Nothing marks it as sensitive.",
        beside=(*_AFTERWARDS, _LIKE),
        of_messages=("get_message",),
    ),
    Question(
        "message",
        "What were the alert's messages: subject, sender, return path, time, origin?",
        ("forwarding.message", "forwarding.message_origin"),
        ("get_message",),
        _what,
        "Microsoft knows of no message with these ids in the time that was looked at.",
        beside=(*_AFTERWARDS, *_PARTS, _LIKE),
        no_subject=no_messages,
    ),
    Question(
        "similar_mail",
        "Which similar mail was there?",
        ("forwarding.message_origin",),
        ("get_message",),
        _similar,
        "None.",
        beside=(*_AFTERWARDS, *_PARTS),
        no_subject=no_messages,
    ),
    Question(
        "urls",
        "Which URLs do the messages of the alert carry, and do they lead to sensitive data?",
        ("forwarding.message_urls",),
        (mail_flow.URLS_HUNT,),
        _urls,
        "None.",
        instead=("get_message",),
        beside=("message_events", "message_handling", "message_attachments", _LIKE),
        no_subject=no_messages,
    ),
    Question(
        "attachments",
        "Which attachments do the messages of the alert carry, and are they sensitive?",
        ("forwarding.message_attachments",),
        (mail_flow.ATTACHMENTS_HUNT,),
        _attachments,
        "None.",
        instead=("get_message",),
        beside=(*_AFTERWARDS, "message_urls", _LIKE),
        no_subject=no_messages,
    ),
    Question(
        "message_handling",
        "What became of the messages: delivered, read, moved, deleted?",
        ("forwarding.message_action",),
        ("get_message",),
        _handling,
        "Nothing is on record.",
        beside=("url_clicks", *_PARTS, _LIKE),
        no_subject=no_messages,
    ),
    Question(
        "message_threats",
        "Which threats were found in the messages, and do they belong to a campaign?",
        ("forwarding.message_threats",),
        ("get_message",),
        _threats,
        "None, and to no campaign.",
        beside=("message_handling", "url_clicks", _LIKE),
        no_subject=no_messages,
    ),
)
