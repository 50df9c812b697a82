"""A mailbox full of rules and a sprayed account are graded while a caller still waits."""

import time
from datetime import timedelta

import pytest

from evidence.inbox_rule import RuleConditions
from evidence.sign_in import SignIn
from tests.triage.builders import (
    NOW,
    OWNER,
    answers,
    case_of,
    changes,
    new_rule,
    outside,
    rule,
    signed_in,
)
from triage.foremost import MOST
from triage.grade import grade

PATIENCE = 2.0
"""Seconds; it takes less than one, unless every rule is held against every other."""


def test_two_thousand_rules() -> None:
    rules = [
        rule(
            f"Rule {number}",
            deletes=True,
            conditions=RuleConditions(sender_contains=(f"to{number}@evil.example",)),
            forward_to=(outside(f"to{number + 1}@evil.example"),),
        )
        for number in range(2000)
    ]
    began = time.process_time()

    result = grade(case_of(answers(rules=rules)))

    assert time.process_time() - began < PATIENCE
    twins = [each for each in result.verdict.findings if each.id == "rule_covers_tracks"]
    assert len(twins) == 1999


@pytest.mark.parametrize("addresses", [1, 5000])
def test_five_thousand_failed_sign_ins(addresses: int) -> None:
    def failed(number: int) -> SignIn:
        host = number % addresses
        address = f"198.18.{host // 256}.{host % 256}"
        return signed_in(NOW - timedelta(seconds=number), address, error_code=50126)

    began = time.process_time()
    result = grade(case_of(answers(sign_ins=[failed(number) for number in range(5000)])))

    assert time.process_time() - began < PATIENCE
    sprayed = [each for each in result.verdict.findings if each.id == "password_guessing"]
    assert [each.sentence.startswith("Password spray") for each in sprayed] == [True] * (
        addresses == 1
    )


@pytest.mark.parametrize("addresses", [1, 1000])
def test_five_thousand_odd_sign_ins_that_succeeded(addresses: int) -> None:
    def odd(number: int) -> SignIn:
        host = number % addresses
        return signed_in(
            NOW - timedelta(seconds=number),
            f"198.18.{host // 256}.{host % 256}",
            client="IMAP4",
            application=f"Application {number}",
            user_agent=f"python-requests ({'x' * (number % 50)})",
            latitude=float(number % 90) + 0.1,
            longitude=float(number % 180),
        )

    usual = [
        signed_in(NOW - timedelta(days=10 + each), application="Outlook") for each in range(20)
    ]
    case = case_of(answers(sign_ins=[*usual, *(odd(number) for number in range(5000))]))
    began = time.process_time()

    result = grade(case)

    assert time.process_time() - began < PATIENCE
    by_script = [each for each in result.verdict.findings if each.id == "sign_in_by_script"]
    assert len(by_script) == MOST, "told, and not by the hundred"


def test_two_thousand_audited_changes_by_two_people() -> None:
    people = (OWNER, "bob@contoso.com")
    records = [
        new_rule(f"Rule {n}", NOW - timedelta(minutes=n), f"to{n}@evil.example", by=people[n % 2])
        for n in range(2000)
    ]
    given = answers(audit=changes(*records))
    began = time.process_time()

    result = grade(case_of(given))

    assert time.process_time() - began < 3 * PATIENCE
    told = {each.id: each.answer for each in result.questions}
    assert "1970 earlier changes, then these." in told["rule_changes"]
