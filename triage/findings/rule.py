"""Findings about what an inbox rule or the mailbox's forwarding does with the mail it takes."""

from collections.abc import Iterator

from evidence.addresses import is_internal
from evidence.inbox_rule import InboxRule, RuleConditions
from triage import words
from triage.conduct import (
    buries,
    covers,
    deletes,
    matches_everything,
    nameless,
    sends_or_hides,
    twins,
)
from triage.finding import HIDES, Finding, Investigation, about_rule
from triage.ways import Way
from triage.wording import listed, quoted

_TELLING = 20
_AMONG_COLLEAGUES = 10
"""Who works with invoices passes them on to colleagues."""


def takes_everything(investigation: Investigation) -> Iterator[Finding]:
    """No condition, or one that every message meets."""
    for way, rule in _rules(investigation):
        if sends_or_hides(rule) and matches_everything(rule.conditions):
            how = "has no condition" if rule.conditions.none_set else _trick(rule.conditions)
            yield about_rule(
                way, "rule_takes_everything", 15, f"{way.title} takes every message: it {how}."
            )


def payment_words(investigation: Investigation) -> Iterator[Finding]:
    """It looks for mail about money."""
    for way, rule in _rules(investigation):
        found = (
            *words.payment((*rule.conditions.words, *_departments(rule))),
            *(words.payers(rule.conditions.senders) if covers(rule) else ()),
        )
        if found and sends_or_hides(rule):
            yield about_rule(
                way,
                "rule_payment_words",
                _AMONG_COLLEAGUES if _stays_inside(investigation, way) else _TELLING,
                f"{way.title} looks for mail about money: {quoted(found)}.",
            )


def credential_words(investigation: Investigation) -> Iterator[Finding]:
    """It looks for passwords and codes."""
    for way, rule in _rules(investigation):
        found = words.credentials(rule.conditions.words)
        if found and sends_or_hides(rule):
            yield about_rule(
                way,
                "rule_credential_words",
                _AMONG_COLLEAGUES if _stays_inside(investigation, way) else _TELLING,
                f"{way.title} looks for passwords and codes: {quoted(found)}.",
            )


def security_words(investigation: Investigation) -> Iterator[Finding]:
    """It looks for the warnings that would give an intruder away."""
    for way, rule in _rules(investigation):
        found = (
            *words.security(rule.conditions.words),
            *words.notifiers(rule.conditions.senders),
        )
        if found and sends_or_hides(rule):
            yield about_rule(
                way,
                "rule_security_words",
                25,
                f"{way.title} looks for security notices: {quoted(found)}.",
                HIDES,
            )


def deletes_mail(investigation: Investigation) -> Iterator[Finding]:
    """The owner never sees the messages."""
    for way, rule in _rules(investigation):
        if deletes(rule):
            after = " after sending it on" if rule.destinations else ""
            handed_on = _for_colleagues(investigation, way)
            yield about_rule(
                way,
                "rule_deletes",
                _AMONG_COLLEAGUES if handed_on else _TELLING,
                f"{way.title} deletes the mail it takes{after}{_from(rule)}.",
                HIDES,
            )


def buries_mail(investigation: Investigation) -> Iterator[Finding]:
    """The messages go where nobody looks, or where few look."""
    for way, rule in _rules(investigation):
        where = buries(rule)
        if where is None or rule.move_to is None:
            continue
        folder = rule.move_to.name or rule.move_to.well_known or "an unread folder"
        if where == "buried":
            sentence = f"{way.title} moves mail to “{folder}”, where nobody reads it."
            yield about_rule(way, "rule_hides_in_folder", 30, sentence, HIDES)
        else:
            sentence = f"{way.title} moves mail to “{folder}”, where it is seldom read."
            yield about_rule(way, "rule_moves_aside", 10, sentence, HIDES)


def marks_read(investigation: Investigation) -> Iterator[Finding]:
    """The messages never show as new."""
    for way, rule in _rules(investigation):
        if rule.marks_read and (rule.destinations or deletes(rule) or buries(rule)):
            yield about_rule(
                way,
                "rule_marks_read",
                10 if rule.destinations or buries(rule) else 5,
                f"{way.title} marks the mail as read, so that it never shows as new.",
                HIDES,
            )


def has_no_name(investigation: Investigation) -> Iterator[Finding]:
    """Intruders name rules with punctuation, or not at all, to be overlooked."""
    for way in investigation.ways:
        told = way.present or bool(way.name.strip())
        if (way.rule or way.transport) and told and nameless(way):
            called = f"is called “{way.name}”" if way.name.strip() else "has no name"
            yield about_rule(
                way,
                "rule_nameless",
                30 if _acts(way) else 20,
                f"{way.title} {called}: a name made to be overlooked.",
                HIDES,
            )


