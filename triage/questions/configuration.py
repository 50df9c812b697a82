"""Who set it up: when, from where, whether it goes on, and what else they and the address did."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.reading import number, text, texts
from evidence.sign_in import SignIns
from triage import mail_flow
from triage.account import Account, accounts
from triage.baseline import unexpected
from triage.case import CHANGES_HUNT
from triage.change import SHAPING, Change, concerns, described
from triage.conduct import unnamed_recipients
from triage.familiar import unfamiliar
from triage.finding import Investigation
from triage.forwarder import forwarder_names
from triage.links import usual_addresses
from triage.questions.question import Findings, Question
from triage.questions.subjects import no_change
from triage.wording import counted, listed, moment

ADDRESSES_HUNT = "same_addresses"
_STILL = timedelta(days=1)
_MOST = 30
"""Changes that an answer tells one by one."""


def _rule_changes(investigation: Investigation, _: Findings) -> list[str]:
    """Who made, changed or removed what, when and from where."""
    return list(_newest(_forwarding(investigation)))


def _change_addresses(investigation: Investigation, _: Findings) -> list[str]:
    """For each address behind a change, since when its author is known there."""
    case = investigation.case
    known = {name: account for account in accounts(case) for name in account.names}
    found: list[str] = []
    for change in _forwarding(investigation):
        account = known.get(change.actor.lower(), accounts(case)[0])
        if change.ip_address and account.sign_ins is not None:
            found.append(_since_when(change, account, account.sign_ins))
    return found


def _since_when(change: Change, account: Account, log: SignIns) -> str:
    """Whether an address is usual for somebody, and since when they sign in from it."""
    address = change.ip_address
    usual = "Yes: " if address in usual_addresses([account]) else ""
    new = "No: " if unfamiliar(account, address, change.at) else ""
    entry = next((each for each in log.history if each.ip_address == address), None)
    if entry is None:
        return f"{usual or new}{address} does not appear in the sign-ins of {log.user}."
    place = f" in {entry.country}" if entry.country else ""
    return (
        f"{usual or new}{address}{place} first appears in the sign-ins of {log.user} on "
        f"{moment(entry.first_seen)}, with {entry.successes} successful and "
        f"{entry.failures} failed."
    )


def _latest_changes(investigation: Investigation, _: Findings) -> list[str]:
    """What was made or changed since the day before the alert."""
    since = investigation.case.as_of - _STILL
    recent = [c for c in _forwarding(investigation) if c.at >= since and c.deed in SHAPING]
    return [f"Since {moment(since)}: {listed(map(_timed, recent), 10)}."] if recent else []


def _forwarding(investigation: Investigation) -> list[Change]:
    """The changes of rules and forwarding that bear on the forwarder's mail."""
    own = forwarder_names(investigation.case)
    others = ("contact", "permission", "auditing")
    return [c for c in investigation.changes if c.kind not in others and concerns(c, own)]


def _newest(changes: list[Change]) -> Iterator[str]:
    """The changes in order of time; of very many, how many came before the last of them."""
    if len(changes) > _MOST:
        yield f"{counted(len(changes) - _MOST, 'earlier change')}, then these."
    yield from (f"{_timed(change)}." for change in changes[-_MOST:])


def _which(change: Change) -> tuple[str, datetime, str, str]:
    """Tells changes apart, also where a record has no id."""
    return change.event_id, change.at, change.operation, change.name


def _timed(change: Change) -> str:
    return f"{moment(change.at)}: {described(change)}"


