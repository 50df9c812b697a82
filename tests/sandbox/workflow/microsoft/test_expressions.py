"""The runner means by an expression what Microsoft's own engine means by it."""

import pytest

from tests.sandbox.workflow.microsoft.reference import ReferenceEngine
from tests.sandbox.workflow.microsoft.table import FAILS, Row, by_microsoft, by_the_runner, families

TABLE = families()
DIFFERENT = {
    # Installed without ICU's data, as it is here, the reference knows the invariant culture, the
    # letters of ASCII and IANA's time zones. In Azure it has en-US, all letters and Windows' time
    # zones, as its documentation's examples show.
    "toLower('ÄÖÜ İI ẞ ǅ')": "the reference's culture",
    "toUpper('äöü ıi ß ŉ ǆ')": "the reference's culture",  # noqa: RUF001
    "indexOf('ÄB', 'äb')": "the reference's culture",
    "formatNumber(1234.5, 'C')": "the reference's culture",
    "formatNumber(-1234.5, 'C2')": "the reference's culture",
    "subtractFromTime('2026-03-31T10:00:00Z', 1, 'Day', 'D')": "the reference's culture",
    **{
        f"formatDateTime('2026-11-22T10:01:02Z', '{letter}')": "the reference's culture"
        for letter in ("D", "f", "F", "g", "G", "t", "T", "U", "y", "Y", "")
    },
    "convertFromUtc('2026-07-01T10:00:00Z', 'W. Europe Standard Time')": "the reference's zones",
    # No JSON document can hold these; the runner refuses them rather than pass them on.
    "json('[1,,2]')": "undefined is no JSON",
    "json('[1,2,,]')": "undefined is no JSON",
    "json('undefined')": "undefined is no JSON",
    "json('{\"a\": undefined}')": "undefined is no JSON",
    "json('new Date(1)')": "a constructor is no JSON",
    # The runner counts in halves of a character, but looks for whole ones.
    "contains('😀', first('😀'))": "half of a character",
    "replace('😀', first('😀'), 'x')": "half of a character",
    "split('😀', last('😀'))": "half of a character",
    # Oddities that a playbook has no use for.
    "uriHost('file:///c:/x')": "Windows paths as URIs",
    "uriPath('file:///c:/x')": "Windows paths as URIs",
    "uriHost('https://1.2.3/')": "IPv4 addresses with parts left out",
    "addDays('10:00', 0, 'HH:mm')": "a date that is left out is the machine's",
    "string(9007199254740993.0)": "a literal beyond 2^53 is rounded the other way",
}
"""Where the two differ, and why."""


@pytest.mark.parametrize("family", TABLE)
def test_the_runner_answers_as_the_table_says(family: str) -> None:
    answers = [Row(row.written, by_the_runner(row.token)) for row in TABLE[family]]
    pairs = zip(TABLE[family], answers, strict=True)
    wrong = [f"{row}\n  {ours.answer}" for row, ours in pairs if row != ours]
    assert [each for each in wrong if each.split(" => ")[0] not in DIFFERENT] == []


@pytest.mark.parametrize("family", TABLE)
def test_the_table_says_what_microsofts_engine_says(
    family: str, microsoft: ReferenceEngine
) -> None:
    answers = [Row(row.written, by_microsoft(microsoft, row.token)) for row in TABLE[family]]
    # What fails here is shown as the lines that the table should have.
    assert [str(answer) for answer in answers] == [str(row) for row in TABLE[family]]


def test_what_is_listed_as_different_is_in_the_table_and_is_different() -> None:
    rows = {row.written: row for family in TABLE.values() for row in family}
    same = [each for each in DIFFERENT if by_the_runner(rows[each].token) == rows[each].answer]
    assert same == []


def test_the_table_is_long_and_knows_failures() -> None:
    answers = [row.answer for family in TABLE.values() for row in family]
    assert len(answers) > 1000
    assert sum(answer.startswith(FAILS) for answer in answers) > 300
