"""The account beside its sign-ins: methods, devices, delegates, applications, other alerts."""

from datetime import datetime

import pytest

from evidence.auth_method import AuthMethodChange, AuthMethods, RegisteredDevice
from evidence.delegate import Delegate, MailboxDelegates
from evidence.granted_app import AppConsents, GrantedApp
from evidence.indicators import AlertReference
from evidence.model import Evidence, JsonObject
from evidence.user_alert import UserAlert, UserAlerts
from tests.triage.builders import (
    AWAY,
    HOME,
    NOW,
    OWNER,
    THIEF,
    answers,
    at_home,
    case_of,
    changes,
    days,
    envelope,
    indicators,
    minutes,
    new_rule,
    outside,
    record,
    rule,
    signed_in,
)
from tests.triage.found import found
from triage.grade import grade

CHANGED = NOW - days(1)


def stealing(**fields: object) -> dict[str, JsonObject]:
    """A rule that forwards outside, set from an address that the owner does not use."""
    options: dict[str, object] = {
        "rules": [rule("Copy", forward_to=(outside(),))],
        "audit": changes(new_rule("Copy", CHANGED)),
    }
    return answers(**(options | fields))  # type: ignore[arg-type]


def told(action: str, result: Evidence, **fields: object) -> dict[str, JsonObject]:
    return stealing(**fields) | {action: envelope(action, result)}


def method(activity: str, address: str | None, **fields: object) -> AuthMethods:
    change = AuthMethodChange.model_validate(
        {
            "id": "m1",
            "at": CHANGED - minutes(20),
            "activity": activity,
            "actor": OWNER,
            "ip_address": address,
        }
        | fields
    )
    return AuthMethods(user=OWNER, since=NOW - days(30), until=NOW, methods=(), changes=(change,))


def test_a_method_registered_from_where_the_user_never_was_is_tied_to_the_change() -> None:
    given = told("list_auth_methods", method("User registered security info", AWAY))
    finding = found(given)["auth_method_added"]
    assert [link.by for link in finding.links] == ["address"]
    assert finding.weight >= 20
    verdict = grade(case_of(given)).verdict
    assert verdict.classification == "truePositive"
    assert "auth_method_added" in {each.id for each in verdict.weightiest}


@pytest.mark.parametrize(
    "seen",
    [
        method("User registered security info", HOME),
        method("User registered security info", None),
        method("User registered security info", AWAY, succeeded=False),
        method("User deleted security info", AWAY),
    ],
    ids=["at home", "nobody knows where", "failed", "taken away"],
)
def test_a_method_registered_in_any_other_way_says_nothing(seen: AuthMethods) -> None:
    finding = found(told("list_auth_methods", seen)).get("auth_method_added")
    assert finding is None or (finding.weight == 0 and not finding.links)


def test_a_new_employee_registers_a_method_wherever_that_is() -> None:
    first_day = [signed_in(CHANGED - minutes(30), AWAY)]
    seen = method("User registered security info", AWAY)
    finding = found(told("list_auth_methods", seen, sign_ins=first_day))["auth_method_added"]
    assert finding.weight == 0


def test_a_device_registered_from_afar_is_a_device_finding() -> None:
    given = told("list_auth_methods", method("Register device", AWAY))
    assert found(given)["device_registered"].family == "device"


@pytest.mark.parametrize(
    ("registered", "managed", "fires"),
    [
        (CHANGED - minutes(30), False, True),
        (CHANGED - minutes(30), True, False),
        (NOW - days(200), False, False),
        (None, None, False),
    ],
)
def test_a_strange_device_that_came_with_the_change_is_told(
    registered: datetime | None, managed: bool | None, fires: bool
) -> None:
    device = RegisteredDevice(id="d", name="KALI", registered=registered, managed=managed)
    seen = AuthMethods(user=OWNER, since=NOW - days(30), until=NOW, methods=(), devices=(device,))
    assert ("device_new" in found(told("list_auth_methods", seen))) is fires


def delegates(*found_: Delegate) -> MailboxDelegates:
    return MailboxDelegates(mailbox=OWNER, delegates=found_)


def delegate(who: str, **fields: object) -> Delegate:
    values: dict[str, object] = {"right": "folder", "who": who, "folder": "Inbox"}
    return Delegate.model_validate(values | {"access_rights": ("Reviewer",)} | fields)


@pytest.mark.parametrize(
    ("held", "identifier", "weighty"),
    [
        (delegate("Default", everyone=True), "mailbox_open_to_everyone", True),
        (delegate("x@evil.example", internal=False), "delegate_outside", True),
        (delegate("bob@contoso.com", internal=True), "delegates_standing", False),
        (delegate("Bob", internal=None), "delegates_standing", False),
    ],
)
def test_who_may_open_the_mailbox_is_told_and_weighed(
    held: Delegate, identifier: str, weighty: bool
) -> None:
    finding = found(told("list_mailbox_delegates", delegates(held)))[identifier]
    assert held.who in finding.sentence
    assert (finding.weight > 0) is weighty


@pytest.mark.parametrize(
    "held",
    [
        delegate("Default", everyone=True, folder="Calendar"),
        delegate("Default", everyone=True, access_rights=("FreeBusySimple",)),
    ],
)
def test_a_calendar_that_everybody_sees_is_ordinary(held: Delegate) -> None:
    ids = found(told("list_mailbox_delegates", delegates(held)))
    assert "mailbox_open_to_everyone" not in ids


def opened(whom: str, rights: str, path: str) -> JsonObject:
    folder: JsonObject = {"Path": path, "Name": path, "MemberRights": rights, "MemberUpn": whom}
    return record(
        "ModifyFolderPermissions", CHANGED, MailboxOwnerUPN=OWNER, Item={"ParentFolder": folder}
    )


