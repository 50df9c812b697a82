"""How the verdict is written into Defender's alert and Sentinel's incident."""

from typing import Literal

from evidence.model import Evidence
from triage.verdict import Classification, Verdict


class AlertClassification(Evidence):
    """For Graph (alertClassification, alertDetermination of microsoft.graph.security.alert)."""

    classification: Literal[
        "unknown", "falsePositive", "truePositive", "informationalExpectedActivity"
    ]
    determination: str


class IncidentClassification(Evidence):
    """For Sentinel (Microsoft.SecurityInsights/incidents)."""

    classification: Literal["TruePositive", "BenignPositive", "FalsePositive", "Undetermined"]
    classification_reason: (
        Literal[
            "SuspiciousActivity", "SuspiciousButExpected", "IncorrectAlertLogic", "InaccurateData"
        ]
        | None
    )
    status: Literal["New", "Active", "Closed"]
    """Closed only for a benign verdict: a true positive stays open for whoever cleans up."""


_INCIDENT: dict[Classification, IncidentClassification] = {
    "truePositive": IncidentClassification(
        classification="TruePositive",
        classification_reason="SuspiciousActivity",
        status="Active",
    ),
    "informationalExpectedActivity": IncidentClassification(
        classification="BenignPositive",
        classification_reason="SuspiciousButExpected",
        status="Closed",
    ),
    "falsePositive": IncidentClassification(
        classification="FalsePositive",
        classification_reason="IncorrectAlertLogic",
        status="Closed",
    ),
    "undetermined": IncidentClassification(
        classification="Undetermined", classification_reason=None, status="Active"
    ),
}


def alert_classification(verdict: Verdict) -> AlertClassification:
    """Graph has no word for undetermined: it is written as `unknown`, both times."""
    if verdict.classification == "undetermined":
        return AlertClassification(classification="unknown", determination="unknown")
    return AlertClassification(
        classification=verdict.classification, determination=verdict.determination
    )


def incident_classification(verdict: Verdict, *, recipients_named: bool) -> IncidentClassification:
    """A false alarm that names recipients to whom no mail went rests on inaccurate data."""
    written = _INCIDENT[verdict.classification]
    if verdict.classification == "falsePositive" and recipients_named:
        return written.model_copy(update={"classification_reason": "InaccurateData"})
    return written
