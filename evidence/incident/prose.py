"""The last resort: facts in the description of an alert, when nothing else holds them."""

import re

from evidence.incident.body import Place, plain
from evidence.incident.notes import (
    Notes,
    Role,
    Topic,
    Trust,
    forwarding_type,
    ip_addresses,
    message_ids,
    smtp_addresses,
)
from evidence.indicators import Account, ForwardingType

_LONGEST = 20_000
_LABEL = re.compile(
    r"\b(srl|rl|suspicious recipients list|recipients list|mti|message trace id|network message id"
    r"|ft|forwarding type|forwarder)\s?[:=]",
    re.IGNORECASE,
)
_LIST = re.compile(r"\s*([^\s;,]+(?:\s*[;,]\s*[^\s;,]+)*)")
_WORD = re.compile(r"[^\s,;()]+")
_RECIPIENT_LABELS = frozenset({"srl", "rl", "suspiciousrecipientslist", "recipientslist"})
_MESSAGE_LABELS = frozenset({"mti", "messagetraceid", "networkmessageid"})
_FORWARDING_WORDS: tuple[tuple[re.Pattern[str], ForwardingType], ...] = (
    (re.compile(r"\binbox\s(?:forwarding\s|manipulation\s)?rule", re.IGNORECASE), "InboxRule"),
    (re.compile(r"\b(?:transport|mail flow) rule|\bETR\b", re.IGNORECASE), "ETR"),
    (re.compile(r"\bSMTP forwarding|\bmailbox forwarding", re.IGNORECASE), "SMTP"),
)


def read_prose(prose: str, where: Place, notes: Notes) -> None:
    """Writes down what a description says, labelled (`SRL: …`) or in plain words."""
    unlabelled, *labelled = _LABEL.split(prose[:_LONGEST])
    for label, text in zip(labelled[::2], labelled[1::2], strict=True):
        stated = _LIST.match(text)
        if stated is not None:
            _read_label(plain(label), stated.group(1), where, notes)
            unlabelled += " " + text[stated.end() :]
    _read_words(unlabelled, where, notes)


def _read_label(label: str, value: str, where: Place, notes: Notes) -> None:
    if label in _RECIPIENT_LABELS:
        notes.note(Topic.RECIPIENTS, Trust.WORDED, smtp_addresses(value), where)
    elif label in _MESSAGE_LABELS:
        ids = (item.rstrip(".") for item in message_ids(value))
        notes.note(Topic.MESSAGES, Trust.WORDED, ids, where)
    elif label == "forwarder":
        for address in smtp_addresses(value):
            notes.mention(Account(user_principal_name=address), Role.FORWARDER, where)
    else:
        kind = forwarding_type(value)
        notes.note(Topic.FORWARDING, Trust.WORDED, [kind] if kind else [], where)


def _read_words(prose: str, where: Place, notes: Notes) -> None:
    forwards = "forward" in prose.lower() or "redirect" in prose.lower()
    before = ""
    for word in _WORD.findall(prose):
        for address in smtp_addresses(word):
            if before == "to" and forwards:
                notes.note(Topic.RECIPIENTS, Trust.WORDED, [address], where)
            else:
                notes.mention(Account(user_principal_name=address), Role.WORDED, where)
        notes.note(Topic.ADDRESSES, Trust.WORDED, ip_addresses(word.strip(".'\"")), where)
        before = word.lower()
    kinds = [kind for pattern, kind in _FORWARDING_WORDS if pattern.search(prose)]
    # A text that explains several ways of forwarding does not say which one it was.
    if len(kinds) == 1:
        notes.note(Topic.FORWARDING, Trust.WORDED, kinds, where)
