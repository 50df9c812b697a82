"""Exchange's part of the audit log: the cmdlets in it are run again, in order."""

import re
from datetime import datetime

from pydantic import JsonValue, ValidationError

from sandbox.replay.audit import json_list, named_values, text
from sandbox.replay.people import People
from sandbox.tenant.exchange.cmdlet import Call
from sandbox.tenant.exchange.endpoint import CMDLETS
from sandbox.tenant.mailbox import (
    Folder,
    InboxRule,
    Mailbox,
    Recipient,
    RuleActions,
    RulePredicates,
    SweepRule,
)
from sandbox.tenant.part import JsonObject, name_and_address
from sandbox.tenant.people import User
from sandbox.tenant.problem import Problem
from sandbox.tenant.state import TenantState
from sandbox.tenant.transport import JournalRule, OutboundConnector, TransportRule

INBOX_RULES = frozenset(
    {
        "New-InboxRule",
        "Set-InboxRule",
        "Enable-InboxRule",
        "Disable-InboxRule",
        "Remove-InboxRule",
        "UpdateInboxRules",
    }
)
TRANSPORT_RULES = frozenset(
    {
        "New-TransportRule",
        "Set-TransportRule",
        "Enable-TransportRule",
        "Disable-TransportRule",
        "Remove-TransportRule",
    }
)
SWEEP_RULES = frozenset(
    {
        "New-SweepRule",
        "Set-SweepRule",
        "Enable-SweepRule",
        "Disable-SweepRule",
        "Remove-SweepRule",
    }
)
MAIL_ROUTES = frozenset(
    {
        "New-JournalRule",
        "Set-JournalRule",
        "Enable-JournalRule",
        "Disable-JournalRule",
        "Remove-JournalRule",
        "New-OutboundConnector",
        "Set-OutboundConnector",
        "Remove-OutboundConnector",
    }
)
_MAILBOXES = frozenset(
    {
        "Set-Mailbox",
        "Add-MailboxPermission",
        "Remove-MailboxPermission",
        "Add-RecipientPermission",
        "Remove-RecipientPermission",
    }
)
OPERATIONS = (
    INBOX_RULES
    | TRANSPORT_RULES
    | SWEEP_RULES
    | MAIL_ROUTES
    | _MAILBOXES
    | {"Set-HostedOutboundSpamFilterPolicy"}
)
_PEOPLE = ("Identity", "User", "Trustee", "ForwardingAddress")
_FOLDERS = ("MoveToFolder", "CopyToFolder")
_ADDRESS = re.compile(r"[^\s;,<>\[\]\"':]+@[^\s;,<>\[\]\"']+")


