"""The tenant's hunting database answers KQL as Microsoft's does, its refusals included."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from microsoft365.hunting_rows import HuntingAnswer
from sandbox.tenant import hunting
from sandbox.tenant.hunting import HuntingDatabase, HuntingError, table_columns
from sandbox.tenant.kusto_parser import KustoParser

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
Tables = Mapping[str, Sequence[Mapping[str, object]]]


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture(params=["alone", "behind Microsoft's parser"])
def open_database(request: pytest.FixtureRequest) -> Iterator[Callable[[Tables], HuntingDatabase]]:
    """Opens databases as they are with and without Microsoft's parser at hand."""
    parser = request.param != "alone"
    if parser and (reason := KustoParser.missing()) is not None:
        pytest.skip(reason)
    opened: list[HuntingDatabase] = []

    def open_one(tables: Tables) -> HuntingDatabase:
        opened.append(HuntingDatabase(tables, lambda: NOW, parser=parser))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[[Tables], HuntingDatabase]) -> HuntingDatabase:
    return open_database(
        {
            "CloudAppEvents": [
                {
                    "Timestamp": "2026-01-19T12:00:00.1234567Z",
                    "ActionType": "New-InboxRule",
                    "ApplicationId": 20893,
                    "IsAdminOperation": True,
                    "RawEventData": {
                        "Operation": "New-InboxRule",
                        "RecordType": 1,
                        "ExternalAccess": False,
                        "Parameters": [{"Name": "ForwardTo", "Value": "a@b.example"}, "bare"],
                        "AppAccessContext": {"AADSessionId": "s"},
                        "Nothing": None,
                    },
                },
                {"Timestamp": ago(40), "ActionType": "Set-Mailbox"},
            ],
            "OfficeActivity": [{"TimeGenerated": ago(40), "Operation": "Set-Mailbox"}],
            "EmailEvents": [
                {"Timestamp": ago(days), "NetworkMessageId": f"m{days}"} for days in (1, 5, 10)
            ],
        }
    )


async def count(database: HuntingDatabase, table: str, timespan: str | None = None) -> int:
    answer = await database.query(f"{table} | count", timespan)
    value = answer["results"][0]["Count"]
    assert isinstance(value, int)
    return value


# --- answers --------------------------------------------------------------------------------------


async def test_answer_is_written_as_graph_writes_it(database: HuntingDatabase) -> None:
    answer = await database.query(
        "CloudAppEvents | project Timestamp, ActionType, ApplicationId, IsAdminOperation,"
        " IsImpersonated, ISP, RawEventData, Age = now() - Timestamp, Share = 0.5"
    )
    assert answer["schema"] == [
        {"name": "Timestamp", "type": "DateTime"},
        {"name": "ActionType", "type": "String"},
        {"name": "ApplicationId", "type": "Int32"},
        {"name": "IsAdminOperation", "type": "SByte"},
        {"name": "IsImpersonated", "type": "SByte"},
        {"name": "ISP", "type": "String"},
        {"name": "RawEventData", "type": "Object"},
        {"name": "Age", "type": "TimeSpan"},
        {"name": "Share", "type": "Double"},
    ]
    dynamic = "#microsoft.graph.security.dynamicColumnValue"
    assert answer["results"] == [
        {
            "Timestamp": "2026-01-19T12:00:00.123456Z",
            "ActionType": "New-InboxRule",
            "ApplicationId": 20893,
            "IsAdminOperation@odata.type": "#SByte",
            "IsAdminOperation": 1,
            "IsImpersonated": {},
            "ISP": "",
            "RawEventData": {
                "@odata.type": dynamic,
                "Operation": "New-InboxRule",
                "RecordType@odata.type": "#Int64",
                "RecordType": 1,
                "ExternalAccess": False,
                "Parameters@odata.type": "#Collection(String)",
                "Parameters": ['{"Name":"ForwardTo","Value":"a@b.example"}', "bare"],
                "AppAccessContext": {"@odata.type": dynamic, "AADSessionId": "s"},
                "Nothing": {},
            },
            "Age": "23:59:59.8765440",
            "Share": 0.5,
        }
    ]


async def test_the_product_reads_back_what_kusto_had(database: HuntingDatabase) -> None:
    answer = HuntingAnswer.model_validate(
        await database.query(
            "CloudAppEvents | project IsAdminOperation, IsImpersonated, RawEventData"
        )
    )
    assert [column.name for column in answer.columns] == [
        "IsAdminOperation",
        "IsImpersonated",
        "RawEventData",
    ]
    (row,) = answer.rows()
    assert (row["IsAdminOperation"], row["IsImpersonated"]) == (True, None)
    assert row["RawEventData"] == {
        "Operation": "New-InboxRule",
        "RecordType": 1,
        "ExternalAccess": False,
        "Parameters": [{"Name": "ForwardTo", "Value": "a@b.example"}, "bare"],
        "AppAccessContext": {"AADSessionId": "s"},
        "Nothing": None,
    }


