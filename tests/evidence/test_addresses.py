"""Addresses are read in each form in which Exchange, Graph and the audit log write them."""

import pytest

from evidence import addresses


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Adele@Fabrikam.Example", "adele@fabrikam.example"),
        ("smtp:adele@fabrikam.example", "adele@fabrikam.example"),
        ("Adele <adele@fabrikam.example>", "adele@fabrikam.example"),
        ("'adele@fabrikam.example'", "adele@fabrikam.example"),
        ("o'brien@fabrikam.example", "o'brien@fabrikam.example"),
        ("mail to adele@fabrikam.example.", "adele@fabrikam.example"),
        ("first.last+tag@sub.fabrikam.example", "first.last+tag@sub.fabrikam.example"),
        ("Adele Vance", None),
        ("adele@localhost", None),
        ("/o=ExchangeLabs/ou=x/cn=Recipients/cn=adele", None),
        ("", None),
    ],
)
def test_smtp_address(written: str, address: str | None) -> None:
    assert addresses.smtp_address(written) == address


EX = "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=1a-adele"


@pytest.mark.parametrize(
    ("written", "name", "address", "directory_name"),
    [
        ('"Adele Vance" [SMTP:adele@b.example]', "Adele Vance", "adele@b.example", None),
        ('"drop@b.example" [SMTP:drop@b.example]', "drop@b.example", "drop@b.example", None),
        ("Adele Vance [SMTP:Adele@B.example]", "Adele Vance", "adele@b.example", None),
        ("[SMTP:adele@b.example]", "", "adele@b.example", None),
        (f'"Adele Vance" [EX:{EX}]', "Adele Vance", None, EX),
        (f'"Vance [HR]" [EX:{EX}]', "Vance [HR]", None, EX),
        ("adele@b.example", "adele@b.example", "adele@b.example", None),
        ("Adele Vance", "Adele Vance", None, "Adele Vance"),
    ],
)
def test_recipient(
    written: str, name: str, address: str | None, directory_name: str | None
) -> None:
    assert addresses.recipient(written) == (name, address, directory_name)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:52816", "203.0.113.9"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("::1", "::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", None),
        (None, None),
        ("<null>", None),
        ("Unknown", None),
        ("fabrikam:25", None),
    ],
)
def test_network_address(written: str | None, address: str | None) -> None:
    assert addresses.network_address(written) == address


def test_only_accepted_domains_are_internal() -> None:
    accepted = ["Fabrikam.example"]
    assert addresses.is_internal("adele@FABRIKAM.example", accepted)
    assert not addresses.is_internal("adele@mail.fabrikam.example", accepted)
    assert not addresses.is_internal("adele@fabrikam.example.evil.example", accepted)
    assert addresses.is_free_mail("drop@GMAIL.com")
    assert not addresses.is_free_mail("drop@gmail.com.example")
