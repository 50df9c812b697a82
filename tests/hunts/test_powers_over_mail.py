"""Powers over other people's mail: which records are found, and what is made of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from evidence.hunt_result import HuntResult
from evidence.model import JsonObject
from microsoft365.hunting_rows import HuntingAnswer
from microsoft365.kql import hunts
from sandbox.tenant.hunting import HuntingDatabase
from tests.triage.builders import AWAY, HOME, NOW, OWNER, answers, days, new_rule, outside
from tests.triage.builders import changes as changed
from tests.triage.builders import record as audit_record
from tests.triage.builders import rule as inbox_rule
from tests.triage.found import found
from triage.case import POWERS_HUNT

ADMIN, OTHER = "admin@contoso.com", "bob@contoso.com"
IDS = {OWNER: "id-ann", ADMIN: "id-admin", OTHER: "id-bob"}
AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
FOUND = {"role_granted", "mailboxes_searched", "app_credentials_added", "app_permissions_added"}
MAIL_READ = "810c84a8-4a9e-49e6-bf7d-12d183f40d01"


def record(
    operation: str, by: str = OWNER, *, address: str = AWAY, **fields: JsonValue
) -> JsonObject:
    return audit_record(operation, AT, by=by, ClientIP=address, **fields)


def changes(name: str, value: str) -> list[JsonValue]:
    """Properties as Entra's records tell them."""
    return [{"Name": name, "NewValue": value, "OldValue": ""}]


ROLE = changes("Role.DisplayName", '"Exchange Administrator"')
KEY = changes("KeyDescription", "[KeyIdentifier=1f2e, KeyType=Password]")
ACCESS = changes(
    "RequiredResourceAccess", f'[{{"RequiredAppPermissions":[{{"EntitlementId":"{MAIL_READ}"}}]}}]'
)
SEARCH: JsonObject = {"Name": "x", "ExchangeLocation": "All", "ContentMatchQuery": "password"}
DASHES = ("-", "\u2013", "\u2014", "\u00e2\u20ac\u201c")


async def asked(records: Sequence[JsonObject], **arguments: object) -> HuntResult:
    """The hunt's answer on these records, as `run_hunt` hands it on."""
    rows = [
        {
            "Timestamp": f"{each['CreationTime']}Z",
            "ActionType": each["Operation"],
            "AccountObjectId": IDS[str(each["UserId"])],
            "RawEventData": each,
        }
        for each in records
    ]
    database = HuntingDatabase({"CloudAppEvents": rows}, lambda: NOW, parser=False)
    try:
        answer = await database.query(hunts()[POWERS_HUNT].render(arguments))
    finally:
        database.close()
    told = HuntingAnswer.model_validate(answer).rows()
    return HuntResult(hunt=POWERS_HUNT, since=NOW - days(30), until=NOW, columns=(), rows=told)


async def powers(records: Sequence[JsonObject], **arguments: object) -> list[object]:
    return [row["Power"] for row in (await asked(records, **arguments)).rows]


HERS = [
    ("role", record("Add member to role.", ObjectId=OTHER, ModifiedProperties=ROLE)),
    ("role", record("New-ManagementRoleAssignment", parameters={"Role": "Mailbox Search"})),
    ("search", record("New-ComplianceSearch", parameters=SEARCH)),
    ("search", record("SearchExportDownloaded", ObjectId="everything")),
    ("search", record("Search-Mailbox", parameters={"Identity": "bob"})),
    ("application credentials", record("Add service principal credentials.", ObjectId="x")),
    ("application credentials", record("Add service principal.", ModifiedProperties=KEY)),
    ("application permissions", record("Update application.", ModifiedProperties=ACCESS)),
    *(
        (
            "application credentials",
            record(f"Update application {dash} Certificates and secrets management "),
        )
        for dash in DASHES
    ),
]
ABOUT_HER = [
    ("role", record("Add member to role.", ADMIN, ObjectId=OWNER, ModifiedProperties=ROLE)),
    (
        "role",
        record(
            "Add-RoleGroupMember",
            ADMIN,
            parameters={"Identity": "Discovery Management", "Member": "ann"},
        ),
    ),
    ("search", record("SearchCreated", ADMIN, ExchangeLocations=[OWNER], Query="subject:bank")),
]
NOT_HERS = [
    record("Add member to role.", ADMIN, ObjectId=OTHER, ModifiedProperties=ROLE),
    record("Add-RoleGroupMember", ADMIN, parameters={"Identity": "Helpdesk", "Member": "joann"}),
    record("New-ComplianceSearch", ADMIN, parameters=SEARCH),
    record("Add service principal credentials.", ADMIN),
    record("Update application.", ADMIN, ModifiedProperties=ACCESS),
    record("SearchCreated", ADMIN, ExchangeLocations=[f"jo{OWNER}"]),
    record("SearchCreated", ADMIN, ExchangeLocations=[f"bo.{OWNER}", f"{OWNER}.au"]),
    record("Add member to role.", ADMIN, ObjectId=f"bo.{OWNER}", ModifiedProperties=ROLE),
    record("Add-RoleGroupMember", ADMIN, parameters={"Member": "bo.ann"}),
    record("Add-RoleGroupMember", ADMIN, parameters={"Member": "ann@contoso.com.au"}),
]
NO_POWER = [
    record("Add service principal.", ModifiedProperties=changes("DisplayName", "x")),
    record("Update application.", ModifiedProperties=changes("DisplayName", "x")),
    record("Remove member from role.", ObjectId=OTHER, ModifiedProperties=ROLE),
    record("New-InboxRule", parameters={"Name": "x"}),
    record("Update user."),
]


