"""Mail folders, inbox rules and mailbox settings, as Graph shows them."""

from dataclasses import replace
from datetime import UTC, datetime

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.tenant.graph.bodies import refused_body
from sandbox.tenant.graph.folders import (
    ROOT,
    folder_id,
    folder_resource,
    get_folder,
    item_not_found,
    root_resource,
)
from sandbox.tenant.graph.rules import changed_rule, rule_resource
from sandbox.tenant.mailbox import AutomaticReplies, Folder, InboxRule, Mailbox
from sandbox.tenant.odata import (
    all_selected,
    body_of,
    context_url,
    filtered,
    ordered,
    page,
    page_size,
    refuse_unknown_options,
    selected,
)
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import User
from sandbox.tenant.problem import Problem
from sandbox.tenant.resource import Resource, by_flag, by_text
from sandbox.tenant.state import Change, TenantState

_FOLDER = Resource(
    "microsoft.graph.mailFolder",
    (
        "childFolderCount displayName id isHidden parentFolderId totalItemCount unreadItemCount"
    ).split(),
    "outlook",
    {"displayName": by_text("eq", "ne", "startswith"), "isHidden": by_flag("eq", "ne")},
    orders=("displayName",),
)
_BETA_FOLDER = replace(_FOLDER, properties=(*_FOLDER.properties, "wellKnownName"))
_RULE = Resource(
    "microsoft.graph.messageRule",
    "actions conditions displayName exceptions hasError id isEnabled isReadOnly sequence".split(),
    "outlook",
)
_SETTINGS = Resource(
    "microsoft.graph.mailboxSettings",
    (
        "archiveFolder automaticRepliesSetting dateFormat delegateMeetingMessageDeliveryOptions "
        "language timeFormat timeZone userPurpose workingHours"
    ).split(),
    "outlook",
)
_LIST_OPTIONS = ("$select", "$filter", "$orderby", "$top", "$skip", "$count")


