"""The bench of the verdict: what it prints, writes and answers, and that it meets its aim."""

import json
from collections import Counter
from pathlib import Path

import pytest
from pydantic import JsonValue, TypeAdapter

from bench.cli import main
from bench.verdict import measure
from bench.verdict.judging import judged
from bench.verdict.labelled import Entry, corpus, lines
from bench.verdict.measure import CORPUS, PUBLIC

_OBJECT = TypeAdapter(dict[str, JsonValue])
_OBJECTS = TypeAdapter(list[dict[str, JsonValue]])


@pytest.fixture(scope="module")
def written() -> list[Entry]:
    return list(corpus(CORPUS))


def rule(identifier: str, label: str, to: str) -> str:
    return json.dumps(
        {
            "id": identifier,
            "kind": "message_rule",
            "label": label,
            "context": {"accepted_domains": ["contoso.com"]},
            "data": {
                "id": "AQ1",
                "displayName": "Copies",
                "isEnabled": True,
                "actions": {"forwardTo": [{"emailAddress": {"address": to}}]},
            },
        }
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text(
        rule("out", "malicious", "x@gmail.com") + "\n{\n" + rule("in", "benign", "bo@contoso.com")
    )
    return path


def test_the_json_has_every_case(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verdict", "--cases", str(file), "--json", "-"]) == 0

    document = _OBJECT.validate_json(capsys.readouterr().out)
    cases = _OBJECTS.validate_python(document["cases"])
    assert [(case["id"], case["label"], case["suspicious"]) for case in cases] == [
        ("out", "malicious", True),
        ("cases.jsonl:2", "unknown", True),
        ("in", "benign", False),
    ]
    assert [case["unreadable"] for case in cases] == [False, True, False]
    assert {"id", "label", "classification", "confidence", "findings"} <= cases[0].keys()
    findings = cases[0]["findings"]
    assert isinstance(findings, list)
    assert "destination_free_mail" in findings


def test_the_tables_compare_with_the_rivals(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["verdict", "--cases", str(file)])

    told = capsys.readouterr().out
    assert "Mailwarden | 1 | 0 | 0 | 1 | 100.0% |" in told
    assert "any external forward or delete | 1 | 0 | 0 | 1 |" in told
    assert "Microsoft Sentinel: Malicious Inbox Rule | 0 | 1 | 0 | 1 |" in told
    assert "Sigma: Mail Forwarding/Redirecting Activity In O365 | 1 | 0 | 1 | 0 |" in told
    assert "cases.jsonl:2" in told


def test_files_may_be_several_and_ids_that_repeat_are_told(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["verdict", "--cases", str(file), "--cases", str(file)])

    told = capsys.readouterr().out
    assert "cases judged: 4" in told
    assert "Ids given more than once: out, cases.jsonl:2, in" in told


def test_a_bound_that_is_missed_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(rule("mislabelled", "malicious", "bo@contoso.com"))

    assert main(["verdict", "--cases", str(wrong)]) == 1

    told = capsys.readouterr()
    assert "Malicious, nobody called: mislabelled" in told.out
    assert told.err == "verdict: wrongShare is 1, at most 0.1: MISSED\n"


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_without_cases_is_no_measurement(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text(content)

    assert main(["verdict", "--cases", str(empty)]) == 2
    assert "there is no case in" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verdict", "--cases", str(tmp_path / "missing.jsonl")]) == 2
    assert "missing.jsonl" in capsys.readouterr().err


def test_a_case_is_explained(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verdict", "--cases", str(file), "--explain", "out"]) == 0

    told = capsys.readouterr().out
    assert told.startswith("out (cases.jsonl:1): labelled malicious")
    assert "destination/destination_free_mail" in told
    assert "somebody is called" in told
    assert "not seen: " in told
    assert "Microsoft Sentinel: Malicious Inbox Rule: silent" in told


def test_what_cannot_be_read_is_explained_too(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verdict", "--cases", str(file), "--explain", "cases.jsonl:2"]) == 0
    assert "Could not be read: The line is not JSON" in capsys.readouterr().out


def test_an_id_that_no_case_has_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verdict", "--cases", str(file), "--explain", "other"]) == 2
    assert capsys.readouterr().err == "no case has the id 'other'\n"


@pytest.mark.parametrize("option", [["--cases", "x.jsonl"], ["--explain", "x"]])
def test_cases_belong_to_the_verdict_alone(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["memory", *option])

    assert ended.value.code == 2
    assert "belong to the bench verdict" in capsys.readouterr().err


def test_public_cases_that_are_absent_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measure, "PUBLIC", tmp_path / "cases.jsonl")

    main(["verdict"])

    assert "../shared/data/cases.jsonl is not there" in capsys.readouterr().out


def test_the_corpus_is_large_even_and_a_third_of_it_hard(written: list[Entry]) -> None:
    cases = [entry.case for entry in written if entry.case]
    labels = Counter(case.label for case in cases)

    assert not [entry.unreadable for entry in written if entry.unreadable]
    assert len(cases) >= 100
    assert labels["malicious"] + labels["benign"] == len(cases)
    assert 0.8 < labels["malicious"] / labels["benign"] < 1.25
    assert sum(case.hard for case in cases) * 3 >= len(cases)
    assert all(case.why for case in cases)
    assert len({case.id for case in cases}) == len(cases)


def test_the_corpus_is_the_projects_own(written: list[Entry]) -> None:
    if not PUBLIC.exists():
        pytest.skip("the public cases are not beside this project")
    public = {json.dumps(entry.case.data) for entry in lines(PUBLIC) if entry.case}

    assert not public & {json.dumps(entry.case.data) for entry in written if entry.case}


def test_the_verdict_meets_its_aim_on_the_corpus(written: list[Entry]) -> None:
    found = [judged(entry) for entry in written]

    assert not [each.id for each in found if each.cleared_wrongly]
    assert not [each.id for each in found if each.convicted_wrongly]
    wrong = [each.id for each in found if each.right is False]
    assert len(wrong) <= len(found) / 10, wrong


def test_whole_cases_are_told_apart_without_a_person(written: list[Entry]) -> None:
    """With everything seen, most need nobody to decide."""
    whole = [judged(entry) for entry in written if entry.case and entry.case.kind == "case"]
    malicious = [each for each in whole if each.label == "malicious"]
    benign = [each for each in whole if each.label == "benign"]

    assert sum(each.classification == "truePositive" for each in malicious) > len(malicious) / 2
    assert sum(each.classification != "undetermined" for each in benign) > len(benign) / 2
