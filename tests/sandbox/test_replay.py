"""Replay of audit exports: every event used or counted, and the tenant as it stood."""

import csv
import gzip
import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.replay import ExportError, Replayed, load_export, rebuild
from sandbox.tenant.app import tenant_app
from sandbox.tenant.mailbox import InboxRule, Mailbox
from sandbox.tenant.people import User

ANA = "ana@contoso.com"
Event = dict[str, object]
Write = Callable[[list[Event]], Path]


def event(operation: str, minute: int = 0, **fields: object) -> Event:
    at = datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(minutes=minute)
    return {
        "CreationTime": at.strftime("%Y-%m-%dT%H:%M:%S"),
        "Id": f"{operation}-{minute}-{len(fields)}-{fields.get('Id', '')}",
        "Operation": operation,
        "OrganizationId": "6c1f6d0a-58a1-4c0e-9c0f-9f6d1c2b7a10",
        "OrganizationName": "contoso.onmicrosoft.com",
        "RecordType": 1,
        "ResultStatus": "True",
        "Workload": "Exchange",
        "UserId": ANA,
        **{name: value for name, value in fields.items() if name != "Id"},
    }


def pairs(**parameters: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in parameters.items()]


FORWARD = pairs(Name="Bills", ForwardTo="thief@mail.example", SubjectContainsWords="bill;invoice")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def lines(events: list[Event]) -> Path:
        path = tmp_path / "export.jsonl"
        path.write_text("\n".join(json.dumps(one) for one in events), encoding="utf-8")
        return path

    return lines


def person(replayed: Replayed, upn: str = ANA) -> User:
    found = replayed.state.user(upn)
    assert found is not None
    return found


def mailbox(replayed: Replayed, upn: str = ANA) -> Mailbox:
    found = person(replayed, upn).mailbox
    assert found is not None
    return found


def rules(replayed: Replayed) -> list[InboxRule]:
    return [rule for rule in mailbox(replayed).rules if not rule.hidden]


def replay(path: Path, user: str = ANA, at: datetime | None = None) -> Replayed:
    return rebuild(load_export(path), user, at)


# --- reading -------------------------------------------------------------------------------


