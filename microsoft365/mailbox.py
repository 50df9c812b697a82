"""Forwarding set on a mailbox, which Exchange alone shows and changes."""

from evidence import mailbox_forwarding
from evidence.mailbox_forwarding import MailboxForwarding
from evidence.model import JsonObject
from evidence.reading import text
from microsoft365.destinations import resolved
from microsoft365.tenant import Tenant

EXCHANGE = "Exchange Get-Mailbox"


async def read_forwarding(tenant: Tenant, mailbox: str) -> MailboxForwarding:
    """The mailbox's forwarding as it stands. Raises NotFound and other MicrosoftErrors."""
    payload = await tenant.exchange.one("Get-Mailbox", {"Identity": mailbox}, mailbox=mailbox)
    name = text(payload, "PrimarySmtpAddress") or text(payload, "UserPrincipalName") or mailbox
    return mailbox_forwarding.from_exchange(name.lower(), payload)


async def with_destinations(tenant: Tenant, found: MailboxForwarding) -> MailboxForwarding:
    """The same forwarding with its destinations followed to their last addresses."""
    set_ones = [each for each in (found.forwarding_address, found.forwarding_smtp_address) if each]
    known = await resolved(tenant, set_ones)
    return found.model_copy(
        update={
            field: known.get(each.written, each)
            for field in ("forwarding_address", "forwarding_smtp_address")
            if (each := getattr(found, field))
        }
    )


def forwarding_state(found: MailboxForwarding) -> JsonObject:
    """The properties that make up a mailbox's forwarding; empty text for one that is not set."""
    address, smtp = found.forwarding_address, found.forwarding_smtp_address
    return {
        "forwardingAddress": address.written if address else "",
        "forwardingSmtpAddress": smtp.written if smtp else "",
        "deliverToMailboxAndForward": found.keeps_copy,
    }


async def write_forwarding(tenant: Tenant, mailbox: str, state: JsonObject) -> None:
    """Sets a mailbox's forwarding to a state; empty text clears (Exchange: Set-Mailbox)."""
    parameters: JsonObject = {
        "Identity": mailbox,
        "ForwardingAddress": state["forwardingAddress"] or None,
        "ForwardingSmtpAddress": state["forwardingSmtpAddress"] or None,
        "DeliverToMailboxAndForward": state["deliverToMailboxAndForward"],
        "Confirm": False,
    }
    await tenant.exchange.invoke("Set-Mailbox", parameters, mailbox=mailbox)