class ExchangeReplay:
    """Runs audited changes again on the tenant that is being rebuilt."""

    def __init__(self, state: TenantState, people: People) -> None:
        self._state = state
        self._people = people

    def apply(self, operation: str, at: datetime, data: JsonObject) -> str | None:
        """Make the change. Answers why it could not be made, or None."""
        parameters = named_values(data.get("Parameters"))
        try:
            if operation == "UpdateInboxRules":
                self._update_rules(data)
            elif operation == "Set-HostedOutboundSpamFilterPolicy":
                self._outbound_policy(parameters)
            else:
                self._cmdlet(operation, at, data, parameters)
        except Problem as problem:
            return problem.message
        except (ValidationError, ValueError) as problem:
            return str(problem).splitlines()[0]
        return None

    def owner(self, operation: str, data: JsonObject) -> str:
        """UPN or alias of the mailbox that a record is about."""
        parameters = named_values(data.get("Parameters"))
        if operation == "UpdateInboxRules":
            return text(data, "MailboxOwnerUPN", "UserId")
        if operation in INBOX_RULES:
            return (
                text(parameters, "Mailbox") or _split(data, parameters)[0] or text(data, "UserId")
            )
        return text(parameters, "Identity") or text(data, "ObjectId") or text(data, "UserId")

    def _cmdlet(
        self, operation: str, at: datetime, data: JsonObject, parameters: JsonObject
    ) -> None:
        cmdlet = CMDLETS[operation]
        names = {name.lower(): name for name in cmdlet.parameters}
        given = {
            names[name.lower()]: _plain(value)
            for name, value in parameters.items()
            if name.lower() in names
        }
        organization = self._people.organization(data)
        if operation in INBOX_RULES:
            self._prepare_inbox_rule(operation, data, given, organization)
        elif operation in TRANSPORT_RULES:
            self._prepare_transport_rule(operation, data, given)
        elif operation in SWEEP_RULES:
            self._prepare_sweep_rule(operation, data, given, organization)
        elif operation in MAIL_ROUTES:
            self._prepare_mail_route(operation, data, given)
        else:
            given.setdefault("Identity", text(data, "ObjectId") or text(data, "UserId"))
            for name in _PEOPLE:
                if isinstance(value := given.get(name), str) and value:
                    given[name] = self._people.recipient(value, organization)
            if isinstance(value := given.get("GrantSendOnBehalfTo"), str) and value:
                names_given = [self._people.recipient(n, organization) for n in value.split(";")]
                given["GrantSendOnBehalfTo"] = ";".join(names_given)
        cmdlet.run(Call(self._state, at, operation, given, text(data, "UserId")))

    def _prepare_inbox_rule(
        self, operation: str, data: JsonObject, given: JsonObject, organization: str
    ) -> None:
        """Name mailbox and rule so that the cmdlet finds them; make what it takes for granted."""
        mailbox_name, rule_name = _split(data, given)
        owner = text(given, "Mailbox") or mailbox_name or text(data, "UserId")
        given["Mailbox"] = self._people.recipient(owner, organization)
        mailbox = self._mailbox(text(given, "Mailbox"))
        for name in _FOLDERS:
            if folder := text(given, name).rsplit("\\", 1)[-1]:
                _furnish(mailbox, folder)
        if operation == "New-InboxRule":
            given.setdefault("Name", rule_name)
            given.pop("Identity", None)
            return
        wanted = rule_name or text(given, "Name")
        known = [rule for rule in mailbox.rules if wanted in {rule.name, str(rule.identity)}]
        by_name = [rule for rule in mailbox.rules if rule.name == text(given, "Name")]
        if known or by_name:
            given["Identity"] = str((known or by_name)[0].identity)
        elif wanted and operation != "Remove-InboxRule":
            # It was made before the export begins.
            rule = InboxRule(name=text(given, "Name") or wanted)
            if wanted.isdecimal() and int(wanted) < 1 << 64:
                rule.identity = int(wanted)
            rule.number(f"{mailbox_name}/{len(mailbox.rules)}")
            mailbox.rules.append(rule)
            given["Identity"] = str(rule.identity)
        else:
            raise ValueError("the rule is not in the export")

    def _prepare_transport_rule(self, operation: str, data: JsonObject, given: JsonObject) -> None:
        if operation == "New-TransportRule":
            given.setdefault("Name", text(data, "ObjectId"))
            return
        wanted = _leaf(text(given, "Identity") or text(data, "ObjectId"))
        given["Identity"] = wanted
        rules = self._state.transport_rules
        if any(wanted in {rule.name, rule.guid} for rule in rules):
            return
        if operation == "Remove-TransportRule":
            raise ValueError("the rule is not in the export")
        rules.append(TransportRule(name=wanted, priority=len(rules)))

    def _prepare_sweep_rule(
        self, operation: str, data: JsonObject, given: JsonObject, organization: str
    ) -> None:
        """Name mailbox and rule; one that was made before the export begins is made up."""
        owner, rule_name = _split(data, given)
        named = text(given, "Mailbox") or owner or text(data, "UserId")
        given["Mailbox"] = self._people.recipient(named, organization)
        mailbox = self._mailbox(text(given, "Mailbox"))
        if operation == "New-SweepRule":
            given.setdefault("Name", rule_name or text(data, "ObjectId"))
            given.pop("Identity", None)
            return
        given["Identity"] = rule_name or text(given, "Name")
        if any(given["Identity"] in (rule.id, rule.name) for rule in mailbox.sweep_rules):
            return
        if operation == "Remove-SweepRule":
            raise ValueError("the rule is not in the export")
        made = SweepRule(name=text(given, "Identity"), sender=text(given, "Sender") or "unknown")
        made.number(named)
        mailbox.sweep_rules.append(made)

    def _prepare_mail_route(self, operation: str, data: JsonObject, given: JsonObject) -> None:
        """Name the journal rule or connector; one from before the export begins is made up."""
        wanted = _leaf(text(given, "Identity") or text(data, "ObjectId"))
        if operation.startswith("New-"):
            given.setdefault("Name", wanted)
            return
        given["Identity"] = wanted
        journal = operation.endswith("JournalRule")
        held = self._state.journal_rules if journal else self._state.outbound_connectors
        if any(wanted in (one.name, one.guid) for one in held):
            return
        if operation.startswith("Remove-"):
            raise ValueError("it is not in the export")
        if journal:
            unknown = text(given, "JournalEmailAddress") or "unknown"
            self._state.journal_rules.append(
                JournalRule(name=wanted, journal_email_address=unknown)
            )
        else:
            self._state.outbound_connectors.append(OutboundConnector(name=wanted))

    def _mailbox(self, named: str) -> Mailbox:
        user = self._state.recipient(named)
        if not isinstance(user, User) or user.mailbox is None:
            raise ValueError(f"{named} is no mailbox of the tenant")
        return user.mailbox

    def _outbound_policy(self, parameters: JsonObject) -> None:
        mode = text(parameters, "AutoForwardingMode")
        for policy in self._state.outbound_policies:
            if mode and policy.name == (text(parameters, "Identity") or "Default"):
                changed = type(policy).model_validate(
                    {**policy.model_dump(), "auto_forwarding_mode": mode}
                )
                policy.auto_forwarding_mode = changed.auto_forwarding_mode

    def _update_rules(self, data: JsonObject) -> None:
        """UpdateInboxRules, from Outlook: only a new rule's record says what the rule does."""
        properties = named_values(data.get("OperationProperties"))
        operation = text(properties, "RuleOperation")
        rule_id = text(properties, "RuleId")
        upn = text(data, "MailboxOwnerUPN", "UserId")
        mailbox = self._people.met(upn).mailbox
        if mailbox is None:
            raise ValueError("there is no mailbox")
        name = text(properties, "RuleName") or rule_id
        rule = next((one for one in mailbox.rules if name and one.name == name), None)
        if operation.startswith("Remove") or operation.startswith("Delete"):
            if rule is None:
                raise ValueError("the rule is not in the export")
            mailbox.rules.remove(rule)
            return
        if rule is None:
            if not name:
                raise ValueError("the record does not name the rule")
            rule = InboxRule(name=name)
            rule.number(f"{upn}/{rule_id or len(mailbox.rules)}")
            mailbox.rules.append(rule)
        if actions := _outlook_actions(properties.get("RuleActions")):
            rule.actions = actions
            if actions.move_to_folder:
                _furnish(mailbox, actions.move_to_folder)
        condition = text(properties, "RuleCondition")
        if condition not in {"", "{}"}:
            # The log's own wording of the filter, which no field of a rule fits exactly.
            rule.conditions = RulePredicates(body_or_subject_contains=[condition])
        state = text(properties, "RuleState")
        rule.enabled = "disabled" not in state.lower() if state else rule.enabled


