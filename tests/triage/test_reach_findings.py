"""How far it reaches: who else sends there, since when, and where the mail ends up."""

from datetime import datetime

import pytest

from evidence.destination import Destination, FinalAddress
from evidence.forwarder import ForwarderFound, Forwarders
from evidence.inbox_rule import InboxRules
from evidence.model import JsonObject
from tests.triage.builders import (
    AWAY,
    HOME,
    NOW,
    OWNER,
    PARTNER,
    THIEF,
    answers,
    approval,
    case_of,
    changes,
    days,
    envelope,
    hunt,
    inside,
    new_rule,
    organization,
    outside,
    rule,
)
from tests.triage.found import found
from triage.grade import grade

CHANGED = NOW - days(2)


def forwarding_out(*hunts: JsonObject, **fields: object) -> dict[str, JsonObject]:
    given = answers(
        rules=[rule("Copy", forward_to=(outside(),))],
        audit=changes(new_rule("Copy", CHANGED)),
        hunts=[hunt("who_forwarded_to", *hunts)],
    )
    if fields:
        values: dict[str, object] = {"mailbox": "bob@contoso.com", "recipients": (THIEF,)}
        seen = {"first_seen": CHANGED, "last_seen": NOW, "ways": ("inboxRule",)}
        other = ForwarderFound.model_validate(values | seen | fields)
        result = Forwarders(
            since=NOW - days(30),
            until=NOW,
            recipients=(THIEF,),
            ip_addresses=(),
            forwarders=(other,),
        )
        given["find_forwarders"] = envelope("find_forwarders", result)
    return given


def flow(first: datetime) -> JsonObject:
    return {
        "Sender": OWNER,
        "Forwarded": 3,
        "Recipients": [THIEF],
        "FirstSeen": first.isoformat(),
    }


def test_an_address_to_which_no_mail_went_before_the_change_is_newly_seen() -> None:
    assert "destination_newly_seen" in found(forwarding_out(flow(CHANGED)))
    assert "destination_newly_seen" not in found(forwarding_out(flow(NOW - days(20))))
    assert "destination_newly_seen" not in found(forwarding_out())


def test_what_was_not_seen_whole_makes_nothing_newly_seen() -> None:
    given = forwarding_out(flow(CHANGED))
    given["who_forwarded_to"]["gaps"] = [{"source": "EmailEvents", "reason": "lag"}]
    assert "destination_newly_seen" not in found(given)


def test_others_whose_rules_name_the_address_are_told_whichever_way_they_were_found() -> None:
    sentence = found(forwarding_out(mailbox="bob@contoso.com"))[
        "destination_shared_by_others"
    ].sentence
    assert "bob@contoso.com" in sentence
    assert "destination_shared_by_others" not in found(forwarding_out(mailbox=OWNER))
    by_hand = forwarding_out(ways=("sentByHand",))
    assert "destination_shared_by_others" not in found(by_hand)


def test_one_address_that_sets_up_forwarding_in_many_mailboxes_is_tied_to_the_change() -> None:
    finding = found(forwarding_out(ip_addresses=(AWAY,)))["same_address_elsewhere"]
    assert [link.by for link in finding.links] == ["address"]
    assert "bob@contoso.com" in finding.sentence
    assert grade(case_of(forwarding_out(ip_addresses=(AWAY,)))).verdict.convicted


def test_colleagues_who_share_an_office_are_no_campaign() -> None:
    given = forwarding_out(ip_addresses=(HOME,))
    given["forwarding_changes"] = envelope(
        "run_hunt", changes(new_rule("Copy", CHANGED, ClientIP=HOME))
    )
    assert "same_address_elsewhere" not in found(given)
    assert "same_address_elsewhere" not in found(forwarding_out(ip_addresses=("192.0.2.1",)))


def through(via: str, address: str = THIEF) -> Destination:
    final = FinalAddress(address=address, internal=False, via=via)
    return inside("deals@contoso.com").model_copy(update={"kind": "group", "finals": (final,)})


def test_an_inside_name_that_leads_on_outside_is_told() -> None:
    given = answers(rules=[rule(forward_to=(through("member of Deals"),))])
    assert "member of Deals" in found(given)["destination_onward"].sentence
    plain = answers(rules=[rule(forward_to=(outside(),))])
    assert "destination_onward" not in found(plain)
    approved = answers(
        org=organization(approval()),
        rules=[rule(forward_to=(through("member of Deals", PARTNER),))],
    )
    assert "destination_onward" not in found(approved)


def test_a_name_below_our_own_domain_is_neither_a_strangers_nor_a_reason_to_acquit() -> None:
    given = answers(rules=[rule("Copy", forward_to=(outside("ann@lab.contoso.com"),))])
    ids = found(given)
    assert ids["destination_own_subdomain"].weight == 0
    assert "destination_external" not in ids
    assert "destination_approved" not in ids
    verdict = grade(case_of(given)).verdict
    assert not verdict.suspicious
    assert verdict.classification == "undetermined"
    assert "destination_own_subdomain" not in found(
        answers(rules=[rule(forward_to=(outside("ann@notcontoso.com"),))])
    )


def test_without_our_domains_a_strange_domain_calls_somebody_and_our_own_does_not() -> None:
    for address, strange in (("x@evil.example", True), ("bob@contoso.com", False)):
        target = Destination(written=address, address=address)
        given = answers(rules=[rule(forward_to=(target,))])
        del given["get_organization"]
        assert ("destination_foreign" in found(given)) is strange
    known = answers(rules=[rule(forward_to=(Destination(written=THIEF, address=THIEF),))])
    assert "destination_foreign" not in found(known)


@pytest.mark.parametrize(
    ("address", "alike"),
    [("ann.smith.home@mail.example", True), ("annsmith@gmail.com", True), ("bob@x.example", False)],
)
def test_an_address_that_bears_the_owners_name_is_told_without_weight(
    address: str, alike: bool
) -> None:
    made = rule(forward_to=(outside(address),))
    given = answers(rules=[made])
    listing = InboxRules(mailbox="ann.smith@contoso.com", rules=(made,))
    given["list_inbox_rules"] = envelope("list_inbox_rules", listing)
    ids = found(given)
    assert ("destination_own_name" in ids) is alike
    assert not alike or ids["destination_own_name"].weight == 0
