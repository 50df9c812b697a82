"""What a person has to do, because no step of the plan does it."""

import pytest
from pydantic import JsonValue

from evidence.inbox_rule import InboxRule
from evidence.model import Gap, JsonObject
from evidence.sign_in import SignIn
from tests.triage.builders import (
    AWAY,
    HOME,
    NOW,
    OWNER,
    SESSION,
    THIEF,
    answers,
    at_home,
    case_of,
    changes,
    days,
    folder,
    minutes,
    new_rule,
    outside,
    record,
    rule,
    signed_in,
)
from triage.grade import Grade, grade

MADE = NOW - days(1)
INTRUSION = signed_in(MADE - minutes(10), AWAY, "RU", session_id=SESSION)
FORWARDS = rule(".", forward_to=(outside(),), deletes=True)
FILES = rule("Newsletters", move_to=folder("Archive", "archive"))
ADMIN = "admin@contoso.com"


def graded(
    *records: JsonObject,
    rules: tuple[InboxRule, ...] = (FORWARDS,),
    sign_ins: tuple[SignIn, ...] = (INTRUSION,),
) -> Grade:
    """A mailbox in which somebody from afar made a rule that forwards, and the rest."""
    audit = changes(new_rule(".", MADE), *records)
    return grade(case_of(answers(rules=rules, sign_ins=[*at_home(), *sign_ins], audit=audit)))


def by_hand(result: Grade, about: str) -> list[str]:
    """The sentences that speak of something."""
    return [line for line in result.plan.by_hand if about in line]


def granted(
    operation: str, by: str = OWNER, at: float = 5, address: str = AWAY, **parameters: JsonValue
) -> JsonObject:
    where: JsonObject = {"ClientIP": address, "ObjectId": "bob"}
    return record(operation, MADE + minutes(at), by=by, parameters=parameters, **where)


@pytest.mark.parametrize(
    ("grant", "told"),
    [
        (
            granted("Add-MailboxPermission", User="mallory", AccessRights="FullAccess"),
            "FullAccess (Remove-MailboxPermission)",
        ),
        (
            granted("Add-RecipientPermission", Trustee="mallory", AccessRights="SendAs"),
            "SendAs (Remove-RecipientPermission)",
        ),
        (
            granted("Set-Mailbox", GrantSendOnBehalfTo="mallory"),
            "SendOnBehalf (Set-Mailbox -GrantSendOnBehalfTo)",
        ),
        (
            granted("Add-MailboxFolderPermission", User="mallory", AccessRights="Reviewer"),
            "Reviewer (Remove-MailboxFolderPermission)",
        ),
    ],
)
def test_a_permission_that_the_intruder_gave_is_to_be_taken_away(
    grant: JsonObject, told: str
) -> None:
    result = graded(grant)
    assert result.verdict.compromised == (OWNER,)
    [line] = by_hand(result, "mallory")
    for named in ("Take away from mallory", OWNER, "the mailbox bob", "09 Mar 2026 12:05", told):
        assert named in line
    assert line in result.plan.by_hand and "Take away from mallory" in result.comment


@pytest.mark.parametrize(
    "grant",
    [
        granted("Add-MailboxPermission", by=ADMIN, User="mallory", AccessRights="FullAccess"),
        granted(
            "Add-MailboxPermission",
            at=-20 * 24 * 60,
            address=HOME,
            User="mallory",
            AccessRights="FullAccess",
        ),
    ],
    ids=["given by an administrator", "given by the owner weeks before"],
)
def test_what_others_gave_or_the_owner_gave_before_is_left_alone(grant: JsonObject) -> None:
    result = graded(grant)
    assert result.verdict.compromised == (OWNER,)
    assert by_hand(result, "mallory") == []


def impersonation(by: str = OWNER, address: str = AWAY) -> JsonObject:
    return granted(
        "New-ManagementRoleAssignment", by, address=address,
        Role="ApplicationImpersonation", User="mallory",
    )  # fmt: skip


