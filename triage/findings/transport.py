"""Findings about transport rules, which take the mail of the whole organisation."""

from collections.abc import Iterator

from evidence.transport_rule import TransportRule
from triage import words
from triage.conduct import unnamed_recipients
from triage.finding import HIDES, Finding, Investigation, Reference, about_rule
from triage.ways import Way
from triage.wording import quoted

_MADE = frozenset(["new-transportrule", "set-transportrule"])
_LOOKED_FOR = (
    "SubjectContainsWords",
    "SubjectOrBodyContainsWords",
    "SubjectMatchesPatterns",
    "SubjectOrBodyMatchesPatterns",
)
_PEOPLE = ("From", "SentTo", "FromAddressContainsWords", "AnyOfToHeader", "AnyOfToCcHeader")
_LITTLE = 5
"""Signature and archive services work through connectors, too."""
_NEWLY = 30
"""Where everybody's mail goes since lately, somebody should be able to say."""


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


def deletes_warnings(investigation: Investigation) -> Iterator[Finding]:
    """It deletes, for everybody, the mail that would warn them."""
    rules = investigation.case.transport_rules
    for rule in rules.rules if rules else ():
        found = (*words.security(rule.words), *words.notifiers(rule.people))
        if rule.deletes and found and rule.enabled:
            yield _deleting(f"Transport rule “{rule.name}”", found, "list_transport_rules", rule.id)
    for hunt, event in investigation.records_of(_MADE):
        looked_for = (
            word
            for name in _LOOKED_FOR
            for word in event.parameter(name).replace(";", ",").split(",")
        )
        people = (part for name in _PEOPLE for part in event.parameter(name).split(";"))
        found = (*words.security(w.strip() for w in looked_for), *words.notifiers(people))
        if found and event.parameter("DeleteMessage").lower().strip("$") == "true":
            who = f"{event.actor} made a transport rule that"
            yield _deleting(who, found, f"run_hunt {hunt}", event.id)


def _deleting(start: str, found: tuple[str, ...], source: str, identifier: str) -> Finding:
    return Finding(
        id="transport_rule_deletes_warnings",
        sentence=f"{start} deletes mail that would warn people: {quoted(found)}.",
        family="admin",
        weight=30,
        evidence=(Reference(source=source, id=identifier, text="DeleteMessage"),),
        techniques=(HIDES,),
    )


def names_no_recipient(investigation: Investigation) -> Iterator[Finding]:
    """It hands mail to a connector or a manager: where that ends, no address says."""
    for way in investigation.ways:
        for whom in unnamed_recipients(way):
            lately = way.change is not None and way.kind == "ETR"
            when = f", and was {way.change.deed} lately" if way.change else ""
            sentence = f"{way.title} sends mail to {whom}{when}."
            yield about_rule(
                way,
                "transport_rule_names_no_recipient",
                _NEWLY if lately else _LITTLE,
                sentence,
            )


def _leading_out(investigation: Investigation) -> Iterator[tuple[Way, TransportRule]]:
    for way in investigation.ways:
        if way.transport is not None and way.unapproved:
            yield way, way.transport


FINDINGS = (
    not_audited,
    unconditional,
    telling_words,
    copies_silently,
    deletes_warnings,
    names_no_recipient,
)
