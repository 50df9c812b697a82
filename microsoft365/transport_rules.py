"""Mail flow rules of the organisation (Exchange: Get-, Disable-, Enable-TransportRule)."""

from evidence import transport_rule
from evidence.transport_rule import MailCopy, TransportRule
from microsoft365.destinations import resolved
from microsoft365.errors import NotFound
from microsoft365.tenant import Tenant

EXCHANGE = "Exchange Get-TransportRule"


async def read_transport_rules(tenant: Tenant) -> tuple[TransportRule, ...]:
    """Every rule, its destinations followed to their last addresses. Raises MicrosoftError."""
    listing = await tenant.exchange.invoke(
        "Get-TransportRule", {"ResultSize": "Unlimited"}, cut=tenant.cut_short(EXCHANGE)
    )
    found = [transport_rule.from_exchange(each) for each in listing]
    known = await resolved(tenant, (each for rule in found for each in rule.destinations))

    def followed(copy: MailCopy) -> MailCopy:
        if copy.destination is None:
            return copy
        destination = known.get(copy.destination.written, copy.destination)
        return copy.model_copy(update={"destination": destination})

    return tuple(
        rule.model_copy(update={"copies": tuple(map(followed, rule.copies))}) for rule in found
    )


async def find_transport_rule(tenant: Tenant, rule_id: str) -> TransportRule:
    """The rule of that Guid or name. Raises NotFound and other MicrosoftErrors."""
    found = await tenant.exchange.invoke("Get-TransportRule", {"Identity": rule_id})
    if len(found) != 1:
        raise NotFound("Exchange", 404, "empty", f"no transport rule has the id {rule_id}")
    return transport_rule.from_exchange(found[0])


async def set_enabled(tenant: Tenant, rule: TransportRule, *, enabled: bool) -> None:
    """Switches a transport rule on or off; it stays in its place, with its conditions."""
    cmdlet = "Enable-TransportRule" if enabled else "Disable-TransportRule"
    await tenant.exchange.invoke(cmdlet, {"Identity": rule.id, "Confirm": False})
