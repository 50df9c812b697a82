"""What is usual of a user's sign-ins, and what makes nothing usual."""

from datetime import UTC, datetime, timedelta

import pytest

from evidence.sign_in import SignIn
from evidence.sign_in_baseline import SignInBaseline, baseline, software

START = datetime(2026, 5, 1, tzinfo=UTC)
END = datetime(2026, 5, 24, tzinfo=UTC)
HOME = "203.0.113.9"


def sign_in(day: float, hour: float = 9, **fields: object) -> SignIn:
    values: dict[str, object] = {
        "id": f"{day} {hour}",
        "at": START + timedelta(days=day, hours=hour),
        "ip_address": HOME,
        "country": "NL",
        "network": 64500,
        "application": "Outlook",
        "user_agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/131.0.0.0",
        "client": "Browser",
    }
    return SignIn.model_validate(values | fields)


def of(*sign_ins: SignIn) -> SignInBaseline:
    return baseline(sign_ins, START, END)


def test_each_value_tells_how_often_on_how_many_days_and_since_when() -> None:
    found = of(sign_in(2, 9), sign_in(2, 17), sign_in(5, 9), sign_in(4, 8, ip_address="192.0.2.1"))
    assert (found.since, found.until, found.count, found.days) == (START, END, 4, 3)
    home, other = found.addresses
    assert (home.value, home.count, home.days) == (HOME, 3, 2)
    assert home.first_seen == START + timedelta(days=2, hours=9)
    assert home.last_seen == START + timedelta(days=5, hours=9)
    assert (other.value, other.count) == ("192.0.2.1", 1)
    assert [each.value for each in found.networks] == ["64500"]
    assert [each.value for each in found.countries] == ["NL"]
    assert [each.value for each in found.applications] == ["Outlook"]
    assert [each.value for each in found.clients] == ["Browser"]
    assert {hour: count for hour, count in enumerate(found.hours) if count} == {8: 1, 9: 2, 17: 1}


def test_what_failed_came_before_or_belongs_to_the_days_that_are_judged_makes_nothing_usual() -> (
    None
):
    outside = datetime(2026, 4, 30, tzinfo=UTC)
    found = of(
        sign_in(1, error_code=50126, ip_address="198.51.100.1", country="RU"),
        sign_in(1, ip_address="198.51.100.2", at=outside),
        sign_in(1, ip_address="198.51.100.3", at=END),
        sign_in(1),
    )
    assert [each.value for each in found.addresses] == [HOME]
    assert [each.value for each in found.countries] == ["NL"]
    assert sum(found.hours) == 1


def test_what_a_sign_in_does_not_say_is_no_value() -> None:
    empty = sign_in(
        1, ip_address=None, country="", network=None, application="", user_agent="", client=""
    )
    found = of(empty)
    assert found.count == 1
    lists = (found.addresses, found.networks, found.countries, found.applications)
    assert not any((*lists, found.user_agents, found.clients))


def test_an_application_without_a_name_goes_by_its_id() -> None:
    found = of(sign_in(1, application="", application_id="app-1"))
    assert [each.value for each in found.applications] == ["app-1"]


def test_tokens_renewed_by_night_are_no_working_hours() -> None:
    found = of(sign_in(1, 3, interactive=False), sign_in(1, 9))
    assert (found.hours[3], found.hours[9]) == (0, 1)


def test_no_sign_ins_are_a_baseline_of_nothing() -> None:
    found = of()
    assert (found.count, found.days, found.addresses, sum(found.hours)) == (0, 0, (), 0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/129.0.0.0 Edg/129.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Edg/131.0.2",
            True,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4)",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1)",
            True,
        ),
        ("python-requests/2.28.1", "python-requests/2.31.0", True),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/131.0",
            "Mozilla/5.0 (X11; Linux) Chrome/131.0",
            False,
        ),
        ("python-requests/2.28.1", "axios/1.7.2", False),
    ],
)
def test_an_update_makes_no_other_program(one: str, other: str, same: bool) -> None:
    assert (software(one) == software(other)) is same
