"""How verdicts are written into Defender's alert and Sentinel's incident."""

from typing import get_args

import pytest

from triage.closing import alert_classification, incident_classification
from triage.verdict import Classification, Determination, Verdict


def verdict(classification: Classification, determination: Determination) -> Verdict:
    return Verdict(
        classification=classification,
        determination=determination,
        confidence="low",
        summary="",
        findings=(),
        changes_it=(),
        suspicious=False,
    )


@pytest.mark.parametrize(
    ("given", "alert", "incident"),
    [
        (
            verdict("truePositive", "compromisedAccount"),
            ("truePositive", "compromisedAccount"),
            ("TruePositive", "SuspiciousActivity", "Active"),
        ),
        (
            verdict("informationalExpectedActivity", "confirmedActivity"),
            ("informationalExpectedActivity", "confirmedActivity"),
            ("BenignPositive", "SuspiciousButExpected", "Closed"),
        ),
        (
            verdict("falsePositive", "notMalicious"),
            ("falsePositive", "notMalicious"),
            ("FalsePositive", "IncorrectAlertLogic", "Closed"),
        ),
        (
            verdict("undetermined", "notEnoughDataToValidate"),
            ("unknown", "unknown"),
            ("Undetermined", None, "Active"),
        ),
    ],
)
def test_each_verdict_has_its_words(
    given: Verdict, alert: tuple[str, str], incident: tuple[str, str | None, str]
) -> None:
    written = alert_classification(given)
    assert (written.classification, written.determination) == alert
    closed = incident_classification(given, recipients_named=False)
    assert (closed.classification, closed.classification_reason, closed.status) == incident


def test_a_false_alarm_that_names_recipients_rests_on_wrong_data() -> None:
    given = verdict("falsePositive", "notMalicious")
    reason = incident_classification(given, recipients_named=True).classification_reason
    assert reason == "InaccurateData"


def test_no_classification_is_without_words() -> None:
    for classification in get_args(Classification):
        given = verdict(classification, "unknown")
        assert incident_classification(given, recipients_named=False).status


def test_the_words_reach_json_in_camel_case() -> None:
    given = incident_classification(verdict("undetermined", "unknown"), recipients_named=False)
    assert given.model_dump(mode="json") == {
        "classification": "Undetermined",
        "classificationReason": None,
        "status": "Active",
    }
