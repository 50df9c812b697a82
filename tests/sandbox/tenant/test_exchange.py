"""Exchange's admin API: cmdlets over HTTP."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from sandbox.tenant.people import User
from sandbox.tenant.state import TenantState

Invoke = Callable[..., Awaitable[httpx.Response]]


def reason(answer: httpx.Response) -> str:
    return answer.json()["error"]["innererror"]["internalexception"]["type"].rsplit(".", 1)[-1]


NOT_FOUND = (404, "ManagementObjectNotFoundException")
NOT_BOUND = (400, "ParameterBindingException")
NOT_POSSIBLE = (400, "InvalidOperationException")


@pytest.mark.parametrize(
    ("cmdlet", "parameters", "expected"),
    [
        ("Get-Everything", {}, (400, "CommandNotFoundException")),
        ("Get-InboxRule", {"Folder": "x"}, NOT_BOUND),
        ("Get-InboxRule", {"Mailbox": "nobody"}, NOT_FOUND),
        ("Get-InboxRule", {}, NOT_POSSIBLE),
        ("Get-InboxRule", {"Mailbox": "ana", "Identity": "7"}, NOT_FOUND),
        ("Get-InboxRule", {"Mailbox": "ana", "IncludeHidden": "maybe"}, NOT_BOUND),
        ("Disable-InboxRule", {"Mailbox": "ana"}, NOT_BOUND),
        ("Get-MailContact", {"Identity": "ana@contoso.com"}, NOT_FOUND),
        ("Get-UnifiedGroupLinks", {"Identity": "ap@contoso.com"}, NOT_BOUND),
        ("Set-Mailbox", {"Identity": "ana", "ForwardingAddress": "who"}, NOT_FOUND),
        ("Set-Mailbox", {"Identity": "hybrid", "ForwardingAddress": None}, NOT_POSSIBLE),
        ("Disable-TransportRule", {"Identity": "none"}, NOT_FOUND),
    ],
)
async def test_refusals_say_why(
    invoke: Invoke,
    state: TenantState,
    cmdlet: str,
    parameters: dict[str, object],
    expected: tuple[int, str],
) -> None:
    answer = await invoke(cmdlet, **parameters)
    assert (answer.status_code, reason(answer)) == expected
    assert state.changes == []


async def test_a_cmdlet_outside_the_callers_roles_is_403(
    invoke: Invoke, state: TenantState
) -> None:
    state.application.cmdlets = ["Get-Mailbox"]
    assert (await invoke("Get-Mailbox", Identity="ana")).status_code == 200
    answer = await invoke("Get-InboxRule", Mailbox="ana")
    assert (answer.status_code, reason(answer)) == (403, "CmdletAccessDeniedException")
    assert "role definition of the current user" in answer.text


async def test_pages_are_had_by_posting_the_same_again(tenant: httpx.AsyncClient) -> None:
    body = {"CmdletInput": {"CmdletName": "Get-Mailbox"}}
    url = "/adminapi/beta/contoso.com/InvokeCommand"
    names: list[str] = []
    for _ in range(9):
        page = (await tenant.post(url, json=body, headers={"Prefer": "odata.maxpagesize=3"})).json()
        names += [row["Alias"] for row in page["value"]]
        url = page.get("@odata.nextLink")
        if url is None:
            break
    assert names == ["ana", "joel", "mira", "hybrid"]


async def test_more_than_the_result_size_is_cut_with_a_warning(invoke: Invoke) -> None:
    page = (await invoke("Get-Mailbox", ResultSize=2)).json()
    assert len(page["value"]) == 2
    assert "more results" in page["@adminapi.warnings"][0]


@pytest.mark.parametrize("named", ["ana", "ana@contoso.com", "smtp:ana@contoso.com", "Ana Bowman"])
async def test_a_mailbox_is_known_by_many_names(invoke: Invoke, named: str) -> None:
    row = (await invoke("Get-Mailbox", Identity=named)).json()["value"][0]
    assert row["PrimarySmtpAddress"] == "ana@contoso.com"


async def test_disabling_a_hidden_rule_warns_of_client_rules_and_keeps_the_rule(
    invoke: Invoke, state: TenantState
) -> None:
    rules = (await invoke("Get-InboxRule", Mailbox="ana", IncludeHidden=True)).json()["value"]
    identity = next(row["Identity"] for row in rules if row["Name"] == ".")
    answer = await invoke(
        "Disable-InboxRule",
        Identity=identity,
        Confirm=False,
        Force=True,
        AlwaysDeleteOutlookRulesBlob=True,
    )
    assert "client-side" in answer.json()["@adminapi.warnings"][0]
    again = (await invoke("Get-InboxRule", Identity=identity, IncludeHidden=True)).json()["value"]
    assert again[0]["Enabled"] is False
    assert state.changes[0].operation == "Disable-InboxRule"
    await invoke("Enable-InboxRule", Identity=identity)
    assert (await invoke("Get-InboxRule", Identity=identity, IncludeHidden=True)).json()["value"][
        0
    ]["Enabled"]


async def test_a_removed_rule_can_be_made_again_with_the_same_meaning(invoke: Invoke) -> None:
    before = (await invoke("Get-InboxRule", Identity="ana\\Team")).json()["value"][0]
    assert (await invoke("Remove-InboxRule", Identity="ana\\Team")).status_code == 200
    assert (await invoke("Get-InboxRule", Identity="ana\\Team")).status_code == 404
    await invoke(
        "New-InboxRule",
        Mailbox="ana",
        Name="Team",
        SubjectContainsWords=["team"],
        ForwardTo=["joel@contoso.com"],
        MoveToFolder="Archive",
        Priority=2,
    )
    after = (await invoke("Get-InboxRule", Identity="ana\\Team")).json()["value"][0]
    assert after["Identity"] != before["Identity"]
    same = ("SubjectContainsWords", "MoveToFolder", "Priority", "Enabled")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert after["ForwardTo"][0].partition("[")[2] == before["ForwardTo"][0].partition("[")[2]


async def test_removing_without_an_identity_removes_every_rule(
    invoke: Invoke, state: TenantState
) -> None:
    await invoke("Remove-InboxRule", Mailbox="ana", Identity="")
    assert state.users[0].mailbox is not None
    assert state.users[0].mailbox.rules == []


async def test_forwarding_is_set_shown_and_cleared(invoke: Invoke, state: TenantState) -> None:
    await invoke(
        "Set-Mailbox",
        Identity="ana@contoso.com",
        ForwardingSmtpAddress="smtp:thief@mail.example",
        ForwardingAddress="Partner",
        DeliverToMailboxAndForward=True,
    )
    row = (await invoke("Get-Mailbox", Identity="ana")).json()["value"][0]
    assert row["ForwardingSmtpAddress"] == "smtp:thief@mail.example"
    assert row["ForwardingAddress"] == "Partner"
    contact = (await invoke("Get-MailContact", Identity=row["ForwardingAddress"])).json()
    assert contact["value"][0]["ExternalEmailAddress"] == "SMTP:desk@partner.example"
    await invoke(
        "Set-Mailbox",
        Identity="ana",
        ForwardingSmtpAddress=None,
        ForwardingAddress=None,
        DeliverToMailboxAndForward=False,
    )
    row = (await invoke("Get-Mailbox", Identity="ana")).json()["value"][0]
    assert row["ForwardingSmtpAddress"] is None
    assert row["ForwardingAddress"] is None
    assert row["DeliverToMailboxAndForward"] is False
    assert [change.operation for change in state.changes] == ["Set-Mailbox", "Set-Mailbox"]


async def test_groups_resolve_to_their_members(invoke: Invoke) -> None:
    group = (await invoke("Get-Recipient", Identity="ap@contoso.com")).json()["value"][0]
    members = (await invoke("Get-DistributionGroupMember", Identity=group["Identity"])).json()
    assert group["RecipientTypeDetails"] == "MailUniversalDistributionGroup"
    assert [row["Name"] for row in members["value"]] == ["ana", "Partner"]
    legacy = (await invoke("Get-Recipient", Identity="ana")).json()["value"][0]["LegacyExchangeDN"]
    assert (await invoke("Get-Recipient", Identity=legacy)).json()["value"][0]["Name"] == "ana"


async def test_a_guest_is_a_mail_user_with_the_address_outside(
    invoke: Invoke, state: TenantState
) -> None:
    guest = User(
        user_principal_name="kim_partner.example#EXT#@contoso.onmicrosoft.com",
        display_name="Kim",
        mail="kim@partner.example",
        user_type="Guest",
        mailbox=None,
    )
    state.users.append(guest)
    [row] = (await invoke("Get-Recipient", Identity="kim@partner.example")).json()["value"]
    assert (row["RecipientType"], row["RecipientTypeDetails"]) == ("MailUser", "GuestMailUser")
    assert row["ExternalEmailAddress"] == "SMTP:kim@partner.example"
    assert row["EmailAddresses"] == ["SMTP:kim@partner.example"]
    assert (await invoke("Get-MailUser", Identity=guest.id)).json()["value"] == [row]
    assert row in (await invoke("Get-Recipient")).json()["value"]
    assert (await invoke("Get-Mailbox", Identity=guest.id)).status_code == 404


async def test_transport_rules_are_listed_switched_and_remembered(
    invoke: Invoke, state: TenantState
) -> None:
    rule = (await invoke("Get-TransportRule")).json()["value"][0]
    assert (rule["State"], rule["BlindCopyTo"]) == ("Enabled", ["thief@mail.example"])
    assert rule["RedirectMessageTo"] is None
    assert (await invoke("Disable-TransportRule", Identity=rule["Guid"])).json()["value"] == []
    assert (await invoke("Get-TransportRule")).json()["value"][0]["State"] == "Disabled"
    assert state.changes[0].operation == "Disable-TransportRule"


async def test_permissions_name_the_owner_and_the_others(invoke: Invoke) -> None:
    await invoke("Add-MailboxPermission", Identity="ana", User="joel", AccessRights="FullAccess")
    await invoke("Add-RecipientPermission", Identity="ana", Trustee="joel", AccessRights="SendAs")
    full = (await invoke("Get-MailboxPermission", Identity="ana")).json()["value"]
    send = (await invoke("Get-RecipientPermission", Identity="ana")).json()["value"]
    assert [row["User"] for row in full] == ["NT AUTHORITY\\SELF", "joel@contoso.com"]
    assert send[1]["Trustee"] == "joel@contoso.com"
    await invoke("Remove-MailboxPermission", Identity="ana", User="joel", AccessRights="FullAccess")
    assert len((await invoke("Get-MailboxPermission", Identity="ana")).json()["value"]) == 1


async def test_the_organisation_says_what_may_be_forwarded(invoke: Invoke) -> None:
    domains = (await invoke("Get-AcceptedDomain")).json()["value"]
    policy = (await invoke("Get-HostedOutboundSpamFilterPolicy")).json()["value"]
    remote = (await invoke("Get-RemoteDomain", Identity="Default")).json()["value"]
    config = (await invoke("Get-OrganizationConfig")).json()["value"]
    assert [row["DomainName"] for row in domains] == ["contoso.com", "contoso.onmicrosoft.com"]
    assert policy[0]["AutoForwardingMode"] == "Automatic"
    assert remote[0]["AutoForwardEnabled"] is True
    assert config[0]["Name"] == "contoso.onmicrosoft.com"
