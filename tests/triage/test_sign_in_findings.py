"""Sign-ins unlike the user's: each finding with what must and must not fire it."""

from collections.abc import Mapping
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from evidence.hunt_result import HuntResult
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
    hunt,
    minutes,
    new_rule,
    outside,
    rule,
    signed_in,
)
from tests.triage.found import found
from triage.finding import Finding

CHANGED = NOW - days(1)
BEFORE = CHANGED - minutes(10)
TOKEN = "token-1"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/{}.0.0.0 Safari/537.36"


def usual(count: int = 22, **fields: object) -> list[SignIn]:
    """A month of working hours at home, with one application and one browser."""
    habits: dict[str, object] = {"application": "Outlook", "user_agent": CHROME.format(129)}
    return [
        seen(NOW - days(29) + days(each) - minutes(60 * (each % 4)), HOME, fields=habits | fields)
        for each in range(count)
    ]


def seen(
    at: datetime, address: str, country: str = "NL", fields: Mapping[str, object] | None = None
) -> SignIn:
    """A sign-in, with whatever a test's table says of it."""
    return signed_in(at, address, country).model_copy(update=dict(fields or {}))


def with_change(
    *sign_ins: SignIn,
    before: list[SignIn] | None = None,
    applications: tuple[SignIn, ...] = (),
    risk: UserRisk | None = None,
    hunts: tuple[HuntResult, ...] = (),
    **fields: JsonValue,
) -> dict[str, Finding]:
    """The findings beside a new rule that forwards outside, made one day ago."""
    change = new_rule("Copy", CHANGED) | fields
    return found(
        answers(
            rules=[rule("Copy", forward_to=(outside(),))],
            sign_ins=[*(at_home() if before is None else before), *sign_ins],
            applications=applications,
            risk=risk,
            audit=changes(change),
            hunts=hunts,
        )
    )


# --- links ----------------------------------------------------------------------------------------


def test_the_token_that_a_sign_in_issued_ties_it_to_what_was_done_with_it() -> None:
    context: JsonObject = {"UniqueTokenId": TOKEN, "AADSessionId": SESSION}
    thief = signed_in(BEFORE, AWAY, "RU", token_id=TOKEN, session_id=SESSION)
    finding = with_change(thief, AppAccessContext=context)["sign_in_new_country"]
    assert [link.by for link in finding.links] == ["token"]
    other = signed_in(BEFORE, AWAY, "RU", token_id="another", session_id=SESSION)
    finding = with_change(other, AppAccessContext=context)["sign_in_new_country"]
    assert [link.by for link in finding.links] == ["session"]


def test_a_sign_in_without_a_token_is_tied_to_no_change_without_one() -> None:
    thief = signed_in(BEFORE, "192.0.2.9", "RU", token_id="", session_id="")
    finding = with_change(thief)["sign_in_new_country"]
    assert [link.by for link in finding.links] == ["time"]


# --- ways -----------------------------------------------------------------------------------------


def test_a_device_code_from_an_unknown_place_weighs_more_than_at_home() -> None:
    abroad = with_change(signed_in(BEFORE, AWAY, "RU", protocol="deviceCode"))
    at_desk = with_change(signed_in(BEFORE, HOME, protocol="deviceCode"))
    assert abroad["sign_in_unusual_way"].weight > at_desk["sign_in_unusual_way"].weight > 0


def test_a_token_that_goes_back_to_a_device_code_is_told() -> None:
    thief = signed_in(BEFORE, AWAY, "RU", transfer_method="deviceCodeFlow", interactive=False)
    assert "a device code had led to" in with_change(thief)["sign_in_unusual_way"].sentence


def test_a_mail_program_that_the_user_has_had_for_weeks_is_no_unusual_way() -> None:
    old = [*usual(), *usual(client="IMAP4")]
    assert "sign_in_unusual_way" not in with_change(
        signed_in(BEFORE, HOME, client="IMAP4"), before=old
    )
    abroad = signed_in(BEFORE, AWAY, "RU", client="IMAP4")
    assert "IMAP4" in with_change(abroad, before=old)["sign_in_unusual_way"].sentence
    new = signed_in(BEFORE, HOME, client="POP3")
    assert "POP3" in with_change(new, before=old)["sign_in_unusual_way"].sentence


