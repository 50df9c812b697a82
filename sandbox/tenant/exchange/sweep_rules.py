"""The sweep rule cmdlets: rules that tidy one sender's mail away at intervals."""

from collections.abc import Sequence

from sandbox.tenant.exchange.cmdlet import Call, cmdlet, not_found
from sandbox.tenant.mailbox import Mailbox, SweepRule
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import User
from sandbox.tenant.problem import Problem

_PROVIDER = "Exchange16"
_NEITHER = "A Sweep rule must have either KeepForDays or KeepLatest, and not both."


def _get(call: Call) -> Sequence[JsonObject]:
    """Get-SweepRule: one by its id, those of a mailbox, or all of them."""
    named = call.text("Mailbox")
    mailboxes = [call.mailbox(named)] if named else [*call.state.mailboxes()]
    rows = [_shown(user, rule) for user, mailbox in mailboxes for rule in mailbox.sweep_rules]
    identity = call.text("Identity")
    if identity is None:
        return rows
    wanted = identity.rpartition("\\")[2]
    found = [row for row in rows if wanted in (row["RuleId"], row["Name"])]
    if not found:
        raise not_found(identity)
    return found


def _new(call: Call) -> Sequence[JsonObject]:
    """New-SweepRule, on the mailbox that is given."""
    user, mailbox = call.mailbox(call.required("Mailbox"))
    rule = SweepRule(name=call.required("Name"), sender=call.required("Sender"))
    _take(call, rule)
    if rule.keep_for_days is None and rule.keep_latest is None:
        raise Problem(400, "InvalidOperationException", _NEITHER)
    rule.number(user.id)
    mailbox.sweep_rules.append(rule)
    call.changed(_target(user, rule))
    return [_shown(user, rule)]


def _set(call: Call) -> Sequence[JsonObject]:
    """Set-SweepRule."""
    user, _, rule = _find(call)
    _take(call, rule)
    call.changed(_target(user, rule))
    return []


def _switch(call: Call) -> Sequence[JsonObject]:
    """Disable-SweepRule and Enable-SweepRule."""
    user, _, rule = _find(call)
    rule.enabled = call.cmdlet == "Enable-SweepRule"
    call.changed(_target(user, rule))
    return []


def _remove(call: Call) -> Sequence[JsonObject]:
    """Remove-SweepRule."""
    user, mailbox, rule = _find(call)
    mailbox.sweep_rules.remove(rule)
    call.changed(_target(user, rule))
    return []


def _take(call: Call, rule: SweepRule) -> None:
    if "KeepForDays" in call.parameters and "KeepLatest" in call.parameters:
        raise Problem(400, "InvalidOperationException", _NEITHER)
    days, latest = call.number("KeepForDays", 0), call.number("KeepLatest", 0)
    enabled = call.flag("Enabled")
    rule.name = call.text("Name") or rule.name
    rule.sender = call.text("Sender") or rule.sender
    rule.destination_folder = call.text("DestinationFolder") or rule.destination_folder
    rule.enabled = rule.enabled if enabled is None else enabled
    if "KeepForDays" in call.parameters:
        rule.keep_for_days, rule.keep_latest = days, None
    if "KeepLatest" in call.parameters:
        rule.keep_for_days, rule.keep_latest = None, latest


def _find(call: Call) -> tuple[User, Mailbox, SweepRule]:
    identity = call.required("Identity")
    wanted = identity.rpartition("\\")[2]
    named = call.text("Mailbox")
    for user, mailbox in [call.mailbox(named)] if named else call.state.mailboxes():
        for rule in mailbox.sweep_rules:
            if wanted in {rule.id, rule.name}:
                return user, mailbox, rule
    raise not_found(identity)


def _target(user: User, rule: SweepRule) -> str:
    return f"{user.user_principal_name}: {rule.name}"


def _shown(user: User, rule: SweepRule) -> JsonObject:
    return {
        "Identity": f"{user.alias}\\{rule.id}",
        "RuleId": rule.id,
        "Name": rule.name,
        "Enabled": rule.enabled,
        "Sender": rule.sender,
        "SourceFolder": "Inbox",
        "DestinationFolder": rule.destination_folder or "Deleted Items",
        "KeepForDays": rule.keep_for_days,
        "KeepLatest": rule.keep_latest,
        "SystemCategory": None,
        "ExceptIfFlagged": False,
        "ExceptIfPinned": False,
        "Provider": _PROVIDER,
        "MailboxOwnerId": user.alias,
    }


_FIELDS = "Name Sender DestinationFolder Enabled KeepForDays KeepLatest Provider SourceFolder"
_ONE = "Identity Mailbox"
CMDLETS = (
    cmdlet("Get-SweepRule", f"{_ONE} BypassScopeCheck Provider", _get),
    cmdlet("New-SweepRule", f"Mailbox {_FIELDS} ExceptIfFlagged ExceptIfPinned", _new),
    cmdlet("Set-SweepRule", f"{_ONE} {_FIELDS} ExceptIfFlagged ExceptIfPinned", _set),
    cmdlet("Enable-SweepRule", _ONE, _switch),
    cmdlet("Disable-SweepRule", _ONE, _switch),
    cmdlet("Remove-SweepRule", _ONE, _remove),
)
