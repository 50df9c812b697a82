"""Between a listing and a change somebody else may act; nothing of his is overwritten."""

from sandbox.tenant.faults import Refusal
from sandbox.tenant.mailbox import InboxRule, RuleActions
from sandbox.tenant.state import TenantState
from tests.labs import (
    ANA,
    LedgerFile,
    Meanwhile,
    OpenLab,
    answered,
    change,
    incident_of,
    mailbox_of,
    operations,
    rule_named,
)


async def test_a_rule_that_vanished_after_the_listing_is_not_found(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    rule = await rule_named(lab, "Newsletters")
    rules = mailbox_of(lab.state).rules
    rules[:] = [each for each in rules if each.name != "Newsletters"]

    body = change(mailbox=ANA, rule=rule["id"])
    for route in ("disable-inbox-rule", "delete-inbox-rule"):
        await answered(lab, route, body, status=404)

    assert (operations(lab), ledger.entries()) == ([], [])
    assert lab.state.count("/messageRules/") == 0


async def test_a_rule_that_vanishes_at_the_last_moment_is_not_found(
    open_lab: OpenLab, ledger: LedgerFile, waits: list[float]
) -> None:
    def vanishing(state: TenantState) -> None:
        rules = mailbox_of(state).rules
        state.refusals.append(Meanwhile(method="PATCH").does(rules.clear))

    lab = await open_lab(change=vanishing)
    rule = await rule_named(lab, "Newsletters")

    await answered(lab, "disable-inbox-rule", change(mailbox=ANA, rule=rule["id"]), status=404)

    assert operations(lab) == []
    assert ledger.statuses("disable_inbox_rule") == ["failed"]
    assert (lab.state.count("/messageRules/"), waits) == (1, [])


async def test_a_rule_that_changed_meanwhile_is_not_overwritten(
    open_lab: OpenLab, ledger: LedgerFile, waits: list[float]
) -> None:
    conflict = Refusal(
        path="*/messageRules/*",
        method="PATCH",
        status=409,
        code="ErrorIrresolvableConflict",
        message="The send or update operation could not be performed because the change key "
        "passed in the request does not match the current change key for the item.",
    )
    lab = await open_lab(change=lambda state: state.refusals.append(conflict))
    rule = await rule_named(lab, "Newsletters")

    body = change(mailbox=ANA, rule=rule["id"])
    problem = await answered(lab, "disable-inbox-rule", body, status=409)

    assert "ErrorIrresolvableConflict" in str(problem["detail"])
    assert (operations(lab), conflict.used, waits) == ([], 1, [])
    assert ledger.statuses("disable_inbox_rule") == ["failed"]


async def test_disabling_sets_nothing_but_the_switch(open_lab: OpenLab) -> None:
    """What the owner or the thief changed of the rule meanwhile stays, as evidence."""
    lab = await open_lab()
    rules = mailbox_of(lab.state).rules
    [place] = [i for i, each in enumerate(rules) if each.name == "Newsletters"]
    rule = await rule_named(lab, "Newsletters")
    rules[place] = rules[place].model_copy(
        update={"actions": RuleActions(delete=True), "sequence": 9}
    )
    changed = rules[place].model_copy()

    await answered(lab, "disable-inbox-rule", change(mailbox=ANA, rule=rule["id"]))

    left: InboxRule = mailbox_of(lab.state).rules[place]
    assert left == changed.model_copy(update={"enabled": False})


async def test_an_incident_that_changed_meanwhile_is_not_overwritten(
    open_lab: OpenLab, ledger: LedgerFile, waits: list[float]
) -> None:
    def meddled(state: TenantState) -> None:
        incident = state.incidents[0]

        def meddle() -> None:
            incident.revision += 1
            incident.labels = ["theirs"]

        state.refusals.append(Meanwhile(service="arm", method="PUT").does(meddle))

    lab = await open_lab(change=meddled)
    body = {**change(status="Active", addLabels=["ours"]), "incident": incident_of(lab)}

    await answered(lab, "update-incident", body, status=409)

    assert lab.state.incidents[0].labels == ["theirs"]
    assert ledger.statuses("update_incident") == ["failed"]
    assert (lab.state.count("/Incidents/"), waits) == (2, [])
