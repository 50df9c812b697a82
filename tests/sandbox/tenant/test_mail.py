"""Inbox rules and folders: one mailbox, which Graph and Exchange show differently."""

from collections.abc import Awaitable, Callable

import httpx

from sandbox.tenant.mailbox import Mailbox
from sandbox.tenant.state import TenantState

Invoke = Callable[..., Awaitable[httpx.Response]]
ANA = "/v1.0/users/ana@contoso.com"
RULES = f"{ANA}/mailFolders/inbox/messageRules"


def mailbox(state: TenantState) -> Mailbox:
    found = state.users[0].mailbox
    assert found is not None
    return found


async def test_graph_does_not_list_hidden_rules_and_exchange_does(
    tenant: httpx.AsyncClient, invoke: Invoke
) -> None:
    graph = [row["displayName"] for row in (await tenant.get(RULES)).json()["value"]]
    exchange = (await invoke("Get-InboxRule", Mailbox="ana@contoso.com")).json()["value"]
    all_of_them = (
        await invoke("Get-InboxRule", Mailbox="ana@contoso.com", IncludeHidden=True)
    ).json()["value"]
    assert graph == ["Team", "Made in Outlook"]
    assert [row["Name"] for row in exchange] == graph
    assert {"Junk E-Mail Rule", "."} == {row["Name"] for row in all_of_them} - set(graph)


async def test_one_rule_has_two_names_and_two_ways_to_say_where_mail_goes(
    tenant: httpx.AsyncClient, invoke: Invoke, state: TenantState
) -> None:
    graph = (await tenant.get(RULES)).json()["value"][0]
    rows = (await invoke("Get-InboxRule", Mailbox="ana@contoso.com", IncludeHidden=True)).json()[
        "value"
    ]
    team = next(row for row in rows if row["Name"] == "Team")
    hidden = next(row for row in rows if row["Name"] == ".")
    assert team["Identity"] == f"ana\\{team['RuleIdentity']}"
    assert int(team["RuleIdentity"]) > 1 << 63
    assert graph["id"] not in team["Identity"]
    assert graph["actions"]["forwardTo"] == [
        {"emailAddress": {"name": "Joel", "address": "joel@contoso.com"}}
    ]
    assert team["ForwardTo"][0].startswith('"Joel" [EX:/o=ExchangeLabs/')
    assert hidden["ForwardTo"] == ['"x" [SMTP:thief@mail.example]']
    folder = await tenant.get(f"{ANA}/mailFolders/{graph['actions']['moveToFolder']}")
    assert folder.json()["displayName"] == team["MoveToFolder"] == "Archive"


