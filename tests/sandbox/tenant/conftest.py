from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.tenant.app import tenant_app
from sandbox.tenant.state import TenantState

Invoke = Callable[..., Awaitable[httpx.Response]]

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


@pytest.fixture
def state() -> TenantState:
    return TenantState.model_validate(
        {
            "id": "6c1f6d0a-58a1-4c0e-9c0f-9f6d1c2b7a10",
            "name": "Contoso",
            "domains": ["contoso.com", "contoso.onmicrosoft.com"],
            "users": [
                {
                    "user_principal_name": "ana@contoso.com",
                    "display_name": "Ana Bowman",
                    "mailbox": {
                        "rules": [
                            {
                                "name": "Team",
                                "sequence": 2,
                                "conditions": {"subject_contains": ["team"]},
                                "actions": {
                                    "forward_to": ["Joel <joel@contoso.com>"],
                                    "move_to_folder": "Archive",
                                },
                            },
                            {
                                "name": ".",
                                "hidden": True,
                                "actions": {"forward_to": ["x <thief@mail.example>"]},
                            },
                            {"name": "Made in Outlook", "sequence": 3, "read_only": True},
                        ]
                    },
                },
                {"user_principal_name": "joel@contoso.com", "display_name": "Joel Lindqvist"},
                {
                    "user_principal_name": "mira@contoso.com",
                    "display_name": "Mira Okafor",
                    "roles": ["Exchange Administrator"],
                },
                {
                    "user_principal_name": "hybrid@contoso.com",
                    "display_name": "Hybrid Worker",
                    "on_premises_sync_enabled": True,
                },
                {
                    "user_principal_name": "paper@contoso.com",
                    "display_name": "Paper Only",
                    "mailbox": None,
                },
            ],
            "groups": [
                {
                    "display_name": "Operators",
                    "kind": "security",
                    "roles": ["Helpdesk Administrator"],
                    "members": ["joel@contoso.com"],
                },
                {
                    "display_name": "Accounts",
                    "mail": "ap@contoso.com",
                    "members": ["ana@contoso.com", "Partner"],
                },
            ],
            "contacts": [{"name": "Partner", "external_address": "desk@partner.example"}],
            "transport_rules": [
                {"name": "Copy", "parameters": {"BlindCopyTo": ["thief@mail.example"]}}
            ],
            "service_principals": [{"app_id": "a" * 8, "display_name": "Tool"}],
            "hunting": {
                "CloudAppEvents": [
                    {"Timestamp": "2026-11-18T09:00:00Z", "ActionType": "New-InboxRule"}
                ]
            },
            "incidents": [
                {
                    "title": "Email forwarding",
                    "number": 12,
                    "created": "2026-11-18T09:30:00Z",
                    "alerts": [
                        {
                            "id": "fa01",
                            "title": "Suspicious email forwarding activity",
                            "forwarder": "ana@contoso.com",
                            "created": "2026-11-18T09:29:00Z",
                            "addresses": ["203.0.113.7"],
                            "extended_properties": {"FT": "InboxRule"},
                        }
                    ],
                }
            ],
        }
    )


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def tenant(state: TenantState, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    app = tenant_app(state, clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://tenant",
            headers={"Authorization": "Bearer token"},
        ) as client,
    ):
        yield client


@pytest.fixture
def invoke(tenant: httpx.AsyncClient) -> Invoke:
    async def run(
        cmdlet: str, headers: dict[str, str] | None = None, **parameters: object
    ) -> httpx.Response:
        body: dict[str, object] = {"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}}
        path = "/adminapi/beta/contoso.com/InvokeCommand"
        return await tenant.post(path, json=body, headers=headers)

    return run


@pytest.fixture
def incident_path(state: TenantState) -> str:
    return f"{state.workspace.path}/incidents/{state.incidents[0].id}"
