"""Bearer tokens of Mailwarden's own identity, for the configured hosts only."""

import asyncio
import time
from collections import defaultdict
from typing import Protocol

from azure.core.credentials import AccessToken
from azure.identity import ManagedIdentityCredential

_RENEW_BEFORE = 300.0
_ANEW = '{"access_token": {}}'
"""A claims request that asks for nothing: without one, MSAL answers from its own cache."""


class Credential(Protocol):
    """What azure-identity's credentials offer."""

    def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken:
        """A token for the scopes; may block. `claims` keeps it from giving a token it has kept."""
        ...


class StaticCredential:
    """One fixed token, for a simulated tenant on loopback."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken:
        """The token, whatever the scopes."""
        del scopes, claims
        return AccessToken(self._token, int(time.time()) + 86_400)


def managed_identity(client_id: str | None) -> Credential:
    """The Function App's managed identity; the user-assigned one when its client id is given."""
    return ManagedIdentityCredential(client_id=client_id)


class Tokens:
    """Tokens by scope, fetched off the event loop and kept until shortly before they expire.

    Calls that need a token at the same time wait for one and the same.
    """

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._kept: dict[str, AccessToken] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def bearer(self, scope: str, *, refused: str | None = None) -> str:
        """A token for the scope; another one than that which a service `refused` with 401.

        It is the refused one all the same when the identity gives no other: App Service keeps
        tokens too. Raises azure.core.exceptions.AzureError when the identity gives none.
        """
        async with self._asking[scope]:
            kept = self._kept.get(scope)
            ending = kept is None or kept.expires_on - time.time() < _RENEW_BEFORE
            if kept is None or ending or kept.token == refused:
                claims = _ANEW if refused else None
                kept = await asyncio.to_thread(self._credential.get_token, scope, claims=claims)
                self._kept[scope] = kept
            return kept.token
