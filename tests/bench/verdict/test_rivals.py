"""The rivals, each with what it must and must not raise."""

import pytest
from pydantic import JsonValue

from bench.verdict.labelled import Context, Kind, LabelledCase
from bench.verdict.rivals import (
    Seen,
    any_external_forward_or_delete,
    forwarding_activity,
    malicious_inbox_rule,
    seen,
)
from bench.verdict.setting import setting


def case_of(operation: str, kind: Kind = "ual_event", **parameters: str) -> Seen:
    pairs: JsonValue = [{"Name": name, "Value": value} for name, value in parameters.items()]
    data: JsonValue = {
        "CreationTime": "2026-02-03T08:52:31",
        "Operation": operation,
        "UserId": "ann@contoso.com",
        "Parameters": pairs,
    }
    context = Context(accepted_domains=("contoso.com",))
    return seen(
        setting(LabelledCase(id="1", kind=kind, data=data, label="unknown", context=context))
    )


@pytest.mark.parametrize(
    ("case", "raised"),
    [
        (case_of("New-InboxRule", ForwardTo="bo@contoso.com;x@storage.example"), True),
        (case_of("Set-Mailbox", ForwardingSmtpAddress="smtp:x@storage.example"), True),
        (case_of("New-TransportRule", BlindCopyTo="x@storage.example"), True),
        (case_of("New-InboxRule", DeleteMessage="True"), True),
        (case_of("New-InboxRule", DeleteMessage="False"), False),
        (case_of("New-InboxRule", ForwardTo="bo@contoso.com"), False),
        (case_of("New-InboxRule", From="x@storage.example", MoveToFolder="News"), False),
    ],
)
def test_the_plain_rule(case: Seen, raised: bool) -> None:
    assert any_external_forward_or_delete(case) is raised


@pytest.mark.parametrize(
    ("case", "raised"),
    [
        (case_of("New-InboxRule", SubjectContainsWords="phishing", DeleteMessage="True"), True),
        (
            case_of(
                "New-InboxRule", BodyContainsWords="Do not click", MoveToFolder="Deleted Items"
            ),
            True,
        ),
        (case_of("New-InboxRule", SubjectContainsWords="phishing", MoveToFolder="Mine"), False),
        (case_of("New-InboxRule", SubjectContainsWords="invoice", DeleteMessage="True"), False),
        (case_of("Set-InboxRule", SubjectContainsWords="phishing", DeleteMessage="True"), False),
    ],
)
def test_sentinels_malicious_inbox_rule(case: Seen, raised: bool) -> None:
    assert malicious_inbox_rule(case) is raised


@pytest.mark.parametrize(
    ("case", "raised"),
    [
        (case_of("Set-InboxRule", RedirectTo="bo@contoso.com"), True),
        (case_of("Set-Mailbox", ForwardingAddress=""), True),
        (case_of("New-InboxRule", MoveToFolder="News"), False),
        (case_of("New-TransportRule", BlindCopyTo="x@storage.example"), False),
        (case_of("Set-Mailbox", AuditEnabled="False"), False),
    ],
)
def test_sigmas_forwarding_activity(case: Seen, raised: bool) -> None:
    assert forwarding_activity(case) is raised


def test_a_listing_is_told_as_the_records_that_would_have_made_it() -> None:
    rule: JsonValue = {
        "id": "1",
        "displayName": "x",
        "conditions": {"bodyOrSubjectContains": ["hijacked"]},
        "actions": {"delete": True, "forwardTo": [{"emailAddress": {"address": "x@y.example"}}]},
    }
    case = seen(setting(LabelledCase(id="1", kind="message_rule", data=rule, label="unknown")))

    assert any_external_forward_or_delete(case)
    assert malicious_inbox_rule(case)
    assert forwarding_activity(case)
