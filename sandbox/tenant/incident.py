"""Incidents and their alerts: one record, which Defender and Sentinel each show their own way."""

from typing import Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from sandbox.tenant.part import JsonObject, Part, stable_id

Severity = Literal["informational", "low", "medium", "high"]
# alerts_v2: microsoft.graph.security.alertStatus, alertClassification, alertDetermination.
AlertStatus = Literal["unknown", "new", "inProgress", "resolved"]
Classification = Literal[
    "unknown", "falsePositive", "truePositive", "informationalExpectedActivity"
]
Determination = Literal[
    "unknown",
    "apt",
    "malware",
    "securityPersonnel",
    "securityTesting",
    "unwantedSoftware",
    "other",
    "multiStagedAttack",
    "compromisedAccount",
    "phishing",
    "maliciousUserActivity",
    "notMalicious",
    "notEnoughDataToValidate",
    "confirmedActivity",
    "lineOfBusinessApplication",
]
IncidentStatus = Literal["active", "resolved", "inProgress", "redirected", "awaitingAction"]

DEFENDER_FOR_OFFICE = "Microsoft Defender for Office 365"
DEFENDER_FOR_CLOUD_APPS = "Microsoft Defender for Cloud Apps"
DEFENDER_FOR_ENDPOINT = "Microsoft Defender for Endpoint"
IDENTITY_PROTECTION = "Azure Active Directory Identity Protection"
AUDIT_EXPORT = "Audit-log export"
"""Of what no product raised: an incident that stands for records of an export."""


class Comment(Part):
    """A remark on an alert or an incident."""

    message: str
    at: AwareDatetime
    author: str
    id: str = ""


class MessageEntity(Part):
    """A mail that an alert is about."""

    network_message_id: str
    recipient: str
    sender: str
    subject: str = ""
    received: AwareDatetime
    sender_ip: str | None = None


class Alert(Part):
    """One alert, most of a Defender product, whole with what an analyst made of it since."""

    title: str
    forwarder: str | None = Field(default=None, description="UPN of the account it is about")
    created: AwareDatetime
    id: str = ""
    policy: str | None = Field(default=None, description="GUID of the alert policy")
    product: Literal[
        "Microsoft Defender for Office 365",
        "Microsoft Defender for Cloud Apps",
        "Microsoft Defender for Endpoint",
        "Azure Active Directory Identity Protection",
        "Audit-log export",
    ] = DEFENDER_FOR_OFFICE
    description: str = ""
    severity: Severity = "high"
    category: str = "Collection"
    techniques: list[str] = Field(default_factory=lambda: ["T1114.003"])
    first_activity: AwareDatetime | None = None
    last_activity: AwareDatetime | None = None
    messages: list[MessageEntity] = Field(default_factory=list[MessageEntity])
    addresses: list[str] = Field(default_factory=list, description="IP addresses")
    accounts: list[str] = Field(default_factory=list, description="UPNs of others it names")
    devices: list[str] = Field(default_factory=list, description="DNS names")
    extended_properties: JsonObject = Field(default_factory=dict)
    status: AlertStatus = "new"
    classification: Classification = "unknown"
    determination: Determination = "unknown"
    assigned_to: str | None = None
    custom_details: JsonObject = Field(default_factory=dict)
    updated: AwareDatetime | None = None
    comments: list[Comment] = Field(default_factory=list[Comment])

    @model_validator(mode="after")
    def _follow_from_the_title(self) -> Self:
        if not self.id:
            name = stable_id("alert", self.title, self.created.isoformat(), self.forwarder or "")
            self.id = f"fa{str(name)[2:]}"
        return self

    @property
    def system_id(self) -> str:
        """The id that Sentinel's SecurityAlert table gives it."""
        return str(stable_id("system alert", self.id))


class Owner(Part):
    """Who works on an incident."""

    object_id: str | None = None
    email: str | None = None
    assigned_to: str | None = None
    user_principal_name: str | None = None


class Incident(Part):
    """An incident of Defender XDR, which Sentinel mirrors."""

    title: str
    number: int
    created: AwareDatetime
    alerts: list[Alert]
    id: str = ""
    provider_id: str = ""
    severity: Severity = "high"
    description: str = ""
    tactics: list[str] = Field(default_factory=lambda: ["Collection"])
    techniques: list[str] = Field(default_factory=lambda: ["T1114"])
    labels: list[str] = Field(default_factory=list)
    owner: Owner = Field(default_factory=Owner)
    status: IncidentStatus = "active"
    classification: Classification = "unknown"
    determination: Determination = "unknown"
    resolving_comment: str | None = None
    # What Sentinel keeps that Defender does not.
    sentinel_status: Literal["New", "Active", "Closed"] = "New"
    sentinel_classification: (
        Literal["TruePositive", "FalsePositive", "BenignPositive", "Undetermined"] | None
    ) = None
    classification_reason: str | None = None
    classification_comment: str | None = None
    comments: list[Comment] = Field(default_factory=list[Comment])
    sentinel_comments: list[Comment] = Field(default_factory=list[Comment])
    updated: AwareDatetime | None = None
    revision: int = 0

    @model_validator(mode="after")
    def _follow_from_the_number(self) -> Self:
        if not self.id:
            self.id = str(stable_id("incident", str(self.number), self.created.isoformat()))
        if not self.provider_id:
            self.provider_id = str(self.number)
        return self

    @property
    def etag(self) -> str:
        """Changes with every update: the optimistic lock of Azure Resource Manager."""
        tag = stable_id("etag", self.id, str(self.revision)).hex
        return f'"{tag[:8]}-0000-0d00-0000-{tag[8:16]}0000"'
