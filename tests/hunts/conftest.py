import pytest

from sandbox.tenant.hunting import table_columns
from sandbox.tenant.kusto_parser import KustoParser

ARGUMENTS: dict[str, dict[str, object]] = {
    "who_forwarded_to": {"recipients": ["drop@evil.example"]},
    "forwarded_mail_count": {"recipients": ["drop@evil.example"], "senders": ["ann@contoso.com"]},
    "forwarded_mail_by_day": {"recipients": ["drop@evil.example"], "step": "PT12H"},
    "message_urls": {"message_ids": ["m1", "m2"]},
    "message_attachments": {"message_ids": ["m1", "m2"]},
    "message": {"message_ids": ["m1", "<m2@contoso.com>"]},
    "message_events": {"message_ids": ["m1", "<m2@contoso.com>"]},
    "message_handling": {"internet_message_ids": ["m2@contoso.com"]},
    "url_clicks": {"message_ids": ["m1"]},
    "similar_messages": {"message_ids": ["m1"]},
    "auto_forwarded_messages": {"accepted_domains": ["contoso.com"]},
    "new_users_forwarding": {
        "judged_from": "2026-01-18T00:00:00Z",
        "accepted_domains": ["contoso.com"],
    },
    "sent_mail_threats": {"senders": ["ann@contoso.com"]},
    "sensitive_mail_sent": {"senders": ["ann@contoso.com", "id-ann"]},
    "refused_forwarding": {"recipients": ["drop@evil.example"]},
    "who_set_forwarding_to": {"recipients": ["drop@evil.example"], "ip_addresses": ["203.0.113.7"]},
    "mailbox_activity": {"account_id": "id-ann", "upn": "ann@contoso.com"},
    "admin_roles": {"account_id": "id-ann", "upn": "ann@contoso.com"},
    "account_changes": {"account_id": "id-ann", "upn": "ann@contoso.com"},
    "powers_over_mail": {"upn": "ann@contoso.com", "mailbox_names": ["ann"]},
    "app_consents": {"account_id": "id-ann", "upn": "ann@contoso.com"},
    "app_mail_access": {"account_id": "id-ann", "upn": "ann@contoso.com"},
    "mail_access": {"upn": "ann@contoso.com", "ip_addresses": ["203.0.113.7"]},
    "forwarding_changes": {"account_id": "id-ann", "upn": "ann@contoso.com"},
    "address_alerts": {"addresses": ["203.0.113.7"]},
    "same_addresses": {"addresses": ["203.0.113.7", "2001:db8::7"]},
    "device_alerts": {"account_id": "id-ann", "upn": "ann@contoso.com", "device_ids": ["d-1"]},
    "sign_in_anomalies": {"upn": "ann@contoso.com", "judged_from": "2026-01-18T00:00:00Z"},
}


@pytest.fixture
def arguments() -> dict[str, dict[str, object]]:
    """Arguments with which each hunt can be asked."""
    return ARGUMENTS


@pytest.fixture(scope="session")
def kusto() -> KustoParser:
    """Microsoft's parser, knowing every hunting table."""
    if (reason := KustoParser.missing()) is not None:
        pytest.skip(reason)
    return KustoParser(table_columns())
