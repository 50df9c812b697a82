"""Sign-ins of users and of applications, as Graph's beta `signIns` shows them."""

from collections.abc import Iterable
from datetime import datetime

from evidence.addresses import network_address
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, moment, number, real, text, texts
from evidence.sign_in_baseline import SignInBaseline


class SignIn(Evidence):
    """One attempt to sign in, successful or not."""

    id: str
    at: datetime
    user_principal_name: str = ""
    ip_address: str | None = None
    country: str = ""
    """ISO 3166 code, as the service located the address; empty when it could not."""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    """Degrees, of the place at which the address was located: a city's, not the person's."""
    network: int | None = None
    """Autonomous system number."""
    application: str = ""
    application_id: str = ""
    resource: str = ""
    client: str = ""
    """`clientAppUsed`, e.g. `Browser` or `IMAP4`."""
    protocol: str = ""
    """`authenticationProtocol`, e.g. `ropc` or `deviceCode`."""
    transfer_method: str = ""
    """`originalTransferMethod`: `deviceCodeFlow` or `authenticationTransfer` where the session
    began on another device than it is used on."""
    user_agent: str = ""
    interactive: bool = True
    error_code: int = 0
    """0 is success; 50126 is a wrong user name or password (Entra error codes)."""
    failure: str = ""
    session_id: str = ""
    """The same for every sign-in that goes back to one authentication."""
    token_id: str = ""
    """`uniqueTokenIdentifier` of the token that was issued; what is done with it names it."""
    incoming_token: str = ""
    """`incomingTokenType`: what was shown in place of a password, e.g. `primaryRefreshToken`."""
    device_id: str = ""
    """The device's id in Entra ID; empty for one that is not registered there."""
    service_principal: str = ""
    """For a sign-in of an application as itself: its name; no user is then named."""
    risk_level: str = ""
    risk_events: tuple[str, ...] = ()
    risk_state: str = ""
    """`riskState`, e.g. `atRisk` or `dismissed`."""
    managed_device: bool | None = None
    raw: JsonObject = {}

    @property
    def succeeded(self) -> bool:
        """Whether a token was issued."""
        return self.error_code == 0


class AddressHistory(Evidence):
    """What is known of one network address in the user's last 30 days."""

    ip_address: str
    country: str = ""
    network: int | None = None
    first_seen: datetime
    last_seen: datetime
    successes: int
    failures: int
    first_success: datetime | None = None
    """Passwords may have been tried from there for weeks before one was right."""

    @property
    def in_use_since(self) -> datetime:
        """Since when somebody really signs in from there."""
        return self.first_success or self.first_seen


class SignIns(Evidence):
    """The answer of `list_sign_ins`."""

    user: str
    since: datetime
    """From when on every kind of sign-in was read; it may be later than was asked for."""
    until: datetime
    history: tuple[AddressHistory, ...]
    """Every address that was read of, oldest first."""
    sign_ins: tuple[SignIn, ...]
    """The sign-ins of the days around the alert, newest first."""
    baseline: SignInBaseline | None = None
    """What was usual before those days; None where no log could be read."""
    application_sign_ins: tuple[SignIn, ...] = ()
    """Sign-ins of the applications asked about, as themselves, newest first."""


def from_graph(payload: JsonObject) -> SignIn | None:
    """Reads a signIn (Graph: auditLogs/signIns); None for one without a time."""
    at = moment(payload, "createdDateTime")
    if at is None:
        return None
    device = flag(payload, "deviceDetail", "isManaged")
    return SignIn(
        id=text(payload, "id") or "",
        at=at,
        user_principal_name=text(payload, "userPrincipalName") or "",
        ip_address=network_address(text(payload, "ipAddress")),
        country=text(payload, "location", "countryOrRegion") or "",
        city=text(payload, "location", "city") or "",
        latitude=real(payload, "location", "geoCoordinates", "latitude"),
        longitude=real(payload, "location", "geoCoordinates", "longitude"),
        network=number(payload, "autonomousSystemNumber"),
        application=text(payload, "appDisplayName") or "",
        application_id=text(payload, "appId") or "",
        resource=text(payload, "resourceDisplayName") or "",
        client=text(payload, "clientAppUsed") or "",
        protocol=text(payload, "authenticationProtocol") or "",
        transfer_method=_said(payload, "originalTransferMethod"),
        user_agent=text(payload, "userAgent") or "",
        interactive=flag(payload, "isInteractive") is not False,
        error_code=number(payload, "status", "errorCode") or 0,
        failure=text(payload, "status", "failureReason") or "",
        session_id=text(payload, "sessionId") or "",
        token_id=text(payload, "uniqueTokenIdentifier") or "",
        incoming_token=_said(payload, "incomingTokenType"),
        device_id=text(payload, "deviceDetail", "deviceId") or "",
        service_principal=text(payload, "servicePrincipalName")
        or text(payload, "servicePrincipalId")
        or "",
        risk_level=text(payload, "riskLevelDuringSignIn") or "",
        risk_events=texts(payload, "riskEventTypes_v2"),
        risk_state=_said(payload, "riskState"),
        managed_device=device,
        raw=payload,
    )


def _said(payload: JsonObject, member: str) -> str:
    """A member of an enumeration; `none` is how Graph says that there is nothing to say."""
    value = text(payload, member) or ""
    return "" if value.lower() == "none" else value


def history(sign_ins: Iterable[SignIn]) -> tuple[AddressHistory, ...]:
    """The addresses behind the sign-ins, each with its times and counts."""
    by_address: dict[str, list[SignIn]] = {}
    for each in sorted(sign_ins, key=lambda sign_in: sign_in.at):
        if each.ip_address:
            by_address.setdefault(each.ip_address, []).append(each)
    return tuple(
        AddressHistory(
            ip_address=address,
            country=next((each.country for each in seen if each.country), ""),
            network=next((each.network for each in seen if each.network), None),
            first_seen=seen[0].at,
            last_seen=seen[-1].at,
            successes=sum(each.succeeded for each in seen),
            failures=sum(not each.succeeded for each in seen),
            first_success=next((each.at for each in seen if each.succeeded), None),
        )
        for address, seen in by_address.items()
    )
