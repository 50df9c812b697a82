"""Recipients by the names that Exchange gives them: alias, display name, GUID, legacy DN."""

import asyncio
from collections.abc import Iterable

from evidence.model import Gap, JsonObject
from evidence.reading import distinct
from microsoft365.errors import NotFound
from microsoft365.tenant import Tenant

SOURCE = "Exchange Get-Recipient"
_MOST = 50


async def recipients_named(tenant: Tenant, names: Iterable[str]) -> dict[str, JsonObject]:
    """The recipients of these names, by the name in lower case (Exchange: Get-Recipient).

    A name that leads to nobody, or to several, is a gap; so are the names beyond the first 50.
    """
    wanted = distinct(names)
    if len(wanted) > _MOST:
        detail = f"only the first {_MOST} of {len(wanted)} names were looked up"
        tenant.missed(Gap(source=SOURCE, reason="truncated", detail=detail))
    asked = wanted[:_MOST]
    found = await asyncio.gather(*(_recipient(tenant, each) for each in asked))
    return {name.lower(): each for name, each in zip(asked, found, strict=True) if each is not None}


async def _recipient(tenant: Tenant, name: str) -> JsonObject | None:
    asking = tenant.exchange.one("Get-Recipient", {"Identity": name})
    try:
        return await tenant.see(SOURCE, asking, leads_on=True)
    except NotFound as error:
        detail = f"whose name {name} is could not be told: {error.message}"
        tenant.missed(Gap(source=SOURCE, reason="unresolved", detail=detail))
        return None
