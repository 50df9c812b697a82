"""What the audit log says was changed: rules, forwarding, permissions, auditing itself."""

from collections.abc import Iterable

from evidence import addresses, outlook_rule
from evidence.audit_event import AuditEvent
from evidence.flow_change import flow_change
from evidence.hunt_result import audit_event_in
from evidence.inbox_rule import InboxRule, from_parameters
from evidence.model import JsonObject
from evidence.reading import distinct, flag, text
from triage.case import CHANGES_HUNT, Case
from triage.change import SHAPING, Change, ChangeKind, Deed, concerns, described, thing
from triage.forwarder import forwarder_name

__all__ = ["SHAPING", "Change", "changes", "concerns", "described", "thing"]

_RULE_DEEDS: dict[str, tuple[ChangeKind, Deed]] = {
    "New-InboxRule": ("InboxRule", "made"),
    "Set-InboxRule": ("InboxRule", "changed"),
    "Enable-InboxRule": ("InboxRule", "switched"),
    "Disable-InboxRule": ("InboxRule", "switched"),
    "Remove-InboxRule": ("InboxRule", "removed"),
    "New-TransportRule": ("ETR", "made"),
    "Set-TransportRule": ("ETR", "changed"),
    "Enable-TransportRule": ("ETR", "switched"),
    "Disable-TransportRule": ("ETR", "switched"),
    "Remove-TransportRule": ("ETR", "removed"),
    "New-SweepRule": ("sweep", "made"),
    "Set-SweepRule": ("sweep", "changed"),
    "Enable-SweepRule": ("sweep", "switched"),
    "Disable-SweepRule": ("sweep", "switched"),
    "Remove-SweepRule": ("sweep", "removed"),
    "New-JournalRule": ("journal", "made"),
    "Set-JournalRule": ("journal", "changed"),
    "Enable-JournalRule": ("journal", "switched"),
    "Disable-JournalRule": ("journal", "switched"),
    "Remove-JournalRule": ("journal", "removed"),
    "New-OutboundConnector": ("connector", "made"),
    "Set-OutboundConnector": ("connector", "changed"),
    "Remove-OutboundConnector": ("connector", "removed"),
    "New-MailContact": ("contact", "made"),
    "Set-MailContact": ("contact", "changed"),
    "New-MailUser": ("contact", "made"),
    "Set-MailUser": ("contact", "changed"),
}
_OPENING = {
    "New-HostedOutboundSpamFilterPolicy": ("AutoForwardingMode", "on"),
    "Set-HostedOutboundSpamFilterPolicy": ("AutoForwardingMode", "on"),
    "New-RemoteDomain": ("AutoForwardEnabled", "true"),
    "Set-RemoteDomain": ("AutoForwardEnabled", "true"),
}
"""What lets mail be forwarded outside: the parameter and its value, in lower case."""
_RULE_OPERATION_DEEDS: dict[str, Deed] = {
    "addmailboxrule": "made",
    "modifymailboxrule": "changed",
    "removemailboxrule": "removed",
}
_GRANTS = {
    "Add-MailboxPermission": "User",
    "Add-RecipientPermission": "Trustee",
    "Add-MailboxFolderPermission": "User",
}
_SAYS_WHICH = frozenset(
    "identity mailbox name enabled state force confirm alwaysdeleteoutlookrulesblob".split()
)
_FOLDER_GRANTS = frozenset(
    ["AddFolderPermissions", "ModifyFolderPermissions", "UpdateFolderPermissions"]
)
_HARMLESS_RIGHTS = frozenset(["", "none", "freebusysimple", "freebusydetailed", "availabilityonly"])
_DESTINATIONS = (
    "ForwardTo ForwardAsAttachmentTo RedirectTo ForwardingSmtpAddress ForwardingAddress "
    "BlindCopyTo CopyTo RedirectMessageTo AddToRecipients ModerateMessageByUser "
    "GenerateIncidentReport JournalEmailAddress ExternalEmailAddress"
).split()
_THROUGH = ("SmartHosts", "RouteMessageOutboundConnector")
_OF_THE_ORGANIZATION = (
    "TransportRule",
    "JournalRule",
    "OutboundConnector",
    "RemoteDomain",
    "SpamFilterPolicy",
)
_DELEGATE = 2
_FORWARDING = ("forwardingsmtpaddress", "forwardingaddress")


