"""A file of labelled cases: every line is a case or is told to be none, whatever it holds."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from bench.verdict.judging import judged
from bench.verdict.labelled import Entry, lines

RULE: dict[str, JsonValue] = {
    "id": "AQ1",
    "displayName": "News",
    "isEnabled": True,
    "conditions": {"senderContains": ["news@"]},
    "actions": {"markAsRead": True},
}
CASE: dict[str, JsonValue] = {
    "id": "news",
    "kind": "message_rule",
    "label": "benign",
    "data": RULE,
    "context": {"accepted_domains": ["contoso.com"]},
}


def read(tmp_path: Path, *written: str | bytes) -> list[Entry]:
    file = tmp_path / "cases.jsonl"
    parts = [each.encode() if isinstance(each, str) else each for each in written]
    file.write_bytes(b"\n".join(parts))
    return list(lines(file))


def case(**changed: JsonValue) -> str:
    return json.dumps(CASE | changed)


def test_a_line_is_a_case(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, case())

    assert (entry.id, entry.label, entry.where) == ("news", "benign", "cases.jsonl:1")
    assert entry.case is not None
    assert entry.case.data == RULE
    assert entry.case.context.accepted_domains == ("contoso.com",)


@pytest.mark.parametrize(
    "written",
    [
        b"\xef\xbb\xbf" + case().encode() + b"\r\n" + case().encode() + b"\r\n",
        (case() + "\r\n\r\n   \n" + case()).encode("utf-16"),
    ],
    ids=["byte order mark and CRLF", "UTF-16, as PowerShell writes it"],
)
def test_how_windows_writes_text_is_no_hindrance(tmp_path: Path, written: bytes) -> None:
    entries = read(tmp_path, written)

    assert [each.unreadable for each in entries] == ["", ""]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("not json", "The line is not JSON"),
        ('{"id": "news",', "The line is not JSON"),
        ("[" * 100_000, "The line nests too deeply"),
        ("[1, 2]", "The line is not a JSON object"),
        ("null", "The line is not a JSON object"),
        (b'{"id": "\xff"}', "The line is not UTF-8"),
        (case(kind="mailbox"), "kind: 'mailbox' is not one of"),
        (case(kind=None), "kind: missing"),
        (case(kind=["alert"]), "kind: \"['alert']\" is not one of"),
        (case(data=None), "data: neither a JSON object nor a list of them"),
        (case(data="{}"), "data: neither"),
        (case(data={}), "data: neither"),
        (case(context=[]), "context: not a JSON object"),
        (case(context={"accepted_domains": [1.5, None]}), "context.accepted_domains"),
        (case(context={"accepted_domains": {"a": 1}}), "context.accepted_domains"),
        (case(context={"as_of": "yesterday"}), "context.as_of: not a time"),
    ],
)
def test_a_line_that_is_no_case_says_why_and_where(
    tmp_path: Path, line: str | bytes, told: str
) -> None:
    entries = read(tmp_path, case(), line, case())

    assert [each.case is None for each in entries] == [False, True, False]
    assert entries[1].where == "cases.jsonl:2"
    assert entries[1].unreadable.startswith(told)


def test_what_cannot_be_read_keeps_its_id_and_label(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, case(kind="?", id=17))

    assert (entry.id, entry.label) == ("17", "benign")
    found = judged(entry)
    assert found.unreadable
    assert found.suspicious  # nobody can say, so a person looks
    assert found.right is False


def test_a_case_without_id_goes_by_its_line(tmp_path: Path) -> None:
    first, second = read(tmp_path, case(id=None), case(id={"a": 1}))

    assert (first.id, second.id) == ("cases.jsonl:1", "cases.jsonl:2")
    assert first.case is not None


def test_of_a_command_line_the_cmdlet_counts(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, case(context={"cmdlet": "Get-InboxRule -IncludeHidden"}))

    assert entry.case is not None
    assert entry.case.context.cmdlet == "Get-InboxRule"


def test_an_unknown_label_is_none(tmp_path: Path) -> None:
    entries = read(tmp_path, case(label="bad"), case(label=None), case(label="MALICIOUS"))

    assert [each.label for each in entries] == ["unknown", "unknown", "malicious"]
    assert judged(entries[0]).right is None


def test_ids_cannot_steer_a_terminal(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, case(id="a\x1b[31m\nb" + "c" * 1000))

    assert entry.id.isprintable()
    assert len(entry.id) <= 200


def test_half_characters_do_not_end_the_run(tmp_path: Path) -> None:
    line = case().replace("News", "\\ud800")
    (entry,) = read(tmp_path, line)

    assert not judged(entry).unreadable


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)
NAMES = st.sampled_from(
    "Operation Parameters CreationTime UserId ObjectId actions conditions forwardTo Name ForwardTo "
    "DeleteMessage MoveToFolder properties alerts evidence title RawEventData auditData value "
    "ModifiedProperties OperationProperties Item Target".split()
)
KINDS = st.sampled_from(["ual_event", "message_rule", "get_inboxrule", "alert", "incident", "case"])


@settings(max_examples=150, deadline=None)
@given(kind=KINDS, data=st.dictionaries(NAMES, JSON, min_size=1, max_size=6), context=JSON)
def test_nothing_that_a_line_holds_breaks_the_judgement(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: JsonValue, context: JsonValue
) -> None:
    line = json.dumps({"id": "x", "kind": kind, "data": data, "context": context})
    (entry,) = read(tmp_path_factory.mktemp("cases"), line)

    found = judged(entry)

    assert not found.broke, found.unreadable
    assert found.classification not in ("falsePositive", "informationalExpectedActivity")
