"""Graph's face of an inbox rule: messageRule resource type."""

from pydantic import BaseModel, JsonValue
from pydantic.alias_generators import to_camel, to_snake

from sandbox.tenant.graph.folders import find_folder, folder_reference, item_not_found
from sandbox.tenant.mailbox import InboxRule, Mailbox
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import User

_FOLDERS = ("move_to_folder", "copy_to_folder")
_FIELDS = {"displayName": "name", "sequence": "sequence", "isEnabled": "enabled"}
_PARTS = ("conditions", "exceptions", "actions")


def rule_resource(user: User, rule: InboxRule) -> JsonObject:
    """The rule as Graph shows it. A folder that is gone keeps an id, which leads nowhere."""
    row: JsonObject = {
        "id": rule.graph_id,
        "displayName": rule.name,
        "sequence": rule.sequence,
        "isEnabled": rule.enabled,
        "hasError": rule.in_error,
        "isReadOnly": rule.read_only,
        "conditions": _members(rule.conditions) or None,
        "exceptions": _members(rule.exceptions) or None,
    }
    actions = _members(rule.actions)
    for field in _FOLDERS:
        named = getattr(rule.actions, field)
        if isinstance(named, str) and user.mailbox:
            actions[to_camel(field)] = folder_reference(user, user.mailbox, named)
    row["actions"] = actions
    return row


def changed_rule(
    user: User, mailbox: Mailbox, body: JsonObject, rule: InboxRule | None
) -> InboxRule:
    """The rule with what a POST or PATCH says of it; the rest stays as it was.

    Raises `pydantic.ValidationError` for properties that the resource does not have.
    """
    fields: JsonObject = rule.model_dump() if rule else {"name": ""}
    for name, value in body.items():
        if name in _PARTS:
            fields[name] = _snake(value)
        elif not name.startswith("@odata."):
            fields[_FIELDS.get(name, name)] = value
    actions = fields.get("actions")
    if "actions" in body and isinstance(actions, dict):
        for field in _FOLDERS:
            named = actions.get(field)
            if isinstance(named, str):
                folder = find_folder(user, mailbox, named)
                if folder is None:
                    raise item_not_found()
                actions[field] = folder.display_name
    return InboxRule.model_validate(fields)


def _members(part: BaseModel) -> JsonObject:
    """The members that are set, in camel case and with recipients in their envelope."""
    members: JsonObject = part.model_dump(mode="json", exclude_none=True)
    return {to_camel(field): _camel(held) for field, held in members.items()}


def _camel(value: JsonValue) -> JsonValue:
    match value:
        case {"name": name, "address": address}:
            return {"emailAddress": {"name": name, "address": address}}
        case dict():
            return {to_camel(key): _camel(held) for key, held in value.items()}
        case list():
            return [_camel(item) for item in value]
        case _:
            return value


def _snake(value: JsonValue) -> JsonValue:
    """Keys in snake case, and recipients without their envelope."""
    match value:
        case {"emailAddress": {"address": str(address), **rest}}:
            name = rest.get("name")
            return {"name": name if isinstance(name, str) else address, "address": address}
        case dict():
            return {
                to_snake(key): _snake(held)
                for key, held in value.items()
                if not key.startswith("@")
            }
        case list():
            return [_snake(item) for item in value]
        case _:
            return value