async def test_whole_seconds_have_no_fraction(database: HuntingDatabase) -> None:
    answer = await database.query("EmailEvents | summarize max(Timestamp)")
    assert answer["results"] == [{"max_Timestamp": "2026-01-19T12:00:00Z"}]


async def test_no_more_rows_than_the_limit(
    database: HuntingDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hunting, "MAX_ROWS", 2)
    answer = await database.query(
        "EmailEvents | order by Timestamp desc | project NetworkMessageId"
    )
    assert [row["NetworkMessageId"] for row in answer["results"]] == ["m1", "m5"]


# --- time -----------------------------------------------------------------------------------------


async def test_now_is_the_tenants_now(database: HuntingDatabase) -> None:
    answer = await database.query("print a = now(), b = ago(1d)")
    assert answer["results"] == [{"a": "2026-01-20T12:00:00Z", "b": "2026-01-19T12:00:00Z"}]


@pytest.mark.parametrize(
    ("timespan", "messages"),
    [
        (None, 3),
        ("P30D", 3),
        ("P7D", 2),
        ("P1W", 2),
        ("PT24H", 1),
        ("2026-01-12T00:00:00Z/2026-01-16T00:00:00Z", 1),
        ("2026-01-12T00:00:00+02:00/P7D", 1),
        ("P7D/2026-01-16T00:00:00Z", 2),
        ("2026-01-14T00:00:00Z", 2),
        ("2026-01-16T00:00:00Z/2026-01-12T00:00:00Z", 0),
    ],
)
async def test_timespan_in_each_of_its_forms(
    database: HuntingDatabase, timespan: str | None, messages: int
) -> None:
    assert await count(database, "EmailEvents", timespan) == messages


@pytest.mark.parametrize(
    "timespan", ["30", "P", "yesterday", "P7D/P7D", "/P7D", "2026-01-12", "P7D/2026-01-16T00"]
)
async def test_a_timespan_that_is_not_iso_8601_is_refused(
    database: HuntingDatabase, timespan: str
) -> None:
    with pytest.raises(HuntingError, match="timespan"):
        await database.query("EmailEvents", timespan)


async def test_the_shorter_of_timespan_and_the_querys_own_filter_applies(
    database: HuntingDatabase,
) -> None:
    assert await count(database, "EmailEvents | where Timestamp > ago(6d)", "P30D") == 2
    assert await count(database, "EmailEvents | where Timestamp > ago(30d)", "P6D") == 2


async def test_defenders_tables_end_after_thirty_days_a_workspaces_do_not(
    database: HuntingDatabase,
) -> None:
    assert await count(database, "CloudAppEvents", "P60D") == 1
    assert await count(database, "OfficeActivity", "P60D") == 1
    assert await count(database, "OfficeActivity") == 0


async def test_what_has_not_happened_yet_is_not_there(database: HuntingDatabase) -> None:
    database.add("EmailEvents", [{"Timestamp": ago(-1), "NetworkMessageId": "tomorrow"}])
    assert await count(database, "EmailEvents", "2026-01-10T00:00:00Z/2026-02-10T00:00:00Z") == 3


async def test_rows_added_later_are_found(database: HuntingDatabase) -> None:
    database.add("EmailEvents", [{"Timestamp": ago(0.1), "NetworkMessageId": "later"}])
    assert await count(database, "EmailEvents") == 4


async def test_queries_at_once_keep_their_own_timespans(database: HuntingDatabase) -> None:
    spans = ["P30D", "P7D", "P2D"] * 4
    counts = await asyncio.gather(*(count(database, "EmailEvents", span) for span in spans))
    assert counts == [3, 2, 1] * 4


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kql", "named"),
    [
        ("UrlClickEvents | count", "UrlClickEvents"),
        ("NoSuchTable | count", "NoSuchTable"),
        ("UrlClickEvents | summarize arg_max(Timestamp, *) by Url", "'UrlClickEvents'"),
        ("EmailEvents | join UrlClickEvents on NetworkMessageId", "'UrlClickEvents'"),
        ("emailevents | count", "emailevents"),
        ("EmailEvents | join kind=inner cloudappevents on ReportId", "cloudappevents"),
        ("EmailEvents | where recipientEmailAddress == 'a'", "recipientEmailAddress"),
        ("EmailEvents | where NoSuchColumn == 'a'", "NoSuchColumn"),
        ("EmailEvents | summarize count() by networkmessageid", "networkmessageid"),
        ("EmailEvents | extend x = no_such_function(Subject)", "no_such_function"),
        ("database('stored').EmailEvents | count", ""),
        ("EmailEvents | where", ""),
        ("EmailEvents | where Subject == 'a", ""),
        (".show tables", ""),
        (".drop table EmailEvents", ""),
        ("", ""),
    ],
)
async def test_what_kusto_would_refuse_is_refused(
    database: HuntingDatabase, kql: str, named: str
) -> None:
    with pytest.raises(HuntingError) as refused:
        await database.query(kql)
    assert named in str(refused.value)
    assert await count(database, "EmailEvents") == 3


