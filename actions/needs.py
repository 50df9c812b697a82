"""What an action needs to be granted: permissions, roles and licences, by Microsoft's names."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import chain

from evidence.model import Evidence


class Need(Evidence):
    """One thing to grant."""

    kind: str
    """`graph`, `exchange`, `entra`, `azure` or `license`."""
    name: str
    optional: bool = False
    """Without it the action works for most, and says what it could not see or do."""


class Graph(StrEnum):
    """Application permissions of Microsoft Graph (Graph permissions reference)."""

    AUDIT_LOG_READ = "AuditLog.Read.All"
    DIRECTORY_READ = "Directory.Read.All"
    DOMAIN_READ = "Domain.Read.All"
    EXCHANGE_MESSAGE_TRACE_READ = "ExchangeMessageTrace.Read.All"
    IDENTITY_RISK_EVENT_READ = "IdentityRiskEvent.Read.All"
    IDENTITY_RISKY_USER_READ = "IdentityRiskyUser.Read.All"
    MAIL_READ_BASIC = "Mail.ReadBasic.All"
    MAILBOX_SETTINGS_READ = "MailboxSettings.Read"
    MAILBOX_SETTINGS_READ_WRITE = "MailboxSettings.ReadWrite"
    ORGANIZATION_READ = "Organization.Read.All"
    SECURITY_ALERT_READ = "SecurityAlert.Read.All"
    SECURITY_ALERT_READ_WRITE = "SecurityAlert.ReadWrite.All"
    SECURITY_ANALYZED_MESSAGE_READ = "SecurityAnalyzedMessage.Read.All"
    SECURITY_INCIDENT_READ = "SecurityIncident.Read.All"
    SECURITY_INCIDENT_READ_WRITE = "SecurityIncident.ReadWrite.All"
    THREAT_HUNTING_READ = "ThreatHunting.Read.All"
    THREAT_SUBMISSION_READ_WRITE = "ThreatSubmission.ReadWrite.All"
    USER_AUTHENTICATION_METHOD_READ = "UserAuthenticationMethod.Read.All"
    USER_PASSWORD_PROFILE_READ_WRITE = "User-PasswordProfile.ReadWrite.All"  # noqa: S105 - its name
    USER_READ = "User.Read.All"
    USER_REVOKE_SESSIONS = "User.RevokeSessions.All"

    @property
    def need(self) -> Need:
        """The permission as a need."""
        return Need(kind="graph", name=self.value)

    @property
    def wish(self) -> Need:
        """The permission as an optional need."""
        return Need(kind="graph", name=self.value, optional=True)


def exchange(*roles: str, optional: bool = False) -> tuple[Need, ...]:
    """Management roles of Exchange Online, with the permission to call Exchange at all."""
    names = ("Exchange.ManageAsApp", *roles)
    return tuple(Need(kind="exchange", name=name, optional=optional) for name in names)


def entra(role: str, *, optional: bool = False) -> Need:
    """A directory role of Entra ID that Mailwarden's identity must hold."""
    return Need(kind="entra", name=role, optional=optional)


def azure(role: str, *, optional: bool = False) -> Need:
    """A role in Azure, on the resource group of the Sentinel workspace."""
    return Need(kind="azure", name=role, optional=optional)


def licence(name: str) -> Need:
    """A licence of the tenant, without which the source is a gap."""
    return Need(kind="license", name=name, optional=True)


def together(*parts: Iterable[Need]) -> tuple[Need, ...]:
    """What several need: whatever one of them cannot do without is not optional."""
    found: dict[tuple[str, str], Need] = {}
    for need in chain.from_iterable(parts):
        known = found.setdefault((need.kind, need.name), need)
        if known.optional and not need.optional:
            found[need.kind, need.name] = need
    return tuple(found.values())


PROTECTION = (Graph.USER_READ.need, Graph.DIRECTORY_READ.need)
"""What every change of an account or a mailbox needs in order to see whether it is protected."""
