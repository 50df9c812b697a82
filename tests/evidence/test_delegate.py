"""Permissions on a mailbox in the shapes in which Exchange writes them."""

import pytest
from pydantic import JsonValue

from evidence import delegate
from evidence.delegate import Delegate
from evidence.model import JsonObject

JOEL = "joel@contoso.com"
NOTHING: JsonObject = {}


def full(user: JsonValue, **more: JsonValue) -> Delegate | None:
    row: JsonObject = {"Identity": "ana", "User": user, "AccessRights": ["FullAccess"], **more}
    return delegate.from_mailbox_permission(row)


@pytest.mark.parametrize(
    ("user", "who", "address"),
    [
        (JOEL, JOEL, JOEL),
        ("Joel@Contoso.com", "Joel@Contoso.com", JOEL),
        ("Joel Lindqvist", "Joel Lindqvist", ""),
        ("CONTOSO\\joel", "CONTOSO\\joel", ""),
        ({"DisplayName": "Joel", "PrimarySmtpAddress": JOEL}, "Joel", JOEL),
        (
            {
                "UserType": {"Value": "Internal"},
                "DisplayName": "Joel",
                "ADRecipient": None,
                "RecipientPrincipal": {"PrimarySmtpAddress": JOEL, "Guid": "1"},
            },
            "Joel",
            JOEL,
        ),
        ({"UserType": "External", "RecipientPrincipal": {"Guid": "1f"}}, "1f", ""),
        ("S-1-5-21-1-2-3-1013", "S-1-5-21-1-2-3-1013", ""),
    ],
)
def test_a_trustee_is_named_by_text_or_by_an_object(
    user: JsonValue, who: str, address: str
) -> None:
    found = full(user)

    assert found is not None
    assert (found.who, found.address, found.everyone) == (who, address, False)


@pytest.mark.parametrize(
    ("user", "inherited"),
    [
        ("NT AUTHORITY\\SELF", False),
        ("nt authority\\self", False),
        ("NT AUTHORITY\\SYSTEM", True),
        ("S-1-5-10", False),
        ("EURPR04A009\\Exchange Servers", True),
        ("PRDTSB01\\JitUsers", True),
        ("", False),
        (None, False),
        ([], False),
    ],
)
def test_the_owner_and_exchange_itself_are_no_delegates(user: JsonValue, inherited: bool) -> None:
    assert full(user, IsInherited=inherited) is None


def test_a_group_of_that_name_that_somebody_let_in_is_one() -> None:
    found = full("CONTOSO\\Domain Admins", IsInherited=False)

    assert found is not None and found.who == "CONTOSO\\Domain Admins"


@pytest.mark.parametrize(
    "user",
    ["Everyone", "NT AUTHORITY\\Authenticated Users", "NT AUTHORITY\\ANONYMOUS LOGON", "S-1-1-0"],
)
def test_what_anybody_may_is_marked(user: str) -> None:
    found = full(user)

    assert found is not None and found.everyone


@pytest.mark.parametrize("denied", [True, "True", "true"])
def test_a_denial_gives_nothing(denied: JsonValue) -> None:
    assert full(JOEL, Deny=denied) is None
    row: JsonObject = {"Trustee": JOEL, "AccessRights": ["SendAs"], "AccessControlType": "Deny"}
    assert delegate.from_recipient_permission(row) is None


@pytest.mark.parametrize(
    ("rights", "read"),
    [
        (["FullAccess"], ("FullAccess",)),
        ("FullAccess, ReadPermission", ("FullAccess", "ReadPermission")),
        (["FullAccess,ReadPermission"], ("FullAccess", "ReadPermission")),
    ],
)
def test_rights_come_as_a_list_or_as_one_text(rights: JsonValue, read: tuple[str, ...]) -> None:
    found = full(JOEL, AccessRights=rights)

    assert found is not None and found.access_rights == read


@pytest.mark.parametrize("rights", [["None"], "None", [], None, [""]])
def test_who_has_no_right_is_no_delegate(rights: JsonValue) -> None:
    row: JsonObject = {"FolderName": "Inbox", "User": "Default", "AccessRights": rights}

    assert delegate.from_folder_permission(row, "Inbox") is None


@pytest.mark.parametrize(
    "user",
    ["Default", "anonymous", {"UserType": {"Value": "Default"}, "DisplayName": "Standard"}],
)
def test_a_folder_that_everybody_may_read_says_so(user: JsonValue) -> None:
    row: JsonObject = {"User": user, "AccessRights": ["Reviewer"]}

    found = delegate.from_folder_permission(row, "Posteingang")

    assert found is not None
    assert (found.everyone, found.folder, found.right) == (True, "Posteingang", "folder")


@pytest.mark.parametrize(
    ("payload", "who"),
    [
        ({"GrantSendOnBehalfTo": ["joel", "mira"]}, ["joel", "mira"]),
        ({"GrantSendOnBehalfTo": "joel"}, ["joel"]),
        (
            {
                "GrantSendOnBehalfTo": [],
                "GrantSendOnBehalfToWithDisplayNames": [
                    {"DisplayName": "Joel", "PrimarySmtpAddress": JOEL}
                ],
            },
            ["Joel"],
        ),
        ({"GrantSendOnBehalfTo": None}, []),
        ({"GrantSendOnBehalfTo": [None, 7, NOTHING, ""]}, ["7"]),
        (NOTHING, []),
    ],
)
def test_who_may_send_on_behalf_is_read(payload: JsonObject, who: list[str]) -> None:
    found = delegate.from_mailbox(payload)

    assert [each.who for each in found] == who
    assert all(each.right == "sendOnBehalf" for each in found)


def test_the_same_said_twice_is_one() -> None:
    one = full(JOEL)
    other = full("JOEL@contoso.com")
    assert one is not None and other is not None

    assert delegate.distinct([one, other]) == (one,)
