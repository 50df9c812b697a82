"""What takes mail elsewhere or hides it, and is no inbox or transport rule, is listed too."""

from collections.abc import Callable

import pytest

from sandbox.tenant.faults import Refusal
from sandbox.tenant.mailbox import SweepRule
from sandbox.tenant.people import Contact
from sandbox.tenant.state import TenantState
from sandbox.tenant.transport import JournalRule, OutboundConnector, TransportRule
from tests.labs import ANA, OpenLab, answered, as_object, gaps, objects, result_of

DROP = "archive@drop.example"


def refused(cmdlet: str) -> Callable[[TenantState], None]:
    """The identity may not call the cmdlet."""

    def change(state: TenantState) -> None:
        state.refusals.append(Refusal(service="exchange", cmdlet=cmdlet, status=403))

    return change


async def test_sweep_rules_are_listed_apart_from_the_inbox_rules(open_lab: OpenLab) -> None:
    def change(state: TenantState) -> None:
        ana = state.user(ANA)
        assert ana is not None and ana.mailbox is not None
        sweep = SweepRule(name="From the bank", sender="alerts@bank.example", keep_for_days=0)
        sweep.number(ana.id)
        ana.mailbox.sweep_rules.append(sweep)

    lab = await open_lab(change=change)
    answer = await answered(lab, "list-sweep-rules", {"mailbox": ANA})
    found = as_object(answer["result"])
    assert found["mailbox"] == ANA
    (sweep,) = objects(found["sweepRules"])
    assert (sweep["name"], sweep["enabled"]) == ("From the bank", True)
    assert (sweep["sender"], sweep["keepsDays"]) == ("alerts@bank.example", 0)
    assert as_object(sweep["moveTo"])["name"] == "Deleted Items"
    assert answer["complete"] is True
    rules = objects((await result_of(lab, "list-inbox-rules", {"mailbox": ANA}))["rules"])
    assert rules
    assert all(rule["name"] != "From the bank" for rule in rules)


async def test_sweep_rules_that_could_not_be_read_are_a_gap_and_cost_no_inbox_rule(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=refused("Get-SweepRule"))
    answer = await answered(lab, "list-sweep-rules", {"mailbox": ANA})
    assert gaps(answer) == [("Exchange Get-SweepRule", "forbidden")]
    assert answer["complete"] is False
    assert objects(as_object(answer["result"])["sweepRules"]) == []
    inbox = await answered(lab, "list-inbox-rules", {"mailbox": ANA})
    assert inbox["complete"] is True
    assert objects(as_object(inbox["result"])["rules"])


@pytest.mark.parametrize("readable", [True, False])
async def test_the_sweep_rules_of_a_mailbox_that_nobody_has_are_not_found(
    open_lab: OpenLab, readable: bool
) -> None:
    lab = await (open_lab() if readable else open_lab(change=refused("Get-SweepRule")))
    await answered(lab, "list-sweep-rules", {"mailbox": "nobody@contoso.com"}, 404)


async def test_journal_rules_are_followed_to_where_the_copies_arrive(open_lab: OpenLab) -> None:
    def change(state: TenantState) -> None:
        state.contacts.append(Contact(name="Compliance", external_address=DROP))
        state.journal_rules += [
            JournalRule(name="All mail", journal_email_address="Compliance"),
            JournalRule(
                name="Ana",
                journal_email_address=DROP,
                recipient=ANA,
                scope="External",
                enabled=False,
            ),
        ]

    lab = await open_lab(change=change)
    found = await result_of(lab, "list-transport-rules", {})
    everybody, ana = objects(found["journalRules"])
    address = as_object(everybody["journalAddress"])
    assert (address["kind"], address["resolved"]) == ("contact", True)
    assert [final["address"] for final in objects(address["finals"])] == [DROP]
    assert (everybody["recipient"], everybody["scope"], everybody["enabled"]) == (
        "",
        "Global",
        True,
    )
    assert (ana["recipient"], ana["scope"], ana["enabled"]) == (ANA, "External", False)


async def test_outbound_connectors_say_through_which_hosts_whose_mail_goes(
    open_lab: OpenLab,
) -> None:
    def change(state: TenantState) -> None:
        state.outbound_connectors += [
            OutboundConnector(
                name="Relay", smart_hosts=["mx.drop.example"], recipient_domains=["*"]
            ),
            OutboundConnector(name="Ruled", smart_hosts=["x.example"], transport_rules_only=True),
        ]

    lab = await open_lab(change=change)
    relay, ruled = objects((await result_of(lab, "list-transport-rules", {}))["connectors"])
    assert (relay["name"], relay["smartHosts"]) == ("Relay", ["mx.drop.example"])
    assert (relay["recipientDomains"], relay["forTransportRules"]) == (["*"], False)
    assert ruled["forTransportRules"] is True


async def test_a_transport_rule_that_reports_or_routes_says_so(open_lab: OpenLab) -> None:
    def change(state: TenantState) -> None:
        state.transport_rules += [
            TransportRule(
                name="Report",
                parameters={
                    "GenerateIncidentReport": DROP,
                    "IncidentReportContent": ["Sender", "AttachOriginalMail"],
                },
            ),
            TransportRule(name="Route", parameters={"RouteMessageOutboundConnector": "Relay"}),
        ]

    lab = await open_lab(change=change)
    rules = objects((await result_of(lab, "list-transport-rules", {}))["rules"])
    copies = {str(rule["name"]): objects(rule["copies"]) for rule in rules}
    (report,) = copies["Report"]
    assert (report["way"], report["detail"]) == (
        "GenerateIncidentReport",
        "Sender, AttachOriginalMail",
    )
    (final,) = objects(as_object(report["destination"])["finals"])
    assert (final["address"], final["internal"]) == (DROP, False)
    (route,) = copies["Route"]
    assert (route["way"], route["detail"]) == ("RouteMessageOutboundConnector", "Relay")


@pytest.mark.parametrize("cmdlet", ["Get-JournalRule", "Get-OutboundConnector"])
async def test_what_could_not_be_read_is_a_gap_and_costs_nothing_else(
    open_lab: OpenLab, cmdlet: str
) -> None:
    lab = await open_lab(change=refused(cmdlet))
    answer = await answered(lab, "list-transport-rules", {})
    assert gaps(answer) == [(f"Exchange {cmdlet}", "forbidden")]
