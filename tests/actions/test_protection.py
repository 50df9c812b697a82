"""Whom nothing may change, and when nothing is changed at all."""

from collections.abc import Sequence

import pytest

from sandbox.lab import Lab
from sandbox.tenant.faults import Refusal
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import Group
from sandbox.tenant.state import TenantState
from tests.labs import (
    ALERT,
    ANA,
    ANA_ID,
    EMERGENCY,
    JOEL,
    MIRA,
    LedgerFile,
    OpenLab,
    answered,
    as_object,
    change,
    incident_of,
    operations,
    rule_named,
)


async def asked(lab: Lab, route: str, body: JsonObject) -> JsonObject:
    answer = await answered(lab, route, body)
    return {**as_object(answer["result"]), "told": answer["status"]}


async def refusal_of(lab: Lab, route: str, body: JsonObject) -> JsonObject:
    result = await asked(lab, route, body)
    assert result["told"] == result["status"] == "refused"
    assert result["after"] == result["before"]
    refusal = as_object(result["refusal"])
    assert refusal["detail"]
    assert refusal["instead"], "a refusal says what to do instead"
    return refusal


async def approve(lab: Lab, action: str, request: JsonObject) -> str:
    """A granted approval of one change."""
    steps = change(steps=[{"action": action, "request": request}])
    question = as_object((await asked(lab, "request-approval", steps))["after"])["approval"]
    answer = change(question=question, decision="approve")
    assert (await asked(lab, "answer-approval", answer))["told"] == "done"
    return str(question)


def untouched(lab: Lab) -> bool:
    return not set(operations(lab)) - {"Add comment"}


@pytest.mark.parametrize(
    "listed", [EMERGENCY.upper(), "break.glass@contoso.com", "11111111-aaaa-bbbb-cccc-222222222222"]
)
async def test_a_listed_account_is_protected_by_whatever_name_it_is_listed(
    open_lab: OpenLab, ledger: LedgerFile, listed: str
) -> None:
    def named(state: TenantState) -> None:
        account = state.user(EMERGENCY)
        assert account is not None
        account.id = "11111111-aaaa-bbbb-cccc-222222222222"
        account.proxy_addresses.append("smtp:Break.Glass@contoso.com")
        account.roles.clear()

    settings = {"MAILWARDEN_PROTECTED_ACCOUNTS": f"someone@else.example, {listed}"}
    lab = await open_lab(change=named, settings=settings)

    for subject in (EMERGENCY, "break.glass@contoso.com", "11111111-AAAA-bbbb-cccc-222222222222"):
        for route in ("revoke-sessions", "reset-credentials"):
            refusal = await refusal_of(lab, route, change(user=subject))
            assert (refusal["reason"], refusal["liftedBy"]) == ("protectedAccount", "")
    assert untouched(lab)
    assert ledger.entries() == []


async def test_no_approval_lifts_the_protection_of_a_listed_account(open_lab: OpenLab) -> None:
    lab = await open_lab()
    approval = await approve(lab, "revoke_sessions", {"user": EMERGENCY})

    refusal = await refusal_of(lab, "revoke-sessions", change(user=EMERGENCY, approval=approval))

    assert (refusal["reason"], refusal["liftedBy"]) == ("protectedAccount", "")
    assert untouched(lab)


async def test_members_of_a_protected_group_are_protected_through_other_groups_too(
    open_lab: OpenLab,
) -> None:
    vault = "99999999-aaaa-bbbb-cccc-222222222222"

    def grouped(state: TenantState) -> None:
        state.groups += [
            Group(display_name="Board", kind="security", members=[JOEL]),
            Group(display_name="Vault", kind="security", id=vault, members=["Board"]),
        ]

    lab = await open_lab(change=grouped, settings={"MAILWARDEN_PROTECTED_GROUPS": vault})
    approval = await approve(lab, "revoke_sessions", {"user": JOEL})

    for body in (change(user=JOEL), change(user=JOEL, approval=approval)):
        refusal = await refusal_of(lab, "revoke-sessions", body)
        assert (refusal["reason"], refusal["liftedBy"]) == ("protectedAccount", "")
    assert (await asked(lab, "revoke-sessions", change(user=ANA)))["told"] == "done"


async def test_holders_of_an_admin_role_are_protected_until_a_person_approves(
    open_lab: OpenLab,
) -> None:
    lab = await open_lab()

    refusal = await refusal_of(lab, "revoke-sessions", change(user=MIRA))
    assert (refusal["reason"], refusal["liftedBy"]) == ("adminRole", "approval")
    assert "Exchange Administrator" in str(refusal["detail"])
    assert untouched(lab)

    approval = await approve(lab, "revoke_sessions", {"user": MIRA})
    done = await asked(lab, "revoke-sessions", change(user=MIRA, approval=approval))
    assert done["told"] == "done"


