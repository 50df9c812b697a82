"""Sign-ins of the audit log (RecordType 15) as rows of the sign-in log."""

from sandbox.replay.audit import address, named_values, text
from sandbox.replay.export import Record
from sandbox.tenant.part import JsonObject
from sandbox.tenant.signin import Device, SignIn

OPERATIONS = frozenset({"UserLoggedIn", "UserLoginFailed"})

# First-party applications by id.
APPLICATIONS = {
    "00000002-0000-0ff1-ce00-000000000000": "Office 365 Exchange Online",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
    "00000003-0000-0ff1-ce00-000000000000": "Office 365 SharePoint Online",
    "00000006-0000-0ff1-ce00-000000000000": "Microsoft Office 365 Portal",
    "0000000c-0000-0000-c000-000000000000": "Microsoft App Access Panel",
    "1b730954-1685-4b74-9bfd-dac224a7b894": "Azure Active Directory PowerShell",
    "4345a7b9-9a63-4910-a426-35363201d503": "O365 Suite UX",
    "4765445b-32c6-49b0-83e6-1d93765276ca": "OfficeHome",
    "80ccca67-54bd-44ab-8625-4b79c4dc7775": "M365 Security and Compliance Center",
    "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7": "Office365 Shell WCSS-Client",
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c": "Azure Portal",
    "d3590ed6-52b3-4102-aeff-aad2292ab01c": "Microsoft Office",
    "fb78d390-0c51-40cd-8e17-fdbfab77341b": "Microsoft Exchange REST API Based PowerShell",
}
_ERRORS = {
    "InvalidUserNameOrPassword": 50126,
    "InvalidPasswordNeverExpire": 50126,
    "IdsLocked": 50053,
    "UserAccountNotFound": 50034,
    "UserDisabled": 50057,
    "UserStrongAuthClientAuthNRequired": 50074,
    "UserStrongAuthClientAuthNRequiredInterrupt": 50074,
    "UserStrongAuthEnrollmentRequiredInterrupt": 50072,
    "BlockedByConditionalAccess": 53003,
}
_UNKNOWN_ERROR = 1
# Request types in which a person gives a factor; the others spend a token or a session.
_INTERACTIVE = ("login:login", "sas:", "kmsi:", "consent:")
_TOKEN = "oauth2:token"  # noqa: S105 - the name of a request type
_LEGACY_TRUST = "orgidwstrust2:process"
_LEGACY_AGENTS = ("bav2ropc", "cbainprod", "cbaprod")


def sign_in(record: Record, data: JsonObject) -> SignIn | None:
    """The sign-in of a UserLoggedIn or UserLoginFailed record; None without a user."""
    user = text(data, "UserId")
    if "@" not in user:
        return None
    extended = named_values(data.get("ExtendedProperties"))
    device = named_values(data.get("DeviceProperties"))
    kind = text(extended, "RequestType").lower()
    agent = text(extended, "UserAgent")
    password = text(extended, "UserAuthenticationMethod") not in {"", "0"}
    legacy = kind == _LEGACY_TRUST or agent.lower().startswith(_LEGACY_AGENTS)
    ropc = legacy or (kind == _TOKEN and password)
    app_id, resource_id = text(data, "ApplicationId"), text(data, "ObjectId")
    return SignIn(
        user=user,
        at=record.at,
        id=record.id,
        ip_address=address(text(data, "ActorIpAddress", "ClientIP")),
        interactive=ropc or kind.startswith(_INTERACTIVE),
        app=APPLICATIONS.get(app_id.lower(), app_id),
        app_id=app_id,
        resource=APPLICATIONS.get(resource_id.lower(), resource_id),
        resource_id=resource_id,
        client_app_used=_client(legacy, ropc),
        user_agent=agent,
        device=Device(
            operating_system=text(device, "OS"),
            browser=text(device, "BrowserType"),
            display_name=text(device, "DisplayName"),
            device_id=text(device, "Id"),
            is_managed=text(device, "IsCompliantAndManaged").lower() == "true",
            is_compliant=text(device, "IsCompliant", "IsCompliantAndManaged").lower() == "true",
            trust_type=text(device, "TrustType"),
        ),
        error_code=_error(record, data),
        failure_reason=text(data, "LogonError") or None,
        authentication_protocol="ropc" if ropc else "none",
        session_id=text(device, "SessionId") or None,
        correlation_id=text(data, "InterSystemsId") or None,
    )


def _client(legacy: bool, ropc: bool) -> str:
    if legacy:
        return "Other clients"
    return "Mobile Apps and Desktop clients" if ropc else "Browser"


def _error(record: Record, data: JsonObject) -> int:
    number = data.get("ErrorNumber")
    if isinstance(number, int) or (isinstance(number, str) and number.isdecimal()):
        return int(number)
    failed = record.operation == "UserLoginFailed"
    return _ERRORS.get(text(data, "LogonError"), _UNKNOWN_ERROR) if failed else 0
