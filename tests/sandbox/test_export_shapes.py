"""An export is read whatever wrote it, and nothing in a file stops the reading of the rest."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from sandbox.replay import Export, ExportError, load_export, rebuild
from sandbox.replay.audit import address, named_values
from sandbox.replay.times import moment

Event = dict[str, JsonValue]
ANA = "ana@contoso.com"


def event(number: int) -> Event:
    return {
        "CreationTime": f"2026-11-18T09:{number:02}:20",
        "Id": f"00000000-0000-0000-0000-{number:012}",
        "Operation": "New-InboxRule",
        "OrganizationId": "6c1f6d0a-58a1-4c0e-9c0f-9f6d1c2b7a10",
        "RecordType": 1,
        "ResultStatus": "True",
        "UserKey": "1003",
        "UserType": 2,
        "Workload": "Exchange",
        "ClientIP": "203.0.113.7:4711",
        "ObjectId": f"Ana\\Bills {number}",
        "UserId": ANA,
        "Parameters": [
            {"Name": "Name", "Value": f"Bills {number}"},
            {"Name": "ForwardTo", "Value": "thief@mail.example"},
        ],
    }


EVENTS = [event(number) for number in range(3)]


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def table(header: Sequence[str], rows: Sequence[Sequence[object]], before: str = "") -> str:
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    return before + written.getvalue()


def purview() -> bytes:
    header = ["RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData"]
    rows = [
        [e["Id"], f"{e['CreationTime']}.0000000Z", 1, e["Operation"], e["UserId"], as_json(e)]
        for e in EVENTS
    ]
    return table(header, rows).encode("utf-8-sig")


def powershell(encoding: str, before: str = "") -> bytes:
    header = ["PSComputerName", "RunspaceId", "PSShowComputerName", "RecordType", "CreationDate",
              "UserIds", "Operations", "AuditData", "ResultIndex", "ResultCount", "Identity",
              "IsValid", "ObjectState"]  # fmt: skip
    rows = [
        ["outlook.office365.com", "x", "False", "ExchangeAdmin", "11/18/2026 9:58:20 AM", ANA,
         e["Operation"], as_json(e), 1, 3, e["Id"], "True", "Unchanged"]
        for e in EVENTS
    ]  # fmt: skip
    return table(header, rows, before).encode(encoding)


def search_as_json() -> bytes:
    rows = [
        {
            "PSComputerName": "outlook.office365.com",
            "RecordType": "ExchangeAdmin",
            "CreationDate": {"value": "/Date(1795082300000)/", "DisplayHint": 2},
            "Operations": e["Operation"],
            "AuditData": as_json(e),
            "Identity": e["Id"],
        }
        for e in EVENTS
    ]
    return json.dumps(rows, indent=4).encode("utf-16")


def graph_records() -> bytes:
    rows = [
        {
            "@odata.type": "#microsoft.graph.security.auditLogRecord",
            "id": e["Id"],
            "createdDateTime": f"{e['CreationTime']}Z",
            "auditLogRecordType": "exchangeAdmin",
            "operation": e["Operation"],
            "userPrincipalName": ANA,
            "clientIp": None,
            "auditData": {"@odata.type": "#microsoft.graph.security.defaultAuditData", **e},
        }
        for e in EVENTS
    ]
    page = {"@odata.context": "https://graph.example/$metadata#records", "value": rows}
    return json.dumps({**page, "@odata.nextLink": "https://graph.example/next"}, indent=1).encode()


def hunting_answer() -> bytes:
    """CloudAppEvents as `runHuntingQuery` gives it: lists are lists of JSON text."""
    rows = [
        {
            "Timestamp": f"{e['CreationTime']}Z",
            "ActionType": e["Operation"],
            "RawEventData": {
                "@odata.type": "#microsoft.graph.security.dynamicColumnValue",
                "RecordType@odata.type": "#Int64",
                **e,
                "Parameters@odata.type": "#Collection(String)",
                "Parameters": [as_json(pair) for pair in cast("list[Event]", e["Parameters"])],
            },
        }
        for e in EVENTS
    ]
    schema = [{"name": "Timestamp", "type": "DateTime"}, {"name": "RawEventData", "type": "Object"}]
    return json.dumps({"schema": schema, "results": rows}).encode()


def cloud_app_events_csv() -> bytes:
    rows = [[f"{e['CreationTime']}Z", e["Operation"], as_json(e)] for e in EVENTS]
    return table(["Timestamp", "ActionType", "RawEventData"], rows).encode()


def splunk(shape: str) -> bytes:
    results = [{"_time": "1795082300.000", "_raw": as_json(e), "source": "o365"} for e in EVENTS]
    match shape:
        case "lines":
            lines = [{"preview": False, "offset": n, "result": r} for n, r in enumerate(results)]
            return "\n".join(map(as_json, lines)).encode()
        case "document":
            return json.dumps({"preview": False, "results": results}).encode()
        case _:
            rows = [[r["_raw"], r["_time"]] for r in results]
            return table(["_raw", "_time"], rows).encode()


def elastic(shape: str) -> bytes:
    def source(e: Event) -> Event:
        pairs = {p["Name"]: p["Value"] for p in cast("list[dict[str, str]]", e["Parameters"])}
        audit: Event = {**e, "Parameters": cast("Event", pairs)}
        return {"@timestamp": f"{e['CreationTime']}.000Z", "o365": {"audit": audit}}

    hits = [{"_index": "x", "_id": e["Id"], "_source": source(e)} for e in EVENTS]
    if shape == "lines":
        return "\n".join(as_json(hit["_source"]) for hit in hits).encode()
    answer = {"took": 5, "hits": {"total": {"value": 3, "relation": "eq"}, "hits": hits}}
    return json.dumps(answer, indent=2).encode()


WHOLE: dict[str, Callable[[], bytes]] = {
    "Purview portal": purview,
    "Export-Csv of PowerShell 7": lambda: powershell("utf-8"),
    "Export-Csv of Windows PowerShell": lambda: powershell(
        "utf-16", "#TYPE Deserialized.Microsoft.Exchange.Data.ApplicationLogic.UnifiedAuditLog\r\n"
    ),
    "the same without a byte order mark": lambda: powershell("utf-16-le"),
    "ConvertTo-Json": search_as_json,
    "ConvertTo-Json of one record, one after another": lambda: "\n".join(
        json.dumps({"AuditData": as_json(e)}, indent=2) for e in EVENTS
    ).encode("utf-8-sig"),
    "JSON array of AuditData": lambda: json.dumps(EVENTS).encode(),
    "JSON lines of AuditData": lambda: "\n".join(map(as_json, EVENTS)).encode(),
    "Graph audit log query": graph_records,
    "Graph's pages, one a line": lambda: (
        as_json({"value": EVENTS[:2]}).encode() + b"\n" + as_json({"value": EVENTS[2:]}).encode()
    ),
    "Management Activity API blob": lambda: json.dumps(EVENTS, separators=(",", ":")).encode(),
    "gzipped": lambda: gzip.compress("\n".join(map(as_json, EVENTS)).encode()),
    "gzipped CSV": lambda: gzip.compress(purview()),
    "CloudAppEvents from Graph": hunting_answer,
    "CloudAppEvents from the portal": cloud_app_events_csv,
    "Splunk, JSON lines": lambda: splunk("lines"),
    "Splunk, one document": lambda: splunk("document"),
    "Splunk, CSV": lambda: splunk("table"),
    "Elastic, an answer": lambda: elastic("answer"),
    "Elastic, JSON lines": lambda: elastic("lines"),
}


def read(content: bytes, folder: Path) -> Export:
    # The name says nothing of what is in the file.
    path = folder / "export.dat"
    path.write_bytes(content)
    return load_export(path)


def without_pairs(events: Sequence[JsonValue]) -> list[JsonValue]:
    """The events with their parameters by name, as which some tools give them."""
    return [
        {**each, "Parameters": named_values(each["Parameters"])}
        for each in events
        if isinstance(each, dict)
    ]


@pytest.mark.parametrize("written", WHOLE.values(), ids=WHOLE.keys())
def test_the_same_records_are_read_from_every_source(
    written: Callable[[], bytes], tmp_path: Path
) -> None:
    export = read(written(), tmp_path)
    assert export.broken == []
    found = without_pairs([record.data for record in export.records])
    for each in found:
        assert isinstance(each, dict)
        each.pop("@odata.type", None)
    assert found == without_pairs(cast("list[JsonValue]", EVENTS))


OFFICE_ACTIVITY = {
    "TenantId": "the workspace",
    "TimeGenerated": "2026-11-18T09:58:20.1234567Z",
    "OfficeId": "1",
    "RecordType": "ExchangeAdmin",
    "Operation": "New-InboxRule",
    "OrganizationId": "6c1f6d0a-58a1-4c0e-9c0f-9f6d1c2b7a10",
    "UserType": "Regular",
    "OfficeWorkload": "Exchange",
    "ResultStatus": "True",
    "OfficeObjectId": "Ana\\Bills",
    "UserId": ANA,
    "ClientIP": "203.0.113.7:4711",
    "Logon_Type": "Owner",
    "Parameters": as_json([{"Name": "Name", "Value": "Bills"}, {"Name": "DeleteMessage",
                           "Value": "True"}]),
    "Site_Url": "",
}  # fmt: skip
FLATTENED = {
    **{f"o365.audit.{name}": held for name, held in event(1).items() if name != "Parameters"},
    "o365.audit.Parameters.Name": "Bills",
    "o365.audit.Parameters.DeleteMessage": "True",
}
LOWERED = {name.lower(): value for name, value in event(1).items()}
ROWS: dict[str, bytes] = {
    "OfficeActivity, JSON": as_json([OFFICE_ACTIVITY]).encode(),
    "OfficeActivity, JSON lines": as_json(OFFICE_ACTIVITY).encode(),
    "OfficeActivity, CSV": table(
        [n + " [UTC]" if n == "TimeGenerated" else n for n in OFFICE_ACTIVITY],
        [[{**OFFICE_ACTIVITY, "TimeGenerated": "11/18/2026, 9:58:20.123 AM"}[n]
          for n in OFFICE_ACTIVITY]],
    ).encode("utf-8-sig"),
    "Elastic, flattened": as_json({"@timestamp": "2026-11-18T09:58:20Z", **FLATTENED}).encode(),
    "Elastic, CSV": table(list(FLATTENED), [list(FLATTENED.values())]).encode(),
    "names in lower case": as_json(LOWERED).encode(),
}  # fmt: skip


@pytest.mark.parametrize("content", ROWS.values(), ids=ROWS.keys())
def test_rows_of_a_siem_mean_what_the_record_meant(content: bytes, tmp_path: Path) -> None:
    export = read(content, tmp_path)
    assert export.broken == []
    (record,) = export.records
    assert record.at.replace(minute=0, second=0, microsecond=0) == datetime(
        2026, 11, 18, 9, tzinfo=UTC
    )
    replayed = rebuild(export, ANA)
    (_, mailbox) = next(iter(replayed.state.mailboxes()))
    (rule,) = (rule for rule in mailbox.rules if not rule.hidden)
    assert rule.name.startswith("Bills")
    (row,) = replayed.state.hunting["CloudAppEvents"]
    assert (row["ActionType"], row["IPAddress"]) == ("New-InboxRule", "203.0.113.7")
    assert row["Application"] == "Microsoft Exchange Online"
    assert row["IsAdminOperation"] is True


def test_what_only_the_wrapping_says_is_taken_from_it(tmp_path: Path) -> None:
    bare = {n: v for n, v in event(1).items() if n not in ("CreationTime", "Id")}
    header = ["CreationDate", "Identity", "Operations", "AuditData"]
    row = ["11/18/2026 9:58:20 PM", "the id", "New-InboxRule", as_json(bare)]
    (record,) = read(table(header, [row]).encode(), tmp_path).records
    assert (record.at, record.id) == (datetime(2026, 11, 18, 21, 58, 20, tzinfo=UTC), "the id")
    # What is read back over HTTP must find the time where Microsoft puts it.
    assert record.data["CreationTime"] == "2026-11-18T21:58:20"


# --- times, addresses, parameters ------------------------------------------------------------

NINE = datetime(2026, 11, 18, 9, 58, 20, tzinfo=UTC)
TIMES: list[tuple[JsonValue, datetime]] = [
    ("2026-11-18T09:58:20", NINE),
    ("2026-11-18T09:58:20Z", NINE),
    ("2026-11-18T10:58:20+01:00", NINE),
    ("2026-11-18 09:58:20", NINE),
    ("2026-11-18T09:58:20.0000000", NINE),
    ("2026-11-18T09:58:20.1234567Z", NINE.replace(microsecond=123456)),
    ("11/18/2026 9:58:20 AM", NINE),
    ("11/18/2026 9:58:20\u202fAM", NINE),
    ("11/18/2026 9:58:20 PM", NINE.replace(hour=21)),
    ("11/18/2026 12:58:20 AM", NINE.replace(hour=0)),
    ("11/18/2026, 9:58:20.500 AM", NINE.replace(microsecond=500000)),
    ("11/18/2026 09:58", NINE.replace(second=0)),
    ("18/11/2026 09:58:20", NINE),
    ("18.11.2026 09:58:20", NINE),
    ("/Date(1794995900000)/", NINE),
    ({"value": "/Date(1794995900000)/", "DisplayHint": 2}, NINE),
    (1794995900, NINE),
    ("1794995900.000", NINE),
    (1794995900000, NINE),
]


@pytest.mark.parametrize(("written", "meant"), TIMES)
def test_times_are_read_as_tools_write_them(written: JsonValue, meant: datetime) -> None:
    assert moment(written) == meant


@pytest.mark.parametrize(
    "written",
    ["", "soon", "2026-13-01T00:00:00", "32/33/2026 09:58", "18.18.2026 09:58", None, True, [], {},
     "/Date(999999999999999)/", 10**30],
)  # fmt: skip
def test_what_is_no_time_is_none(written: JsonValue) -> None:
    assert moment(written) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:443", "192.0.2.1"),
        (" [192.0.2.1]:443 ", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("", ""),
        ("<null>", ""),
        ("mail.example:443", ""),
    ],
)
def test_addresses_lose_their_port(written: str, meant: str) -> None:
    assert address(written) == meant


PAIRS = [{"Name": "Name", "Value": "Bills"}, {"Name": "Enabled", "Value": "True"}]


@pytest.mark.parametrize(
    "shape",
    [
        PAIRS,
        {"Name": "Bills", "Enabled": "True"},
        json.dumps(PAIRS),
        json.dumps({"Name": "Bills", "Enabled": "True"}),
        [json.dumps(pair) for pair in PAIRS],
        '-Name "Bills" -Enabled True',
        '-Name: "Bills" -Enabled',
    ],
)
def test_parameters_are_the_same_in_every_shape(shape: JsonValue) -> None:
    assert named_values(shape) == {"Name": "Bills", "Enabled": "True"}


def test_a_single_pair_needs_no_list() -> None:
    assert named_values({"Name": "Identity", "Value": "ana"}) == {"Identity": "ana"}
    assert named_values('{"Name": "Identity", "Value": "ana"}') == {"Identity": "ana"}


# --- what is broken --------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",\n", ","])
def test_a_broken_member_costs_only_itself(separator: str, tmp_path: Path) -> None:
    torn = as_json(event(7))[:-40]
    members = [as_json(EVENTS[0]), torn, as_json(EVENTS[1]), as_json(EVENTS[2])]
    export = read(f"[{separator.join(members)}]".encode(), tmp_path)
    assert [record.data for record in export.records] == EVENTS
    assert [broken.line for broken in export.broken] == [2 if "\n" in separator else 1]


def test_a_page_with_a_broken_record_still_gives_the_others(tmp_path: Path) -> None:
    torn = as_json(event(7))[:-40]
    value = ",\n".join([as_json(EVENTS[0]), torn, as_json(EVENTS[1])])
    page = f'{{"@odata.context": "x",\n"value": [\n{value}\n],\n"@odata.nextLink": "y"}}'
    export = read(page.encode(), tmp_path)
    assert [record.data for record in export.records] == EVENTS[:2]
    assert [broken.line for broken in export.broken] == [4]


def test_a_document_larger_than_any_record_is_read_in_pieces(tmp_path: Path) -> None:
    many: list[Event] = [
        {**event(number % 60), "Id": str(number), "Note": "x" * 20_000} for number in range(1000)
    ]
    hits = {"total": {"value": 1000}, "hits": [{"_source": each} for each in many]}
    document = {"took": 1, "hits": hits, "note": "the end"}
    export = read(as_json(document).encode(), tmp_path)
    assert (len(export.records), export.broken) == (1000, [])
    assert {record.id for record in export.records} == {str(number) for number in range(1000)}


def test_infinity_and_nan_are_no_json(tmp_path: Path) -> None:
    odd = as_json(event(9))[:-1] + ', "Odd": NaN}'
    export = read("\n".join([as_json(EVENTS[0]), odd]).encode(), tmp_path)
    assert [broken.line for broken in export.broken] == [2]
    assert len(export.records) == 1


def test_a_damaged_archive_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="damaged"):
        read(gzip.compress(as_json(EVENTS).encode())[:-20], tmp_path)


_JUNK = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["{", "}", "[", "]", '{"Operation": 1}', '{"AuditData": 3}', "null", "1e999",
                     '"', '{"value": [', '{"a": "\\ud800"}', "[" * 5000, "\x00", "\ufeff"]),
)  # fmt: skip


@given(st.lists(_JUNK.map(lambda text: text.replace("\n", " ").replace("\r", " ")), max_size=6))
def test_among_json_lines_each_junk_line_is_named_by_its_number(junk: list[str]) -> None:
    lines = [as_json(EVENTS[0]), *junk, as_json(EVENTS[1])]
    with TemporaryDirectory() as folder:
        export = read("\n".join(lines).encode("utf-8", "replace"), Path(folder))
    assert [record.data for record in export.records] == EVENTS[:2]
    told = {broken.line for broken in export.broken}
    expected = {number for number, text in enumerate(junk, 2) if text.strip()}
    assert told | {n for n in expected if n not in told and _holds_nothing(junk[n - 2])} == expected


def _holds_nothing(text: str) -> bool:
    """An object that says it carries records and carries none is not broken."""
    return text.strip().startswith("{")


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")))
def test_no_file_is_too_odd_to_be_answered(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        try:
            export = read(content, Path(folder))
        except ExportError:
            return
    assert export.records


@given(
    st.integers(min_value=0, max_value=4000),
    st.integers(min_value=0, max_value=40),
    st.sampled_from([*WHOLE]),
)
def test_a_file_with_a_hole_in_it_is_still_read_around_the_hole(
    start: int, length: int, name: str
) -> None:
    content = WHOLE[name]()
    torn = content[:start] + content[start + length :]
    with TemporaryDirectory() as folder:
        try:
            export = read(torn, Path(folder))
        except ExportError:
            return
    assert len(export.records) + len(export.broken) + export.duplicates > 0
