"""Rules that Graph cannot change go through Exchange, which says what that costs."""

import pytest

from sandbox.tenant.faults import Refusal
from sandbox.tenant.mailbox import InboxRule, Mailbox
from sandbox.tenant.state import TenantState
from tests.labs import (
    ANA,
    ANA_ID,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    change,
    result_of,
    rule_named,
)


def mailbox(state: TenantState) -> Mailbox:
    ana = state.user(ANA)
    assert ana is not None and ana.mailbox is not None
    return ana.mailbox


def client_made(state: TenantState) -> None:
    rule = InboxRule(name="Made in Outlook", sequence=5, read_only=True)
    rule.number(ANA_ID)
    mailbox(state).rules.append(rule)


@pytest.mark.parametrize("name", ["Made in Outlook", "."])
@pytest.mark.parametrize(
    ("route", "cmdlet"),
    [("disable-inbox-rule", "Disable-InboxRule"), ("delete-inbox-rule", "Remove-InboxRule")],
)
async def test_a_read_only_or_hidden_rule_is_changed_through_exchange_with_a_warning(
    open_lab: OpenLab, name: str, route: str, cmdlet: str
) -> None:
    lab = await open_lab(change=client_made)
    others = {rule.name for rule in mailbox(lab.state).rules} - {name}
    rule = await rule_named(lab, name)

    body = change(mailbox=ANA, rule=rule["id"])
    planned = await result_of(lab, route, {**body, "dryRun": True})
    assert "client-side" in str(planned["warnings"]), "said before it is too late"
    done = await result_of(lab, route, body)

    assert done["status"] == "done"
    assert "client-side" in str(done["warnings"])
    assert lab.state.count(cmdlet=cmdlet) == 1
    left = {each.name: each for each in mailbox(lab.state).rules}
    assert set(left) - {name} == others, "no other rule was touched"
    assert all(left[other].enabled for other in others)
    assert name not in left or not left[name].enabled


async def test_an_ordinary_rule_is_changed_through_graph_without_a_warning(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab(change=client_made)
    rule = await rule_named(lab, "Newsletters")

    done = await result_of(lab, "disable-inbox-rule", change(mailbox=ANA, rule=rule["id"]))

    assert done["warnings"] == []
    assert lab.state.count(cmdlet="Disable-InboxRule") == 0


async def test_a_rule_may_be_named_by_either_of_its_ids_and_the_mailbox_by_its_alias(
    open_lab: OpenLab,
) -> None:
    def alias(state: TenantState) -> None:
        ana = state.user(ANA)
        assert ana is not None
        ana.proxy_addresses.append("smtp:controller@contoso.com")

    lab = await open_lab(change=alias)
    rule = await rule_named(lab, "Newsletters")
    assert rule["graphId"] != rule["exchangeId"]

    for subject, named, status in (
        ("controller@contoso.com", rule["exchangeId"], "done"),
        (ANA_ID, rule["graphId"], "unchanged"),
    ):
        body = change(mailbox=subject, rule=named)
        assert (await result_of(lab, "disable-inbox-rule", body))["status"] == status


async def test_without_exchange_a_read_only_rule_cannot_be_changed_and_no_other_rule_suffers(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    """A removing cmdlet without an identity would take every rule of the mailbox."""

    def refused(state: TenantState) -> None:
        client_made(state)
        listing = Refusal(service="exchange", cmdlet="Get-InboxRule", status=403)
        state.refusals.append(listing)

    lab = await open_lab(change=refused)
    before = len(mailbox(lab.state).rules)
    rule = await rule_named(lab, "Made in Outlook")

    body = change(mailbox=ANA, rule=rule["id"])
    problem = await answered(lab, "delete-inbox-rule", body, status=424)

    assert "id that Exchange gives" in str(problem["detail"])
    assert lab.state.count(cmdlet="Remove-InboxRule") == 0
    assert len(mailbox(lab.state).rules) == before
    assert ledger.statuses("delete_inbox_rule") == ["failed"]


async def test_a_removal_whose_outcome_is_unknown_is_not_sent_again(open_lab: OpenLab) -> None:
    for name, fault in (
        ("Newsletters", Refusal(service="graph", method="DELETE", status=503)),
        (".", Refusal(service="exchange", cmdlet="Remove-InboxRule", status=503)),
    ):
        lab = await open_lab(change=lambda state, fault=fault: state.refusals.append(fault))
        rule = await rule_named(lab, name)

        answer = await answered(lab, "delete-inbox-rule", change(mailbox=ANA, rule=rule["id"]))

        assert answer["status"] == "unknown"
        assert lab.state.refusals[-1].used == 1


async def test_the_ledger_keeps_the_whole_rule_that_was_deleted(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    rule = await rule_named(lab, "Newsletters")

    await answered(lab, "delete-inbox-rule", change(mailbox=ANA, rule=rule["id"]))

    [entry] = ledger.entries()
    assert as_object(entry["before"])["rule"] == rule["raw"]


@pytest.mark.parametrize(
    ("statuses", "status"),
    [({"exchange": 403}, 424), ({"exchange": 429}, 429), ({"graph": 403, "exchange": 429}, 429)],
    ids=str,
)
async def test_a_rule_that_an_unseen_listing_may_hold_is_not_said_to_be_absent(
    open_lab: OpenLab, ledger: LedgerFile, statuses: dict[str, int], status: int
) -> None:
    def refused(state: TenantState) -> None:
        state.refusals += [
            Refusal(service="exchange", cmdlet="Get-InboxRule", status=each, retry_after=300)
            if service == "exchange"
            else Refusal(service="graph", path="*/messageRules", status=each)
            for service, each in statuses.items()
        ]

    lab = await open_lab(change=refused)

    problem = await answered(
        lab, "disable-inbox-rule", change(mailbox=ANA, rule="10210541742734704641"), status=status
    )

    assert "no inbox rule" not in str(problem["detail"])
    assert ledger.entries() == []


async def test_a_deletion_whose_answer_was_lost_is_known_also_when_a_source_refuses_now(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()
    rule = await rule_named(lab, "Newsletters")
    body = change(mailbox=ANA, rule=rule["id"])
    assert (await result_of(lab, "delete-inbox-rule", body))["status"] == "done"

    lab.state.refusals.append(Refusal(service="exchange", cmdlet="Get-InboxRule", status=403))

    assert (await result_of(lab, "delete-inbox-rule", body))["status"] == "unchanged"
