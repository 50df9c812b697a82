"""One request for every path that the simulated tenant serves, and Microsoft's model of its answer.

A path without an example fails a test.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.tenant.graph.analyzed_emails import analyzed_email_id
from sandbox.tenant.graph.messages import stored_messages
from sandbox.tenant.graph.users import user_resource
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import User
from sandbox.tenant.state import TenantState

ANA = "users/ana@contoso.com"
RULES = f"{ANA}/mailFolders/inbox/messageRules"
ROLES = "roleManagement/directory"
ADVANCED = {"ConsistencyLevel": "eventual"}


@dataclass(frozen=True)
class Example:
    """A request below the version of Graph, with the model of a successful answer."""

    method: str
    path: str
    model: str
    """Module below `generated`, and its class."""
    body: JsonObject | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    versions: tuple[str, ...] = ("v1.0", "beta")


def _model(kind: str) -> str:
    """`mail_folder` as `models.mail_folder:MailFolder`."""
    name = kind.rpartition(".")[2]
    return f"models.{kind}:{''.join(word.capitalize() for word in name.split('_'))}"


def _get(path: str, kind: str, headers: dict[str, str] | None = None, *versions: str) -> Example:
    return Example(
        "GET", path, _model(kind), headers=headers or {}, versions=versions or ("v1.0", "beta")
    )


def _send(
    method: str, path: str, model: str, body: JsonObject | None = None, status: int = 200
) -> Example:
    return Example(method, path, model, body, status)


def reading(state: TenantState) -> list[Example]:
    """Every GET, of everything that the tenant holds."""
    found = _of_the_organisation(state.domains[0])
    for user in state.users:
        found += _of_user(user)
    for group in state.groups:
        found.append(
            _get(f"groups/{group.id}/transitiveMembers", "directory_object_collection_response")
        )
    for one in state.service_principals:
        for path in (f"servicePrincipals(appId='{one.app_id}')", f"servicePrincipals/{one.id}"):
            found += [
                _get(path, "service_principal"),
                _get(f"{path}/appRoleAssignedTo", "app_role_assignment_collection_response"),
            ]
        path = f"servicePrincipals/{one.id}/appRoleAssignments"
        found.append(_get(path, "app_role_assignment_collection_response"))
    for incident in state.incidents:
        path = f"security/incidents/{incident.provider_id}"
        found += [
            _get(path, "security.incident"),
            _get(f"{path}?$expand=alerts", "security.incident"),
            *(_get(f"security/alerts_v2/{a.id}", "security.alert") for a in incident.alerts),
        ]
    return [*found, *_of_mail(state)]


def _of_mail(state: TenantState) -> list[Example]:
    """Mail in a mailbox, as it was traced, analysed and reported."""
    ana, now = state.users[0], datetime.now(UTC)
    traces = "admin/exchange/tracing/messageTraces"
    details = "admin.exchange.tracing.message_traces.item."
    by_recipient = "get_details_by_recipient_with_recipient_address"
    emails = "security/collaboration/analyzedEmails"
    found = [
        _get(f"users/{ana.id}/messages?$top=5", "message_collection_response"),
        _get(traces, "exchange_message_trace_collection_response", None, "v1.0"),
        _get(
            f"{traces}?$top=1&$filter=recipientAddress eq 'x@mail.example'",
            "exchange_message_trace_collection_response",
            None,
            "v1.0",
        ),
    ]
    found += [
        _get(f"users/{ana.id}/messages/{each.id}", "message")
        for each in stored_messages(state, ana, now)
    ]
    for each in state.message_traces or ():
        model = f"{details}{by_recipient}.{by_recipient}_get_response"
        found.append(
            Example(
                "GET",
                f"{traces}/{each.id}/getDetailsByRecipient(recipientAddress='{each.recipient}')",
                f"{model}:GetDetailsByRecipientWithRecipientAddressGetResponse",
                versions=("v1.0",),
            )
        )
    if "THREAT_INTELLIGENCE" in state.licences:
        found.append(_get(emails, "security.analyzed_email_collection_response"))
        found += [
            _get(f"{emails}/{analyzed_email_id(row)}", "security.analyzed_email")
            for row in state.hunting.get("EmailEvents", ())
        ]
    submissions = "security/threatSubmission/emailThreats"
    found.append(
        _get(submissions, "security.email_threat_submission_collection_response", None, "beta")
    )
    return found + [
        _get(f"{submissions}/{each.id}", "security.email_threat_submission", None, "beta")
        for each in state.submissions
    ]


def _of_user(user: User) -> list[Example]:
    path, everything = f"users/{user.id}", ",".join(user_resource(user))
    folders, rules = f"{path}/mailFolders", f"{path}/mailFolders/inbox/messageRules"
    found = [
        _get(path, "user"),
        _get(f"{path}?$select={everything}", "user"),
        _get(f"{path}/transitiveMemberOf", "directory_object_collection_response"),
        _get(
            f"{path}/transitiveMemberOf/microsoft.graph.directoryRole?$count=true",
            "directory_role_collection_response",
            ADVANCED,
        ),
        _get(
            f"{path}/transitiveMemberOf/microsoft.graph.group?$count=true",
            "group_collection_response",
            ADVANCED,
        ),
        _get(f"{path}/oauth2PermissionGrants", "o_auth2_permission_grant_collection_response"),
        _get(f"{path}/appRoleAssignments", "app_role_assignment_collection_response"),
        _get(f"{path}/authentication/methods", "authentication_method_collection_response"),
        _get(f"{path}/registeredDevices", "directory_object_collection_response"),
        _get(
            f"{ROLES}/transitiveRoleAssignments?$count=true&$filter=principalId eq '{user.id}'",
            "unified_role_assignment_collection_response",
            ADVANCED,
            "beta",
        ),
        _get(f"identityProtection/riskyUsers/{user.id}", "risky_user"),
    ]
    if user.mailbox is None or not user.mailbox.on_rest:
        return found
    found += [
        _get(f"{path}/mailboxSettings", "mailbox_settings"),
        _get(f"{folders}?$top=50", "mail_folder_collection_response"),
        _get(f"{folders}?includeHiddenFolders=true&$top=3", "mail_folder_collection_response"),
        _get(f"{folders}/inbox", "mail_folder"),
        _get(f"{folders}/msgfolderroot", "mail_folder"),
        _get(f"{folders}/inbox/childFolders", "mail_folder_collection_response"),
        _get(rules, "message_rule_collection_response"),
    ]
    shown = [rule for rule in user.mailbox.rules if not rule.hidden]
    return found + [_get(f"{rules}/{rule.graph_id}", "message_rule") for rule in shown]


def _of_the_organisation(domain: str) -> list[Example]:
    return [
        _get("users", "user_collection_response"),
        _get("users?$top=1", "user_collection_response"),
        _get("domains", "domain_collection_response"),
        _get(f"domains/{domain}", "domain"),
        _get("organization", "organization_collection_response"),
        _get(f"{ROLES}/roleAssignments", "unified_role_assignment_collection_response"),
        _get(
            f"{ROLES}/roleAssignments?$expand=roleDefinition",
            "unified_role_assignment_collection_response",
        ),
        _get("servicePrincipals", "service_principal_collection_response"),
        _get("oauth2PermissionGrants", "o_auth2_permission_grant_collection_response"),
        _get("auditLogs/directoryAudits", "directory_audit_collection_response"),
        _get("auditLogs/signIns?$top=100", "sign_in_collection_response"),
        _get(
            "auditLogs/signIns?$top=100&$filter=signInEventTypes/any(t: t eq 'nonInteractiveUser')",
            "sign_in_collection_response",
            None,
            "beta",
        ),
        _get(
            "auditLogs/signIns?$filter=signInEventTypes/any(t: t eq 'servicePrincipal')"
            " and appId eq '4765445b-32c6-49b0-83e6-1d93765276ca'",
            "sign_in_collection_response",
            None,
            "beta",
        ),
        _get("identityProtection/riskDetections", "risk_detection_collection_response"),
        _get("security/alerts_v2", "security.alert_collection_response"),
    ]


def writing(state: TenantState) -> list[Example]:
    """Every POST, PATCH and DELETE; the last ones take away what the first ones need."""
    ana = state.users[0]
    assert ana.mailbox is not None
    rule = next(rule for rule in ana.mailbox.rules if not rule.hidden).graph_id
    alert = f"security/alerts_v2/{state.incidents[0].alerts[0].id}"
    incident = f"security/incidents/{state.incidents[0].provider_id}"
    member = "users.item.{}.{}_post_response:{}PostResponse"
    hunt = _model("security.hunting_query_results")
    comment: JsonObject = {"comment": "Seen"}
    # The answer is a collection, whatever the SDK takes it for.
    comments = _model("security.alert_comment")
    return [
        _send("PATCH", ANA, "", {"accountEnabled": True}, 204),
        _send(
            "POST",
            f"{ANA}/revokeSignInSessions",
            member.format(
                "revoke_sign_in_sessions", "revoke_sign_in_sessions", "RevokeSignInSessions"
            ),
        ),
        _send(
            "POST",
            f"{ANA}/checkMemberGroups",
            member.format("check_member_groups", "check_member_groups", "CheckMemberGroups"),
            {"groupIds": [state.groups[0].id]},
        ),
        _send(
            "POST",
            f"{ANA}/getMemberGroups",
            member.format("get_member_groups", "get_member_groups", "GetMemberGroups"),
            {"securityEnabledOnly": False},
        ),
        _send("POST", "security/runHuntingQuery", hunt, {"Query": "CloudAppEvents"}),
        _send(
            "POST",
            "security/microsoft.graph.security.runHuntingQuery",
            hunt,
            {"query": "CloudAppEvents"},
        ),
        Example(
            "POST",
            "security/threatSubmission/emailThreats",
            _model("security.email_threat_submission"),
            {
                "@odata.type": "#microsoft.graph.security.emailUrlThreatSubmission",
                "category": "phishing",
                "recipientEmailAddress": "ana@contoso.com",
                "messageUrl": "https://graph.microsoft.com/v1.0/users/ana@contoso.com/messages/A",
            },
            201,
            versions=("beta",),
        ),
        _send("PATCH", alert, _model("security.alert"), {"status": "inProgress"}),
        _send("POST", f"{alert}/comments", comments, comment),
        _send("PATCH", incident, _model("security.incident"), {"status": "active"}),
        _send("POST", f"{incident}/comments", comments, comment),
        _send("PATCH", f"{RULES}/{rule}", _model("message_rule"), {"isEnabled": True}),
        _send(
            "POST",
            RULES,
            _model("message_rule"),
            {"displayName": "New", "sequence": 1, "actions": {"markAsRead": True}},
            201,
        ),
        _send("DELETE", f"{RULES}/{rule}", "", status=204),
        _send(
            "POST",
            "$batch",
            "",
            {"requests": [{"id": "1", "method": "GET", "url": "/domains"}]},
        ),
    ]
