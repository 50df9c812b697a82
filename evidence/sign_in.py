"""Sign-ins of a user, interactive and not, as Graph's beta `signIns` shows them."""

from collections.abc import Iterable
from datetime import datetime

from evidence.addresses import network_address
from evidence.model import Evidence, JsonObject
from evidence.reading import flag, moment, number, text, texts


class SignIn(Evidence):
    """One attempt to sign in, successful or not."""

    id: str
    at: datetime
    user_principal_name: str = ""
    ip_address: str | None = None
    country: str = ""
    """ISO 3166 code, as the service located the address; empty when it could not."""
    city: str = ""
    network: int | None = None
    """Autonomous system number."""
    application: str = ""
    application_id: str = ""
    resource: str = ""
    client: str = ""
    """`clientAppUsed`, e.g. `Browser` or `IMAP4`."""
    protocol: str = ""
    """`authenticationProtocol`, e.g. `ropc` or `deviceCode`."""
    user_agent: str = ""
    interactive: bool = True
    error_code: int = 0
    """0 is success; 50126 is a wrong user name or password (Entra error codes)."""
    failure: str = ""
    session_id: str = ""
    risk_level: str = ""
    risk_events: tuple[str, ...] = ()
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
    until: datetime
    history: tuple[AddressHistory, ...]
    """Every address of the whole time, oldest first."""
    sign_ins: tuple[SignIn, ...]
    """The sign-ins of the days around the alert, newest first."""


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
        network=number(payload, "autonomousSystemNumber"),
        application=text(payload, "appDisplayName") or "",
        application_id=text(payload, "appId") or "",
        resource=text(payload, "resourceDisplayName") or "",
        client=text(payload, "clientAppUsed") or "",
        protocol=text(payload, "authenticationProtocol") or "",
        user_agent=text(payload, "userAgent") or "",
        interactive=flag(payload, "isInteractive") is not False,
        error_code=number(payload, "status", "errorCode") or 0,
        failure=text(payload, "status", "failureReason") or "",
        session_id=text(payload, "sessionId") or "",
        risk_level=text(payload, "riskLevelDuringSignIn") or "",
        risk_events=texts(payload, "riskEventTypes_v2"),
        managed_device=device,
        raw=payload,
    )


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
