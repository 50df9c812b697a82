"""Findings about passwords being tried."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.sign_in import SignIn, SignIns
from triage.account import Account, accounts
from triage.bursts import densest
from triage.finding import Finding, Investigation, Link, of_sign_in
from triage.links import links
from triage.wording import counted, moment, span

_GUESSING = ("T1110.001", "T1110.003")
_PASSWORD_ERRORS = frozenset({50053, 50055, 50056, 50126})
"""Locked out, expired, none set, wrong (Entra authentication and authorization error codes)."""
_BURST = timedelta(minutes=15)
_BURST_SIZE = 3
_USED_AFTER = timedelta(days=3)
"""A guessed password is often put to use only days later."""
_KNOWN_FOR = timedelta(days=1)


def password_bursts(investigation: Investigation) -> Iterator[Finding]:
    """Several wrong passwords within minutes from one address, and whether one was right then.

    From an address that the user has long used it is a person who mistypes, or a device that
    keeps an old password.
    """
    for account in accounts(investigation.case):
        if account.sign_ins is not None:
            for address, failures in _bursts(account.sign_ins).items():
                yield _finding(investigation, account, account.sign_ins, address, failures)


def _finding(
    investigation: Investigation,
    account: Account,
    sign_ins: SignIns,
    address: str,
    failures: list[SignIn],
) -> Finding:
    first = failures[0].at
    success = _success(sign_ins, address, first)
    tied: tuple[Link, ...] = ()
    if _long_used(sign_ins, address, first):
        identifier, weight, start = "password_mistyped", 0, "Probably mistyped"
    elif success is None:
        identifier, weight, start = "password_guessing", 10, "Password spray or guessing"
    else:
        identifier, start = "password_guessed", "Password spray or guessing that succeeded"
        weight = 25 if _has_earlier(sign_ins, first) else 15
        tied = links(
            investigation,
            at=success.at,
            before=_USED_AFTER,
            actors=account.names,
            address=address,
            tokens=(success.token_id,),
            sessions=(success.session_id,),
        )
    return Finding(
        id=identifier,
        sentence=f"{start}: {_what_happened(account, address, failures, success)}",
        family="identity",
        weight=weight,
        account=account.subject,
        links=tied,
        evidence=tuple(of_sign_in(s) for s in (*failures[:5], *([success] if success else ()))),
        techniques=_GUESSING if weight else (),
    )


def _bursts(sign_ins: SignIns) -> dict[str, list[SignIn]]:
    """The failures of each address that had several within minutes."""
    by_address: dict[str, list[SignIn]] = {}
    for entry in sorted(sign_ins.sign_ins, key=lambda each: each.at):
        if entry.error_code in _PASSWORD_ERRORS and entry.ip_address:
            by_address.setdefault(entry.ip_address, []).append(entry)
    bursts = {address: densest(failures, _BURST) for address, failures in by_address.items()}
    return {address: burst for address, burst in bursts.items() if len(burst) >= _BURST_SIZE}


def _success(sign_ins: SignIns, address: str, since: datetime) -> SignIn | None:
    entries = (s for s in sign_ins.sign_ins if s.ip_address == address and s.succeeded)
    return min((s for s in entries if s.at >= since), key=lambda s: s.at, default=None)


def _long_used(sign_ins: SignIns, address: str, at: datetime) -> bool:
    return any(
        entry.ip_address == address and entry.successes and entry.in_use_since <= at - _KNOWN_FOR
        for entry in sign_ins.history
    )


def _has_earlier(sign_ins: SignIns, at: datetime) -> bool:
    """Whether the user was seen elsewhere before: a first day at work begins with mistakes."""
    return any(
        entry.successes and entry.in_use_since <= at - _KNOWN_FOR for entry in sign_ins.history
    )


def _what_happened(
    account: Account, address: str, failures: list[SignIn], success: SignIn | None
) -> str:
    length = span(failures[-1].at - failures[0].at)
    protocols = {s.protocol for s in failures if s.protocol and s.client != "Browser"}
    how = f" ({', '.join(sorted(protocols))}, without a browser)" if protocols else ""
    return (
        f"{counted(len(failures), 'wrong password')}{account.aside} within {length} "
        f"from {address}{how}, beginning on {moment(failures[0].at)}; "
        f"{_outcome(failures, success)}."
    )


def _outcome(failures: list[SignIn], success: SignIn | None) -> str:
    """Whether a password was right, after how many wrong ones, and by which way it came."""
    if success is None:
        return "none from there succeeded"
    before = sum(failure.at <= success.at for failure in failures)
    after = f"after {before} of them" if before < len(failures) else "after them"
    return f"{after}, a sign-in from there succeeded on {moment(success.at)}{_by(success)}"


def _by(success: SignIn) -> str:
    if success.client == "Browser":
        return " in a browser"
    ways = [way for way in (success.protocol, success.client) if way and way.lower() != "none"]
    return f" without a browser ({', '.join(ways)})" if ways else ""


FINDINGS = (password_bursts,)
