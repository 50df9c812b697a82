"""Find everybody whose mail goes to the same recipients, or was set to from the same addresses."""

import asyncio
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from actions.catalog import Effect, action
from actions.needs import Graph, exchange, licence
from actions.problem import bad_field
from actions.requests import ReadRequest
from evidence.addresses import network_address, smtp_address
from evidence.forwarder import Forwarders, from_rows, merged
from evidence.reading import distinct
from microsoft365.forwarders import with_addresses
from microsoft365.hunting import TimeSpan, ask
from microsoft365.tenant import Tenant

_MOST = 100


def _mail_address(value: str) -> str:
    if smtp_address(value) != value.lower():
        raise ValueError("must be an SMTP address")
    return value.lower()


def _ip_address(value: str) -> str:
    address = network_address(value)
    if address is None:
        raise ValueError("must be an IP address")
    return address


MailAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=320),
    AfterValidator(_mail_address),
]
IpAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=60),
    AfterValidator(_ip_address),
]


class FindForwarders(ReadRequest):
    """Whom mail goes to, and from where forwarding was set up. Either, or both."""

    recipients: Annotated[list[MailAddress], Field(max_length=_MOST)] = Field(
        default_factory=list[MailAddress], description="Outside addresses (the alert's SRL or RL)"
    )
    ip_addresses: Annotated[list[IpAddress], Field(max_length=_MOST)] = Field(
        default_factory=list[IpAddress], description="From which rules or forwarding were set up"
    )
    days_before: int = Field(default=21, ge=1, le=30, description="How far back to look, in days")
    days_after: int = Field(default=1, ge=0, le=30, description="How far on to look, in days")


@action(
    effect=Effect.READ,
    needs=[
        Graph.THREAT_HUNTING_READ.need,
        *exchange("View-Only Recipients", optional=True),
        licence("Microsoft Defender for Office 365 Plan 2"),
        licence("Microsoft Defender for Cloud Apps"),
    ],
    techniques=["T1114.003", "T1564.008"],
)
async def find_forwarders(request: FindForwarders, tenant: Tenant) -> Forwarders:
    """From mail flow and from audit events; what rules are there now is not looked at.

    A rule that leads to a recipient through a contact or a group does not name it, and shows in
    mail flow alone. Whoever simply wrote to a recipient forwarded nothing and is left out.
    """
    recipients, addresses = distinct(request.recipients), distinct(request.ip_addresses)
    if not recipients and not addresses:
        raise bad_field("recipients", "give recipients, ipAddresses, or both")
    span = TimeSpan(
        since=request.around - timedelta(days=request.days_before),
        until=request.around + timedelta(days=request.days_after),
        around=request.around,
    )
    asking = ask(
        tenant,
        "who_set_forwarding_to",
        span,
        recipients=[*recipients],
        ip_addresses=[*addresses],
    )
    if recipients:
        flow = ask(tenant, "who_forwarded_to", span, recipients=[*recipients])
        mail_flow, set_up = await asyncio.gather(flow, asking)
    else:
        mail_flow, set_up = (), await asking
    found = from_rows(mail_flow or (), set_up or (), recipients)
    return Forwarders(
        since=span.since,
        until=span.until,
        recipients=recipients,
        ip_addresses=addresses,
        forwarders=tuple(merged(await with_addresses(tenant, found))),
    )
