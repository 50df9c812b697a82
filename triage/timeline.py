"""What happened when: changes, sign-ins of note, risk, mail, the alert."""

from collections.abc import Iterator
from datetime import datetime

from evidence.model import Evidence
from evidence.reading import moment, number, text
from triage.account import accounts
from triage.applications import CONSENTS_HUNT, applications
from triage.case import CHANGES_HUNT
from triage.changes import described
from triage.finding import Finding, Investigation
from triage.mail_flow import COUNT_HUNT, rows
from triage.wording import counted, listed

_LONGEST = 60
"""Entries; the latest are kept, since they lie nearest to the alert."""
_MOST_OF_MAIL = 12
"""Entries about mail, of which there may be more than of all else."""


class Entry(Evidence):
    """One thing that happened."""

    at: datetime
    what: str
    source: str


def timeline(investigation: Investigation, findings: tuple[Finding, ...]) -> tuple[Entry, ...]:
    """The entries in order of time, at most the latest sixty."""
    entries = {
        entry.model_dump_json(): entry
        for part in (
            _changes(investigation),
            _consents(investigation),
            _sign_ins(investigation, findings),
            sorted(_mail(investigation), key=lambda entry: entry.at)[-_MOST_OF_MAIL:],
            _alert(investigation),
        )
        for entry in part
    }
    return tuple(sorted(entries.values(), key=lambda entry: entry.at)[-_LONGEST:])


def _changes(investigation: Investigation) -> Iterator[Entry]:
    for change in investigation.changes:
        yield Entry(at=change.at, what=described(change), source=f"run_hunt {CHANGES_HUNT}")


def _consents(investigation: Investigation) -> Iterator[Entry]:
    for application in applications(investigation.case):
        for consent in application.consents if application.mail_scopes else ():
            what = f"{consent.actor} gave {application.label} access to mail"
            yield Entry(at=consent.at, what=what, source=f"run_hunt {CONSENTS_HUNT}")


def _sign_ins(investigation: Investigation, findings: tuple[Finding, ...]) -> Iterator[Entry]:
    """The sign-ins that a finding rests on, and risk detections."""
    noted = {
        reference.id
        for finding in findings
        if finding.family == "identity"
        for reference in finding.evidence
    }
    for account in accounts(investigation.case):
        for entry in account.sign_ins.sign_ins if account.sign_ins else ():
            if entry.id and entry.id in noted:
                place = f" ({entry.city or entry.country})" if entry.city or entry.country else ""
                outcome = "Sign-in" if entry.succeeded else f"Failed sign-in ({entry.error_code})"
                address = entry.ip_address or "an unknown address"
                what = f"{outcome}{account.aside} from {address}{place}"
                yield Entry(at=entry.at, what=what, source="list_sign_ins")
        for detection in account.risk.detections if account.risk else ():
            if detection.at is not None:
                what = f"Identity Protection detected {detection.type}{account.aside}"
                yield Entry(at=detection.at, what=what, source="get_user_risk")


def _mail(investigation: Investigation) -> Iterator[Entry]:
    """The first and the last message that went to each recipient, and the alert's own."""
    case = investigation.case
    for row in rows(case, COUNT_HUNT):
        count, recipient = number(row, "Messages") or 0, text(row, "Recipient")
        first, last = moment(row, "FirstSeen"), moment(row, "LastSeen")
        forwarded = f"{number(row, 'Forwarded') or 0} of them forwarded"
        of = f"{counted(count, 'message')} to {recipient}, {forwarded}"
        if count and first is not None:
            yield Entry(at=first, what=f"The first of {of}", source=f"run_hunt {COUNT_HUNT}")
        if count > 1 and last is not None:
            yield Entry(at=last, what=f"The last of {of}", source=f"run_hunt {COUNT_HUNT}")
    for message in case.messages.messages if case.messages else ():
        if message.sent is not None:
            what = f"Message “{message.subject}” from {message.sender or 'an unknown sender'}"
            yield Entry(at=message.sent, what=what, source="get_message")


def _alert(investigation: Investigation) -> Iterator[Entry]:
    indicators = investigation.case.indicators
    title = indicators.title or listed(alert.title for alert in indicators.alerts) or "the alert"
    if indicators.first_activity is not None:
        yield Entry(
            at=indicators.first_activity, what=f"First activity of: {title}", source="alert"
        )
    if indicators.last_activity not in (None, indicators.first_activity):
        at = indicators.last_activity or investigation.case.as_of
        yield Entry(at=at, what=f"Last activity of: {title}", source="alert")