# --- habits ---------------------------------------------------------------------------------------


def test_a_new_application_program_and_hour_near_the_change_are_told_once_and_weigh_little() -> (
    None
):
    odd = [
        signed_in(
            CHANGED - minutes(9 * 60 + each),
            AWAY,
            application="Azure Portal",
            user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/115.0",
            session_id=SESSION,
        )
        for each in range(3)
    ]
    finding = with_change(*odd, before=usual())["sign_in_unlike_usual"]
    for told in ("to Azure Portal", "Firefox/115.0", "at 02 o'clock UTC", "22 sign-ins since"):
        assert told in finding.sentence
    assert 0 < finding.weight < 10
    assert finding.links[0].by == "session"


@pytest.mark.parametrize(
    "sign_in",
    [
        signed_in(BEFORE, AWAY, application="Outlook", user_agent=CHROME.format(131)),
        signed_in(BEFORE, AWAY, application="Azure Portal", error_code=50126),
        signed_in(NOW - days(6), "192.0.2.9", application="Azure Portal"),
        signed_in(BEFORE, AWAY, application="Outlook", user_agent=""),
    ],
    ids=["an updated browser", "failed", "long before", "nothing to tell"],
)
def test_what_is_as_usual_or_tied_to_nothing_is_no_news(sign_in: SignIn) -> None:
    assert "sign_in_unlike_usual" not in with_change(sign_in, before=usual())


def test_a_new_employee_has_no_habits_to_depart_from() -> None:
    odd = signed_in(BEFORE, AWAY, application="Azure Portal")
    assert "sign_in_unlike_usual" not in with_change(odd, before=usual(4))


def test_tokens_that_are_renewed_by_night_are_at_no_strange_hour() -> None:
    by_night = signed_in(CHANGED - minutes(9 * 60), AWAY, application="Outlook", interactive=False)
    assert "sign_in_unlike_usual" not in with_change(by_night, before=usual())


def test_a_script_that_signs_in_is_told_unless_one_like_it_is_usual() -> None:
    script = signed_in(BEFORE, AWAY, "RU", user_agent="python-requests/2.31.0")
    finding = with_change(script, before=usual())["sign_in_by_script"]
    assert "python-requests/2.31.0" in finding.sentence
    assert finding.links
    older = usual(user_agent="python-requests/2.28.1")
    assert "sign_in_by_script" not in with_change(script, before=older)
    browser = signed_in(BEFORE, AWAY, "RU", user_agent=CHROME.format(131))
    assert "sign_in_by_script" not in with_change(browser, before=usual())


# --- travel ---------------------------------------------------------------------------------------

AMSTERDAM = {"latitude": 52.37, "longitude": 4.9, "city": "Amsterdam"}
MOSCOW = {"latitude": 55.75, "longitude": 37.6, "city": "Moscow"}
UTRECHT = {"latitude": 52.09, "longitude": 5.12, "city": "Utrecht"}


def test_two_places_that_no_airliner_connects_in_the_time_are_told_with_their_distance() -> None:
    home = seen(BEFORE - minutes(30), HOME, fields=AMSTERDAM)
    thief = seen(BEFORE, AWAY, "RU", fields=MOSCOW)
    finding = with_change(home, thief)["impossible_travel"]
    assert f"{AWAY} (Moscow, RU) 30 minutes later, 2,14" in finding.sentence
    assert finding.links[0].by == "address"
    assert finding.weight == 20


