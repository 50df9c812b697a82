"""Of many findings of one kind about one account, those that are worth an analyst's time."""

from collections.abc import Callable, Iterator

from triage.account import Account, accounts
from triage.finding import Finding, Investigation

MOST = 20
"""A hundred more of one kind weigh no more than the weightiest of them."""


def of_each_account(
    investigation: Investigation,
    find: Callable[[Investigation, Account], Iterator[Finding]],
) -> Iterator[Finding]:
    """What `find` finds about each account: at most twenty, those tied to a change first."""
    for account in accounts(investigation.case):
        found = sorted(find(investigation, account), key=lambda f: (not f.links, -f.weight))
        yield from found[:MOST]
