"""Mailbox cmdlets: forwarding, which Graph does not show, and the rest of a mailbox's settings."""

from collections.abc import Sequence

from sandbox.tenant.exchange.cmdlet import Call, cmdlet
from sandbox.tenant.mailbox import Mailbox
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import Contact, User
from sandbox.tenant.problem import Problem
from sandbox.tenant.times import iso

# Get-Mailbox, -RecipientTypeDetails.
_KINDS = (
    "DiscoveryMailbox EquipmentMailbox GroupMailbox LegacyMailbox LinkedMailbox "
    "LinkedRoomMailbox RoomMailbox SchedulingMailbox SharedMailbox TeamMailbox UserMailbox"
).split()


def _get(call: Call) -> Sequence[JsonObject]:
    """Get-Mailbox: one, or all of them."""
    identity = call.text("Identity")
    kinds = call.chosen("RecipientTypeDetails", _KINDS)
    found = [call.mailbox(identity)] if identity else call.state.mailboxes()
    return [_shown(call, *one) for one in found if not kinds or one[1].kind in kinds]


def _set(call: Call) -> Sequence[JsonObject]:
    """Set-Mailbox. A null or empty value clears a property."""
    user, mailbox = call.mailbox(call.required("Identity"))
    if "ForwardingAddress" in call.parameters:
        if user.on_premises_sync_enabled:
            raise Problem(
                400,
                "InvalidOperationException",
                f'The operation on mailbox "{user.alias}" failed because it\'s out of the current '
                "user's write scope. The action 'Set-Mailbox', 'ForwardingAddress', can't be "
                "performed on the object because the object is being synchronized from your "
                "on-premises organization.",
            )
        named = call.text("ForwardingAddress")
        mailbox.forwarding_address = named and _name(call, named)
    if "ForwardingSmtpAddress" in call.parameters:
        address = call.text("ForwardingSmtpAddress") or ""
        mailbox.forwarding_smtp_address = address[address.lower().startswith("smtp:") * 5 :] or None
    if "DeliverToMailboxAndForward" in call.parameters:
        mailbox.deliver_to_mailbox_and_forward = bool(call.flag("DeliverToMailboxAndForward"))
    if "AuditEnabled" in call.parameters:
        mailbox.audit_enabled = bool(call.flag("AuditEnabled"))
    if "GrantSendOnBehalfTo" in call.parameters:
        mailbox.send_on_behalf = [_name(call, name) for name in call.words("GrantSendOnBehalfTo")]
    mailbox.when_changed = call.now
    call.changed(user.user_principal_name)
    return []


def _name(call: Call, named: str) -> str:
    found = call.recipient(named)
    return found.name if isinstance(found, Contact) else found.alias


def _shown(call: Call, user: User, mailbox: Mailbox) -> JsonObject:
    changed = mailbox.when_changed or user.created
    smtp = mailbox.forwarding_smtp_address
    organization = call.state.domains[-1]
    return {
        "Identity": user.alias,
        "Name": user.alias,
        "Alias": user.alias,
        "Guid": user.id,
        "ExternalDirectoryObjectId": user.id,
        "DisplayName": user.display_name,
        "UserPrincipalName": user.user_principal_name,
        "PrimarySmtpAddress": user.mail,
        "EmailAddresses": [*user.proxy_addresses],
        "RecipientType": "UserMailbox",
        "RecipientTypeDetails": mailbox.kind,
        "DistinguishedName": f"CN={user.alias},OU={organization},"
        "OU=Microsoft Exchange Hosted Organizations,DC=EURPR04A009,DC=PROD,DC=OUTLOOK,DC=COM",
        "LegacyExchangeDN": call.state.legacy_name(user),
        "ForwardingAddress": mailbox.forwarding_address,
        "ForwardingSmtpAddress": f"smtp:{smtp}" if smtp else None,
        "DeliverToMailboxAndForward": mailbox.deliver_to_mailbox_and_forward,
        "GrantSendOnBehalfTo": [*mailbox.send_on_behalf],
        "AuditEnabled": mailbox.audit_enabled,
        "IsDirSynced": bool(user.on_premises_sync_enabled),
        "AccountDisabled": not user.account_enabled,
        "HiddenFromAddressListsEnabled": False,
        "WhenCreatedUTC": user.created and iso(user.created),
        "WhenChangedUTC": changed and iso(changed),
        "WhenChanged": changed and iso(changed),
    }


CMDLETS = (
    cmdlet(
        "Get-Mailbox",
        "Identity Anr Filter RecipientTypeDetails PropertySets Properties SortBy "
        "IncludeGrantSendOnBehalfToWithDisplayNames",
        _get,
    ),
    cmdlet(
        "Set-Mailbox",
        "Identity ForwardingAddress ForwardingSmtpAddress DeliverToMailboxAndForward "
        "GrantSendOnBehalfTo AuditEnabled Force",
        _set,
    ),
)
