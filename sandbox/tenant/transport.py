"""Mail flow of the whole organisation: transport and journal rules, connectors, remote domains,
outbound spam policy."""

from typing import Literal, Self

from pydantic import AwareDatetime, Field, JsonValue, field_validator, model_validator

from sandbox.tenant.part import Part, stable_id

# Get-TransportRule, the properties that say what a rule meets and does and are not the rule's
# own name, state or history. Lists are lists even when one value is set.
LISTS = (
    "AddToRecipients",
    "BlindCopyTo",
    "CopyTo",
    "ExceptIfFrom",
    "ExceptIfRecipientDomainIs",
    "ExceptIfSentTo",
    "ExceptIfSubjectOrBodyContainsWords",
    "From",
    "FromAddressContainsWords",
    "FromMemberOf",
    "HeaderContainsWords",
    "IncidentReportContent",
    "ModerateMessageByUser",
    "RecipientAddressContainsWords",
    "RecipientDomainIs",
    "RedirectMessageTo",
    "SenderDomainIs",
    "SentTo",
    "SentToMemberOf",
    "SubjectContainsWords",
    "SubjectOrBodyContainsWords",
)
SCALARS = (
    "AddManagerAsRecipientType",
    "ApplyHtmlDisclaimerText",
    "ApplyRightsProtectionTemplate",
    "Comments",
    "DeleteMessage",
    "FromScope",
    "GenerateIncidentReport",
    "HasNoClassification",
    "HeaderContainsMessageHeader",
    "PrependSubject",
    "Quarantine",
    "RejectMessageReasonText",
    "RouteMessageOutboundConnector",
    "RouteMessageOutboundRequireTls",
    "RuleErrorAction",
    "SenderAddressLocation",
    "SentToScope",
    "SetAuditSeverity",
    "SetHeaderName",
    "SetHeaderValue",
    "SetSCL",
    "StopRuleProcessing",
)


class TransportRule(Part):
    """A mail flow rule; what it meets and does is in Exchange's own words."""

    name: str
    guid: str = ""
    enabled: bool = True
    mode: Literal["Enforce", "Audit", "AuditAndNotify"] = "Enforce"
    priority: int = 0
    created_by: str = ""
    last_modified_by: str = ""
    when_changed: AwareDatetime | None = None
    parameters: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("parameters")
    @classmethod
    def _known(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if unknown := sorted(set(value) - {*LISTS, *SCALARS}):
            raise ValueError(f"not a property of a transport rule: {', '.join(unknown)}")
        return {
            name: [held] if name in LISTS and not isinstance(held, list) else held
            for name, held in value.items()
        }

    @model_validator(mode="after")
    def _follow_from_the_name(self) -> Self:
        if not self.guid:
            self.guid = str(stable_id("transport rule", self.name, self.created_by))
        return self


class JournalRule(Part):
    """Reports of messages, with the messages themselves, for an archive."""

    name: str
    guid: str = ""
    enabled: bool = True
    journal_email_address: str = Field(description="a recipient in the tenant, or outside it")
    recipient: str | None = Field(default=None, description="whose mail; absent: everybody's")
    scope: Literal["Global", "Internal", "External"] = "Global"
    when_changed: AwareDatetime | None = None

    @model_validator(mode="after")
    def _follow_from_the_name(self) -> Self:
        if not self.guid:
            self.guid = str(stable_id("journal rule", self.name))
        return self


class OutboundConnector(Part):
    """Through which hosts mail for some domains leaves."""

    name: str
    guid: str = ""
    enabled: bool = True
    type: Literal["Partner", "OnPremises"] = "Partner"
    smart_hosts: list[str] = Field(default_factory=list)
    recipient_domains: list[str] = Field(default_factory=list)
    transport_rules_only: bool = False
    all_accepted_domains: bool = False
    source: Literal["Default", "Migrated", "HybridWizard", "AdminUI"] = "Default"
    comment: str = ""
    when_changed: AwareDatetime | None = None

    @model_validator(mode="after")
    def _follow_from_the_name(self) -> Self:
        if not self.guid:
            self.guid = str(stable_id("outbound connector", self.name))
        return self


class RemoteDomain(Part):
    """How mail to other organisations is treated; `*` is the default for all of them."""

    name: str = "Default"
    domain: str = "*"
    auto_forward_enabled: bool = True


class OutboundPolicy(Part):
    """An outbound spam filter policy, which says if mail may be forwarded outside."""

    name: str = "Default"
    auto_forwarding_mode: Literal["Automatic", "On", "Off"] = "Automatic"
    is_default: bool = True
