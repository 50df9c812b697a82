"""The organisation: its domains, and the destinations that it approved."""

from datetime import date, datetime

from pydantic import AwareDatetime, Field, field_validator

from evidence import addresses
from evidence.model import Evidence
from evidence.transport_rule import TransportRule


class ApprovedDestination(Evidence):
    """A destination that an owner answers for, for some mailboxes, until a date."""

    destination: str = Field(description="An address, or a whole domain")
    scope: str = Field(description="The mailbox or accepted domain it is approved for, or `*`")
    owner: str = Field(description="Who answers for the approval")
    until: date = Field(description="The last day on which it holds")

    @field_validator("destination", "scope")
    @classmethod
    def lowered(cls, value: str) -> str:
        """Addresses and domains are compared without case; `@a.example` means the domain."""
        return value.strip().lower().removeprefix("@")

    @field_validator("destination")
    @classmethod
    def not_a_free_mail_domain(cls, value: str) -> str:
        """At a free-mail domain anybody has a mailbox: only single addresses can be approved."""
        if "@" not in value and value in addresses.FREE_MAIL_DOMAINS:
            raise ValueError(f"{value} is a free-mail domain; approve single addresses of it")
        return value

    def covers(self, address: str, mailbox: str, at: datetime) -> bool:
        """Whether mail of this mailbox may go to this address at this time."""
        return (
            self.destination in (address.lower(), addresses.domain(address))
            and self.scope in ("*", mailbox.lower(), addresses.domain(mailbox))
            and at.date() <= self.until
        )


class ApprovedTransportRule(Evidence):
    """A transport rule that an owner answers for as it stood when it was reviewed."""

    rule: str = Field(min_length=1, description="Its Guid or its name")
    owner: str = Field(description="Who answers for the approval")
    reviewed: AwareDatetime = Field(description="A later change of the rule ends the approval")
    until: date = Field(description="The last day on which it holds")

    def names(self, rule: TransportRule) -> bool:
        """Whether this rule is meant."""
        return self.rule.strip().casefold() in (rule.id.casefold(), rule.name.strip().casefold())


class Organization(Evidence):
    """The answer of `get_organization`."""

    tenant_id: str
    display_name: str = ""
    accepted_domains: tuple[str, ...] = ()
    default_domain: str = ""
    approved_destinations: tuple[ApprovedDestination, ...] = ()
    approved_transport_rules: tuple[ApprovedTransportRule, ...] = ()

    def approval(self, address: str, mailbox: str, at: datetime) -> ApprovedDestination | None:
        """The approval that covers mail from this mailbox to this address, if there is one."""
        return next(
            (each for each in self.approved_destinations if each.covers(address, mailbox, at)),
            None,
        )
