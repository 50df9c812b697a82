"""Who is in the tenant: users, groups, contacts, and the roles they hold."""

from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from sandbox.tenant.identity import AuthenticationMethod, RegisteredDevice
from sandbox.tenant.mailbox import Mailbox
from sandbox.tenant.part import Part, stable_id

# Microsoft Entra built-in roles: name to template id.
ROLE_TEMPLATES = {
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Authentication Administrator": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    "Billing Administrator": "b0f54661-2d74-4c50-afa3-1ec803f12efe",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "Compliance Administrator": "17315797-102d-40b4-93e0-432062caca18",
    "Conditional Access Administrator": "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "Directory Synchronization Accounts": "d29b2b05-8046-44ba-8758-1e26182fcf32",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "Exchange Recipient Administrator": "31392ffb-586c-42d1-9346-e59415a2cc4e",
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "Password Administrator": "966707d0-3269-4727-9be2-8c3a10f19b9d",
    "Privileged Authentication Administrator": "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Reports Reader": "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    "Service Support Administrator": "f023fd81-a637-4b56-95fd-791ac0226033",
    "SharePoint Administrator": "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "Teams Administrator": "69091246-20e8-4a56-aa4d-066075b2a7a8",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
}

# Product names and service plan identifiers for licensing: part number to SKU id.
SKUS = {
    "ENTERPRISEPACK": "6fd2c87f-b296-42f0-b197-1e91e994b900",
    "EXCHANGESTANDARD": "4b9405b0-7788-4568-add1-99614e613b69",
    "SPE_E3": "05e9a617-0261-4cee-bb44-138d3ef5d965",
    "SPE_E5": "06ebc4ee-1bb5-47dd-8120-11324bc54e06",
}

# Service plans among them: name to id.
SERVICE_PLANS = {
    "AAD_PREMIUM": "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
    "AAD_PREMIUM_P2": "eec0eb4f-6444-4f95-aba0-50c24d67f998",
    "THREAT_INTELLIGENCE": "8e0c0a52-6a6c-4d40-8370-dd62790dcd70",
}

GroupKind = Literal["distribution", "microsoft365", "security"]


class User(Part):
    """An account, with its mailbox if it has one."""

    user_principal_name: str
    display_name: str
    id: str = ""
    mail: str | None = None
    proxy_addresses: list[str] = Field(default_factory=list)
    account_enabled: bool = True
    user_type: Literal["Member", "Guest"] = "Member"
    on_premises_sync_enabled: bool | None = None
    job_title: str | None = None
    department: str | None = None
    licences: list[str] = Field(default_factory=lambda: ["SPE_E5"])
    roles: list[str] = Field(default_factory=list)
    created: AwareDatetime | None = datetime(2024, 2, 5, 9, 0, tzinfo=UTC)
    last_password_change: AwareDatetime | None = datetime(2026, 4, 14, 7, 31, tzinfo=UTC)
    sign_in_sessions_valid_from: AwareDatetime | None = datetime(2026, 4, 14, 7, 31, tzinfo=UTC)
    force_change_password: bool = False
    authentication_methods: list[AuthenticationMethod] = Field(
        default_factory=list[AuthenticationMethod], description="besides the password"
    )
    devices: list[RegisteredDevice] = Field(default_factory=list[RegisteredDevice])
    mailbox: Mailbox | None = Field(default_factory=Mailbox)

    @model_validator(mode="before")
    @classmethod
    def _follow_from_the_name(cls, data: dict[str, object]) -> dict[str, object]:
        upn = data.get("user_principal_name")
        if not isinstance(upn, str):
            return data
        mail = data.get("mail") or upn
        addresses = [f"SMTP:{mail}"]
        if mail != upn and data.get("user_type") != "Guest":
            addresses.append(f"smtp:{upn}")
        return {
            "id": str(stable_id("user", upn)),
            "mail": mail,
            "proxy_addresses": addresses,
            **data,
        }

    @model_validator(mode="after")
    def _number_rules(self) -> Self:
        for rule in (*self.mailbox.rules, *self.mailbox.sweep_rules) if self.mailbox else ():
            rule.number(self.id)
        return self

    @property
    def alias(self) -> str:
        """The name of the mailbox inside Exchange."""
        return self.user_principal_name.partition("@")[0]

    @property
    def addresses(self) -> set[str]:
        """Every address that reaches this account, lower-cased."""
        mail = [self.user_principal_name, *([self.mail] if self.mail else [])]
        proxies = [a.partition(":")[2] for a in self.proxy_addresses if a[:5].lower() == "smtp:"]
        return {address.lower() for address in (*mail, *proxies)}


class Group(Part):
    """A group; members are named by address, UPN, object id or group name."""

    display_name: str
    mail: str | None = None
    id: str = ""
    kind: GroupKind = "distribution"
    members: list[str] = Field(default_factory=list)
    roles: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _follow_from_the_name(self) -> Self:
        if not self.id:
            self.id = str(stable_id("group", self.mail or self.display_name))
        return self

    @property
    def alias(self) -> str:
        """The name inside Exchange."""
        return self.mail.partition("@")[0] if self.mail else self.display_name


class Contact(Part):
    """A mail contact or mail user: a name in the directory for an address outside."""

    name: str
    external_address: str
    kind: Literal["MailContact", "MailUser"] = "MailContact"
    mail: str | None = None

    @property
    def id(self) -> str:
        """The directory object's id."""
        return str(stable_id("contact", self.name))
