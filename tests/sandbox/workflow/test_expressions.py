"""Expressions mean what the reference guide to workflow expression functions says."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.workflow.environment import ParametersOnly
from sandbox.workflow.errors import ExpressionError, ExpressionSyntaxError
from sandbox.workflow.evaluation import evaluate
from sandbox.workflow.values import Json

PARAMETERS: dict[str, Json] = {
    "text": "some text",
    "zero": None,
    "list": [3, 1, 2],
    "rows": [{"name": "b", "size": 2}, {"name": "a", "size": 1}],
    "object": {"a": 1, "b": {"c": "d"}, "Upper": True, "nothing": None},
    "quoted": 'a"b\\c\né',
}


class Surroundings(ParametersOnly):
    """Parameters, and one action of each kind."""

    def action(self, name: str) -> dict[str, Json] | None:
        known: dict[str, dict[str, Json]] = {
            "call": {"name": "Call", "outputs": {"statusCode": 200, "body": {"id": 7}}},
            "composed": {"name": "Composed", "outputs": "text"},
            "failed": {"name": "Failed", "error": {"code": "X", "message": "why"}},
        }
        return known.get(name.lower())

    def trigger(self) -> dict[str, Json]:
        return {"name": "manual", "outputs": {"body": {"user": "ada"}, "headers": {"h": "1"}}}


def value_of(token: Json) -> Json:
    now = datetime(2026, 11, 22, 10, 30, 15, 123456, tzinfo=UTC)
    return evaluate(token, Surroundings(PARAMETERS, now))


VALUES: list[tuple[str, Any]] = [
    # Text, expressions and escapes
    ("plain @ text", "plain @ text"),
    ("@", "@"),
    ("@@twice", "@twice"),
    ("a@@b", "a@@b"),
    ("x @@{y}", "x @{y}"),
    ("@{1}", "1"),
    ("@{true} and @{null}.", "True and ."),
    ("@{parameters('list')}", "[3,1,2]"),
    ("say @{concat('}', '''')}", "say }'"),
    ("@'it''s'", "it's"),
    ("@ concat( 'a' ,\n'b' )", "ab"),
    ("@-1", -1),
    ("@1.5", 1.5),
    ("@TRUE", True),
    ("@null", None),
    # Selecting
    ("@parameters('object').a", 1),
    ("@parameters('object')['b']['c']", "d"),
    ("@parameters('object')?['b/c']", "d"),
    ("@parameters('object')?['UPPER']", True),
    ("@parameters('object')?['none']", None),
    ("@parameters('object')?.none?.deeper", None),
    ("@parameters('object')['nothing']?['x']", None),
    ("@parameters('list')[0]", 3),
    ("@parameters('list')?[9]", None),
    ("@parameters('rows')[1].name", "a"),
    # References
    ("@body('Call')", {"id": 7}),
    ("@outputs('call')['body'].id", 7),
    ("@actions('Call').outputs.statusCode", 200),
    ("@body('Composed')", None),
    ("@outputs('Failed')", None),
    ("@body('Failed')?['x']", None),
    ("@actions('Failed')?['error']?['message']", "why"),
    ("@triggerBody()?['user']", "ada"),
    ("@triggerOutputs()['headers']", {"h": "1"}),
    ("@trigger().name", "manual"),
    # Strings
    ("@concat('a', 1, true, null, 1.50)", "a1True1.5"),
    ("@concat(createArray(1, 'x', true))", '[1,"x",true]'),
    ("@substring('hello', 1, 3)", "ell"),
    ("@substring('hello', 1)", "ello"),
    ("@slice('Hello', -2)", "lo"),
    ("@slice('Hello', 1, -1)", "ell"),
    ("@slice('Hello', 3, 1)", ""),
    ("@replace('aAa', 'a', 'b')", "bAb"),
    ("@split('a,,b', ',')", ["a", "", "b"]),
    ("@split('abc', '')", ["abc"]),
    ("@toUpper('straße')", "STRAßE"),
    ("@TOLOWER('ABC')", "abc"),
    ("@trim('\t a\n')", "a"),
    ("@indexOf('Hello', 'L')", 2),
    ("@lastIndexOf('Hello', 'L')", 3),
    ("@indexOf('abc', '')", 0),
    ("@nthIndexOf('123456789123465789', '1', 2)", 9),
    ("@nthIndexOf('abcabc', 'b', -1)", 4),
    ("@nthIndexOf('abc', 'z', 1)", -1),
    ("@startsWith('Hello', 'hE')", True),
    ("@endsWith('Hello', 'LO')", True),
    ("@isInt('-5')", True),
    ("@isInt('1.5')", False),
    ("@isFloat('1,000.5')", True),
    ("@isFloat('x')", False),
    ("@formatNumber(1234567890, '0,0.00', 'en-us')", "1,234,567,890.00"),
    ("@formatNumber(17.35, 'C2')", "$17.35"),
    ("@formatNumber(0.256, 'P0')", "26 %"),
    ("@formatNumber(5, 'D3')", "005"),
    ("@formatNumber(255, 'X')", "FF"),
    ("@formatNumber(12345.6789, 'E2')", "1.23E+004"),
    ("@formatNumber(0.5, '#.##')", ".5"),
    ("@formatNumber(-5, '0;(0);zero')", "(5)"),
    # Collections
    ("@length('abc')", 3),
    ("@length(parameters('list'))", 3),
    ("@empty(null)", True),
    ("@empty('')", True),
    ("@empty(json('{}'))", True),
    ("@contains('abc', 'B')", False),
    ("@contains(parameters('object'), 'A')", True),
    ("@contains(parameters('list'), '1')", False),
    ("@contains(createArray(json('{\"a\":1}')), json('{\"a\":1}'))", True),
    ("@first('abc')", "a"),
    ("@first(json('[]'))", None),
    ("@last(parameters('list'))", 2),
    ("@take('abc', 2)", "ab"),
    ("@skip(parameters('list'), 9)", []),
    ("@chunk('abcdefgh', 3)", ["abc", "def", "gh"]),
    ("@chunk(createArray(1, 2, 3), 2)", [[1, 2], [3]]),
    ("@union(createArray(1, 2), createArray(2, 3))", [1, 2, 3]),
    ('@union(json(\'{"a":{"x":1}}\'), json(\'{"a":{"y":2}}\'))', {"a": {"y": 2}}),
    ("@intersection(createArray(1, 2), createArray(2, 3))", [2]),
    ('@intersection(json(\'{"a":1,"b":2}\'), json(\'{"b":2,"a":3}\'))', {"b": 2}),
    ("@join(createArray(1, 'b', null), '-')", "1-b-"),
    ("@sort(parameters('list'))", [1, 2, 3]),
    ("@sort(parameters('rows'), 'size')[0].name", "a"),
    ("@reverse(parameters('list'))", [2, 1, 3]),
    ("@range(1, 4)", [1, 2, 3, 4]),
    # Logic: only what is needed is evaluated, and types count
    ("@if(true, 1, int('x'))", 1),
    ("@and(false, bool('x'))", False),
    ("@or(true, bool('x'))", True),
    ("@coalesce(null, '', int('x'))", ""),
    ("@coalesce(null, null)", None),
    ("@not(equals(1, 2))", True),
    ("@equals(1, 1.0)", True),
    ("@equals('1', 1)", False),
    ("@equals('a', 'A')", False),
    ("@equals(true, 'True')", False),
    ("@equals(null, '')", False),
    ("@equals(createArray(1), createArray(1.0))", False),
    ("@greater(10, 5.5)", True),
    ("@greater('apple', 'banana')", False),
    ("@lessOrEquals(1, 1)", True),
    # Arithmetic
    ("@add(1, 2)", 3),
    ("@add(1, 0.5)", 1.5),
    ("@div(5, 2)", 2),
    ("@div(-5, 2)", -2),
    ("@div(5.0, 2)", 2.5),
    ("@mod(-5, 3)", -2),
    ("@mod(5.5, 2)", 1.5),
    ("@max(createArray(1, 2.5))", 2.5),
    ("@min(3, 1.5)", 1.5),
    # Conversion
    ("@int('1,000')", 1000),
    ("@int(5.0)", 5),
    ("@int(true)", 1),
    ("@float('1,000.5')", 1000.5),
    ("@bool(0)", False),
    ("@bool('True')", True),
    ("@decimal('1.2345678901234567890123')", Decimal("1.2345678901234567890123")),
    ("@string(true)", "True"),
    ("@string(1.0)", "1"),
    ("@string(1e30)", "1E+30"),
    ("@string(null)", ""),
    ("@string(parameters('object')['b'])", '{"c":"d"}'),
    ("@string(createArray(parameters('quoted')))", '["a\\"b\\\\c\\né"]'),
    ("@json('{\"a\":[1,2]}')", {"a": [1, 2]}),
    ("@json('')", None),
    ("@array('x')", ["x"]),
    ("@array(createArray(1))", [1]),
    ("@base64('hello')", "aGVsbG8="),
    ("@base64ToString('aGVsbG8=')", "hello"),
    ("@base64ToBinary('aGVsbG8=')['$content']", "aGVsbG8="),
    ("@binary('hello')['$content-type']", "application/octet-stream"),
    ("@dataUri('hello')", "data:text/plain;charset=utf-8;base64,aGVsbG8="),
    ("@dataUriToString('data:text/plain;charset=utf-8;base64,aGVsbG8=')", "hello"),
    ("@uriComponent('https://a.b/c d(!)*''~_-.')", "https%3A%2F%2Fa.b%2Fc%20d%28%21%29%2A%27~_-."),
    ("@uriComponentToString('a%20b+c')", "a b c"),
    # Objects
    ("@setProperty(parameters('object')['b'], 'C', 5)", {"c": 5}),
    ("@addProperty(json('{\"a\":1}'), 'b', null)", {"a": 1, "b": None}),
    ("@removeProperty(json('{\"a\":1}'), 'A')", {}),
    # URIs
    ("@uriHost('https://www.contoso.com:8080/a')", "www.contoso.com"),
    ("@uriPort('https://www.contoso.com/a')", 443),
    ("@uriPath('https://x')", "/"),
    ("@uriPathAndQuery('https://x/a?b=c')", "/a?b=c"),
    ("@uriQuery('https://x/a?b=c')", "?b=c"),
    ("@uriScheme('HTTPS://x')", "https"),
    # Dates
    ("@utcNow()", "2026-11-22T10:30:15.1234560Z"),
    ("@utcNow('yyyy-MM-dd')", "2026-11-22"),
    ("@getPastTime(2, 'Week', 's')", "2026-11-08T10:30:15"),
    ("@getFutureTime(1, 'Month', 'd')", "12/22/2026"),
    ("@addDays('2018-03-15T13:00:00Z', 10)", "2018-03-25T13:00:00.0000000Z"),
    ("@addDays('2018-03-15', 1)", "2018-03-16T00:00:00.0000000"),
    ("@addDays('2018-03-15T00:00:00+02:00', 1)", "2018-03-15T22:00:00.0000000+00:00"),
    ("@addHours('2018-03-15T00:00:00Z', -1)", "2018-03-14T23:00:00.0000000Z"),
    ("@addMinutes('2018-03-15T00:20:00Z', 10, 'HH:mm')", "00:30"),
    ("@addSeconds('2018-03-15T00:00:00Z', 10)", "2018-03-15T00:00:10.0000000Z"),
    ("@addToTime('2018-01-31T00:00:00Z', 1, 'Month')", "2018-02-28T00:00:00.0000000Z"),
    ("@addToTime('2018-01-01T00:00:00Z', 1, 'Day', 'D')", "Tuesday, January 2, 2018"),
    ("@subtractFromTime('2018-01-02T00:00:00Z', 1, 'day')", "2018-01-01T00:00:00.0000000Z"),
    (
        "@convertFromUtc('2018-01-01T08:00:00Z', 'Pacific Standard Time')",
        "2018-01-01T00:00:00.0000000",
    ),
    (
        "@convertToUtc('01/01/2018 00:00:00', 'Pacific Standard Time')",
        "2018-01-01T08:00:00.0000000Z",
    ),
    (
        "@convertTimeZone('2018-07-01T08:00:00Z', 'UTC', 'W. Europe Standard Time', 's')",
        "2018-07-01T10:00:00",
    ),
    ("@dateDifference('2015-02-08', '2018-07-30')", "1268.00:00:00"),
    ("@dateDifference('2018-01-01T10:00:05.5Z', '2018-01-01T00:00:00Z')", "-10:00:05.5000000"),
    ("@dayOfMonth('2018-03-15T13:27:36Z')", 15),
    ("@dayOfWeek('2018-03-18T13:27:36Z')", 0),
    ("@dayOfYear('2018-03-15T13:27:36Z')", 74),
    ("@formatDateTime('03/15/2018 12:00:00', 'yyyy-MM-ddTHH:mm:ss')", "2018-03-15T12:00:00"),
    ("@formatDateTime('01/31/2016', 'dddd MMMM d')", "Sunday January 31"),
    ("@formatDateTime('2018-03-15T03:07:06Z', 'd/M/yy h:m:s tt')", "15/3/18 3:7:6 AM"),
    (
        "@formatDateTime('2018-03-15T13:27:36.1230000Z', 'HH:mm:ss.FFFFFFFK')",
        "13:27:36.123Z",
    ),
    ("@formatDateTime('2018-03-15T03:07:06Z', 'r')", "Thu, 15 Mar 2018 03:07:06 GMT"),
    ("@formatDateTime('2018-03-15T03:07:06Z', '''at'' %H')", "at 3"),
    ("@formatDateTime('Thu, 15 Mar 2018 03:07:06 GMT', 'u')", "2018-03-15 03:07:06Z"),
    ("@parseDateTime('10/20/2014')", "2014-10-20T00:00:00.0000000"),
    ("@startOfDay('2018-03-15T13:30:30Z')", "2018-03-15T00:00:00.0000000Z"),
    ("@startOfHour('2018-03-15T13:30:30Z')", "2018-03-15T13:00:00.0000000Z"),
    ("@startOfMonth('2018-03-15T13:30:30Z', 's')", "2018-03-01T00:00:00"),
    ("@ticks('2018-03-15T13:30:30.1234567Z')", 636567174301234567),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=[text for text, _ in VALUES])
def test_values(expression: str, expected: Any) -> None:  # noqa: ANN401 - any value
    value = value_of(expression)
    assert value == expected
    assert type(value) is type(expected)


ERRORS = [
    ("@parameters('object')['none']", "available properties are 'a, b, Upper, nothing'"),
    ("@concat('x', parameters('object').none)", "property 'none' doesn't exist"),
    ("@parameters('object')?['none']['y']", "property 'y' cannot be selected"),
    ("@parameters('object')['a']?['x']", "values of type 'Integer'"),
    ("@parameters('text')?['x']", "values of type 'String'"),
    ("@parameters('list')['x']", "only be selected using an integer index"),
    ("@parameters('list')[3]", "array index '3' is outside bounds (0, 2)"),
    ("@parameters('object')[0]", "only be selected by names"),
    ("@outputs('Failed')['body']", "property 'body' cannot be selected"),
    ("@parameters('unknown')", "'unknown'"),
    ("@nope(1)", "function 'nope' is not defined"),
    ("@xpath('a', 'b')", "not supported by this runner"),
    ("@int('x')", "cannot be converted"),
    ("@int(5.7)", "cannot be converted"),
    ("@int('9223372036854775808')", "cannot be converted"),
    ("@bool('1')", "cannot be converted"),
    ("@float(null)", "cannot be converted"),
    ("@decimal('x')", "cannot be converted"),
    ("@json('x')", "cannot be parsed"),
    ("@json(null)", "to be a string"),
    ("@length(null)", "of type 'Null'"),
    ("@length(parameters('object'))", "of type 'Object'"),
    ("@empty(0)", "of type 'Integer'"),
    ("@contains(null, 'a')", "incompatible"),
    ("@if('true', 1, 2)", "to be a boolean"),
    ("@if(true, 1)", "3 parameter(s)"),
    ("@and(true, 'x')", "to be booleans"),
    ("@not(null)", "to be a boolean"),
    ("@concat()", "at least 1"),
    ("@createArray()", "at least 1"),
    ("@add('1', 2)", "integer or a decimal number"),
    ("@add(true, 2)", "integer or a decimal number"),
    ("@add(9223372036854775807, 1)", "overflow"),
    ("@div(1, 0)", "divide by zero"),
    ("@mod(1.0, 0)", "divide by zero"),
    ("@greater('a', 1)", "'String' and 'Integer'"),
    ("@less(true, false)", "'Boolean'"),
    ("@max('a', 'b')", "'String,String'"),
    ("@substring('hello', 9, 1)", "out of range"),
    ("@substring('hello', 1, 99)", "out of range"),
    ("@toLower(null)", "to be a string"),
    ("@split('a', 1)", "second parameter"),
    ("@replace('abc', '', 'x')", "not to be empty"),
    ("@skip(createArray(1), -1)", "must be a positive integer"),
    ("@chunk('abc', 0)", "chunk size"),
    ("@sort(createArray(2, 'a'))", "compare two elements"),
    ("@union(createArray(1), null)", "Array,Null"),
    ("@addProperty(parameters('object'), 'A', 2)", "already exists"),
    ("@setProperty(json('{}'), 'a.b', 1)", "cannot contain"),
    ("@guid('x')", "'N, D, B, P, X'"),
    ("@rand(5, 1)", "'minimum' cannot be greater"),
    ("@range(1, 100001)", "no larger than"),
    ("@uriHost('x')", "well-formed absolute URI"),
    ("@base64ToString('not base64!')", "not base64"),
    ("@dataUriToString('x')", "valid data URI"),
    ("@formatNumber(42, 'R')", "numeric format string"),
    ("@formatDateTime('x')", "must match ISO 8601"),
    ("@formatDateTime('2018-02-30')", "must match ISO 8601"),
    ("@formatDateTime('2018-03-15', 'Q')", "'Q' is not supported"),
    ("@addDays('2018-03-15', '1')", "to be an integer"),
    ("@addDays('9999-12-31T00:00:00Z', 1)", "unrepresentable"),
    ("@addToTime('2018-01-01', 1, 'Fortnight')", "'Fortnight'"),
    ("@convertFromUtc('2018-01-01Z', 'Middle-earth')", "'Middle-earth'"),
    ("@variables('x')", "not expected at this location"),
]


@pytest.mark.parametrize(("expression", "reason"), ERRORS, ids=[text for text, _ in ERRORS])
def test_errors(expression: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value_of(expression)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "expression",
    [
        "@concat('a'",
        "@concat('a',)",
        "@concat('a' 'b')",
        "@concat('a')x",
        '@concat("a")',
        "@(1)",
        "@1 + 1",
        "@a.b",
        "@body",
        "@{",
        "@{}",
        "x @{concat('}')",
        "@9223372036854775808",
    ],
)
def test_syntax_errors(expression: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        value_of(expression)


def test_objects_and_arrays_are_evaluated_in_depth_keys_included() -> None:
    token: Json = {"@{toUpper('k')}": ["@1", {"x": "@triggerBody()"}], "@@k": "a@{1}"}
    assert value_of(token) == {"K": [1, {"x": {"user": "ada"}}], "@k": "a1"}


def test_what_chance_decides_has_the_documented_shape() -> None:
    guid = value_of("@guid()")
    assert isinstance(guid, str)
    assert [len(part) for part in guid.split("-")] == [8, 4, 4, 4, 12]
    assert value_of("@guid()") != guid
    drawn = value_of("@rand(1, 3)")
    assert drawn in (1, 2)


def test_a_number_keeps_its_kind_through_json() -> None:
    assert json.dumps(value_of('@json(\'{"whole": 1, "part": 1.0}\')')) == (
        '{"whole": 1, "part": 1.0}'
    )
