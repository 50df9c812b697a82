"""Forwarding on mailboxes, transport rules and the organisation, as the reads show them."""

import pytest
from pydantic import JsonValue

from sandbox.tenant.faults import Refusal
from sandbox.tenant.mailbox import InboxRule, Recipient, RuleActions
from sandbox.tenant.people import Contact
from sandbox.tenant.state import TenantState
from sandbox.tenant.transport import TransportRule
from tests.labs import (
    ANA,
    AROUND,
    JOEL,
    MIRA,
    OpenLab,
    answered,
    as_object,
    gaps,
    objects,
    result_of,
    rule_named,
)

PIETER = "pieter.devries@contoso.com"


async def test_forwarding_of_a_mailbox_is_shown_with_where_it_leads(open_lab: OpenLab) -> None:
    lab = await open_lab("approved-partner")

    for name in (PIETER, "Pieter.deVries@contoso.com", "1b9a4c7e-3f52-4a8d-8c61-7d0e2f5b9a10"):
        found = await result_of(lab, "get-mailbox-forwarding", {"mailbox": name})
        smtp = as_object(found["forwardingSmtpAddress"])
        assert smtp["finals"] == [
            {"address": "nightdesk@northwind.example", "internal": False, "via": ""}
        ]
        assert found["forwardingAddress"] is None
        assert (found["seen"], found["keepsCopy"]) == (True, True)


async def test_a_forwarding_address_is_a_recipient_whose_outside_address_is_found(
    open_lab: OpenLab,
) -> None:
    def to_contact(state: TenantState) -> None:
        state.contacts.append(Contact(name="Desk", external_address="desk@mail.example"))
        ana = state.user(ANA)
        assert ana is not None and ana.mailbox is not None
        ana.mailbox.forwarding_address = "Desk"

    lab = await open_lab(change=to_contact)
    found = await result_of(lab, "get-mailbox-forwarding", {"mailbox": ANA})

    address = as_object(found["forwardingAddress"])
    assert (address["kind"], address["resolved"]) == ("contact", True)
    assert [final["address"] for final in objects(address["finals"])] == ["desk@mail.example"]


