"""Sweep rules, journal rules and connectors behave as their cmdlets' documentation says."""

from sandbox.tenant.state import TenantState
from tests.sandbox.tenant.conftest import Invoke

ANA = "ana@contoso.com"


async def test_a_sweep_rule_is_of_one_mailbox_and_no_inbox_rule(
    invoke: Invoke, state: TenantState
) -> None:
    made = await invoke(
        "New-SweepRule", Mailbox=ANA, Name="Bank", Sender="b@b.example", KeepForDays=0
    )
    (row,) = made.json()["value"]
    assert (row["DestinationFolder"], row["KeepForDays"], row["KeepLatest"]) == (
        "Deleted Items",
        0,
        None,
    )
    assert (await invoke("Get-SweepRule", Mailbox="joel@contoso.com")).json()["value"] == []
    assert (await invoke("Get-SweepRule", Identity=row["RuleId"])).json()["value"] == [row]
    shown = (await invoke("Get-InboxRule", Mailbox=ANA, IncludeHidden=True)).json()["value"]
    assert "Bank" not in {rule["Name"] for rule in shown}
    assert [change.operation for change in state.changes] == ["New-SweepRule"]


async def test_a_sweep_rule_keeps_either_days_or_messages(invoke: Invoke) -> None:
    for kept in ({}, {"KeepForDays": 1, "KeepLatest": 1}):
        made = await invoke("New-SweepRule", Mailbox=ANA, Name="x", Sender="b@b.example", **kept)
        assert made.status_code == 400
    assert (await invoke("Get-SweepRule", Mailbox=ANA)).json()["value"] == []


async def test_a_sweep_rule_is_switched_and_removed_by_its_id(invoke: Invoke) -> None:
    made = await invoke(
        "New-SweepRule", Mailbox=ANA, Name="Bank", Sender="b@b.example", KeepLatest=1
    )
    identity = made.json()["value"][0]["RuleId"]
    await invoke("Disable-SweepRule", Identity=identity)
    assert (await invoke("Get-SweepRule", Mailbox=ANA)).json()["value"][0]["Enabled"] is False
    await invoke("Remove-SweepRule", Identity=identity)
    assert (await invoke("Get-SweepRule", Mailbox=ANA)).json()["value"] == []
    gone = await invoke("Remove-SweepRule", Identity=identity)
    assert gone.status_code == 404


async def test_a_journal_rule_is_off_until_it_is_switched_on(invoke: Invoke) -> None:
    made = await invoke("New-JournalRule", Name="All", JournalEmailAddress="j@arch.example")
    assert (made.json()["value"][0]["Enabled"], made.json()["value"][0]["Scope"]) == (
        False,
        "Global",
    )
    await invoke("Enable-JournalRule", Identity="All")
    await invoke("Set-JournalRule", Identity="All", Recipient=ANA, Scope="external")
    (row,) = (await invoke("Get-JournalRule")).json()["value"]
    assert (row["Enabled"], row["Recipient"], row["Scope"]) == (True, ANA, "External")
    assert (await invoke("Get-JournalRule", Identity="other")).status_code == 404


async def test_connectors_are_listed_by_whether_transport_rules_alone_use_them(
    invoke: Invoke,
) -> None:
    await invoke("New-OutboundConnector", Name="Relay", SmartHosts=["mx.b.example"])
    await invoke("New-OutboundConnector", Name="Ruled", IsTransportRuleScoped=True)
    listed = [
        [row["Name"] for row in (await invoke("Get-OutboundConnector", **asked)).json()["value"]]
        for asked in ({}, {"IsTransportRuleScoped": True}, {"Identity": "relay"})
    ]
    assert listed == [["Relay", "Ruled"], ["Ruled"], ["Relay"]]
    (relay,) = (await invoke("Get-OutboundConnector", Identity="Relay")).json()["value"]
    assert (relay["UseMXRecord"], relay["SmartHosts"]) == (False, ["mx.b.example"])
