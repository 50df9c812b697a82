"""What Entra ID Protection thinks of a user."""

from datetime import datetime

from evidence.addresses import network_address
from evidence.model import Evidence, JsonObject
from evidence.reading import moment, text


class RiskDetection(Evidence):
    """One reason for which the user was thought to be at risk."""

    type: str
    """`riskEventType`: a free string, since the service adds kinds (`anomalousToken` …)."""
    at: datetime | None = None
    level: str = ""
    state: str = ""
    ip_address: str | None = None
    country: str = ""
    sign_in: str = ""
    """`requestId`: the id of the sign-in at which it was noticed; empty for a user's risk."""
    timing: str = ""
    """`detectionTimingType`: `realtime`, `nearRealtime`, or `offline`, days later."""
    raw: JsonObject = {}


class UserRisk(Evidence):
    """The answer of `get_user_risk`."""

    user: str
    level: str = "none"
    """`low`, `medium`, `high`, `hidden` or `none`."""
    state: str = "none"
    """`none`, `confirmedSafe`, `remediated`, `dismissed`, `atRisk` or `confirmedCompromised`."""
    detail: str = ""
    last_updated: datetime | None = None
    detections: tuple[RiskDetection, ...] = ()
    raw: JsonObject = {}


def detection_from_graph(payload: JsonObject) -> RiskDetection:
    """Reads a riskDetection (Graph: identityProtection/riskDetections)."""
    return RiskDetection(
        type=text(payload, "riskEventType") or "unknown",
        at=moment(payload, "activityDateTime") or moment(payload, "detectedDateTime"),
        level=text(payload, "riskLevel") or "",
        state=text(payload, "riskState") or "",
        ip_address=network_address(text(payload, "ipAddress")),
        country=text(payload, "location", "countryOrRegion") or "",
        sign_in=text(payload, "requestId") or "",
        timing=text(payload, "detectionTimingType") or "",
        raw=payload,
    )


def from_graph(
    user: str, payload: JsonObject | None, detections: tuple[RiskDetection, ...]
) -> UserRisk:
    """Reads a riskyUser; None is Graph's 404, which means that no risk is on record."""
    if payload is None:
        return UserRisk(user=user, detections=detections)
    return UserRisk(
        user=user,
        level=text(payload, "riskLevel") or "none",
        state=text(payload, "riskState") or "none",
        detail=text(payload, "riskDetail") or "",
        last_updated=moment(payload, "riskLastUpdatedDateTime"),
        detections=detections,
        raw=payload,
    )
