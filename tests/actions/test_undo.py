"""What was changed can be taken back, as far as the change said."""

from pydantic import JsonValue

from sandbox.lab import Lab
from sandbox.tenant.incident import Incident
from sandbox.tenant.mailbox import InboxRule, Mailbox, RuleActions
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import Contact
from sandbox.tenant.state import TenantState
from tests.labs import (
    ALERT,
    ANA,
    ANA_ID,
    JOEL,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    change,
    incident_of,
    rule_named,
)


def mailbox(state: TenantState, upn: str = ANA) -> Mailbox:
    user = state.user(upn)
    assert user is not None and user.mailbox is not None
    return user.mailbox


async def changed(lab: Lab, route: str, body: JsonObject, undo_kind: str) -> JsonValue:
    """Makes a change; answers its ledger id."""
    result = as_object((await answered(lab, route, body))["result"])
    assert (result["status"], result["undoKind"]) == ("done", undo_kind)
    return result["ledgerId"]


async def taken_back(lab: Lab, ledger_id: JsonValue, **fields: JsonValue) -> JsonObject:
    body = change(ledgerId=ledger_id, **fields)
    result = as_object((await answered(lab, "undo", body))["result"])
    assert result["status"] == "done"
    return result


async def test_a_disabled_rule_runs_again_exactly_as_before(open_lab: OpenLab) -> None:
    lab = await open_lab()
    for name in ("Newsletters", "."):
        before = await rule_named(lab, name)
        body = change(mailbox=ANA, rule=before["id"])

        made = await changed(lab, "disable-inbox-rule", body, "exact")
        assert (await rule_named(lab, name))["enabled"] is False
        await taken_back(lab, made)

        assert await rule_named(lab, name) == before


