"""Domains that are made to be taken for another's, and those that merely resemble it."""

import pytest

from tests.triage.builders import answers, approval, organization, outside, rule
from tests.triage.found import found
from triage.likeness import lookalike

OURS = ("contoso.com", "fabrikam.co.uk", "contoso.onmicrosoft.com")


@pytest.mark.parametrize(
    ("domain", "trick"),
    [
        ("c0ntoso.com", "letters"),
        ("c\u043entoso.com", "letters"),
        ("xn--cntoso-wqf.com", "letters"),
        ("fabrlkam.co.uk", "letters"),
        ("contosso.com", "typo"),
        ("contos.com", "typo"),
        ("cotnoso.com", "typo"),
        ("con-toso.com", "typo"),
        ("contoso2.com", "typo"),
        ("contoso-invoices.com", "words"),
        ("mycontoso.net", "words"),
        ("contoso.com.evil.example", "words"),
        ("contoso.co", "ending"),
        ("fabrikam.com", "ending"),
    ],
)
def test_it_is_told_which_trick_was_used(domain: str, trick: str) -> None:
    likeness = lookalike(domain, OURS)
    assert likeness is not None
    assert likeness.trick == trick


@pytest.mark.parametrize(
    "domain",
    [
        "contoso.com",
        "mail.contoso.com",
        "northwind.example",
        "toscana.com",
        "contoso.onmicrosoft.com",
        "uk",
        "",
        "xn--.com",
    ],
)
def test_ones_own_and_a_strangers_are_no_imitation(domain: str) -> None:
    assert lookalike(domain, OURS) is None


def test_short_names_are_near_to_many_others_by_chance() -> None:
    assert lookalike("abd.com", ["abc.com"]) is None


def test_forwarding_to_a_lookalike_of_ours_or_of_a_partners_is_found() -> None:
    partner = organization(approval("orders@northwind-traders.example"))
    for address, original in (
        ("ann@c0ntoso.com", "contoso.com"),
        ("orders@northwlnd-traders.example", "northwind-traders.example"),
    ):
        given = answers(org=partner, rules=[rule(forward_to=(outside(address),))])
        finding = found(given)["destination_lookalike"]
        assert original in finding.sentence
        assert finding.weight >= 20


@pytest.mark.parametrize(
    "address", ["x@gmail.com", "x@somewhere.example", "orders@northwind-traders.example"]
)
def test_other_destinations_imitate_nobody(address: str) -> None:
    partner = organization(approval("orders@northwind-traders.example"))
    given = answers(org=partner, rules=[rule(forward_to=(outside(address),))])
    assert "destination_lookalike" not in found(given)
