"""The pictures of a report, each drawn for a wide page and for a narrow one, on one time axis."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from triage.account import accounts
from triage.case import Case, CaseGap
from triage.finding import Finding
from triage.mail_flow import DAYS_HUNT
from triage.report.axis import Axis, axis
from triage.report.places import LANE, Lane, Places, lanes, places
from triage.report.some import Some, some
from triage.report.volume import PANEL, Panel, Volume, panels, volume
from triage.report.words import kind
from triage.timeline import Entry

_WIDTHS: Mapping[str, float] = {"wide": 900.0, "narrow": 340.0}
_MOST_ACCOUNTS = 4
_MOST_GAPS = 4
_MARK_ROOM = 5.0
"""Marks that lie closer are one."""
_HEAD = 22.0
"""Room for the marks' names above a picture."""
_FOOT = 24.0
"""Room for the dates below it."""


@dataclass(frozen=True)
class Mark:
    """Something that happened, as a line across a picture."""

    x: float
    text: str
    anchor: str
    """Which end of the text lies at the line, so that it stays within the picture."""


@dataclass(frozen=True)
class Drawing:
    """One picture at one width."""

    size: str
    """`wide` or `narrow`."""
    width: float
    height: float
    top: float
    axis: Axis
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...]
    unseen: float | None
    """From where on the source is not complete."""
    panels: tuple[Panel, ...] = ()
    lanes: tuple[Lane, ...] = ()
    left_out: int = 0
    """Places for which there is no lane."""


@dataclass(frozen=True)
class MailPicture:
    """Mail by day to the suspicious recipients."""

    volume: Volume
    drawings: tuple[Drawing, ...]


@dataclass(frozen=True)
class PlacesPicture:
    """From where one account signed in."""

    places: Places
    drawings: tuple[Drawing, ...]


@dataclass(frozen=True)
class Pictures:
    """All of them."""

    mail: MailPicture
    sign_ins: tuple[PlacesPicture, ...]
    accounts_left_out: int
    unseen_sign_ins: Some[CaseGap]


class _Scene(NamedTuple):
    case: Case
    timeline: Sequence[Entry]


def pictures(case: Case, findings: Iterable[Finding], timeline: Sequence[Entry]) -> Pictures:
    """What can be drawn of a case; a picture without anything to show has no drawing."""
    noted = frozenset(_noted(findings))
    scene = _Scene(case, timeline)
    mail = volume(case)
    read = [
        places(each.sign_ins.user or each.subject, each.sign_ins, noted)
        for each in accounts(case)
        if each.sign_ins is not None
    ]
    moments = [each.day for each in mail.days]
    for each in read:
        moments += each.moments
    axes = {size: axis(moments, case.as_of, width) for size, width in _WIDTHS.items()}
    return Pictures(
        mail=MailPicture(mail, tuple(_of_mail(scene, mail, axes)) if mail.days else ()),
        sign_ins=tuple(
            PlacesPicture(each, tuple(_of_places(scene, each, axes)))
            for each in read[:_MOST_ACCOUNTS]
        ),
        accounts_left_out=len(read[_MOST_ACCOUNTS:]),
        unseen_sign_ins=some(case.gaps_of("list_sign_ins"), _MOST_GAPS),
    )


def _noted(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        if finding.weight > 0:
            yield from (each.id for each in finding.evidence if each.source == "list_sign_ins")


def _of_mail(scene: _Scene, mail: Volume, axes: Mapping[str, Axis]) -> Iterator[Drawing]:
    for size, on in axes.items():
        parts = panels(mail, on)
        ground = _ground(size, on, len(parts) * PANEL, scene, DAYS_HUNT)
        yield replace(ground, panels=parts)


def _of_places(scene: _Scene, shown: Places, axes: Mapping[str, Axis]) -> Iterator[Drawing]:
    for size, on in axes.items():
        rows, left_out = lanes(shown, on)
        ground = _ground(size, on, len(rows) * LANE, scene, "list_sign_ins")
        if rows:
            yield replace(ground, lanes=rows, left_out=left_out)


def _ground(size: str, on: Axis, height: float, scene: _Scene, source: str) -> Drawing:
    """What a picture has before anything is drawn on it."""
    lags = [gap.fresh_until for gap in scene.case.gaps_of(source) if gap.fresh_until is not None]
    return Drawing(
        size=size,
        width=on.width,
        height=_HEAD + height + _FOOT,
        top=_HEAD,
        axis=on,
        ticks=tuple(on.ticks()),
        marks=_marks(scene, on),
        unseen=on.x(min(lags)) if lags else None,
    )


def _marks(scene: _Scene, on: Axis) -> tuple[Mark, ...]:
    """The changes and the alert; what lies close together is one mark."""
    alert = scene.case.indicators.first_activity or scene.case.as_of
    events = [(each.at, "change") for each in scene.timeline if kind(each) == "change"]
    groups: list[tuple[datetime, list[str]]] = []
    for at, name in sorted([*events, (alert, "alert")]):
        if not on.covers(at):
            continue
        if groups and on.x(at) - on.x(groups[-1][0]) < _MARK_ROOM:
            groups[-1][1].append(name)
        else:
            groups.append((at, [name]))
    return tuple(_mark(on.x(at), names, on) for at, names in groups)


def _mark(x: float, names: Sequence[str], on: Axis) -> Mark:
    text = " and ".join(dict.fromkeys(names))
    return Mark(x, text, "end" if x > on.width / 2 else "start")
