"""The account: each finding with sign-ins and risk that must and must not fire it."""

import pytest

from evidence.model import JsonObject
from evidence.sign_in import SignIn
from evidence.user_risk import RiskDetection, UserRisk
from tests.triage.builders import (
    AWAY,
    HOME,
    NOW,
    OWNER,
    SESSION,
    answers,
    at_home,
    changes,
    days,
    minutes,
    new_rule,
    outside,
    record,
    rule,
    signed_in,
)
from tests.triage.found import found
from triage.finding import Finding

CHANGED = NOW - days(1)
BEFORE = CHANGED - minutes(10)


def with_change(
    *sign_ins: SignIn, risk: UserRisk | None = None, baseline: bool = True, **fields: str
) -> dict[str, Finding]:
    """The findings beside a new rule that forwards outside, made one day ago."""
    usual = at_home() if baseline else []
    change = new_rule("Copy", CHANGED, **fields)
    return found(
        answers(
            rules=[rule("Copy", forward_to=(outside(),))],
            sign_ins=[*usual, *sign_ins],
            risk=risk,
            audit=changes(change),
        )
    )


def test_a_new_country_just_before_the_change_is_an_anomaly() -> None:
    finding = with_change(signed_in(BEFORE, AWAY, "RU"))["sign_in_new_country"]
    assert finding.links[0].by == "address"
    for named in (OWNER, AWAY, "RU", "NL", "10 minutes before"):
        assert named in finding.sentence


def test_an_address_from_which_passwords_were_tried_for_weeks_is_new_when_one_is_right() -> None:
    weeks = [
        signed_in(BEFORE - days(each), AWAY, "RU", error_code=50126) for each in range(1, 20, 3)
    ]
    finding = with_change(*weeks, signed_in(BEFORE, AWAY, "RU"))["sign_in_new_country"]
    assert "10 minutes before" in finding.sentence
    assert finding.links[0].by == "address"


def test_an_address_that_the_user_has_used_for_weeks_is_not_new() -> None:
    weeks = [signed_in(BEFORE - days(each), AWAY, "RU") for each in range(0, 20, 3)]
    assert with_change(*weeks)["sign_in_new_country"].links == ()


@pytest.mark.parametrize(
    ("session", "address", "tie"),
    [(SESSION, AWAY, "session"), ("other", AWAY, "address"), ("other", "192.0.2.9", "time")],
)
def test_the_strongest_tie_is_told(session: str, address: str, tie: str) -> None:
    sign_in = signed_in(BEFORE, address, "RU", session_id=session)
    assert with_change(sign_in)["sign_in_new_country"].links[0].by == tie


@pytest.mark.parametrize(
    ("waited", "address", "tied"),
    [(4, AWAY, True), (8, AWAY, False), (0.5, "192.0.2.9", True), (4, "192.0.2.9", False)],
)
def test_an_intruder_may_wait_days_but_then_only_the_same_address_ties(
    waited: float, address: str, tied: bool
) -> None:
    finding = with_change(signed_in(CHANGED - days(waited), address, "RU"))["sign_in_new_country"]
    assert bool(finding.links) is tied


def test_a_new_network_weighs_less_than_a_new_country() -> None:
    network = with_change(signed_in(BEFORE, AWAY, "NL", network=64501))["sign_in_new_network"]
    country = with_change(signed_in(BEFORE, AWAY, "RU"))["sign_in_new_country"]
    assert network.weight < country.weight


def test_an_address_of_unknown_place_is_new_too() -> None:
    sign_in = signed_in(BEFORE, AWAY, "", network=None)
    assert "never seen before" in with_change(sign_in)["sign_in_new_address"].sentence


@pytest.mark.parametrize(
    "sign_in",
    [
        signed_in(BEFORE, HOME),
        signed_in(BEFORE, AWAY, "RU", error_code=50126),
        signed_in(CHANGED + days(0.5), "192.0.2.9", "NL", network=64501),
    ],
    ids=["usual address", "failed", "long after"],
)
def test_other_sign_ins_are_no_news(sign_in: SignIn) -> None:
    ids = with_change(sign_in)
    assert not any(each.startswith("sign_in_new") for each in ids)


