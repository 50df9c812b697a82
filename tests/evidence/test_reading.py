"""Loosely typed JSON: a wrong type reads as absence, a written value as what it means."""

from datetime import UTC, datetime

import pytest
from pydantic import JsonValue, ValidationError

from evidence import reading


def test_names_are_compared_without_case() -> None:
    source: JsonValue = {"Outer": {"ClientIP": "x"}}
    assert reading.get(source, "outer", "clientip") == "x"
    assert reading.get(source, "outer", "clientip", "further") is None
    assert reading.get({"a": 1, "A": 2}, "A") == 2


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (" a ", "a"),
        ("", None),
        (5, "5"),
        (10210541742734704641, "10210541742734704641"),
        (True, None),
        ([], None),
        (None, None),
    ],
)
def test_text(value: JsonValue, meant: str | None) -> None:
    assert reading.text({"x": value}, "x") == meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (True, True),
        ("True", True),
        ("false", False),
        ("yes", None),
        (1, None),
        (None, None),
    ],
)
def test_flag(value: JsonValue, meant: bool | None) -> None:
    assert reading.flag({"x": value}, "x") is meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (5, 5),
        ("5", 5),
        (" -5 ", -5),
        (5.0, 5),
        (float("nan"), None),
        (float("inf"), None),
        ("--5", None),
        ("²", None),
        ("9" * 5000, None),
        (True, None),
        ("five", None),
    ],
)
def test_number(value: JsonValue, meant: int | None) -> None:
    assert reading.number({"x": value}, "x") == meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("2026-05-04T09:02:11Z", datetime(2026, 5, 4, 9, 2, 11, tzinfo=UTC)),
        ("2026-05-04T09:02:11", datetime(2026, 5, 4, 9, 2, 11, tzinfo=UTC)),
        ("2026-05-04 09:02:11", datetime(2026, 5, 4, 9, 2, 11, tzinfo=UTC)),
        ("2026-05-04T11:02:11+02:00", datetime(2026, 5, 4, 9, 2, 11, tzinfo=UTC)),
        ("2026-05-04T09:02:11.1234567Z", datetime(2026, 5, 4, 9, 2, 11, 123456, tzinfo=UTC)),
        ("2025-07-07 09:11:11.000000000", datetime(2025, 7, 7, 9, 11, 11, tzinfo=UTC)),
        ("2023-10-10T17:08:65", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59.9999999Z", None),
        ("soon", None),
        (None, None),
    ],
)
def test_moment(value: JsonValue, meant: datetime | None) -> None:
    assert reading.moment({"x": value}, "x") == meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ('{"a": 1}', {"a": 1}),
        ("[1]", [1]),
        ("{broken", "{broken"),
        ("[" * 100_000, "[" * 100_000),
        ("plain", "plain"),
        ({"a": 1}, {"a": 1}),
        (None, None),
    ],
)
def test_embedded(value: JsonValue, meant: JsonValue) -> None:
    assert reading.embedded({"x": value}, "x") == meant


def test_lists() -> None:
    source: JsonValue = {"one": "a", "many": ["a", 5, None, "", True], "none": None}
    assert reading.texts(source, "one") == ("a",)
    assert reading.texts(source, "many") == ("a", "5")
    assert reading.texts(source, "none") == ()
    assert reading.objects({"x": [{"a": 1}, "b", None]}, "x") == [{"a": 1}]
    assert reading.distinct(["A@b", "a@B", "c"]) == ("A@b", "c")


def test_what_is_no_object_is_told() -> None:
    assert reading.as_object({"a": [1]}) == {"a": [1]}
    with pytest.raises(ValidationError):
        reading.as_object(["a"])
