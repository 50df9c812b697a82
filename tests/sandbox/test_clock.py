"""The virtual clock."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import Clock

START = datetime(2026, 11, 18, 10, tzinfo=UTC)


def test_it_starts_where_it_is_told_and_runs_on() -> None:
    clock = Clock(START)
    first = clock.now()
    assert START <= first < START + timedelta(seconds=5)
    assert clock.now() >= first


def test_it_is_moved_forward_and_never_back() -> None:
    clock = Clock(START)
    clock.advance(timedelta(hours=24))
    assert clock.now() >= START + timedelta(hours=24)
    with pytest.raises(ValueError, match="back"):
        clock.advance(timedelta(seconds=-1))


def test_a_start_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock(datetime(2026, 11, 18, 10))  # noqa: DTZ001 - the wrong input on purpose