def test_without_an_earlier_history_nothing_is_called_new() -> None:
    ids = with_change(signed_in(BEFORE, AWAY, "RU"), baseline=False)
    assert not any(each.startswith("sign_in_new") for each in ids)


def test_an_ipv6_host_within_its_network_is_not_new() -> None:
    usual = signed_in(NOW - days(20), "2001:db8:1:2::10")
    neighbour = signed_in(BEFORE, "2001:db8:1:2::99")
    stranger = signed_in(BEFORE, "2001:db8:9:9::99", "RU")
    assert "sign_in_new_address" not in with_change(usual, neighbour)
    assert "sign_in_new_country" in with_change(usual, stranger)


def test_time_alone_does_not_tie_a_change_made_from_a_usual_address() -> None:
    abroad = signed_in(BEFORE, AWAY, "RU")
    finding = with_change(abroad, ClientIP=HOME)["sign_in_new_country"]
    assert finding.links == ()


def failures(address: str, start: float, count: int = 4, code: int = 50126) -> list[SignIn]:
    return [
        signed_in(BEFORE - minutes(start) + minutes(each), address, error_code=code)
        for each in range(count)
    ]


def test_wrong_passwords_and_then_the_right_one_are_a_guessed_password() -> None:
    success = signed_in(BEFORE - minutes(50), AWAY)
    finding = with_change(*failures(AWAY, 60), success)["password_guessed"]
    assert f"4 wrong passwords within 3 minutes from {AWAY}" in finding.sentence
    assert "; after them, a sign-in from there succeeded" in finding.sentence
    assert finding.sentence.endswith(" in a browser.")
    assert finding.links
    assert "T1110.003" in finding.techniques


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"client": "Browser", "protocol": "none"}, " in a browser."),
        (
            {"client": "Mobile Apps and Desktop clients", "protocol": "ropc"},
            " without a browser (ropc, Mobile Apps and Desktop clients).",
        ),
        ({"client": "IMAP4", "protocol": "none"}, " without a browser (IMAP4)."),
        ({"client": "", "protocol": "none"}, " UTC."),
    ],
)
def test_only_the_wrong_passwords_before_the_success_are_said_to_lead_to_it(
    fields: dict[str, str], told: str
) -> None:
    success = signed_in(BEFORE - minutes(58.5), AWAY, **fields)
    tries = [
        each.model_copy(update={"protocol": "ropc", "client": "Other clients"})
        for each in failures(AWAY, 60)
    ]
    sentence = with_change(*tries, success)["password_guessed"].sentence
    assert "4 wrong passwords within 3 minutes" in sentence
    assert "(ropc, without a browser), beginning on" in sentence
    assert "; after 2 of them, a sign-in from there succeeded on" in sentence
    assert sentence.endswith(told)


def test_guessing_that_failed_is_told_and_tied_to_nothing() -> None:
    finding = with_change(*failures(AWAY, 60))["password_guessing"]
    assert "none from there succeeded" in finding.sentence
    assert finding.links == ()


def test_a_success_before_the_wrong_passwords_is_not_their_fruit() -> None:
    before = signed_in(BEFORE - minutes(90), AWAY)
    assert "password_guessing" in with_change(before, *failures(AWAY, 60))


def test_guessing_without_a_browser_is_said() -> None:
    tries = [
        each.model_copy(update={"protocol": "ropc", "client": "Other clients"})
        for each in failures(AWAY, 60)
    ]
    assert "ropc, without a browser" in with_change(*tries)["password_guessing"].sentence


