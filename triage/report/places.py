"""The picture of the places from which an account signed in over time, and its table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.sign_in import AddressHistory, SignIn, SignIns
from triage.report.axis import Axis
from triage.report.some import Some, some
from triage.wording import counted, listed

_MOST_LANES = 8
_MOST_LINES = 40
_BIN = 9.0
"""Width within which the sign-ins of a lane are one dot."""
_LARGEST = 7.0
LANE = 54.0
"""Height of one place's part."""


@dataclass(frozen=True)
class Line:
    """One address, for the table."""

    address: str
    place: str
    network: str
    first: datetime
    last: datetime
    successes: int
    failures: int
    noted: bool
    """A finding rests on a sign-in from there."""


@dataclass(frozen=True)
class Places:
    """From where one account signed in."""

    user: str
    sign_ins: SignIns
    noted: frozenset[str]
    """The ids of the sign-ins that a finding rests on."""
    lines: Some[Line]

    @property
    def in_words(self) -> str:
        """What the picture shows, in a sentence."""
        countries = sorted({each.country for each in self.sign_ins.history if each.country})
        addresses = counted(len(self.sign_ins.history), "address", "addresses")
        where = f" in {listed(countries, 8)}" if countries else ", whose places are not known"
        return f"{self.user}: sign-ins from {addresses}{where}"

    @property
    def moments(self) -> Iterable[datetime]:
        """The times that a picture has to hold."""
        for each in self.sign_ins.history:
            yield from (each.first_seen, each.last_seen)
        yield from (each.at for each in self.sign_ins.sign_ins)


@dataclass(frozen=True)
class Dot:
    """The sign-ins of a while."""

    x: float
    radius: float
    noted: bool
    told: str


@dataclass(frozen=True)
class Lane:
    """One place."""

    label: str
    aside: str
    y: float
    noted: bool
    spans: tuple[tuple[float, float], ...]
    """From where to where each address was in use."""
    successes: tuple[Dot, ...]
    failures: tuple[Dot, ...]


@dataclass
class _Place:
    name: str
    addresses: list[AddressHistory] = field(default_factory=list[AddressHistory])
    sign_ins: list[SignIn] = field(default_factory=list[SignIn])

    @property
    def first_seen(self) -> datetime:
        seen = [each.at for each in self.sign_ins]
        return min([*seen, *(each.first_seen for each in self.addresses)])

    @property
    def cities(self) -> list[str]:
        return sorted({each.city for each in self.sign_ins if each.city})


def places(user: str, sign_ins: SignIns, noted: frozenset[str]) -> Places:
    """What the sign-ins of an account show; `noted` are the ids that findings rest on."""
    there = {each.ip_address for each in sign_ins.sign_ins if each.id and each.id in noted}
    lines = [
        Line(
            address=each.ip_address,
            place=each.country,
            network=f"AS{each.network}" if each.network else "",
            first=each.first_seen,
            last=each.last_seen,
            successes=each.successes,
            failures=each.failures,
            noted=each.ip_address in there,
        )
        for each in sign_ins.history
    ]
    lines.sort(key=lambda line: (not line.noted, -line.last.timestamp()))
    return Places(user, sign_ins, noted, some(lines, _MOST_LINES))


def lanes(shown: Places, on: Axis) -> tuple[tuple[Lane, ...], int]:
    """A lane for each place, the longest known first, and how many places are left out.

    Where an address could not be located, it is its own place.
    """
    found = _by_place(shown.sign_ins)
    noted = {each.name for each in found if _noted(each, shown.noted)}
    ranked = sorted(found, key=lambda p: (p.name not in noted, -len(p.sign_ins), p.first_seen))
    kept = sorted(ranked[:_MOST_LANES], key=lambda place: place.first_seen)
    drawn = tuple(_lane(each, shown.noted, on, row * LANE) for row, each in enumerate(kept))
    return drawn, len(ranked) - len(kept)


def _by_place(sign_ins: SignIns) -> list[_Place]:
    found: dict[str, _Place] = {}
    for address in sign_ins.history:
        name = address.country or address.ip_address
        found.setdefault(name, _Place(name)).addresses.append(address)
    for each in sign_ins.sign_ins:
        name = each.country or each.ip_address or "Unknown address"
        found.setdefault(name, _Place(name)).sign_ins.append(each)
    return list(found.values())


def _noted(place: _Place, noted: frozenset[str]) -> bool:
    return any(each.id and each.id in noted for each in place.sign_ins)


def _lane(place: _Place, noted: frozenset[str], on: Axis, top: float) -> Lane:
    cities = listed(place.cities, 2)
    addresses = {each.ip_address for each in place.addresses} - {place.name}
    counts = counted(len(addresses), "address", "addresses") if addresses else ""
    known = (each for each in place.addresses if each.last_seen >= on.since)
    return Lane(
        label=place.name,
        aside=" · ".join(filter(None, (cities, counts))),
        y=top,
        noted=_noted(place, noted),
        spans=tuple({(on.x(each.first_seen), on.x(each.last_seen)): None for each in known}),
        successes=_dots([s for s in place.sign_ins if s.succeeded], noted, on),
        failures=_dots([s for s in place.sign_ins if not s.succeeded], noted, on),
    )


def _dots(sign_ins: Sequence[SignIn], noted: frozenset[str], on: Axis) -> tuple[Dot, ...]:
    """One dot for all that lie as close as a dot is wide, so that there are never too many."""
    whiles: dict[int, list[SignIn]] = {}
    for each in sign_ins:
        if on.covers(each.at):
            whiles.setdefault(int(on.x(each.at) / _BIN), []).append(each)
    return tuple(_dot(each, noted, on) for _, each in sorted(whiles.items()))


def _dot(sign_ins: Sequence[SignIn], noted: frozenset[str], on: Axis) -> Dot:
    times = sorted(each.at for each in sign_ins)
    middle = sum(on.x(at) for at in times) / len(times)
    addresses = {each.ip_address or "an unknown address" for each in sign_ins}
    when = f"{times[0]:%d %b %H:%M}"
    until = f" to {times[-1]:%d %b %H:%M}" if times[-1] != times[0] else ""
    what = counted(len(sign_ins), "sign-in" if sign_ins[0].succeeded else "failed sign-in")
    return Dot(
        x=round(middle, 1),
        radius=round(min(3.0 + len(sign_ins) ** 0.5 / 1.5, _LARGEST), 1),
        noted=any(each.id and each.id in noted for each in sign_ins),
        told=f"{when}{until}: {what} from {listed(sorted(addresses), 3)}",
    )