def _split(data: JsonObject, parameters: JsonObject) -> tuple[str, str]:
    r"""Mailbox and rule of `…/organization/ana\rule`, wherever the record has it."""
    for named in (text(parameters, "Identity"), text(data, "ObjectId")):
        mailbox, slash, rule = named.rpartition("\\")
        if slash:
            return mailbox.rsplit("/", 1)[-1], rule
    return "", text(parameters, "Identity")


def _leaf(named: str) -> str:
    return named.rsplit("\\", 1)[-1].rsplit("/", 1)[-1]


def _plain(value: JsonValue) -> JsonValue:
    """PowerShell's `$null` as what it means."""
    if isinstance(value, str) and value.lower() == "$null":
        return None
    return value


def _furnish(mailbox: Mailbox, folder: str) -> None:
    if mailbox.folder(folder) is None:
        mailbox.folders.append(Folder(display_name=folder))


def _outlook_actions(value: JsonValue) -> RuleActions | None:
    """RuleActions: JSON text of a list of {ActionType, Recipients …}."""
    listed = json_list(value)
    actions = RuleActions()
    for entry in listed:
        if not isinstance(entry, dict):
            continue
        kind = text(entry, "ActionType").lower()
        people = [
            Recipient(name=name, address=address)
            for name, address in map(name_and_address, _addresses(entry.get("Recipients")))
        ]
        if "redirect" in kind:
            actions.redirect_to = people
        elif "forward" in kind and (
            "attach" in kind or "attach" in text(entry, "ForwardFlags").lower()
        ):
            actions.forward_as_attachment_to = people
        elif "forward" in kind:
            actions.forward_to = people
        elif "delete" in kind:
            actions.delete = True
        elif "move" in kind:
            actions.move_to_folder = (
                text(entry, "FolderName", "Folder", "DestinationFolder") or None
            )
        elif "read" in kind:
            actions.mark_as_read = True
        elif "stop" in kind:
            actions.stop_processing_rules = True
    return actions if listed else None


def _addresses(value: JsonValue) -> list[str]:
    words = value if isinstance(value, list) else [value]
    return [found for word in words for found in _ADDRESS.findall(str(word))]
