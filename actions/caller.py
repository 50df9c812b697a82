"""Who calls, and what the caller may do."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from actions.problem import Problem
from evidence.reading import objects, text

_ROLE_CLAIMS = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
_TENANT_CLAIMS = ("tid", "http://schemas.microsoft.com/identity/claims/tenantid")
_NAME_CLAIMS = ("preferred_username", "upn", "name", "azp", "appid")


class Role(StrEnum):
    """App roles of Mailwarden's Entra application."""

    READ = "Actions.Read"
    CONTAIN = "Actions.Contain"
    DESTROY = "Actions.Destroy"
    APPROVE = "Actions.Approve"


@dataclass(frozen=True)
class Caller:
    """Who is recorded in the ledger, and by what right."""

    name: str
    authority: str
    roles: frozenset[str]
    by_key: bool

    def may(self, role: Role) -> bool:
        """Whether the caller holds the role; a function key is an authority for everything."""
        return self.by_key or role.value in self.roles


KEY_HOLDER = Caller("unknown", "function key", frozenset(), by_key=True)
"""With AUTH=key nobody knows who holds the key, and principal headers prove nothing."""


def principal(headers: Mapping[str, str], tenant_id: str) -> Caller:
    """The caller that App Service authentication vouches for (`X-MS-CLIENT-PRINCIPAL`).

    Source: App Service: Work with user identities. Raises Problem 401 for anything but a complete
    principal of this tenant.
    """
    encoded = headers.get("x-ms-client-principal", "")
    if not encoded:
        raise Problem(401, "Not signed in", "No principal came with the request")
    try:
        document: JsonValue = json.loads(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError) as error:
        raise Problem(401, "Not signed in", "The principal cannot be read") from error
    claims = [
        (kind, value)
        for claim in objects(document, "claims")
        if (kind := text(claim, "typ")) and (value := text(claim, "val"))
    ]
    if text(document, "auth_typ") != "aad" or tenant_id not in _values(claims, _TENANT_CLAIMS):
        raise Problem(401, "Not signed in", "The principal is not of this tenant")
    role_claims = (*_ROLE_CLAIMS, text(document, "role_typ") or "roles")
    name = next(iter(_values(claims, _NAME_CLAIMS)), "unnamed")
    roles = frozenset(_values(claims, role_claims))
    return Caller(name, "app roles", roles, by_key=False)


def _values(claims: list[tuple[str, str]], kinds: tuple[str, ...]) -> list[str]:
    return [value for wanted in kinds for kind, value in claims if kind == wanted]
