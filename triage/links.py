"""What ties an anomaly to a change: the session, the address, the application, or the time."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from triage.account import Account, accounts
from triage.changes import Change
from triage.finding import Investigation, Link, LinkKind

AFTER = timedelta(hours=1)
"""How long after a change an anomaly can still belong to it."""
_PATIENCE = timedelta(days=7)
"""How long an intruder may wait between the anomaly and a change from the same place."""
_LONG_USED = timedelta(days=7)


def links(
    investigation: Investigation,
    *,
    at: datetime | None,
    before: timedelta,
    after: timedelta = AFTER,
    actors: Collection[str],
    address: str | None = None,
    sessions: Iterable[str] = (),
    applications: Iterable[str] = (),
) -> tuple[Link, ...]:
    """The changes that an anomaly is tied to, each by the strongest tie there is.

    `before` and `after` say how far from the change the anomaly may lie. Time and application
    tie it only to a change that one of `actors` (lower-cased) made, and not from an address that
    one of the accounts has long used; session and address tie it to anybody's, and for longer,
    since an intruder may wait.
    """
    if at is None:
        return ()
    known_sessions = {session for session in sessions if session}
    known_applications = {application for application in applications if application}
    # Of all whose sign-ins were read: colleagues share the organisation's addresses.
    usual = usual_addresses(accounts(investigation.case))
    found: list[Link] = []
    for way, change in investigation.way_changes():
        ahead = change.at - at
        tie = _tie(change, address, known_sessions, known_applications)
        firm = tie in ("session", "address")
        theirs = change.actor.lower() in actors and change.ip_address not in usual
        if (firm or theirs) and -after <= ahead <= (max(before, _PATIENCE) if firm else before):
            found.append(Link(way=way.key, by=tie))
    return tuple(found)


def usual_addresses(whose: Iterable[Account]) -> frozenset[str]:
    """The addresses from which somebody signed in over a week or more."""
    return frozenset(
        entry.ip_address
        for account in whose
        for entry in (account.sign_ins.history if account.sign_ins else ())
        if entry.successes and entry.last_seen - entry.in_use_since >= _LONG_USED
    )


def _tie(
    change: Change, address: str | None, sessions: set[str], applications: set[str]
) -> LinkKind:
    if change.session_id and change.session_id in sessions:
        return "session"
    if address is not None and change.ip_address == address:
        return "address"
    if change.application_id and change.application_id in applications:
        return "application"
    return "time"
