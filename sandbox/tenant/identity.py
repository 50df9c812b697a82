"""How people prove who they are: methods, devices, and what Entra's audit log keeps of them."""

from typing import Literal

from pydantic import AwareDatetime, Field

from sandbox.tenant.part import Part

MethodKind = Literal[
    "email",
    "external",
    "fido2",
    "microsoftAuthenticator",
    "phone",
    "platformCredential",
    "softwareOath",
    "temporaryAccessPass",
    "windowsHelloForBusiness",
]


class AuthenticationMethod(Part):
    """A way to prove an identity besides the password, which everybody has."""

    kind: MethodKind
    name: str | None = Field(default=None, description="of the device, key or provider")
    created: AwareDatetime | None = None
    phone_number: str | None = Field(default=None, description="for `phone`: +31 612345678")
    phone_type: Literal["mobile", "alternateMobile", "office"] = "mobile"
    email_address: str | None = Field(default=None, description="for `email`")


class RegisteredDevice(Part):
    """A device that its user registered."""

    display_name: str
    operating_system: str = "Windows"
    operating_system_version: str | None = None
    registered: AwareDatetime | None = None
    is_managed: bool | None = None
    is_compliant: bool | None = None
    trust_type: Literal["Workplace", "AzureAd", "ServerAd"] = "Workplace"


class ModifiedProperty(Part):
    """What a change in the directory made of one property."""

    name: str
    old: str | None = None
    new: str | None = None


class DirectoryAudit(Part):
    """A record of Entra's audit log: directoryAudit resource type, in snake case.

    Its target is the user, or the named thing of `target_type` and then the user too.
    """

    at: AwareDatetime
    activity: str
    user: str = Field(description="UPN of the one it is done to")
    actor: str | None = Field(default=None, description="UPN of the one who does it; absent: user")
    app: str | None = Field(default=None, description="display name, where a service does it")
    ip_address: str | None = None
    category: str = "UserManagement"
    service: str = "Authentication Methods"
    operation: str = "Update"
    result: Literal["success", "failure", "timeout"] = "success"
    reason: str | None = None
    target: str | None = Field(default=None, description="display name of another target")
    target_type: Literal["Device", "Directory", "App", "Role", "Group", "Policy", "Other"] = "Other"
    modified: list[ModifiedProperty] = Field(default_factory=list[ModifiedProperty])
