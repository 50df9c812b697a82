"""Everything the simulated tenant knows, and the record of what was asked of it and changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Self

from pydantic import Field, JsonValue, PrivateAttr, model_validator

from sandbox.tenant.applications import (
    AppRoleAssignment,
    Grant,
    ServicePrincipal,
    microsofts_own,
)
from sandbox.tenant.faults import Interruption, Refusal
from sandbox.tenant.identity import DirectoryAudit
from sandbox.tenant.incident import Alert, Incident
from sandbox.tenant.mailbox import InboxRule, Mailbox
from sandbox.tenant.part import JsonObject, Part, stable_id
from sandbox.tenant.people import ROLE_TEMPLATES, Contact, Group, User
from sandbox.tenant.signin import RiskDetection, RiskyUser, SignIn
from sandbox.tenant.submission import Submission
from sandbox.tenant.tracing import TracedMessage
from sandbox.tenant.transport import (
    JournalRule,
    OutboundConnector,
    OutboundPolicy,
    RemoteDomain,
    TransportRule,
)

# Service plans; THREAT_INTELLIGENCE is Defender for Office 365 Plan 2.
Licence = Literal["AAD_PREMIUM", "AAD_PREMIUM_P2", "THREAT_INTELLIGENCE"]

# Advanced hunting tables that a tenant with Microsoft 365 E5 has, whether or not they hold rows.
E5_TABLES = (
    "AlertEvidence",
    "AlertInfo",
    "CloudAppEvents",
    "DeviceEvents",
    "DeviceInfo",
    "DeviceLogonEvents",
    "DeviceProcessEvents",
    "EmailAttachmentInfo",
    "EmailEvents",
    "EmailPostDeliveryEvents",
    "EmailUrlInfo",
    "EntraIdSignInEvents",
    "IdentityInfo",
    "IdentityLogonEvents",
    "UrlClickEvents",
)


class Application(Part):
    """The application that calls: what its identity was granted beyond Graph's permissions."""

    name: str = "Mailwarden"
    roles: list[str] = Field(default_factory=lambda: ["User Administrator"])
    cmdlets: list[str] | None = Field(
        default=None, description="Exchange cmdlets in its role groups; absent: all of them"
    )


