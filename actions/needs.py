"""What an action needs to be granted: permissions, roles and licences, by Microsoft's names."""

from enum import StrEnum

from evidence.model import Evidence


class Need(Evidence):
    """One thing to grant."""

    kind: str
    """`graph`, `exchange`, `entra`, `azure` or `license`."""
    name: str
    optional: bool = False
    """Without it the action works, and says what it could not see."""


class Graph(StrEnum):
    """Application permissions of Microsoft Graph (Graph permissions reference)."""

    AUDIT_LOG_READ = "AuditLog.Read.All"
    DIRECTORY_READ = "Directory.Read.All"
    DOMAIN_READ = "Domain.Read.All"
    IDENTITY_RISK_EVENT_READ = "IdentityRiskEvent.Read.All"
    IDENTITY_RISKY_USER_READ = "IdentityRiskyUser.Read.All"
    MAIL_READ_BASIC = "Mail.ReadBasic.All"
    MAILBOX_SETTINGS_READ = "MailboxSettings.Read"
    MAILBOX_SETTINGS_READ_WRITE = "MailboxSettings.ReadWrite"
    ORGANIZATION_READ = "Organization.Read.All"
    SECURITY_ALERT_READ_WRITE = "SecurityAlert.ReadWrite.All"
    SECURITY_INCIDENT_READ_WRITE = "SecurityIncident.ReadWrite.All"
    THREAT_HUNTING_READ = "ThreatHunting.Read.All"
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


def exchange(role: str) -> tuple[Need, Need]:
    """A management role of Exchange Online, with the permission to call Exchange at all."""
    return Need(kind="exchange", name="Exchange.ManageAsApp"), Need(kind="exchange", name=role)


def entra(role: str) -> Need:
    """A directory role of Entra ID that Mailwarden's identity must hold."""
    return Need(kind="entra", name=role)


def azure(role: str) -> Need:
    """A role in Azure, on the resource group of the Sentinel workspace."""
    return Need(kind="azure", name=role)


def licence(name: str) -> Need:
    """A licence of the tenant, without which the source is a gap."""
    return Need(kind="license", name=name, optional=True)


PROTECTION = (Graph.USER_READ.need, Graph.DIRECTORY_READ.need)
"""What every change of an account or a mailbox needs in order to see whether it is protected."""
