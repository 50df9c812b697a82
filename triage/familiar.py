"""Whether an account is known to be used from an address."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from evidence.sign_in import SignIns
from triage.account import Account

_KNOWN_FOR = timedelta(days=1)
"""How much older than a moment a sign-in must be to count as the account's past."""


class Past:
    """Since when an account has been used, and since when from each network.

    An account without a past, as a new employee's is, has nothing unfamiliar about it.
    """

    def __init__(self, log: SignIns | None) -> None:
        self._since: dict[str, datetime] = {}
        for entry in log.history if log else ():
            if entry.successes:
                network, since = _network(entry.ip_address), entry.in_use_since
                self._since[network] = min(since, self._since.get(network, since))
        self._began = min(self._since.values(), default=None)

    def lacks(self, address: str | None, at: datetime) -> bool:
        """Whether there is a past of successful sign-ins, and none of them from this address."""
        if address is None or self._began is None or at - self._began < _KNOWN_FOR:
            return False
        since = self._since.get(_network(address))
        return since is None or at - since < _KNOWN_FOR


def unfamiliar(account: Account, address: str | None, at: datetime) -> bool:
    """Whether the account has a past of successful sign-ins, and none of them from this address.

    To ask about many, keep its `Past`.
    """
    return Past(account.sign_ins).lacks(address, at)


def same_network(one: str, other: str) -> bool:
    """An IPv6 host changes its address within its /64 by itself."""
    return one == other or _network(one) == _network(other)


def _network(address: str) -> str:
    """The address, or the /64 of an IPv6 one, as a name to compare."""
    try:
        is_v6 = ":" in address and ip_address(address).version == 6
        return str(ip_network(f"{address}/64", strict=False)) if is_v6 else address
    except ValueError:
        return address
