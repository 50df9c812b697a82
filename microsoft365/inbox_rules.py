"""Inbox rules: Graph's listing and Exchange's made one, and the three ways to change a rule."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from msgraph.generated.models.message_rule import MessageRule
from msgraph.generated.users.item.mail_folders.item.mail_folder_item_request_builder import (
    MailFolderItemRequestBuilder,
)
from msgraph.generated.users.item.mail_folders.item.message_rules.item.message_rule_item_request_builder import (  # noqa: E501 - the SDK's own module name
    MessageRuleItemRequestBuilder,
)

from evidence import inbox_rule
from evidence.destination import Destination
from evidence.folder import Folder
from evidence.inbox_rule import InboxRule, RuleSource
from evidence.inbox_rule_listings import merge
from evidence.model import Gap, JsonObject
from evidence.reading import text
from microsoft365.destinations import resolved
from microsoft365.directory import find_user
from microsoft365.errors import Forbidden, NotFound, Throttled
from microsoft365.limits import Service
from microsoft365.tenant import Tenant

T = TypeVar("T")

GRAPH = "Graph messageRules"
CLIENT_RULES_WARNING = (
    "The change goes through Exchange, which deletes the mailbox's client-side Outlook rules."
)
EXCHANGE = "Exchange Get-InboxRule -IncludeHidden"
_SOURCES: Mapping[RuleSource, str] = {"graph": GRAPH, "exchange": EXCHANGE}
_EXCHANGE_HINT = "Hidden rules are shown by Exchange only."
_WELL_KNOWN = (
    "inbox archive clutter conversationhistory deleteditems drafts junkemail outbox sentitems "
    "recoverableitemsdeletions syncissues"
).split()
"""Folders by Graph's well-known names; RSS Feeds has none that is documented."""
_FOLDER_PROPERTIES = RequestConfiguration(
    query_parameters=MailFolderItemRequestBuilder.MailFolderItemRequestBuilderGetQueryParameters(
        select=["id", "displayName"]
    )
)
_WRITABLE = ("displayName", "sequence", "isEnabled", "conditions", "exceptions", "actions")


async def inbox_rules(tenant: Tenant, mailbox: str) -> tuple[InboxRule, ...]:
    """Every rule of the mailbox, both listings merged, folders named and destinations resolved.

    Raises NotFound when neither source knows the mailbox.
    """
    found = await listed(tenant, mailbox)
    folders, destinations = await asyncio.gather(
        _folders(tenant, mailbox, found),
        resolved(tenant, (each for rule in found for each in rule.destinations)),
    )
    return tuple(_completed(rule, folders, destinations) for rule in found)


async def listed(tenant: Tenant, mailbox: str) -> tuple[InboxRule, ...]:
    """Every rule as the two listings show it, with folders and destinations as they stand there."""
    graph, exchange = await asyncio.gather(
        _or_not_found(tenant.see(GRAPH, _graph_rules(tenant, mailbox))),
        _or_not_found(tenant.see(EXCHANGE, _exchange_rules(tenant, mailbox), hint=_EXCHANGE_HINT)),
    )
    # One source that lists the mailbox proves that it exists, whatever the other says.
    if isinstance(graph, NotFound):
        if not isinstance(exchange, tuple):
            raise graph
        tenant.missed(graph.gap(GRAPH))
        graph = None
    if isinstance(exchange, NotFound):
        if graph is None:
            raise exchange
        tenant.missed(exchange.gap(EXCHANGE, _EXCHANGE_HINT))
        exchange = None
    cut_short: list[RuleSource] = [
        name for name, source in _SOURCES.items() if source in tenant.refused
    ]
    return merge(graph, exchange, cut_short=cut_short)


class RuleGone(NotFound):
    """Both listings of the mailbox were seen to their end, and the rule is in neither."""


async def find_rule(tenant: Tenant, mailbox: str, rule_id: str) -> InboxRule:
    """The rule of that id, as the listing names it.

    Raises RuleGone when the mailbox has none, NotFound when a listing does not know the mailbox,
    and another MicrosoftError when a listing that may hold it could not be seen.
    """
    for rule in await listed(tenant, mailbox):
        if rule_id in (rule.graph_id, rule.exchange_id):
            return rule
    unseen = [tenant.refused[each] for each in (GRAPH, EXCHANGE) if each in tenant.refused]
    if unseen:
        raise next((each for each in unseen if isinstance(each, Throttled)), unseen[0])
    whole = not any(gap.source in (GRAPH, EXCHANGE) for gap in tenant.gaps)
    absent = RuleGone if whole else NotFound
    raise absent("Mailbox", 404, "ErrorItemNotFound", f"no inbox rule has the id {rule_id}")


