"""Recipient cmdlets: what a name in a rule or a forwarding address stands for."""

from collections.abc import Sequence

from sandbox.tenant.exchange.cmdlet import Call, cmdlet, not_found
from sandbox.tenant.part import JsonObject
from sandbox.tenant.people import Contact, Group, User
from sandbox.tenant.problem import Problem

_GROUP_TYPES = {
    "distribution": ("MailUniversalDistributionGroup", "MailUniversalDistributionGroup"),
    "microsoft365": ("MailUniversalDistributionGroup", "GroupMailbox"),
    "security": ("MailUniversalSecurityGroup", "MailUniversalSecurityGroup"),
}


def _get_recipient(call: Call) -> Sequence[JsonObject]:
    """Get-Recipient, by any of its names, or all."""
    identity = call.text("Identity")
    if identity:
        return [_shown(call, call.recipient(identity))]
    everybody: list[User | Group | Contact] = [user for user, _ in call.state.mailboxes()]
    everybody += _guests(call)
    everybody += [group for group in call.state.groups if group.mail]
    everybody += call.state.contacts
    return [_shown(call, one) for one in everybody]


def _get_contact(call: Call) -> Sequence[JsonObject]:
    """Get-MailContact and Get-MailUser."""
    kind = call.cmdlet.removeprefix("Get-")
    identity = call.text("Identity")
    of_kind: list[User | Group | Contact] = [c for c in call.state.contacts if c.kind == kind]
    of_kind += _guests(call) if kind == "MailUser" else []
    if identity is None:
        return [_shown(call, one) for one in of_kind]
    found = call.recipient(identity)
    if found not in of_kind:
        raise not_found(identity)
    return [_shown(call, found)]


def _guests(call: Call) -> list[User]:
    """Guests are mail users, to whom mail goes at their address outside."""
    return [user for user in call.state.users if user.user_type == "Guest"]


def _get_members(call: Call) -> Sequence[JsonObject]:
    """Get-DistributionGroupMember: direct members only."""
    return _members(call, "distribution", "security")


def _get_links(call: Call) -> Sequence[JsonObject]:
    """Get-UnifiedGroupLinks: members of a Microsoft 365 group."""
    link = call.required("LinkType")
    if link not in {"Members", "Owners", "Subscribers", "Aggregators", "EventSubscribers"}:
        raise Problem(
            400, "ParameterBindingException", f'Cannot convert value "{link}" to LinkType.'
        )
    rows = _members(call, "microsoft365")
    return rows if link in {"Members", "Subscribers"} else []


def _members(call: Call, *kinds: str) -> list[JsonObject]:
    identity = call.required("Identity")
    group = call.recipient(identity)
    if not isinstance(group, Group) or group.kind not in kinds:
        raise not_found(identity)
    found = [call.state.recipient(name) for name in group.members]
    return [_shown(call, one) for one in found if one is not None]


def _shown(call: Call, one: User | Group | Contact) -> JsonObject:
    external: str | None = None
    match one:
        case User(user_type="Guest"):
            name, mail, addresses = one.alias, one.mail, [*one.proxy_addresses]
            display, external = one.display_name, f"SMTP:{one.mail}"
            kind, details = "MailUser", "GuestMailUser"
        case User():
            name, mail, addresses = one.alias, one.mail, [*one.proxy_addresses]
            display = one.display_name
            kind, details = "UserMailbox", one.mailbox.kind if one.mailbox else "User"
        case Group():
            name, mail, display = one.alias, one.mail, one.display_name
            addresses = [f"SMTP:{one.mail}"] if one.mail else []
            kind, details = _GROUP_TYPES[one.kind]
        case Contact():
            name = display = one.name
            mail, external = one.mail or one.external_address, f"SMTP:{one.external_address}"
            addresses = [f"SMTP:{mail}"]
            kind = details = one.kind
    return {
        "Identity": name,
        "Name": name,
        "Alias": name,
        "DisplayName": display,
        "Guid": one.id,
        "ExternalDirectoryObjectId": one.id,
        "PrimarySmtpAddress": mail,
        "EmailAddresses": [*addresses],
        "ExternalEmailAddress": external,
        "RecipientType": kind,
        "RecipientTypeDetails": details,
        "LegacyExchangeDN": call.state.legacy_name(one),
        "HiddenFromAddressListsEnabled": False,
    }


CMDLETS = (
    cmdlet(
        "Get-Recipient",
        "Identity Anr Filter RecipientType RecipientTypeDetails Properties SortBy",
        _get_recipient,
    ),
    cmdlet("Get-MailContact", "Identity Anr Filter SortBy", _get_contact),
    cmdlet("Get-MailUser", "Identity Anr Filter SortBy", _get_contact),
    cmdlet("Get-DistributionGroupMember", "Identity", _get_members),
    cmdlet("Get-UnifiedGroupLinks", "Identity LinkType", _get_links),
)
