"""Operations of the Microsoft Sentinel connector, carried out through Azure Resource Manager."""

import uuid

import httpx

from .connectors import ConnectorAnswer, ConnectorRequest, Operations
from .surroundings import TokenSource
from .values import as_json, get

_API_VERSION = "2025-09-01"
_TIMEOUT = 30.0  # seconds
_AUDIENCE = "https://management.azure.com/"


def sentinel_operations(http: httpx.AsyncClient, arm_url: str, token: TokenSource) -> Operations:
    """Add comment to incident (V3): `POST /Incidents/Comment` with incidentArmId and message.

    The connector's managed identity is asked for a token for Azure Resource Manager.
    """

    async def add_comment(request: ConnectorRequest) -> ConnectorAnswer:
        incident, message = get(request.body, "incidentArmId"), get(request.body, "message")
        if not isinstance(incident, str) or not isinstance(message, str):
            return ConnectorAnswer(400, {"message": "incidentArmId and message are required"})
        answer = await http.put(
            f"{arm_url.rstrip('/')}{incident}/comments/{uuid.uuid4()}",
            params={"api-version": _API_VERSION},
            json={"properties": {"message": message}},
            headers={"Authorization": f"Bearer {await token(_AUDIENCE)}"},
            timeout=_TIMEOUT,
        )
        body = as_json(answer.json()) if answer.content else None
        return ConnectorAnswer(answer.status_code, body, dict(answer.headers))

    return {("POST", "/Incidents/Comment"): add_comment}
