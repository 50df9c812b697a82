"""Exchange's face of an inbox rule: what Get-InboxRule shows and New-/Set-InboxRule take."""

import re
from collections.abc import Mapping

from pydantic import JsonValue, ValidationError

from sandbox.tenant.exchange.cmdlet import Call, cannot_convert
from sandbox.tenant.mailbox import InboxRule, Recipient, RuleActions, RulePredicates
from sandbox.tenant.part import JsonObject, name_and_address
from sandbox.tenant.people import User
from sandbox.tenant.state import TenantState

_WORDS = {
    "body_contains": "BodyContainsWords",
    "body_or_subject_contains": "SubjectOrBodyContainsWords",
    "header_contains": "HeaderContainsWords",
    "recipient_contains": "RecipientAddressContainsWords",
    "sender_contains": "FromAddressContainsWords",
    "subject_contains": "SubjectContainsWords",
}
_PEOPLE = {"from_addresses": "From", "sent_to_addresses": "SentTo"}
_FLAGS = {
    "has_attachments": "HasAttachment",
    "not_sent_to_me": "MyNameNotInToBox",
    "sent_cc_me": "MyNameInCcBox",
    "sent_only_to_me": "SentOnlyToMe",
    "sent_to_me": "MyNameInToBox",
    "sent_to_or_cc_me": "MyNameInToOrCcBox",
}
_CHOICES = {"importance": "WithImportance", "sensitivity": "WithSensitivity"}
_MESSAGE_TYPES = {
    "is_approval_request": "ApprovalRequest",
    "is_automatic_forward": "AutomaticForward",
    "is_automatic_reply": "AutomaticReply",
    "is_encrypted": "Encrypted",
    "is_meeting_request": "Calendaring",
    "is_meeting_response": "CalendaringResponse",
    "is_non_delivery_report": "NonDeliveryReport",
    "is_permission_controlled": "PermissionControlled",
    "is_read_receipt": "ReadReceipt",
    "is_signed": "Signed",
    "is_voicemail": "Voicemail",
}
_ACTION_PEOPLE = {
    "forward_as_attachment_to": "ForwardAsAttachmentTo",
    "forward_to": "ForwardTo",
    "redirect_to": "RedirectTo",
}
_ACTION_FLAGS = {
    "delete": "DeleteMessage",
    "mark_as_read": "MarkAsRead",
    "permanent_delete": "SoftDeleteMessage",
    "stop_processing_rules": "StopProcessingRules",
}
_ACTION_FOLDERS = {"copy_to_folder": "CopyToFolder", "move_to_folder": "MoveToFolder"}

_CONDITIONS = (*_WORDS.values(), *_PEOPLE.values(), *_FLAGS.values(), *_CHOICES.values())
PARAMETERS = frozenset(
    [
        *_CONDITIONS,
        *(f"ExceptIf{name}" for name in _CONDITIONS),
        "MessageTypeMatches",
        "ExceptIfMessageTypeMatches",
        *_ACTION_PEOPLE.values(),
        *_ACTION_FLAGS.values(),
        *_ACTION_FOLDERS.values(),
        "ApplyCategory",
        "MarkImportance",
        "Name",
        "Priority",
    ]
)
_TEXT_RECIPIENT = re.compile(r"^\"?(?P<name>[^\"\[]*?)\"?\s*\[(?:SMTP|EX):(?P<address>[^\]]+)\]$")


def shown(state: TenantState, user: User, rule: InboxRule) -> JsonObject:
    """A rule as Get-InboxRule returns it."""
    identity = str(rule.identity)
    actions = rule.actions
    row: JsonObject = {
        "Name": rule.name,
        "Identity": f"{user.alias}\\{identity}",
        "RuleIdentity": identity,
        "MailboxOwnerId": user.alias,
        "Enabled": rule.enabled,
        "Priority": rule.sequence,
        "InError": rule.in_error,
        "ErrorType": "None",
        "SupportedByTask": not rule.read_only,
        "LegacyRule": False,
        "Description": _described(rule),
        **_predicates(state, rule.conditions, ""),
        **_predicates(state, rule.exceptions, "ExceptIf"),
        "ApplyCategory": _list(actions.assign_categories),
        "MarkImportance": actions.mark_importance and actions.mark_importance.capitalize(),
    }
    for field, name in _ACTION_PEOPLE.items():
        row[name] = _recipients(state, getattr(actions, field))
    for field, name in _ACTION_FLAGS.items():
        row[name] = bool(getattr(actions, field))
    for field, name in _ACTION_FOLDERS.items():
        named = getattr(actions, field)
        folder = user.mailbox.folder(named) if user.mailbox and isinstance(named, str) else None
        row[name] = folder.display_name if folder else None
    return row


def taken(call: Call, rule: InboxRule) -> InboxRule:
    """The rule with what the call's parameters say of it; what they do not name stays."""
    try:
        return _taken(call, rule)
    except ValidationError as problem:
        where, value = problem.errors()[0]["loc"], problem.errors()[0]["input"]
        raise cannot_convert(str(where[0]), str(value)) from problem


