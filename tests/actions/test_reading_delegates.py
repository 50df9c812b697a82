"""Who else may read a mailbox or send in its name, as list_mailbox_delegates shows it."""

import pytest

from sandbox.tenant.faults import Refusal
from sandbox.tenant.mailbox import FolderPermission, MailboxPermission
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import Contact, User
from sandbox.tenant.state import TenantState
from tests.labs import (
    ANA,
    ANA_ID,
    JOEL,
    MIRA,
    OpenLab,
    answered,
    as_object,
    gaps,
    mailbox_of,
    objects,
    result_of,
)

ROUTE = "list-mailbox-delegates"
OURS: JsonObject = {"mailbox": ANA}


def shared(state: TenantState) -> None:
    box = mailbox_of(state)
    box.permissions += [
        MailboxPermission(user=JOEL),
        MailboxPermission(user=MIRA, deny=True),
        MailboxPermission(user="NT AUTHORITY\\SYSTEM"),
        MailboxPermission(user="EURPR04A009\\Organization Management", inherited=True),
    ]
    box.send_as.append(MailboxPermission(user=JOEL, rights=["SendAs"]))
    box.send_on_behalf.append("mira.okafor")
    box.folder_permissions += [
        FolderPermission(user=JOEL, rights=["Editor"]),
        FolderPermission(folder="sentitems", user="Default", rights=["Reviewer"]),
        FolderPermission(folder="root", user="Anonymous", rights=["ReadItems", "FolderVisible"]),
    ]


def told(found: JsonObject) -> list[tuple[object, ...]]:
    names = ("right", "address", "folder", "everyone", "internal")
    return sorted(tuple(each[name] for name in names) for each in objects(found["delegates"]))


async def test_every_way_into_a_mailbox_is_listed_with_who_has_it(open_lab: OpenLab) -> None:
    lab = await open_lab(change=shared)

    answer = await answered(lab, ROUTE, OURS)

    assert answer["complete"] is True
    found = as_object(answer["result"])
    assert found["mailbox"] == ANA
    assert told(found) == [
        ("folder", "", "Sent Items", True, None),
        ("folder", "", "Top of Information Store", True, None),
        ("folder", JOEL, "Inbox", False, True),
        ("fullAccess", JOEL, "", False, True),
        ("sendAs", JOEL, "", False, True),
        ("sendOnBehalf", MIRA, "", False, True),
    ]


async def test_folders_are_found_in_whatever_language_the_mailbox_is(open_lab: OpenLab) -> None:
    def german(state: TenantState) -> None:
        box = type(mailbox_of(state)).model_validate({"language": "de-DE"})
        box.folder_permissions.append(FolderPermission(user=JOEL, rights=["Reviewer"]))
        user = state.user(ANA)
        assert user is not None
        user.mailbox = box

    lab = await open_lab(change=german)

    assert told(await result_of(lab, ROUTE, OURS)) == [("folder", JOEL, "Posteingang", False, True)]


async def test_a_mailbox_that_nobody_else_opens_has_no_delegates(open_lab: OpenLab) -> None:
    lab = await open_lab()

    for name in (ANA, ANA_ID, ANA.upper()):
        answer = await answered(lab, ROUTE, {"mailbox": name})
        assert as_object(answer["result"])["delegates"] == []
        assert answer["complete"] is True


async def test_a_trustee_from_outside_is_told_from_one_of_ours(open_lab: OpenLab) -> None:
    guest = "helper_partner.example#EXT#@contoso.onmicrosoft.com"

    def outsiders(state: TenantState) -> None:
        state.contacts.append(Contact(name="Desk", external_address="desk@partner.example"))
        state.users.append(
            User(
                user_principal_name=guest,
                display_name="Helper",
                mail="helper@partner.example",
                user_type="Guest",
                mailbox=None,
            )
        )
        box = mailbox_of(state)
        box.permissions.append(MailboxPermission(user=guest))
        box.send_on_behalf.append("Desk")

    lab = await open_lab(change=outsiders)

    assert told(await result_of(lab, ROUTE, OURS)) == [
        ("fullAccess", "helper@partner.example", "", False, False),
        ("sendOnBehalf", "desk@partner.example", "", False, False),
    ]


async def test_a_trustee_that_nobody_knows_is_a_gap_and_never_ours(open_lab: OpenLab) -> None:
    gone = "S-1-5-21-3623811015-3361044348-30300820-1013"

    def unknown(state: TenantState) -> None:
        mailbox_of(state).permissions += [
            MailboxPermission(user="Somebody Else"),
            MailboxPermission(user=gone),
        ]

    lab = await open_lab(change=unknown)
    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [("Exchange Get-Recipient", "unresolved")]
    assert "Somebody Else" in str(answer["gaps"])
    listed = objects(as_object(answer["result"])["delegates"])
    assert sorted(str(each["who"]) for each in listed) == [gone, "Somebody Else"]
    assert all(each["internal"] is None for each in listed)


