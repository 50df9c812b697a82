"""Sign-ins and risk, as Microsoft Entra ID keeps them."""

from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.dataclasses import dataclass

from sandbox.tenant.part import Part, stable_id

# The rows of the sign-in log have slots, since a tenant may have a hundred thousand of them.
_STRICT = ConfigDict(extra="forbid")

RiskLevel = Literal["none", "low", "medium", "high", "hidden"]
RiskState = Literal[
    "none", "confirmedSafe", "remediated", "dismissed", "atRisk", "confirmedCompromised"
]
RiskDetail = Literal[
    "none",
    "hidden",
    "adminGeneratedTemporaryPassword",
    "userPerformedSecuredPasswordChange",
    "userPerformedSecuredPasswordReset",
    "adminConfirmedSigninSafe",
    "aiConfirmedSigninSafe",
    "userPassedMFADrivenByRiskBasedPolicy",
    "adminDismissedAllRiskForUser",
    "adminConfirmedSigninCompromised",
    "adminConfirmedUserCompromised",
    "m365DAdminDismissedDetection",
    "userChangedPasswordOnPremises",
    "adminDismissedRiskForSignIn",
    "adminConfirmedAccountSafe",
]
# Members that the service names only to callers who ask for them (signIn resource type, evolvable
# enumerations): property to values.
LATER_MEMBERS = {
    "authenticationProtocol": frozenset({"authenticationTransfer", "nativeAuth"}),
    "incomingTokenType": frozenset({"remoteDesktopToken", "refreshToken"}),
    "riskDetail": frozenset(
        {
            "m365DAdminDismissedDetection",
            "userChangedPasswordOnPremises",
            "adminDismissedRiskForSignIn",
            "adminConfirmedAccountSafe",
        }
    ),
}

# AADSTS error codes: the failureReason that the sign-in log shows for them.
FAILURES = {
    50011: "The reply URL specified in the request does not match.",
    50034: "The user account does not exist in this directory.",
    50053: "Account is locked because user tried to sign in too many times.",
    50057: "User account is disabled.",
    50058: "Session information is not sufficient for single-sign-on.",
    50072: "User needs to enroll for second factor authentication.",
    50074: "Strong Authentication is required.",
    50076: "Due to a configuration change made by your administrator, or because you moved to a "
    "new location, you must use multi-factor authentication.",
    50126: "Error validating credentials due to invalid username or password.",
    50140: "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
    53003: "Access has been blocked by Conditional Access policies.",
    65001: "The user or administrator has not consented to use the application.",
}


@dataclass(slots=True, kw_only=True, config=_STRICT)
class Location:
    """Where an address was found to be."""

    city: str = ""
    state: str = ""
    country_or_region: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(slots=True, kw_only=True, config=_STRICT)
class Device:
    """The device that a sign-in reported."""

    device_id: str = ""
    display_name: str = ""
    operating_system: str = ""
    browser: str = ""
    is_compliant: bool = False
    is_managed: bool = False
    trust_type: str = ""


@dataclass(slots=True, kw_only=True, config=_STRICT)
class SignIn:
    """One row of the sign-in log: signIn resource type (beta), in snake case."""

    user: str = Field(default="", description="UPN; empty where an application signs in as itself")
    at: AwareDatetime
    ip_address: str
    id: str = ""
    interactive: bool = True
    service_principal: str = Field(default="", description="name, in place of a user")
    service_principal_id: str = Field(default="", description="empty: made of the application's id")
    app: str = "Outlook on the web"
    app_id: str = "00000002-0000-0ff1-ce00-000000000000"
    resource: str = "Office 365 Exchange Online"
    resource_id: str = "00000002-0000-0ff1-ce00-000000000000"
    client_app_used: str = "Browser"
    user_agent: str = ""
    asn: int | None = None
    location: Location = Field(default_factory=Location)
    device: Device = Field(default_factory=Device)
    error_code: int = 0
    failure_reason: str | None = None
    authentication_requirement: Literal[
        "singleFactorAuthentication", "multiFactorAuthentication"
    ] = "singleFactorAuthentication"
    authentication_protocol: Literal[
        "none",
        "oAuth2",
        "ropc",
        "wsFederation",
        "saml20",
        "deviceCode",
        "authenticationTransfer",
        "nativeAuth",
    ] = "none"
    incoming_token_type: Literal[
        "none", "primaryRefreshToken", "saml11", "saml20", "remoteDesktopToken", "refreshToken"
    ] = "none"  # noqa: S105 - a kind of token
    original_transfer_method: Literal["none", "deviceCodeFlow", "authenticationTransfer"] = "none"
    conditional_access_status: Literal["success", "failure", "notApplied"] = "notApplied"
    session_id: str | None = None
    unique_token_identifier: str | None = None
    correlation_id: str | None = None
    risk_level_during_sign_in: RiskLevel = "none"
    risk_level_aggregated: RiskLevel = "none"
    risk_state: RiskState = "none"
    risk_detail: RiskDetail = "none"
    risk_event_types: list[str] = Field(default_factory=list)

    def __post_init__(self) -> None:
        if bool(self.user) == bool(self.service_principal):
            raise ValueError("a sign-in is a user's or a service principal's")

    @property
    def request_id(self) -> str:
        """The row's id: given, or following from what happened when."""
        return self.id or str(
            stable_id("sign-in", self.user, self.at.isoformat(), self.ip_address, self.app_id)
        )

    @property
    def event_type(self) -> str:
        """Of `signInEventTypes`, the one that it is."""
        if self.service_principal:
            return "servicePrincipal"
        return "interactiveUser" if self.interactive else "nonInteractiveUser"


class RiskyUser(Part):
    """Identity Protection's judgement of one account: riskyUser resource type."""

    user: str
    risk_level: RiskLevel
    risk_state: RiskState
    risk_detail: RiskDetail = "none"
    updated: AwareDatetime


class RiskDetection(Part):
    """One thing that Identity Protection noticed: riskDetection resource type."""

    user: str
    type: str = Field(description="riskEventType, an open list")
    at: AwareDatetime
    detected: AwareDatetime | None = None
    ip_address: str | None = None
    location: Location = Field(default_factory=Location)
    risk_level: RiskLevel = "medium"
    risk_state: RiskState = "atRisk"
    detection_timing: Literal["realtime", "nearRealtime", "offline"] = "offline"
    request_id: str | None = None
    activity: Literal["signin", "user"] = "signin"
