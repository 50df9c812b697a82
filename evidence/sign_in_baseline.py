"""What is usual of a user's sign-ins: from where, with what and at which hours, over weeks."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from evidence.model import Evidence

if TYPE_CHECKING:
    from evidence.sign_in import SignIn

_VERSION = re.compile(r"/[\w.]+|(?<![A-Za-z0-9]) ?\d+(?:[._]\d+)*")
_LONGEST_AGENT = 300


class Usual(Evidence):
    """One value that successful sign-ins had, e.g. an address or an application."""

    value: str
    first_seen: datetime
    last_seen: datetime
    count: int
    """Sign-ins that had it."""
    days: int
    """Days, in UTC, on which they were."""


class SignInBaseline(Evidence):
    """The successful sign-ins before the days that are judged; a failed one makes nothing usual.

    Each list is given by the number of sign-ins, the most first.
    """

    since: datetime
    """From when on the log was read; it may begin later than was asked for."""
    until: datetime
    """The end of the baseline, and the beginning of the days that are judged."""
    count: int
    """The sign-ins that it rests on."""
    days: int
    """The days, in UTC, on which they were."""
    addresses: tuple[Usual, ...] = ()
    networks: tuple[Usual, ...] = ()
    """Autonomous system numbers, as text."""
    countries: tuple[Usual, ...] = ()
    applications: tuple[Usual, ...] = ()
    """Names; the id of an application without one."""
    user_agents: tuple[Usual, ...] = ()
    """Without their version numbers, which change by themselves."""
    clients: tuple[Usual, ...] = ()
    """`clientAppUsed`, e.g. `Browser` or `IMAP4`."""
    hours: tuple[int, ...] = (0,) * 24
    """Interactive sign-ins by hour of the day, in UTC: tokens are renewed by night, too."""


def baseline(sign_ins: Iterable["SignIn"], since: datetime, until: datetime) -> SignInBaseline:
    """What is usual by the successful sign-ins from `since` until before `until`."""
    usual = [each for each in sign_ins if each.succeeded and since <= each.at < until]
    by_hour = Counter(each.at.hour for each in usual if each.interactive)
    return SignInBaseline(
        since=since,
        until=until,
        count=len(usual),
        days=_days(usual),
        addresses=_values(usual, lambda each: each.ip_address or ""),
        networks=_values(usual, lambda each: str(each.network or "")),
        countries=_values(usual, lambda each: each.country),
        applications=_values(usual, application),
        user_agents=_values(usual, lambda each: software(each.user_agent)),
        clients=_values(usual, lambda each: each.client),
        hours=tuple(by_hour[hour] for hour in range(24)),
    )


def application(sign_in: "SignIn") -> str:
    """What the user signed in with, as a baseline names it."""
    return sign_in.application or sign_in.application_id


def software(user_agent: str) -> str:
    """A user agent without versions: a browser that updates itself is none the newer for it."""
    return " ".join(_VERSION.sub("", user_agent[:_LONGEST_AGENT]).split())


def _values(sign_ins: Sequence["SignIn"], value_of: Callable[["SignIn"], str]) -> tuple[Usual, ...]:
    by_value: dict[str, list[SignIn]] = {}
    for each in sign_ins:
        if value := value_of(each):
            by_value.setdefault(value, []).append(each)
    values = (
        Usual(
            value=value,
            first_seen=min(each.at for each in having),
            last_seen=max(each.at for each in having),
            count=len(having),
            days=_days(having),
        )
        for value, having in by_value.items()
    )
    return tuple(sorted(values, key=lambda usual: (-usual.count, usual.value)))


def _days(sign_ins: Iterable["SignIn"]) -> int:
    return len({each.at.date() for each in sign_ins})
