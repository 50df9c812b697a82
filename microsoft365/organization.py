"""The organisation and its accepted domains."""

import asyncio

from evidence.model import JsonObject
from evidence.organization import Organization
from evidence.reading import flag, text
from microsoft365.errors import MicrosoftError, NotFound
from microsoft365.tenant import Tenant


async def organization(tenant: Tenant) -> Organization:
    """Who the organisation is. What cannot be seen is a gap."""
    named, domains = await asyncio.gather(
        tenant.see("Graph organization", _name(tenant)), _domains_of(tenant)
    )
    return Organization(
        tenant_id=tenant.id,
        display_name=named or "",
        accepted_domains=tuple(name for name, _ in domains),
        default_domain=next((name for name, default in domains if default), ""),
    )


async def accepted_domains(tenant: Tenant) -> tuple[str, ...]:
    """The domains whose addresses are internal. Without them, no address is."""
    return tuple(name for name, _ in await _domains_of(tenant))


async def _domains_of(tenant: Tenant) -> tuple[tuple[str, bool], ...]:
    """The domains, each with whether it is the default one.

    What Exchange Online accepts is verified in Entra ID, so Graph is asked first, and Exchange
    only where Graph refuses; the gap is Graph's when neither answers.
    """
    try:
        return await _verified(tenant)
    except MicrosoftError as refused:
        accepted = await tenant.see("Exchange Get-AcceptedDomain", _accepted(tenant))
        if accepted is None:
            tenant.missed(refused.gap("Graph domains"))
        return accepted or ()


async def _name(tenant: Tenant) -> str:
    request = tenant.graph.v1.organization.to_get_request_information()
    found = await tenant.graph.collection(request)
    if not found:
        raise NotFound("Graph", 404, "empty", "no organization")
    return text(found[0], "displayName") or ""


async def _accepted(tenant: Tenant) -> tuple[tuple[str, bool], ...]:
    found = await tenant.exchange.invoke("Get-AcceptedDomain", {})
    return _domains(found, "DomainName", "Default")


async def _verified(tenant: Tenant) -> tuple[tuple[str, bool], ...]:
    request = tenant.graph.v1.domains.to_get_request_information()
    found = await tenant.graph.collection(request)
    verified = [each for each in found if flag(each, "isVerified") is not False]
    return _domains(verified, "id", "isDefault")


def _domains(found: list[JsonObject], name: str, default: str) -> tuple[tuple[str, bool], ...]:
    return tuple(
        (shown.lower(), flag(each, default) is True)
        for each in found
        if (shown := text(each, name))
    )
