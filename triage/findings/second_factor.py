"""Findings about a second factor that was asked for until somebody gave in."""

from collections.abc import Iterator
from datetime import timedelta

from evidence.sign_in import SignIn, SignIns
from triage.account import Account, accounts
from triage.bursts import densest
from triage.familiar import Past
from triage.finding import Finding, Investigation, of_sign_in
from triage.links import links
from triage.wording import counted, moment, span

_REQUESTS = "T1621"
"""ATT&CK: Multi-Factor Authentication Request Generation."""
_NOT_GIVEN = frozenset({500121})
"""The second factor was asked for and refused, or nobody answered (Entra error codes)."""
_BURST = timedelta(hours=1)
_BURST_SIZE = 5
_GIVEN_WITHIN = timedelta(hours=1)
_NEW = timedelta(days=1)
_TIED, _UNTIED = 25, 10


def worn_down(investigation: Investigation) -> Iterator[Finding]:
    """Many refused requests for a second factor within an hour, and then one that was granted."""
    for account in accounts(investigation.case):
        if account.sign_ins is not None:
            past = Past(account.sign_ins)
            for refused in _bursts(account.sign_ins):
                granted = _granted(account.sign_ins, refused)
                if granted is not None and past.lacks(granted.ip_address, granted.at):
                    yield _finding(investigation, account, refused, granted)


def _finding(
    investigation: Investigation, account: Account, refused: list[SignIn], granted: SignIn
) -> Finding:
    tied = links(
        investigation,
        at=granted.at,
        before=_NEW,
        actors=account.names,
        address=granted.ip_address,
        tokens=(granted.token_id,),
        sessions=(granted.session_id,),
    )
    return Finding(
        id="second_factor_worn_down",
        sentence=f"{counted(len(refused), 'request')} for a second factor{account.aside} went "
        f"ungranted within {span(refused[-1].at - refused[0].at)} from {granted.ip_address}, "
        f"beginning on {moment(refused[0].at)}, and then one was granted, "
        f"on {moment(granted.at)}.",
        family="identity",
        weight=_TIED if tied else _UNTIED,
        account=account.subject,
        links=tied,
        evidence=tuple(of_sign_in(each) for each in (*refused[:5], granted)),
        techniques=(_REQUESTS,),
    )


def _bursts(log: SignIns) -> Iterator[list[SignIn]]:
    by_address: dict[str, list[SignIn]] = {}
    for entry in sorted(log.sign_ins, key=lambda each: each.at):
        if entry.error_code in _NOT_GIVEN and entry.ip_address:
            by_address.setdefault(entry.ip_address, []).append(entry)
    bursts = (densest(entries, _BURST) for entries in by_address.values())
    return (burst for burst in bursts if len(burst) >= _BURST_SIZE)


def _granted(log: SignIns, refused: list[SignIn]) -> SignIn | None:
    """The first sign-in from the same address that got in soon after the requests."""
    first, last = refused[0], refused[-1]
    found = (
        each
        for each in log.sign_ins
        if each.succeeded
        and each.ip_address == first.ip_address
        and each.at >= first.at
        and each.at - last.at <= _GIVEN_WITHIN
    )
    return min(found, key=lambda each: each.at, default=None)


FINDINGS = (worn_down,)
