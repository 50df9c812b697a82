"""The timeline: what happened, in order, and not too much of it."""

import pytest
from pydantic import JsonValue

from tests.triage.builders import (
    AWAY,
    NOW,
    OWNER,
    THIEF,
    answers,
    at_home,
    case_of,
    changes,
    days,
    indicators,
    minutes,
    new_rule,
    outside,
    record,
    rule,
    signed_in,
)
from triage.grade import grade

CHANGED = NOW - days(1)


def test_it_tells_the_intrusion_in_order() -> None:
    given = answers(
        rules=[rule("Copy", forward_to=(outside(),))],
        sign_ins=[*at_home(), signed_in(CHANGED - minutes(9), AWAY, "RU")],
        audit=changes(new_rule("Copy", CHANGED)),
    )
    about = indicators(first_activity=CHANGED, last_activity=CHANGED + minutes(3))
    told = grade(case_of(given, about)).timeline
    assert [entry.what for entry in told] == [
        f"Sign-in from {AWAY} (RU)",
        f"{OWNER} made inbox rule “Copy”, to collector@evil.example from {AWAY}",
        "First activity of: Suspicious email forwarding",
        "Last activity of: Suspicious email forwarding",
    ]
    assert [entry.source for entry in told] == [
        "list_sign_ins",
        "run_hunt forwarding_changes",
        "alert",
        "alert",
    ]


@pytest.mark.parametrize(
    ("operation", "parameters", "told"),
    [
        (
            "New-MailContact",
            {"Name": "Archive", "ExternalEmailAddress": f"SMTP:{THIEF}"},
            f"made mail contact “Archive”, to {THIEF}",
        ),
        (
            "Set-MailContact",
            {"Identity": "Archive", "ExternalEmailAddress": THIEF},
            f"changed mail contact “Archive”, to {THIEF}",
        ),
        (
            "Set-Mailbox",
            {"Identity": "ann", "ForwardingAddress": "Archive"},
            "set mailbox forwarding",
        ),
    ],
)
def test_a_contact_that_is_made_or_turned_is_told(
    operation: str, parameters: dict[str, JsonValue], told: str
) -> None:
    """A contact is no way out by itself: mail goes there when something names it."""
    named = "ann" if operation == "Set-Mailbox" else "Archive"
    one = record(operation, CHANGED, ObjectId=f"x/contoso.com/{named}", parameters=parameters)
    graded = grade(case_of(answers(audit=changes(one))))
    assert [entry.what for entry in graded.timeline if told in entry.what]
    ways = {charge.way.partition(" ")[0] for charge in graded.verdict.charges}
    assert ways == ({"SMTP"} if operation == "Set-Mailbox" else set())


def test_ordinary_sign_ins_are_left_out() -> None:
    assert grade(case_of(answers())).timeline == ()


def test_a_burst_of_changes_is_bounded_and_the_latest_are_kept() -> None:
    records = [new_rule(f"Rule {each}", CHANGED + minutes(each)) for each in range(200)]
    told = grade(case_of(answers(audit=changes(*records)))).timeline
    assert len(told) == 60
    assert "Rule 199" in told[-1].what
