"""The entities of Sentinel and the evidence of Defender XDR: accounts, mailboxes, mail messages."""

import re

from pydantic import JsonValue

from evidence.addresses import is_object_id
from evidence.incident.body import Node, Place, member_place, plain
from evidence.incident.notes import Notes, Role, Topic, Trust, smtp_addresses
from evidence.indicators import Account
from evidence.model import JsonObject
from evidence.reading import get, text, texts

_ADDRESS = re.compile(r"[^\s@]{1,200}@[^\s@]{1,255}")
_OBJECT_ID = ("azureAdUserId", "aadUserId", "externalDirectoryObjectId", "objectId")
_PRINCIPAL_NAME = ("userPrincipalName", "upn")
_MAIL = ("mailboxPrimaryAddress", "primaryAddress", "mail", "emailAddress")
_ACCOUNT_NAME = ("accountName", "name")
_ROLES = {
    "compromised": Role.COMPROMISED,
    "attacked": Role.COMPROMISED,
    "destination": Role.RECIPIENT,
}
"""Graph's evidenceRole; the other roles say nothing about who forwards."""


def read_entity(node: Node, notes: Notes) -> None:
    """Writes down what an object tells if it is an entity; any other object tells nothing."""
    if not isinstance(node.value, dict):
        return
    kind = entity_kind(node.value)
    inner = get(node.value, "properties")
    place = (
        member_place(node.place, node.value, "properties")
        if isinstance(inner, dict)
        else node.place
    )
    properties = inner if isinstance(inner, dict) else node.value
    if kind in ("account", "user"):
        _read_account(properties, place, Role.ACCOUNT, notes)
    elif kind == "mailbox":
        _read_account(properties, place, Role.MAILBOX, notes)
    elif kind in ("mailmessage", "analyzedmessage", "submissionmail"):
        _read_message(properties, place, notes)


def entity_kind(entity: JsonObject) -> str:
    """The kind: Sentinel's `kind`, an alert's `Type`, or Graph's `@odata.type`, made comparable."""
    odata_type = text(entity, "@odata.type")
    if odata_type is not None:
        return plain(odata_type.rpartition(".")[2]).removesuffix("evidence")
    return plain(text(entity, "kind") or text(entity, "type") or "")


def account_of(value: JsonValue) -> tuple[Account, tuple[str, ...]] | None:
    """An account from its properties, and the member that names it best; None without a name."""
    owner = get(value, "userAccount")
    object_id, id_at = _first(value, owner, _OBJECT_ID)
    principal, principal_at = _first(value, owner, _PRINCIPAL_NAME)
    mail, mail_at = _first(value, owner, _MAIL)
    name, name_at = _first(value, owner, _ACCOUNT_NAME)
    suffix, suffix_at = _first(value, owner, ("upnSuffix",))
    shown, shown_at = _first(value, owner, ("displayName",))
    if principal is None and name and suffix and "@" not in name:
        principal, principal_at = f"{name}@{suffix}", suffix_at
    if principal is None and name and "@" in name:
        principal, principal_at = name, name_at
    identified = object_id or principal or mail
    account = Account(
        object_id=object_id if object_id and is_object_id(object_id) else None,
        user_principal_name=principal if principal and _ADDRESS.fullmatch(principal) else None,
        mail=mail if mail and _ADDRESS.fullmatch(mail) else None,
        display_name=shown or (None if identified else name),
    )
    named = (
        (account.object_id, id_at),
        (account.user_principal_name, principal_at),
        (account.mail, mail_at),
        (account.display_name, shown_at or name_at),
    )
    return next(((account, at) for known, at in named if known), None)


def account_named(value: str) -> Account:
    """An account from one text: an object id, an address or a display name."""
    name = value.strip()
    if is_object_id(name):
        return Account(object_id=name)
    if _ADDRESS.fullmatch(name):
        return Account(user_principal_name=name)
    inside = next(smtp_addresses(name), None)
    return Account(user_principal_name=inside) if inside else Account(display_name=name)


def _first(
    value: JsonValue, owner: JsonValue, names: tuple[str, ...]
) -> tuple[str | None, tuple[str, ...]]:
    """The first of some members, in the object or in its `userAccount`, and the way to it."""
    for name in names:
        if found := text(value, name):
            return found, (name,)
        if found := text(owner, name):
            return found, ("userAccount", name)
    return None, ()


def _read_account(properties: JsonObject, place: Place, role: Role, notes: Notes) -> None:
    read = account_of(properties)
    if read is None:
        return
    account, at = read
    where = member_place(place, properties, *at)
    notes.mention(account, role, where)
    for name in (*texts(properties, "roles"), *texts(properties, "additionalData", "roles")):
        special = _ROLES.get(plain(name))
        if special is not None:
            notes.mention(account, special, where)


def _read_message(properties: JsonObject, place: Place, notes: Notes) -> None:
    # The P2 sender is the one that the reader of a message sees (RFC 5322 From).
    for at in (("p2Sender",), ("p2Sender", "emailAddress"), ("sender",)):
        address = next(smtp_addresses(text(properties, *at) or ""), None)
        if address is not None:
            where = member_place(place, properties, *at)
            notes.mention(Account(mail=address), Role.SENDER, where)
            break
    for name in ("recipient", "recipientEmailAddress"):
        addresses = list(smtp_addresses(text(properties, name) or ""))
        where = member_place(place, properties, name)
        notes.note(Topic.RECIPIENTS, Trust.IMPLIED, addresses, where)
        for address in addresses:
            notes.mention(Account(mail=address), Role.RECIPIENT, where)
