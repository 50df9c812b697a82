"""Approved destinations: for a mailbox or a domain, by an owner, until a date."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from evidence.organization import ApprovedDestination, Organization

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def approved(destination: str, scope: str = "*", until: str = "2026-12-31") -> Organization:
    approval = ApprovedDestination(
        destination=destination,
        scope=scope,
        owner="lee@fabrikam.example",
        until=date.fromisoformat(until),
    )
    return Organization(tenant_id="t", approved_destinations=(approval,))


@pytest.mark.parametrize(
    ("destination", "scope", "until", "covered"),
    [
        ("buyer@woodgrove.example", "*", "2026-12-31", True),
        ("Buyer@Woodgrove.example", "Adele@Fabrikam.example", "2026-12-31", True),
        ("woodgrove.example", "fabrikam.example", "2026-12-31", True),
        ("@woodgrove.example", "@fabrikam.example", "2026-12-31", True),
        ("woodgrove.example", "*", "2026-05-04", True),
        ("woodgrove.example", "*", "2026-05-03", False),
        ("woodgrove.example", "lee@fabrikam.example", "2026-12-31", False),
        ("woodgrove.example", "other.example", "2026-12-31", False),
        ("seller@woodgrove.example", "*", "2026-12-31", False),
        ("sub.woodgrove.example", "*", "2026-12-31", False),
        ("example", "*", "2026-12-31", False),
    ],
)
def test_what_an_approval_covers(destination: str, scope: str, until: str, covered: bool) -> None:
    organization = approved(destination, scope, until)
    found = organization.approval("BUYER@woodgrove.example", "adele@FABRIKAM.example", NOW)
    assert (found is not None) is covered


def test_an_approved_domain_does_not_cover_its_subdomains() -> None:
    organization = approved("woodgrove.example")
    assert organization.approval("x@mail.woodgrove.example", "adele@b.example", NOW) is None


@pytest.mark.parametrize("domain", ["gmail.com", "GMAIL.com", " outlook.com ", "@gmail.com"])
def test_a_free_mail_domain_cannot_be_approved_as_a_whole(domain: str) -> None:
    with pytest.raises(ValidationError, match="free-mail"):
        approved(domain)


def test_a_single_free_mail_address_can_be_approved() -> None:
    organization = approved("adele.private@gmail.com", "adele@b.example")
    assert organization.approval("Adele.Private@gmail.com", "adele@b.example", NOW) is not None
    assert organization.approval("other@gmail.com", "adele@b.example", NOW) is None