def as_csv(events: list[Event], encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(["RecordType", "CreationDate", "AUDITDATA", "Identity"])
    for one in events:
        rows.writerow([one["RecordType"], "1/11/2026", json.dumps(one), "x"])
    rows.writerow([])
    rows.writerow(["1", "1/11/2026", "", "empty"])
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_is_read_by_its_column_whatever_the_case_and_encoding(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(as_csv([event("New-InboxRule", Parameters=FORWARD)] * 2, encoding))
    export = load_export(path)
    assert (len(export.records), export.duplicates) == (1, 1)
    assert export.empty >= 1
    assert export.broken == []


def test_very_large_fields_are_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(as_csv([event("Send", Item={"Subject": "x" * 400_000})]))
    assert len(load_export(path).records) == 1


def test_json_lines_arrays_and_graphs_pages_are_the_same_export(tmp_path: Path) -> None:
    events = [event("New-InboxRule", n, Parameters=FORWARD) for n in range(3)]
    graph = {"value": [{"id": "1", "operation": "x", "auditData": one} for one in events]}
    shapes = {
        "lines": "\n\n".join(json.dumps(one) for one in events),
        "array": json.dumps(events),
        "pretty": "\ufeff" + json.dumps(events, indent=2),
        "graph": json.dumps(graph, indent=1),
        "graph lines": "\n".join(json.dumps(one) for one in graph["value"]),
        "text": "\n".join(json.dumps({"AuditData": json.dumps(one)}) for one in events),
    }
    for name, text in shapes.items():
        path = tmp_path / "export.json"
        path.write_text(text, encoding="utf-8")
        assert [record.data for record in load_export(path).records] == events, name


def test_a_broken_line_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = json.dumps(event("New-InboxRule", Parameters=FORWARD))
    late = json.dumps(event("Send", 1) | {"CreationTime": "2026-11-01T09:61:00"})
    mute = json.dumps({"CreationTime": "2026-11-01T09:00:00", "Id": "x"})
    path = tmp_path / "export.jsonl"
    path.write_text(f'{good}\n{{"CreationTime": "20\n\n{late}\n{mute}\n[1]', encoding="utf-8")
    export = load_export(path)
    assert [broken.line for broken in export.broken] == [2, 4, 5, 6]
    assert "CreationTime" in export.broken[1].reason
    assert "Operation" in export.broken[2].reason
    assert (len(export.records), export.empty) == (1, 1)


def test_a_broken_csv_row_has_the_number_of_its_line(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    good = as_csv([event("Send", Item={"Subject": "two\nlines"})]).decode("utf-8-sig")
    path.write_text(good + '1,x,"{torn",y\n', encoding="utf-8")
    line = len(path.read_text(encoding="utf-8").splitlines())
    assert [broken.line for broken in load_export(path).broken] == [line]


def test_a_line_that_was_cut_off_does_not_take_the_next_with_it(tmp_path: Path) -> None:
    events = [event("Send", number, Item={"Subject": "a, b"}) for number in range(4)]
    header, *rows = as_csv(events).decode("utf-8-sig").rstrip().split("\r\n")[:5]
    path = tmp_path / "export.csv"
    path.write_text("\r\n".join([header, rows[0], rows[1][:-30], *rows[2:]]), encoding="utf-8")
    export = load_export(path)
    assert [broken.line for broken in export.broken] == [3]
    assert [record.data for record in export.records] == [events[0], *events[2:]]


@pytest.mark.parametrize(
    ("preamble", "delimiter"),
    [("", ";"), ("", "\t"), ("sep=;\r\n", ";"), ("#TYPE Selected.AuditRecord\r\n", ",")],
)
def test_csv_is_read_as_excel_and_powershell_write_it(
    tmp_path: Path, preamble: str, delimiter: str
) -> None:
    events = [event("Send", number, Item={"Subject": "a; b, c"}) for number in range(2)]
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerows([["Id", "AuditData"], *(["1", json.dumps(each)] for each in events)])
    path = tmp_path / "export.csv"
    path.write_text(preamble + written.getvalue(), encoding="utf-8-sig", newline="")
    assert [record.data for record in load_export(path).records] == events


def test_a_row_cut_short_is_named_and_an_empty_one_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    row = as_csv([event("Send")]).decode("utf-8-sig").split("\r\n")[:2]
    path.write_text("\n".join([*row, "short", ",,,,", ""]), encoding="utf-8")
    export = load_export(path)
    assert [(broken.line, broken.reason) for broken in export.broken] == [
        (3, "there is no AuditData")
    ]
    assert export.empty == 1


def test_a_user_who_is_not_in_the_export_is_told_who_comes_near(write: Write) -> None:
    path = write([event("Send", MailboxOwnerUPN=ANA)])
    with pytest.raises(ExportError, match=f"did you mean {ANA}"):
        rebuild(load_export(path), "anna@contoso.com")


def test_a_broken_member_of_an_array_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    one, two = event("Send", 1), event("Send", 2)
    path = tmp_path / "export.json"
    path.write_text(f"[\n{json.dumps(one)},\n{{torn,\n{json.dumps(two)}\n]", encoding="utf-8")
    export = load_export(path)
    assert [record.data for record in export.records] == [one, two]
    assert [broken.line for broken in export.broken] == [3]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (gzip.compress(b""), "it is empty"),
        (b"a,b\n1,2\n", "neither JSON nor a CSV"),
        (b"{}\n", "there is no audit record in it"),
        (b"[]", "there is no audit record in it"),
    ],
    ids=["empty", "blank lines", "a mark only", "packed and empty", "table", "object", "array"],
)
def test_a_file_without_records_is_refused_and_told_why(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(ExportError, match=told):
        load_export(path)


def test_progress_is_told_of_the_reading_and_of_the_rebuilding(write: Write) -> None:
    path = write([event("Send", n, MailboxOwnerUPN=ANA) for n in range(2500)])
    told: list[tuple[int, int, int]] = []

    def tell(events: int, so_far: int, of: int) -> None:
        told.append((events, so_far, of))

    export = load_export(path, tell)
    size = path.stat().st_size
    assert [(events, of) for events, _, of in told] == [(1000, size), (2000, size), (2500, size)]
    assert 0 < told[0][1] <= told[1][1] <= told[2][1] == size
    told.clear()
    rebuild(export, ANA, None, tell)
    assert [(events, of) for events, _, of in told] == [(n, 2500) for n in (0, 1000, 2000, 2500)]


# --- reducing ------------------------------------------------------------------------------

SHAPES = [
    FORWARD,
    {pair["Name"]: pair["Value"] for pair in FORWARD},
    json.dumps(FORWARD),
    '-Name "Bills" -ForwardTo "thief@mail.example" -SubjectContainsWords "bill;invoice"',
]


@pytest.mark.parametrize("parameters", SHAPES)
def test_parameters_mean_the_same_in_every_shape(write: Write, parameters: object) -> None:
    replayed = replay(write([event("New-InboxRule", Parameters=parameters)]))
    (rule,) = rules(replayed)
    assert rule.name == "Bills"
    assert [one.address for one in rule.actions.forward_to or []] == ["thief@mail.example"]
    assert rule.conditions.subject_contains == ["bill", "invoice"]


def test_a_rules_life_is_followed_to_the_moment(write: Write) -> None:
    tree = "EURPR04A009.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/"
    path = f"{tree}contoso.onmicrosoft.com/ana\\Bills"
    events = [
        event("New-InboxRule", 0, Parameters=FORWARD, ObjectId=path),
        event("Set-InboxRule", 1, Parameters=pairs(MarkAsRead="True"), ObjectId=path),
        event("Disable-InboxRule", 2, Parameters=pairs(Identity="ana\\Bills")),
        event("Enable-InboxRule", 3, Parameters=pairs(Identity="ana\\Bills")),
        event("Remove-InboxRule", 4, Parameters=pairs(Identity="ana\\Bills")),
    ]
    # The mailbox of an alias is in the organisation's first domain.
    events = [one | {"UserId": "ana@contoso.onmicrosoft.com"} for one in events]
    file = write(events)
    start = datetime(2026, 11, 1, 9, tzinfo=UTC)
    upn = "ana@contoso.onmicrosoft.com"

    def seen(minute: int) -> list[InboxRule]:
        replayed = replay(file, upn, start + timedelta(minutes=minute))
        assert replayed.account.after_the_moment == 4 - minute
        assert replayed.account.not_understood == {}
        return [rule for rule in mailbox(replayed, upn).rules if not rule.hidden]

    assert seen(0)[0].actions.mark_as_read is None
    assert seen(1)[0].actions.mark_as_read is True
    assert seen(1)[0].actions.forward_to
    assert seen(2)[0].enabled is False
    assert seen(3)[0].enabled is True
    assert seen(4) == []


def test_a_rule_that_is_older_than_the_export_is_taken_for_granted(write: Write) -> None:
    number = "10210541742734704641"
    changed = pairs(Identity=f"ana\\{number}", Name="Old", ForwardTo="thief@mail.example")
    replayed = replay(
        write([event("Set-InboxRule", Parameters=changed, UserId="ana@contoso.onmicrosoft.com")]),
        "ana@contoso.onmicrosoft.com",
    )
    rule = next(
        one for one in mailbox(replayed, "ana@contoso.onmicrosoft.com").rules if not one.hidden
    )
    assert (rule.name, str(rule.identity)) == ("Old", number)


def test_an_attempt_changes_nothing_and_is_counted(write: Write) -> None:
    replayed = replay(
        write(
            [
                event("New-InboxRule", 0, Parameters=FORWARD, ResultStatus="False"),
                event("Set-Mailbox", 1, ResultStatus="False",
                      Parameters=pairs(Identity=ANA, ForwardingSmtpAddress="smtp:a@b.example")),
            ]
        )
    )  # fmt: skip
    assert rules(replayed) == []
    assert mailbox(replayed).forwarding_smtp_address is None
    assert replayed.account.attempts == {"New-InboxRule": 1, "Set-Mailbox": 1}


def test_mailbox_forwarding_is_set_and_cleared(write: Write) -> None:
    on = pairs(Identity=ANA, ForwardingSmtpAddress="smtp:thief@mail.example",
               DeliverToMailboxAndForward="False")  # fmt: skip
    inside = pairs(Identity=ANA, ForwardingAddress="desk@partner.example")
    off = pairs(Identity=ANA, ForwardingSmtpAddress="", ForwardingAddress="$null")
    events = [event("Set-Mailbox", n, Parameters=p) for n, p in enumerate((on, inside, off))]
    start = datetime(2026, 11, 1, 9, tzinfo=UTC)
    held = [mailbox(replay(write(events), at=start + timedelta(minutes=n))) for n in range(3)]
    assert [one.forwarding_smtp_address for one in held] == ["thief@mail.example"] * 2 + [None]
    assert [one.forwarding_address for one in held] == [None, "desk@partner.example", None]
    assert held[0].deliver_to_mailbox_and_forward is False


def test_outlooks_own_record_of_a_rule_is_understood(write: Write) -> None:
    actions = [
        {"ActionType": "Forward", "Recipients": ["thief@mail.example"]},
        {"ActionType": "Delete"},
    ]
    properties = pairs(
        RuleOperation="AddMailboxRule",
        RuleId="-42",
        RuleName="..",
        RuleCondition="{}",
        RuleActions=json.dumps(actions),
    )
    replayed = replay(
        write(
            [
                event("UpdateInboxRules", 0, RecordType=2, MailboxOwnerUPN=ANA,
                      OperationProperties=properties),
                event("UpdateInboxRules", 1, RecordType=2, MailboxOwnerUPN=ANA,
                      OperationProperties=pairs(RuleOperation="ModifyMailboxRule", RuleId="-7",
                                                RuleActions="[]")),
            ]
        )
    )  # fmt: skip
    made, touched = rules(replayed)
    assert made.actions.delete
    assert [one.address for one in made.actions.forward_to or []] == ["thief@mail.example"]
    assert touched.name == "-7"
    assert touched.actions.forward_to is None


def sign_in(minute: int, failed: int = 0, **more: object) -> Event:
    kind = str(more.pop("kind", "OAuth2:Authorize"))
    extended = pairs(RequestType=kind, UserAgent=str(more.pop("agent", "Browser/1")))
    if more.pop("password", False):
        extended += pairs(UserAuthenticationMethod="1")
    operation = "UserLoginFailed" if failed else "UserLoggedIn"
    fields: Event = {
        "RecordType": 15,
        "Workload": "AzureActiveDirectory",
        "ResultStatus": "Failed" if failed else "Success",
        "UserKey": "8f4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31",
        "ClientIP": "203.0.113.7:4711",
        "ErrorNumber": str(failed),
        "ExtendedProperties": extended,
        "ApplicationId": "00000002-0000-0ff1-ce00-000000000000",
    }
    return event(operation, minute, **(fields | more))


def test_sign_ins_become_rows_of_the_log(write: Write) -> None:
    replayed = replay(
        write(
            [
                sign_in(0, 50126, kind="OAuth2:Token", password=True),
                sign_in(1, kind="Login:login", password=True),
                sign_in(2, ClientIP="[2001:db8::7]:443"),
                sign_in(3, agent="BAV2ROPC", kind="OAuth2:Token", password=True),
            ]
        )
    )
    spray, typed, token, legacy = replayed.state.sign_ins
    assert (spray.error_code, spray.authentication_protocol, spray.interactive) == (
        50126,
        "ropc",
        True,
    )
    assert (typed.interactive, typed.authentication_protocol) == (True, "none")
    assert (token.interactive, token.ip_address) == (False, "2001:db8::7")
    assert legacy.client_app_used == "Other clients"
    assert spray.ip_address == "203.0.113.7"
    assert person(replayed).id == "8f4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31"
    assert len(replayed.state.hunting["IdentityLogonEvents"]) == 3
    assert len(replayed.state.hunting["CloudAppEvents"]) == 0


def test_a_guessed_name_is_no_user_and_its_domain_is_not_the_tenants(write: Write) -> None:
    guess = sign_in(0, 50034, UserId="guess@elsewhere.example", UserKey="x")
    replayed = replay(write([guess, sign_in(1)]))
    assert replayed.state.domains == ["contoso.com", "contoso.onmicrosoft.com"]
    assert replayed.state.user("guess@elsewhere.example") is None


# --- the moment ----------------------------------------------------------------------------


def alert(minute: int, user: str = ANA) -> Event:
    return event(
        "AlertEntityGenerated",
        minute,
        RecordType=40,
        Workload="SecurityComplianceCenter",
        UserId="SecurityComplianceAlerts",
        Name="Suspicious email forwarding activity",
        PolicyId="bfd48f06-0865-41a6-85ff-adb746423ebf",
        AlertId="a1",
        AlertEntityId=user,
        Severity="High",
        Data=json.dumps({"eid": user, "op": "MailRedirect"}),
    )


def test_the_alert_starts_the_playbook_if_the_export_has_one(write: Write) -> None:
    replayed = replay(write([event("New-InboxRule", 0, Parameters=FORWARD), alert(5), sign_in(9)]))
    assert replayed.origin == "alert"
    assert replayed.moment == datetime(2026, 11, 1, 9, 9, tzinfo=UTC)
    incident = replayed.state.incidents[0]
    assert incident.alerts[0].title == "Suspicious email forwarding activity"
    assert incident.alerts[0].product == "Microsoft Defender for Office 365"
    assert "MailRedirect" in str(replayed.incident)


def test_the_moment_is_a_day_after_the_newest_change(write: Write) -> None:
    replayed = replay(
        write(
            [
                event("New-InboxRule", 0, Parameters=FORWARD),
                event("Remove-InboxRule", 60, Parameters=pairs(Identity="Bills")),
                sign_in(26 * 60),
            ]
        )
    )
    assert replayed.moment == datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    assert (replayed.origin, replayed.account.after_the_moment) == ("change", 1)
    assert "New-InboxRule" in replayed.state.incidents[0].title
    incident = replayed.state.incidents[0]
    assert "no alert in the export" in incident.title
    assert incident.alerts[0].product == "Audit-log export", "no product of Microsoft's raised it"


def test_without_alert_or_change_the_end_of_the_export_is_the_moment(write: Write) -> None:
    replayed = replay(write([sign_in(0), sign_in(30), alert(31, "joel@contoso.com")]))
    assert replayed.origin == "nothing"
    assert replayed.moment == datetime(2026, 11, 1, 9, 31, tzinfo=UTC)


def test_a_user_who_does_not_occur_is_an_error(write: Write) -> None:
    with pytest.raises(ExportError, match="does not occur in the export"):
        replay(write([sign_in(0)]), "nobody@contoso.com")


def test_every_event_is_accounted_for(write: Write) -> None:
    events = [
        sign_in(0),
        event("New-InboxRule", 1, Parameters=FORWARD),
        event("New-InboxRule", 2, Parameters=FORWARD, ResultStatus="False"),
        event("Disable-TransportRule", 3, Parameters=pairs()),
        event("Get-DlpPolicy", 4, Workload="SecurityComplianceCenter", RecordType=18),
        event("Add-MailboxPermission", 5, Parameters=pairs(Identity=ANA)),
        sign_in(60 * 30),
    ]
    account = replay(write(events)).account
    counted = (
        account.used
        + account.unused.total()
        + account.attempts.total()
        + sum(len(ids) for ids in account.not_understood.values())
        + account.after_the_moment
    )
    assert counted == len(events)
    assert account.unused == {"Get-DlpPolicy": 1}
    assert any("Add-MailboxPermission" in reason for reason in account.not_understood)


# --- over HTTP -----------------------------------------------------------------------------


async def test_the_replayed_tenant_answers_with_the_records_verbatim(write: Write) -> None:
    made = event("New-InboxRule", 1, Parameters=FORWARD, ClientIP="203.0.113.7:51")
    replayed = replay(write([sign_in(0), made]))
    app = tenant_app(replayed.state, Clock(replayed.moment))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://tenant",
            headers={"Authorization": "Bearer x"},
        ) as client,
    ):
        hunt = "/v1.0/security/runHuntingQuery"
        query = "CloudAppEvents | project IPAddress, AccountObjectId, Raw = tostring(RawEventData)"
        (row,) = (await client.post(hunt, json={"query": query})).json()["results"]
        absent = await client.post(hunt, json={"query": "EmailEvents | take 1"})
        risk = await client.get("/v1.0/identityProtection/riskDetections")
        rules = await client.get(f"/v1.0/users/{ANA}/mailFolders/inbox/messageRules")
    assert json.loads(row["Raw"]) == made
    assert row["IPAddress"] == "203.0.113.7"
    assert row["AccountObjectId"] == person(replayed).id
    assert (absent.status_code, risk.status_code) == (400, 403)
    assert [rule["displayName"] for rule in rules.json()["value"]] == ["Bills"]


