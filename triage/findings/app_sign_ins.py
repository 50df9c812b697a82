"""Findings about applications that signed in as themselves, with no user's sign-in to show."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from evidence.sign_in import SignIn
from triage.account import Account, accounts
from triage.finding import Finding, Investigation, Link, of_sign_in
from triage.links import links
from triage.wording import counted, listed, moment

_APPLICATION_TOKEN = "T1550.001"  # noqa: S105 - ATT&CK: Application Access Token
_BEFORE = timedelta(days=1)
_TIED = 10


def application_sign_ins(investigation: Investigation) -> Iterator[Finding]:
    """From where an application signed in, and whether a change was made from there or by it."""
    for account in accounts(investigation.case):
        log = account.sign_ins
        by_application: dict[str, list[SignIn]] = {}
        for entry in log.application_sign_ins if log else ():
            if entry.succeeded:
                by_application.setdefault(entry.application_id, []).append(entry)
        for entries in by_application.values():
            yield _finding(investigation, account, sorted(entries, key=lambda each: each.at))


def _finding(investigation: Investigation, account: Account, entries: Sequence[SignIn]) -> Finding:
    first, last = entries[0], entries[-1]
    tied = _links(investigation, account, entries)
    name = first.service_principal or first.application or first.application_id
    addresses = listed(each.ip_address for each in entries if each.ip_address)
    places = f" from {addresses}" if addresses else ""
    return Finding(
        id="application_signed_in",
        sentence=f"The application {name} signed in as itself {counted(len(entries), 'time')} "
        f"between {moment(first.at)} and {moment(last.at)}{places}.",
        family="identity",
        weight=_TIED if tied else 0,
        account=account.subject,
        links=tied,
        evidence=tuple(of_sign_in(each) for each in (*entries[-3:],)),
        techniques=(_APPLICATION_TOKEN,) if tied else (),
    )


def _links(
    investigation: Investigation, account: Account, entries: Sequence[SignIn]
) -> tuple[Link, ...]:
    """By whatever sign-in is tied; that one of many was near in time says nothing."""
    found: dict[str, Link] = {}
    for entry in entries:
        tied = links(
            investigation,
            at=entry.at,
            before=_BEFORE,
            actors=account.names,
            address=entry.ip_address,
            tokens=(entry.token_id,),
            sessions=(entry.session_id,),
            applications=(entry.application_id,),
        )
        for link in tied:
            if link.by != "time":
                found.setdefault(link.way, link)
    return tuple(found.values())


FINDINGS = (application_sign_ins,)