async def test_no_file_of_the_machine_can_be_read(database: HuntingDatabase) -> None:
    with pytest.raises(HuntingError):
        await database.query("['/etc/passwd'] | take 1")


async def test_a_query_that_takes_too_long_is_stopped(
    open_database: Callable[[Tables], HuntingDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(
        {"EmailEvents": [{"Timestamp": ago(1), "ReportId": str(n)} for n in range(3000)]}
    )
    assert await count(database, "EmailEvents") == 3000
    monkeypatch.setattr(hunting, "TIMEOUT", 0.5)
    table = "EmailEvents | extend k = 1 | project k"
    slow = f"{table} | join kind=inner ({table}) on k | join kind=inner ({table}) on k | count"
    async with asyncio.timeout(20):
        with pytest.raises(HuntingError, match="limits"):
            await database.query(slow)


# --- names and text -------------------------------------------------------------------------------


async def test_a_column_that_may_not_exist_is_decided_by_the_tables_columns(
    database: HuntingDatabase,
) -> None:
    answer = await database.query(
        "CloudAppEvents | take 1 | project"
        ' a = column_ifexists("ActionType", "-"),'
        ' b = column_ifexists("Operation", strcat("no ", ")")),'
        ' c = column_ifexists("Nope", column_ifexists("ActionType", "-")),'
        " d = column_ifexists('Nope', column_ifexists('Nope', 'last'))"
    )
    assert answer["results"] == [
        {"a": "New-InboxRule", "b": "no )", "c": "New-InboxRule", "d": "last"}
    ]


async def test_each_table_of_a_query_has_its_own_columns(database: HuntingDatabase) -> None:
    answer = await database.query(
        'let changes = CloudAppEvents | project Kind = column_ifexists("Operation", "none");'
        'OfficeActivity | project Kind = column_ifexists("Operation", "none") | union changes'
        " | order by Kind asc",
        "P60D",
    )
    assert [row["Kind"] for row in answer["results"]] == ["Set-Mailbox", "none"]


async def test_names_that_the_query_makes_may_be_written_as_it_likes(
    database: HuntingDatabase,
) -> None:
    answer = await database.query(
        "let networkmessageid = 'm1';"
        " EmailEvents | where NetworkMessageId == networkmessageid"
        " | project id = NetworkMessageId // where NETWORKMESSAGEID\n"
        " | extend note = 'emailevents and SUBJECT'"
    )
    assert answer["results"] == [{"id": "m1", "note": "emailevents and SUBJECT"}]


async def test_every_way_to_write_a_string_means_what_kusto_means(
    database: HuntingDatabase,
) -> None:
    answer = await database.query(
        'print a = "\\u0041\\u2028\\ud83d\\ude00\\"\\\\", b = @\'c:\\d\'\'e\', c = h"secret",'
        " d = ```two\nlines```, e = 'it\\'s'"
    )
    assert answer["results"] == [
        {"a": 'A\u2028😀"\\', "b": "c:\\d'e", "c": "secret", "d": "two\nlines", "e": "it's"}
    ]


# --- rows that do not fit -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tables", "named"),
    [
        ({"NoSuchTable": []}, "NoSuchTable"),
        ({"EmailEvents": [{"Timestamp": NOW}, {"Sender": "a"}]}, "row 2: .*'Sender'"),
        ({"EmailEvents": [{"timestamp": NOW}]}, "'timestamp'"),
        ({"EmailEvents": [{"Timestamp": "2026-01-01T00:00:00"}]}, "Timestamp: .*timezone"),
        ({"EmailEvents": [{"Subject": 5}]}, "Subject"),
        ({"EmailEvents": [{"AttachmentCount": "many"}]}, "AttachmentCount"),
        ({"CloudAppEvents": [{"RawEventData": {1, 2}}]}, "RawEventData"),
    ],
    ids=["table", "column", "case", "zone", "text", "number", "dynamic"],
)
def test_a_row_that_does_not_fit_is_named(tables: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        HuntingDatabase(tables, lambda: NOW, parser=False)


async def test_rows_with_odd_text_are_kept_as_they_are(
    open_database: Callable[[Tables], HuntingDatabase],
) -> None:
    odd = '"quoted" \\ \'x\' \n\t\u2028 😀 {"a": [1]} [] null'
    database = open_database(
        {"CloudAppEvents": [{"Timestamp": ago(1), "ISP": odd, "RawEventData": {odd: odd}}]}
    )
    answer = HuntingAnswer.model_validate(
        await database.query("CloudAppEvents | project ISP, RawEventData")
    )
    assert answer.rows() == ({"ISP": odd, "RawEventData": {odd: odd}},)


async def test_every_table_that_a_tenant_can_hold_can_be_asked() -> None:
    database = HuntingDatabase({name: [] for name in table_columns()}, lambda: NOW, parser=False)
    try:
        for name, columns in table_columns().items():
            answer = await database.query(name)
            assert [column["name"] for column in answer["schema"]] == list(columns)
    finally:
        database.close()
