"""Findings about from where the user signed in."""

from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from evidence.sign_in import AddressHistory, SignIn, SignIns
from triage.account import Account
from triage.familiar import Past
from triage.finding import Finding, Investigation, Link, of_sign_in
from triage.foremost import of_each_account
from triage.links import links
from triage.wording import listed, moment, span

_VALID_ACCOUNTS = "T1078.004"
_NEW = timedelta(days=1)
"""How long before a change something unusual may be, to be tied to it by time alone."""
_BASELINE = timedelta(days=1)
"""How much older than an address the user's history must be to call the address new."""
_UNTIED_COUNTRY = 10


class _Known(NamedTuple):
    """Where the user had been until then."""

    countries: set[str]
    networks: set[int]


def new_places(investigation: Investigation) -> Iterator[Finding]:
    """A successful sign-in from an address that the user's history does not know.

    Weighty from a new country, less so from a new network of a usual country: people travel
    little and change networks often. Tied to no change, it says next to nothing.
    """
    return of_each_account(investigation, _new_places)


def _new_places(investigation: Investigation, account: Account) -> Iterator[Finding]:
    sign_ins = account.sign_ins
    if sign_ins is None:
        return
    past, seen = Past(sign_ins), _by_address(sign_ins)
    for entry, known in _places(sign_ins):
        if not past.lacks(entry.ip_address, entry.in_use_since):
            continue
        own = seen.get(entry.ip_address, [])
        tied = links(
            investigation,
            at=entry.in_use_since,
            before=_NEW,
            actors=account.names,
            address=entry.ip_address,
            tokens=(s.token_id for s in own),
            sessions=(s.session_id for s in own),
        )
        identifier, weight, where = _novelty(entry, known)
        if tied or identifier == "sign_in_new_country":
            yield Finding(
                id=identifier,
                sentence=f"{sign_ins.user or 'The user'} signed in from {entry.ip_address}, "
                f"{where}, first on {moment(entry.in_use_since)}"
                f"{_how_long_before(investigation, entry, tied)}.",
                family="identity",
                weight=weight if tied else _UNTIED_COUNTRY,
                account=account.subject,
                links=tied,
                evidence=tuple(of_sign_in(s) for s in own[-3:]),
                techniques=(_VALID_ACCOUNTS,),
            )


def _by_address(sign_ins: SignIns) -> dict[str | None, list[SignIn]]:
    found: dict[str | None, list[SignIn]] = {}
    for entry in sign_ins.sign_ins:
        found.setdefault(entry.ip_address, []).append(entry)
    return found


def _places(sign_ins: SignIns) -> Iterator[tuple[AddressHistory, _Known]]:
    """From where the user signed in, by time, each with what was known well before it."""
    places = sorted(
        (entry for entry in sign_ins.history if entry.successes), key=lambda each: each.in_use_since
    )
    earlier, known = deque(places), _Known(set(), set())
    for entry in places:
        while entry.in_use_since - earlier[0].in_use_since >= _BASELINE:
            place = earlier.popleft()
            known.countries.update([place.country] if place.country else [])
            known.networks.update([place.network] if place.network else [])
        yield entry, known


def _novelty(entry: AddressHistory, known: _Known) -> tuple[str, int, str]:
    """The finding's id, its weight, and the place in words."""
    countries, networks = known
    if entry.country and countries and entry.country not in countries:
        usual = listed(sorted(countries))
        return "sign_in_new_country", 40, f"in {entry.country} (usual until then: {usual})"
    if not entry.country or not countries:
        return "sign_in_new_address", 25, "an address never seen before for this user"
    if entry.network and networks and entry.network not in networks:
        place = f"a network (AS{entry.network}) never seen before for this user"
        return "sign_in_new_network", 15, place
    return "sign_in_new_address", 10, "an address never seen before, in a usual country"


def _how_long_before(
    investigation: Investigation, entry: AddressHistory, tied: tuple[Link, ...]
) -> str:
    keys = {link.way for link in tied}
    after = [
        (change.at - entry.in_use_since, way)
        for way, change in investigation.way_changes()
        if way.key in keys and change.at >= entry.in_use_since
    ]
    if not after:
        return ""
    length, way = min(after, key=lambda each: each[0])
    return f", {span(length)} before a change of {way.label}"


FINDINGS = (new_places,)
