"""Findings about ways to sign in that go around a second factor, or begin on another's device."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from evidence.sign_in import SignIn, SignIns
from triage.account import Account
from triage.familiar import Past
from triage.finding import Finding, Investigation, of_sign_in
from triage.foremost import of_each_account
from triage.links import links
from triage.wording import moment

_VALID_ACCOUNTS = "T1078.004"
_NEW = timedelta(days=1)
"""How long before a change it may be, to be tied to it by time alone."""
_UNTIED = 5
_FAMILIAR = 10
"""From where the account has long been used, it may be its owner's habit."""
_HABIT = 3
"""Days on which a client was used before it is a habit."""
_LEGACY_CLIENTS = frozenset(
    [
        "authenticated smtp",
        "autodiscover",
        "exchange activesync",
        "exchange online powershell",
        "exchange web services",
        "imap4",
        "mapi over http",
        "offline address book",
        "other clients",
        "outlook anywhere (rpc over http)",
        "pop3",
        "reporting web services",
        "smtp",
    ]
)
"""`clientAppUsed` (Microsoft Entra documentation, "Block legacy authentication")."""


class _Way(NamedTuple):
    words: str
    weight: int


_DEVICE_CODE = _Way("device code", 20)
_PROTOCOLS = {
    "devicecode": _DEVICE_CODE,
    "ropc": _Way("user name and password alone (ROPC)", 15),
    "authenticationtransfer": _Way("a transfer from another device", 15),
}
_TRANSFERS = {
    "devicecodeflow": _DEVICE_CODE._replace(words="a token that a device code had led to"),
    "authenticationtransfer": _PROTOCOLS["authenticationtransfer"],
}


def unusual_ways(investigation: Investigation) -> Iterator[Finding]:
    """A successful sign-in by a legacy protocol, a device code, or a password alone.

    A client that the account has long used, from where it is long used, is a habit.
    """
    return of_each_account(investigation, _unusual_ways)


def _unusual_ways(investigation: Investigation, account: Account) -> Iterator[Finding]:
    log = account.sign_ins
    if log is None:
        return
    seen: set[tuple[str, str | None]] = set()
    past = Past(log)
    for entry in sorted(log.sign_ins, key=lambda each: each.at):
        how = _way(entry)
        if how is None or not entry.succeeded or (how.words, entry.ip_address) in seen:
            continue
        seen.add((how.words, entry.ip_address))
        strange = past.lacks(entry.ip_address, entry.at)
        if not strange and _is_habit(entry, log):
            continue
        tied = links(
            investigation,
            at=entry.at,
            before=_NEW,
            actors=account.names,
            address=entry.ip_address,
            tokens=(entry.token_id,),
            sessions=(entry.session_id,),
            applications=(entry.application_id,),
        )
        weight = how.weight if strange else min(how.weight, _FAMILIAR)
        yield Finding(
            id="sign_in_unusual_way",
            sentence=f"A sign-in{account.aside} by {how.words} succeeded "
            f"from {entry.ip_address or 'an unknown place'} on {moment(entry.at)}.",
            family="identity",
            weight=weight if tied else _UNTIED,
            account=account.subject,
            links=tied,
            evidence=(of_sign_in(entry),),
            techniques=(_VALID_ACCOUNTS,),
        )


def _way(entry: SignIn) -> _Way | None:
    by_protocol = _PROTOCOLS.get(entry.protocol.lower())
    if by_protocol is not None:
        return by_protocol
    if entry.client.lower() in _LEGACY_CLIENTS:
        return _Way(f"the legacy protocol {entry.client}", 10)
    return _TRANSFERS.get(entry.transfer_method.lower())


def _is_habit(entry: SignIn, log: SignIns) -> bool:
    """Whether the client is one that the account has used for days before."""
    usual = log.baseline.clients if log.baseline else ()
    return entry.client.lower() in _LEGACY_CLIENTS and any(
        each.value.lower() == entry.client.lower() and each.days >= _HABIT for each in usual
    )


FINDINGS = (unusual_ways,)
