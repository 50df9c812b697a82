"""What the pictures of the report show: where each mark lies, how high a bar is, what is noted."""

import itertools
from datetime import timedelta

import pytest

from evidence import sign_in
from evidence.hunt_result import HuntResult
from evidence.model import JsonObject
from evidence.sign_in import SignIn, SignIns
from tests.triage.builders import (
    AWAY,
    HOME,
    NOW,
    OWNER,
    THIEF,
    answers,
    at_home,
    case_of,
    changes,
    days,
    hunt,
    minutes,
    new_rule,
    signed_in,
)
from triage.grade import grade
from triage.report.axis import axis, midnight
from triage.report.pictures import Drawing, Pictures, pictures
from triage.report.places import Lane, lanes, places
from triage.report.volume import Panel, panels, volume


def mail(ago: int, forwarded: int, sent: int = 0, to: str = THIEF) -> JsonObject:
    period = midnight(NOW - days(ago)).isoformat()
    return {"Period": period, "Recipient": to, "Forwarded": forwarded, "SimplySent": sent}


def by_day(*rows: JsonObject) -> HuntResult:
    return hunt("forwarded_mail_by_day", *rows)


def drawn(*rows: JsonObject) -> tuple[Panel, ...]:
    shown = volume(case_of(answers(hunts=[by_day(*rows)])))
    return panels(shown, axis([each.day for each in shown.days], NOW, 900.0))


def of(*sign_ins: SignIn) -> SignIns:
    return SignIns(
        user=OWNER,
        since=NOW - days(30),
        until=NOW,
        history=sign_in.history(sign_ins),
        sign_ins=sign_ins,
    )


def laid(*sign_ins: SignIn, noted: frozenset[str] = frozenset()) -> tuple[tuple[Lane, ...], int]:
    shown = places(OWNER, of(*sign_ins), noted)
    return lanes(shown, axis(shown.moments, NOW, 900.0))


def pictured() -> tuple[Pictures, list[Drawing]]:
    came_in = signed_in(NOW - days(1) - minutes(9), AWAY, "RU")
    case = case_of(
        answers(
            sign_ins=[*at_home(), came_in],
            audit=changes(new_rule(".", NOW - days(1))),
            hunts=[by_day(mail(0, 3), mail(1, 2))],
        )
    )
    graded = grade(case)
    shown = pictures(case, graded.verdict.findings, graded.timeline)
    every = [*shown.mail.drawings, *(d for each in shown.sign_ins for d in each.drawings)]
    return shown, every


def test_time_goes_from_left_to_right_in_whole_days() -> None:
    on = axis([NOW - days(9)], NOW, 900.0)
    assert (on.since, on.until) == (midnight(NOW - days(9)), midnight(NOW) + days(1))
    assert on.days == 10
    assert [on.x(on.since), on.x(on.since + days(5)), on.x(on.until)] == [0, 450, 900]
    assert on.x(NOW - days(400)) == 0
    assert next(text for _, text in on.ticks()) == "10 Mar"


@pytest.mark.parametrize("ago", [0, 1, 6, 29, 60, 91, 4000])
@pytest.mark.parametrize("width", [340.0, 900.0])
def test_dates_do_not_overlap_however_long_the_time(ago: int, width: float) -> None:
    on = axis([NOW - days(ago)], NOW, width)
    places_of_dates = sorted(x for x, _ in on.ticks())
    assert places_of_dates
    gaps = [b - a for a, b in itertools.pairwise(places_of_dates)]
    assert all(gap >= 55 for gap in gaps)
    assert on.days <= 93


def test_a_bar_is_as_high_as_its_day_had_mail() -> None:
    [panel] = drawn(mail(0, 8), mail(1, 4), mail(2, 2, 2))
    heights = {bar.told[:6]: (bar.forwarded_height, bar.sent_height) for bar in panel.bars}
    assert heights == {"10 Mar": (44.0, 0.0), "09 Mar": (22.0, 0.0), "08 Mar": (11.0, 11.0)}
    assert [bar.count for bar in panel.bars if bar.count] == ["8"]
    assert panel.total == "16 messages"
    for bar in panel.bars:
        assert bar.sent_y + bar.sent_height == pytest.approx(bar.forwarded_y)
        assert bar.forwarded_y + bar.forwarded_height == pytest.approx(panel.base)


