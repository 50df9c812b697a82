"""Where mail goes: each finding with destinations that must and must not fire it."""

from evidence.destination import Destination, FinalAddress
from evidence.model import JsonObject
from tests.triage.builders import (
    OWNER,
    PARTNER,
    THIEF,
    answers,
    approval,
    forwarding,
    hunt,
    indicators,
    inside,
    organization,
    outside,
    rule,
    transport,
)
from tests.triage.found import found

UNRESOLVED = Destination(written='"Bob" [EX:/o=X/cn=bob]', name="Bob")


def test_an_address_outside_is_external_however_mail_gets_there() -> None:
    for given in (
        answers(rules=[rule(forward_to=(outside(),))]),
        answers(rules=[rule(redirect_to=(outside(),))]),
        answers(rules=[rule(forward_as_attachment_to=(outside(),))]),
        answers(smtp=forwarding(outside())),
        answers(transports=[transport()]),
    ):
        finding = found(given)["destination_external"]
        assert finding.weight > 0
        assert THIEF in finding.sentence


def test_how_mail_gets_outside_is_told_where_the_rule_does_not_say() -> None:
    guest = FinalAddress(address=THIEF, internal=False, via="member of Deals")
    team = inside("deals@contoso.com")
    team = team.model_copy(update={"kind": "group", "finals": (*team.finals, guest)})
    sentence = found(answers(rules=[rule(forward_to=(team,))]))["destination_external"].sentence
    assert f"{THIEF} (member of Deals), outside the organisation" in sentence
    plain = found(answers(rules=[rule(forward_to=(outside(),))]))["destination_external"].sentence
    assert f"{THIEF}, outside the organisation" in plain


def test_an_address_inside_is_internal_and_weighs_nothing() -> None:
    ids = found(answers(rules=[rule(forward_to=(inside(),))]))
    assert "destination_external" not in ids
    assert ids["destination_internal"].weight == 0


def test_an_unresolved_name_is_never_taken_for_internal() -> None:
    ids = found(answers(rules=[rule(forward_to=(UNRESOLVED,))]))
    assert "destination_internal" not in ids
    assert "Bob" in ids["destination_unresolved"].sentence


def test_one_unresolved_recipient_beside_one_inside_is_not_internal_either() -> None:
    ids = found(answers(rules=[rule(forward_to=(inside(), UNRESOLVED))]))
    assert "destination_internal" not in ids
    assert "destination_unresolved" in ids


def test_an_unresolved_address_of_ours_may_still_lead_out() -> None:
    contact = Destination(written="x@contoso.com", address="x@contoso.com")
    ids = found(answers(rules=[rule(forward_to=(contact,))]))
    assert "destination_unresolved" in ids
    assert "destination_external" not in ids


def test_an_unresolved_foreign_address_is_external() -> None:
    foreign = Destination(written=THIEF, address=THIEF)
    assert "destination_external" in found(answers(rules=[rule(forward_to=(foreign,))]))


def test_without_our_domains_only_a_free_mail_address_is_surely_external() -> None:
    for address, expected in (("x@gmail.com", True), ("x@somewhere.example", False)):
        target = Destination(written=address, address=address)
        given = answers(rules=[rule(forward_to=(target,))])
        del given["get_organization"]
        assert ("destination_external" in found(given)) is expected


def test_free_mail_is_told_from_a_company() -> None:
    free = found(answers(rules=[rule(forward_to=(outside("x@proton.me"),))]))
    company = found(answers(rules=[rule(forward_to=(outside(PARTNER),))]))
    assert "destination_free_mail" in free
    assert "destination_free_mail" not in company


def test_an_approved_destination_speaks_for_a_benign_cause_and_names_its_owner() -> None:
    given = answers(org=organization(approval()), rules=[rule(forward_to=(outside(PARTNER),))])
    ids = found(given)
    assert ids["destination_approved"].weight < 0
    assert "Head of Sales" in ids["destination_approved"].sentence
    assert "destination_external" not in ids


def test_one_approved_address_does_not_cover_another() -> None:
    both = rule(forward_to=(outside(PARTNER), outside(THIEF)))
    ids = found(answers(org=organization(approval()), rules=[both]))
    assert "destination_approved" not in ids
    assert PARTNER not in ids["destination_external"].sentence


def test_an_approval_for_somebody_else_does_not_count() -> None:
    org = organization(approval(scope="bob@contoso.com"))
    ids = found(answers(org=org, rules=[rule(forward_to=(outside(PARTNER),))]))
    assert "destination_approved" not in ids


def test_an_approval_for_one_mailbox_does_not_cover_a_transport_rule() -> None:
    for scope, covered in ((OWNER, False), ("contoso.com", True), ("*", True)):
        org = organization(approval(scope=scope))
        ids = found(answers(org=org, transports=[transport(to=outside(PARTNER))]))
        assert ("destination_approved" in ids) is covered


def test_the_alerts_own_recipient_is_recognised_without_case() -> None:
    given = answers(rules=[rule(forward_to=(outside(),))])
    assert "destination_named_by_alert" in found(given, indicators(recipients=(THIEF.upper(),)))
    assert "destination_named_by_alert" not in found(given, indicators(recipients=("a@b.example",)))


def test_other_mailboxes_that_forward_to_the_same_address_are_named() -> None:
    given = answers(
        rules=[rule(forward_to=(outside(),))],
        hunts=[
            hunt(
                "who_forwarded_to",
                {"Sender": "bob@contoso.com", "Forwarded": 4, "Recipients": f'["{THIEF}"]'},
                {"Sender": "eve@contoso.com", "Forwarded": 0, "Recipients": [THIEF]},
                {"Sender": OWNER, "Forwarded": 9, "Recipients": [THIEF]},
            )
        ],
    )
    sentence = found(given)["destination_shared_by_others"].sentence
    assert "bob@contoso.com" in sentence
    assert "eve" not in sentence
    assert OWNER not in sentence


def test_forwarded_mail_is_counted_apart_from_mail_simply_sent() -> None:
    row: JsonObject = {"Recipient": THIEF, "Messages": 70, "Forwarded": 60, "SimplySent": 10}
    given = answers(
        rules=[rule(forward_to=(outside(),))], hunts=[hunt("forwarded_mail_count", row)]
    )
    assert "60 messages" in found(given)["mail_went_out"].sentence
