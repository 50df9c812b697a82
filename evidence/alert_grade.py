"""The words in which Defender XDR grades an alert (Graph: alert resource type)."""

from typing import Literal

Classification = Literal[
    "unknown", "falsePositive", "truePositive", "informationalExpectedActivity"
]
Determination = Literal[
    "unknown",
    "apt",
    "malware",
    "securityPersonnel",
    "securityTesting",
    "unwantedSoftware",
    "other",
    "multiStagedAttack",
    "compromisedAccount",
    "phishing",
    "maliciousUserActivity",
    "notMalicious",
    "notEnoughDataToValidate",
    "confirmedActivity",
    "lineOfBusinessApplication",
]