def changes(case: Case) -> tuple[Change, ...]:
    """Every change in the hunts' answers, oldest first, each record once."""
    hunt = case.hunts.get(CHANGES_HUNT)
    owner = forwarder_name(case)
    known: dict[str, Change] = {}
    for each in map(_read, hunt.rows if hunt else ()):
        if each is not None:
            known.setdefault(each.event_id or each.model_dump_json(), _whole(each, owner))
    for actor in case.actors:
        for each in map(_read, actor.changes.rows if actor.changes else ()):
            if each is not None:
                # The hunt speaks of the actor's mailbox, not of the forwarder's.
                theirs = each.model_copy(update={"on_mailbox": False})
                known.setdefault(each.event_id or theirs.model_dump_json(), theirs)
    return tuple(sorted(known.values(), key=lambda change: change.at))


def _whole(change: Change, owner: str) -> Change:
    """The change with the mailbox's whole name, where it is the forwarder's."""
    known = change.on_mailbox and "@" in owner
    return change.model_copy(update={"mailbox": owner}) if known else change


def _read(row: JsonObject) -> Change | None:
    event = audit_event_in(row)
    if event is None or not event.succeeded or event.external_access:
        return None
    change = _change(event)
    if change is None or flag(row, "OnMailbox") is not True:
        return change
    return change.model_copy(update={"on_mailbox": True})


def _change(event: AuditEvent) -> Change | None:
    readings = (_rule_change, _flow_change, _grant, _mailbox_change, _opening)
    found = next((each for read in readings if (each := read(event)) is not None), None)
    if found is None and _stops_auditing(event):
        return _made(event, "auditing", "stopped")
    return found


def _rule_change(event: AuditEvent) -> Change | None:
    if event.operation == "UpdateInboxRules":
        operation = event.parameter("RuleOperation").lower()
        deed = _RULE_OPERATION_DEEDS.get(operation, "changed")
        return _made(event, "InboxRule", deed, name=event.parameter("RuleName"))
    if event.operation not in _RULE_DEEDS:
        return None
    kind, deed = _RULE_DEEDS[event.operation]
    if deed == "changed" and not _reshapes(event):
        deed = "switched"
    named = _contact_name(event) if kind == "contact" else _rule_name(event)
    return _made(event, kind, deed, name=named)


def _flow_change(event: AuditEvent) -> Change | None:
    """A flow that can read mail; of a deleted one the record may no longer say so."""
    flow = flow_change(event)
    if flow is None or not (flow.reads_mail or (flow.deed == "removed" and not flow.connectors)):
        return None
    made = _made(event, "flow", flow.deed, name=flow.flow)
    # Whose connection it reads with, the record does not say: its maker's own, as a rule.
    return made.model_copy(update={"mailbox": "", "through": flow.connectors})


def _opening(event: AuditEvent) -> Change | None:
    """What lets mail be forwarded outside the organisation."""
    parameter, opens = _OPENING.get(event.operation, ("", ""))
    if not parameter or event.parameter(parameter).lower().strip("$") != opens:
        return None
    return _made(event, "policy", "opened", name=event.operation)


def _grant(event: AuditEvent) -> Change | None:
    if event.operation in _FOLDER_GRANTS:
        return _folder_grant(event)
    if event.operation not in _GRANTS:
        return None
    grantee = event.parameter(_GRANTS[event.operation])
    rights = event.parameter("AccessRights") or "folder access"
    return _made(event, "permission", "granted", name=rights, grantee=_leaf(grantee))


def _reshapes(event: AuditEvent) -> bool:
    """Whether a `Set-` says more than which rule, and on or off."""
    return bool({name.lower() for name in event.parameters} - _SAYS_WHICH)


def _folder_grant(event: AuditEvent) -> Change | None:
    """A folder opened to somebody; its facts stand in the record's item."""
    rights = text(event.raw, "Item", "ParentFolder", "MemberRights") or ""
    if rights.lower() in _HARMLESS_RIGHTS:
        return None
    folder = text(event.raw, "Item", "ParentFolder", "Path") or "a folder"
    grantee = text(event.raw, "Item", "ParentFolder", "MemberUpn") or ""
    return _made(event, "permission", "granted", name=f"{rights} on {folder}", grantee=grantee)


def _mailbox_change(event: AuditEvent) -> Change | None:
    if event.operation != "Set-Mailbox":
        return None
    if {name.lower() for name in event.parameters} & set(_FORWARDING):
        cleared = not any(event.parameter(name) for name in _FORWARDING)
        made = _made(event, "SMTP", "removed" if cleared else "set")
        return made.model_copy(update={"by_name": tuple(_by_name(event))})
    if event.parameter("GrantSendOnBehalfTo"):
        grantee = _leaf(event.parameter("GrantSendOnBehalfTo"))
        return _made(event, "permission", "granted", name="SendOnBehalf", grantee=grantee)
    return None


