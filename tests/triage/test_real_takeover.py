"""A real takeover, from the audit records of the tenant in which it was played."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue

from evidence import sign_in
from evidence.hunt_result import HuntResult
from evidence.inbox_rule import InboxRules, RuleConditions
from evidence.indicators import Account, Indicators
from evidence.model import JsonObject
from evidence.organization import Organization
from evidence.reading import moment, number, objects, text
from evidence.sign_in import SignIn, SignIns
from evidence.transport_rule import TransportRules
from evidence.user_risk import UserRisk
from tests.triage.builders import envelope, outside, rule, transport
from triage.case import CHANGES_HUNT, case_from_answers
from triage.grade import Grade, grade

EXPORT = Path(__file__).parents[3] / "shared/data/ual/S1_athulile_spray_takeover.jsonl"
USER = "A.Thulile@dutchmasterz.onmicrosoft.com"
COLLECTOR = "itcornpany@gmail.com"
AS_OF = datetime(2021, 4, 17, 12, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def takeover() -> Grade:
    if not EXPORT.exists():
        pytest.skip("the export of the played takeover is not beside this project")
    records: list[JsonObject] = [json.loads(line) for line in EXPORT.read_text().splitlines()]
    seen = [r for r in records if (at := moment(r, "CreationTime")) and at <= AS_OF]
    return grade(case_from_answers(AS_OF, _indicators(), list(_answers(seen))))


def test_it_is_graded_a_compromised_account(takeover: Grade) -> None:
    assert takeover.verdict.classification == "truePositive"
    assert takeover.verdict.determination == "compromisedAccount"
    assert takeover.verdict.confidence == "high"


@pytest.mark.parametrize(
    "named",
    [
        "inbox rule “.”",
        "transport rule “.”",
        COLLECTOR,
        "Password spray or guessing that succeeded: 4 wrong passwords within 5 minutes "
        "from 178.85.138.132",
        "signed in from 62.149.20.10, an address never seen before",
        "gave ITCornpany access: FullAccess on AdeleV",
        "SendAs on HenriettaM",
        "SendOnBehalf on HenriettaM",
        "excluded from auditing",
        "removes mail from itcornpany@gmail.com",
    ],
)
def test_the_findings_name_what_was_done(takeover: Grade, named: str) -> None:
    told = "\n".join(finding.sentence for finding in takeover.verdict.findings)
    assert named.lower() in told.lower()


def test_both_rules_are_stopped_and_the_account_is_closed(takeover: Grade) -> None:
    contain = [(step.action, step.request) for step in takeover.plan.contain]
    assert ("disable_inbox_rule", {"mailbox": USER, "rule": "id of ."}) in contain
    assert ("disable_transport_rule", {"rule": "guid of ."}) in contain
    assert ("revoke_sessions", {"user": USER}) in contain
    assert len(contain) == 3
    destroy = [(step.action, step.request) for step in takeover.plan.destroy]
    # The rule sends nothing on: it stays in the mailbox, disabled, as evidence.
    assert destroy == [("reset_credentials", {"user": USER})]


def test_a_rule_that_only_deletes_and_a_transport_rule_wait_for_the_verdict(
    takeover: Grade,
) -> None:
    assert takeover.plan.reflex == ()


def test_what_the_intruder_opened_to_others_is_to_be_closed_by_hand(takeover: Grade) -> None:
    taken = [line for line in takeover.plan.by_hand if line.startswith("Take away from")]
    roles = [line for line in taken if "Roles and administrators" in line]
    assert len(roles) == 4, "one line for each account that was given roles"
    assert any("Exchange Administrator" in line for line in roles)
    told = [line for line in taken if line not in roles]
    assert len(told) == 4, "one line for each mailbox and whoever got into it"
    [adele] = [line for line in told if "AdeleV" in line]
    for named in ("ITCornpany", USER, "16 Apr 2021", "FullAccess (Remove-MailboxPermission)"):
        assert named in adele
    [henrietta] = [line for line in told if "from ITCornpany" in line and "HenriettaM" in line]
    assert "FullAccess (Remove-MailboxPermission)" in henrietta
    assert "SendAs (Remove-RecipientPermission)" in henrietta
    assert "SendOnBehalf (Set-Mailbox -GrantSendOnBehalfTo)" in henrietta


def test_the_questions_are_answered_from_the_records(takeover: Grade) -> None:
    answers = {each.id: each for each in takeover.questions}
    assert "62.149.20.10" in answers["rule_changes"].answer
    assert "16 Apr 2021 12:04" in answers["rule_address"].answer
    assert "ITCornpany" in answers["what_else"].answer
    assert not answers["how_much"].complete


def _indicators() -> Indicators:
    forwarder = Account(user_principal_name=USER)
    return Indicators(title="Creation of forwarding/redirect rule", forwarder=forwarder)


def _answers(records: list[JsonObject]) -> Iterator[JsonValue]:
    deleting = rule(
        ".",
        conditions=RuleConditions(from_addresses=(COLLECTOR,)),
        deletes=True,
        stops_processing=True,
    )
    copying = transport(
        ".",
        to=outside(COLLECTOR),
        words=("password", "payment", "invoice", "project"),
        audited=False,
    )
    domains = ("dutchmasterz.onmicrosoft.com",)
    yield envelope("get_organization", Organization(tenant_id="t", accepted_domains=domains))
    yield envelope("list_inbox_rules", InboxRules(mailbox=USER, rules=(deleting,)))
    yield envelope("list_transport_rules", TransportRules(rules=(copying,)))
    yield envelope("get_user_risk", UserRisk(user=USER))
    yield envelope("list_sign_ins", _sign_ins(records))
    rows: tuple[JsonObject, ...] = tuple({"RawEventData": json.dumps(each)} for each in records)
    since = AS_OF - timedelta(days=30)
    hunt = HuntResult(hunt=CHANGES_HUNT, since=since, until=AS_OF, columns=(), rows=rows)
    yield envelope("run_hunt", hunt)


def _sign_ins(records: list[JsonObject]) -> SignIns:
    """The sign-ins that Graph would show for the logons of the export."""
    logons = [r for r in records if (text(r, "Operation") or "").startswith("UserLog")]
    seen = [s for s in map(_sign_in, logons) if s is not None]
    return SignIns(
        user=USER,
        since=AS_OF - timedelta(days=30),
        until=AS_OF,
        history=sign_in.history(seen),
        sign_ins=tuple(sorted(seen, key=lambda each: each.at, reverse=True)),
    )


def _sign_in(logon: JsonObject) -> SignIn | None:
    extended = {text(p, "Name"): text(p, "Value") for p in objects(logon, "ExtendedProperties")}
    return sign_in.from_graph(
        {
            "id": text(logon, "Id"),
            "createdDateTime": f"{text(logon, 'CreationTime')}Z",
            "userPrincipalName": text(logon, "UserId"),
            "ipAddress": text(logon, "ActorIpAddress"),
            "appId": text(logon, "ApplicationId"),
            "userAgent": extended.get("UserAgent"),
            "clientAppUsed": "Browser",
            "status": {"errorCode": number(logon, "ErrorNumber") or 0},
        }
    )
