"""Change a Sentinel incident: its status, severity, classification and labels."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints, model_validator

from actions.catalog import Effect, Undo, action
from actions.change import Change, Changes, Inverse, Proposal
from actions.needs import Graph, azure
from actions.problem import bad_field
from actions.protection import Refusal
from actions.requests import ChangeRequest
from evidence.model import JsonObject
from evidence.reading import get, objects, text, texts
from microsoft365.alerts import read_incident_with_alerts
from microsoft365.errors import MicrosoftError
from microsoft365.sentinel import is_arm_id, labels
from microsoft365.tenant import Tenant

_BENIGN = ("falsePositive", "informationalExpectedActivity")
_CLOSING = ("classification", "classificationReason", "classificationComment")

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class UpdateIncident(ChangeRequest):
    """What to change; a field left out stays as it is (Azure REST: Incidents)."""

    status: Literal["unchanged", "New", "Active", "Closed"] = "unchanged"
    severity: Literal["unchanged", "High", "Medium", "Low", "Informational"] = "unchanged"
    classification: Literal[
        "", "TruePositive", "FalsePositive", "BenignPositive", "Undetermined"
    ] = ""
    classification_reason: Literal[
        "", "SuspiciousActivity", "SuspiciousButExpected", "IncorrectAlertLogic", "InaccurateData"
    ] = ""
    classification_comment: str = Field(default="", max_length=1000)
    labels: list[Label] = Field(
        default_factory=list[Label], max_length=20, description="The labels to set, all of them"
    )
    add_labels: list[Label] = Field(default_factory=list[Label], max_length=20)
    remove_labels: list[Label] = Field(default_factory=list[Label], max_length=20)
    only_if_every_alert_is_benign: bool = Field(
        default=False,
        description="Refuse, unless every alert of the incident is graded benign in Defender XDR",
    )

    @model_validator(mode="after")
    def _closing_needs_a_grade(self) -> "UpdateIncident":
        if self.status == "Closed" and not self.classification:
            raise ValueError("classification is required when status is Closed")
        if self.classification and self.status != "Closed":
            raise ValueError("classification is allowed only when status is Closed")
        return self


@action(
    effect=Effect.RECORD,
    needs=[azure("Microsoft Sentinel Responder"), Graph.SECURITY_INCIDENT_READ.wish],
    undo=Undo.EXACT,
)
async def update_incident(request: UpdateIncident, tenant: Tenant, changes: Changes) -> Change:
    """An incident that somebody changed since it was read is not overwritten: 409."""
    if not is_arm_id(request.incident):
        raise bad_field("incident", "must be the ARM id of a Sentinel incident")
    incident = await tenant.sentinel.incident(request.incident)
    before, after = _states(incident, request)

    async def apply() -> None:
        written: JsonObject = {name: value for name, value in after.items() if value != ""}
        names = after["labels"]
        written["labels"] = [
            {"labelName": name} for name in (names if isinstance(names, list) else [])
        ]
        await tenant.sentinel.update(request.incident, incident, written)

    return await changes.make(
        Proposal(
            target=f"incident {text(incident, 'properties', 'incidentNumber') or request.incident}",
            before=before,
            after=after,
            already=before == after,
            apply=apply,
            impossible=await _other_alerts(tenant, incident, request),
            undo=lambda _: Inverse(
                action="update_incident",
                request={"incident": request.incident, **_back(before, after)},
            ),
        )
    )


def _states(incident: JsonObject, request: UpdateIncident) -> tuple[JsonObject, JsonObject]:
    current: list[str] = labels(incident)
    before: JsonObject = {
        "status": text(incident, "properties", "status") or "New",
        "severity": text(incident, "properties", "severity") or "Medium",
        "labels": list(current),
        **{name: text(incident, "properties", name) or "" for name in _CLOSING},
    }
    wanted = dict.fromkeys([*(request.labels or current), *request.add_labels])
    kept = [name for name in wanted if name not in request.remove_labels]
    after: JsonObject = {**before, "labels": list[JsonValue](kept)}
    if request.severity != "unchanged":
        after["severity"] = request.severity
    if request.status != "unchanged":
        after["status"] = request.status
        after["classification"] = request.classification
        after["classificationReason"] = request.classification_reason
        after["classificationComment"] = request.classification_comment
    return before, after


def _back(before: JsonObject, after: JsonObject) -> JsonObject:
    closed = before["status"] == "Closed"
    kept = {name: value for name, value in before.items() if closed or name not in _CLOSING}
    had = texts(before, "labels")
    added: list[JsonValue] = [name for name in texts(after, "labels") if name not in had]
    return {**kept, "removeLabels": added}


async def _other_alerts(
    tenant: Tenant, incident: JsonObject, request: UpdateIncident
) -> Refusal | None:
    """An incident is closed as benign only when none of its alerts says otherwise."""
    if not request.only_if_every_alert_is_benign:
        return None
    provider_id = text(incident, "properties", "providerIncidentId") or ""
    try:
        found = await read_incident_with_alerts(tenant, provider_id)
    except MicrosoftError as error:
        return Refusal(
            reason="otherAlerts",
            detail=f"The alerts of the incident could not be seen: {error.message}",
            instead="Look at the incident's other alerts, and close it by hand.",
        )
    alerts = objects(get(found, "alerts"))
    open_ones = [each for each in alerts if text(each, "classification") not in _BENIGN]
    if alerts and not open_ones:
        return None
    titles = ", ".join(f"“{text(each, 'title')}”" for each in open_ones[:5])
    return Refusal(
        reason="otherAlerts",
        detail=f"Not every alert of the incident is graded benign: {titles or 'it shows none'}.",
        instead="Grade the other alerts first; the incident stays open.",
    )
