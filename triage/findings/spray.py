"""Findings about an address that tries many accounts: no user's own log can show it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from evidence.model import JsonObject
from evidence.reading import moment as time_of
from evidence.reading import number, text
from triage.account import Account, accounts
from triage.finding import Finding, Investigation, Link, Reference
from triage.links import links, usual_addresses
from triage.wording import counted, listed

ADDRESSES_HUNT = "same_addresses"
"""The hunt for whoever and whatever else came from an address."""
_SPRAYING = ("T1110.003",)
_MANY = 5
"""Accounts that failed to sign in from one address."""
_TIED, _LET_IN, _KEPT_OUT = 30, 10, 5


def password_spray(investigation: Investigation) -> Iterator[Finding]:
    """Many accounts failed to sign in from one address.

    Where more accounts come in than fail, or one of those asked about has long been at home, it
    is an office.
    """
    usual = usual_addresses(accounts(investigation.case))
    for address, rows in _by_address(investigation).items():
        failed = [row for row in rows if number(row, "FailedSignIns")]
        let_in = [row for row in rows if number(row, "SignIns")]
        if len(failed) >= _MANY and len(let_in) <= len(failed) and address not in usual:
            yield _finding(investigation, address, failed, let_in)


def _finding(
    investigation: Investigation, address: str, failed: list[JsonObject], let_in: list[JsonObject]
) -> Finding:
    victims = [each for each in accounts(investigation.case) if _row_of(each, let_in)]
    account = (victims or accounts(investigation.case))[0]
    tied = _links(investigation, account, address, (*let_in, *failed))
    names = [name for row in let_in if (name := text(row, "Account"))]
    outcome = f"; it got into {listed(names)}" if names else "; it got into none of them"
    return Finding(
        id="password_spray",
        sentence=f"{counted(len(failed), 'account')} failed to sign in from {address}{outcome}.",
        family="identity",
        weight=_TIED if tied else _LET_IN if victims else _KEPT_OUT,
        account=account.subject,
        links=tied,
        evidence=(
            Reference(
                source=f"run_hunt {ADDRESSES_HUNT}",
                id=address,
                text=f"{len(failed)} accounts failed",
            ),
        ),
        techniques=_SPRAYING,
    )


def _links(
    investigation: Investigation, account: Account, address: str, rows: Sequence[JsonObject]
) -> tuple[Link, ...]:
    """Only the address can tie it to a change, which nobody else makes from there."""
    own = _row_of(account, rows) or rows[0]
    at = time_of(own, "FirstSignIn") or time_of(own, "LastFailedSignIn")
    return links(investigation, at=at, before=timedelta(0), actors=(), address=address)


def _row_of(account: Account, rows: Sequence[JsonObject]) -> JsonObject | None:
    for row in rows:
        names = {(text(row, column) or "").lower() for column in ("Account", "AccountObjectId")}
        if names & account.names:
            return row
    return None


def _by_address(investigation: Investigation) -> dict[str, list[JsonObject]]:
    found: dict[str, list[JsonObject]] = {}
    hunt = investigation.case.hunts.get(ADDRESSES_HUNT)
    for row in hunt.rows if hunt else ():
        address = text(row, "Address")
        if address and text(row, "Account"):
            found.setdefault(address, []).append(row)
    return found


FINDINGS = (password_spray,)
