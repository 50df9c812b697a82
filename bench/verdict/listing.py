"""What Graph and Exchange list, as the answer of the action that asks for it."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bench.verdict.answers import answer
from bench.verdict.labelled import Context, Unreadable
from evidence import (
    delegate,
    inbox_rule,
    journal_rule,
    mailbox_forwarding,
    outbound_connector,
    sweep_rule,
    transport_rule,
)
from evidence.delegate import Delegate, MailboxDelegates
from evidence.inbox_rule import InboxRule, InboxRules
from evidence.inbox_rule_listings import merge
from evidence.model import JsonObject
from evidence.reading import text
from evidence.sweep_rule import SweepRules
from evidence.transport_rule import TransportRules

_Parts = Sequence[JsonObject]
_OF_MAILBOXES = ("ForwardingSmtpAddress", "ForwardingAddress", "RecipientTypeDetails")


def by_graph(parts: _Parts, mailbox: str) -> JsonObject:
    """The answer of `list_inbox_rules`, had Exchange not been asked. Raises Unreadable."""
    rules = _rules(tuple(map(inbox_rule.from_graph, parts)))
    found = InboxRules(mailbox=mailbox, rules=merge(rules, None))
    return answer("list_inbox_rules", found, "Exchange Get-InboxRule")


def by_exchange(parts: _Parts, mailbox: str, cmdlet: str) -> JsonObject:
    """The answer of the action that asks Exchange for what the cmdlet shows: inbox rules, where
    it shows nothing else that an action asks for. Raises Unreadable.
    """
    name = cmdlet.lower().replace("get-exo", "get-")
    read = _LISTINGS.get(name, _mailbox if all(map(_is_mailbox, parts)) else _inbox_rules)
    return read(parts, mailbox)


def owner(parts: _Parts, context: Context) -> str:
    """Whose mailbox it is; somebody of the organisation where nobody is named.

    A rule tells by `MailboxOwnerId`, or by what stands before the backslash of its `Identity`.
    """
    named = next((name for part in parts if (name := _owner(part))), "")
    domains = context.accepted_domains
    return context.mailbox or named or (f"owner@{domains[0]}" if domains else "")


def _owner(part: JsonObject) -> str:
    members = ("MailboxOwnerId", "UserPrincipalName", "PrimarySmtpAddress")
    named = next((name for member in members if (name := text(part, member))), "")
    identity, separator, _ = (text(part, "Identity") or "").partition("\\")
    return named or (identity if separator else "")


def _is_mailbox(part: JsonObject) -> bool:
    lowered = {name.lower() for name in part}
    return "ruleidentity" not in lowered and any(n.lower() in lowered for n in _OF_MAILBOXES)


def _inbox_rules(parts: _Parts, mailbox: str) -> JsonObject:
    rules = _rules(tuple(map(inbox_rule.from_exchange, parts)))
    found = InboxRules(mailbox=mailbox, rules=merge(None, rules))
    return answer("list_inbox_rules", found, "Graph messageRules")


def _rules(rules: tuple[InboxRule, ...]) -> tuple[InboxRule, ...]:
    if not all(rule.id or rule.name or rule.destinations or rule.hides for rule in rules):
        raise Unreadable("data: holds something that is no inbox rule")
    return rules


def _sweep_rules(parts: _Parts, mailbox: str) -> JsonObject:
    rules = tuple(map(sweep_rule.from_exchange, parts))
    return answer("list_sweep_rules", SweepRules(mailbox=mailbox, sweep_rules=rules))


def _mailbox(parts: _Parts, mailbox: str) -> JsonObject:
    if len(parts) > 1:
        raise Unreadable("data: more than one mailbox")
    return answer("get_mailbox_forwarding", mailbox_forwarding.from_exchange(mailbox, parts[0]))


def _transport_rules(parts: _Parts, mailbox: str) -> JsonObject:
    del mailbox
    rules = tuple(map(transport_rule.from_exchange, parts))
    return answer("list_transport_rules", TransportRules(rules=rules), "other mail flow")


def _journal_rules(parts: _Parts, mailbox: str) -> JsonObject:
    del mailbox
    rules = tuple(map(journal_rule.from_exchange, parts))
    found = TransportRules(rules=(), journal_rules=rules)
    return answer("list_transport_rules", found, "other mail flow")


def _connectors(parts: _Parts, mailbox: str) -> JsonObject:
    del mailbox
    connectors = tuple(map(outbound_connector.from_exchange, parts))
    found = TransportRules(rules=(), connectors=connectors)
    return answer("list_transport_rules", found, "other mail flow")


def _delegates(
    read: Callable[[JsonObject], Delegate | None],
) -> Callable[[_Parts, str], JsonObject]:
    def listed(parts: _Parts, mailbox: str) -> JsonObject:
        found = tuple(each for part in parts if (each := read(part)))
        return answer(
            "list_mailbox_delegates",
            MailboxDelegates(mailbox=mailbox, delegates=found),
            "other permissions",
        )

    return listed


def _folder_permission(row: JsonObject) -> Delegate | None:
    return delegate.from_folder_permission(row, text(row, "Identity") or "")


_LISTINGS: Mapping[str, Callable[[_Parts, str], JsonObject]] = MappingProxyType(
    {
        "get-sweeprule": _sweep_rules,
        "get-mailbox": _mailbox,
        "get-transportrule": _transport_rules,
        "get-journalrule": _journal_rules,
        "get-outboundconnector": _connectors,
        "get-mailboxpermission": _delegates(delegate.from_mailbox_permission),
        "get-recipientpermission": _delegates(delegate.from_recipient_permission),
        "get-mailboxfolderpermission": _delegates(_folder_permission),
    }
)
