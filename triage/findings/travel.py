"""Findings about one account in two places that nobody can travel between in the time."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from evidence.sign_in import SignIn, SignIns
from triage.account import Account
from triage.familiar import Past, same_network
from triage.finding import Finding, Investigation, of_sign_in
from triage.foremost import of_each_account
from triage.links import links
from triage.wording import moment, span

_VALID_ACCOUNTS = "T1078.004"
_STOLEN_TOKEN = "T1550.004"  # noqa: S105 - ATT&CK: Web Session Cookie
_EARTH = 6371.0
_FASTEST = 1000.0
"""Kilometres an hour: an airliner's pace."""
_FAR = 500.0
"""Kilometres, below which the place of an address is too vague."""
_AT_ONCE = timedelta(hours=1)
"""Within it, two countries are two places, where their distance is not known."""
_NEW = timedelta(days=1)
_UNTIED = 10


class _Journey(NamedTuple):
    """Two sign-ins, one after the other, and the one that is out of place."""

    one: SignIn
    other: SignIn
    odd: SignIn

    @property
    def by_token(self) -> bool:
        """Whether it is one session that was in both places."""
        return bool(self.one.session_id) and self.one.session_id == self.other.session_id


def impossible_travel(investigation: Investigation) -> Iterator[Finding]:
    """Two successful sign-ins too far apart for the time between, one from a place unknown.

    Of one network, or both known, they are a company's exits or a telephone's.
    """
    return of_each_account(investigation, _journeys_of)


def _journeys_of(investigation: Investigation, account: Account) -> Iterator[Finding]:
    told: set[str | None] = set()
    for journey in _journeys(account.sign_ins):
        if journey.odd.ip_address not in told:
            told.add(journey.odd.ip_address)
            yield _finding(investigation, account, journey)


def _finding(investigation: Investigation, account: Account, journey: _Journey) -> Finding:
    one, other, odd = journey
    tied = links(
        investigation,
        at=odd.at,
        before=_NEW,
        actors=account.names,
        address=odd.ip_address,
        tokens=(odd.token_id,),
        sessions=(odd.session_id,),
    )
    how = ", by one and the same session: its token was taken along" if journey.by_token else ""
    return Finding(
        id="impossible_travel",
        sentence=f"Sign-ins{account.aside} came from {_place(one)} on {moment(one.at)} and "
        f"from {_place(other)} {span(other.at - one.at)} later{_how_far(one, other)}{how}.",
        family="identity",
        weight=_weight(journey) if tied else _UNTIED,
        account=account.subject,
        links=tied,
        evidence=(of_sign_in(one), of_sign_in(other)),
        techniques=(_STOLEN_TOKEN if journey.by_token else _VALID_ACCOUNTS,),
    )


def _weight(journey: _Journey) -> int:
    if journey.by_token:
        return 30
    return 20 if journey.one.country != journey.other.country else 10


def _journeys(log: SignIns | None) -> Iterator[_Journey]:
    past = Past(log)
    seen = (each for each in log.sign_ins if each.succeeded and each.ip_address) if log else ()
    for one, other in pairwise(sorted(seen, key=lambda each: each.at)):
        if _impossible(one, other) and not _one_network(one, other):
            # The later one is out of place, unless it is back where the account is at home.
            strange = [s for s in (other, one) if past.lacks(s.ip_address, s.at)]
            if strange:
                yield _Journey(one, other, strange[0])


def _impossible(one: SignIn, other: SignIn) -> bool:
    length = other.at - one.at
    distance = _distance(one, other)
    if distance is None:
        abroad = one.country and other.country and one.country != other.country
        shared = one.session_id and one.session_id == other.session_id
        return bool(abroad and shared and length <= _AT_ONCE)
    return distance >= _FAR and distance > _FASTEST * (length / timedelta(hours=1))


def _one_network(one: SignIn, other: SignIn) -> bool:
    same = one.network is not None and one.network == other.network
    return same or same_network(one.ip_address or "", other.ip_address or "")


def _distance(one: SignIn, other: SignIn) -> float | None:
    """Kilometres along the great circle (haversine); None where a place is not known."""
    here, there = _position(one), _position(other)
    if here is None or there is None:
        return None
    rise = sin((there[0] - here[0]) / 2) ** 2
    turn = sin((there[1] - here[1]) / 2) ** 2
    return 2 * _EARTH * asin(min(1.0, sqrt(rise + cos(here[0]) * cos(there[0]) * turn)))


def _position(entry: SignIn) -> tuple[float, float] | None:
    """Latitude and longitude in radians; zero and zero is how an unknown place is written."""
    north, east = entry.latitude, entry.longitude
    if north is None or east is None or not (north or east):
        return None
    on_earth = abs(north) <= 90 and abs(east) <= 180
    return (radians(north), radians(east)) if on_earth else None


def _place(entry: SignIn) -> str:
    where = ", ".join(part for part in (entry.city, entry.country) if part)
    return f"{entry.ip_address} ({where})" if where else f"{entry.ip_address}"


def _how_far(one: SignIn, other: SignIn) -> str:
    distance = _distance(one, other)
    return f", {distance:,.0f} km away" if distance is not None else ""


FINDINGS = (impossible_travel,)
