"""Every hunt is valid Kusto for Defender XDR, by the word of Microsoft's own parser and binder."""

import pytest

from microsoft365.kql import hunts
from sandbox.tenant.kusto_parser import KustoParser

Arguments = dict[str, dict[str, object]]


@pytest.mark.parametrize("name", sorted(hunts()))
def test_hunt_is_valid_kusto(name: str, kusto: KustoParser, arguments: Arguments) -> None:
    checked = kusto.check(hunts()[name].render(arguments[name]))
    assert checked.diagnostics == ()


@pytest.mark.parametrize("name", sorted(hunts()))
def test_hunt_reads_the_tables_that_it_names_and_no_others(
    name: str, kusto: KustoParser, arguments: Arguments
) -> None:
    hunt = hunts()[name]
    for table in hunt.tables:
        query = hunt.render(arguments[name]).replace(table, f"{table}Gone")
        assert any(table in found.message for found in kusto.check(query).errors)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("CloudAppEvents\n", "cloudappevents\n"),
        ("AccountObjectId =~", "AccountObjectID =~"),
        ("tostring(", "tostr("),
        ("| order by Timestamp desc", "| order Timestamp desc"),
        ("CountryCode, City", "CountryCode City"),
    ],
)
def test_a_broken_hunt_is_caught(
    right: str, wrong: str, kusto: KustoParser, arguments: Arguments
) -> None:
    query = hunts()["forwarding_changes"].render(arguments["forwarding_changes"])
    assert right in query
    assert kusto.check(query.replace(right, wrong)).errors
