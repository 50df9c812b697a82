"""Applications that were given access to mail: the false one is named, the ordinary ones are let
be.
"""

from collections.abc import Iterable

import pytest

from evidence.hunt_result import HuntResult
from evidence.model import JsonObject
from tests.consents import app_permission, arrived, consented
from tests.triage.builders import (
    HOME,
    NOW,
    OWNER,
    PARTNER,
    SESSION,
    answers,
    approval,
    at_home,
    case_of,
    changes,
    days,
    forwarding,
    further_answers,
    hunt,
    minutes,
    new_rule,
    organization,
    outside,
    rule,
    signed_in,
)
from tests.triage.found import found
from triage.applications import ACCESS_HUNT, CONSENTS_HUNT
from triage.grade import Grade, grade
from triage.likeness import imitated

FALSE_APP = "5e1f0d2c-7a3b-4c8e-9f10-2b6d7c8a9e01"
THUNDERBIRD = "9e5f94bc-e8a4-4e73-b8be-63364c29d753"
EXPORTER = "ff8d92dc-3d82-41d6-bcbd-b9174d163620"
MAIL = "offline_access Mail.Read Mail.Send User.Read"
IMAP = "offline_access https://outlook.office.com/IMAP.AccessAsUser.All SMTP.Send"
BOB = "bob@contoso.com"
FORWARDED = forwarding(outside(PARTNER), when_changed=NOW - days(365))


def hunts(
    records: Iterable[JsonObject], access: Iterable[JsonObject] = ()
) -> tuple[HuntResult, HuntResult]:
    rows: list[JsonObject] = [{"RawEventData": each} for each in records]
    return hunt(CONSENTS_HUNT, *rows), hunt(ACCESS_HUNT, *access)


def beside_approved(records: Iterable[JsonObject]) -> dict[str, JsonObject]:
    """The consents in a mailbox that forwards as it may, all sources read."""
    read = answers(org=organization(approval()), smtp=FORWARDED, hunts=hunts(records))
    return {**read, **further_answers()}


def false_one(*, everybody: bool = False) -> list[JsonObject]:
    at = NOW - days(1)
    return list(consented("rnicrosoft_office", FALSE_APP, MAIL, at, OWNER, everybody=everybody))


def graded(answered: dict[str, JsonObject]) -> Grade:
    return grade(case_of(answered))


def test_a_false_name_with_access_to_mail_is_named_with_all_that_an_analyst_asks() -> None:
    access: JsonObject = {
        "AppId": FALSE_APP, "Mailbox": BOB, "MessagesRead": 5, "MessagesSent": 2,
        "FirstSeen": "2026-03-10T08:00:00Z", "LastSeen": "2026-03-10T09:00:00Z",
        "WholeFolders": False, "LogIncomplete": True, "Subjects": ["Extracted docs"],
    }  # fmt: skip
    sign_ins = [*at_home(), signed_in(NOW - days(1) + minutes(3), application_id=FALSE_APP)]
    seen = hunts(false_one(everybody=True), [access])
    finding = found(answers(sign_ins=sign_ins, hunts=seen))["app_consent"]
    assert finding.weight >= 20
    for told in (
        "“rnicrosoft_office”", FALSE_APP, OWNER, "09 Mar 2026 12:00 UTC", "203.0.113.7",
        "for everybody in the organisation", "microsoft", "Mail.Read", "Mail.Send", HOME,
        f"mailbox of {BOB} it read 5 messages", "sent 2 messages (“Extracted docs”)",
        "log is incomplete",
    ):  # fmt: skip
        assert told in finding.sentence
    assert {reference.source for reference in finding.evidence} == {
        f"run_hunt {CONSENTS_HUNT}",
        "list_sign_ins",
    }
    assert "T1528" in finding.techniques


def test_without_forwarding_it_is_left_to_an_analyst_and_never_acquitted() -> None:
    judged = graded(answers(hunts=hunts(false_one())))
    assert judged.verdict.classification == "undetermined"
    assert judged.verdict.suspicious
    assert "rnicrosoft_office" in judged.verdict.summary
    assert any("Enterprise applications" in advice for advice in judged.plan.by_hand)
    assert "rnicrosoft_office" in judged.comment
    assert "To do by hand" in judged.comment
    assert not judged.plan.contain
    answer = next(each for each in judged.questions if each.id == "app_consents")
    assert answer.complete
    assert "rnicrosoft_office" in answer.answer
    assert any("rnicrosoft_office" in entry.what for entry in judged.timeline)


def test_an_approved_forwarding_does_not_acquit_who_let_a_false_application_in() -> None:
    expected = graded(beside_approved([])).verdict
    assert expected.classification == "informationalExpectedActivity"
    assert graded(beside_approved(false_one())).verdict.classification == "undetermined"


