"""What ties an anomaly to a change: token, session, address, application, or the time."""

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
_FIRM: frozenset[LinkKind] = frozenset(["token", "session", "address"])


def links(
    investigation: Investigation,
    *,
    at: datetime | None,
    before: timedelta,
    after: timedelta = AFTER,
    actors: Collection[str],
    address: str | None = None,
    tokens: Iterable[str] = (),
    sessions: Iterable[str] = (),
    applications: Iterable[str] = (),
) -> tuple[Link, ...]:
    """The changes that an anomaly is tied to, each by the strongest tie there is.

    `before` and `after` say how far from the change the anomaly may lie. Time and application
    tie it only to a change that one of `actors` (lower-cased) made, and not from an address that
    one of the accounts has long used; token, session and address tie it to anybody's, and for
    longer, since an intruder may wait.
    """
    if at is None:
        return ()
    known_tokens = {token for token in tokens if token}
    known_sessions = {session for session in sessions if session}
    known_applications = {application for application in applications if application}
    found: list[Link] = []
    for way, change in investigation.way_changes():
        tie = _tie(change, address, known_tokens, known_sessions, known_applications)
        firm = tie in _FIRM
        near = -after <= change.at - at <= (max(before, _PATIENCE) if firm else before)
        if near and (firm or _is_theirs(change, actors, investigation)):
            found.append(Link(way=way.key, by=tie))
    return tuple(found)


def _is_theirs(change: Change, actors: Collection[str], investigation: Investigation) -> bool:
    """Whether one of the actors made the change, and from no usual place."""
    if change.actor.lower() not in actors:
        return False
    # Of all whose sign-ins were read: colleagues share the organisation's addresses.
    return change.ip_address not in usual_addresses(accounts(investigation.case))


def usual_addresses(whose: Iterable[Account]) -> frozenset[str]:
    """The addresses from which somebody signed in over a week or more."""
    return frozenset(
        entry.ip_address
        for account in whose
        for entry in (account.sign_ins.history if account.sign_ins else ())
        if entry.successes and entry.last_seen - entry.in_use_since >= _LONG_USED
    )


def _tie(
    change: Change,
    address: str | None,
    tokens: set[str],
    sessions: set[str],
    applications: set[str],
) -> LinkKind:
    """The strongest tie; token and session say that one authentication led to both.

    Source: Microsoft Entra documentation, "Track and investigate identity activities with
    linkable identifiers".
    """
    if change.token_id and change.token_id in tokens:
        return "token"
    if change.session_id and change.session_id in sessions:
        return "session"
    if address is not None and change.ip_address == address:
        return "address"
    if change.application_id and change.application_id in applications:
        return "application"
    return "time"