def test_a_role_that_the_intruder_gave_is_to_be_taken_away() -> None:
    result = graded(impersonation())
    [line] = by_hand(result, "mallory")
    for named in ("Take away from mallory", f"what {OWNER} gave", "ApplicationImpersonation"):
        assert named in line
    assert "Take away from mallory" in result.comment


@pytest.mark.parametrize("role", [impersonation(by=ADMIN), impersonation(address=HOME)])
def test_a_role_that_an_administrator_or_the_owner_at_home_gave_is_left_alone(
    role: JsonObject,
) -> None:
    assert by_hand(graded(role), "mallory") == []


def test_nobody_is_told_to_take_anything_away_where_nobody_is_convicted() -> None:
    grant = granted("Add-MailboxPermission", User="mallory", AccessRights="FullAccess")
    result = grade(case_of(answers(audit=changes(grant))))
    assert result.verdict.compromised == ()
    assert result.plan.by_hand == ()


def filing(**fields: str) -> JsonObject:
    """The record of the rule that only files."""
    moved: JsonObject = {"Name": "Newsletters", "Mailbox": OWNER, "MoveToFolder": "Archive"}
    where = {"ClientIP": AWAY, "SessionId": SESSION}
    return record("New-InboxRule", MADE + minutes(2), by=OWNER, parameters=moved, **where | fields)


def test_a_harmless_rule_of_the_intruders_session_is_for_a_person_to_look_at() -> None:
    result = graded(filing(), rules=(FORWARDS, FILES))
    [line] = by_hand(result, "Newsletters")
    for named in (
        "in the same session as inbox rule “.”",
        "disable_inbox_rule (rule id of Newsletters)",
        OWNER,
        "09 Mar 2026 12:02",
    ):
        assert named in line
    steps = (*result.plan.reflex, *result.plan.contain, *result.plan.destroy)
    assert not [step for step in steps if "Newsletters" in step.target], "no step touches it"


@pytest.mark.parametrize(
    ("made", "found"),
    [
        (filing(SessionId="the owner's"), FILES),
        (filing(SessionId=""), FILES),
        (filing(ClientIP=HOME), FILES),
        (filing(), FILES.model_copy(update={"enabled": False})),
    ],
    ids=["another session", "no session", "the owner's address", "off already"],
)
def test_a_rule_of_the_owner_or_one_that_is_off_is_not_named(
    made: JsonObject, found: InboxRule
) -> None:
    result = graded(made, rules=(FORWARDS, found))
    assert result.verdict.compromised == (OWNER,)
    assert by_hand(result, "Newsletters") == []


def unlisted(*records: JsonObject, seen: bool) -> Grade:
    """The rule is in the audit log; its listing failed, or shows that it is gone."""
    given = answers(
        sign_ins=[*at_home(), INTRUSION],
        audit=changes(new_rule(".", MADE, THIEF, DeleteMessage="True"), *records),
    )
    if not seen:
        gap = Gap(source="Exchange Get-InboxRule", reason="forbidden", detail="no role")
        failed: JsonObject = {"gaps": [gap.model_dump(mode="json")], "complete": False}
        given["list_inbox_rules"] |= failed | {"result": None, "status": "failed"}
    return grade(case_of(given))


def test_a_convicted_rule_that_no_listing_showed_is_to_be_stopped_by_hand() -> None:
    result = unlisted(seen=False)
    assert result.verdict.convicted
    steps = (*result.plan.reflex, *result.plan.contain, *result.plan.destroy)
    assert not [step for step in steps if "rule" in step.action]
    [line] = by_hand(result, "inbox rule “.”")
    for named in ("Stop ", OWNER, THIEF, "could not be read", "Disable-InboxRule"):
        assert named in line


def test_a_convicted_rule_that_is_gone_needs_nobody_to_stop_it() -> None:
    assert by_hand(unlisted(seen=True), "Stop ") == []
    removed = record(
        "Remove-InboxRule", MADE + minutes(30), parameters={"Identity": "ann\\."}, ObjectId="ann\\."
    )
    assert by_hand(unlisted(removed, seen=False), "Stop ") == []