# --- recorded incidents --------------------------------------------------------------------


def test_a_recorded_takeover_ends_with_its_rule_and_its_transport_rule(shared_data: Path) -> None:
    upn = "A.Thulile@dutchmasterz.onmicrosoft.com"
    replayed = replay(shared_data / "ual" / "S1_athulile_spray_takeover.jsonl", upn)
    (rule,) = (rule for rule in mailbox(replayed, upn).rules if not rule.hidden)
    (transport,) = replayed.state.transport_rules
    assert (rule.name, rule.enabled, rule.actions.delete) == (".", True, True)
    senders = [one.address for one in rule.conditions.from_addresses or []]
    assert senders == ["ITCornpany@gmail.com"]
    assert (transport.name, transport.enabled) == (".", True)
    assert transport.parameters["BlindCopyTo"] == ["ITCornpany@gmail.com"]
    assert replayed.moment == datetime(2021, 4, 17, 12, 8, 47, tzinfo=UTC)
    rogue = "ITCornpany@dutchmasterz.onmicrosoft.com"
    opened = {
        u.alias for u, box in replayed.state.mailboxes() for p in box.permissions if p.user == rogue
    }
    assert opened == {"AdeleV", "A.Thulile", "HenriettaM"}
    assert sum(row.authentication_protocol == "ropc" for row in replayed.state.sign_ins) == 5
    assert replayed.account.not_understood == {}
    assert replayed.state.changes == []