def test_recipients_share_one_scale_and_the_many_are_one() -> None:
    shown = drawn(mail(0, 100), *(mail(0, 10 + each, to=f"{each}@x.example") for each in range(9)))
    assert next(panel.label for panel in shown) == THIEF
    assert shown[-1].label == "4 other recipients"
    assert shown[-1].total == f"{10 + 11 + 12 + 13} messages"
    assert [panel.bars[0].forwarded_height for panel in shown][:2] == [44.0, round(0.44 * 18, 1)]
    assert len(shown) == 7


def test_rows_of_one_day_are_summed_and_odd_ones_passed_over() -> None:
    odd: list[JsonObject] = [
        {"Period": "soon", "Recipient": THIEF, "Forwarded": 5},
        {"Period": NOW.isoformat(), "Forwarded": 5},
        {"Period": NOW.isoformat(), "Recipient": THIEF, "Forwarded": -3},
        {"Period": NOW.isoformat(), "Recipient": THIEF.upper(), "Forwarded": "2"},
        mail(0, 1),
    ]
    shown = volume(case_of(answers(hunts=[by_day(*odd)])))
    assert [(each.recipient, each.forwarded) for each in shown.days] == [(THIEF, 3)]
    assert shown.in_words == "3 messages to 1 recipient on 1 day"


def test_each_country_has_a_lane_and_the_new_one_is_noted() -> None:
    came_in = signed_in(NOW - minutes(20), AWAY, "RU")
    shown, left_out = laid(*at_home(), came_in, noted=frozenset([came_in.id]))
    assert [(lane.label, lane.noted) for lane in shown] == [("NL", False), ("RU", True)]
    assert left_out == 0
    assert [dot.noted for dot in shown[1].successes] == [True]
    assert AWAY in shown[1].successes[0].told
    assert shown[0].spans[0][0] < shown[0].spans[0][1]


def test_an_address_that_nobody_located_is_its_own_place() -> None:
    shown, _ = laid(signed_in(NOW, HOME, ""), signed_in(NOW, AWAY, ""))
    assert {lane.label for lane in shown} == {HOME, AWAY}


def test_failed_sign_ins_are_drawn_apart() -> None:
    failed = signed_in(NOW - minutes(2), AWAY, "RU", error_code=50126)
    [lane], _ = laid(failed, signed_in(NOW, AWAY, "RU"))
    assert len(lane.failures) == len(lane.successes) == 1
    assert "1 failed sign-in" in lane.failures[0].told


def test_five_thousand_sign_ins_are_few_dots() -> None:
    crowd = [signed_in(NOW - minutes(each), f"198.18.0.{each % 250}") for each in range(5000)]
    [lane], _ = laid(*crowd)
    assert len(lane.successes) <= 110
    assert max(dot.radius for dot in lane.successes) <= 7


def test_of_many_places_those_that_a_finding_rests_on_are_kept() -> None:
    crowd = [signed_in(NOW - minutes(each), f"198.18.0.{each}", f"C{each}") for each in range(50)]
    shown, left_out = laid(*crowd, noted=frozenset([crowd[40].id]))
    assert left_out == 42
    assert "C40" in {lane.label for lane in shown}


def test_everything_lies_within_its_picture() -> None:
    _, every = pictured()
    assert [drawing.size for drawing in every] == ["wide", "narrow"] * 2
    for drawing in every:
        xs = [mark.x for mark in drawing.marks]
        xs += [x for x, _ in drawing.ticks]
        for panel in drawing.panels:
            xs += [edge for bar in panel.bars for edge in (bar.x, bar.x + bar.width)]
        for lane in drawing.lanes:
            xs += [dot.x for dot in (*lane.successes, *lane.failures)]
        assert all(0 <= x <= drawing.width for x in xs)
        assert all(panel.base + drawing.top < drawing.height for panel in drawing.panels)


def test_the_change_and_the_alert_are_marked_on_every_picture() -> None:
    _, every = pictured()
    for drawing in every:
        assert [mark.text for mark in drawing.marks] == ["change", "alert"]
        assert drawing.marks[0].x < drawing.marks[1].x


def test_what_lags_is_hatched_from_where_the_source_is_no_longer_complete() -> None:
    given = answers(hunts=[by_day(mail(0, 3))])
    given["forwarded_mail_by_day"]["complete"] = False
    fresh = NOW - timedelta(hours=3)
    gap: JsonObject = {"source": "EmailEvents", "reason": "lag", "freshUntil": fresh.isoformat()}
    given["forwarded_mail_by_day"]["gaps"] = [gap]
    shown = pictures(case_of(given), (), ())
    for drawing in shown.mail.drawings:
        assert drawing.unseen == drawing.axis.x(fresh)
    assert all(d.unseen is None for each in shown.sign_ins for d in each.drawings)
