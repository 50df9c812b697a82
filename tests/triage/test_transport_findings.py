"""Transport rules: each finding with rules that must and must not fire it."""

import pytest

from evidence.transport_rule import MailCopy, TransportRule
from tests.triage.builders import (
    PARTNER,
    answers,
    approval,
    case_of,
    inside,
    organization,
    outside,
    transport,
)
from tests.triage.found import found
from triage.grade import grade

FIRES: list[tuple[str, TransportRule]] = [
    ("transport_rule_not_audited", transport(audited=False)),
    ("transport_rule_takes_everything", transport(unconditional=True)),
    ("transport_rule_payment_words", transport(words=("password;payment;invoice;project",))),
    ("transport_rule_blind_copy", transport()),
    ("rule_nameless", transport(".")),
]
SILENT: list[tuple[str, TransportRule]] = [
    ("transport_rule_not_audited", transport(audited=True)),
    ("transport_rule_not_audited", transport(to=inside(), audited=False)),
    ("transport_rule_takes_everything", transport(unconditional=False)),
    ("transport_rule_takes_everything", transport(to=inside(), unconditional=True)),
    ("transport_rule_payment_words", transport(words=("press release",))),
    ("rule_nameless", transport("Journal")),
]


@pytest.mark.parametrize(("identifier", "made"), FIRES)
def test_it_fires(identifier: str, made: TransportRule) -> None:
    assert identifier in found(answers(transports=[made]))


@pytest.mark.parametrize(("identifier", "made"), SILENT)
def test_it_is_silent(identifier: str, made: TransportRule) -> None:
    assert identifier not in found(answers(transports=[made]))


def test_an_approved_transport_rule_is_not_looked_into() -> None:
    made = transport(to=outside(PARTNER), audited=False, unconditional=True)
    ids = found(answers(org=organization(approval()), transports=[made]))
    assert not any(each.startswith("transport_rule") for each in ids)


def test_a_rule_in_test_mode_moves_no_mail() -> None:
    assert "rule_disabled" in found(answers(transports=[transport(mode="Audit")]))
    assert "rule_disabled" not in found(answers(transports=[transport()]))


@pytest.mark.parametrize(
    ("way", "detail"),
    [("RouteMessageOutboundConnector", "Relay"), ("AddManagerAsRecipientType", "Bcc")],
)
def test_mail_handed_on_without_an_address_is_not_passed_over(way: str, detail: str) -> None:
    copy = MailCopy.model_validate({"way": way, "detail": detail})
    made = transport("Signatures", copies=(copy,))

    assert "transport_rule_names_no_recipient" in found(answers(transports=[made]))
    questions = {each.id: each for each in grade(case_of(answers(transports=[made]))).questions}
    assert detail in questions["transport_rules_expected"].answer
    off = transport("Signatures", copies=(copy,), enabled=False)
    assert "transport_rule_names_no_recipient" not in found(answers(transports=[off]))