async def test_no_forwarding_is_not_the_same_as_forwarding_that_was_not_seen(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    seen = await answered(lab, "get-mailbox-forwarding", {"mailbox": ANA})
    assert seen["complete"] is True
    found = as_object(seen["result"])
    assert (found["forwardingAddress"], found["forwardingSmtpAddress"]) == (None, None)
    assert found["seen"] is True

    refused = await open_lab("exchange-refused")
    body: dict[str, JsonValue] = {"mailbox": "sofia.marchetti@contoso.com"}
    unseen = await answered(refused, "get-mailbox-forwarding", body)
    assert as_object(unseen["result"])["seen"] is False
    assert gaps(unseen) == [("Exchange Get-Mailbox", "forbidden")]
    nobody: dict[str, JsonValue] = {"mailbox": "nobody@contoso.com"}
    assert (await refused.call("get-mailbox-forwarding", nobody)).status_code == 404


def rule(name: str, **parameters: JsonValue) -> TransportRule:
    return TransportRule(name=name, parameters=parameters)


async def test_every_way_in_which_a_transport_rule_copies_mail_out_is_shown(
    open_lab: OpenLab,
) -> None:
    ways = "RedirectMessageTo BlindCopyTo CopyTo AddToRecipients ModerateMessageByUser".split()

    def copying(state: TenantState) -> None:
        state.transport_rules += [rule(way, **{way: f"{way}@mail.example"}) for way in ways]
        state.transport_rules += [
            rule("Boss", AddManagerAsRecipientType="Bcc", FromScope="InOrganization"),
            rule("Elsewhere", RouteMessageOutboundConnector="To the archive"),
            rule("Inside", BlindCopyTo=[JOEL, "spy@mail.example"], SentTo=ANA),
        ]

    lab = await open_lab(change=copying)
    answer = await answered(lab, "list-transport-rules", {})
    listed = objects(as_object(answer["result"])["rules"])
    copies = {str(each["name"]): objects(each["copies"]) for each in listed}

    assert answer["complete"] is True
    for way in ways:
        [copy] = copies[way]
        assert copy["way"] == way
        finals = objects(as_object(copy["destination"])["finals"])
        assert [(final["address"], final["internal"]) for final in finals] == [
            (f"{way}@mail.example".lower(), False)
        ]
    assert copies["Boss"][0]["way"] == "AddManagerAsRecipientType"
    assert copies["Elsewhere"][0]["detail"] == "To the archive"
    inside = [
        final["internal"]
        for copy in copies["Inside"]
        for final in objects(as_object(copy["destination"])["finals"])
    ]
    assert inside == [True, False]
    assert copies["External sender banner"] == []


async def test_transport_rules_that_cannot_be_seen_are_a_gap(open_lab: OpenLab) -> None:
    lab = await open_lab("exchange-refused")

    answer = await answered(lab, "list-transport-rules", {})

    assert as_object(answer["result"])["rules"] == []
    refused = ("Get-TransportRule", "Get-JournalRule", "Get-OutboundConnector")
    assert set(gaps(answer)) == {(f"Exchange {each}", "forbidden") for each in refused}
    assert "Get-TransportRule" in str(answer["gaps"])


async def test_the_organisation_has_its_domains_and_the_approvals_of_the_moment(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()

    found = await result_of(lab, "get-organization", {"around": AROUND})
    assert (found["tenantId"], found["displayName"]) == (lab.state.id, "Contoso")
    assert found["acceptedDomains"] == ["contoso.com", "contoso.onmicrosoft.com"]
    assert found["defaultDomain"] == "contoso.com"
    assert found["approvedDestinations"] == [
        {
            "destination": "archive.fabrikam.example",
            "scope": JOEL,
            "owner": "Mira Okafor",
            "until": "2027-06-30",
        }
    ]

    later: dict[str, JsonValue] = {"around": "2027-07-01T00:00:00Z"}
    ended = await result_of(lab, "get-organization", later)
    assert ended["approvedDestinations"] == []


async def test_where_graph_refuses_the_domains_exchange_is_asked(open_lab: OpenLab) -> None:
    refusal = Refusal(service="graph", path="*/domains", status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    answer = await answered(lab, "get-organization", {})

    assert answer["complete"] is True
    assert as_object(answer["result"])["acceptedDomains"] == lab.state.domains
    assert lab.state.count(cmdlet="Get-AcceptedDomain") == 1


async def test_an_organisation_that_nobody_shows_is_all_gaps(open_lab: OpenLab) -> None:
    refusal = Refusal(status=403)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    answer = await answered(lab, "get-organization", {})

    assert as_object(answer["result"])["acceptedDomains"] == []
    assert set(gaps(answer)) == {
        ("Graph organization", "forbidden"),
        ("Graph domains", "forbidden"),
        ("Exchange Get-AcceptedDomain", "forbidden"),
    }


@pytest.mark.parametrize("written", [JOEL, MIRA])
async def test_a_destination_counts_as_internal_only_where_the_domains_are_known(
    open_lab: OpenLab, written: str
) -> None:
    def unknown_domains(state: TenantState) -> None:
        state.transport_rules.append(rule("Copies", CopyTo=written))
        state.refusals += [
            Refusal(service="graph", path="*/domains", status=403),
            Refusal(service="exchange", cmdlet="Get-AcceptedDomain", status=403),
        ]

    lab = await open_lab(change=unknown_domains)
    answer = await answered(lab, "list-transport-rules", {})

    assert answer["complete"] is False
    copies = objects(objects(as_object(answer["result"])["rules"])[-1]["copies"])
    finals = objects(as_object(copies[0]["destination"])["finals"])
    assert [final["internal"] for final in finals] == [False]


@pytest.mark.parametrize("refused", [False, True])
async def test_a_delegates_rule_is_exchanges_own_only_if_its_mail_is_seen_to_stay_inside(
    open_lab: OpenLab, refused: bool
) -> None:
    def delegate(state: TenantState) -> None:
        joel, ana = state.recipient(JOEL), state.user(ANA)
        assert joel is not None and ana is not None and ana.mailbox is not None
        to = Recipient(name="Joel Lindqvist", address=state.legacy_name(joel))
        rule = InboxRule(name="Delegate Rule -1", sequence=9)
        rule.actions = RuleActions(redirect_to=[to])
        rule.number(ana.id)
        ana.mailbox.rules.append(rule)
        if refused:
            lookup = Refusal(service="exchange", cmdlet="Get-Recipient", status=403)
            state.refusals.append(lookup)

    lab = await open_lab(change=delegate)

    assert (await rule_named(lab, "Delegate Rule -1"))["system"] is not refused