async def test_an_undo_can_be_planned_repeated_and_taken_back_itself(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    rule = (await rule_named(lab, "Newsletters"))["id"]
    body = change(mailbox=ANA, rule=rule)
    made = await changed(lab, "disable-inbox-rule", body, "exact")

    planned = await answered(lab, "undo", change(ledgerId=made, dryRun=True))
    assert planned["status"] == "planned"
    undone = await taken_back(lab, made)
    assert (await answered(lab, "undo", change(ledgerId=made)))["status"] == "unchanged"
    await taken_back(lab, undone["ledgerId"])

    assert (await rule_named(lab, "Newsletters"))["enabled"] is False
    assert [entry["action"] for entry in ledger.entries()] == [
        "disable_inbox_rule",
        "enable_inbox_rule",
        "disable_inbox_rule",
    ]


async def test_cleared_forwarding_is_set_again_exactly_as_before(open_lab: OpenLab) -> None:
    def forwarding(state: TenantState) -> None:
        state.contacts.append(Contact(name="Desk", external_address="desk@mail.example"))
        mailbox(state).forwarding_address = "Desk"
        mailbox(state).forwarding_smtp_address = "ana@mail.example"
        mailbox(state).deliver_to_mailbox_and_forward = True
        mailbox(state, JOEL).forwarding_smtp_address = "joel@mail.example"

    lab = await open_lab(change=forwarding)
    for upn in (ANA, JOEL):
        before = mailbox(lab.state, upn).model_copy()

        body = change(mailbox=upn)
        made = await changed(lab, "clear-mailbox-forwarding", body, "exact")
        cleared = mailbox(lab.state, upn)
        assert (cleared.forwarding_address, cleared.forwarding_smtp_address) == (None, None)
        assert (await answered(lab, "clear-mailbox-forwarding", body))["status"] == "unchanged"
        await taken_back(lab, made)

        after = mailbox(lab.state, upn)
        assert after.model_copy(update={"when_changed": before.when_changed}) == before


async def test_a_disabled_transport_rule_runs_again_exactly_as_before(open_lab: OpenLab) -> None:
    lab = await open_lab()
    [rule] = lab.state.transport_rules
    parameters = dict(rule.parameters)

    body = change(rule=rule.guid)
    made = await changed(lab, "disable-transport-rule", body, "exact")
    assert rule.enabled is False
    assert (await answered(lab, "disable-transport-rule", body))["status"] == "unchanged"
    await taken_back(lab, made)

    assert (rule.enabled, rule.parameters) == (True, parameters)


async def test_a_deleted_rule_is_made_again_the_same_but_with_a_new_id(open_lab: OpenLab) -> None:
    def bare(state: TenantState) -> None:
        # No condition, no exception: Graph shows both as null.
        rule = InboxRule(name="Everything", enabled=False, actions=RuleActions(mark_as_read=True))
        rule.number(ANA_ID)
        mailbox(state).rules.append(rule)

    lab = await open_lab(change=bare)
    ids = {"id", "identity", "graphId", "exchangeId", "raw"}
    for name in ("Newsletters", "Everything"):
        before = await rule_named(lab, name)

        body = change(mailbox=ANA, rule=before["id"])
        made = await changed(lab, "delete-inbox-rule", body, "equivalent")
        restored = await taken_back(lab, made)

        after = await rule_named(lab, name)
        assert after["id"] == as_object(restored["after"])["id"] != before["id"]
        for field in set(before) - ids:
            assert after[field] == before[field], field
        # The way back from here deletes, and that needs an approval of its own.
        again = change(ledgerId=restored["ledgerId"])
        problem = await answered(lab, "undo", again, status=409)
        assert "delete_inbox_rule" in str(problem["detail"])


async def test_a_deleted_hidden_rule_cannot_be_made_again_and_this_is_said_beforehand(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab()
    rule = await rule_named(lab, ".")
    body = change(mailbox=ANA, rule=rule["id"])

    planned = await answered(lab, "delete-inbox-rule", {**body, "dryRun": True})
    assert "cannot be made again" in str(as_object(planned["result"])["warnings"])
    done = as_object((await answered(lab, "delete-inbox-rule", body))["result"])

    assert (done["undo"], done["undoKind"]) == (None, "none")
    [entry] = ledger.entries()
    assert (
        as_object(as_object(entry["before"])["rule"])["exchange"]
        == as_object(rule["raw"])["exchange"]
    )
    problem = await answered(lab, "undo", change(ledgerId=done["ledgerId"]), status=409)
    assert "left no way back" in str(problem["detail"])


async def test_an_alert_is_graded_back(open_lab: OpenLab) -> None:
    lab = await open_lab()
    found = lab.state.alert(ALERT)
    assert found is not None
    _, alert = found

    body = change(
        alert=ALERT,
        classification="truePositive",
        determination="compromisedAccount",
        status="resolved",
    )
    made = await changed(lab, "classify-alert", body, "exact")
    assert (alert.classification, alert.status) == ("truePositive", "resolved")
    await taken_back(lab, made)

    assert (alert.classification, alert.determination, alert.status) == (
        "unknown",
        "unknown",
        "new",
    )


def face(incident: Incident) -> JsonObject:
    return incident.model_dump(mode="json", exclude={"revision", "updated", "alerts"})


async def test_an_incident_is_as_before_its_labels_too(open_lab: OpenLab) -> None:
    lab = await open_lab()
    [incident] = lab.state.incidents
    named: JsonObject = {"incident": incident_of(lab)}
    for labels in ([], ["night shift"]):
        incident.labels = list(labels)
        before = face(incident)

        body: JsonObject = {
            **change(addLabels=["mailwarden"], severity="Low", status="Closed"),
            "classification": "TruePositive",
            "classificationReason": "SuspiciousActivity",
            "classificationComment": "contained",
            **named,
        }
        made = await changed(lab, "update-incident", body, "exact")
        assert incident.sentinel_status == "Closed"
        assert incident.labels == [*labels, "mailwarden"]
        # Whoever takes it back may name another ticket: the change is of its own incident.
        await taken_back(lab, made)

        assert face(incident) == before


async def test_what_is_final_says_so_and_cannot_be_undone(open_lab: OpenLab) -> None:
    lab = await open_lab()
    for route in ("revoke-sessions", "reset-credentials"):
        made = await changed(lab, route, change(user=ANA), "none")
        await answered(lab, "undo", change(ledgerId=made), status=409)


async def test_protection_holds_for_undoing_as_well(open_lab: OpenLab) -> None:
    lab = await open_lab()
    rule = (await rule_named(lab, "Newsletters"))["id"]
    made = await changed(lab, "disable-inbox-rule", change(mailbox=ANA, rule=rule), "exact")

    ana = lab.state.user(ANA)
    assert ana is not None
    ana.roles.append("Global Administrator")
    answer = await answered(lab, "undo", change(ledgerId=made))

    assert answer["status"] == "refused"
    assert (await rule_named(lab, "Newsletters"))["enabled"] is False