async def test_a_guest_that_could_not_be_looked_up_is_never_ours(open_lab: OpenLab) -> None:
    """A guest's principal name ends in a domain of the organisation."""

    def refused(state: TenantState) -> None:
        guest = "helper_partner.example#EXT#@contoso.onmicrosoft.com"
        mailbox_of(state).permissions.append(MailboxPermission(user=guest))
        state.refusals.append(Refusal(service="exchange", cmdlet="Get-Recipient", status=403))

    lab = await open_lab(change=refused)
    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [("Exchange Get-Recipient", "forbidden")]
    [guest] = objects(as_object(answer["result"])["delegates"])
    assert (guest["address"], guest["internal"]) == ("", None)


SOURCES = {
    "Get-MailboxPermission": "Exchange Get-MailboxPermission",
    "Get-RecipientPermission": "Exchange Get-RecipientPermission",
    "Get-MailboxFolderStatistics": "Exchange Get-MailboxFolderStatistics",
    "Get-MailboxFolderPermission": "Exchange Get-MailboxFolderPermission",
    "Get-Mailbox": "Exchange Get-Mailbox",
}


@pytest.mark.parametrize("cmdlet", SOURCES)
async def test_a_refused_source_costs_its_own_part_only(open_lab: OpenLab, cmdlet: str) -> None:
    def refused(state: TenantState) -> None:
        shared(state)
        state.refusals.append(Refusal(service="exchange", cmdlet=cmdlet, status=403))

    lab = await open_lab(change=refused)
    answer = await answered(lab, ROUTE, OURS)

    assert (SOURCES[cmdlet], "forbidden") in gaps(answer)
    assert "View-Only Recipients" in str(answer["gaps"])
    rights = {str(each["right"]) for each in objects(as_object(answer["result"])["delegates"])}
    lost = {
        "Get-MailboxPermission": "fullAccess",
        "Get-RecipientPermission": "sendAs",
        "Get-MailboxFolderStatistics": "folder",
        "Get-MailboxFolderPermission": "folder",
        "Get-Mailbox": "sendOnBehalf",
    }[cmdlet]
    assert rights == {"fullAccess", "sendAs", "sendOnBehalf", "folder"} - {lost}


async def test_a_folder_that_is_gone_meanwhile_is_a_gap(open_lab: OpenLab) -> None:
    refusal = Refusal(
        service="exchange",
        cmdlet="Get-MailboxFolderPermission",
        status=404,
        code="ManagementObjectNotFoundException",
        times=1,
    )
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [("Exchange Get-MailboxFolderPermission", "notFound")]


async def test_permissions_past_the_first_page_are_read(open_lab: OpenLab) -> None:
    def crowded(state: TenantState) -> None:
        mailbox_of(state).permissions += [
            MailboxPermission(user=f"u{number}@contoso.com") for number in range(1200)
        ]

    lab = await open_lab(change=crowded)
    answer = await answered(lab, ROUTE, OURS)

    assert len(objects(as_object(answer["result"])["delegates"])) == 1200
    assert answer["complete"] is True
    assert lab.state.count(cmdlet="Get-MailboxPermission") == 2


async def test_only_so_many_trustees_are_looked_up(open_lab: OpenLab) -> None:
    def crowded(state: TenantState) -> None:
        mailbox_of(state).permissions += [
            MailboxPermission(user=f"Team {number}") for number in range(60)
        ]
        state.contacts += [
            Contact(name=f"Team {number}", external_address=f"t{number}@partner.example")
            for number in range(60)
        ]

    lab = await open_lab(change=crowded)
    answer = await answered(lab, ROUTE, OURS)

    assert gaps(answer) == [("Exchange Get-Recipient", "truncated")]
    assert lab.state.count(cmdlet="Get-Recipient") == 50
    listed = objects(as_object(answer["result"])["delegates"])
    assert len(listed) == 60
    assert sum(each["internal"] is None for each in listed) == 10


async def test_when_exchange_throttles_everything_the_answer_is_429(
    open_lab: OpenLab, waits: list[float]
) -> None:
    refusal = Refusal(service="exchange", status=429, retry_after=20)
    lab = await open_lab(change=lambda state: state.refusals.append(refusal))

    await answered(lab, ROUTE, OURS, status=429)

    assert waits


@pytest.mark.parametrize("refused", [False, True])
async def test_a_mailbox_that_nobody_has_is_404(open_lab: OpenLab, refused: bool) -> None:
    def without_exchange(state: TenantState) -> None:
        if refused:
            state.refusals.append(Refusal(service="exchange", status=403))

    lab = await open_lab(change=without_exchange)

    await answered(lab, ROUTE, {"mailbox": "nobody@contoso.com"}, status=404)


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "mailbox"), ({"mailbox": ""}, "mailbox"), ({**OURS, "user": ANA}, "user")],
)
async def test_bad_input_names_its_field_and_asks_nobody(
    open_lab: OpenLab, body: JsonObject, field: str
) -> None:
    lab = await open_lab()

    problem = await answered(lab, ROUTE, body, status=400)

    assert [each["field"] for each in objects(problem["errors"])] == [field]
    assert lab.state.requests == []
