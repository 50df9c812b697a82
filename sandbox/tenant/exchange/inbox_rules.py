"""The inbox rule cmdlets. They see hidden rules, which Graph does not."""

from collections.abc import Sequence
from functools import partial

from sandbox.tenant.exchange.cmdlet import Call, cmdlet, not_found
from sandbox.tenant.exchange.rule_face import PARAMETERS, shown, taken
from sandbox.tenant.mailbox import InboxRule, Mailbox
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import User
from sandbox.tenant.problem import Problem
from sandbox.tenant.rows import Rows

_CLIENT_RULES = (
    "When the Inbox rules created by Outlook on the Web or by this cmdlet are changed, "
    "client-side rules that were created in Outlook are removed."
)


def _get(call: Call) -> Sequence[JsonObject]:
    """Get-InboxRule: of one mailbox; hidden rules only with IncludeHidden."""
    identity = call.text("Identity")
    user, mailbox = _mailbox(call, identity)
    rules = [r for r in mailbox.rules if call.flag("IncludeHidden") or not r.hidden]
    if identity is not None:
        rules = [_find(rules, identity)]
    rules.sort(key=lambda r: r.sequence)
    return Rows(rules, partial(shown, call.state, user))


def _switch(call: Call) -> Sequence[JsonObject]:
    """Disable-InboxRule and Enable-InboxRule."""
    user, mailbox = _mailbox(call, call.required("Identity"))
    rule = _find(mailbox.rules, call.required("Identity"))
    rule.enabled = call.cmdlet == "Enable-InboxRule"
    _warn(call)
    call.changed(_target(user, rule))
    return []


def _remove(call: Call) -> Sequence[JsonObject]:
    """Remove-InboxRule. An empty identity means every rule of the mailbox."""
    identity = call.text("Identity")
    user, mailbox = _mailbox(call, identity)
    gone = [_find(mailbox.rules, identity)] if identity else [*mailbox.rules]
    for rule in gone:
        mailbox.rules.remove(rule)
        call.changed(_target(user, rule))
    _warn(call)
    return []


def _new(call: Call) -> Sequence[JsonObject]:
    """New-InboxRule: at the top unless a priority is given."""
    user, mailbox = _mailbox(call, None)
    rule = taken(call, InboxRule(name=call.required("Name")))
    rule.number(f"{user.id}/{call.now.isoformat()}")
    for other in mailbox.rules:
        if other.sequence >= rule.sequence:
            other.sequence += 1
    mailbox.rules.append(rule)
    _warn(call)
    call.changed(_target(user, rule))
    return [shown(call.state, user, rule)]


def _set(call: Call) -> Sequence[JsonObject]:
    """Set-InboxRule."""
    user, mailbox = _mailbox(call, call.required("Identity"))
    rule = _find(mailbox.rules, call.required("Identity"))
    mailbox.rules[mailbox.rules.index(rule)] = taken(call, rule)
    _warn(call)
    call.changed(_target(user, rule))
    return []


def _mailbox(call: Call, identity: str | None) -> tuple[User, Mailbox]:
    owner = identity.rpartition("\\")[0] if identity else ""
    named = call.text("Mailbox") or owner
    if not named:
        raise Problem(
            400,
            "InvalidOperationException",
            "The mailbox must be given: an application has none of its own.",
        )
    return call.mailbox(named)


def _find(rules: list[InboxRule], identity: str) -> InboxRule:
    wanted = identity.rpartition("\\")[2]
    for rule in rules:
        if wanted in {str(rule.identity), rule.name}:
            return rule
    raise not_found(identity)


def _target(user: User, rule: InboxRule) -> str:
    return f"{user.user_principal_name}: {rule.name}"


def _warn(call: Call) -> None:
    call.warnings.append(_CLIENT_RULES)


_ONE = "Identity Mailbox Force AlwaysDeleteOutlookRulesBlob"
_FIELDS = " ".join(sorted(PARAMETERS))
CMDLETS = (
    cmdlet(
        "Get-InboxRule",
        "Identity Mailbox IncludeHidden BypassScopeCheck DescriptionTimeFormat "
        "DescriptionTimeZone SkipCount SweepRules",
        _get,
    ),
    cmdlet("Disable-InboxRule", _ONE, _switch),
    cmdlet("Enable-InboxRule", _ONE, _switch),
    cmdlet("Remove-InboxRule", _ONE, _remove),
    cmdlet("New-InboxRule", f"{_ONE} FromMessageId ValidateOnly {_FIELDS}", _new),
    cmdlet("Set-InboxRule", f"{_ONE} {_FIELDS}", _set),
)
