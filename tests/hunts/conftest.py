import pytest

from sandbox.tenant.hunting import table_columns
from sandbox.tenant.kusto_parser import KustoParser

ARGUMENTS: dict[str, dict[str, object]] = {
    "who_forwarded_to": {"recipients": ["drop@evil.example"]},
    "forwarded_mail_count": {"recipients": ["drop@evil.example"], "senders": ["ann@contoso.com"]},
    "forwarded_mail_by_day": {"recipients": ["drop@evil.example"], "step": "PT12H"},
    "message_urls": {"message_ids": ["m1", "m2"]},
    "message_attachments": {"message_ids": ["m1", "m2"]},
    "app_consents": {"account_id": "id-ann", "upn": "ann@contoso.com"},
    "app_mail_access": {"account_id": "id-ann", "upn": "ann@contoso.com"},
    "forwarding_changes": {"account_id": "id-ann", "upn": "ann@contoso.com"},
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