@pytest.mark.parametrize(("power", "one"), [*HERS, *ABOUT_HER])
@pytest.mark.parametrize("who", [{"upn": OWNER.upper()}, {"account_id": "ID-ANN", "upn": OWNER}])
async def test_what_she_did_is_found_and_what_was_done_for_her_or_about_her(
    power: str, one: JsonObject, who: dict[str, object]
) -> None:
    assert await powers([one], mailbox_names=["ann"], **who) == [power]


@pytest.mark.parametrize("one", [*NOT_HERS, *NO_POWER])
async def test_what_administrators_do_for_others_is_not_hers_and_other_changes_are_no_powers(
    one: JsonObject,
) -> None:
    assert await powers([one], upn=OWNER, account_id="id-ann", mailbox_names=["ann"]) == []


@pytest.mark.parametrize(
    "member", ["ANN", f"bob;{OWNER}", r"CONTOSO\ann", "/o=Org/ou=A (B)/cn=Ann"]
)
async def test_she_is_known_by_each_of_her_names_however_it_is_written(member: str) -> None:
    given = record("Add-RoleGroupMember", ADMIN, parameters={"Member": member})
    names = ["Ann", OWNER, "/o=org/ou=a (b)/cn=ann"]
    assert await powers([given], upn=OWNER, mailbox_names=names) == ["role"]


async def test_by_the_object_id_alone_her_deeds_are_found() -> None:
    deeds = [one for _, one in HERS]
    assert len(await powers([*deeds, *NOT_HERS], account_id="id-ann")) == len(deeds)


async def judged(*records: JsonObject) -> dict[str, int]:
    """What judgement makes of the hunt's answer beside a rule made from an address never seen:
    the weights of the findings about powers that are tied to it, and of those that are not."""
    hunt = await asked(records, upn=OWNER, mailbox_names=["ann"])
    given = answers(
        rules=[inbox_rule("Copy", forward_to=(outside(),))],
        audit=changed(new_rule("Copy", AT - timedelta(hours=1))),
        hunts=[hunt],
    )
    told = found(given)
    for identifier in FOUND & set(told):
        assert told[identifier].evidence[0].source == f"run_hunt {POWERS_HUNT}"
        assert bool(told[identifier].links) is (told[identifier].weight > 10)
    return {identifier: told[identifier].weight for identifier in FOUND & set(told)}


@pytest.mark.parametrize(
    ("identifier", "one"),
    [
        ("role_granted", HERS[0][1]),
        ("mailboxes_searched", HERS[2][1]),
        ("app_credentials_added", HERS[5][1]),
        ("app_credentials_added", HERS[6][1]),
        ("app_credentials_added", HERS[9][1]),
        ("app_permissions_added", HERS[7][1]),
    ],
)
async def test_an_intruders_deed_speaks_against_the_rule_that_he_made(
    identifier: str, one: JsonObject
) -> None:
    weights = await judged(one)
    assert set(weights) == {identifier}
    assert weights[identifier] >= 20


async def test_the_same_from_her_own_desk_is_told_and_weighs_nothing() -> None:
    deeds = [{**one, "ClientIP": HOME} for _, one in HERS]
    assert await judged(*deeds) == dict.fromkeys(FOUND, 0)


async def test_what_an_administrator_did_about_her_elsewhere_calls_nobody() -> None:
    deeds = [{**one, "ClientIP": "192.0.2.10"} for _, one in ABOUT_HER]
    assert await judged(*deeds) == {"role_granted": 10, "mailboxes_searched": 10}
    assert await judged(*NOT_HERS) == {}
