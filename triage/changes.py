"""What the audit log says was changed: rules, forwarding, permissions, auditing itself."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal

from evidence import addresses
from evidence.audit_event import AuditEvent
from evidence.hunt_result import audit_event_in
from evidence.inbox_rule import InboxRule, from_parameters
from evidence.indicators import ForwardingType
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, text
from triage.case import CHANGES_HUNT, Case
from triage.forwarder import forwarder_name
from triage.wording import listed

ChangeKind = Literal["InboxRule", "SMTP", "ETR", "contact", "permission", "auditing"]
Deed = Literal["made", "set", "changed", "switched", "removed", "granted", "stopped"]
SHAPING: tuple[Deed, ...] = ("made", "set", "changed")
"""The deeds that make something what it is."""

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
    "New-MailContact": ("contact", "made"),
    "Set-MailContact": ("contact", "changed"),
}
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
# The last stands in `UpdateInboxRules` and tells of every action, not only of sending.
_DESTINATIONS = (
    "ForwardTo ForwardAsAttachmentTo RedirectTo ForwardingSmtpAddress ForwardingAddress "
    "BlindCopyTo CopyTo RedirectMessageTo AddToRecipients ExternalEmailAddress RuleActions"
).split()
_DELEGATE = 2
_FORWARDING = ("forwardingsmtpaddress", "forwardingaddress")


class Change(Evidence):
    """One change that an audit record shows to have succeeded."""

    event_id: str
    kind: ChangeKind
    deed: Deed
    """`switched` is on or off, which leaves what a rule does as it was."""
    at: datetime
    operation: str
    actor: str
    """Who did it; never taken for the owner of the mailbox."""
    mailbox: str = ""
    """Whose mailbox, as the record names it: often an alias or an object id. The forwarder's by
    its whole name, where the hunt knows that it is."""
    on_mailbox: bool = False
    """The hunt, which knows all names of the mailbox, says that it is the forwarder's."""
    name: str = ""
    """The rule's name; for a permission, the rights."""
    destinations: tuple[str, ...] = ()
    by_name: tuple[str, ...] = ()
    """Recipients of mailbox forwarding that the record names without an address."""
    sends: bool = False
    """Whether it names anybody to send mail to, also when by a name without address."""
    grantee: str = ""
    ip_address: str | None = None
    session_id: str = ""
    application_id: str = ""
    rule: InboxRule | None = None
    """What `New-InboxRule` made, as its parameters tell it."""
    as_delegate: bool = False
    """Done in another's mailbox, by the right to open it."""

    @property
    def by_person(self) -> bool:
        """Whether an account did it, and not a service of Microsoft's."""
        return "@" in self.actor


_THINGS: dict[ForwardingType | Literal["contact"], str] = {
    "InboxRule": "inbox rule “{}”",
    "SMTP": "mailbox forwarding",
    "ETR": "transport rule “{}”",
    "contact": "mail contact “{}”",
}


def thing(kind: ForwardingType | Literal["contact"], name: str) -> str:
    """What is made or changed, for a sentence, e.g. `inbox rule “.”`."""
    return _THINGS[kind].format(name)


def described(change: Change) -> str:
    """The change in a clause: who did what to what, and from where."""
    where = f" from {change.ip_address}" if change.ip_address else ""
    if change.kind == "permission":
        on = f" on {change.mailbox}" if change.mailbox else ""
        return f"{change.actor} gave {change.grantee or 'somebody'} {change.name}{on}{where}"
    if change.kind == "auditing":
        return f"{change.actor} switched auditing off ({change.operation}){where}"
    whom = change.destinations or change.by_name
    to = f", to {listed(whom)}" if whom else ""
    of = f" of {change.mailbox}" if _in_anothers_mailbox(change) else ""
    return f"{change.actor} {change.deed} {thing(change.kind, change.name)}{of}{to}{where}"


def _in_anothers_mailbox(change: Change) -> bool:
    actor = change.actor.lower()
    return change.kind in ("InboxRule", "SMTP") and change.mailbox.lower() not in (
        "",
        actor,
        actor.partition("@")[0],
    )