async def set_enabled(tenant: Tenant, mailbox: str, rule: InboxRule, *, enabled: bool) -> None:
    """Switches a rule on or off: through Graph, or Exchange where Graph cannot change it."""
    if in_graph(rule):
        request = _graph_rule(tenant, mailbox, rule).to_patch_request_information(
            MessageRule(is_enabled=enabled)
        )
        await tenant.graph.send(request, Service.OUTLOOK, mailbox=mailbox)
        return
    await _change(tenant, "Enable-InboxRule" if enabled else "Disable-InboxRule", mailbox, rule)


async def delete(tenant: Tenant, mailbox: str, rule: InboxRule) -> None:
    """Removes a rule: through Graph, or Exchange where Graph cannot change it."""
    if in_graph(rule):
        request = _graph_rule(tenant, mailbox, rule).to_delete_request_information()
        await tenant.graph.send(request, Service.OUTLOOK, mailbox=mailbox, repeatable=False)
        return
    await _change(tenant, "Remove-InboxRule", mailbox, rule, repeatable=False)


async def create(tenant: Tenant, mailbox: str, payload: JsonObject) -> str:
    """Makes a rule again from Graph's payload of it; answers its new id."""
    writable = {k: v for k, v in payload.items() if k in _WRITABLE and v is not None}
    builder = tenant.graph.v1.users.by_user_id(mailbox).mail_folders.by_mail_folder_id("inbox")
    request = builder.message_rules.to_get_request_information()
    request.http_method = Method.POST
    request.set_stream_content(json.dumps(writable).encode(), "application/json")
    answer = await tenant.graph.send(request, Service.OUTLOOK, mailbox=mailbox, repeatable=False)
    return text(answer.body, "id") or ""


async def find_same(tenant: Tenant, mailbox: str, payload: JsonObject) -> str | None:
    """The id of a rule that does what Graph's payload of another says. Raises MicrosoftError."""
    told = ("displayName", "conditions", "exceptions", "actions")
    for rule in await _graph_listing(tenant, mailbox):
        if all(rule.raw["graph"].get(name) == payload.get(name) for name in told):
            return rule.graph_id
    return None


def in_graph(rule: InboxRule) -> bool:
    """Whether Graph can change the rule; a hidden or read-only one goes through Exchange."""
    return rule.graph_id is not None and not rule.read_only


async def _change(
    tenant: Tenant, cmdlet: str, mailbox: str, rule: InboxRule, *, repeatable: bool = True
) -> None:
    if not rule.exchange_id:
        # Without an Identity a removing cmdlet would take every rule of the mailbox.
        raise Forbidden(
            "Exchange", 403, "noRuleIdentity", f"{cmdlet} needs the id that Exchange gives the rule"
        )
    parameters: JsonObject = {
        "Identity": f"{mailbox}\\{rule.exchange_id}",
        "Mailbox": mailbox,
        "Confirm": False,
        "Force": True,
        "AlwaysDeleteOutlookRulesBlob": True,
    }
    await tenant.exchange.invoke(cmdlet, parameters, mailbox=mailbox, repeatable=repeatable)


async def _graph_rules(tenant: Tenant, mailbox: str) -> tuple[InboxRule, ...]:
    try:
        return await _graph_listing(tenant, mailbox)
    except NotFound:
        # Graph knows a user by id and UPN only; the mailbox may be named by another address.
        user = await find_user(tenant, mailbox)
        return await _graph_listing(tenant, user.id)


async def _graph_listing(tenant: Tenant, user: str) -> tuple[InboxRule, ...]:
    builder = tenant.graph.v1.users.by_user_id(user).mail_folders.by_mail_folder_id("inbox")
    request = builder.message_rules.to_get_request_information()
    found = await tenant.graph.collection(
        request, Service.OUTLOOK, mailbox=user, cut=tenant.cut_short(GRAPH)
    )
    return await _read(inbox_rule.from_graph, found)


async def _exchange_rules(tenant: Tenant, mailbox: str) -> tuple[InboxRule, ...]:
    # Without a size it returns a thousand rules, and the fact in a warning only.
    parameters: JsonObject = {"Mailbox": mailbox, "IncludeHidden": True, "ResultSize": "Unlimited"}
    cut = tenant.cut_short(EXCHANGE, _EXCHANGE_HINT)
    found = await tenant.exchange.invoke("Get-InboxRule", parameters, mailbox=mailbox, cut=cut)
    return await _read(inbox_rule.from_exchange, found)


