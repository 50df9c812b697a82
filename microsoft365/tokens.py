"""Bearer tokens of Mailwarden's own identity, for the configured hosts only."""

import asyncio
import time
from typing import Protocol

from azure.core.credentials import AccessToken
from azure.identity import ManagedIdentityCredential

_RENEW_BEFORE = 300.0


class Credential(Protocol):
    """What azure-identity's credentials offer."""

    def get_token(self, *scopes: str) -> AccessToken:
        """A token for the scopes; may block."""
        ...


class StaticCredential:
    """One fixed token, for a simulated tenant on loopback."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str) -> AccessToken:
        """The token, whatever the scopes."""
        del scopes
        return AccessToken(self._token, int(time.time()) + 86_400)


def managed_identity(client_id: str | None) -> Credential:
    """The Function App's managed identity; the user-assigned one when its client id is given."""
    return ManagedIdentityCredential(client_id=client_id)


class Tokens:
    """Tokens by scope, fetched off the event loop and kept until shortly before they expire."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._kept: dict[str, AccessToken] = {}

    async def bearer(self, scope: str, *, fresh: bool = False) -> str:
        """A token for the scope. `fresh` asks anew, after a 401.

        Raises azure.core.exceptions.AzureError when the identity gives none.
        """
        kept = self._kept.get(scope)
        if fresh or kept is None or kept.expires_on - time.time() < _RENEW_BEFORE:
            kept = await asyncio.to_thread(self._credential.get_token, scope)
            self._kept[scope] = kept
        return kept.token
