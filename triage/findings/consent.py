"""Findings about applications that were given access to mail."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.app_consent import AppConsent
from evidence.sign_in import SignIn
from triage.account import accounts
from triage.app_marks import SUSPECT, marks_of, suspects
from triage.applications import CONSENTS_HUNT, Application, MailAccess, applications
from triage.finding import Finding, Investigation, Reference, of_sign_in
from triage.links import links
from triage.wording import counted, listed, moment, quoted

_MOST = 45
_STEAL_TOKEN = "T1528"  # noqa: S105 - an ATT&CK id: Steal Application Access Token
_COLLECT = "T1114.002"
_AROUND = timedelta(hours=1)
_USED_AFTER = timedelta(days=7)
_FOR = {
    "user": "",
    "everybody": " for everybody in the organisation",
    "application": " for every mailbox, without any user",
}


def suspicious_consents(investigation: Investigation) -> Iterator[Finding]:
    """An application that reaches mail and is not what it seems, or is made for taking mail."""
    for application in applications(investigation.case):
        marks = list(marks_of(application, investigation))
        weight = min(_MOST, sum(worth for worth, _ in marks))
        if weight < SUSPECT:
            continue
        newest = application.consents[-1]
        tied = links(
            investigation,
            at=newest.at,
            before=_USED_AFTER,
            actors={consent.actor.lower() for consent in application.consents},
            address=newest.ip_address,
            applications=[application.app_id],
        )
        sign_ins = _sign_ins(investigation, application)
        yield Finding(
            id="app_consent",
            sentence=" ".join(
                (
                    f"{application.label} was given access"
                    f"{' to mail' if application.mail_scopes else ''} {_given(application)}.",
                    *(what for _, what in marks),
                    f"Its permissions: {listed(application.scopes, 12)}.",
                    *_signed_in_from(sign_ins),
                    *map(_in_mailbox, application.access[:5]),
                )
            ),
            family="identity",
            weight=weight,
            links=tied,
            evidence=(
                *(_of_consent(consent) for consent in application.consents),
                *(of_sign_in(each) for each in sign_ins[:5]),
            ),
            techniques=(_STEAL_TOKEN, _COLLECT),
        )


def ordinary_consents(investigation: Investigation) -> Iterator[Finding]:
    """Mail clients and the like: worth knowing, and nothing against anybody."""
    suspect = {each.label for each in suspects(investigation)}
    found = [
        application
        for application in applications(investigation.case)
        if application.mail_scopes and application.label not in suspect
    ]
    if found:
        named = listed(application.label for application in found)
        yield Finding(
            id="app_consent_ordinary",
            sentence=f"Access to mail was also given to {named}; nothing about "
            f"{'it' if len(found) == 1 else 'them'} is unusual.",
            family="identity",
            weight=0,
            evidence=tuple(_of_consent(each.consents[-1]) for each in found),
        )


def _given(application: Application) -> str:
    return listed(
        f"by {consent.actor} on {moment(consent.at)}{_FOR[consent.given_for]}"
        + (f" (recorded from {consent.ip_address})" if consent.ip_address else "")
        for consent in reversed(application.consents)
    )


def _sign_ins(investigation: Investigation, application: Application) -> list[SignIn]:
    """Those to the application itself, about when it was given access, by the one who gave it."""
    return [
        entry
        for account in accounts(investigation.case)
        for consent in application.consents
        if consent.actor.lower() in account.names and application.app_id
        for entry in (account.sign_ins.sign_ins if account.sign_ins else ())
        if entry.application_id.lower() == application.app_id
        and abs(entry.at - consent.at) <= _AROUND
    ]


def _signed_in_from(sign_ins: list[SignIn]) -> Iterator[str]:
    if addresses := listed(entry.ip_address for entry in sign_ins if entry.ip_address):
        yield f"Sign-ins to it at that time came from {addresses}."


def _in_mailbox(access: MailAccess) -> str:
    acts: list[str] = []
    if access.read:
        acts.append(f"read {counted(access.read, 'message')}")
    if access.sent:
        subjects = f" ({quoted(access.subjects, 3)})" if access.subjects else ""
        acts.append(f"sent {counted(access.sent, 'message')}{subjects}")
    when = (
        f" between {moment(access.first)} and {moment(access.last)}"
        if access.first and access.last
        else ""
    )
    folders = " It synchronised whole folders." if access.whole_folders else ""
    more = " The log is incomplete: it may have read more." if access.log_incomplete else ""
    return f"In the mailbox of {access.mailbox} it {' and '.join(acts)}{when}.{folders}{more}"


def _of_consent(consent: AppConsent) -> Reference:
    text = f"{consent.operation} by {consent.actor} at {moment(consent.at)}"
    return Reference(source=f"run_hunt {CONSENTS_HUNT}", id=consent.event_id, text=text)


FINDINGS = (suspicious_consents, ordinary_consents)
