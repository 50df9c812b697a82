"""Whoever holds an account and reaches for others' mail with it is caught at it, end to end."""

from datetime import datetime

from pydantic import JsonValue

from sandbox.lab import play
from sandbox.outcome import Outcome
from sandbox.scenario import Scenario, load_scenario
from sandbox.tenant.part import JsonObject
from tests.playbooks.plays import findings, opened


def done(
    scenario: Scenario, operation: str, by: str, at: str, address: str, **record: JsonValue
) -> None:
    """Puts a record into the tenant's audit log."""
    row: JsonObject = {
        "Timestamp": at,
        "ActionType": operation,
        "IPAddress": address,
        "RawEventData": {
            "CreationTime": at.rstrip("Z"),
            "Id": f"{operation} by {by}",
            "Operation": operation,
            "ResultStatus": "Success",
            "UserId": by,
            "ClientIP": address,
            **record,
        },
    }
    tables = scenario.tenant.hunting
    tables["CloudAppEvents"] = [*tables["CloudAppEvents"], row]
    assert datetime.fromisoformat(at) < scenario.now


async def graded(scenario: Scenario) -> dict[str, str]:
    async with opened(scenario) as lab:
        return findings(Outcome(await play(lab, scenario.trigger())))


async def test_what_the_intruder_did_with_the_owners_account_is_told_and_others_work_is_not() -> (
    None
):
    scenario = load_scenario("lookalike-domain")
    owner, admin = "farid.haddad@woodgrovebank.com", "grace.adeyemi@woodgrovebank.com"
    credentials = "Update application \u2013 Certificates and secrets management "
    when, where = "2026-11-24T08:30:00Z", "203.0.113.41"
    done(scenario, credentials, owner, when, where, ObjectId="Invoice Sync")
    done(scenario, "SearchExported", admin, when, "192.0.2.77", ObjectId="Litigation 12")
    done(scenario, "Add service principal credentials.", admin, when, "192.0.2.77")
    found = await graded(scenario)
    assert found["app_credentials_added"] == (
        f"{owner} added credentials to an application on 24 Nov 2026 08:30 UTC (Invoice Sync)."
    )
    assert "mailboxes_searched" not in found


async def test_what_a_stolen_administrator_did_besides_is_told() -> None:
    scenario = load_scenario("transport-bcc")
    change = next(
        row
        for row in scenario.tenant.hunting["CloudAppEvents"]
        if row["ActionType"] == "New-TransportRule"
        and "tomas.novak@relecloud.com" in str(row["RawEventData"])
    )
    role: list[JsonValue] = [
        {"Name": "Role", "Value": "Mailbox Import Export"},
        {"Name": "User", "Value": "x"},
    ]
    done(
        scenario,
        "New-ManagementRoleAssignment",
        "tomas.novak@relecloud.com",
        str(change["Timestamp"]),
        str(change["IPAddress"]),
        Parameters=role,
    )
    told = (await graded(scenario))["role_granted"]
    assert told.startswith("tomas.novak@relecloud.com gave x the role Mailbox Import Export")
    assert told.endswith(", which opens every mailbox.")
