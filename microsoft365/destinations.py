"""Resolving a recipient to the SMTP addresses at which mail really arrives."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

from evidence.addresses import is_internal, recipient, smtp_address
from evidence.destination import Destination, DestinationKind, FinalAddress
from evidence.model import Gap, JsonObject
from evidence.reading import text
from microsoft365.errors import NotFound
from microsoft365.organization import accepted_domains
from microsoft365.tenant import Tenant

T = TypeVar("T")

_HOPS = 4
_MEMBERS = 200
_GET_RECIPIENT = "Exchange Get-Recipient"
_GET_MAILBOX = "Exchange Get-Mailbox"
_KINDS: dict[str, DestinationKind] = {
    "MailContact": "contact",
    "MailUser": "mailUser",
    "GuestMailUser": "mailUser",
}
_CALLED = {"contact": "the contact", "mailUser": "the mail user"}


async def resolved(tenant: Tenant, found: Iterable[Destination]) -> dict[str, Destination]:
    """Each distinct destination resolved, by the text in which it was written.

    An outside SMTP address is final as it stands. Everything else is looked up, since a contact,
    a mail user, a group or onward forwarding may lead outside. What cannot be looked up is a gap.
    """
    distinct = {each.written: each for each in found}
    if not distinct:
        return {}
    domains = await accepted_domains(tenant)
    answers = await asyncio.gather(
        *(_Resolution(tenant, domains).resolve(each) for each in distinct.values())
    )
    return dict(zip(distinct, answers, strict=True))


class _Resolution:
    """Follows one destination; remembers where it was, so that a loop ends."""

    def __init__(self, tenant: Tenant, domains: tuple[str, ...]) -> None:
        self._tenant = tenant
        self._domains = domains
        self._been: set[str] = set()
        self._lost = False
        """Whether a branch could not be followed to its end."""

    async def resolve(self, destination: Destination) -> Destination:
        if self._is_outside(destination.address):
            address = destination.address or ""
            final = FinalAddress(address=address, internal=False)
            update = {"kind": "external", "finals": (final,), "resolved": True}
            return destination.model_copy(update=update)
        parsed = recipient(destination.written)
        identity = destination.address or parsed.directory_name or destination.written
        kind, finals = await self._follow(identity, "", _HOPS)
        update = {"kind": kind, "finals": finals, "resolved": bool(finals) and not self._lost}
        return destination.model_copy(update=update)

    def _is_outside(self, address: str | None) -> bool:
        return bool(address and self._domains) and not is_internal(address or "", self._domains)

    async def _follow(
        self, identity: str, via: str, hops: int
    ) -> tuple[DestinationKind, tuple[FinalAddress, ...]]:
        if hops == 0:
            self._unresolved(identity, f"more than {_HOPS} hops")
            return "unknown", ()
        found = await self._recipient(identity)
        return ("unknown", ()) if found is None else await self._expand(found, via, hops)

    async def _expand(
        self, found: JsonObject, via: str, hops: int
    ) -> tuple[DestinationKind, tuple[FinalAddress, ...]]:
        # A recipient has many names, but one Guid, which tells a loop.
        key = text(found, "Guid") or text(found, "PrimarySmtpAddress") or ""
        if key in self._been:
            return "unknown", ()
        self._been.add(key)
        details = text(found, "RecipientTypeDetails") or ""
        outside = smtp_address(text(found, "ExternalEmailAddress") or "")
        if outside:
            kind = _KINDS.get(details, "contact")
            name = text(found, "DisplayName") or text(found, "Name") or key
            return kind, (self._final(outside, via or f"{_CALLED[kind]} {name}"),)
        if "Group" in details or "List" in details:
            return "group", await self._members(found, details, hops)
        kind = "sharedMailbox" if details == "SharedMailbox" else "mailbox"
        return kind, await self._mailbox(found, via, hops)

    async def _recipient(self, identity: str) -> JsonObject | None:
        asking = self._tenant.exchange.one("Get-Recipient", {"Identity": identity})
        try:
            return await self._see(_GET_RECIPIENT, asking)
        except NotFound as error:
            self._unresolved(identity, error.message)
            return None

    async def _mailbox(self, found: JsonObject, via: str, hops: int) -> tuple[FinalAddress, ...]:
        """A mailbox keeps the mail and may also send it on, which Get-Recipient does not show."""
        address = smtp_address(text(found, "PrimarySmtpAddress") or "")
        if address is None:
            return ()
        finals = (self._final(address, via),)
        asking = self._tenant.exchange.one("Get-Mailbox", {"Identity": address}, mailbox=address)
        try:
            mailbox = await self._see(_GET_MAILBOX, asking)
        except NotFound:
            # An account without a mailbox sends nothing on.
            return finals
        onward = recipient(text(mailbox, "ForwardingAddress") or "")
        onward_smtp = smtp_address(text(mailbox, "ForwardingSmtpAddress") or "")
        step = f"forwarded on by {address}"
        if not onward.name and self._is_outside(onward_smtp):
            return (*finals, self._final(onward_smtp or "", step))
        target = onward.directory_name or onward.address or onward.name or onward_smtp
        if not target:
            return finals
        _, further = await self._follow(target, step, hops - 1)
        return (*finals, *further)

    async def _members(
        self, found: JsonObject, details: str, hops: int
    ) -> tuple[FinalAddress, ...]:
        group = text(found, "PrimarySmtpAddress") or text(found, "Identity") or ""
        name = text(found, "DisplayName") or group
        if details == "GroupMailbox":
            cmdlet, parameters = "Get-UnifiedGroupLinks", {"LinkType": "Members"}
        else:
            cmdlet, parameters = "Get-DistributionGroupMember", {}
        asking = self._tenant.exchange.invoke(
            cmdlet, {"Identity": group, **parameters, "ResultSize": _MEMBERS}
        )
        try:
            members = await self._see(f"Exchange {cmdlet}", asking)
        except NotFound:
            # A dynamic group, whose members Exchange computes for each message.
            self._unresolved(group, "its members cannot be listed")
            return ()
        if members is None:
            return ()
        if len(members) >= _MEMBERS:
            self._unresolved(group, f"only its first {_MEMBERS} members were looked at")
        via = f"member of {name}"
        if hops == 1:
            self._unresolved(group, f"more than {_HOPS} hops")
            return ()
        expanded = await asyncio.gather(*(self._expand(each, via, hops - 1) for each in members))
        return tuple(final for _, finals in expanded for final in finals)

    def _final(self, address: str, via: str) -> FinalAddress:
        internal = is_internal(address, self._domains)
        return FinalAddress(address=address, internal=internal, via=via)

    async def _see(self, source: str, asking: Awaitable[T]) -> T | None:
        seen = await self._tenant.see(source, asking)
        self._lost = self._lost or seen is None
        return seen

    def _unresolved(self, identity: str, why: str) -> None:
        self._lost = True
        detail = f"{identity} could not be followed to its last address: {why}"
        self._tenant.missed(Gap(source=_GET_RECIPIENT, reason="unresolved", detail=detail))
