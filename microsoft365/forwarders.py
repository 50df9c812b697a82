"""The addresses of mailboxes that audit records name as Exchange does: by alias, name or GUID."""

from collections.abc import Sequence

from evidence.addresses import smtp_address
from evidence.forwarder import ForwarderFound
from evidence.reading import text
from microsoft365.recipients import recipients_named
from microsoft365.tenant import Tenant


async def with_addresses(
    tenant: Tenant, found: Sequence[ForwarderFound]
) -> tuple[ForwarderFound, ...]:
    """The same forwarders, each by its address; a name that leads to none stays, and is a gap."""
    known = await recipients_named(
        tenant, (each.mailbox for each in found if "@" not in each.mailbox)
    )

    def told(each: ForwarderFound) -> ForwarderFound:
        address = smtp_address(text(known.get(each.mailbox.lower()), "PrimarySmtpAddress") or "")
        return each.model_copy(update={"mailbox": address}) if address else each

    return tuple(map(told, found))
