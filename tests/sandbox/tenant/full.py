"""A tenant in which every field holds something, so that no field escapes a test unseen."""

from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import JsonValue
from pydantic.dataclasses import is_pydantic_dataclass
from pydantic.fields import FieldInfo

from sandbox.tenant.part import JsonObject, Part
from sandbox.tenant.state import TenantState

ANA = "ana@contoso.com"
_PEOPLE: JsonValue = ["Bo <bo@contoso.com>", "x <x@mail.example>"]
_PREDICATES: JsonObject = {
    "body_contains": ["invoice"],
    "body_or_subject_contains": ["payment"],
    "categories": ["Red"],
    "from_addresses": _PEOPLE,
    "has_attachments": True,
    "header_contains": ["X-Spam"],
    "importance": "high",
    "is_approval_request": True,
    "is_automatic_forward": True,
    "is_automatic_reply": True,
    "is_encrypted": True,
    "is_meeting_request": True,
    "is_meeting_response": True,
    "is_non_delivery_report": True,
    "is_permission_controlled": True,
    "is_read_receipt": True,
    "is_signed": True,
    "is_voicemail": True,
    "message_action_flag": "followUp",
    "not_sent_to_me": True,
    "recipient_contains": ["@contoso.com"],
    "sender_contains": ["bank"],
    "sensitivity": "private",
    "sent_cc_me": True,
    "sent_only_to_me": True,
    "sent_to_addresses": _PEOPLE,
    "sent_to_me": True,
    "sent_to_or_cc_me": True,
    "subject_contains": ["wire"],
    "within_size_range": {"minimum_size": 1, "maximum_size": 900},
}
_RULE: JsonObject = {
    "name": "Everything",
    "sequence": 2,
    "enabled": False,
    "hidden": False,
    "read_only": False,
    "in_error": True,
    "identity": (1 << 63) + 7,
    "conditions": _PREDICATES,
    "exceptions": _PREDICATES,
    "actions": {
        "assign_categories": ["Red"],
        "copy_to_folder": "Archive",
        "delete": True,
        "forward_as_attachment_to": _PEOPLE,
        "forward_to": _PEOPLE,
        "mark_as_read": True,
        "mark_importance": "low",
        "move_to_folder": "RSS Feeds",
        "permanent_delete": True,
        "redirect_to": _PEOPLE,
        "stop_processing_rules": True,
    },
}
_PERMISSION: JsonObject = {
    "user": "bo@contoso.com",
    "rights": ["FullAccess"],
    "inherited": False,
    "deny": False,
}
_MAILBOX: JsonObject = {
    "kind": "SharedMailbox",
    "on_rest": True,
    "language": "nl-NL",
    "time_zone": "W. Europe Standard Time",
    "automatic_replies": {
        "status": "scheduled",
        "external_audience": "contactsOnly",
        "internal_reply_message": "Away",
        "external_reply_message": "Away",
        "scheduled_start": "2026-11-18T10:00:00Z",
        "scheduled_end": "2026-11-20T10:00:00Z",
    },
    "folders": [
        {
            "display_name": "Postvak IN",
            "well_known": "inbox",
            "hidden": False,
            "total_items": 40,
            "unread_items": 3,
        },
        {"display_name": "Rekeningen", "parent": "Postvak IN", "hidden": False},
        {"display_name": "Verborgen", "hidden": True},
    ],
    "rules": [_RULE, {"name": "Second"}, {"name": "Third", "sequence": 3}],
    "rules_page_size": 2,
    "forwarding_address": "Partner",
    "forwarding_smtp_address": "smtp:x@mail.example",
    "deliver_to_mailbox_and_forward": True,
    "sweep_rules": [
        {"name": "Tidy", "sender": "news@b.example", "keep_for_days": 10},
        {
            "name": "Latest",
            "sender": "shop@b.example",
            "keep_latest": 1,
            "destination_folder": "Archive",
        },
    ],
    "permissions": [_PERMISSION],
    "send_as": [{**_PERMISSION, "rights": ["SendAs"]}],
    "send_on_behalf": ["bo@contoso.com"],
    "folder_permissions": [{"folder": "inbox", "user": "bo@contoso.com", "rights": ["Reviewer"]}],
    "audit_enabled": False,
    "when_changed": "2026-11-17T10:00:00Z",
}
_KINDS = (
    "email external fido2 microsoftAuthenticator phone platformCredential softwareOath "
    "temporaryAccessPass windowsHelloForBusiness"
).split()
_METHODS: JsonValue = [
    {
        "kind": kind,
        "name": "Pixel 9",
        "created": "2026-11-18T08:20:00Z",
        "phone_number": "+31 612345678",
        "phone_type": "mobile",
        "email_address": "ana@home.example",
    }
    for kind in _KINDS
]
_DEVICE: JsonObject = {
    "display_name": "LAPTOP",
    "operating_system": "Windows",
    "operating_system_version": "10.0.26100.1",
    "registered": "2026-11-18T08:25:00Z",
    "is_managed": True,
    "is_compliant": True,
    "trust_type": "Workplace",
}
_AUDIT: JsonObject = {
    "at": "2026-11-18T08:20:00Z",
    "activity": "Update user",
    "user": ANA,
    "actor": ANA,
    "ip_address": "203.0.113.7",
    "category": "UserManagement",
    "service": "Core Directory",
    "operation": "Update",
    "result": "success",
    "reason": "Done",
    "target": "LAPTOP",
    "target_type": "Device",
    "modified": [{"name": "StrongAuthenticationMethod", "old": "[]", "new": "[6]"}],
}
_LOCATION: JsonObject = {
    "city": "Lagos",
    "state": "Lagos",
    "country_or_region": "NG",
    "latitude": 6.45,
    "longitude": 3.39,
}
_SIGN_IN: JsonObject = {
    "user": ANA,
    "at": "2026-11-18T08:00:00.1234567Z",
    "ip_address": "203.0.113.7",
    "id": "4f1d0c2e-6a57-4f0b-9f0c-5b1e8d7a0200",
    "interactive": True,
    "app": "OfficeHome",
    "app_id": "4765445b-32c6-49b0-83e6-1d93765276ca",
    "resource": "Office 365 Exchange Online",
    "resource_id": "00000002-0000-0ff1-ce00-000000000000",
    "client_app_used": "Browser",
    "user_agent": "Mozilla/5.0",
    "asn": 64500,
    "location": _LOCATION,
    "device": {
        "device_id": "d1",
        "display_name": "LAPTOP",
        "operating_system": "Windows 10",
        "browser": "Edge",
        "is_compliant": True,
        "is_managed": True,
        "trust_type": "AzureAd",
    },
    "error_code": 50126,
    "failure_reason": "Invalid password",
    "authentication_requirement": "multiFactorAuthentication",
    "authentication_protocol": "deviceCode",
    "incoming_token_type": "primaryRefreshToken",
    "original_transfer_method": "deviceCodeFlow",
    "conditional_access_status": "failure",
    "session_id": "s1",
    "unique_token_identifier": "t1",
    "correlation_id": "5d295068-919b-4017-85d8-44be2f5f5483",
    "risk_level_during_sign_in": "medium",
    "risk_level_aggregated": "high",
    "risk_state": "atRisk",
    "risk_detail": "none",
    "risk_event_types": ["anomalousToken"],
}
_COMMENT: JsonObject = {
    "message": "Seen",
    "at": "2026-11-18T09:45:00Z",
    "author": "Analyst",
    "id": "6b0d2622-d34e-4470-935b-b96550e5ca8d",
}
_ALERT: JsonObject = {
    "title": "Suspicious email forwarding activity",
    "forwarder": ANA,
    "created": "2026-11-18T09:29:00Z",
    "id": "fa01",
    "policy": "bfd48f06-0865-41a6-85ff-adb746423ebf",
    "product": "Microsoft Defender for Office 365",
    "description": "Mail leaves",
    "severity": "high",
    "category": "Collection",
    "techniques": ["T1114.003"],
    "first_activity": "2026-11-18T09:00:00Z",
    "last_activity": "2026-11-18T09:20:00Z",
    "messages": [
        {
            "network_message_id": "1f0e6f3c-1f0b-4f6e-9c3b-0d9c7a1b2c3d",
            "recipient": "x@mail.example",
            "sender": ANA,
            "subject": "Invoice",
            "received": "2026-11-18T09:10:00Z",
            "sender_ip": "203.0.113.7",
        }
    ],
    "addresses": ["203.0.113.7"],
    "accounts": ["bo@contoso.com"],
    "devices": ["laptop-7.contoso.com"],
    "extended_properties": {"FT": "InboxRule", "SRL": "x@mail.example"},
    "status": "resolved",
    "classification": "truePositive",
    "determination": "compromisedAccount",
    "assigned_to": "analyst@contoso.com",
    "custom_details": {"Mailbox": ANA},
    "updated": "2026-11-18T09:40:00Z",
    "comments": [_COMMENT],
}
_INCIDENT: JsonObject = {
    "title": "Email forwarding",
    "number": 12,
    "created": "2026-11-18T09:30:00Z",
    "alerts": [_ALERT, {**_ALERT, "id": "fa02", "product": "Microsoft Defender for Cloud Apps"}],
    "id": "0d1e2f3a-1111-4222-8333-444455556666",
    "provider_id": "12",
    "severity": "high",
    "description": "Two alerts",
    "tactics": ["Collection"],
    "techniques": ["T1114"],
    "labels": ["vip"],
    "owner": {
        "object_id": "7f0e6f3c-1f0b-4f6e-9c3b-0d9c7a1b2c3d",
        "email": "analyst@contoso.com",
        "assigned_to": "analyst@contoso.com",
        "user_principal_name": "analyst@contoso.com",
    },
    "status": "resolved",
    "classification": "truePositive",
    "determination": "compromisedAccount",
    "resolving_comment": "Done",
    "sentinel_status": "Closed",
    "sentinel_classification": "TruePositive",
    "classification_reason": "SuspiciousActivity",
    "classification_comment": "Done",
    "comments": [_COMMENT],
    "sentinel_comments": [_COMMENT],
    "updated": "2026-11-18T09:40:00Z",
    "revision": 3,
}
_STATE: JsonObject = {
    "id": "6c1f6d0a-58a1-4c0e-9c0f-9f6d1c2b7a10",
    "name": "Contoso",
    "domains": ["contoso.com", "contoso.onmicrosoft.com"],
    "federated_domains": ["contoso.com"],
    "licences": ["AAD_PREMIUM", "AAD_PREMIUM_P2", "THREAT_INTELLIGENCE"],
    "workspace": {
        "subscription": "5f0e6f3c-1f0b-4f6e-9c3b-0d9c7a1b2c3d",
        "resource_group": "rg-security",
        "name": "law-sentinel",
        "id": "2b7f3f0e-6a1d-4c55-9a0e-7c1d2e3f4a5b",
    },
    "application": {
        "name": "Mailwarden",
        "roles": ["User Administrator", "Privileged Authentication Administrator"],
    },
    "users": [
        {
            "user_principal_name": ANA,
            "display_name": "Ana Bowman",
            "id": "8f4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31",
            "mail": ANA,
            "proxy_addresses": ["SMTP:ana@contoso.com", "smtp:ab@contoso.com"],
            "account_enabled": True,
            "user_type": "Member",
            "on_premises_sync_enabled": False,
            "job_title": "Buyer",
            "department": "Purchasing",
            "licences": ["SPE_E5", "ENTERPRISEPACK", "EXCHANGESTANDARD", "SPE_E3"],
            "roles": ["Exchange Administrator"],
            "created": "2024-02-05T09:00:00Z",
            "last_password_change": "2026-04-14T07:31:00Z",
            "sign_in_sessions_valid_from": "2026-04-14T07:31:00Z",
            "force_change_password": True,
            "authentication_methods": _METHODS,
            "devices": [_DEVICE],
            "mailbox": _MAILBOX,
        },
        {"user_principal_name": "bo@contoso.com", "display_name": "Bo", "user_type": "Guest"},
        {"user_principal_name": "carl@contoso.com", "display_name": "Carl", "mailbox": None},
    ],
    "groups": [
        {
            "display_name": "Operators",
            "mail": "ops@contoso.com",
            "id": "9f4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31",
            "kind": "security",
            "members": [ANA, "Partner", "ap@contoso.com"],
            "roles": ["Helpdesk Administrator"],
        },
        {"display_name": "Accounts", "mail": "ap@contoso.com", "members": [ANA]},
        {"display_name": "Team", "mail": "t@contoso.com", "kind": "microsoft365", "members": [ANA]},
    ],
    "contacts": [
        {
            "name": "Partner",
            "external_address": "desk@partner.example",
            "kind": "MailContact",
            "mail": "partner@contoso.com",
        },
        {"name": "Guest", "external_address": "guest@partner.example", "kind": "MailUser"},
    ],
    "service_principals": [
        {
            "app_id": "00000003-0000-0000-c000-000000000000",
            "display_name": "Microsoft Graph",
            "id": "af4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31",
            "home_tenant": "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
            "publisher": "Microsoft",
            "reply_urls": ["https://tool.example/callback"],
            "roles": ["Mail.Read"],
        },
        {"app_id": "10000003-0000-0000-c000-000000000000", "display_name": "Tool"},
    ],
    "grants": [
        {
            "client": "af4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31",
            "principal": ANA,
            "resource": "00000003-0000-0000-c000-000000000000",
            "scope": "Mail.Read",
            "created": "2026-11-18T08:30:00Z",
        },
        {
            "client": "bf4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31",
            "principal": ANA,
            "scope": "Mail.ReadWrite offline_access",
        },
    ],
    "app_role_assignments": [
        {
            "client": "10000003-0000-0000-c000-000000000000",
            "resource": "00000003-0000-0000-c000-000000000000",
            "role": "Mail.Read",
            "created": "2026-11-18T08:40:00Z",
        }
    ],
    "directory_audits": [
        _AUDIT,
        {"at": "2026-11-18T08:21:00Z", "activity": "Add device", "user": ANA, "app": "Intune"},
    ],
    "journal_rules": [
        {
            "name": "Keep",
            "journal_email_address": "archive@b.example",
            "recipient": ANA,
            "when_changed": "2026-11-17T10:00:00Z",
        }
    ],
    "outbound_connectors": [
        {
            "name": "Relay",
            "smart_hosts": ["mx.b.example"],
            "recipient_domains": ["*"],
            "comment": "To the archive",
            "when_changed": "2026-11-17T10:00:00Z",
        }
    ],
    "transport_rules": [
        {
            "name": "Copy",
            "guid": "cf4f7b6e-0b5c-4a39-9d5b-2f6f0e1c7a31",
            "enabled": False,
            "mode": "Audit",
            "priority": 1,
            "created_by": "Ana",
            "last_modified_by": "Ana",
            "when_changed": "2026-11-17T10:00:00Z",
            "parameters": {"BlindCopyTo": ["x@mail.example"], "FromScope": "InOrganization"},
        }
    ],
    "remote_domains": [{"name": "Default", "domain": "*", "auto_forward_enabled": False}],
    "outbound_policies": [
        {"name": "Default", "auto_forwarding_mode": "Off", "is_default": True},
    ],
    "sign_ins": [
        _SIGN_IN,
        {**_SIGN_IN, "id": "5f1d0c2e", "at": "2026-11-18T07:00:00Z", "user": "bo@contoso.com"},
        {**_SIGN_IN, "id": "6f1d0c2e", "at": "2026-11-18T06:00:00Z", "interactive": False},
        {
            **_SIGN_IN,
            "id": "7f1d0c2e",
            "at": "2026-11-18T05:00:00Z",
            "user": "",
            "service_principal": "Mail reader",
            "service_principal_id": "9f1d0c2e-6a57-4f0b-9f0c-5b1e8d7a0201",
        },
    ],
    "risky_users": [
        {
            "user": ANA,
            "risk_level": "high",
            "risk_state": "atRisk",
            "risk_detail": "none",
            "updated": "2026-11-18T09:00:00Z",
        }
    ],
    "risk_detections": [
        {
            "user": ANA,
            "type": "anomalousToken",
            "at": "2026-11-18T08:00:00Z",
            "detected": "2026-11-18T08:10:00Z",
            "ip_address": "203.0.113.7",
            "location": _LOCATION,
            "risk_level": "high",
            "risk_state": "atRisk",
            "detection_timing": "offline",
            "request_id": "4f1d0c2e-6a57-4f0b-9f0c-5b1e8d7a0200",
            "activity": "signin",
        },
        {"user": ANA, "type": "unfamiliarFeatures", "at": "2026-11-18T07:00:00Z"},
    ],
    "message_traces": [
        {
            "at": "2026-11-18T09:12:00Z",
            "id": "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b202",
            "message_id": "<m2@contoso.com>",
            "sender": ANA,
            "recipient": "x@mail.example",
            "subject": "FW: Cards",
            "size": 4096,
            "from_ip": "192.0.2.24",
            "to_ip": "203.0.113.9",
            "status": "failed",
            "reason": "550 5.7.520 Access denied",
            "events": [
                {
                    "at": "2026-11-18T09:12:01Z",
                    "event": "Fail",
                    "action": "Drop",
                    "description": "Reason: [{LED=550 5.7.520 Access denied};{MSG=}]",
                    "data": "<root/>",
                }
            ],
        }
    ],
    "submissions": [
        {
            "id": "6d2a2c7e-6f1b-4c43-7a51-08dd07c8b201",
            "created": "2026-11-18T09:40:00Z",
            "category": "phishing",
            "recipient": ANA,
            "by": "Mailwarden",
            "found": True,
            "internet_message_id": "<m1@contoso.com>",
            "subject": "Cards",
            "sender": "bo@contoso.com",
            "sender_ip": "192.0.2.24",
            "received": "2026-11-18T09:10:00Z",
        }
    ],
    "incidents": [_INCIDENT],
    "delays": {"CloudAppEvents": "PT1M", "signIns": "PT1M"},
    "hunting": {
        "CloudAppEvents": [
            {
                "Timestamp": "2026-11-18T09:00:00Z",
                "ActionType": "New-InboxRule",
                "IsAdminOperation": False,
                "RawEventData": {"Parameters": [{"Name": "ForwardTo", "Value": "x@mail.example"}]},
            },
            {
                "Timestamp": "2026-11-18T09:20:00Z",
                "ActionType": "DLPRuleMatch",
                "RawEventData": {
                    "ExchangeMetaData": {"From": ANA, "MessageID": "<m1@contoso.com>"},
                    "PolicyDetails": [{"PolicyName": "Cards", "Rules": [{"RuleName": "Any"}]}],
                },
            },
        ],
        "EmailEvents": [
            {
                "Timestamp": "2026-11-18T09:10:00Z",
                "NetworkMessageId": "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b201",
                "InternetMessageId": "<m1@contoso.com>",
                "SenderFromAddress": "bo@contoso.com",
                "SenderMailFromAddress": "bo@contoso.com",
                "SenderIPv4": "192.0.2.24",
                "RecipientEmailAddress": ANA,
                "Subject": "Cards",
                "EmailDirection": "Intra-org",
                "DeliveryAction": "Delivered",
                "DeliveryLocation": "Inbox/folder",
                "ThreatTypes": "Phish, Spam",
                "DetectionMethods": "URL detonation",
                "ForwardingInformation": "[]",
                "ExchangeTransportRule": "Banner",
                "EmailClusterId": 77,
                "EmailSize": 4096,
                "AttachmentCount": 1,
            }
        ],
        "EmailUrlInfo": [
            {
                "Timestamp": "2026-11-18T09:10:00Z",
                "NetworkMessageId": "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b201",
                "Url": "https://contoso.sharepoint.com/cards",
            }
        ],
        "EmailAttachmentInfo": [
            {
                "Timestamp": "2026-11-18T09:10:00Z",
                "NetworkMessageId": "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b201",
                "RecipientEmailAddress": ANA,
                "FileName": "cards.xlsx",
                "FileType": "xlsx",
                "FileSize": 2048,
                "SHA256": "ab" * 32,
                "ThreatTypes": "Malware",
                "ThreatNames": "Trojan",
            }
        ],
        "EmailPostDeliveryEvents": [
            {
                "Timestamp": "2026-11-18T09:30:00Z",
                "NetworkMessageId": "5d2a2c7e-6f1b-4c43-7a51-08dd07c8b201",
                "RecipientEmailAddress": ANA,
                "Action": "Moved to quarantine",
                "ActionType": "Phish ZAP",
                "ActionTrigger": "SystemAction",
                "ActionResult": "Success",
                "ThreatTypes": "Phish",
            }
        ],
    },
}


def full_state() -> TenantState:
    """The tenant, new each time."""
    return TenantState.model_validate(_STATE)


def parts_of(part: object) -> Iterator[object]:
    """The part and every part inside it."""
    yield part
    for name in fields_of(part):
        held: object = getattr(part, name)
        for each in cast("list[object]", held) if isinstance(held, list) else [held]:
            if isinstance(each, Part) or is_pydantic_dataclass(type(each)):
                yield from parts_of(each)


def fields_of(part: object) -> Mapping[str, FieldInfo]:
    """The fields of a part, of either kind."""
    kind = type(part)
    if issubclass(kind, Part):
        return kind.model_fields
    assert is_pydantic_dataclass(kind)
    return kind.__pydantic_fields__