@pytest.mark.parametrize(
    ("event", "fires"),
    [
        (opened("Everyone", "FreeBusySimple", "\\Inbox"), True),
        (opened("Everyone", "ReadAny", "\\Sent Items"), True),
        (opened("Everyone", "ReadAny", "\\Calendar"), False),
        (opened("Everyone", "None", "\\Inbox"), False),
        (opened("bob@contoso.com", "ReadAny", "\\Inbox"), False),
    ],
)
def test_a_mail_folder_opened_to_everybody_is_found(event: JsonObject, fires: bool) -> None:
    assert ("folder_opened_to_everyone" in found(answers(audit=changes(event)))) is fires


def granted(to: str) -> JsonObject:
    parameters: JsonObject = {"Identity": "ann", "User": to, "AccessRights": "FullAccess"}
    return record("Add-MailboxPermission", CHANGED, ObjectId="ann", parameters=parameters)


@pytest.mark.parametrize(
    ("to", "fires"),
    [
        ("Default", True),
        ("x_evil.example#EXT#@contoso.onmicrosoft.com", True),
        (THIEF, True),
        ("bob@contoso.com", False),
        ("Bob", False),
    ],
)
def test_rights_for_strangers_are_found_and_rights_for_colleagues_are_not(
    to: str, fires: bool
) -> None:
    assert ("permission_to_stranger" in found(answers(audit=changes(granted(to))))) is fires


def app(name: str, **fields: object) -> AppConsents:
    values: dict[str, object] = {"id": "g1", "app_id": "5e1f0d2c-7a3b-4c8e-9f10-2b6d7c8a9e01"}
    mail: dict[str, object] = {"scopes": ("Mail.Read",), "mail_scopes": ("Mail.Read",)}
    made = GrantedApp.model_validate(values | mail | {"name": name} | fields)
    return AppConsents(user=OWNER, apps=(made,))


@pytest.mark.parametrize(
    ("seen", "fires"),
    [
        (app("DocSign Viewer"), True),
        (app("rnicrosoft"), True),
        (app("Reader", created=CHANGED, given_for="everybody"), True),
        (app("Reader", created=CHANGED, publisher="Reader Ltd", given_for="everybody"), False),
        (app("Reader"), False),
        (app("DocSign Viewer", first_party=True), False),
        (app("DocSign Viewer", mail_scopes=()), False),
        (app("DocSign Viewer", enabled=False), False),
    ],
)
def test_applications_in_force_are_judged_by_name_publisher_and_age(
    seen: AppConsents, fires: bool
) -> None:
    assert ("app_in_force" in found(told("list_app_consents", seen))) is fires


def alert(**fields: object) -> UserAlerts:
    values: dict[str, object] = {
        "id": "a1",
        "title": "Password spray attack",
        "severity": "high",
        "status": "new",
        "created": CHANGED - minutes(30),
        "ip_addresses": (AWAY,),
    }
    one = UserAlert.model_validate(values | fields)
    return UserAlerts(user=OWNER, since=NOW - days(30), until=NOW, alerts=(one,))


def test_another_alert_from_the_address_of_the_change_is_tied_to_it() -> None:
    given = told("get_user_alerts", alert())
    finding = found(given)["other_alert"]
    assert [link.by for link in finding.links] == ["address"]
    assert grade(case_of(given)).verdict.classification == "truePositive"


@pytest.mark.parametrize(
    "seen",
    [
        alert(classification="falsePositive", status="resolved"),
        alert(severity="informational"),
    ],
)
def test_an_alert_found_harmless_weighs_nothing(seen: UserAlerts) -> None:
    finding = found(told("get_user_alerts", seen))["other_alert"]
    assert finding.weight == 0
    assert not finding.links


def test_an_alert_from_the_owners_own_desk_ties_nothing() -> None:
    at_desk = changes(new_rule("Copy", CHANGED, ClientIP=HOME))
    given = told("get_user_alerts", alert(ip_addresses=(HOME,)), audit=at_desk)
    assert not found(given)["other_alert"].links
    assert grade(case_of(given)).verdict.classification == "undetermined"


def test_the_alert_itself_and_its_like_are_no_second_witness() -> None:
    same = AlertReference(id="a1", title="x", kind="other")
    given = told("get_user_alerts", alert())
    assert "other_alert" not in found(given, indicators(alerts=(same,)))
    alike = told("get_user_alerts", alert(title="Suspicious inbox forwarding rule"))
    assert "other_alert" not in found(alike)


@pytest.mark.parametrize(
    ("seen", "identifier", "weighty"),
    [
        ((), "change_from_unknown_address", True),
        ((HOME,), "change_from_usual_address", False),
    ],
)
def test_from_where_it_was_set_up_is_told(
    seen: tuple[str, ...], identifier: str, weighty: bool
) -> None:
    where = seen[0] if seen else AWAY
    given = stealing(audit=changes(new_rule("Copy", CHANGED, ClientIP=where)))
    ids = found(given)
    assert (ids[identifier].weight > 0) is weighty
    assert not ids[identifier].links
    others = {"change_from_unknown_address", "change_from_usual_address"} - {identifier}
    assert not others & set(ids)


def test_an_address_that_the_sign_ins_do_show_is_left_to_them() -> None:
    intruder = signed_in(CHANGED - minutes(9), AWAY, "RU")
    ids = found(stealing(sign_ins=[*at_home(), intruder]))
    assert "change_from_unknown_address" not in ids
    assert "sign_in_new_country" in ids
