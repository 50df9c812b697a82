"""Replay rebuilds the ways out that are no inbox or transport rule."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.replay import Replayed, load_export, rebuild

ANA = "ana@contoso.com"


def replay(folder: Path, *events: dict[str, object]) -> Replayed:
    start = datetime(2026, 11, 1, 9, tzinfo=UTC)
    records = [
        {
            "CreationTime": (start + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%S"),
            "Id": f"record {n}",
            "RecordType": 1,
            "ResultStatus": "True",
            "Workload": "Exchange",
            "UserId": ANA,
            **event,
        }
        for n, event in enumerate(events)
    ]
    path = folder / "export.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return rebuild(load_export(path), ANA)


def cmdlet(operation: str, object_id: str = "", **parameters: str) -> dict[str, object]:
    pairs = [{"Name": name, "Value": value} for name, value in parameters.items()]
    return {"Operation": operation, "ObjectId": object_id, "Parameters": pairs}


def test_sweep_rules_are_made_changed_and_removed(tmp_path: Path) -> None:
    replayed = replay(
        tmp_path,
        cmdlet("New-SweepRule", Name="Bank", Sender="a@bank.example", KeepForDays="0"),
        cmdlet("New-SweepRule", Name="Shop", Sender="a@shop.example", KeepLatest="1"),
        cmdlet("Disable-SweepRule", Identity="ana\\Bank"),
        cmdlet("Remove-SweepRule", Identity="Shop"),
        cmdlet("Set-SweepRule", Identity="Older", DestinationFolder="Archive"),
    )
    user = replayed.state.user(ANA)
    assert user is not None and user.mailbox is not None
    bank, older = user.mailbox.sweep_rules
    assert (bank.name, bank.sender, bank.enabled) == ("Bank", "a@bank.example", False)
    assert (older.name, older.destination_folder) == ("Older", "Archive")
    assert replayed.account.not_understood == {}


def test_journal_rules_and_connectors_are_rebuilt(tmp_path: Path) -> None:
    replayed = replay(
        tmp_path,
        cmdlet("New-JournalRule", Name="All", JournalEmailAddress="j@arch.example", Enabled="True"),
        cmdlet("Set-JournalRule", Identity="Older", JournalEmailAddress="k@arch.example"),
        cmdlet("New-OutboundConnector", Name="Relay", SmartHosts="a.example;b.example"),
        cmdlet("Set-OutboundConnector", "contoso/Relay", RecipientDomains="*", Enabled="False"),
        cmdlet("Remove-JournalRule", Identity="Never seen"),
    )
    older, every = sorted(replayed.state.journal_rules, key=lambda rule: rule.name, reverse=True)
    assert (every.name, every.enabled) == ("All", True)
    assert (older.name, older.journal_email_address) == ("Older", "k@arch.example")
    (relay,) = replayed.state.outbound_connectors
    assert relay.smart_hosts == ["a.example", "b.example"]
    assert (relay.recipient_domains, relay.enabled) == (["*"], False)
    assert list(replayed.account.not_understood) == ["Remove-JournalRule: it is not in the export"]


def test_a_flow_reaches_the_hunting_table(tmp_path: Path) -> None:
    made = {"Operation": "CreateFlow", "Workload": "MicrosoftFlow", "RecordType": 30}
    replayed = replay(tmp_path, {**made, "FlowConnectorNames": "Office 365 Outlook"})
    (row,) = replayed.state.hunting["CloudAppEvents"]
    assert (row["ActionType"], row["Application"]) == ("CreateFlow", "Microsoft Power Automate")
