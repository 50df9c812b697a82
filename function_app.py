"""The front door: each action of the catalog becomes one HTTP function."""

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import azure.functions as func
from pydantic import TypeAdapter, ValidationError

from actions.catalog import AnyAction, catalog
from actions.http import House, answer
from actions.openapi import openapi
from actions.policy import Policy
from evidence.organization import ApprovedDestination, ApprovedTransportRule
from ledger.sqlite import SqliteLedger
from microsoft365.client import Endpoints, Microsoft365
from microsoft365.tokens import StaticCredential, managed_identity
from settings import Settings, SettingsError, read_settings

# At INFO, the level of a Functions worker, httpx logs every URL that it sends to, and the URL of a
# callback is a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)

_DESTINATIONS = TypeAdapter(tuple[ApprovedDestination, ...])
_TRANSPORT_RULES = TypeAdapter(tuple[ApprovedTransportRule, ...])
_Approved = TypeVar("_Approved")


def build(settings: Settings) -> func.FunctionApp:
    """Builds the app for a set of settings. Raises SettingsError."""
    level = func.AuthLevel.FUNCTION if settings.auth == "key" else func.AuthLevel.ANONYMOUS
    function_app = func.FunctionApp(http_auth_level=level)
    house = _house(settings)
    for action in catalog().values():
        if action.routed:
            body = _answering(action, house)
            _add(
                function_app, body, name=action.name, route=action.route, method="POST", level=level
            )
    open_to_all = func.AuthLevel.ANONYMOUS
    _add(function_app, _health, name="health", route="health", method="GET", level=open_to_all)
    _add(
        function_app,
        _openapi,
        name="openapi",
        route="openapi.json",
        method="GET",
        level=open_to_all,
    )
    return function_app


def _house(settings: Settings) -> House:
    credential = (
        StaticCredential(settings.static_token)
        if settings.static_token is not None
        else managed_identity(settings.client_id)
    )
    endpoints = Endpoints(
        tenant_id=settings.tenant_id,
        graph=settings.graph_url,
        exchange=settings.exchange_url,
        resource_manager=settings.arm_url,
    )
    return House(
        # A Functions worker is never told of its end, so nobody closes the client.
        microsoft=Microsoft365(endpoints, credential),
        ledger=SqliteLedger(settings.ledger_path),
        policy=Policy(
            approved_destinations=_approved(
                "APPROVED_DESTINATIONS", settings.approved_destinations, _DESTINATIONS
            ),
            approved_transport_rules=_approved(
                "APPROVED_TRANSPORT_RULES", settings.approved_transport_rules, _TRANSPORT_RULES
            ),
            protected_accounts=frozenset(name.lower() for name in settings.protected_accounts),
            protected_groups=settings.protected_groups,
            own_identity=settings.client_id,
            dry_run=settings.dry_run,
            paused=settings.paused,
            loopback=settings.loopback,
        ),
        auth=settings.auth,
    )


def _approved(
    setting: str, path: Path | None, kind: TypeAdapter[tuple[_Approved, ...]]
) -> tuple[_Approved, ...]:
    """What the file of a setting approves. Raises SettingsError, which names the setting."""
    if path is None:
        return ()
    try:
        return kind.validate_json(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"MAILWARDEN_{setting}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"MAILWARDEN_{setting}: {path}: {where}: {first['msg']}") from None


def _answering(
    action: AnyAction, house: House
) -> Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]:
    async def answering(req: func.HttpRequest) -> func.HttpResponse:
        return await answer(action, req, house)

    return answering


async def _health(req: func.HttpRequest) -> func.HttpResponse:
    del req
    return func.HttpResponse(json.dumps({"status": "ok"}), mimetype="application/json")


async def _openapi(req: func.HttpRequest) -> func.HttpResponse:
    del req
    return func.HttpResponse(json.dumps(openapi()), mimetype="application/json")


def _add(
    function_app: func.FunctionApp,
    body: Callable[[func.HttpRequest], Awaitable[func.HttpResponse]],
    *,
    name: str,
    route: str,
    method: str,
    level: func.AuthLevel,
) -> None:
    routed = function_app.route(route=route, methods=[method], auth_level=level)(body)
    function_app.function_name(name)(routed)


app = build(read_settings())
