"""Where mail ends up: an unresolved destination is never internal, and never acquitted."""

from evidence.destination import Destination, FinalAddress, unresolved


def test_a_destination_as_read_is_unresolved() -> None:
    read = unresolved('"Lee Gu" [EX:/o=ExchangeLabs/cn=lee]')
    assert not read.resolved
    assert (read.label, read.address, read.finals) == ("Lee Gu", None, ())


def test_outside_addresses_are_those_that_are_not_internal() -> None:
    inside = FinalAddress(address="lee@fabrikam.example", internal=True)
    drop = FinalAddress(address="drop@gmail.com", internal=False, via="member of Finance")
    other = FinalAddress(address="b@woodgrove.example", internal=False)
    group = Destination(written="Finance", kind="group", resolved=True, finals=(inside, drop))
    contact = Destination(written="B", kind="contact", resolved=True, finals=(other, drop))
    assert group.external_addresses == ("drop@gmail.com",)
    assert contact.external_addresses == ("b@woodgrove.example", "drop@gmail.com")
