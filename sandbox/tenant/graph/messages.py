"""Messages in a mailbox (List messages, Get message), as far as the mail of the tenant tells.

What `EmailEvents` says was delivered to somebody lies in that mailbox, and what it says was sent by
somebody lies among the sent items, unless it left by itself.
"""

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime, JsonValue, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.graph.folders import folder_id, item_not_found
from sandbox.tenant.graph.users import find_user
from sandbox.tenant.odata import (
    all_selected,
    context_url,
    filter_of,
    page,
    page_size,
    refuse_unknown_options,
    selected,
)
from sandbox.tenant.part import JsonObject, stable_id
from sandbox.tenant.people import User
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_flag, by_text, by_time
from sandbox.tenant.state import TenantState
from sandbox.tenant.times import iso

_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_MESSAGE = Resource(
    "microsoft.graph.message",
    (
        "from hasAttachments id internetMessageId isDraft isRead parentFolderId receivedDateTime "
        "sender sentDateTime subject toRecipients"
    ).split(),
    "outlook",
    {
        "internetMessageId": by_text("eq"),
        "subject": by_text("eq", "startswith"),
        "receivedDateTime": by_time("eq", "ge", "le", "gt", "lt"),
        "isRead": by_flag("eq"),
        "hasAttachments": by_flag("eq"),
    },
)
_FOLDERS = {"junk folder": "junkemail", "deleted folder": "deleteditems"}
_NOT_IN_A_MAILBOX = {"quarantine", "failed", "dropped"}


class StoredMessage(NamedTuple):
    """A message that lies in a mailbox."""

    id: str
    at: datetime
    folder: str
    row: Mapping[str, JsonValue]

    def text(self, column: str) -> str:
        """A column of the mail's row."""
        return str(self.row.get(column) or "")


class Messages:
    """The mail in the mailboxes."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        root = f"/{version}/users/{{user}}/messages"
        return [
            Route(root, self.messages, methods=["GET"]),
            Route(f"{root}/{{message}}", self.message, methods=["GET"]),
        ]

    async def messages(self, request: Request) -> Response:
        """List messages, ten a page unless asked."""
        refuse_unknown_options(request, ("$select", "$filter", "$top", "$skip"))
        user = self._open(request)
        test = filter_of(request, _MESSAGE)
        found = stored_messages(self._state, user, self._clock.now())
        rows = (row for each in found if test(row := _resource(user, each)))
        rows = all_selected(request, rows, _MESSAGE)
        context = f"users('{user.id}')/messages"
        size = page_size(request, 10, 1000)
        return JSONResponse(page(request, context, rows, size, skips=True))

    async def message(self, request: Request) -> Response:
        """Get message."""
        refuse_unknown_options(request, ("$select",))
        user = self._open(request)
        for each in stored_messages(self._state, user, self._clock.now()):
            if each.id == request.path_params["message"]:
                row = selected(request, _resource(user, each), _MESSAGE)
                context = context_url(request, f"users('{user.id}')/messages/$entity")
                return JSONResponse({"@odata.context": context, **row})
        raise item_not_found()

    def _open(self, request: Request) -> User:
        user = find_user(self._state, request.path_params["user"])
        if user.mailbox is None or not user.mailbox.on_rest:
            raise Problem(
                404,
                "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            )
        if "EmailEvents" not in self._state.hunting:
            # Nobody knows what lies in the mailbox, which is not the same as nothing.
            message = "Access is denied. Check credentials and try again."
            raise Problem(403, "ErrorAccessDenied", message)
        return user


def stored_messages(state: TenantState, user: User, now: datetime) -> Iterator[StoredMessage]:
    """What lies in a user's mailbox, in the order of the tenant's mail."""
    for row in state.hunting.get("EmailEvents", ()):
        at = _MOMENT.validate_python(row.get("Timestamp"))
        if at <= now and (folder := _folder(row, user)) is not None:
            half = stable_id("message", user.id, str(row.get("NetworkMessageId") or "")).bytes
            identifier = base64.urlsafe_b64encode(half + stable_id(user.id).bytes).decode()
            yield StoredMessage(f"AAMk{identifier}", at, folder, row)


def _folder(row: Mapping[str, JsonValue], user: User) -> str | None:
    """The folder of a user in which a message lies; None where it does not."""

    def named(column: str) -> str:
        return str(row.get(column) or "").casefold()

    location = named("LatestDeliveryLocation") or named("DeliveryLocation")
    if named("RecipientEmailAddress") in user.addresses:
        return None if location in _NOT_IN_A_MAILBOX else _FOLDERS.get(location, "inbox")
    by_itself = row.get("ForwardingInformation") not in (None, "", "[]")
    return "sentitems" if named("SenderFromAddress") in user.addresses and not by_itself else None


def _resource(user: User, stored: StoredMessage) -> JsonObject:
    sender: JsonObject = {
        "emailAddress": {
            "name": stored.text("SenderDisplayName") or stored.text("SenderFromAddress"),
            "address": stored.text("SenderFromAddress"),
        }
    }
    recipient = stored.text("RecipientEmailAddress")
    return {
        "@odata.etag": f'W/"{stored.id[-16:]}"',
        "id": stored.id,
        "subject": stored.text("Subject"),
        "internetMessageId": stored.text("InternetMessageId"),
        "receivedDateTime": iso(stored.at),
        "sentDateTime": iso(stored.at),
        "from": sender,
        "sender": sender,
        "toRecipients": [{"emailAddress": {"name": recipient, "address": recipient}}],
        "parentFolderId": folder_id(user, stored.folder),
        "hasAttachments": bool(stored.row.get("AttachmentCount")),
        "isRead": False,
        "isDraft": False,
    }