def is_hidden(investigation: Investigation) -> Iterator[Finding]:
    """The rule does not show in Outlook or Graph."""
    for way, rule in _rules(investigation):
        if rule.hidden:
            yield about_rule(
                way,
                "rule_hidden",
                25,
                f"{way.title} is hidden: only Exchange shows it, and only when asked to.",
                HIDES,
            )


def stops_other_rules(investigation: Investigation) -> Iterator[Finding]:
    """No later rule sees the message."""
    for way, rule in _rules(investigation):
        if rule.stops_processing and (rule.destinations or deletes(rule) or buries(rule)):
            # Outlook on the web ticks this for every new rule; it matters where no mail is left.
            weight = 5 if matches_everything(rule.conditions) else 0
            yield about_rule(
                way, "rule_stops_others", weight, f"{way.title} keeps all later rules from running."
            )


def covers_tracks(investigation: Investigation) -> Iterator[Finding]:
    """One rule deletes or hides what comes from the very address to which another sends copies."""
    for way, other in twins(investigation.ways):
        address = listed(other.unapproved)
        yield about_rule(
            way,
            "rule_covers_tracks",
            40,
            f"{way.title} removes mail from {address}, the very address to which {other.label} "
            "sends copies: it covers that one's tracks.",
            HIDES,
        )
        yield about_rule(
            other,
            "rule_tracks_covered",
            40,
            f"{other.title} has a twin that covers its tracks: {way.label} removes what comes "
            f"from {address}.",
            HIDES,
        )


def is_disabled(investigation: Investigation) -> Iterator[Finding]:
    """No mail goes this way now; that it once did, or may again, remains."""
    for way in investigation.ways:
        if not way.enabled and (way.outside or (way.rule and way.rule.hides)):
            yield about_rule(way, "rule_disabled", 0, f"{way.title} is switched off.")


def keeps_no_copy(investigation: Investigation) -> Iterator[Finding]:
    """The owner never receives what is forwarded."""
    for way in investigation.ways:
        if way.forwarding is not None and way.outside and not way.forwarding.keeps_copy:
            yield about_rule(
                way,
                "forwarding_keeps_no_copy",
                15,
                "Mailbox forwarding keeps no copy: the owner no longer receives any mail.",
                HIDES,
            )


def _rules(investigation: Investigation) -> Iterator[tuple[Way, InboxRule]]:
    for way in investigation.ways:
        if way.rule is not None:
            yield way, way.rule


def _departments(rule: InboxRule) -> tuple[str, ...]:
    """Before the at-sign of the senders whose mail the owner will not see: `payroll@…`."""
    return tuple(s.partition("@")[0] for s in rule.conditions.senders) if covers(rule) else ()


def _acts(way: Way) -> bool:
    """Whether it takes mail out of sight or out of the house, rather than to sort it."""
    rule = way.rule
    return bool(way.outside) or (rule is not None and (rule.hides or rule.marks_read))


def _stays_inside(investigation: Investigation, way: Way) -> bool:
    """Whether every recipient is written as one of our own, and the owner still sees the mail."""
    hidden = way.rule is not None and covers(way.rule)
    return not hidden and _for_colleagues(investigation, way)


def _for_colleagues(investigation: Investigation, way: Way) -> bool:
    """Whether it hands some mail, and not all of it, to recipients written as our own."""
    organization = investigation.case.organization
    domains = organization.accepted_domains if organization else ()
    everything = way.rule is not None and matches_everything(way.rule.conditions)
    if way.outside or not way.destinations or everything:
        return False
    written = [each.address for each in way.destinations]
    return all(each and is_internal(each, domains) for each in written)


def _from(rule: InboxRule) -> str:
    return f" from {listed(rule.conditions.senders)}" if rule.conditions.senders else ""


def _trick(conditions: RuleConditions) -> str:
    if conditions.minimum_size is not None:
        return f"asks only for a size of at least {conditions.minimum_size} KB"
    looked_for = (*conditions.words, *conditions.senders, *conditions.recipient_contains)
    return f"looks only for {quoted(looked_for)}, which every message has"


FINDINGS = (
    takes_everything,
    payment_words,
    credential_words,
    security_words,
    deletes_mail,
    buries_mail,
    marks_read,
    has_no_name,
    is_hidden,
    stops_other_rules,
    covers_tracks,
    is_disabled,
    keeps_no_copy,
)