async def test_a_role_held_through_a_group_protects_as_well(open_lab: OpenLab) -> None:
    def grouped(state: TenantState) -> None:
        group = Group(
            display_name="Admins", kind="security", members=[JOEL], roles=["Global Administrator"]
        )
        state.groups.append(group)

    lab = await open_lab(change=grouped)

    refusal = await refusal_of(lab, "revoke-sessions", change(user=JOEL))
    assert refusal["reason"] == "adminRole"
    assert "Global Administrator" in str(refusal["detail"])


async def test_the_mailbox_of_a_protected_account_is_protected_too(open_lab: OpenLab) -> None:
    def forwarding(state: TenantState) -> None:
        mira = state.user(MIRA)
        assert mira is not None and mira.mailbox is not None
        mira.mailbox.forwarding_smtp_address = "mira@mail.example"

    lab = await open_lab(change=forwarding)
    refusal = await refusal_of(lab, "clear-mailbox-forwarding", change(mailbox=MIRA))

    assert refusal["reason"] == "adminRole"
    assert untouched(lab)


@pytest.mark.parametrize("path", ["*/transitiveMemberOf/*", "*/checkMemberGroups"])
async def test_where_it_cannot_be_seen_an_account_counts_as_protected(
    open_lab: OpenLab, path: str
) -> None:
    refused = Refusal(service="graph", path=path, status=403)
    lab = await open_lab(
        change=lambda state: state.refusals.append(refused),
        settings={"MAILWARDEN_PROTECTED_GROUPS": "99999999-aaaa-bbbb-cccc-222222222222"},
    )

    refusal = await refusal_of(lab, "revoke-sessions", change(user=JOEL))

    assert refusal["reason"] == "unknownProtection"
    assert untouched(lab)


async def test_mailwarden_never_changes_its_own_identity(open_lab: OpenLab) -> None:
    lab = await open_lab(settings={"MAILWARDEN_CLIENT_ID": ANA_ID.upper()})

    refusal = await refusal_of(lab, "revoke-sessions", change(user=ANA))

    assert refusal["reason"] == "ownIdentity"
    assert untouched(lab)


async def every_change(lab: Lab) -> Sequence[tuple[str, JsonObject]]:
    """One request of each action that changes the tenant."""
    rule = (await rule_named(lab, "Newsletters"))["id"]
    transport = lab.state.transport_rules[0].guid
    incident: JsonObject = {"incident": incident_of(lab)}
    grade: JsonObject = {"classification": "truePositive", "determination": "compromisedAccount"}
    steps: JsonObject = {"steps": [{"action": "revoke_sessions", "request": {"user": JOEL}}]}
    return [
        ("disable-inbox-rule", change(mailbox=ANA, rule=rule)),
        ("delete-inbox-rule", change(mailbox=ANA, rule=rule)),
        ("clear-mailbox-forwarding", change(mailbox=ANA)),
        ("disable-transport-rule", change(rule=transport)),
        ("revoke-sessions", change(user=ANA)),
        ("reset-credentials", change(user=ANA)),
        ("classify-alert", change(alert=ALERT, **grade)),
        ("comment-incident", {**change(message="<p>x</p>"), **incident}),
        ("update-incident", {**change(status="Active"), **incident}),
        ("request-approval", {**change(), **steps, **incident}),
    ]


def forwarding(state: TenantState) -> None:
    ana = state.user(ANA)
    assert ana is not None and ana.mailbox is not None
    ana.mailbox.forwarding_smtp_address = "ana@mail.example"


async def test_while_paused_every_change_is_refused_and_reads_go_on(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab(change=forwarding, settings={"MAILWARDEN_PAUSED": "true"})

    for route, body in await every_change(lab):
        refusal = await refusal_of(lab, route, body)
        assert refusal["reason"] == "paused", route

    assert lab.state.changes == []
    assert ledger.entries() == []
    assert ledger.approvals() == []


async def test_with_dry_run_set_every_change_is_only_planned(
    open_lab: OpenLab, ledger: LedgerFile
) -> None:
    lab = await open_lab(change=forwarding, settings={"MAILWARDEN_DRY_RUN": "1"})

    for route, body in await every_change(lab):
        told = await asked(lab, route, {**body, "dryRun": False})
        assert told["told"] == "planned", route
        assert told["after"] != told["before"], route

    assert lab.state.changes == []
    assert ledger.entries() == []
    assert ledger.approvals() == []