def _transport_rules(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Where each rule that copies mail out leads, and how the rules stand against the baseline."""
    for way in investigation.ways:
        if way.kind != "ETR" or not way.present:
            continue
        if way.outside:
            yield f"{way.title} copies mail to {way.told(way.outside)}: " + (
                f"nobody answers for {listed(way.unapproved)}." if way.unapproved else "approved."
            )
        if whom := unnamed_recipients(way):
            yield f"{way.title} sends mail to {listed(whom)}."
    yield from _against_the_baseline(investigation)


def _against_the_baseline(investigation: Investigation) -> Iterator[str]:
    case = investigation.case
    if case.organization is None or case.transport_rules is None or not case.transport_rules.rules:
        return
    rules = case.transport_rules.rules
    if not case.organization.approved_transport_rules:
        names = listed(f"“{rule.name}”" for rule in rules)
        yield (
            f"There is no baseline of approved transport rules to hold "
            f"{counted(len(rules), 'rule')} against: {names}."
        )
        return
    strange = unexpected(rules, case.organization, case.as_of)
    yield f"{len(rules) - len(strange)} of {counted(len(rules), 'rule')} as approved."
    for rule, why in strange:
        yield f"Transport rule “{rule.name}”: {why}."


def _other_deeds(investigation: Investigation, _: Findings) -> list[str]:
    """Permissions, auditing and other changes by whoever set up a way out."""
    used = [change for _, change in investigation.way_changes()]
    actors = {change.actor.lower() for change in used}
    seen = {_which(change) for change in used}
    others = [
        c for c in investigation.changes if c.actor.lower() in actors and _which(c) not in seen
    ]
    known = {name for account in accounts(investigation.case) for name in account.names}
    unasked = listed(dict.fromkeys(c.actor for c in used if c.actor.lower() not in known))
    return [
        *_newest(others),
        *([f"What {unasked} changed elsewhere was not looked at."] if unasked else []),
    ]


def _same_addresses(investigation: Investigation, _: Findings) -> Iterator[str]:
    """Who else, and what else, came from the addresses behind the changes and odd sign-ins."""
    for row in mail_flow.rows(investigation.case, ADDRESSES_HUNT):
        counts = [
            counted(times, noun, plural)
            for column, noun, plural in (
                ("SignIns", "sign-in", ""),
                ("FailedSignIns", "failed sign-in", ""),
                ("WaysOut", "change of rules or forwarding", "changes of rules or forwarding"),
                ("Activities", "activity", "activities"),
            )
            if (times := number(row, column))
        ]
        alerts = texts(row, "Alerts")
        account = text(row, "Account")
        if counts:
            who = account or "an account without a name"
            yield f"From {text(row, 'Address') or 'an address'}, {who}: {listed(counts)}."
        if alerts:
            yield f"{text(row, 'Address') or 'An address'} stands in {listed(alerts)}."


QUESTIONS = (
    Question(
        "rule_changes",
        "Which rules or forwarding were made or changed, when, by whom and from which address?",
        ("forwarding.rule_events", "compromised.strange_rules", "compromised.audit_logs"),
        (CHANGES_HUNT,),
        _rule_changes,
        "None in the time that the hunt covers.",
    ),
    Question(
        "rule_address",
        "Is the address from which they were made usual for the user?",
        (
            "forwarding.rule_address",
            "inbox_forwarding.creation_address",
            "inbox_manipulation.unusual_client",
        ),
        (CHANGES_HUNT, "list_sign_ins"),
        _change_addresses,
        "There was no change to judge.",
    ),
    Question(
        "same_addresses",
        "What else came from the same addresses?",
        (
            "forwarding.rule_address",
            "forwarding.impacted",
            "inbox_forwarding.creation_address",
        ),
        (ADDRESSES_HUNT,),
        _same_addresses,
        "Nothing in the time that the hunt covers.",
        no_subject=no_change,
    ),
    Question(
        "still_being_made",
        "Are new rules or forwarding still being made?",
        ("forwarding.still_created",),
        (CHANGES_HUNT,),
        _latest_changes,
        "Not since the day before the alert.",
    ),
    Question(
        "transport_rules_expected",
        "Is every transport rule expected?",
        ("forwarding.transport_rules",),
        ("list_transport_rules", "get_organization"),
        _transport_rules,
        "There is no transport rule.",
    ),
    Question(
        "what_else",
        "What else did the account that configured the forwarding change?",
        ("forwarding.configuring_account", "forwarding.impacted"),
        (CHANGES_HUNT,),
        _other_deeds,
        "Nothing else in the time that the hunt covers.",
        no_subject=no_change,
    ),
)