@pytest.mark.parametrize(
    ("minutes_between", "address", "fields"),
    [
        (60 * 4, AWAY, MOSCOW),
        (5, AWAY, UTRECHT),
        (5, HOME, MOSCOW),
        (5, AWAY, {**MOSCOW, "network": 3265}),
        (5, AWAY, {"latitude": 0.0, "longitude": 0.0}),
        (5, AWAY, {"latitude": 640.0, "longitude": float("inf")}),
        (5, AWAY, {}),
        (5, AWAY, {**MOSCOW, "error_code": 50126}),
    ],
    ids=[
        "time to fly",
        "near by",
        "the same address",
        "the same network",
        "an unknown place",
        "nowhere on earth",
        "no place",
        "failed",
    ],
)
def test_journeys_that_are_possible_or_not_known_to_be_none_are_not_told(
    minutes_between: float, address: str, fields: dict[str, object]
) -> None:
    home = seen(BEFORE - minutes(minutes_between), HOME, fields=AMSTERDAM)
    there = seen(BEFORE, address, "RU", fields=fields)
    assert "impossible_travel" not in with_change(home, there)


def test_a_companys_exit_abroad_that_is_long_used_is_no_journey() -> None:
    exits = [seen(NOW - days(20 - each), AWAY, "RU", fields=MOSCOW) for each in range(5)]
    home = seen(BEFORE - minutes(5), HOME, fields=AMSTERDAM)
    again = seen(BEFORE, AWAY, "RU", fields=MOSCOW)
    assert "impossible_travel" not in with_change(home, again, before=[*at_home(), *exits])


def test_one_session_in_two_countries_at_once_is_a_token_taken_along() -> None:
    home = signed_in(BEFORE - minutes(20), HOME, session_id=SESSION)
    taken = signed_in(BEFORE, AWAY, "RU", session_id=SESSION, interactive=False)
    finding = with_change(home, taken)["impossible_travel"]
    assert "its token was taken along" in finding.sentence
    assert finding.weight == 30
    later = signed_in(BEFORE + minutes(50), AWAY, "RU", session_id=SESSION, interactive=False)
    assert "impossible_travel" not in with_change(home, later)


@pytest.mark.parametrize(
    "odd",
    [
        signed_in(BEFORE, AWAY, protocol="deviceCode"),
        signed_in(NOW - days(4), AWAY, user_agent="axios/1.7.2"),
        signed_in(BEFORE, AWAY, risk_level="high"),
    ],
    ids=["a device code", "a script", "a risk"],
)
def test_sign_ins_of_which_one_is_odd_are_not_called_quiet(odd: SignIn) -> None:
    assert "sign_ins_quiet" in with_change()
    assert "sign_ins_quiet" not in with_change(odd)


# --- passwords and second factors -----------------------------------------------------------------


def tried(account: str, failed: int = 1, succeeded: int = 0, address: str = AWAY) -> JsonObject:
    return {
        "Address": address,
        "Account": account,
        "FailedSignIns": failed,
        "SignIns": succeeded,
        "FirstSignIn": BEFORE.isoformat() if succeeded else None,
        "LastFailedSignIn": (BEFORE - minutes(5)).isoformat(),
    }


OTHERS = tuple(tried(f"user{each}@contoso.com") for each in range(6))


def test_an_address_that_tried_many_accounts_and_got_into_this_one_is_a_spray() -> None:
    rows = (*OTHERS, tried(OWNER.upper(), 1, 1))
    finding = with_change(hunts=(hunt("same_addresses", *rows),))["password_spray"]
    assert f"7 accounts failed to sign in from {AWAY}; it got into {OWNER.upper()}" in (
        finding.sentence
    )
    assert finding.weight == 30
    assert finding.links[0].by == "address"


def test_a_spray_from_elsewhere_is_tied_to_nothing() -> None:
    rows = tuple(row | {"Address": "192.0.2.9"} for row in OTHERS)
    finding = with_change(hunts=(hunt("same_addresses", *rows),))["password_spray"]
    assert finding.links == ()
    assert finding.weight < 10