def test_a_recorded_consent_is_replayed_though_nothing_was_forwarded(shared_data: Path) -> None:
    upn = "joey@dutchmasterz.onmicrosoft.com"
    replayed = replay(shared_data / "ual" / "S2_illicit_consent_rnicrosoft.jsonl", upn)
    assert replayed.origin == "nothing"
    assert {grant.principal for grant in replayed.state.grants if "Mail.Read" in grant.scope} >= {
        upn
    }
    assert replayed.account.used + replayed.account.unused.total() == 339


def test_a_hundred_thousand_events_load_in_well_under_a_minute(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(100_000):
            one = sign_in(number // 100) if number % 2 else event("Send", number // 100)
            file.write(json.dumps(one | {"Id": str(number)}) + "\n")
    began = time.monotonic()
    export = load_export(path)
    replayed = rebuild(export, ANA)
    assert time.monotonic() - began < 30
    assert (len(export.records), replayed.account.used) == (100_000, 100_000)


def test_sign_ins_that_were_not_exported_are_not_seen_rather_than_none(write: Write) -> None:
    rule = event("New-InboxRule", Parameters=FORWARD, ObjectId="ana\\1")
    without = replay(write([rule])).state
    signed_in = replay(write([rule, event("UserLoggedIn", RecordType=15, UserKey="")])).state

    assert "AAD_PREMIUM" not in without.licences
    assert "IdentityLogonEvents" not in without.hunting
    assert "AAD_PREMIUM" in signed_in.licences
    assert "IdentityLogonEvents" in signed_in.hunting
