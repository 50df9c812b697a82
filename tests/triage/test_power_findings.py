"""Powers over others' mail, changed applications, gates opened, and ways that no listing shows."""

import pytest
from pydantic import JsonValue

from evidence.model import JsonObject
from tests.triage.builders import (
    AWAY,
    HOME,
    NOW,
    OWNER,
    answers,
    changes,
    days,
    hunt,
    new_rule,
    outside,
    record,
    rule,
)
from tests.triage.found import found

AT = NOW - days(1)


def event(operation: str, parameters: JsonObject | None = None, **fields: str) -> JsonObject:
    members: JsonObject = {**fields}
    return record(operation, AT, parameters=parameters or {}) | members


def entra(operation: str, name: str, value: str) -> JsonObject:
    """A record of Entra's, which tells a property's new value."""
    changed: list[JsonValue] = [{"Name": name, "NewValue": value, "OldValue": ""}]
    return record(operation, AT, ModifiedProperties=changed)


MAIL_READWRITE = "024d486e-b451-40bb-833d-3e66d98c5c73"
IMPERSONATION: JsonObject = {"Role": "ApplicationImpersonation", "User": "svc"}
WARNINGS: JsonObject = {"SubjectOrBodyContainsWords": "phishing;hacked", "DeleteMessage": "True"}
TO_SECURITY: JsonObject = {"SentTo": "security@contoso.com", "DeleteMessage": "True"}
SENDER = "payroll@contoso.com"
FIRES: list[tuple[str, JsonObject]] = [
    ("role_granted", event("New-ManagementRoleAssignment", IMPERSONATION)),
    ("role_granted", entra("Add member to role.", "Role.DisplayName", '"User Admin"')),
    ("mailboxes_searched", event("SearchExported", ObjectId="everything")),
    (
        "app_credentials_added",
        event("Update application \u2013 Certificates and secrets management "),
    ),
    (
        "app_permissions_added",
        entra("Update application", "RequiredResourceAccess", MAIL_READWRITE),
    ),
    (
        "auto_forwarding_allowed",
        event("Set-HostedOutboundSpamFilterPolicy", {"AutoForwardingMode": "On"}),
    ),
    ("auto_forwarding_allowed", event("Set-RemoteDomain", {"AutoForwardEnabled": "True"})),
    ("transport_rule_deletes_warnings", event("New-TransportRule", WARNINGS)),
    ("transport_rule_deletes_warnings", event("New-TransportRule", TO_SECURITY)),
    ("sweep_hides", event("New-SweepRule", {"Name": "s", "Sender": SENDER, "Mailbox": OWNER})),
    (
        "connector_leads_elsewhere",
        event("New-OutboundConnector", {"Name": "c", "SmartHosts": "mx.evil.example"}),
    ),
    (
        "flow_leads_outside",
        event("CreateFlow", FlowConnectorNames="Office 365 Outlook, Gmail"),
    ),
    ("auditing_stopped", event("Set-OrganizationConfig", {"AuditDisabled": "True"})),
]
SILENT: list[tuple[str, JsonObject]] = [
    ("role_granted", event("Remove member from role.")),
    ("role_granted", event("New-ManagementRoleAssignment", IMPERSONATION, ResultStatus="False")),
    ("mailboxes_searched", event("SearchUpdated")),
    ("app_credentials_added", event("Update application")),
    ("app_permissions_added", entra("Update application", "DisplayName", "x")),
    (
        "app_permissions_added",
        entra("Update application", "RequiredResourceAccess", "User.Read"),
    ),
    (
        "auto_forwarding_allowed",
        event("Set-HostedOutboundSpamFilterPolicy", {"AutoForwardingMode": "Off"}),
    ),
    (
        "transport_rule_deletes_warnings",
        event("New-TransportRule", {"SubjectContainsWords": "casino", "DeleteMessage": "True"}),
    ),
    (
        "transport_rule_deletes_warnings",
        event("New-TransportRule", WARNINGS | {"DeleteMessage": "False"}),
    ),
    (
        "sweep_hides",
        event("New-SweepRule", {"Sender": SENDER, "DestinationFolder": "Reading", "Name": "s"}),
    ),
    ("flow_leads_outside", event("CreateFlow", FlowConnectorNames="Office 365 Outlook, Planner")),
]


@pytest.mark.parametrize(("identifier", "one"), FIRES)
def test_it_fires(identifier: str, one: JsonObject) -> None:
    finding = found(answers(audit=changes(one)))[identifier]
    assert finding.weight > 0
    assert finding.evidence[0].source.startswith("run_hunt")


@pytest.mark.parametrize(("identifier", "one"), SILENT)
def test_it_is_silent(identifier: str, one: JsonObject) -> None:
    assert identifier not in found(answers(audit=changes(one)))


@pytest.mark.parametrize(
    ("query", "weight"), [("password OR mfa", 20), ("from:ann@contoso.com", 10)]
)
def test_a_search_for_secrets_weighs_more_than_another(query: str, weight: int) -> None:
    finding = found(answers(audit=changes(event("SearchCreated", Query=query))))
    assert finding["mailboxes_searched"].weight == weight


def test_a_newsletter_swept_away_weighs_little() -> None:
    news: JsonObject = {"Name": "s", "Sender": "news@shop.example", "Mailbox": OWNER}
    assert found(answers(audit=changes(event("New-SweepRule", news))))["sweep_hides"].weight < 10


def test_a_record_that_two_hunts_found_counts_once() -> None:
    one = event("SearchExported")
    given = answers(audit=changes(one), hunts=[hunt("app_consents", {"RawEventData": one})])
    assert found(given)["mailboxes_searched"].evidence[0].id == one["Id"]


@pytest.mark.parametrize(("address", "tied"), [(HOME, False), (AWAY, True)])
def test_what_is_done_from_a_desk_in_long_use_is_tied_to_nothing(address: str, tied: bool) -> None:
    forwarding = new_rule("Copy", AT, ClientIP=address)
    role = event("New-ManagementRoleAssignment", IMPERSONATION, ClientIP=address)
    given = answers(rules=[rule("Copy", forward_to=(outside(),))], audit=changes(forwarding, role))
    assert bool(found(given)["role_granted"].links) is tied