@pytest.mark.parametrize(
    "rows",
    [
        OTHERS[:4],
        tuple(row | {"Address": HOME} for row in OTHERS),
        (*OTHERS, *(tried(f"other{each}@contoso.com", 0, 9) for each in range(20))),
        tuple({"Address": AWAY, "Account": "", "Alerts": ["x"]} for _ in range(9)),
    ],
    ids=["few", "the usual place", "an office", "no accounts"],
)
def test_a_few_who_mistype_or_an_office_are_no_spray(rows: tuple[JsonObject, ...]) -> None:
    assert "password_spray" not in with_change(hunts=(hunt("same_addresses", *rows),))


def asked(count: int, address: str = AWAY) -> list[SignIn]:
    return [
        signed_in(BEFORE - minutes(30 - each), address, "RU", error_code=500121)
        for each in range(count)
    ]


def test_a_second_factor_granted_after_many_requests_is_told() -> None:
    granted = signed_in(BEFORE, AWAY, "RU")
    finding = with_change(*asked(6), granted)["second_factor_worn_down"]
    assert "6 requests for a second factor went ungranted within 5 minutes" in finding.sentence
    assert finding.links[0].by == "address"


@pytest.mark.parametrize(
    "sign_ins",
    [
        asked(6),
        [*asked(3), signed_in(BEFORE, AWAY, "RU")],
        [*asked(6, HOME), signed_in(BEFORE, HOME)],
        [*asked(6), signed_in(BEFORE + minutes(120), AWAY, "RU")],
    ],
    ids=["never granted", "few", "at home", "much later"],
)
def test_requests_that_nobody_gave_in_to_are_not_told(sign_ins: list[SignIn]) -> None:
    assert "second_factor_worn_down" not in with_change(*sign_ins)


# --- applications ---------------------------------------------------------------------------------


def by_itself(address: str, at: float = 5, **fields: object) -> SignIn:
    values: dict[str, object] = {
        "application_id": "app-1",
        "service_principal": "Mail reader",
        "interactive": False,
        "user_principal_name": "",
    }
    return seen(BEFORE - minutes(at), address, "RU", fields=values | fields)


def test_an_application_that_signs_in_from_where_the_change_was_made_is_tied_to_it() -> None:
    finding = with_change(applications=(by_itself(AWAY), by_itself(AWAY, 9)))[
        "application_signed_in"
    ]
    assert "Mail reader signed in as itself 2 times" in finding.sentence
    assert finding.weight > 0
    assert finding.links[0].by == "address"


def test_an_application_with_whose_id_the_change_was_made_is_tied_to_it() -> None:
    finding = with_change(applications=(by_itself("192.0.2.9"),), ClientAppId="app-1")
    assert finding["application_signed_in"].links[0].by == "application"


def test_an_application_elsewhere_is_told_and_weighs_nothing() -> None:
    finding = with_change(applications=(by_itself("192.0.2.9"),))["application_signed_in"]
    assert (finding.weight, finding.links) == (0, ())
    failed = by_itself(AWAY, error_code=7000215)
    assert "application_signed_in" not in with_change(applications=(failed,))


# --- risk -----------------------------------------------------------------------------------------


def test_a_sign_in_held_for_risky_without_a_reason_is_told() -> None:
    finding = with_change(signed_in(BEFORE, AWAY, risk_level="high"))["sign_in_risky"]
    assert "level high" in finding.sentence
    assert finding.links[0].by == "address"


@pytest.mark.parametrize(
    "fields",
    [
        {"risk_level": "hidden"},
        {"risk_level": "low"},
        {"risk_level": "high", "error_code": 53003},
        {"risk_level": "high", "risk_state": "dismissed"},
        {"risk_level": "high", "risk_events": ("anonymizedIPAddress",)},
    ],
)
def test_sign_ins_whose_risk_is_low_settled_or_told_elsewhere_are_not(
    fields: dict[str, object],
) -> None:
    assert "sign_in_risky" not in with_change(seen(BEFORE, AWAY, fields=fields))


