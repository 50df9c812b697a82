"""The picture of mail by day to each of the suspicious recipients, and its table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.reading import moment, number, text
from triage.case import Case, CaseGap
from triage.mail_flow import DAYS_HUNT, rows
from triage.report.axis import Axis, midnight
from triage.report.some import Some, some
from triage.wording import counted

_MOST_RECIPIENTS = 6
_MOST_LINES = 60
_MOST_GAPS = 4
_TALLEST = 44.0
_LABEL = 20.0
"""Height of the line that names a recipient."""
PANEL = _LABEL + _TALLEST + 14
"""Height of one recipient's part."""


@dataclass(frozen=True)
class DayOfMail:
    """The mail of one day to one recipient."""

    day: datetime
    recipient: str
    forwarded: int
    sent: int
    """By a person, as far as can be told: not forwarded by a rule or setting."""

    @property
    def messages(self) -> int:
        """All of them."""
        return self.forwarded + self.sent


@dataclass(frozen=True)
class Bar:
    """One day: the forwarded mail below, what was simply sent on top."""

    x: float
    width: float
    forwarded_y: float
    forwarded_height: float
    sent_y: float
    sent_height: float
    count: str
    """Written above the day with the most mail."""
    told: str


@dataclass(frozen=True)
class Panel:
    """One recipient's days."""

    label: str
    total: str
    y: float
    base: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Volume:
    """What is known of the mail to the recipients."""

    days: tuple[DayOfMail, ...]
    """Newest first."""
    lines: Some[DayOfMail]
    """For the table."""
    total: int
    asked: bool
    unseen: Some[CaseGap]
    """What of it was not seen: then no mail is not none."""

    @property
    def in_words(self) -> str:
        """What the picture shows, in a sentence."""
        recipients = {each.recipient for each in self.days}
        days = {each.day for each in self.days}
        to = counted(len(recipients), "recipient")
        return f"{counted(self.total, 'message')} to {to} on {counted(len(days), 'day')}"


def volume(case: Case) -> Volume:
    """Sums the hunt's rows by day and recipient."""
    sums: dict[tuple[datetime, str], tuple[int, int]] = {}
    for row in rows(case, DAYS_HUNT):
        at, recipient = moment(row, "Period"), text(row, "Recipient")
        if at is None or recipient is None:
            continue
        key = (midnight(at), recipient.lower())
        forwarded, sent = sums.get(key, (0, 0))
        sums[key] = (
            forwarded + max(0, number(row, "Forwarded") or 0),
            sent + max(0, number(row, "SimplySent") or 0),
        )
    days = [DayOfMail(day, to, *counts) for (day, to), counts in sums.items() if any(counts)]
    days.sort(key=lambda each: (each.day, each.messages), reverse=True)
    return Volume(
        days=tuple(days),
        lines=some(days, _MOST_LINES),
        total=sum(each.messages for each in days),
        asked=DAYS_HUNT in case.hunts,
        unseen=some(case.gaps_of(DAYS_HUNT), _MOST_GAPS),
    )


def panels(shown: Volume, on: Axis) -> tuple[Panel, ...]:
    """A part for each of the recipients with the most mail, and one for all others together."""
    by_recipient: dict[str, list[DayOfMail]] = {}
    for each in shown.days:
        by_recipient.setdefault(each.recipient, []).append(each)
    ranked = sorted(by_recipient.items(), key=lambda item: -sum(day.messages for day in item[1]))
    kept, others = ranked[:_MOST_RECIPIENTS], ranked[_MOST_RECIPIENTS:]
    if others:
        together = [day for _, days in others for day in days]
        kept.append((counted(len(others), "other recipient"), _by_day(together)))
    most = max((day.messages for _, days in kept for day in days), default=1)
    return tuple(
        _panel(label, days, on, most, place * PANEL) for place, (label, days) in enumerate(kept)
    )


def _by_day(days: Iterable[DayOfMail]) -> list[DayOfMail]:
    sums: dict[datetime, tuple[int, int]] = {}
    for each in days:
        forwarded, sent = sums.get(each.day, (0, 0))
        sums[each.day] = (forwarded + each.forwarded, sent + each.sent)
    return [DayOfMail(day, "", *counts) for day, counts in sums.items()]


def _panel(label: str, days: Sequence[DayOfMail], on: Axis, most: int, top: float) -> Panel:
    base = top + _LABEL + _TALLEST
    busiest = max(days, key=lambda day: day.messages)
    bars = [_bar(day, on, most, base, day is busiest) for day in days if on.covers(day.day)]
    total = counted(sum(day.messages for day in days), "message")
    return Panel(label, total, top, base, tuple(bars))


def _bar(day: DayOfMail, on: Axis, most: int, base: float, is_busiest: bool) -> Bar:
    width = min(max(on.day * 0.7, 2.0), 26.0)
    scale = _TALLEST / most
    forwarded, sent = round(day.forwarded * scale, 1), round(day.sent * scale, 1)
    return Bar(
        x=round(on.x(day.day) + (on.day - width) / 2, 1),
        width=round(width, 1),
        forwarded_y=round(base - forwarded, 1),
        forwarded_height=forwarded,
        sent_y=round(base - forwarded - sent, 1),
        sent_height=sent,
        count=f"{day.messages:,}" if is_busiest else "",
        told=f"{day.day:%d %b %Y}: {day.forwarded:,} forwarded, {day.sent:,} sent",
    )