def test_a_rule_that_the_application_made_is_tied_to_it() -> None:
    made = new_rule("Bills", NOW - minutes(50), ClientIP="20.190.160.96", AppId=FALSE_APP,
                    SessionId=SESSION)  # fmt: skip
    own = rule("Bills", destinations=(outside(),))
    answered = answers(audit=changes(made), rules=[own], hunts=hunts(false_one()))
    finding = found(answered)["app_consent"]
    assert [link.by for link in finding.links] == ["application"]
    assert graded(answered).verdict.classification == "truePositive"


ORDINARY: dict[str, list[JsonObject]] = {
    "a mail client": list(consented("Thunderbird", THUNDERBIRD, IMAP, NOW - days(2), OWNER)),
    "a mail client for everybody": list(
        consented("Spark", THUNDERBIRD, MAIL, NOW - days(2), OWNER, everybody=True)
    ),
    "a calendar tool": list(
        consented("Zoom", FALSE_APP, "Calendars.ReadWrite User.Read", NOW - days(2), OWNER)
    ),
    "one that merely shows Microsoft's name": list(
        consented("Microsoft Graph Command Line Tools", FALSE_APP, "Mail.Read", NOW, OWNER)
    ),
    "one that a developer made and tried": [
        arrived("Ticket importer", FALSE_APP, NOW - days(3), OWNER),
        *consented("Ticket importer", FALSE_APP, MAIL, NOW - days(2), OWNER),
    ],
    "the backup of all mailboxes": [
        app_permission("Keepit", FALSE_APP, "Mail.ReadWrite", NOW - days(5), BOB)
    ],
    "a lookalike without access to mail": list(
        consented("0utlook signatures", FALSE_APP, "User.Read openid", NOW, OWNER)
    ),
    "an attempt": [
        each | {"ResultStatus": "Failure"}
        for each in consented("rnicrosoft", FALSE_APP, MAIL, NOW, OWNER)
    ],
    "none": [],
}


@pytest.mark.parametrize("records", ORDINARY.values(), ids=ORDINARY.keys())
def test_ordinary_applications_accuse_nobody(records: list[JsonObject]) -> None:
    answered = beside_approved(records)
    findings = found(answered)
    assert "app_consent" not in findings
    judged = graded(answered)
    assert judged.verdict.classification == "informationalExpectedActivity"
    assert not judged.verdict.suspicious
    assert judged.plan.by_hand == ()


def test_an_application_whose_publisher_nobody_saw_calls_for_an_analyst() -> None:
    records = list(consented("Ticket importer", FALSE_APP, MAIL, NOW - days(2), OWNER))
    seen = beside_approved(records)
    unseen = {action: each for action, each in seen.items() if action != "list_app_consents"}
    assert "app_consent" not in found(seen)
    assert "Who published it" in found(unseen)["app_consent"].sentence
    assert graded(unseen).verdict.classification == "undetermined"


def test_an_ordinary_mail_client_is_mentioned_without_weight() -> None:
    finding = found(answers(hunts=hunts(ORDINARY["a mail client"])))["app_consent_ordinary"]
    assert finding.weight == 0
    assert "Thunderbird" in finding.sentence


def test_what_is_made_for_copying_mailboxes_is_told_by_its_id_whatever_its_name() -> None:
    exporter = consented("Mail", EXPORTER, "Mail.Read", NOW, OWNER)
    finding = found(answers(hunts=hunts(exporter)))["app_consent"]
    assert "copying whole mailboxes" in finding.sentence


def test_several_who_gave_access_are_all_named() -> None:
    records = [*false_one(), *consented("rnicrosoft_office", FALSE_APP, MAIL, NOW, BOB)]
    sentence = found(answers(hunts=hunts(records)))["app_consent"].sentence
    assert OWNER in sentence
    assert BOB in sentence


@pytest.mark.parametrize(
    ("name", "brand"),
    [
        ("rnicrosoft", "microsoft"),
        ("Micr0soft Teams", "microsoft"),
        ("M1crosoft", "microsoft"),
        ("\u041cicrosoft", "microsoft"),
        ("Micr\u043es\u043eft", "microsoft"),
        ("0ut1ook", "outlook"),
        ("DocuSlgn", "docusign"),
        ("Microsoft Office", None),
        ("Outlook", None),
        ("Thunderbird", None),
        ("Modern Barn", None),
        ("Exchange rates", None),
        ("", None),
    ],
)
def test_names_that_imitate_are_told_from_names_that_are(name: str, brand: str | None) -> None:
    assert imitated(name) == brand