async def test_a_folder_that_is_gone_is_404_and_has_no_name_in_exchange(
    tenant: httpx.AsyncClient, invoke: Invoke, state: TenantState
) -> None:
    mailbox(state).rules[0].actions.move_to_folder = "Long gone"
    rule = (await tenant.get(RULES)).json()["value"][0]
    answer = await tenant.get(f"{ANA}/mailFolders/{rule['actions']['moveToFolder']}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "ErrorItemNotFound"
    row = (await invoke("Get-InboxRule", Identity="ana\\Team")).json()["value"][0]
    assert row["MoveToFolder"] is None


async def test_a_rule_is_made_switched_off_and_deleted(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    made = await tenant.post(
        RULES,
        json={
            "displayName": "Again",
            "sequence": 4,
            "isEnabled": True,
            "conditions": {"subjectContains": ["x"]},
            "actions": {
                "redirectTo": [{"emailAddress": {"address": "a@b.example"}}],
                "moveToFolder": "deleteditems",
            },
        },
    )
    assert made.status_code == 201
    path = f"{RULES}/{made.json()['id']}"
    off = await tenant.patch(path, json={"isEnabled": False})
    assert off.json()["isEnabled"] is False
    assert off.json()["actions"] == made.json()["actions"]
    assert (await tenant.delete(path)).status_code == 204
    assert (await tenant.get(path)).status_code == 404
    operations = [change.operation for change in state.changes]
    assert operations == ["New-InboxRule", "Disable-InboxRule", "Remove-InboxRule"]
    told = [change.details for change in state.changes]
    assert told == [{"enabled": True}, {}, {}], "only where the operation does not say it itself"


async def test_read_only_hidden_and_unknown_rules_are_refused(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    rules = {rule.name: rule.graph_id for rule in mailbox(state).rules}
    off = {"isEnabled": False}
    read_only = await tenant.patch(f"{RULES}/{rules['Made in Outlook']}", json=off)
    hidden = await tenant.patch(f"{RULES}/{rules['.']}", json=off)
    unknown = await tenant.patch(f"{RULES}/AQAAAJ5dZp8=", json=off)
    nonsense = await tenant.patch(f"{RULES}/{rules['Team']}", json={"isActive": False})
    assert read_only.status_code == 400
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert nonsense.status_code == 400
    assert "isActive" in nonsense.json()["error"]["message"]
    assert state.changes == []


async def test_mailboxes_that_rest_does_not_reach_say_so(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    mailbox(state).on_rest = False
    for user in ("ana", "paper"):
        answer = await tenant.get(f"/v1.0/users/{user}@contoso.com/mailFolders/inbox/messageRules")
        assert answer.json()["error"]["code"] == "MailboxNotEnabledForRESTAPI"
    stranger = await tenant.get("/v1.0/users/no@contoso.com/mailboxSettings")
    assert (stranger.status_code, stranger.json()["error"]["code"]) == (404, "ErrorInvalidUser")


async def test_rules_can_come_in_pages(tenant: httpx.AsyncClient, state: TenantState) -> None:
    mailbox(state).rules_page_size = 1
    first = (await tenant.get(RULES)).json()
    second = (await tenant.get(first["@odata.nextLink"])).json()
    names = [page["value"][0]["displayName"] for page in (first, second)]
    assert names == ["Team", "Made in Outlook"]
    assert "@odata.nextLink" not in second


async def test_folders_come_ten_a_page_localised_and_by_well_known_name(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    state.users[1].mailbox = Mailbox.model_validate(
        {
            "language": "de-DE",
            "folders": [
                {"display_name": "Verborgen", "hidden": True},
                {"display_name": "Rechnungen", "parent": "Posteingang"},
                *({"display_name": f"Projekt {n}"} for n in range(6)),
            ],
        }
    )
    joel = "/v1.0/users/joel@contoso.com/mailFolders"
    page = (await tenant.get(joel)).json()
    assert len(page["value"]) == 10
    assert "@odata.nextLink" in page
    everything = (await tenant.get(f"{joel}?$top=50&includeHiddenFolders=true")).json()["value"]
    assert {"Verborgen", "RSS-Feeds"} <= {row["displayName"] for row in everything}
    inbox = (await tenant.get(f"{joel}/inbox")).json()
    assert (inbox["displayName"], inbox["childFolderCount"]) == ("Posteingang", 1)
    assert "wellKnownName" not in inbox
    assert (await tenant.get(f"{joel.replace('v1.0', 'beta')}/inbox")).json()[
        "wellKnownName"
    ] == "inbox"
    children = (await tenant.get(f"{joel}/{inbox['id']}/childFolders")).json()["value"]
    assert [row["displayName"] for row in children] == ["Rechnungen"]


async def test_mailbox_settings_know_no_forwarding(
    tenant: httpx.AsyncClient, state: TenantState
) -> None:
    mailbox(state).kind = "SharedMailbox"
    mailbox(state).forwarding_smtp_address = "thief@mail.example"
    answer = await tenant.get(f"{ANA}/mailboxSettings")
    assert answer.json()["userPurpose"] == "shared"
    assert "thief" not in answer.text
    purpose = (await tenant.get(f"{ANA}/mailboxSettings?$select=userPurpose")).json()
    assert set(purpose) == {"@odata.context", "userPurpose"}