def test_a_risk_that_was_dismissed_at_the_sign_in_weighs_nothing() -> None:
    settled = signed_in(BEFORE, AWAY, risk_events=("anomalousToken",), risk_state="dismissed")
    open_ = signed_in(BEFORE, AWAY, risk_events=("anomalousToken",), risk_state="atRisk")
    assert with_change(settled)["risk_detection"].weight == 0
    assert with_change(open_)["risk_detection"].weight > 0


def test_a_detection_is_tied_by_the_session_of_the_sign_in_that_it_is_about() -> None:
    sign_in = signed_in(BEFORE, "192.0.2.9", id="request-1", session_id=SESSION)

    def of(request: str) -> Finding:
        detection = RiskDetection(type="anomalousToken", at=BEFORE, sign_in=request)
        return with_change(sign_in, risk=UserRisk(user=OWNER, detections=(detection,)))[
            "risk_detection"
        ]

    assert of("request-1").links[0].by == "session"
    assert of("request-2").links[0].by == "time"


# --- devices --------------------------------------------------------------------------------------


def on_device(**fields: JsonValue) -> JsonObject:
    row: JsonObject = {
        "DeviceName": "con-lt-0233",
        "KnownBy": ["sign-in"],
        "AlertId": "al1",
        "AlertTime": (CHANGED - days(3)).isoformat(),
        "Title": "Information stealer",
        "Severity": "High",
        "ThreatFamilies": ["Lumma", ""],
        "Files": ["setup.exe"],
    }
    return row | fields


def test_an_alert_on_the_users_device_before_the_change_is_told_and_tied() -> None:
    finding = with_change(hunts=(hunt("device_alerts", on_device()),))["device_alert"]
    assert "“Information stealer” on con-lt-0233" in finding.sentence
    assert "Lumma and setup.exe" in finding.sentence
    assert finding.family == "device"
    assert finding.links


def test_a_device_known_only_by_a_like_name_weighs_little_and_one_without_alerts_nothing() -> None:
    row = on_device(KnownBy=["logon name"])
    finding = with_change(hunts=(hunt("device_alerts", row),))["device_alert"]
    assert finding.weight <= 5
    assert "known by a logon name like the user's only" in finding.sentence
    quiet = on_device(AlertId="", AlertTime=None, Title="")
    assert "device_alert" not in with_change(hunts=(hunt("device_alerts", quiet),))
    long_ago = on_device(AlertTime=(CHANGED - days(20)).isoformat())
    assert with_change(hunts=(hunt("device_alerts", long_ago),))["device_alert"].links == ()


# --- odd shapes -----------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(["", "2026-03-09T12:00:00Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59Z"]),
    st.sampled_from([AWAY, OWNER, "High", "logon name"]),
    st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=3),
)
COLUMNS = (
    "Address Account AccountObjectId SignIns FailedSignIns FirstSignIn LastFailedSignIn AlertId "
    "AlertTime Title Severity KnownBy DeviceName Files ThreatFamilies"
).split()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), CELLS), max_size=8))
def test_no_row_of_a_hunt_makes_a_finding_fail(rows: list[JsonObject]) -> None:
    answered = tuple(hunt(name, *rows) for name in ("same_addresses", "device_alerts"))
    assert "change_made_by" in with_change(hunts=answered)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            seen,
            st.integers(0, 37 * 24 * 60).map(lambda ago: NOW - minutes(ago)),
            st.sampled_from([HOME, AWAY, "2001:db8::1", "no address", ""]),
            st.sampled_from(["", "NL", "RU"]),
            st.fixed_dictionaries(
                {
                    "latitude": st.floats(),
                    "longitude": st.floats(),
                    "user_agent": st.sampled_from(["", "curl/8", CHROME]),
                    "error_code": st.sampled_from([0, 0, 500121, 50126]),
                    "session_id": st.sampled_from(["", SESSION]),
                }
            ),
        ),
        max_size=12,
    )
)
def test_no_sign_in_makes_a_finding_fail(sign_ins: list[SignIn]) -> None:
    assert "change_made_by" in with_change(*sign_ins, before=[])