def _taken(call: Call, rule: InboxRule) -> InboxRule:
    conditions = rule.conditions.model_dump() | _read_predicates(call, "")
    exceptions = rule.exceptions.model_dump() | _read_predicates(call, "ExceptIf")
    actions = rule.actions.model_dump() | _read_actions(call)
    return rule.model_copy(
        update={
            "name": call.text("Name") or rule.name,
            "sequence": call.number("Priority", rule.sequence),
            "conditions": RulePredicates.model_validate(conditions),
            "exceptions": RulePredicates.model_validate(exceptions),
            "actions": RuleActions.model_validate(actions),
        }
    )


def _predicates(state: TenantState, part: RulePredicates, prefix: str) -> JsonObject:
    row: JsonObject = {}
    for field, name in _WORDS.items():
        row[prefix + name] = _list(getattr(part, field))
    for field, name in _PEOPLE.items():
        row[prefix + name] = _recipients(state, getattr(part, field))
    for field, name in _FLAGS.items():
        row[prefix + name] = bool(getattr(part, field))
    for field, name in _CHOICES.items():
        chosen = getattr(part, field)
        row[prefix + name] = chosen.capitalize() if isinstance(chosen, str) else None
    types = [name for field, name in _MESSAGE_TYPES.items() if getattr(part, field)]
    row[f"{prefix}MessageTypeMatches"] = types[0] if types else None
    return row


def _read_predicates(call: Call, prefix: str) -> JsonObject:
    found: JsonObject = {}
    for field, name in _given(call, _WORDS, prefix):
        found[field] = [*call.words(name)] or None
    for field, name in _given(call, _PEOPLE, prefix):
        found[field] = _read_recipients(call, name)
    for field, name in _given(call, _FLAGS, prefix):
        found[field] = call.flag(name)
    for field, name in _given(call, _CHOICES, prefix):
        found[field] = (call.text(name) or "").lower() or None
    parameter = f"{prefix}MessageTypeMatches"
    kind = call.text(parameter)
    if kind is not None and kind not in _MESSAGE_TYPES.values():
        raise cannot_convert(parameter, kind)
    found |= {field: True for field, name in _MESSAGE_TYPES.items() if name == kind}
    return found


def _read_actions(call: Call) -> JsonObject:
    found: JsonObject = {}
    for field, name in _given(call, _ACTION_PEOPLE, ""):
        found[field] = _read_recipients(call, name)
    for field, name in _given(call, _ACTION_FLAGS, ""):
        found[field] = call.flag(name)
    for field, name in _given(call, _ACTION_FOLDERS, ""):
        # "ana:\RSS Feeds", ":\Inbox\Bills" or the bare name
        found[field] = (call.text(name) or "").rsplit("\\", 1)[-1] or None
    if "ApplyCategory" in call.parameters:
        found["assign_categories"] = [*call.words("ApplyCategory")] or None
    if "MarkImportance" in call.parameters:
        found["mark_importance"] = (call.text("MarkImportance") or "").lower() or None
    return found


def _given(call: Call, names: Mapping[str, str], prefix: str) -> list[tuple[str, str]]:
    """Fields and parameter names, of those parameters that the call has."""
    pairs = [(field, prefix + name) for field, name in names.items()]
    return [(field, name) for field, name in pairs if name in call.parameters]


def _recipients(state: TenantState, people: list[Recipient] | None) -> JsonValue:
    """`"Ana" [EX:/o=…]` for recipients of the tenant, `"x" [SMTP:a@b]` for all others."""
    if not people:
        return None
    rows: list[JsonValue] = []
    for person in people:
        known = state.recipient(person.address)
        if person.address.startswith("/o="):
            rows.append(f'"{person.name}" [EX:{person.address}]')
        elif known is not None:
            rows.append(f'"{person.name}" [EX:{state.legacy_name(known)}]')
        else:
            rows.append(f'"{person.name}" [SMTP:{person.address}]')
    return rows


def _read_recipients(call: Call, name: str) -> JsonValue:
    people: list[JsonValue] = []
    for text in call.words(name):
        match = _TEXT_RECIPIENT.match(text)
        shown_name, address = (match["name"], match["address"]) if match else name_and_address(text)
        address = address[5:] if address.lower().startswith("smtp:") else address
        known = call.state.recipient(address)
        if "@" not in address and not address.startswith("/o=") and isinstance(known, User):
            address = known.mail or known.user_principal_name
        people.append({"name": shown_name or address, "address": address})
    return people or None


def _list(values: list[str] | None) -> JsonValue:
    return [*values] if values else None


def _described(rule: InboxRule) -> str:
    people = [
        f"{words} '{person.address}'"
        for words, held in (
            ("forward the message to", rule.actions.forward_to),
            ("forward the message as an attachment to", rule.actions.forward_as_attachment_to),
            ("redirect the message to", rule.actions.redirect_to),
        )
        for person in held or ()
    ]
    folder = rule.actions.move_to_folder
    what = people + ([f"move the message to folder '{folder}'"] if folder else [])
    what += ["delete the message"] if rule.actions.delete else []
    return "Take the following actions:\r\n\t" + "\r\n\tand ".join(what) if what else ""
