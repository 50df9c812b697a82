"""InvokeCommand: one endpoint that runs any cmdlet and pages what it returns."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from pydantic import BaseModel, Field, JsonValue, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.exchange import (
    inbox_rules,
    mail_routes,
    mailboxes,
    organization,
    permissions,
    recipients,
    sweep_rules,
)
from sandbox.tenant.exchange.cmdlet import Call, Cmdlet, cannot_convert
from sandbox.tenant.odata import body_of
from sandbox.tenant.part import JsonObject
from sandbox.tenant.problem import Problem
from sandbox.tenant.state import TenantState

_MODULES = (
    inbox_rules,
    mail_routes,
    mailboxes,
    organization,
    permissions,
    recipients,
    sweep_rules,
)
CMDLETS: Mapping[str, Cmdlet] = {one.name: one for module in _MODULES for one in module.CMDLETS}
# Parameters that every cmdlet has.
_COMMON = frozenset({"Confirm", "ErrorAction", "ResultSize", "Verbose", "WarningAction", "WhatIf"})
_PAGE_SIZE = re.compile(r"odata\.maxpagesize=(\d+)", re.IGNORECASE)
_USUAL_PAGE = 1000


class _Input(BaseModel):
    name: str = Field(alias="CmdletName")
    parameters: dict[str, JsonValue] = Field(default_factory=dict, alias="Parameters")


class _Invocation(BaseModel):
    cmdlet: _Input = Field(alias="CmdletInput")


class Exchange:
    """The admin API of the organisation."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self) -> list[Route]:
        """Both versions of the path, which answer alike."""
        return [
            Route(f"/adminapi/{version}/{{tenant}}/InvokeCommand", self.invoke, methods=["POST"])
            for version in ("beta", "v1.0")
        ]

    async def invoke(self, request: Request) -> Response:
        """Run a cmdlet; a further page is the same body posted to @odata.nextLink."""
        tenant = request.path_params["tenant"].lower()
        if tenant not in {self._state.id.lower(), *(d.lower() for d in self._state.domains)}:
            raise Problem(404, "TenantNotFoundException", f"The tenant '{tenant}' doesn't exist.")
        try:
            asked = _Invocation.model_validate(await body_of(request)).cmdlet
        except ValidationError as problem:
            raise Problem(
                400, "ArgumentException", "The request body must hold a CmdletInput."
            ) from problem
        actor = self._state.application.name
        call = Call(self._state, self._clock.now(), asked.name, asked.parameters, actor)
        rows = self._allowed(call).run(call)
        return JSONResponse(_page(request, rows, _limit(call, len(rows)), call.warnings))

    def _allowed(self, call: Call) -> Cmdlet:
        cmdlet = CMDLETS.get(call.cmdlet)
        if cmdlet is None:
            raise Problem(
                400,
                "CommandNotFoundException",
                f"The term '{call.cmdlet}' is not recognized as the name of a cmdlet, function, "
                "script file, or operable program.",
            )
        mine = self._state.application.cmdlets
        if mine is not None and call.cmdlet not in mine:
            raise Problem(
                403,
                "CmdletAccessDeniedException",
                f"The operation '{call.cmdlet}' is not present in the role definition of the "
                "current user.",
            )
        for name in call.parameters:
            if name not in cmdlet.parameters | _COMMON:
                raise Problem(
                    400,
                    "ParameterBindingException",
                    f"A parameter cannot be found that matches parameter name '{name}'.",
                )
        return cmdlet


def _limit(call: Call, found: int) -> int:
    """How many of the objects found the cmdlet returns."""
    size = call.text("ResultSize") or "1000"
    if size.lower() == "unlimited":
        return found
    if not size.isdecimal():
        raise cannot_convert("ResultSize", size)
    if found > int(size):
        call.warnings.append(
            "There are more results available than are currently displayed. To view them, "
            "increase the value for the ResultSize parameter."
        )
    return min(found, int(size))


def _selected(request: Request, row: JsonObject) -> JsonObject:
    names = request.query_params.get("$select")
    if names is None:
        return row
    return {name: row[name] for name in names.split(",") if name in row}


def _page(
    request: Request, rows: Sequence[JsonObject], limit: int, warnings: list[str]
) -> JsonObject:
    match = _PAGE_SIZE.search(request.headers.get("prefer", ""))
    size = max(int(match[1]), 1) if match else _USUAL_PAGE
    token = request.query_params.get("$skiptoken", "0")
    if not token.isdecimal():
        raise Problem(400, "ArgumentException", "The continuation token is not valid.")
    start = int(token)
    page: JsonObject = {
        "@odata.context": f"{request.url.replace(query='')}/$metadata#Collection(Exchange.Object)",
        "value": [_selected(request, row) for row in rows[start : min(start + size, limit)]],
    }
    if warnings:
        page["@adminapi.warnings"] = [*warnings]
    if start + size < limit:
        query = urlencode({**request.query_params, "$skiptoken": str(start + size)})
        page["@odata.nextLink"] = f"{request.url.replace(query='')}?{query}"
    return page