def concerns(change: Change, mailbox_names: Collection[str]) -> bool:
    """Whether the change is of a mailbox that bears these names, or of the whole organisation."""
    if change.kind == "ETR":
        return True
    return change.on_mailbox or (change.mailbox or change.actor).lower() in mailbox_names


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
    if event.operation in _RULE_DEEDS:
        kind, deed = _RULE_DEEDS[event.operation]
        if deed == "changed" and not _reshapes(event):
            deed = "switched"
        named = _contact_name(event) if kind == "contact" else _rule_name(event)
        return _made(event, kind, deed, name=named)
    if event.operation == "UpdateInboxRules":
        operation = event.parameter("RuleOperation").lower()
        deed = _RULE_OPERATION_DEEDS.get(operation, "changed")
        return _made(event, "InboxRule", deed, name=event.parameter("RuleName"))
    if event.operation in _GRANTS:
        grantee = event.parameter(_GRANTS[event.operation])
        rights = event.parameter("AccessRights") or "folder access"
        return _made(event, "permission", "granted", name=rights, grantee=_leaf(grantee))
    if event.operation in _FOLDER_GRANTS:
        return _folder_grant(event)
    if event.operation == "Set-Mailbox":
        return _mailbox_change(event)
    return _made(event, "auditing", "stopped") if _stops_auditing(event) else None


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
    if {name.lower() for name in event.parameters} & set(_FORWARDING):
        cleared = not any(event.parameter(name) for name in _FORWARDING)
        made = _made(event, "SMTP", "removed" if cleared else "set")
        return made.model_copy(update={"by_name": tuple(_by_name(event))})
    if event.parameter("GrantSendOnBehalfTo"):
        grantee = _leaf(event.parameter("GrantSendOnBehalfTo"))
        return _made(event, "permission", "granted", name="SendOnBehalf", grantee=grantee)
    return _made(event, "auditing", "stopped") if _stops_auditing(event) else None


def _stops_auditing(event: AuditEvent) -> bool:
    switched = {
        "Set-Mailbox": ("AuditEnabled", "false"),
        "Set-MailboxAuditBypassAssociation": ("AuditBypassEnabled", "true"),
        "Set-AdminAuditLogConfig": ("UnifiedAuditLogIngestionEnabled", "false"),
    }.get(event.operation)
    return switched is not None and event.parameter(switched[0]).lower().strip("$") == switched[1]


def _made(
    event: AuditEvent, kind: ChangeKind, deed: Deed, name: str = "", grantee: str = ""
) -> Change:
    return Change(
        event_id=event.id,
        kind=kind,
        deed=deed,
        at=event.at,
        operation=event.operation,
        actor=event.actor,
        mailbox=_mailbox(event),
        name=name,
        destinations=tuple(_destinations(event)) if kind != "permission" else (),
        sends=kind != "permission" and any(event.parameter(name) for name in _DESTINATIONS[:-1]),
        grantee=grantee,
        ip_address=event.ip_address,
        session_id=event.session_id,
        application_id=event.application_id,
        rule=_rule(event),
        as_delegate=event.logon_type == _DELEGATE,
    )


def _rule(event: AuditEvent) -> InboxRule | None:
    # `Set-InboxRule` names only what it changes: the rest of that rule nobody knows.
    if event.operation != "New-InboxRule":
        return None
    return from_parameters(event.id, event.parameters)


def _rule_name(event: AuditEvent) -> str:
    """The name given, else the one at the end of what was acted on."""
    return (
        event.parameter("Name")
        or event.object_id.rpartition("\\")[2]
        or event.parameter("Identity").rpartition("\\")[2]
    )


def _contact_name(event: AuditEvent) -> str:
    return event.parameter("Name") or _leaf(event.object_id or event.parameter("Identity"))


def _mailbox(event: AuditEvent) -> str:
    if event.mailbox_owner:
        return event.mailbox_owner
    named = event.parameter("Mailbox")
    if not named and event.operation.endswith("InboxRule"):
        # `…/tenant/alias\rule name`, or the rule alone, when the mailbox is the actor's own.
        owner, separator, _ = event.object_id.rpartition("\\")
        named = owner if separator else ""
    elif not named and event.operation not in ("New-TransportRule", "Set-TransportRule"):
        named = event.object_id or event.parameter("Identity")
    return _leaf(named)


def _destinations(event: AuditEvent) -> Iterable[str]:
    for name in _DESTINATIONS:
        for part in event.parameter(name).replace(",", ";").split(";"):
            address = addresses.smtp_address(part)
            if address:
                yield address


def _by_name(event: AuditEvent) -> Iterable[str]:
    for parameter in _FORWARDING:
        name = event.parameter(parameter)
        if name and not addresses.smtp_address(name):
            yield _leaf(name)


def _leaf(name: str) -> str:
    """The last part of a directory path such as `…/tenant.onmicrosoft.com/alias`."""
    return name.rstrip("/").rpartition("/")[2].strip()
