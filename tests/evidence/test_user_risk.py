"""What Entra ID Protection says of a user; no record is an answer too."""

from evidence import user_risk


def test_no_record_is_no_risk() -> None:
    risk = user_risk.from_graph("adele", None, ())
    assert (risk.level, risk.state, risk.detections) == ("none", "none", ())


def test_a_kind_of_detection_that_is_not_known_yet() -> None:
    detection = user_risk.detection_from_graph(
        {"riskEventType": "somethingNew", "activityDateTime": None, "ipAddress": "203.0.113.9"}
    )
    assert (detection.type, detection.at, detection.ip_address) == (
        "somethingNew",
        None,
        "203.0.113.9",
    )
    risk = user_risk.from_graph("adele", {"riskLevel": "high", "riskState": "atRisk"}, (detection,))
    assert (risk.level, risk.state, risk.detections) == ("high", "atRisk", (detection,))


def test_a_detection_names_the_sign_in_that_it_is_about() -> None:
    detection = user_risk.detection_from_graph(
        {
            "riskEventType": "anomalousToken",
            "requestId": "request-1",
            "location": {"countryOrRegion": "RU"},
            "detectionTimingType": "offline",
        }
    )
    assert (detection.sign_in, detection.country, detection.timing) == (
        "request-1",
        "RU",
        "offline",
    )
    assert user_risk.detection_from_graph({"requestId": None, "location": None}).sign_in == ""
