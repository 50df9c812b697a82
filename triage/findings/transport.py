"""Findings about transport rules, which take the mail of the whole organisation."""

from collections.abc import Iterator

from evidence.transport_rule import TransportRule
from triage import words
from triage.conduct import unnamed_recipients
from triage.finding import HIDES, Finding, Investigation, about_rule
from triage.ways import Way
from triage.wording import quoted

_LITTLE = 5
"""Signature and archive services work through connectors, too."""


def not_audited(investigation: Investigation) -> Iterator[Finding]:
    """It copies mail out and was made to leave no trace in reports."""
    for way, rule in _leading_out(investigation):
        if not rule.audited:
            yield about_rule(
                way,
                "transport_rule_not_audited",
                15,
                f"{way.title} is excluded from auditing (SetAuditSeverity DoNotAudit).",
                HIDES,
            )


def unconditional(investigation: Investigation) -> Iterator[Finding]:
    """It copies all mail of the organisation out."""
    for way, rule in _leading_out(investigation):
        if rule.unconditional and not rule.words and not rule.people:
            yield about_rule(
                way,
                "transport_rule_takes_everything",
                20,
                f"{way.title} has no condition: it copies every message of the organisation.",
            )


def telling_words(investigation: Investigation) -> Iterator[Finding]:
    """It picks mail about money or passwords."""
    for way, rule in _leading_out(investigation):
        found = (*words.payment(rule.words), *words.credentials(rule.words))
        if found:
            yield about_rule(
                way,
                "transport_rule_payment_words",
                20,
                f"{way.title} picks mail about money or passwords: {quoted(rule.words)}.",
            )


def copies_silently(investigation: Investigation) -> Iterator[Finding]:
    """Neither sender nor recipient can see a blind copy."""
    for way, rule in _leading_out(investigation):
        if any(copy.way == "BlindCopyTo" for copy in rule.copies):
            yield about_rule(
                way,
                "transport_rule_blind_copy",
                5,
                f"{way.title} copies blindly: neither sender nor recipient can see it.",
            )


def names_no_recipient(investigation: Investigation) -> Iterator[Finding]:
    """It hands mail to a connector or a manager: where that ends, no address says."""
    for way in investigation.ways:
        for whom in unnamed_recipients(way):
            sentence = f"{way.title} sends mail to {whom}."
            yield about_rule(way, "transport_rule_names_no_recipient", _LITTLE, sentence)


def _leading_out(investigation: Investigation) -> Iterator[tuple[Way, TransportRule]]:
    for way in investigation.ways:
        if way.transport is not None and way.unapproved:
            yield way, way.transport


FINDINGS = (not_audited, unconditional, telling_words, copies_silently, names_no_recipient)
