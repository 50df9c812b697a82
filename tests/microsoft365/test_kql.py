"""KQL is never built by pasting: whatever a value holds, it stays inside its literal."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from microsoft365.kql import (
    MAX_ITEMS,
    MAX_TEXT,
    HuntArgumentError,
    HuntFileError,
    KqlValueError,
    hunts,
    literal,
    parse_hunt,
)
from sandbox.tenant.hunting import HuntingDatabase, table_columns
from sandbox.tenant.kusto_parser import KustoParser

HOSTILE = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    st.sampled_from("\"'\\\r\n\t;|`@/*{}[]()\u0085\u2028\u2029\u202e\ufeff"),
)
TEXTS = st.text(HOSTILE, max_size=60)
ATTACKS = [
    '"; CloudAppEvents | take 1 //',
    '\\"; EmailEvents',
    "'); externaldata(x:string)['https://evil.example']",
    "```\n| union *",
    "a\r\nb",
    "\\",
    '\\\\"',
    "\u2028\u2029\u0085",
    "é😀",
    "{SENDER}",
]


def scan(kql: str) -> str:
    """The value of a text that is exactly one Kusto string literal; fails for anything else.

    Written from Kusto's documentation of the string data type, apart from the code under test.
    """
    assert kql[0] == '"'
    value: list[str] = []
    position = 1
    while kql[position] != '"':
        character = kql[position]
        assert character not in "\r\n", "a literal ends at the end of its line"
        if character != "\\":
            value.append(character)
            position += 1
            continue
        escape = kql[position + 1]
        if escape == "u":
            value.append(chr(int(kql[position + 2 : position + 6], 16)))
            position += 6
        else:
            value.append({"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}[escape])
            position += 2
    assert position == len(kql) - 1, "text follows the literal"
    return "".join(value)


@given(TEXTS)
@example("")
def test_text_is_one_literal_with_the_very_value(value: str) -> None:
    assert scan(literal(value)) == value


@given(TEXTS)
def test_a_literal_holds_nothing_that_a_reader_of_the_log_cannot_see(value: str) -> None:
    assert all(character.isprintable() or ord(character) > 0xFFFF for character in literal(value))


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x\udfffy", "a" * (MAX_TEXT + 1)])
def test_text_that_no_literal_can_hold_is_refused(value: str) -> None:
    with pytest.raises(KqlValueError):
        literal(value)


@pytest.mark.parametrize(
    "value",
    [
        ["x"] * (MAX_ITEMS + 1),
        ["x", 1],
        [["x"]],
        ["\0"],
        None,
        1.5,
        b"x",
        {"a": "b"},
        2**63,
        -(2**63),
        datetime(2026, 1, 1),  # noqa: DTZ001 - the missing zone is the point
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        timedelta.min,
        timedelta.max,
    ],
    ids=lambda value: repr(value)[:30],
)
def test_other_values_that_kusto_could_misread_are_refused(value: object) -> None:
    with pytest.raises(KqlValueError):
        literal(value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (-5, "long(-5)"),
        (["a", 'b"'], 'dynamic(["a", "b\\""])'),
        ([], "dynamic([])"),
        (
            datetime(2026, 1, 1, 2, 0, 0, 123, timezone(timedelta(hours=2))),
            "datetime(2026-01-01T00:00:00.000123Z)",
        ),
        (datetime(33, 4, 3, tzinfo=UTC), "datetime(0033-04-03T00:00:00.000000Z)"),
        (timedelta(days=1, hours=2, microseconds=5), "timespan(1.02:00:00.000005)"),
        (timedelta(seconds=-1), "timespan(-0.00:00:01.000000)"),
    ],
    ids=repr,
)
def test_other_types_are_written_as_kusto_writes_them(value: object, written: str) -> None:
    assert literal(value) == written


# --- by Microsoft's parser ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kusto() -> KustoParser:
    if (reason := KustoParser.missing()) is not None:
        pytest.skip(reason)
    return KustoParser(table_columns())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(TEXTS, min_size=1, max_size=20))
@example(values=ATTACKS)
def test_microsofts_parser_reads_each_value_back(kusto: KustoParser, values: list[str]) -> None:
    checked = kusto.check(f"print {', '.join(literal(value) for value in values)}")
    assert checked.diagnostics == ()
    assert list(checked.literals) == values


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(TEXTS, min_size=1, max_size=5), upn=TEXTS.filter(bool))
@example(values=ATTACKS, upn=ATTACKS[0])
def test_a_hunt_keeps_its_shape_whatever_it_is_asked(
    kusto: KustoParser, values: list[str], upn: str
) -> None:
    hunt = hunts()["forwarding_changes"]
    benign = kusto.check(hunt.render({"upn": "u", "mailbox_names": ["m"] * len(values)}))
    hostile = kusto.check(hunt.render({"upn": upn, "mailbox_names": values}))
    assert hostile.diagnostics == ()
    # The first literals are those of the parameters, account_id and display_name being empty.
    given_values = ["", upn, "", *values]
    assert list(hostile.literals[: len(given_values)]) == given_values
    assert hostile.literals[len(given_values) :] == benign.literals[len(given_values) :]


# --- by running it --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def database() -> Iterator[HuntingDatabase]:
    made = HuntingDatabase({}, lambda: datetime(2026, 1, 1, tzinfo=UTC), parser=False)
    yield made
    made.close()


@given(values=st.lists(TEXTS, max_size=8))
@example(values=ATTACKS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_values_come_back_from_the_database(
    database: HuntingDatabase, values: list[str]
) -> None:
    texts = ", ".join(f"t{number}={literal(value)}" for number, value in enumerate(values))
    answer = await database.query(f"print n={len(values)}{',' if texts else ''} {texts}")
    (row,) = answer["results"]
    assert [row[f"t{number}"] for number in range(len(values))] == values
    answer = await database.query(
        f"print l={literal(values)} | mv-expand l | project s=tostring(l)"
    )
    assert [row["s"] for row in answer["results"]] == values


async def test_times_and_numbers_come_back_from_the_database(database: HuntingDatabase) -> None:
    moment = datetime(2025, 12, 31, 23, 59, 59, 123456, UTC)
    span = timedelta(days=-3, hours=5, microseconds=7)
    answer = await database.query(
        f"print a={literal(moment)}, b={literal(moment + span)} - {literal(moment)},"
        f" c={literal(-7)}, d={literal(value=False)}"
    )
    (row,) = answer["results"]
    assert row["a"] == "2025-12-31T23:59:59.123456Z"
    assert row["b"] == "-2.18:59:59.9999930"
    assert row["c"] == -7
    assert row["d"] == 0


# --- hunts ----------------------------------------------------------------------------------------

FILE = """\
// answers: Who is there,
//   and why?
// parameter: people: strings — who is meant: one or many
// parameter: since: datetime — from when — default null
// parameter: step: timespan — how far — default "PT1H"
// parameter: limit: int — how many — default 5
// parameter: strict: bool — whether exactly — default true
// tables: EmailEvents, EmailUrlInfo
// lag: PT30M — estimate
// source: a document
EmailEvents
// a comment of the body
| take 1
"""


def test_the_header_of_a_hunt_is_read() -> None:
    hunt = parse_hunt("who", FILE)
    assert hunt.answers == "Who is there, and why?"
    assert hunt.tables == ("EmailEvents", "EmailUrlInfo")
    assert (hunt.lag, hunt.lag_basis) == (timedelta(minutes=30), "estimate")
    assert hunt.body == "EmailEvents\n// a comment of the body\n| take 1"
    assert [(parameter.name, parameter.required) for parameter in hunt.parameters] == [
        ("people", True),
        ("since", False),
        ("step", False),
        ("limit", False),
        ("strict", False),
    ]


def test_arguments_become_lets_before_the_hunt() -> None:
    rendered = parse_hunt("who", FILE).render({"people": ["a", "b"], "since": "2026-01-01T00:00Z"})
    assert rendered.splitlines()[:6] == [
        'let people = dynamic(["a", "b"]);',
        "let since = datetime(2026-01-01T00:00:00.000000Z);",
        "let step = timespan(0.01:00:00.000000);",
        "let limit = long(5);",
        "let strict = true;",
        "EmailEvents",
    ]
    assert "let since = datetime(null);" in parse_hunt("who", FILE).render({"people": ["a"]})


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "people"),
        ({"people": []}, "people"),
        ({"people": "a"}, "people"),
        ({"people": ["a", 1]}, "people"),
        ({"people": ["a\0"]}, "people"),
        ({"people": ["a"] * (MAX_ITEMS + 1)}, "people"),
        ({"people": ["a"], "limit": "5"}, "limit"),
        ({"people": ["a"], "limit": True}, "limit"),
        ({"people": ["a"], "limit": None}, "limit"),
        ({"people": ["a"], "strict": 1}, "strict"),
        ({"people": ["a"], "since": 1_700_000_000}, "since"),
        ({"people": ["a"], "since": "2026-01-01T00:00:00"}, "since"),
        ({"people": ["a"], "step": 3600}, "step"),
        ({"people": ["a"], "step": "an hour"}, "step"),
        ({"people": ["a"], "x = 1; EmailEvents": "a"}, "x = 1; EmailEvents"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_wrong_argument_is_refused_by_name(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(HuntArgumentError) as refused:
        parse_hunt("who", FILE).render(arguments)
    assert refused.value.field == field
    assert refused.value.message


def test_one_of_several_parameters_must_be_given() -> None:
    with pytest.raises(HuntArgumentError, match="account_id, upn"):
        hunts()["sign_in_anomalies"].render({"failures": 3})
    assert hunts()["sign_in_anomalies"].render({"upn": "ann@contoso.com"})


@pytest.mark.parametrize(
    "broken",
    [
        "EmailEvents | take 1",
        FILE.replace("// lag: PT30M — estimate\n", ""),
        FILE.replace("PT30M", "half an hour"),
        FILE.replace("people: strings", "people: texts"),
        FILE.replace("people: strings", "not a name: strings"),
        FILE.replace("default 5", "default five"),
    ],
)
def test_a_file_with_a_broken_header_is_refused_by_name(broken: str) -> None:
    with pytest.raises(HuntFileError, match=r"who\.kql"):
        parse_hunt("who", broken)