async def _read(
    reading: Callable[[JsonObject], InboxRule], found: Sequence[JsonObject]
) -> tuple[InboxRule, ...]:
    """The rules, read off the event loop: thousands of them take seconds."""
    return await asyncio.to_thread(lambda: tuple(map(reading, found)))


async def _or_not_found(seeing: Awaitable[T]) -> T | NotFound:
    try:
        return await seeing
    except NotFound as error:
        return error


def _graph_rule(tenant: Tenant, mailbox: str, rule: InboxRule) -> MessageRuleItemRequestBuilder:
    builder = tenant.graph.v1.users.by_user_id(mailbox).mail_folders.by_mail_folder_id("inbox")
    return builder.message_rules.by_message_rule_id(rule.graph_id or "")


async def _folders(tenant: Tenant, mailbox: str, rules: Sequence[InboxRule]) -> dict[str, Folder]:
    """The folders that rules move or copy to, by id, else by name: one batch for the mailbox.

    The well-known folders are asked for by their well-known names, because a folder says its
    localised name only, and so does Exchange of a rule that Graph does not show.
    """
    named = [f for rule in rules for f in (rule.move_to, rule.copy_to) if f is not None]
    if not named:
        return {}
    wanted = list(dict.fromkeys(folder.id for folder in named if folder.id))
    found = await tenant.see("Graph mailFolders", _named_folders(tenant, mailbox, wanted))
    if found is None:
        return {}
    if found["inbox"] is None:
        if wanted:
            detail = "Graph shows no folders of this mailbox, so the folders of rules have no names"
            tenant.missed(Gap(source="Graph mailFolders", reason="notFound", detail=detail))
        return {}
    well_known = {text(found[name], "id"): name for name in _WELL_KNOWN if found[name]}

    def folder(identifier: str, payload: JsonObject | None) -> Folder:
        name = text(payload, "displayName") or "(deleted folder)"
        return Folder(id=identifier, name=name, well_known=well_known.get(identifier))

    by_id = {identifier: folder(identifier, found[identifier]) for identifier in wanted}
    standing = [folder(text(found[name], "id") or "", found[name]) for name in well_known.values()]
    return {_by_name(each): each for each in standing} | by_id


def _by_name(folder: Folder) -> str:
    """The name of a folder below the root: Exchange at times writes `mailbox:\\Folder`."""
    return folder.name.rpartition(":\\")[2].casefold()


async def _named_folders(
    tenant: Tenant, mailbox: str, wanted: Sequence[str]
) -> dict[str, JsonObject | None]:
    names = [*wanted, *_WELL_KNOWN]

    async def ask(user: str) -> dict[str, JsonObject | None]:
        builder = tenant.graph.v1.users.by_user_id(user).mail_folders
        asked = [
            builder.by_mail_folder_id(name).to_get_request_information(_FOLDER_PROPERTIES)
            for name in names
        ]
        answers = await tenant.graph.batch(asked, Service.OUTLOOK, mailbox=user)
        return dict(zip(names, answers, strict=True))

    found = await ask(mailbox)
    if found["inbox"] is None:
        # Every mailbox has an Inbox: Graph does not know this one by the name it was asked for.
        with suppress(NotFound):
            found = await ask((await find_user(tenant, mailbox)).id)
    return found


def _completed(
    rule: InboxRule, folders: dict[str, Folder], destinations: dict[str, Destination]
) -> InboxRule:
    def folder(found: Folder | None) -> Folder | None:
        return folders.get(found.id or _by_name(found), found) if found else None

    def resolve(found: tuple[Destination, ...]) -> tuple[Destination, ...]:
        return tuple(destinations.get(each.written, each) for each in found)

    followed = [resolve(rule.forward_to), resolve(rule.forward_as_attachment_to)]
    redirected = resolve(rule.redirect_to)
    ends = [each for found in (*followed, redirected) for each in found]
    outside = any(not each.resolved or each.external_addresses for each in ends)
    return rule.model_copy(
        update={
            # Exchange's own rules never send mail outside; one that may only bears their name.
            "system": rule.system and not outside,
            "move_to": folder(rule.move_to),
            "copy_to": folder(rule.copy_to),
            "forward_to": followed[0],
            "forward_as_attachment_to": followed[1],
            "redirect_to": redirected,
        }
    )
