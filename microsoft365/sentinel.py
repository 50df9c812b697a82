"""Microsoft Sentinel incidents, through Azure Resource Manager."""

import re
import uuid

from pydantic import JsonValue

from evidence.model import JsonObject
from evidence.reading import as_object, get, items, text
from microsoft365.client import Call, Microsoft365
from microsoft365.deadline import Deadline
from microsoft365.errors import NotFound
from microsoft365.limits import Service

_API_VERSION = "2025-09-01"
# A PUT writes the whole incident: what is left out of it is lost.
_WRITABLE = (
    "title description severity status labels owner firstActivityTimeUtc lastActivityTimeUtc"
).split()
# An incident's id becomes part of a URL that is called with Mailwarden's own identity, so it may
# name nothing but an incident: no query, no escapes, no way up.
_NAME = r"(?!\.+(?:/|$))[\w().-]+"
_INCIDENT = re.compile(
    rf"/subscriptions/{_NAME}/resourceGroups/{_NAME}"
    rf"/providers/Microsoft\.OperationalInsights/workspaces/{_NAME}"
    rf"/providers/Microsoft\.SecurityInsights/incidents/{_NAME}",
    re.IGNORECASE,
)
COMMENT_LIMIT = 30_000
"""Characters of a comment (Azure REST: Incident Comments)."""


def is_arm_id(incident: str) -> bool:
    """Whether an incident is named by its ARM id, and not by its id in Defender XDR."""
    return _INCIDENT.fullmatch(incident) is not None


class Sentinel:
    """Sentinel for one request: its deadline and its correlation id."""

    def __init__(self, microsoft: Microsoft365, deadline: Deadline, correlation_id: str) -> None:
        self._microsoft = microsoft
        self._deadline = deadline
        self._correlation_id = correlation_id

    async def incident(self, arm_id: str) -> JsonObject:
        """The incident as it is now (Azure REST: Incidents - Get). Raises MicrosoftError."""
        return as_object(await self._send("GET", arm_id))

    async def update(self, arm_id: str, incident: JsonObject, changes: JsonObject) -> JsonObject:
        """Writes changed properties of an incident that was just read, guarded by its etag.

        Raises Conflict when somebody changed it since (Azure REST: Incidents - Create Or Update).
        """
        properties = as_object(get(incident, "properties"))
        kept: JsonObject = {
            name: properties[name] for name in _WRITABLE if properties.get(name) is not None
        }
        body: JsonObject = {"etag": text(incident, "etag"), "properties": {**kept, **changes}}
        return as_object(await self._send("PUT", arm_id, body))

    async def comment(self, arm_id: str, message: str, key: str) -> JsonObject:
        """Writes a comment; the same key writes the same comment again, not a second one.

        Source: Azure REST: Incident Comments - Create Or Update. Raises MicrosoftError.
        """
        body: JsonObject = {"properties": {"message": message}}
        return as_object(await self._send("PUT", arm_id, body, _comment(arm_id, key)))

    async def has_comment(self, arm_id: str, key: str) -> bool:
        """Whether the comment of that key is there (Azure REST: Incident Comments - Get)."""
        try:
            await self._send("GET", arm_id, part=_comment(arm_id, key))
        except NotFound:
            return False
        return True

    async def _send(
        self, method: str, arm_id: str, body: JsonValue = None, part: str = ""
    ) -> JsonValue:
        if not is_arm_id(arm_id):
            label = Service.RESOURCE_MANAGER.label
            raise NotFound(label, 404, "InvalidIncident", "not the ARM id of a Sentinel incident")
        base = self._microsoft.endpoints.resource_manager
        url = f"{base}{arm_id}{part}?api-version={_API_VERSION}"
        call = Call(Service.RESOURCE_MANAGER, method, url, body)
        return (await self._microsoft.send(call, self._deadline, self._correlation_id)).body


def _comment(arm_id: str, key: str) -> str:
    return f"/comments/{uuid.uuid5(uuid.NAMESPACE_URL, f'{arm_id.lower()}/{key}')}"


def labels(incident: JsonObject) -> list[str]:
    """The names of an incident's labels (tags)."""
    found = (text(item, "labelName") for item in items(incident, "properties", "labels"))
    return [name for name in found if name]