@pytest.mark.parametrize(
    "tries",
    [
        failures(AWAY, 60, count=2),
        failures(AWAY, 60, code=65001),
        [signed_in(BEFORE - minutes(60 * each), AWAY, error_code=50126) for each in range(4)],
    ],
    ids=["two only", "another error", "over hours"],
)
def test_few_or_slow_failures_are_no_burst(tries: list[SignIn]) -> None:
    assert not any(each.startswith("password") for each in with_change(*tries))


def test_a_person_who_mistypes_at_the_usual_place_is_not_suspected() -> None:
    finding = with_change(*failures(HOME, 60))["password_mistyped"]
    assert finding.weight == 0
    assert finding.links == ()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"client": "IMAP4"}, "legacy protocol IMAP4"),
        ({"protocol": "deviceCode"}, "device code"),
        ({"protocol": "ropc"}, "ROPC"),
    ],
)
def test_ways_around_mfa_are_told(fields: dict[str, str], told: str) -> None:
    sign_in = signed_in(BEFORE, AWAY, **fields)
    assert told in with_change(sign_in)["sign_in_unusual_way"].sentence
    failed = signed_in(BEFORE, AWAY, error_code=53003, **fields)
    assert "sign_in_unusual_way" not in with_change(failed)


def risk(kind: str, state: str = "atRisk", address: str = AWAY) -> UserRisk:
    detection = RiskDetection(type=kind, at=BEFORE, state=state, ip_address=address)
    return UserRisk(user=OWNER, detections=(detection,))


def test_an_anonymous_address_or_a_stolen_token_is_weighty_and_tied() -> None:
    for kind in ("anonymizedIPAddress", "anomalousToken", "attackerinTheMiddle"):
        finding = with_change(risk=risk(kind))["risk_detection"]
        assert finding.weight >= 30
        assert finding.links[0].by == "address"
        assert kind in finding.sentence


def test_a_risk_of_a_kind_unheard_of_is_still_told() -> None:
    assert 0 < with_change(risk=risk("someNewKind"))["risk_detection"].weight < 20


@pytest.mark.parametrize("state", ["dismissed", "remediated", "confirmedSafe"])
def test_a_closed_risk_weighs_nothing(state: str) -> None:
    finding = with_change(risk=risk("anomalousToken", state))["risk_detection"]
    assert (finding.weight, finding.links) == (0, ())


def test_a_risk_that_only_a_sign_in_mentions_is_found_once() -> None:
    sign_ins = [
        signed_in(BEFORE + minutes(each), AWAY, "RU", risk_events=("anonymizedIPAddress",))
        for each in range(3)
    ]
    assert "risk_detection" in with_change(*sign_ins)


@pytest.mark.parametrize(
    ("state", "level", "weight"),
    [
        ("atRisk", "high", 25),
        ("atRisk", "low", 5),
        ("confirmedCompromised", "high", 40),
        ("confirmedSafe", "none", -10),
    ],
)
def test_the_users_risk_weighs_by_state_and_level(state: str, level: str, weight: int) -> None:
    standing = UserRisk(user=OWNER, state=state, level=level, last_updated=BEFORE)
    assert with_change(risk=standing)["user_risk"].weight == weight


@pytest.mark.parametrize("state", ["none", "dismissed", "remediated"])
def test_no_standing_risk_is_no_finding(state: str) -> None:
    assert "user_risk" not in with_change(risk=UserRisk(user=OWNER, state=state))


def test_who_changed_it_when_and_from_where_is_told() -> None:
    sentence = with_change()["change_made_by"].sentence
    for named in ("“Copy”", OWNER, "09 Mar 2026 12:00", AWAY, SESSION, "New-InboxRule"):
        assert named in sentence


def grant(operation: str, parameters: JsonObject, by: str = OWNER, after: float = 5) -> JsonObject:
    return record(operation, CHANGED + minutes(after), by=by, ObjectId="bob", parameters=parameters)


