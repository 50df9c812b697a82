"""Findings about from where and how the user signed in."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address, ip_network

from evidence.sign_in import AddressHistory, SignIn, SignIns
from triage.account import Account, accounts
from triage.finding import Finding, Investigation, Link, of_sign_in
from triage.links import links
from triage.wording import listed, moment, span

_VALID_ACCOUNTS = "T1078.004"
_NEW = timedelta(days=1)
"""How long before a change something unusual may be, to be tied to it by time alone."""
_BASELINE = timedelta(days=1)
"""How much older than an address the user's history must be to call the address new."""
_UNTIED = 5
_UNTIED_COUNTRY = 10
_LEGACY_CLIENTS = frozenset(["imap4", "pop3", "authenticated smtp", "smtp", "other clients"])
_PROTOCOLS = {"devicecode": "device code", "ropc": "user name and password alone (ROPC)"}


def new_places(investigation: Investigation) -> Iterator[Finding]:
    """A successful sign-in from an address that the user's history does not know.

    Weighty from a new country, less so from a new network of a usual country: people travel
    little and change networks often. Tied to no change, it says next to nothing.
    """
    for account in accounts(investigation.case):
        if account.sign_ins is not None:
            yield from _new_places(investigation, account, account.sign_ins)


def _new_places(
    investigation: Investigation, account: Account, sign_ins: SignIns
) -> Iterator[Finding]:
    for entry in sign_ins.history:
        # Of thousands of addresses that only failed, none is compared with the others.
        earlier = _earlier(entry, sign_ins) if entry.successes else []
        if not earlier or any(
            _same_network(entry.ip_address, other.ip_address) for other in earlier
        ):
            continue
        own = [s for s in sign_ins.sign_ins if s.ip_address == entry.ip_address]
        tied = links(
            investigation,
            at=entry.in_use_since,
            before=_NEW,
            actors=account.names,
            address=entry.ip_address,
            sessions=(s.session_id for s in own),
        )
        identifier, weight, where = _novelty(entry, earlier)
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


def unusual_ways(investigation: Investigation) -> Iterator[Finding]:
    """A successful sign-in by a legacy protocol, a device code, or a password alone."""
    for account in accounts(investigation.case):
        if account.sign_ins is not None:
            yield from _unusual_ways(investigation, account, account.sign_ins)


def _unusual_ways(
    investigation: Investigation, account: Account, sign_ins: SignIns
) -> Iterator[Finding]:
    seen: set[tuple[str, str | None]] = set()
    for entry in sorted(sign_ins.sign_ins, key=lambda each: each.at):
        how = _unusual_way(entry)
        if not how or not entry.succeeded or (how, entry.ip_address) in seen:
            continue
        seen.add((how, entry.ip_address))
        tied = links(
            investigation,
            at=entry.at,
            before=_NEW,
            actors=account.names,
            address=entry.ip_address,
            sessions=(entry.session_id,),
            applications=(entry.application_id,),
        )
        yield Finding(
            id="sign_in_unusual_way",
            sentence=f"A sign-in{account.aside} by {how} succeeded "
            f"from {entry.ip_address or 'an unknown place'} on {moment(entry.at)}.",
            family="identity",
            weight=10 if tied else _UNTIED,
            account=account.subject,
            links=tied,
            evidence=(of_sign_in(entry),),
            techniques=(_VALID_ACCOUNTS,),
        )


def _earlier(entry: AddressHistory, sign_ins: SignIns) -> list[AddressHistory]:
    """The user's places before this one; none means that there is nothing to compare with."""
    return [
        other
        for other in sign_ins.history
        if other.successes and other.in_use_since <= entry.in_use_since - _BASELINE
    ]


def _novelty(entry: AddressHistory, earlier: list[AddressHistory]) -> tuple[str, int, str]:
    """The finding's id, its weight, and the place in words."""
    countries = {other.country for other in earlier if other.country}
    networks = {other.network for other in earlier if other.network}
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


def _same_network(one: str, other: str) -> bool:
    """An IPv6 host changes its address within its /64 by itself."""
    if one == other:
        return True
    try:
        return ip_address(one).version == 6 and ip_address(other) in ip_network(
            f"{one}/64", strict=False
        )
    except ValueError:
        return False


def _unusual_way(entry: SignIn) -> str:
    if entry.client.lower() in _LEGACY_CLIENTS:
        return f"the legacy protocol {entry.client}"
    return _PROTOCOLS.get(entry.protocol.lower(), "")


FINDINGS = (new_places, unusual_ways)