class Workspace(Part):
    """The Log Analytics workspace that Sentinel runs on."""

    subscription: str = "5f0e6f3c-1f0b-4f6e-9c3b-0d9c7a1b2c3d"
    resource_group: str = "rg-security"
    name: str = "law-sentinel"
    id: str = "2b7f3f0e-6a1d-4c55-9a0e-7c1d2e3f4a5b"

    @property
    def path(self) -> str:
        """The resource id that Sentinel's own resources stand below."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.name}"
            "/providers/Microsoft.SecurityInsights"
        )


class Answered(NamedTuple):
    """One request and what it was answered."""

    method: str
    path: str
    cmdlet: str | None
    status: int


class Change(NamedTuple):
    """One change in the tenant, named as the audit log names the operation."""

    at: datetime
    operation: str
    target: str
    details: JsonObject


class TenantState(Part):
    """A tenant. The first of `domains` is its default; all of them are accepted for mail."""

    id: str
    name: str
    domains: list[str] = Field(min_length=1)
    federated_domains: list[str] = Field(default_factory=list)
    licences: list[Licence] = Field(
        default_factory=lambda: ["AAD_PREMIUM", "AAD_PREMIUM_P2", "THREAT_INTELLIGENCE"]
    )
    workspace: Workspace = Field(default_factory=Workspace)
    application: Application = Field(default_factory=Application)
    users: list[User] = Field(default_factory=list[User])
    groups: list[Group] = Field(default_factory=list[Group])
    contacts: list[Contact] = Field(default_factory=list[Contact])
    service_principals: list[ServicePrincipal] = Field(default_factory=list[ServicePrincipal])
    grants: list[Grant] = Field(default_factory=list[Grant])
    app_role_assignments: list[AppRoleAssignment] = Field(default_factory=list[AppRoleAssignment])
    directory_audits: list[DirectoryAudit] = Field(default_factory=list[DirectoryAudit])
    transport_rules: list[TransportRule] = Field(default_factory=list[TransportRule])
    journal_rules: list[JournalRule] = Field(default_factory=list[JournalRule])
    outbound_connectors: list[OutboundConnector] = Field(default_factory=list[OutboundConnector])
    remote_domains: list[RemoteDomain] = Field(default_factory=lambda: [RemoteDomain()])
    outbound_policies: list[OutboundPolicy] = Field(default_factory=lambda: [OutboundPolicy()])
    sign_ins: list[SignIn] = Field(default_factory=list[SignIn])
    risky_users: list[RiskyUser] = Field(default_factory=list[RiskyUser])
    risk_detections: list[RiskDetection] = Field(default_factory=list[RiskDetection])
    incidents: list[Incident] = Field(default_factory=list[Incident])
    hunting: dict[str, Sequence[Mapping[str, JsonValue]]] = Field(default_factory=dict)
    delays: dict[str, timedelta] = Field(
        default_factory=dict[str, timedelta],
        description="how long what happened takes to show, by hunting table, or `signIns`, "
        "`directoryAudits`, `messageTraces`",
    )
    message_traces: list[TracedMessage] | None = Field(
        default=None,
        description="mail in Exchange's message trace beside that of `EmailEvents`, or in its "
        "place; absent, and no `EmailEvents` either: message trace is not provisioned",
    )
    submissions: list[Submission] = Field(default_factory=list[Submission])
    refusals: list[Refusal] = Field(default_factory=list[Refusal])
    interruptions: list[Interruption] = Field(default_factory=list[Interruption])
    latency: float = Field(default=0.0, ge=0.0, description="seconds before every answer")

    @model_validator(mode="after")
    def _with_microsofts_own(self) -> Self:
        known = {each.app_id.lower() for each in self.service_principals}
        self.service_principals += [e for e in microsofts_own() if e.app_id not in known]
        return self

    _changes: list[Change] = PrivateAttr(default_factory=list[Change])
    _requests: list[Answered] = PrivateAttr(default_factory=list[Answered])

    @property
    def changes(self) -> list[Change]:
        """What was changed in the tenant, oldest first."""
        return self._changes

    @property
    def requests(self) -> list[Answered]:
        """Every request that was answered, oldest first."""
        return self._requests

    def count(self, path: str = "", cmdlet: str | None = None, status: int | None = None) -> int:
        """How many answered requests have this in their path, this cmdlet and this status."""
        return sum(
            path in asked.path and cmdlet in {None, asked.cmdlet} and status in {None, asked.status}
            for asked in self._requests
        )

    def user(self, named: str) -> User | None:
        """The account with this object id or UPN."""
        wanted = named.casefold()
        for user in self.users:
            if wanted in {user.id.casefold(), user.user_principal_name.casefold()}:
                return user
        return None

    def service_principal(self, named: str) -> ServicePrincipal | None:
        """The application with this object id or appId."""
        wanted = named.casefold()
        for one in self.service_principals:
            if wanted in {one.id.casefold(), one.app_id.casefold()}:
                return one
        return None

    def recipient(self, named: str) -> User | Group | Contact | None:
        """The recipient with this address, UPN, object id, alias, name or legacy Exchange name."""
        wanted = named.strip().casefold()
        if not wanted:
            return None
        if wanted.startswith("smtp:"):
            wanted = wanted[5:]
        for user in self.users:
            names = {user.id, user.display_name.casefold(), user.alias.casefold()}
            if wanted in names | user.addresses | {self.legacy_name(user).casefold()}:
                return user
        for group in self.groups:
            names = {group.id, group.display_name.casefold(), group.alias.casefold()}
            names |= {(group.mail or "").casefold(), self.legacy_name(group).casefold()}
            if wanted in names:
                return group
        for contact in self.contacts:
            names = {contact.id, contact.name.casefold(), contact.external_address.casefold()}
            names |= {(contact.mail or "").casefold(), self.legacy_name(contact).casefold()}
            if wanted in names:
                return contact
        return None

    def mailboxes(self) -> Iterator[tuple[User, Mailbox]]:
        """Every account that has a mailbox."""
        return ((user, user.mailbox) for user in self.users if user.mailbox)

    def inbox_rule(self, mailbox: Mailbox, graph_id: str) -> InboxRule | None:
        """The rule that Graph knows by this id; hidden ones it does not know."""
        for rule in mailbox.rules:
            if rule.graph_id == graph_id and not rule.hidden:
                return rule
        return None

    def alert(self, alert_id: str) -> tuple[Incident, Alert] | None:
        """The alert with this id, and the incident that it is in."""
        for incident in self.incidents:
            for alert in incident.alerts:
                if alert.id == alert_id:
                    return incident, alert
        return None

    def roles_of(self, user: User) -> dict[str, str]:
        """Names of the directory roles that the user holds, each with its holder's object id.

        The holder is the user, or a role-assignable group with the user in it.
        """
        roles = dict.fromkeys(user.roles, user.id)
        for group in self.groups_of(user):
            for role in group.roles:
                roles.setdefault(role, group.id)
        return roles

    def groups_of(self, member: User | Group) -> list[Group]:
        """The groups that the member is in, directly or through other groups."""
        found: list[Group] = []
        waiting: list[User | Group] = [member]
        while waiting:
            current = waiting.pop()
            for group in self.groups:
                if not any(group is one for one in found) and any(
                    self.recipient(name) is current for name in group.members
                ):
                    found.append(group)
                    waiting.append(group)
        return found

    def legacy_name(self, recipient: User | Group | Contact) -> str:
        """The legacyExchangeDN of a recipient, as rules hold it for internal ones."""
        alias = recipient.name if isinstance(recipient, Contact) else recipient.alias
        return (
            "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)"
            f"/cn=Recipients/cn={recipient.id.replace('-', '')}-{alias.lower()}"
        )

    def role_template(self, role: str) -> str:
        """The template id of a role name; roles that are not built in get one of their own."""
        return ROLE_TEMPLATES.get(role) or str(stable_id("role", role))