class Mail:
    """What Graph says about one user's mailbox."""

    def __init__(self, state: TenantState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def routes(self, version: str) -> list[Route]:
        """Paths below one version of Graph."""
        user = f"/{version}/users/{{user}}"
        rules = f"{user}/mailFolders/inbox/messageRules"
        return [
            Route(f"{user}/mailboxSettings", self.settings, methods=["GET"]),
            Route(f"{user}/mailFolders", self.folders, methods=["GET"]),
            Route(rules, self.rules, methods=["GET"]),
            Route(rules, self.create_rule, methods=["POST"]),
            Route(f"{rules}/{{rule}}", self.rule, methods=["GET"]),
            Route(f"{rules}/{{rule}}", self.update_rule, methods=["PATCH"]),
            Route(f"{rules}/{{rule}}", self.delete_rule, methods=["DELETE"]),
            Route(f"{user}/mailFolders/{{folder}}", self.folder, methods=["GET"]),
            Route(f"{user}/mailFolders/{{folder}}/childFolders", self.children, methods=["GET"]),
        ]

    async def settings(self, request: Request) -> Response:
        """Get user mailbox settings. There is no forwarding among them."""
        refuse_unknown_options(request, ("$select",))
        user, mailbox = self._open(request)
        purposes = {"UserMailbox": "user", "SharedMailbox": "shared"}
        row: JsonObject = {
            "archiveFolder": folder_id(user, "archive"),
            "timeZone": mailbox.time_zone,
            "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
            "dateFormat": "",
            "timeFormat": "",
            "userPurpose": purposes.get(mailbox.kind, mailbox.kind.removesuffix("Mailbox").lower()),
            "automaticRepliesSetting": _automatic_replies(mailbox.automatic_replies),
            "language": {"locale": mailbox.language, "displayName": mailbox.language},
        }
        row = selected(request, row, _SETTINGS)
        context = context_url(request, f"users('{user.id}')/mailboxSettings")
        return JSONResponse({"@odata.context": context, **row})

    async def folders(self, request: Request) -> Response:
        """List mailFolders: ten a page unless asked, hidden ones only on request."""
        user, mailbox = self._open(request)
        return self._folder_page(request, user, mailbox, None)

    async def children(self, request: Request) -> Response:
        """List childFolders."""
        user, mailbox = self._open(request)
        named = request.path_params["folder"]
        if named.lower() == ROOT or named == folder_id(user, ROOT):
            return self._folder_page(request, user, mailbox, None)
        parent = get_folder(user, mailbox, named)
        return self._folder_page(request, user, mailbox, parent)

    async def folder(self, request: Request) -> Response:
        """Get mailFolder, by id or well-known name."""
        refuse_unknown_options(request, ("$select",))
        user, mailbox = self._open(request)
        named = request.path_params["folder"]
        if named.lower() == ROOT:
            row = root_resource(user, mailbox)
        else:
            row = folder_resource(user, mailbox, get_folder(user, mailbox, named), _beta(request))
        row = selected(request, row, _BETA_FOLDER if _beta(request) else _FOLDER)
        context = context_url(request, f"users('{user.id}')/mailFolders/$entity")
        return JSONResponse({"@odata.context": context, **row})

    async def rules(self, request: Request) -> Response:
        """List rules. Hidden rules are not among them; some mailboxes answer in pages."""
        refuse_unknown_options(request, ("$select", "$skip"))
        user, mailbox = self._open(request)
        rules = sorted((r for r in mailbox.rules if not r.hidden), key=lambda r: r.sequence)
        rows = all_selected(request, (rule_resource(user, rule) for rule in rules), _RULE)
        context = f"users('{user.id}')/mailFolders('inbox')/messageRules"
        size = mailbox.rules_page_size or max(len(rules), 1)
        return JSONResponse(page(request, context, rows, size, skips=True))

    async def rule(self, request: Request) -> Response:
        """Get rule."""
        refuse_unknown_options(request, ("$select",))
        user, mailbox = self._open(request)
        return self._show(request, user, self._find_rule(request, mailbox), 200)

    async def create_rule(self, request: Request) -> Response:
        """Create rule."""
        refuse_unknown_options(request)
        user, mailbox = self._open(request)
        rule = _validated(user, mailbox, await body_of(request), None)
        rule.number(f"{user.id}/{len(mailbox.rules)}/{self._clock.now().isoformat()}")
        mailbox.rules.append(rule)
        self._note("New-InboxRule", user, rule)
        return self._show(request, user, rule, 201)

    async def update_rule(self, request: Request) -> Response:
        """Update rule. A read-only rule cannot be changed here."""
        refuse_unknown_options(request)
        user, mailbox = self._open(request)
        rule = self._find_rule(request, mailbox)
        body = await body_of(request)
        _refuse_read_only(rule)
        changed = _validated(user, mailbox, body, rule)
        mailbox.rules[mailbox.rules.index(rule)] = changed
        if set(body) == {"isEnabled"}:
            operation = "Enable-InboxRule" if changed.enabled else "Disable-InboxRule"
        else:
            operation = "Set-InboxRule"
        self._note(operation, user, changed)
        return self._show(request, user, changed, 200)

    async def delete_rule(self, request: Request) -> Response:
        """Delete messageRule."""
        refuse_unknown_options(request)
        user, mailbox = self._open(request)
        rule = self._find_rule(request, mailbox)
        _refuse_read_only(rule)
        mailbox.rules.remove(rule)
        self._note("Remove-InboxRule", user, rule)
        return Response(status_code=204)

    def _open(self, request: Request) -> tuple[User, Mailbox]:
        named = request.path_params["user"]
        user = self._state.user(named)
        if user is None:
            raise Problem(404, "ErrorInvalidUser", f"The requested user '{named}' is invalid.")
        if user.mailbox is None or not user.mailbox.on_rest:
            raise Problem(
                404,
                "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            )
        return user, user.mailbox

    def _find_rule(self, request: Request, mailbox: Mailbox) -> InboxRule:
        rule = self._state.inbox_rule(mailbox, request.path_params["rule"])
        if rule is None:
            raise item_not_found()
        return rule

    def _show(self, request: Request, user: User, rule: InboxRule, status: int) -> Response:
        context = f"users('{user.id}')/mailFolders('inbox')/messageRules/$entity"
        row = selected(request, rule_resource(user, rule), _RULE)
        return JSONResponse({"@odata.context": context_url(request, context), **row}, status)

    def _folder_page(
        self, request: Request, user: User, mailbox: Mailbox, parent: Folder | None
    ) -> Response:
        refuse_unknown_options(request, _LIST_OPTIONS)
        size = page_size(request, 10, 1000)
        resource = _BETA_FOLDER if _beta(request) else _FOLDER
        hidden = request.query_params.get("includeHiddenFolders", "false").lower() == "true"
        rows = [
            folder_resource(user, mailbox, folder, _beta(request))
            for folder in mailbox.folders
            if folder.parent == (parent.display_name if parent else None)
            and (hidden or not folder.hidden)
        ]
        rows = ordered(request, filtered(request, rows, resource), resource)
        rows = all_selected(request, rows, resource)
        context = f"users('{user.id}')/mailFolders"
        return JSONResponse(page(request, context, rows, size, skips=True, count=True))

    def _note(self, operation: str, user: User, rule: InboxRule) -> None:
        target = f"{user.user_principal_name}: {rule.name}"
        # The other operations say by their names what becomes of it.
        tells = operation in ("New-InboxRule", "Set-InboxRule")
        details: JsonObject = {"enabled": rule.enabled} if tells else {}
        self._state.changes.append(Change(self._clock.now(), operation, target, details))


def _automatic_replies(replies: AutomaticReplies) -> JsonObject:
    return {
        "status": replies.status,
        "externalAudience": replies.external_audience,
        "internalReplyMessage": replies.internal_reply_message,
        "externalReplyMessage": replies.external_reply_message,
        "scheduledStartDateTime": _date_time_and_zone(replies.scheduled_start),
        "scheduledEndDateTime": _date_time_and_zone(replies.scheduled_end),
    }


def _date_time_and_zone(at: datetime) -> JsonObject:
    """dateTimeTimeZone resource type."""
    return {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0", "timeZone": "UTC"}


def _validated(user: User, mailbox: Mailbox, body: JsonObject, rule: InboxRule | None) -> InboxRule:
    try:
        return changed_rule(user, mailbox, body, rule)
    except ValidationError as problem:
        raise refused_body(problem, _RULE.name) from problem


def _refuse_read_only(rule: InboxRule) -> None:
    if rule.read_only:
        raise Problem(
            400, "ErrorInvalidOperation", "The rule is read-only and can't be changed through REST."
        )


def _beta(request: Request) -> bool:
    return request.url.path.startswith("/beta/")