def _stops_auditing(event: AuditEvent) -> bool:
    switched = {
        "Set-Mailbox": ("AuditEnabled", "false"),
        "Set-MailboxAuditBypassAssociation": ("AuditBypassEnabled", "true"),
        "Set-AdminAuditLogConfig": ("UnifiedAuditLogIngestionEnabled", "false"),
        "Set-OrganizationConfig": ("AuditDisabled", "true"),
    }.get(event.operation)
    return switched is not None and event.parameter(switched[0]).lower().strip("$") == switched[1]


def _made(
    event: AuditEvent, kind: ChangeKind, deed: Deed, name: str = "", grantee: str = ""
) -> Change:
    rule = _rule(event, name)
    return Change(
        event_id=event.id,
        kind=kind,
        deed=deed,
        at=event.at,
        operation=event.operation,
        actor=event.actor,
        mailbox=_mailbox(event),
        name=name,
        destinations=tuple(_destinations(event, rule)) if kind != "permission" else (),
        through=tuple(_through(event)),
        sends=kind != "permission" and _sends(event, rule),
        grantee=grantee,
        ip_address=event.ip_address,
        session_id=event.session_id,
        token_id=event.token_id,
        application_id=event.application_id,
        rule=rule,
        as_delegate=event.logon_type == _DELEGATE,
    )


def _rule(event: AuditEvent, name: str) -> InboxRule | None:
    """What the record tells of a rule; None where it tells nothing of what the rule does."""
    if event.operation == "UpdateInboxRules":
        return outlook_rule.from_properties(event.id, event.parameters)
    if event.operation not in ("New-InboxRule", "Set-InboxRule"):
        return None
    rule = from_parameters(event.id, event.parameters).model_copy(update={"name": name})
    if event.operation == "New-InboxRule":
        return rule
    # `Set-InboxRule` names only what it changes: conditions that it does not name may be there.
    others = (*rule.conditions.others, "(not told)")
    conditions = rule.conditions.model_copy(update={"others": others})
    return rule.model_copy(update={"conditions": conditions})


def _rule_name(event: AuditEvent) -> str:
    """The name given, else the one at the end of what was acted on.

    An object without a mailbox before it is the rule alone, or the mailbox alone.
    """
    mailbox, _, at_the_end = event.object_id.rpartition("\\")
    named = at_the_end if mailbox else ""
    return (
        event.parameter("Name")
        or named
        or event.parameter("Identity").rpartition("\\")[2]
        or at_the_end
    )


def _contact_name(event: AuditEvent) -> str:
    return event.parameter("Name") or _leaf(event.object_id or event.parameter("Identity"))


def _mailbox(event: AuditEvent) -> str:
    if event.mailbox_owner:
        return event.mailbox_owner
    named = event.parameter("Mailbox")
    if event.operation.endswith(_OF_THE_ORGANIZATION):
        return ""
    if not named and event.operation.endswith(("InboxRule", "SweepRule")):
        # `…/tenant/alias\rule name`, or the rule alone, when the mailbox is the actor's own.
        owner, separator, _ = event.object_id.rpartition("\\")
        named = owner if separator else ""
    elif not named:
        named = event.object_id or event.parameter("Identity")
    return _leaf(named)


def _destinations(event: AuditEvent, rule: InboxRule | None) -> Iterable[str]:
    for name in _DESTINATIONS:
        for part in event.parameter(name).replace(",", ";").split(";"):
            address = addresses.smtp_address(part)
            if address:
                yield address
    if event.operation == "UpdateInboxRules" and rule is not None:
        yield from distinct(each.address for each in rule.destinations if each.address)


def _sends(event: AuditEvent, rule: InboxRule | None) -> bool:
    named = any(event.parameter(name) for name in _DESTINATIONS)
    return named or (rule is not None and bool(rule.destinations))


def _through(event: AuditEvent) -> Iterable[str]:
    for name in _THROUGH:
        for part in event.parameter(name).replace(",", ";").split(";"):
            if part.strip():
                yield part.strip().strip("[]")


def _by_name(event: AuditEvent) -> Iterable[str]:
    for parameter in _FORWARDING:
        name = event.parameter(parameter)
        if name and not addresses.smtp_address(name):
            yield _leaf(name)


def _leaf(name: str) -> str:
    """The last part of a directory path such as `…/tenant.onmicrosoft.com/alias`."""
    return name.rstrip("/").rpartition("/")[2].strip()