FOLDER: JsonObject = {
    "MailboxOwnerUPN": "bob",
    "Item": {"ParentFolder": {"MemberUpn": "Rogue", "MemberRights": "ReadAny", "Path": "\\Inbox"}},
}
GRANTS: list[tuple[JsonObject, str]] = [
    (
        grant("Add-MailboxPermission", {"User": "a/b/Rogue", "AccessRights": "FullAccess"}),
        "FullAccess on bob",
    ),
    (
        grant("Add-RecipientPermission", {"Trustee": "Rogue", "AccessRights": "SendAs"}),
        "SendAs on bob",
    ),
    (grant("Set-Mailbox", {"GrantSendOnBehalfTo": "Rogue"}), "SendOnBehalf on bob"),
    (grant("AddFolderPermissions", {}) | FOLDER, "ReadAny on \\Inbox on bob"),
]


@pytest.mark.parametrize(("granted", "told"), GRANTS)
def test_permissions_given_around_the_change_are_told_and_tied(
    granted: JsonObject, told: str
) -> None:
    given = answers(
        rules=[rule("Copy", forward_to=(outside(),))],
        audit=changes(new_rule("Copy", CHANGED), granted),
    )
    finding = found(given)["permissions_granted"]
    assert f"{OWNER} gave Rogue access: {told}" in finding.sentence
    assert finding.weight > 0
    assert finding.links


@pytest.mark.parametrize(
    "granted",
    [
        grant(
            "Add-MailboxPermission",
            {"User": "Rogue", "AccessRights": "FullAccess"},
            by="it@contoso.com",
        ),
        grant(
            "Add-MailboxPermission",
            {"User": "Rogue", "AccessRights": "FullAccess"},
            after=-60 * 24 * 9,
        ),
    ],
    ids=["by somebody else", "long before"],
)
def test_other_grants_are_tied_to_nothing(granted: JsonObject) -> None:
    given = answers(
        rules=[rule("Copy", forward_to=(outside(),))],
        audit=changes(new_rule("Copy", CHANGED), granted),
    )
    finding = found(given)["permissions_granted"]
    assert (finding.weight, finding.links) == (0, ())


def test_a_failed_grant_or_one_by_microsoft_is_no_grant() -> None:
    parameters: JsonObject = {"User": "Rogue", "AccessRights": "FullAccess"}
    failed = grant("Add-MailboxPermission", parameters) | {"ResultStatus": "False"}
    service = grant("Add-MailboxPermission", parameters, by="NT AUTHORITY\\SYSTEM")
    microsoft = grant("Add-MailboxPermission", parameters) | {"ExternalAccess": True}
    ids = found(answers(audit=changes(failed, service, microsoft)))
    assert "permissions_granted" not in ids


def test_a_grant_by_another_account_from_the_same_address_is_tied() -> None:
    parameters: JsonObject = {"User": "Rogue", "AccessRights": "FullAccess"}
    granted = grant("Add-MailboxPermission", parameters, by="eve@contoso.com") | {"ClientIP": AWAY}
    given = answers(
        rules=[rule("Copy", forward_to=(outside(),))],
        audit=changes(new_rule("Copy", CHANGED), granted),
    )
    (link,) = found(given)["permissions_granted"].links
    assert link.by == "address"


@pytest.mark.parametrize(
    ("operation", "parameters", "fires"),
    [
        ("Set-Mailbox", {"AuditEnabled": "False"}, True),
        ("Set-Mailbox", {"AuditEnabled": "True"}, False),
        ("Set-MailboxAuditBypassAssociation", {"AuditBypassEnabled": "True"}, True),
        ("Set-AdminAuditLogConfig", {"UnifiedAuditLogIngestionEnabled": "$false"}, True),
        ("Set-AdminAuditLogConfig", {"UnifiedAuditLogIngestionEnabled": "True"}, False),
    ],
)
def test_switching_auditing_off_is_found(
    operation: str, parameters: JsonObject, fires: bool
) -> None:
    change = record(operation, CHANGED, parameters=parameters)
    assert ("auditing_stopped" in found(answers(audit=changes(change)))) is fires
